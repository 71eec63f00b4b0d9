"""Runs a case of tests/ddl on a source, in a database of its own."""

import time

import pymysql

LOCK_WAIT_TIMEOUT = 1205


class Run:
    """`case` in the database `database`; {db} in its statements stands for that, {other} for one nobody selects."""

    def __init__(self, source, case, database):
        self.source = source
        self.case = case
        self.database = database

    @property
    def other(self):
        return f"o_{self.database}"

    def _named(self, sql):
        return sql.replace("{db}", self.database).replace("{other}", self.other)

    def _names_other(self):
        return any("{other}" in sql for sql in self.case.given() + [sql for _, sql in self.case.steps()])

    def prepare(self):
        """What is there before the task starts."""
        made = [self.database] + ([self.other] if self._names_other() else [])
        self.source.execute("; ".join(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4" for name in made))
        with self.source.connect(self.database) as connection:
            for sql in self.case.given():
                self._execute(connection, sql)

    def perform(self):
        """The DDL and the rows between and behind it, in one session."""
        with self.source.connect(self.database, charset=self.case.session.get("charset", "utf8mb4")) as connection:
            for name, value in self.case.session.items():
                if name != "charset":
                    self._execute(connection, f"SET SESSION {name} = {value}")
            for _, sql in self.case.steps():
                self._execute(connection, sql)

    def _execute(self, connection, sql):
        try:
            with connection.cursor() as cursor:
                self._insist(cursor, self._named(sql))
                while cursor.nextset():
                    pass
        except Exception as error:
            raise AssertionError(f"{self.case} on {self.source.kind}: {error}\n  {sql}") from error

    # With NOWAIT it is refused while a worker of the task reads the table.
    def _insist(self, cursor, sql):
        for attempt in range(50):
            try:
                return cursor.execute(sql)
            except pymysql.err.OperationalError as error:
                if "NOWAIT" not in sql or error.args[0] != LOCK_WAIT_TIMEOUT or attempt == 49:
                    raise
                time.sleep(0.1)

    def drop(self):
        with self.source.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SET FOREIGN_KEY_CHECKS = 0")
            for name in (self.database, self.other):
                cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")
