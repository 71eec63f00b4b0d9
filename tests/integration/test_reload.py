"""Loading a single table again while its task streams: the table is emptied, and equal to the source in the end, whatever
happens meanwhile to it, to the others and to the worker."""

import contextlib
import os
import random
import signal
import threading
import time

import psycopg2
import pymysql
import pytest

from harness.wait import wait_until


def resync(task, table):
    task.pair.target_query("SELECT mysql_sync.resync_table(%s, %s)", (task.name, f"{task.pair.name}.{table}"))


def reload_notices(task, table):
    return [row for row in task.errors() if row["source_table"] == f"{task.pair.name}.{table}"
            and row["message"].startswith("the table is loaded again")]


def table_state(task, table):
    return task.tables()[f"{task.pair.name}.{table}"]


class Writer(threading.Thread):
    """Changes the tables `big` and `other`, in transactions that have rows of both, until it is stopped."""

    def __init__(self, pair, seed=1, pause=0.001):
        super().__init__(daemon=True)
        self._pair = pair
        self._random = random.Random(seed)
        self._pause = pause
        self._done = threading.Event()
        self.failure = None
        self.transactions = 0

    def run(self):
        try:
            with self._pair.source.connect(self._pair.name, autocommit=False) as connection, \
                    connection.cursor() as cursor:
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
        cursor.execute(*self._random.choice((
            (f"INSERT IGNORE INTO {table} (id, a, note) VALUES (%s, %s, %s)", (key, new, note)),
            (f"UPDATE {table} SET a = a + 1 WHERE id = %s", (key,)),
            (f"UPDATE {table} SET note = %s WHERE id BETWEEN %s AND %s + 3", (note, key, key)),
            (f"UPDATE IGNORE {table} SET id = %s WHERE id = %s", (new, key)),
            (f"DELETE FROM {table} WHERE id = %s", (key,)))))

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
                                 [(i * 2, i, "x" * (i % 300)) for i in range(rows if table == "big" else 100)], pair.name)


def test_a_table_that_is_not_what_it_should_be_is_equal_again(pair):
    fill(pair, 3000)
    task = pair.run_task().wait_for_catchup()
    pair.target_execute(f'DELETE FROM "{pair.name}".big WHERE id < 500; '
                        f'UPDATE "{pair.name}".big SET note = NULL WHERE id > 5000')
    resync(task, "big")
    task.wait_for_catchup()
    pair.assert_same("big")
    assert len(reload_notices(task, "big")) == 1
    row = table_state(task, "big")
    assert (row["state"], row["rows_loaded"], row["chunks_done"], row["chunks"]) == ("synchronizing", 3000, 1, 1)
    # Strict again: a change that does not find its row stops the task.
    pair.target_execute(f'DELETE FROM "{pair.name}".big WHERE id = 2')
    pair.source_execute("UPDATE big SET a = -1 WHERE id = 2")
    task.wait_state("failed")
    # And that is a way to go on from there.
    resync(task, "big")
    task.start().wait_for_catchup()
    pair.assert_same("big")


def test_changes_go_on_while_the_table_is_read(pair):
    fill(pair)
    task = pair.run_task().wait_for_catchup()
    with writing(pair):
        for _ in range(2):
            resync(task, "big")
            task.wait_for_catchup(120)
    task.wait_for_catchup()
    pair.assert_same("big")
    pair.assert_same("other")
