"""ALTER TABLE at random: one specification or several, of columns, keys and character sets.

Whether they go together is the source's to say: what it refuses was not done.
"""

from .random_session import Bench
from .random_values import CHARSETS, KEY_BASES, KEY_TYPES, list_of_labels

NAMES = tuple(f"c{number}" for number in range(1, 9))  # used again and again
TEXTS = ("char", "varchar", "text", "tinytext", "mediumtext", "longtext", "enum", "set")


class RandomColumns(Bench):

    def _column_actions(self):
        return [self._on_a_table(action) for action in (
            (self._add,) * 3 + (self._drop_column,) * 2 + (self._retype,) * 3 + (self._several,) * 6 + (self._reuse_name,) * 4 + (
                self._rename_column, self._rename_column, self._move, self._key, self._key, self._index, self._nullability,
                self._labels, self._labels, self._convert, self._visibility, self._set_default, self._generated))]

    def _new_column_name(self, table, key=False):
        there = {column.name for column in self._columns(table)} | (self.never_keys if key else set())
        return self._dice.choice([name for name in NAMES if name not in there] or [self._fresh_name()])

    def _alter(self, session, table, *parts):
        if parts:
            self._ddl(session, f"ALTER TABLE {table} {', '.join(parts)}")

    @staticmethod
    def _as_it_is(column):
        return f"{column.type} {'NULL' if column.nullable else 'NOT NULL'}"

    def _place(self, table):
        return self._dice.choice(("", "", " FIRST", f" AFTER `{self._dice.choice(self._columns(table)).name}`"))

    def _algorithm(self):
        return self._dice.choice(((), (), ("ALGORITHM = COPY" if self.kind == "mysql56" else "ALGORITHM = INSTANT",)))

    # --- specifications ---

    def _addition(self, table, name=None):
        numbers = [column for column in self._plain(table) + self._plain(table, key=True) if column.base in ("int", "smallint")]
        name = name or self._new_column_name(table)
        if numbers and self.kind != "mysql56" and self._dice.random() < 0.12:
            return f"ADD `{name}` {self._expression(self._dice.choice(numbers))}"
        return f"ADD `{name}` {self._definitions.of()}{self._place(table)}"

    def _expression(self, column):
        return f"BIGINT AS (`{column.name}` + {self._dice.randint(1, 3)}) {self._dice.choice(('VIRTUAL', 'STORED'))}"

    def _retyping(self, table):
        key = self._dice.random() < 0.15
        columns = self._plain(table, key)
        if not columns:
            return f"COMMENT = '{self._fresh_name()}'"
        column = self._dice.choice(columns)
        definition = self._dice.choice(KEY_TYPES) + " NOT NULL" if key else self._definitions.of()
        return f"MODIFY `{column.name}` {definition}{self._place(table)}"

    def _renaming(self, table, column=None, to=None):
        column = column or self._dice.choice(self._plain(table, self._dice.random() < 0.2) or self._plain(table, key=True))
        to = to or self._new_column_name(table, column.key)
        if self.kind == "mysql56" or self._dice.random() < 0.3:
            return f"CHANGE `{column.name}` `{to}` {self._as_it_is(column)}{self._place(table)}"
        return f"RENAME COLUMN `{column.name}` TO `{to}`"

    def _dropping(self, table):
        columns = [column for column in self._columns(table) if not column.key]
        return f"DROP `{self._dice.choice(columns).name}`" if columns else "FORCE"

    def _changing(self, table):
        """Another name, another type and another place."""
        columns = self._plain(table)
        if not columns:
            return self._addition(table)
        return f"CHANGE `{self._dice.choice(columns).name}` `{self._new_column_name(table)}` {self._definitions.of()}{self._place(table)}"

    def _new_key(self, table):
        """The same columns in another order, one more, or one fewer."""
        keys = [f"`{column.name}`" for column in self._plain(table, key=True)]
        more = [f"`{column.name}`" for column in self._plain(table)
                if column.base in KEY_BASES and not column.nullable and column.name not in self.never_keys]
        wanted = self._dice.sample(keys + more, self._dice.randint(1, len(keys + more)))
        return f"DROP PRIMARY KEY, ADD PRIMARY KEY ({', '.join(wanted)})"

    # --- statements ---

    def _add(self, session, table):
        self._alter(session, table, self._addition(table), *self._algorithm())

    def _drop_column(self, session, table):
        self._alter(session, table, self._dropping(table), *self._algorithm())

    def _rename_column(self, session, table):
        self._alter(session, table, self._renaming(table))

    def _retype(self, session, table):
        self._alter(session, table, self._retyping(table))

    def _several(self, session, table):
        ways = (self._addition, self._addition, self._retyping, self._renaming, self._dropping, self._changing, self._new_key)
        parts = [way(table) for way in self._dice.sample(ways, self._dice.randint(2, 4))]
        self._alter(session, table, *parts, *self._dice.choice(((), ("COMMENT = 'several'",))))

    def _reuse_name(self, session, table):
        """What happens to a name within one statement."""
        columns = self._plain(table)
        if len(columns) < 2:
            return
        one, other = self._dice.sample(columns, 2)
        third = self._dice.choice(columns)
        self._alter(session, table, *self._dice.choice((
            (self._renaming(table, one, other.name), self._renaming(table, other, one.name)),
            (self._renaming(table, one), self._addition(table, one.name)),
            (f"DROP `{one.name}`", self._addition(table, one.name)),
            (f"DROP `{one.name}`", self._renaming(table, other, one.name)),
            (self._renaming(table, one, other.name), f"DROP `{other.name}`"),
            (f"CHANGE `{one.name}` `{other.name}` {self._definitions.of()}{self._place(table)}",
             f"CHANGE `{other.name}` `{one.name}` {self._definitions.of()}"),
            (self._renaming(table, one, other.name), self._renaming(table, other, third.name),
             self._renaming(table, third, one.name)))))

    def _move(self, session, table):
        columns = self._plain(table)
        if columns:
            column = self._dice.choice(columns)
            self._alter(session, table, f"MODIFY `{column.name}` {self._as_it_is(column)}{self._place(table) or ' FIRST'}")

    def _nullability(self, session, table):
        columns = self._plain(table)
        if columns:
            column = self._dice.choice(columns)
            self._alter(session, table, f"MODIFY `{column.name}` {self._as_it_is(column._replace(nullable=not column.nullable))}")

    def _labels(self, session, table):
        columns = [column for column in self._plain(table) if column.labels]
        if columns:
            column = self._dice.choice(columns)
            labels = list_of_labels(self._dice, column.labels)
            self._alter(session, table, f"MODIFY `{column.name}` {column.base.upper()}{labels}")

    def _key(self, session, table):
        self._alter(session, table, self._new_key(table))

    def _index(self, session, table):
        column = self._dice.choice(self._columns(table))
        prefix = "(5)" if column.base.endswith(("text", "blob")) else ""
        name = self._fresh_name()
        self._ddl(session, self._dice.choice((f"CREATE INDEX {name} ON {table} (`{column.name}`{prefix})",
                                              f"ALTER TABLE {table} ADD INDEX (`{column.name}`{prefix}), ENGINE = InnoDB",
                                              f"ALTER TABLE {table} ADD UNIQUE {name} (`{column.name}`{prefix})",
                                              f"ALTER TABLE {table} FORCE", f"OPTIMIZE TABLE {table}")))

    def _convert(self, session, table):
        """Not without a text: MySQL 5.6 then forgets the character set."""
        if any(column.base in TEXTS for column in self._columns(table)):
            clause = self._dice.choice(("CONVERT TO CHARACTER SET", "CONVERT TO CHARACTER SET", "DEFAULT CHARACTER SET"))
            self._alter(session, table, f"{clause} {self._dice.choice(CHARSETS)}")

    def _visibility(self, session, table):
        columns = self._plain(table)
        if not columns or self.kind == "mysql56":
            return
        column = self._dice.choice(columns)
        how = self._dice.choice(("INVISIBLE", "VISIBLE"))
        if self.kind == "mysql9":
            return self._alter(session, table, f"ALTER COLUMN `{column.name}` SET {how}")
        self._alter(session, table, f"MODIFY `{column.name}` {self._as_it_is(column)}{' INVISIBLE' if how == 'INVISIBLE' else ''}")

    def _set_default(self, session, table):
        columns = self._plain(table)
        if columns:
            column = self._dice.choice(columns)
            how = self._dice.choice((f"SET DEFAULT {self._values.of(column)}", "DROP DEFAULT"))
            self._alter(session, table, f"ALTER COLUMN `{column.name}` {how}")

    def _generated(self, session, table):
        """Another expression, or a plain column in its place."""
        columns = [column for column in self._columns(table) if column.generated]
        numbers = [column for column in self._plain(table) if column.base in ("int", "smallint")]
        if columns and numbers:
            name = self._dice.choice(columns).name
            new = self._dice.choice((self._expression(self._dice.choice(numbers)), "BIGINT"))
            self._alter(session, table, f"MODIFY `{name}` {new}")
