"""Rows that two sessions change, in and out of transactions, plain and XA, with all kinds of row images."""

import pymysql
from pymysql.constants import ER

from .random_session import Bench
from .random_values import WORDS, quoted
from .wait import wait_until

IMAGES = ("FULL", "FULL", "MINIMAL", "NOBLOB")


class RandomRows(Bench):

    def _row_actions(self):
        on_a_table = [self._on_a_table(action) for action in (self._insert,) * 4 + (self._update,) * 3 + (
            self._delete, self._move_key, self._replace, self._swap_keys)]
        return on_a_table + [self._begin, self._begin_xa, self._end, self._savepoint, self._image, self._end_held]

    def _image(self, session):
        if not session.in_transaction:
            self._do(session, f"SET binlog_row_image = '{self._dice.choice(IMAGES)}'")
            if self.kind == "mysql9":
                self._do(session, f"SET binlog_row_value_options = '{self._dice.choice(('', 'PARTIAL_JSON'))}'")

    # --- transactions ---

    def _begin(self, session):
        if not session.in_transaction:
            self._do(session, "BEGIN")
            session.in_transaction = True

    def _savepoint(self, session):
        """What is behind it is not logged."""
        if session.in_transaction and not session.xid:
            self._do(session, "SAVEPOINT s")
            self._on_a_table(self._insert)(session)
            self._do(session, "ROLLBACK TO s")

    def _begin_xa(self, session):
        if not session.in_transaction:
            xid = self._fresh_name()
            session.in_transaction = self._do(session, f"XA START '{xid}'")
            session.xid = xid if session.in_transaction else None

    def _end(self, session, how=None):
        if session.xid:
            return self._end_xa(session)
        if session.in_transaction:
            self._do(session, how or self._dice.choice(("COMMIT", "COMMIT", "ROLLBACK")))
            session.in_transaction = False
            session.touched.clear()

    def _end_xa(self, session):
        if not session.prepared:
            self._do(session, f"XA END '{session.xid}'")
            if self._dice.random() < 0.2:
                return self._over(session, self._do(session, f"XA COMMIT '{session.xid}' ONE PHASE"))
            if not self._do(session, f"XA PREPARE '{session.xid}'"):
                return self._over(session, False)
            session.prepared = True
            if self._dice.random() < 0.5:
                return self._leave_prepared(session)
        self._over(session, self._do(session, f"XA {self._outcome()} '{session.xid}'"))

    def _outcome(self):
        return self._dice.choice(("COMMIT", "COMMIT", "ROLLBACK"))

    def _over(self, session, done):
        if not done:
            session.close()
            session.reconnect()
        session.in_transaction = session.prepared = False
        session.xid = None
        session.touched = set()

    def _leave_prepared(self, session):
        """Whoever knows the xid ends it. MySQL 5.6 rolls it back when its session ends."""
        if self.kind == "mysql56":
            return
        self._held[session.xid] = session.touched
        session.close()
        session.reconnect()

    def _end_held(self, session):
        if self._held and not session.in_transaction:
            self._finish_held(session, self._dice.choice(list(self._held)), self._outcome())

    def _finish_held(self, session, xid, outcome):
        """It belongs to the session that prepared it until the server has seen that one go."""
        def done():
            try:
                session.query(f"XA {outcome} '{xid}'")
                return True
            except pymysql.err.OperationalError as error:
                if error.args[0] != ER.XAER_NOTA or self._is_gone(xid):
                    raise
        try:
            wait_until(done, 10, f"XA {outcome} {xid}", interval=0.01)
        except pymysql.err.MySQLError as error:  # nothing was changed in it
            self.log.append(f"-- {session.name} refused: XA {outcome} '{xid}'; -- {error.args}")
        else:
            self.log.append(f"-- {session.name} {self._position()}\nXA {outcome} '{xid}';")
        del self._held[xid]

    def _is_gone(self, xid):
        return all(xid.encode() != row[3] and xid != row[3] for row in self._look("XA RECOVER"))

    # --- rows ---

    def _insert(self, session, table, verb="INSERT"):
        """Columns that are left out get their defaults."""
        columns = [column for column in self._columns(table) if not column.generated
                   and (column.key or self._dice.random() > (0.15 if column.nullable or column.default is not None else 0.02))]
        rows = ", ".join("(" + ", ".join(self._key_value(column) if column.key else self._values.of(column) for column in columns)
                         + ")" for _ in range(self._dice.choice((1, 1, 3, 8))))
        names = ", ".join(f"`{column.name}`" for column in columns)
        plain = [column.name for column in columns if not column.key]
        update = f" ON DUPLICATE KEY UPDATE `{plain[0]}` = VALUES(`{plain[0]}`)" if plain and verb == "INSERT" \
            and self._dice.random() < 0.15 else ""
        self._do(session, f"{verb} INTO {table} ({names}) VALUES {rows}{update}", table)

    def _replace(self, session, table):
        self._insert(session, table, "REPLACE")

    def _key_value(self, column):
        number = str(self._dice.randint(1, self._dice.choice((60, 60000))))
        return quoted(self._dice.choice((number, self._dice.choice(WORDS)))) if column.base == "varchar" else number

    def _some_rows(self, table):
        keys = self._plain(table, key=True)
        if not keys or self._dice.random() < 0.1:
            return "TRUE"
        key = self._dice.choice(keys).name
        return f"`{key}` {self._dice.choice(('>', '<', '='))} {self._dice.randint(1, 60)}"

    def _update(self, session, table):
        columns = self._plain(table)
        if columns:
            changed = self._dice.sample(columns, min(len(columns), self._dice.choice((1, 1, 2))))
            new = ", ".join(f"`{column.name}` = {self._new_value(column)}" for column in changed)
            self._do(session, f"UPDATE {table} SET {new} WHERE {self._some_rows(table)}", table)

    def _new_value(self, column):
        if column.base == "json" and self._dice.random() < 0.7:
            return f"JSON_SET(`{column.name}`, '$.a', {self._dice.randint(0, 99)})"
        return self._values.of(column)

    def _delete(self, session, table):
        self._do(session, f"DELETE FROM {table} WHERE {self._some_rows(table)}", table)

    def _move_key(self, session, table):
        keys = self._plain(table, key=True)
        if keys:
            key = self._dice.choice(keys)
            self._do(session, f"UPDATE {table} SET `{key.name}` = {self._key_value(key)} WHERE {self._some_rows(table)} LIMIT 1", table)

    def _swap_keys(self, session, table):
        """Keys that only change places, in one transaction."""
        keys = self._plain(table, key=True)
        if len(keys) != 1 or keys[0].base not in ("int", "bigint") or session.in_transaction:
            return
        key = keys[0].name
        found = [row[0] for row in self._look(f"SELECT `{key}` FROM {table} ORDER BY 1 LIMIT 2")]
        if len(found) == 2:
            self._begin(session)
            for new, old in ((987654, found[0]), (found[0], found[1]), (found[1], 987654)):
                self._do(session, f"UPDATE {table} SET `{key}` = {new} WHERE `{key}` = {old}", table)
            self._end(session)
