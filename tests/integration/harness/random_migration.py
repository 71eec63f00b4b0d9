"""What gh-ost and pt-online-schema-change do to a table, spread over the steps of a random source."""

from .random_tables import RandomTables


class Migration:
    """Of `table`, by way of the copy `ghost`."""

    def __init__(self, table, tool):
        database, dot, name = table.rpartition(".")
        self.table = table
        self.is_percona = tool == "pt-osc"
        self.ghost = f"{database}{dot}_{name}_{'new' if self.is_percona else 'gho'}"
        self.old = f"{database}{dot}_{name}_{'old' if self.is_percona else 'del'}"
        self.log = f"{database}{dot}_{name}_ghc"
        self.triggers = [f"{database}{dot}pt_osc_{name}_{event}" for event in ("del", "upd", "ins")]


class RandomMigrations(RandomTables):

    def _migration_actions(self):
        return [self._begin_migration, self._go_on_migrating, self._go_on_migrating]

    def _tables_of(self, session):
        return {table: migration for table, migration in self._migrations.items() if table not in self._busy(session)}

    def _begin_migration(self, session):
        still = self._still(session)
        if not still or len(self._migrations) > 1:
            return
        migration = Migration(self._dice.choice(still), self._dice.choice(("gh-ost", "pt-osc")))
        if not migration.is_percona:
            self._ddl(session, f"CREATE TABLE {migration.log} (id INT AUTO_INCREMENT PRIMARY KEY, hint VARCHAR(64))")
        if not self._ddl(session, f"CREATE TABLE {migration.ghost} LIKE {migration.table}"):
            return
        self._migrations[migration.table] = migration
        ways = (self._addition, self._addition, self._retyping, self._dropping, self._changing, self._new_key)
        self._alter(session, migration.ghost, *(way(migration.ghost) for way in self._dice.sample(ways, self._dice.randint(1, 3))))
        if migration.is_percona:
            self._make_triggers(session, migration)
        elif not session.in_transaction:
            self._do(session, f"INSERT INTO {migration.log} (hint) VALUES ('GhostTableMigrated')")

    def _common(self, migration):
        ours = [column.name for column in self._columns(migration.table) if not column.generated]
        copied = {column.name for column in self._columns(migration.ghost) if not column.generated}
        return [name for name in ours if name in copied]

    def _make_triggers(self, session, migration):
        names = self._common(migration)
        keys = [column.name for column in self._plain(migration.table, key=True) if column.name in names]
        if not keys:
            return
        gone = f"DELETE IGNORE FROM {migration.ghost} WHERE " + " AND ".join(f"`{key}` <=> OLD.`{key}`" for key in keys)
        there = f"REPLACE INTO {migration.ghost} ({self._list(names)}) VALUES ({', '.join(f'NEW.`{name}`' for name in names)})"
        for trigger, event, body in zip(migration.triggers, ("DELETE", "UPDATE", "INSERT"),
                                        (gone, f"BEGIN {gone}; {there}; END", there)):
            self._ddl(session, f"CREATE TRIGGER {trigger} AFTER {event} ON {migration.table} FOR EACH ROW {body}")

    @staticmethod
    def _list(names):
        return ", ".join(f"`{name}`" for name in names)

    def _go_on_migrating(self, session):
        free = self._tables_of(session)
        if not free:
            return
        migration = free[self._dice.choice(list(free))]
        what = self._dice.random()
        if what < 0.4:
            self._copy(session, migration)
        elif what < 0.5:
            self._alter(session, migration.ghost, self._addition(migration.ghost))
        elif what < 0.6:
            self._end_migration(session, migration)
        else:
            self._cut_over(session, migration)

    def _copy(self, session, migration):
        names = self._common(migration)
        key = self._plain(migration.table, key=True)[0].name
        if names and not session.in_transaction:
            self._do(session, f"INSERT IGNORE INTO {migration.ghost} ({self._list(names)}) SELECT {self._list(names)} "
                              f"FROM {migration.table} WHERE `{key}` > {self._dice.randint(0, 60)}")
            if not migration.is_percona:
                self._do(session, f"INSERT INTO {migration.log} (hint) VALUES ('copy')")

    def _cut_over(self, session, migration):
        """Up to here the tools have copied all, and have written again what was changed since."""
        self._end(session)
        names = self._common(migration)
        if session.in_transaction or not names:
            return
        self._do(session, f"DELETE FROM {migration.ghost}")
        if not self._do(session, f"INSERT IGNORE INTO {migration.ghost} ({self._list(names)}) "
                                 f"SELECT {self._list(names)} FROM {migration.table}"):
            return
        if migration.is_percona or self._dice.random() < 0.6:
            self._ddl(session, f"RENAME TABLE {migration.table} TO {migration.old}, {migration.ghost} TO {migration.table}")
        else:
            self._ddl(session, f"ALTER TABLE {migration.table} RENAME {migration.old}")
            self._ddl(session, f"ALTER TABLE {migration.ghost} RENAME {migration.table}")
        self._end_migration(session, migration)

    def _end_migration(self, session, migration):
        """Done, or given up."""
        self._ddl(session, f"DROP TABLE IF EXISTS {migration.old}, {migration.ghost}, {migration.log}")
        if migration.is_percona:
            for trigger in migration.triggers:
                self._ddl(session, f"DROP TRIGGER IF EXISTS {trigger}")
        del self._migrations[migration.table]
