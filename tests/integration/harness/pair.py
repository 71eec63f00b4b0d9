"""A fresh database on a source and a fresh database on the target, joined by the extension, for one test."""

import psycopg2

from . import compare
from .task import Task
from .wait import wait_until

DIAGNOSTICS = ("tasks", "task_tables", "errors")


class Pair:
    """Both databases have the same `name`; `server` is the foreign server that stands for the source.

    Tables arrive in the target's schema `name`, as they do by default.
    """

    server = "source"

    def __init__(self, source, target, name, encoding="UTF8"):
        """encoding: of the target's database."""
        self.source = source
        self.target = target
        self.name = name
        self.encoding = encoding
        self._tasks = []
        self._rights = []

    def create(self):
        self.source.execute(f"CREATE DATABASE `{self.name}` CHARACTER SET utf8mb4")
        self.target.execute(f"""CREATE DATABASE "{self.name}" {self._other_encoding()}""", kept=True)
        self.target_execute(f"""CREATE EXTENSION mysql_sync;
                                CREATE SERVER {self.server} FOREIGN DATA WRAPPER mysql_sync
                                OPTIONS (host '127.0.0.1', port '{self.source.port}');
                                CREATE USER MAPPING FOR CURRENT_USER SERVER {self.server}
                                OPTIONS (username 'repl', password 'repl')""")

    def _other_encoding(self):
        if self.encoding == "UTF8":
            return ""
        return f"ENCODING '{self.encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"

    def task(self, name=None):
        """A Task that is dropped with the pair; by default it is called like the databases."""
        task = Task(self, name or self.name)
        self._tasks.append(task)
        return task

    def run_task(self, tables=None, timeout=60, **settings):
        """The common beginning: create a task, start it, wait until it is synchronizing."""
        return self.task().create(tables, **settings).start().wait_state("synchronizing", timeout)

    def source_execute(self, sql, params=None):
        self.source.execute(sql, params, self.name)

    def source_query(self, sql, params=None):
        return self.source.query(sql, params, self.name)

    def grant(self, right):
        """Gives the replication user one more right, in this database, for as long as the pair is there."""
        self.source.execute(f"GRANT {right} ON `{self.name}`.* TO repl@'%'")
        self._rights.append(right)

    # In a session that others have used; with kept=False in a new one.
    def target_execute(self, sql, params=None, **settings):
        self.target.execute(sql, params, self.name, **{"kept": True, **settings})

    def target_query(self, sql, params=None, **settings):
        return self.target.query(sql, params, self.name, **{"kept": True, **settings})

    def assert_same(self, table, target_table=None, **how):
        """Fails unless `table` holds the same rows on both sides; see compare.assert_same_table."""
        __tracebackhide__ = True
        compare.assert_same_table(self.source, (self.name, table), self.target, self.name,
                                  target_table or (self.name, table), **how)

    def diagnostics(self):
        """What to know after a failure. It must not fail itself, whatever state the target is in."""
        parts = []
        for view in DIAGNOSTICS:
            parts.append(f"--- mysql_sync.{view}")
            try:
                rows = self.target.query_dicts(f"SELECT * FROM mysql_sync.{view}", None, self.name,
                                               statement_timeout=10)
                parts += ["; ".join(f"{key}={value}" for key, value in row.items()) for row in rows]
            except psycopg2.Error as error:
                parts.append(str(error).strip())
        return "\n".join(parts + [f"--- log of {self.target}", self.target.log_tail()])

    def drop(self):
        """Stops the tasks and removes both databases, also where a test left a server stopped."""
        for server in (self.source, self.target):
            if not server.is_running():
                server.start()
        for task in self._tasks:
            if task.row():
                task.discard()
        for right in self._rights:
            self.source.execute(f"REVOKE {right} ON `{self.name}`.* FROM repl@'%'")
        self.source.execute(f"DROP DATABASE IF EXISTS `{self.name}`")
        # Workers are not ended: after drop_task they have to go by themselves. One that is just ending still counts.
        wait_until(lambda: self.target.drop_database(self.name), 30, f"database {self.name} can be dropped")
