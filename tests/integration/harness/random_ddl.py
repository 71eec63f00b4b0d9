"""A source that two sessions change at random: rows and tables, in and out of transactions.

Everything follows from the seed and from what the source answers. Statements that the source refuses (a value that does
not fit a narrower type, a duplicate key) are passed over, as an application's would be. What was done is in `log`.
"""

import random
import re
from collections import namedtuple

import pymysql

FIRST = ("t0", "t1", "t2")  # tables that are there when the task starts; later ones have higher numbers
OTHERS = ("other0", "other1")  # the task does not select them
KEPT = 2  # tables that are always left
LABELS = ("red", "green", "blue", "black", "grün")
TYPES = ("TINYINT", "SMALLINT", "MEDIUMINT", "INT", "BIGINT", "INT UNSIGNED", "BIGINT UNSIGNED", "DECIMAL(6,2)", "DECIMAL(12,4)",
         "DOUBLE", "FLOAT", "BIT(8)", "YEAR", "DATE", "DATETIME", "DATETIME(6)", "TIMESTAMP NULL", "TIME", "TIME(3)",
         "CHAR(12)", "VARCHAR(12)", "VARCHAR(40)", "VARCHAR(40) CHARACTER SET latin1", "TEXT", "VARBINARY(20)", "BLOB",
         "ENUM('red','green','blue')", "ENUM('black','red','green','blue')", "SET('red','green','blue','black')")
KEY_TYPES = ("INT", "BIGINT", "INT UNSIGNED", "VARCHAR(30)", "DECIMAL(12,2)")
CHARSETS = ("utf8mb4", "latin1", "utf8")

# type as the catalog spells it, without its size; the numbers in parentheses; labels
Column = namedtuple("Column", "name type base size labels nullable key generated")


class Session:
    """A connection, and the tables that its open transaction has touched."""

    def __init__(self, name, connection, settings):
        self.name = name
        self.touched = set()
        self.in_transaction = False
        self._connection = connection
        self.query(settings)

    def query(self, sql):
        with self._connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def close(self):
        self._connection.close()


def quoted(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


class Values:
    """Literals that fit a column, mostly small, so that narrower types often take them."""

    def __init__(self, dice):
        self._dice = dice

    def of(self, column):
        if column.nullable and self._dice.random() < 0.15:
            return "NULL"
        return getattr(self, f"_{column.base}", self._text)(column)

    def _integer(self, bits, column):
        unsigned = "unsigned" in column.type
        if self._dice.random() < 0.8:
            return str(self._dice.randint(0 if unsigned else -100, 100))
        high = (1 << bits) - 1 if unsigned else (1 << (bits - 1)) - 1
        return str(self._dice.choice((high, high // 2, 0 if unsigned else -high - 1)))

    def _tinyint(self, column):
        return self._integer(8, column)

    def _smallint(self, column):
        return self._integer(16, column)

    def _mediumint(self, column):
        return self._integer(24, column)

    def _int(self, column):
        return self._integer(32, column)

    def _bigint(self, column):
        return self._integer(64, column)

    def _decimal(self, column):
        return f"{self._dice.randint(-9999, 9999)}.{self._dice.choice(('0', '5', '25', '99'))}"

    def _double(self, column):
        return self._dice.choice(("0.1", "-2.5", "3", "1e10", "0", "123456.789"))

    _float = _double

    def _bit(self, column):
        return f"b'{self._dice.getrandbits(int(column.size[0])):b}'"

    def _year(self, column):
        return str(self._dice.choice((1901, 1999, 2024, 2155)))

    def _date(self, column):
        return f"'20{self._dice.randint(10, 30)}-0{self._dice.randint(1, 9)}-{self._dice.randint(10, 28)}'"

    def _time(self, column):
        return f"'{self._dice.randint(-800, 800)}:{self._dice.randint(10, 59)}:{self._dice.randint(10, 59)}{self._fraction()}'"

    def _datetime(self, column):
        return f"'{self._date(column)[1:-1]} {self._dice.randint(10, 23)}:{self._dice.randint(10, 59)}:00{self._fraction()}'"

    _timestamp = _datetime

    def _fraction(self):
        return self._dice.choice(("", ".5", ".123456", ".999999"))

    def _enum(self, column):
        return quoted(self._dice.choice(column.labels))

    def _set(self, column):
        chosen = [label for label in column.labels if self._dice.random() < 0.5]
        return quoted(",".join(chosen))

    def _bytes(self, column):
        return f"x'{self._dice.randbytes(self._dice.randint(0, 8)).hex()}'"

    _varbinary = _binary = _tinyblob = _blob = _mediumblob = _longblob = _bytes

    def _text(self, column):
        kind = self._dice.random()
        if kind < 0.3:
            return quoted(str(self._dice.randint(-200, 200)))
        if kind < 0.5:
            return quoted(self._dice.choice(LABELS))
        letters = "abc äöü'\\ xyz"
        return quoted("".join(self._dice.choice(letters) for _ in range(self._dice.randint(0, 10))).strip())


class RandomSource:
    """Does one thing at a time on the source: step()."""

    def __init__(self, source, database, seed):
        self.log = []
        self.refused = 0
        self._source = source
        self._dice = random.Random(seed)
        self._values = Values(self._dice)
        self._serial = 0
        self._tables_named = len(FIRST) - 1
        modes = ["'STRICT_TRANS_TABLES'", self._dice.choice(("''", "'STRICT_ALL_TABLES,ANSI_QUOTES'"))]
        self._sessions = [Session(f"s{n}", source.connect(database), f"SET lock_wait_timeout = 1, innodb_lock_wait_timeout = 1, "
                                  f"sql_mode = {mode}, time_zone = '{zone}'")
                          for n, (mode, zone) in enumerate(zip(modes, ("+00:00", "+05:30")))]
        self._database = database
        self._observer = source.connect(database)  # with no snapshot of the past

    def prepare(self):
        """Some tables with rows, before the task starts."""
        for name in FIRST + OTHERS[:1]:
            self._create(self._sessions[0], name)
            for _ in range(self._dice.randint(0, 5)):
                self._insert(self._sessions[0], name)

    def step(self):
        session = self._dice.choice(self._sessions)
        actions = self._rows() if self._dice.random() < 0.65 else self._tables()
        self._dice.choice(actions)(session)

    def finish(self):
        for session in self._sessions:
            self._end(session, "COMMIT")

    def close(self):
        for connection in [*self._sessions, self._observer]:
            connection.close()

    def story(self):
        return "\n".join(self.log)

    # --- what can be done ---

    def _rows(self):
        on_a_table = [self._on_a_table(action) for action in (self._insert, self._insert, self._insert, self._update, self._update,
                                                              self._delete, self._move_key)]
        return on_a_table + [self._begin, self._end]

    def _tables(self):
        on_a_table = [self._on_a_table(action) for action in (self._add, self._add, self._drop_column, self._rename_column,
                                                              self._retype, self._retype, self._several, self._move,
                                                              self._key, self._index, self._nullability, self._convert,
                                                              self._truncate)]
        return on_a_table + [self._create_one, self._create_like, self._create_select, self._drop, self._rename, self._rename]

    def _on_a_table(self, action):
        def do(session):
            names = self._free_tables(session)
            if names:
                action(session, self._dice.choice(names))
        return do

    # --- what is there ---

    def _look(self, sql):
        with self._observer.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def _existing(self):
        rows = self._look(f"""SELECT table_name FROM information_schema.tables
                              WHERE table_schema = '{self._database}' ORDER BY table_name""")
        return [row[0] for row in rows]

    def _free_tables(self, session):
        """Those that no open transaction of the other session holds."""
        busy = set().union(*(other.touched for other in self._sessions if other is not session))
        return [name for name in self._existing() if name not in busy]

    def _new_names(self):
        """Names of selected tables are new ones, so that no target is in the way."""
        there = set(self._existing())
        self._tables_named += 1
        return [f"t{self._tables_named}"] * 2 + [name for name in OTHERS if name not in there]

    def _columns(self, table):
        generated = "''" if self._source.kind == "mysql56" else "coalesce(generation_expression, '')"
        rows = self._look(f"""
            SELECT column_name, column_type, data_type, is_nullable, column_key, {generated} FROM information_schema.columns
            WHERE table_schema = '{self._database}' AND table_name = '{table}' ORDER BY ordinal_position""")
        return [Column(name, spelled, base.lower(), re.findall(r"\d+", spelled.split(")")[0]),
                       re.findall(r"'([^']*)'", spelled), nullable == "YES", key == "PRI", generated != "")
                for name, spelled, base, nullable, key, generated in rows]

    def _plain(self, table, key=False):
        return [column for column in self._columns(table) if not column.generated and column.key == key]

    def _fresh_name(self):
        self._serial += 1
        return f"c{self._serial}"

    # --- doing it ---

    def _do(self, session, sql, *tables):
        """False where the source refuses it."""
        try:
            session.query(sql)
        except pymysql.err.MySQLError as error:
            self.refused += 1
            self.log.append(f"-- {session.name} refused: {sql}; -- {error.args[0]}")
            return False
        self.log.append(f"-- {session.name}\n{sql};")
        if session.in_transaction:
            session.touched |= set(tables)
        return True

    def _ddl(self, session, sql):
        """It commits what is open, also where it is refused."""
        session.in_transaction = False
        session.touched.clear()
        return self._do(session, sql)

    def _begin(self, session):
        if not session.in_transaction:
            self._do(session, "BEGIN")
            session.in_transaction = True

    def _end(self, session, how=None):
        if session.in_transaction:
            self._do(session, how or self._dice.choice(("COMMIT", "COMMIT", "ROLLBACK")))
            session.in_transaction = False
            session.touched.clear()

    # --- rows ---

    def _insert(self, session, table):
        columns = [column for column in self._columns(table) if not column.generated]
        rows = ", ".join("(" + ", ".join(self._key_value(column) if column.key else self._values.of(column) for column in columns)
                         + ")" for _ in range(self._dice.choice((1, 1, 3, 8))))
        names = ", ".join(f"`{column.name}`" for column in columns)
        self._do(session, f"INSERT INTO {table} ({names}) VALUES {rows}", table)

    def _key_value(self, column):
        return self._dice.choice((str(self._dice.randint(1, 60)), str(self._dice.randint(1, 60000))))

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
            new = ", ".join(f"`{column.name}` = {self._values.of(column)}" for column in changed)
            self._do(session, f"UPDATE {table} SET {new} WHERE {self._some_rows(table)}", table)

    def _delete(self, session, table):
        self._do(session, f"DELETE FROM {table} WHERE {self._some_rows(table)}", table)

    def _move_key(self, session, table):
        keys = self._plain(table, key=True)
        if keys:
            key = self._dice.choice(keys)
            self._do(session, f"UPDATE {table} SET `{key.name}` = {self._key_value(key)} WHERE {self._some_rows(table)} LIMIT 1", table)

    # --- columns ---

    def _definition(self):
        spelled = self._dice.choice(TYPES)
        if spelled.startswith("TIMESTAMP"):
            return spelled
        choice = self._dice.random()
        if choice < 0.5:
            return spelled
        if choice < 0.65 and not spelled.startswith(("DATE", "BLOB", "TEXT")):
            return f"{spelled} NOT NULL"
        if spelled.startswith(("VARCHAR", "CHAR")):
            return f"{spelled} DEFAULT {self._dice.choice(LABELS)!r}"
        if spelled.startswith(("INT", "BIGINT", "SMALLINT", "DECIMAL", "DOUBLE")):
            return f"{spelled} NOT NULL DEFAULT {self._dice.randint(0, 9)}"
        if spelled.startswith("DATETIME"):
            return f"DATETIME DEFAULT {self._dice.choice(('CURRENT_TIMESTAMP', quoted('2020-01-01 00:00:00')))}"
        return spelled

    def _place(self, table):
        return self._dice.choice(("", "", " FIRST", f" AFTER `{self._dice.choice(self._columns(table)).name}`"))

    def _addition(self, table):
        numbers = [column for column in self._plain(table) + self._plain(table, key=True) if column.base in ("int", "smallint")]
        if numbers and self._source.kind != "mysql56" and self._dice.random() < 0.2:
            how = self._dice.choice(("VIRTUAL", "STORED"))
            return f"ADD `{self._fresh_name()}` BIGINT AS (`{self._dice.choice(numbers).name}` + 1) {how}"
        return f"ADD `{self._fresh_name()}` {self._definition()}{self._place(table)}"

    def _algorithm(self):
        return self._dice.choice(("", "", ", ALGORITHM = INSTANT" if self._source.kind != "mysql56" else ", ALGORITHM = COPY"))

    def _add(self, session, table):
        self._ddl(session, f"ALTER TABLE {table} {self._addition(table)}{self._algorithm()}")

    def _drop_column(self, session, table):
        columns = [column for column in self._columns(table) if not column.key]
        if columns:
            self._ddl(session, f"ALTER TABLE {table} DROP `{self._dice.choice(columns).name}`{self._algorithm()}")

    def _rename_column(self, session, table):
        column = self._dice.choice(self._plain(table, self._dice.random() < 0.2) or self._plain(table, key=True))
        new = self._fresh_name()
        if self._source.kind == "mysql56" or self._dice.random() < 0.3:
            rest = f"CHANGE `{column.name}` `{new}` {self._as_it_is(column)}"
        else:
            rest = f"RENAME COLUMN `{column.name}` TO `{new}`"
        self._ddl(session, f"ALTER TABLE {table} {rest}")

    @staticmethod
    def _as_it_is(column):
        return f"{column.type} {'NULL' if column.nullable else 'NOT NULL'}"

    def _retyping(self, table):
        key = self._dice.random() < 0.15
        columns = self._plain(table, key)
        if not columns:
            return f"COMMENT = {self._serial}"
        column = self._dice.choice(columns)
        spelled = self._dice.choice(KEY_TYPES) + " NOT NULL" if key else self._definition()
        return f"MODIFY `{column.name}` {spelled}"

    def _retype(self, session, table):
        self._ddl(session, f"ALTER TABLE {table} {self._retyping(table)}")

    def _several(self, session, table):
        parts = [self._addition(table), self._retyping(table), self._addition(table), "COMMENT = 'several'"]
        self._ddl(session, f"ALTER TABLE {table} {', '.join(self._dice.sample(parts, self._dice.randint(2, 4)))}")

    def _move(self, session, table):
        columns = self._plain(table)
        if columns:
            column = self._dice.choice(columns)
            self._ddl(session, f"ALTER TABLE {table} MODIFY `{column.name}` {self._as_it_is(column)}{self._place(table) or ' FIRST'}")

    def _nullability(self, session, table):
        columns = self._plain(table)
        if columns:
            column = self._dice.choice(columns)
            other = column._replace(nullable=not column.nullable)
            self._ddl(session, f"ALTER TABLE {table} MODIFY `{column.name}` {self._as_it_is(other)}")

    def _key(self, session, table):
        """The same columns in another order, one more, or one fewer."""
        keys = [f"`{column.name}`" for column in self._plain(table, key=True)]
        more = [f"`{column.name}`" for column in self._plain(table) if column.base in ("int", "bigint", "smallint", "date")
                and not column.nullable]
        wanted = self._dice.sample(keys + more, self._dice.randint(1, len(keys + more)))
        self._ddl(session, f"ALTER TABLE {table} DROP PRIMARY KEY, ADD PRIMARY KEY ({', '.join(wanted)})")

    def _index(self, session, table):
        column = self._dice.choice(self._columns(table))
        prefix = "(5)" if column.base in ("text", "blob") else ""
        self._ddl(session, self._dice.choice((f"CREATE INDEX {self._fresh_name()} ON {table} (`{column.name}`{prefix})",
                                              f"ALTER TABLE {table} ADD INDEX (`{column.name}`{prefix}), ENGINE = InnoDB",
                                              f"ALTER TABLE {table} FORCE")))

    def _convert(self, session, table):
        """Not without a text: MySQL 5.6 then forgets the character set. Labels are ASCII, as servers break others here."""
        if any(column.base in ("char", "varchar", "text", "tinytext", "mediumtext", "enum", "set") for column in self._columns(table)):
            self._ddl(session, f"ALTER TABLE {table} CONVERT TO CHARACTER SET {self._dice.choice(CHARSETS)}")

    # --- tables ---

    def _create(self, session, name):
        columns = ", ".join(f"{self._fresh_name()} {self._definition()}" for _ in range(self._dice.randint(1, 5)))
        charset = self._dice.choice(("", "", " CHARACTER SET latin1"))
        self._ddl(session, f"CREATE TABLE {name} (id {self._dice.choice(KEY_TYPES)} PRIMARY KEY, {columns}){charset}")

    def _create_one(self, session):
        names = self._new_names()
        if names:
            self._create(session, self._dice.choice(names))

    def _create_like(self, session):
        names, models = self._new_names(), self._free_tables(session)
        if names and models:
            self._ddl(session, f"CREATE TABLE {self._dice.choice(names)} LIKE {self._dice.choice(models)}")

    def _create_select(self, session):
        names, models = self._new_names(), self._free_tables(session)
        if names and models:
            model = self._dice.choice(models)
            key = ", ".join(f"`{column.name}`" for column in self._plain(model, key=True))
            self._ddl(session, f"CREATE TABLE {self._dice.choice(names)} (PRIMARY KEY ({key})) SELECT * FROM {model}")

    def _drop(self, session):
        free = self._free_tables(session)
        if len(self._existing()) > KEPT and free:
            self._ddl(session, f"DROP TABLE {self._dice.choice(free)}")

    def _truncate(self, session, table):
        if self._dice.random() < 0.3:
            self._ddl(session, f"TRUNCATE TABLE {table}")

    def _rename(self, session):
        names, free = self._new_names(), self._free_tables(session)
        if names and free:
            old, new = self._dice.choice(free), self._dice.choice(names)
            self._ddl(session, self._dice.choice((f"RENAME TABLE {old} TO {new}", f"ALTER TABLE {old} RENAME TO {new}")))
