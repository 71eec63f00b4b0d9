"""Two sessions of a source, what its tables are, and how a random source does something to them."""

import random

import pymysql

from .random_values import Definitions, Values, column_of

MODES = ("STRICT_TRANS_TABLES", "", "STRICT_ALL_TABLES,ANSI_QUOTES")
ZONES = ("+00:00", "+05:30")


class Session:
    """A connection, and the tables that its open transaction has touched."""

    def __init__(self, name, connect, settings):
        self.name = name
        self.touched = set()
        self.in_transaction = False
        self.xid = None  # of the XA transaction that is open
        self.prepared = False  # it has to be ended before anything else
        self._connect = connect
        self._settings = settings
        self.reconnect()

    def reconnect(self):
        self.in_transaction = self.prepared = False
        self.xid = None
        self.touched = set()
        self._connection = self._connect()
        self.query(self._settings)

    def query(self, sql):
        with self._connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def close(self):
        self._connection.close()


class Bench:
    """What all that happens has in common. Names of tables are as SQL has them: of the first database without its name."""

    def __init__(self, source, database, seed):
        self.log = []
        self.refused = 0
        self.never_keys = set()  # columns that are no part of a key
        self.kind = source.kind
        self.database = database
        self.second = database + "b"  # another database that the task selects from; it comes and goes
        self._dice = random.Random(seed)
        self._values = Values(self._dice)
        self._definitions = Definitions(self._dice, self.kind)
        self._source = source
        self._serial = 0
        strict = [MODES[0], self._dice.choice(MODES)]
        self._sessions = [Session(f"s{n}", lambda: source.connect(database), self._settings(mode, zone))
                          for n, (mode, zone) in enumerate(zip(strict, ZONES))]
        self._observer = source.connect(database)  # with no snapshot of the past
        self._held = {}  # XA transactions that are prepared and belong to no session: {xid: tables}

    @staticmethod
    def _settings(mode, zone):
        return (f"SET lock_wait_timeout = 1, innodb_lock_wait_timeout = 1, sql_mode = '{mode}', time_zone = '{zone}'")

    def close(self):
        for connection in [*self._sessions, self._observer]:
            connection.close()

    def story(self):
        """All that was done, each statement with the end of the binlog behind it."""
        return "\n".join(self.log)

    # --- what is there ---

    def _look(self, sql):
        with self._observer.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def _name(self, database, table):
        return table if database == self.database else f"{database}.{table}"

    def _parts(self, name):
        database, _, table = name.rpartition(".")
        return database or self.database, table

    def _existing(self):
        """Tables, but for the copies of migrations."""
        rows = self._look(f"""SELECT table_schema, table_name FROM information_schema.tables
                              WHERE table_schema IN ('{self.database}', '{self.second}') AND table_type = 'BASE TABLE'
                              ORDER BY table_schema, table_name""")
        return [self._name(*row) for row in rows if not row[1].startswith("_")]

    def _busy(self, session=None):
        """Tables that an open transaction holds, of another session or of none."""
        return set().union(*(other.touched for other in self._sessions if other is not session), *self._held.values())

    def _free_tables(self, session):
        busy = self._busy(session)
        return [name for name in self._existing() if name not in busy]

    def _columns(self, table):
        database, name = self._parts(table)
        rows = self._look(f"""
            SELECT column_name, column_type, data_type, is_nullable, column_key, extra, column_default
            FROM information_schema.columns
            WHERE table_schema = '{database}' AND table_name = '{name}' ORDER BY ordinal_position""")
        return [column_of(*row) for row in rows]

    def _plain(self, table, key=False):
        return [column for column in self._columns(table) if not column.generated and column.key == key]

    def _fresh_name(self):
        self._serial += 1
        return f"n{self._serial}"

    # --- doing it ---

    def _position(self):
        file, offset = self._look("SHOW BINARY LOG STATUS" if self.kind == "mysql9" else "SHOW MASTER STATUS")[0][:2]
        return f"{file.rpartition('.')[2].lstrip('0')}:{offset}"

    def _do(self, session, sql, *tables):
        """False where the source refuses it."""
        try:
            session.query(sql)
        except pymysql.err.MySQLError as error:
            self.refused += 1
            self.log.append(f"-- {session.name} refused: {sql}; -- {error.args}")
            return False
        self.log.append(f"-- {session.name} {self._position()}\n{sql};")
        if session.in_transaction:
            session.touched |= set(tables)
        return True

    def _ddl(self, session, sql):
        """It commits what is open, also where it is refused."""
        session.in_transaction = False
        session.touched.clear()
        return self._do(session, sql)

    def _on_a_table(self, action):
        def do(session):
            names = self._free_tables(session)
            if names:
                action(session, self._dice.choice(names))
        return do
