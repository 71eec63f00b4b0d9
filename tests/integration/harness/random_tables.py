"""Tables that come, go and change their names, whose names are used again, and online schema changes of them."""

from .random_columns import NAMES, RandomColumns
from .random_values import KEY_TYPES

TABLES = ("t0", "t1", "t2", "t3", "t4")  # and those of the second database
SECOND = ("t0", "t1")
OTHERS = ("other0", "other1")  # the task does not select them
KEPT = 2  # tables that are always left


class RandomTables(RandomColumns):

    def _table_actions(self):
        return [self._create_one, self._create_one, self._create_like, self._create_select, self._drop, self._drop, self._drop_several,
                self._rename, self._rename, self._rename_and_alter, self._swap, self._swap, self._chain, self._rotate, self._replace_dropped,
                self._on_a_table(self._truncate), self._on_a_table(self._partitions), self._temporary, self._second_database,
                self._create_again]

    def _still(self, session):
        """Tables whose name nobody needs at the moment."""
        return [name for name in self._free_tables(session) if name not in self._migrations]

    def _new_names(self):
        there = set(self._existing())
        second = [f"{self.second}.{name}" for name in SECOND] if self._has_second() else []
        return [name for name in [*TABLES, *OTHERS, *second] if name not in there]

    def _has_second(self):
        return bool(self._look(f"SHOW DATABASES LIKE '{self.second}'"))

    def _create(self, session, name, verb="CREATE TABLE", columns=()):
        names = columns or self._dice.sample(NAMES, self._dice.randint(1, 5))
        columns = ", ".join(f"{column} {self._definitions.of()}" for column in names)
        charset = self._dice.choice(("", "", " CHARACTER SET latin1", " CHARACTER SET utf8"))
        self._ddl(session, f"{verb} {name} (id {self._dice.choice(KEY_TYPES)} PRIMARY KEY, {columns}){charset}")

    def _create_one(self, session):
        names = self._new_names()
        if names:
            self._create(session, self._dice.choice(names))

    def _create_again(self, session):
        """A table that is there: it stays, or is another one in its place."""
        names = self._still(session)
        if names:
            verbs = ("CREATE TABLE IF NOT EXISTS", "CREATE OR REPLACE TABLE" if self.kind == "mariadb" else "CREATE TABLE IF NOT EXISTS")
            self._create(session, self._dice.choice(names), self._dice.choice(verbs))

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
        still = self._still(session)
        if len(self._existing()) > KEPT and still:
            self._ddl(session, f"DROP TABLE {self._dice.choice(('', 'IF EXISTS '))}{self._dice.choice(still)}")

    def _drop_several(self, session):
        still = self._still(session)
        if len(self._existing()) > KEPT + 1 and len(still) > 1:
            self._ddl(session, f"DROP TABLE IF EXISTS {', '.join(self._dice.sample(still, 2))}, nothing")

    def _truncate(self, session, table):
        self._ddl(session, f"TRUNCATE TABLE {table}")

    def _partitions(self, session, table):
        """Where a table has none, the source refuses what needs them."""
        self._ddl(session, f"ALTER TABLE {table} " + self._dice.choice((
            "PARTITION BY KEY () PARTITIONS 3", "PARTITION BY KEY () PARTITIONS 2", "TRUNCATE PARTITION p1", "COALESCE PARTITION 1",
            "REBUILD PARTITION p0", "REMOVE PARTITIONING")))

    def _temporary(self, session):
        """A temporary table hides another one from its session. None of it is logged, or counts."""
        names = [*self._still(session), *self._new_names()]
        if names and not session.in_transaction:
            name = self._dice.choice(names)
            if self._ddl(session, f"CREATE TEMPORARY TABLE {name} (id INT PRIMARY KEY, hidden INT)"):
                for sql in (f"INSERT INTO {name} VALUES (1, 1)", f"ALTER TABLE {name} ADD more INT", f"TRUNCATE TABLE {name}",
                            f"DROP {self._dice.choice(('', 'TEMPORARY '))}TABLE {name}"):
                    self._ddl(session, sql)

    # --- names ---

    def _rename(self, session):
        names, still = self._new_names(), self._still(session)
        if names and still:
            old, new = self._dice.choice(still), self._dice.choice(names)
            self._ddl(session, self._dice.choice((f"RENAME TABLE {old} TO {new}", f"ALTER TABLE {old} RENAME TO {new}")))

    def _rename_and_alter(self, session):
        names, still = self._new_names(), self._still(session)
        if names and still:
            old, new = self._dice.choice(still), self._dice.choice(names)
            self._alter(session, old, self._addition(old), f"RENAME TO {new}")

    def _swap(self, session):
        still = self._still(session)
        if len(still) > 1:
            one, other = self._dice.sample(still, 2)
            between = self._dice.choice(["swap", *self._new_names()])
            self._ddl(session, f"RENAME TABLE {one} TO {between}, {other} TO {one}, {between} TO {other}")

    def _chain(self, session):
        """A table goes where the one before it was, and that one to a new name."""
        names, still = self._new_names(), self._still(session)
        if names and len(still) > 1:
            one, other = self._dice.sample(still, 2)
            self._ddl(session, f"RENAME TABLE {one} TO {self._dice.choice(names)}, {other} TO {one}")

    def _rotate(self, session):
        still = self._still(session)
        if len(still) > 2:
            one, other, third = self._dice.sample(still, 3)
            self._ddl(session, f"RENAME TABLE {one} TO swap, {other} TO {one}, {third} TO {other}, swap TO {third}")

    def _replace_dropped(self, session):
        """The name of a dropped table, for another one at once."""
        still = self._still(session)
        if len(self._existing()) > KEPT and len(still) > 1:
            one, other = self._dice.sample(still, 2)
            if self._ddl(session, f"DROP TABLE {one}"):
                self._dice.choice((lambda: self._ddl(session, f"RENAME TABLE {other} TO {one}"),
                                   lambda: self._create(session, one)))()

    def _second_database(self, session):
        if not self._has_second():
            return self._ddl(session, f"CREATE DATABASE {self.second} CHARACTER SET utf8mb4")
        held = any(name.startswith(self.second) for name in [*self._busy(session), *self._migrations])
        if not held and self._dice.random() < 0.5 and len(self._existing()) > KEPT + 2:
            self._ddl(session, f"DROP DATABASE {self.second}")
