"""A source that two sessions change at random: rows and tables, in and out of transactions.

Everything follows from the seed and from what the source answers. Statements that the source refuses (a value that does
not fit a narrower type, a duplicate key) are passed over, as an application's would be. What was done is in `log`.
"""

from .random_migration import RandomMigrations
from .random_rows import RandomRows
from .random_tables import OTHERS

FIRST = ("t0", "t1", "t2")  # tables that are there when the task starts
LARGE = "t1"


class RandomSource(RandomRows, RandomMigrations):
    """Does one thing at a time on the source: step()."""

    def __init__(self, source, database, seed):
        super().__init__(source, database, seed)
        self._migrations = {}

    def prepare(self, large=0, columns=()):
        """Some tables with rows, before the task starts; one with so many. All have these columns."""
        session = self._sessions[0]
        for name in FIRST + OTHERS[:1]:
            self._create(session, name, columns=columns)
            for _ in range(self._dice.randint(0, 5)):
                self._insert(session, name)
        if large:
            self._ddl(session, f"DROP TABLE {LARGE}")
            self._ddl(session, f"CREATE TABLE {LARGE} (id INT PRIMARY KEY, c1 INT, c2 VARCHAR(40), c3 INT NOT NULL DEFAULT 1)")
            rows = ", ".join(f"({number}, {number % 100}, 'row {number}')" for number in range(1, large + 1))
            self._source.execute(f"INSERT INTO {LARGE} (id, c1, c2) VALUES {rows}", database=self.database)
            self.log.append(f"-- {LARGE} has {large} rows")

    def step(self):
        session = self._dice.choice(self._sessions)
        if session.prepared:
            return self._end(session)
        kind = self._dice.random()
        if kind < 0.6 or session.xid:
            actions = self._row_actions()
        elif kind < 0.8:
            actions = self._column_actions()
        elif kind < 0.95:
            actions = self._table_actions()
        else:
            actions = self._migration_actions()
        self._dice.choice(actions)(session)

    def finish(self):
        for session in self._sessions:
            while session.in_transaction:
                self._end(session, "COMMIT")
        for xid in list(self._held):
            self._finish_held(self._sessions[0], xid, "COMMIT")

    def drop(self):
        """What the pair does not know of."""
        self.finish()
        self._source.execute(f"DROP DATABASE IF EXISTS {self.second}")
