"""A synchronisation task, through the SQL functions and views that users have."""

import psycopg2
from psycopg2.extras import Json

from .wait import wait_until

# A task in one of these does not get anywhere else by itself.
STUCK = ("failed", "precheck_failed", "paused")
# After a crash until the launcher has come.
WORKER_IS_GONE = "the worker of the task is not running"


def _parameter(value):
    return Json(value) if isinstance(value, dict) else value


class Task:
    """A task of `pair`, which knows the database it lives in and the foreign server it reads."""

    def __init__(self, pair, name):
        self.pair = pair
        self.name = name

    def create(self, tables=None, **settings):
        """create_task; without tables: all of the pair's source database. Settings by name, dicts become jsonb."""
        settings = {"server": self.pair.server, "tables": tables or [f"{self.pair.name}.*"], **settings}
        self._call("create_task", **settings)
        return self

    def alter(self, **settings):
        self._call("alter_task", **settings)

    def set_table(self, source_table, **settings):
        self._call("set_table", source_table=source_table, **settings)

    def start(self):
        self._call("start_task")
        return self

    def stop(self):
        self._call("stop_task")
        return self

    def reset(self):
        self._call("reset_task")
        return self

    def drop(self):
        self._call("drop_task")

    def discard(self):
        """Drops it whatever it is doing."""
        try:
            self.drop()
        except psycopg2.errors.DuplicateObject:  # it is running
            self.stop().drop()

    def precheck(self):
        return self._dicts("SELECT * FROM mysql_sync.precheck(%s)")

    def verify(self):
        return self._dicts("SELECT * FROM mysql_sync.verify(%s)")

    def row(self):
        """The task's row of the view tasks, as a dict; None where there is no such task."""
        rows = self._dicts("SELECT * FROM mysql_sync.tasks WHERE task = %s")
        return rows[0] if rows else None

    def state(self):
        row = self.row()
        return row and row["state"]

    def tables(self):
        """The rows of task_tables, by source table."""
        rows = self._dicts("SELECT * FROM mysql_sync.task_tables WHERE task = %s")
        return {row["source_table"]: row for row in rows}

    def errors(self):
        return self._dicts("SELECT * FROM mysql_sync.errors WHERE task = %s")

    def wait_state(self, state="synchronizing", timeout=60):
        """Waits for a state; fails at once where the task is stuck in another."""
        def reached():
            row = self.row()
            now = row["state"]
            if now in STUCK and now != state and row["last_error"] != WORKER_IS_GONE:
                raise AssertionError(f"task {self.name} is {now} instead of {state}: {row['last_error']}")
            return now == state
        wait_until(reached, timeout, lambda: f"task {self.name} becomes {state}, it is {self.state()}")
        return self

    def wait_for_catchup(self, timeout=60):
        """Waits until all that the source has committed by now is committed in the target."""
        done = self.pair.target_query("SELECT mysql_sync.wait_for_catchup(%s, %s * interval '1 second')",
                                      (self.name, timeout), statement_timeout=timeout + 30)[0][0]
        assert done is True, f"task {self.name} did not catch up within {timeout} s: {self.row()}"
        return self

    # ":=" as Greenplum 6 does not know "=>".
    def _call(self, function, **arguments):
        arguments = {"task": self.name, **arguments}
        named = ", ".join(f"{key} := %({key})s" for key in arguments)
        return self.pair.target_query(f"SELECT mysql_sync.{function}({named})",
                                      {key: _parameter(value) for key, value in arguments.items()})

    def _dicts(self, sql):
        return self.pair.target.query_dicts(sql, (self.name,), self.pair.name, kept=True)
