"""kill -9 of everything that takes part, during the load and while streaming, with a writer at work on the source.

Nothing may be lost, doubled, or be seen half. Tasks resume by themselves: no test here calls start_task twice.

The writer moves money between two tables. The sum over both is always the same, so a reader who sees another sum has
seen a part of a transaction.
"""

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

ACCOUNTS = 200
BALANCE = 1000
TABLES = ["giro", "savings", "journal", "padding"]

SCHEMA = f"""
    CREATE TABLE giro (id INT PRIMARY KEY, balance INT NOT NULL) ENGINE=InnoDB;
    CREATE TABLE savings (id INT PRIMARY KEY, balance INT NOT NULL) ENGINE=InnoDB;
    CREATE TABLE journal (id BIGINT PRIMARY KEY, note VARCHAR(100), amount DECIMAL(10,2)) ENGINE=InnoDB;
    CREATE TABLE padding (id INT PRIMARY KEY, filler VARCHAR(500)) ENGINE=InnoDB"""


def fill(pair, rows):
    """`rows` of padding make the load last long enough to be hit."""
    pair.source_execute(SCHEMA)
    numbers = [(i,) for i in range(rows)]
    for table in ("giro", "savings"):
        pair.source.execute_many(f"INSERT INTO {table} VALUES (%s, {BALANCE})", numbers[:ACCOUNTS], pair.name)
    pair.source.execute_many("INSERT INTO padding VALUES (%s, REPEAT('x', 200))", numbers, pair.name)


class Writer(threading.Thread):
    """Changes the source until it is told to stop. A source that is away is waited for."""

    def __init__(self, pair):
        super().__init__(daemon=True)
        self._pair = pair
        self._random = random.Random(42)
        self._done = threading.Event()
        self._serial = 0
        self.transactions = 0
        self.failure = None

    def run(self):
        try:
            while not self._done.is_set():
                # A session whose server is killed ends in one of these, in the midst of whatever.
                with contextlib.suppress(pymysql.err.OperationalError, pymysql.err.InterfaceError, OSError):
                    self._write()
                time.sleep(0.1)
        except Exception as error:  # shown by stop()
            self.failure = error

    def halt(self):
        self._done.set()
        if self.is_alive():
            self.join()

    def stop(self):
        self.halt()
        if self.failure:
            raise self.failure

    def _write(self):
        with self._pair.source.connect(self._pair.name, autocommit=False) as connection, connection.cursor() as cursor:
            while not self._done.is_set():
                self._transaction(cursor)
                connection.rollback() if self._random.random() < 0.05 else connection.commit()
                self.transactions += 1
                time.sleep(0.002)  # the tests are about order and crashes, not about load

    def _transaction(self, cursor):
        for _ in range(self._random.choice((1, 1, 1, 5, 50))):
            self._random.choice((self._transfer, self._transfer, self._move_key, self._replace_account, self._journal,
                                 self._padding))(cursor)

    def _transfer(self, cursor):
        amount = self._random.randrange(100)
        giver, taker = self._random.sample(("giro", "savings"), 2)
        cursor.execute(f"UPDATE {giver} SET balance = balance - %s ORDER BY id LIMIT 1", (amount,))
        cursor.execute(f"UPDATE {taker} SET balance = balance + %s ORDER BY id DESC LIMIT 1", (amount,))

    def _move_key(self, cursor):
        """Swaps two keys of one table, or gives a row a new one."""
        table = self._random.choice(("giro", "savings"))
        cursor.execute(f"SELECT id FROM {table}")
        one, other = self._random.sample([row[0] for row in cursor.fetchall()], 2)
        if self._random.random() < 0.5:
            self._serial += 1
            return cursor.execute(f"UPDATE {table} SET id = %s WHERE id = %s", (1000000 + self._serial, one))
        for before, after in ((one, -1), (other, one), (-1, other)):
            cursor.execute(f"UPDATE {table} SET id = %s WHERE id = %s", (after, before))

    def _replace_account(self, cursor):
        """A row goes from one table to the other; sometimes its key is taken again at once."""
        giver, taker = self._random.sample(("giro", "savings"), 2)
        cursor.execute(f"SELECT id, balance FROM {giver}")
        rows = cursor.fetchall()
        if len(rows) < 10:
            return
        account, balance = self._random.choice(rows)
        self._serial += 1
        cursor.execute(f"DELETE FROM {giver} WHERE id = %s", (account,))
        cursor.execute(f"INSERT INTO {taker} VALUES (%s, %s)", (2000000 + self._serial, balance))
        if self._random.random() < 0.5:
            cursor.execute(f"INSERT INTO {giver} VALUES (%s, 0)", (account,))

    def _journal(self, cursor):
        self._serial += 1
        entry = (self._serial, f"entry {self._serial}", self._serial / 7)
        cursor.execute("INSERT INTO journal VALUES (%s, %s, %s)", entry)
        if self._serial % 3 == 0:
            cursor.execute("DELETE FROM journal WHERE id = %s", (self._serial - 5,))

    def _padding(self, cursor):
        """Rows that the load has read, or has not yet."""
        some = self._random.randrange(60000)
        cursor.execute("UPDATE padding SET filler = %s WHERE id = %s", (str(some), some))
        cursor.execute("DELETE FROM padding WHERE id = %s", (some + 1,))
        cursor.execute("REPLACE INTO padding VALUES (%s, 'new')", (self._random.randrange(70000),))


class SumWatcher(threading.Thread):
    """Reads the sum on the target again and again, and keeps what is wrong. A target that is away is waited for."""

    def __init__(self, pair):
        super().__init__(daemon=True)
        self._pair = pair
        self._done = threading.Event()
        self.looks = 0
        self.wrong = []

    def run(self):
        while not self._done.is_set():
            with contextlib.suppress(psycopg2.Error):
                self._watch()
            time.sleep(0.05)

    def _watch(self):
        name = self._pair.name
        connection = self._pair.target.connect(name)
        with contextlib.closing(connection), connection.cursor() as cursor:
            while not self._done.is_set():
                cursor.execute(f"""SELECT sum(balance) FROM
                    (SELECT balance FROM "{name}".giro UNION ALL SELECT balance FROM "{name}".savings) AS accounts""")
                self.looks += 1
                total = cursor.fetchone()[0]
                if total != 2 * ACCOUNTS * BALANCE:
                    self.wrong.append(total)
                time.sleep(0.005)

    def stop(self):
        self._done.set()
        self.join()


# --- what is killed --------------------------------------------------------------------------------------------


def kill_worker(pair, kind):
    """kill -9 of a worker: the postmaster then ends all sessions and starts over."""
    def pids():
        return pair.target_query("SELECT pid FROM pg_stat_activity WHERE backend_type = %s AND datname = %s",
                                 (f"mysql_sync {kind}", pair.name))
    witness = pair.target.connect()
    os.kill(wait_until(pids, 10, f"there is a {kind} worker", interval=0.01)[0][0], signal.SIGKILL)
    wait_until(lambda: is_cut_off(witness), 30, "the crash is noticed")
    wait_until(lambda: answers(pair.target), 30, "the target is back")


def is_cut_off(connection):
    try:
        connection.cursor().execute("SELECT 1")
        return False
    except psycopg2.Error:
        return True


def answers(target):
    try:
        return target.query("SELECT 1")
    except psycopg2.Error:
        return False


def kill_server(server):
    server.kill()
    server.start()


KILLS = {
    "task worker": lambda pair: kill_worker(pair, "task"),
    "load worker": lambda pair: kill_worker(pair, "load"),
    "target": lambda pair: kill_server(pair.target),
    "source": lambda pair: kill_server(pair.source),
}


# --- the tests -------------------------------------------------------------------------------------------------


@pytest.fixture
def writer(pair):
    thread = Writer(pair)
    yield thread
    thread.halt()


def chunks(pair):
    """(done, all)"""
    return pair.target_query("""SELECT coalesce(sum(chunks_done), 0), coalesce(sum(chunks), 0)
                                FROM mysql_sync.task_tables""")[0]


def load_goes_on(pair, task, before):
    """Waits until more is loaded than `before`; false where the load has ended."""
    def looked():
        done, total = chunks(pair)
        return "over" if total and done == total else done > before
    wait_until(looked, 60, lambda: f"more than {before} chunks are loaded: {chunks(pair)}, {task.row()}", interval=0.02)
    done, total = chunks(pair)
    return done < total


def test_load(pair, writer):
    """All are killed in turn during one load. Each chunk is loaded once, and what changes meanwhile is not lost."""
    fill(pair, 60000)
    writer.start()
    task = pair.task().create(options={"chunk_rows": 100, "load_workers": 2}).start()
    hit = []
    for name, kill in KILLS.items():
        if load_goes_on(pair, task, before=chunks(pair)[0] + 5):
            kill(pair)
            hit.append(name)
    assert hit == list(KILLS), f"the load was too short for the others: {chunks(pair)}"
    task.wait_state("synchronizing", 90)
    writer.stop()
    task.wait_for_catchup()
    same(pair)
    assert chunks(pair)[0] == chunks(pair)[1] > 100


def same(pair):
    __tracebackhide__ = True
    for table in TABLES:
        pair.assert_same(table)


def streams_again(task, pair, before):
    """Until transactions of after the crash have arrived."""
    def moved():
        with contextlib.suppress(psycopg2.OperationalError):
            return task.row()["applied_position"] != before
    wait_until(moved, 60, lambda: f"the task goes on: {task.row()}")


@pytest.mark.parametrize("victim", ["target", "source"])
def test_stream(pair, writer, victim):
    """Readers of the target never see a part of a transaction, before the crash, at once after it, or later."""
    streams_over_crashes(pair, writer, victim)


@pytest.mark.sources("mariadb")
def test_stream_of_a_killed_worker(pair, writer):
    streams_over_crashes(pair, writer, "task worker")


def streams_over_crashes(pair, writer, victim):
    fill(pair, 1000)
    task = pair.run_task(options={"batch_rows": 500})
    watcher = SumWatcher(pair)
    watcher.start()
    writer.start()
    try:
        for _ in range(1 if victim == "source" else 2):  # whose start takes longest
            so_far = writer.transactions
            wait_until(lambda: writer.transactions > so_far + 50, 30, lambda: f"the writer works ({writer.failure!r})")
            KILLS[victim](pair)
            streams_again(task, pair, task.row()["applied_position"])
        writer.stop()
        task.wait_for_catchup()
    finally:
        watcher.stop()
    assert watcher.wrong == []
    assert watcher.looks > 50
    same(pair)
    row = task.row()
    assert row["state"] == "synchronizing" and row["pid"]


@pytest.mark.sources("mariadb")
def test_load_of_many_small_tables(pair):
    """Load workers start one after the other: the first is through some chunks before the last looks for its own."""
    for i in range(300):
        pair.source_execute(f"CREATE TABLE t{i} (id INT PRIMARY KEY); INSERT INTO t{i} VALUES (1), (2), (3)")
    task = pair.run_task(options={"load_workers": 8})
    assert task.errors() == []
    assert {row["rows_loaded"] for row in task.tables().values()} == {3}
    for i in (0, 1, 2, 150, 299):
        pair.assert_same(f"t{i}")


@pytest.mark.sources("mariadb", "mysql9")
def test_alter_and_crash(pair):
    """The columns, the rows and what is known of the table are those of one position, whenever the crash comes."""
    pair.source_execute("CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v INT); INSERT INTO t (v) VALUES (0)")
    task = pair.run_task()
    done = threading.Event()

    def alter():
        with pair.source.connect(pair.name) as connection, connection.cursor() as cursor:
            for i in range(1000):
                if done.is_set():
                    break
                cursor.execute(f"ALTER TABLE t ADD COLUMN c{i} INT NOT NULL DEFAULT {i}")
                cursor.execute("INSERT INTO t (v) VALUES (%s)", (i,))
                cursor.execute("UPDATE t SET v = v + 1")
                if i > 3:
                    cursor.execute(f"ALTER TABLE t DROP COLUMN c{i - 3}")
                time.sleep(0.02)

    altering = threading.Thread(target=alter)
    altering.start()
    try:
        for name in ("task worker", "target"):
            ddl = task.row()["ddl"]
            wait_until(lambda: task.row()["ddl"] > ddl + 5, 60, "some columns were added")
            KILLS[name](pair)
    finally:
        done.set()
        altering.join()
    task.wait_state("synchronizing")
    task.wait_for_catchup()
    pair.assert_same("t")
    assert [error for error in task.errors() if error["sqlstate"][:2] not in ("57", "08")] == []


@pytest.mark.sources("mariadb")
def test_crash_while_nothing_happens(pair):
    """A paused task stays paused over a crash, a running one runs again."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY); CREATE TABLE u (id INT PRIMARY KEY)")
    running = pair.task("running").create([f"{pair.name}.t"]).start().wait_state()
    paused = pair.task("paused").create([f"{pair.name}.u"]).start().wait_state().stop()
    kill_server(pair.target)
    pair.source_execute("INSERT INTO t VALUES (1); INSERT INTO u VALUES (1)")
    wait_until(lambda: running.row()["pid"], 30, "the task's worker is back")
    running.wait_for_catchup()
    pair.assert_same("t")
    assert (paused.state(), paused.row()["pid"]) == ("paused", None)
    paused.start().wait_for_catchup()
    pair.assert_same("u")
