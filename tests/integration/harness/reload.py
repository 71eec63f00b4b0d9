"""For tests of reloads: asking for one, looking at one, and a writer that does not stop meanwhile."""

import contextlib
import random
import threading
import time

from .wait import wait_until


def resync(task, table):
    task.pair.target_query("SELECT mysql_sync.resync_table(%s, %s)", (task.name, f"{task.pair.name}.{table}"))


def reload_notices(task, table):
    return [row for row in task.errors() if row["source_table"] == f"{task.pair.name}.{table}"
            and row["message"].startswith("the table is loaded again")]


def table_state(task, table):
    return task.tables()[f"{task.pair.name}.{table}"]


def settle(task, timeout=60):
    """Waits for the reloads, and for what came meanwhile."""
    def is_done():
        assert task.state() == "synchronizing", task.row()["last_error"]
        return all(row["state"] in ("synchronizing", "dropped") for row in task.tables().values())
    task.wait_for_catchup(timeout)
    wait_until(is_done, timeout, lambda: f"no table is reloading: {task.tables()}")
    task.wait_for_catchup(timeout)


class Writer(threading.Thread):
    """Changes the tables `big` and `other`, in transactions that have rows of both, until it is stopped.

    settings: a statement that the session begins with; more: further changes, as statements on the table {0} with what
    they take, "n" for a new key and "k" for one that may be there.
    """

    def __init__(self, pair, seed=1, pause=0.001, settings="DO 0", more=()):
        super().__init__(daemon=True)
        self._pair = pair
        self._random = random.Random(seed)
        self._pause = pause
        self._settings = settings
        self._more = more
        self._done = threading.Event()
        self.failure = None
        self.transactions = 0

    def run(self):
        try:
            with self._pair.source.connect(self._pair.name, autocommit=False) as connection, \
                    connection.cursor() as cursor:
                cursor.execute(self._settings)
                while not self._done.is_set():
                    for _ in range(self._random.choice((1, 1, 3, 20))):
                        self._change(cursor)
                    connection.commit()
                    self.transactions += 1
                    time.sleep(self._pause)
        except Exception as error:  # shown by stop()
            self.failure = error

    def _change(self, cursor):
        table = self._random.choice(("big", "big", "other"))
        key, new = self._random.randrange(40000), self._random.randrange(40000)
        note = f"{self.transactions} {new}"
        more = [(sql.format(table), [{"n": new, "k": key}[kind] for kind in takes]) for sql, takes in self._more]
        cursor.execute(*self._random.choice((
            (f"INSERT IGNORE INTO {table} (id, a, note) VALUES (%s, %s, %s)", (key, new, note)),
            (f"UPDATE {table} SET a = a + 1 WHERE id = %s", (key,)),
            (f"UPDATE {table} SET note = %s WHERE id BETWEEN %s AND %s + 3", (note, key, key)),
            (f"UPDATE IGNORE {table} SET id = %s WHERE id = %s", (new, key)),
            (f"DELETE FROM {table} WHERE id = %s", (key,)), *more)))

    def stop(self):
        self._done.set()
        self.join()
        if self.failure:
            raise self.failure


@contextlib.contextmanager
def writing(pair, **how):
    writer = Writer(pair, **how)
    writer.start()
    try:
        yield writer
    finally:
        writer.stop()


def fill(pair, rows=20000):
    for table in ("big", "other"):
        pair.source_execute(f"""CREATE TABLE {table} (id INT PRIMARY KEY, a INT, note VARCHAR(300))""")
        pair.source.execute_many(f"INSERT INTO {table} VALUES (%s, %s, %s)",
                                 [(i * 2, i, "x" * (i % 300)) for i in range(rows if table == "big" else 100)],
                                 pair.name)
