"""The servers of the tests: each object is one server in a directory of its own, run by scripts/servers.

execute() and query() open a connection each, or look whether the one that is kept is still there, so they work again
after a restart; connect() is for what needs a session. Sources know two accounts: root (password root) and repl
(password repl), which has the rights that the documentation asks for and not one more.
"""

import contextlib
import socket
import subprocess
from pathlib import Path

import psycopg2
import psycopg2.extras
import pymysql
from pymysql.constants import CLIENT

from .kept_sessions import KeptSessions
from .server_faults import LogWatch

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "servers"
APPLICATION = "mysql_sync tests"  # how the tests' own sessions call themselves in pg_stat_activity
_RIGHTS = "SELECT, REPLICATION SLAVE, REPLICATION CLIENT, SHOW VIEW"
REPLICATION_RIGHTS = {"mysql56": _RIGHTS, "mysql9": _RIGHTS, "mariadb": _RIGHTS + ", SLAVE MONITOR"}


class CannotBeHad(Exception):
    """This kind of server cannot be set up on this machine; the message says why."""


class ServerFailed(Exception):
    """A server that is there did not do what it was told."""


def _script(*words):
    """Runs scripts/servers; (exit code, standard output, standard error)."""
    done = subprocess.run([str(SCRIPT), *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=900)
    return done.returncode, done.stdout.strip(), done.stderr.strip()


def free_port():
    return int(_script("free-port")[1])


class Server:
    """A server of some kind. Stopped or killed and started again, it keeps its port, its data and its options."""

    def __init__(self, kind, directory, options=()):
        self.kind = kind
        self.directory = Path(directory)
        self.options = list(options)
        self.port = free_port()
        self._version = None

    def __repr__(self):
        return f"<{self.kind} on port {self.port} in {self.directory}>"

    def setup(self):
        """Installs what the kind needs; raises CannotBeHad with the reason where that is impossible."""
        code, _, complaint = _script("setup", self.kind)
        if code == 3:
            raise CannotBeHad(complaint.splitlines()[-1] if complaint else "no reason was given")
        if code:
            raise ServerFailed(complaint)

    def start(self):
        self._do("start", self.port, "--", *self.options)

    def stop(self):
        self._do("stop")

    def kill(self):
        """Ends it as a crash does."""
        self._do("kill")

    def restart(self):
        self.stop()
        self.start()

    def is_running(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 10).close()
            return True
        except ConnectionRefusedError:
            return False

    def _do(self, command, *words):
        code, _, complaint = _script(command, self.kind, self.directory, *words)
        if code:
            raise ServerFailed(f"{command} {self}: {complaint}")

    def log_tail(self, lines=60):
        text = "\n".join(path.read_text(errors="replace") for path in self._files_of_log())
        return "\n".join(text.splitlines()[-lines:])

    def watch_log(self):
        return LogWatch(self._files_of_log)

    def _files_of_log(self):
        return [path for path in self._logs() if path.is_file()]

    def _logs(self):
        return [self.directory / "log"]

    @property
    def version(self):
        """What the server says of itself, e.g. '5.6.24-log'."""
        if self._version is None:
            self._version = self.query("SELECT version()")[0][0]
        return self._version


class Source(Server):
    """A MySQL or MariaDB server."""

    def start(self):
        super().start()
        self._create_replication_user()

    def connect(self, database=None, user="root", password="root", **settings):
        settings = {"charset": "utf8mb4", "autocommit": True, "connect_timeout": 10, "read_timeout": 300,
                    "client_flag": CLIENT.MULTI_STATEMENTS, **settings}
        return pymysql.connect(host="127.0.0.1", port=self.port, user=user, password=password, database=database,
                               **settings)

    def execute(self, sql, params=None, database=None):
        """Runs one statement, or several with semicolons between them."""
        with self.connect(database) as connection, connection.cursor() as cursor:
            cursor.execute(sql, params)
            while cursor.nextset():
                pass

    def execute_many(self, sql, rows, database=None):
        with self.connect(database, autocommit=False) as connection, connection.cursor() as cursor:
            cursor.executemany(sql, rows)
            connection.commit()

    def query(self, sql, params=None, database=None):
        with self.connect(database) as connection, connection.cursor() as cursor:
            cursor.execute(sql, params)
            return list(cursor.fetchall())

    def binlog_events(self, name):
        """Rows of SHOW BINLOG EVENTS. The statements in it are in any character set."""
        def text(cell):
            return cell.decode("latin-1") if isinstance(cell, bytes) else cell

        with self.connect(use_unicode=False) as connection, connection.cursor() as cursor:
            cursor.execute(f"SHOW BINLOG EVENTS IN '{name}'")
            return [tuple(map(text, row)) for row in cursor.fetchall()]

    @contextlib.contextmanager
    def set_global(self, **values):
        """Global variables for the length of a with block. Sessions that are open keep their own."""
        before = {name: self.query(f"SELECT @@GLOBAL.{name}")[0][0] for name in values}
        try:
            self._set_globals(values)
            yield
        finally:
            self._set_globals(before)

    def _set_globals(self, values):
        for name, value in values.items():
            self.execute(f"SET GLOBAL {name} = %s", (value,))

    def binlog_position(self):
        """(file, offset) of the end of the binlog."""
        return self.query("SHOW BINARY LOG STATUS" if self.kind == "mysql9" else "SHOW MASTER STATUS")[0][:2]

    # Not in the binlog: where it is replayed this account is none of the tables' business.
    def _create_replication_user(self):
        if not self.query("SELECT 1 FROM mysql.user WHERE user = 'repl'"):
            self.execute("SET sql_log_bin = 0; CREATE USER repl@'%' IDENTIFIED BY 'repl';"
                         f"GRANT {REPLICATION_RIGHTS[self.kind]} ON *.* TO repl@'%'")


class Target(Server):
    """A PostgreSQL or Greenplum server. With kept=True a statement gets a session that others have used, where
    it does not matter what a session remembers."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self._kept = KeptSessions(self.connect)

    def connect(self, database="postgres", statement_timeout=120, **settings):
        """statement_timeout in seconds: a test that hangs says nothing."""
        autocommit = settings.pop("autocommit", True)
        connection = psycopg2.connect(host="127.0.0.1", port=self.port, user="postgres", dbname=database,
                                      connect_timeout=10, application_name=APPLICATION,
                                      options=f"-c statement_timeout={statement_timeout * 1000}", **settings)
        connection.autocommit = autocommit
        return connection

    def execute(self, sql, params=None, database="postgres", **settings):
        self._run(sql, params, database, lambda cursor: None, **settings)

    def query(self, sql, params=None, database="postgres", **settings):
        return self._run(sql, params, database, lambda cursor: cursor.fetchall(), **settings)

    def query_dicts(self, sql, params=None, database="postgres", **settings):
        rows = self._run(sql, params, database, lambda cursor: cursor.fetchall(),
                         cursor_factory=psycopg2.extras.RealDictCursor, **settings)
        return [dict(row) for row in rows]

    def leave_database(self, name):
        """Closes the sessions that are kept there."""
        self._kept.close(name)

    def drop_database(self, name):
        """False where a process still uses it that is no session of the tests: those are ended."""
        self.leave_database(name)
        self.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND application_name = %s",
                     (name, APPLICATION), kept=True)
        try:
            self.execute(f'DROP DATABASE IF EXISTS "{name}"', kept=True)
            return True
        except psycopg2.errors.ObjectInUse:
            return False

    def kept_session(self, database):
        """A context that gives a session which others have used and will use."""
        return self._kept.session(database=database)

    def _run(self, sql, params, database, fetch, kept=False, cursor_factory=None, **settings):
        session = self._kept.session if kept else self._fresh_session
        with session(database=database, **settings) as connection:
            with connection.cursor(cursor_factory=cursor_factory) as cursor:
                cursor.execute(sql, params)
                return fetch(cursor)

    def _fresh_session(self, **settings):
        return contextlib.closing(self.connect(**settings))

    def _logs(self):
        if self.kind == "greenplum":
            return sorted((self.directory / "coordinator").glob("pg_log/*.csv"))
        return super()._logs()
