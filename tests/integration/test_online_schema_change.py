"""gh-ost and pt-online-schema-change on the source: the change takes effect when the copy takes the table's place.

pt-online-schema-change is the real one. What gh-ost runs is replayed from its source (go/logic/applier.go).
"""

import contextlib
import os
import re
import signal
import subprocess
import threading
import time

import pytest

from harness.reload import resync, table_state
from harness.wait import wait_until

TABLE = """CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(40) NOT NULL, w INT) CHARACTER SET utf8mb4;
    INSERT INTO t (v, w) VALUES ('a', 1), ('b', 2), ('c', NULL), ('d', 4); INSERT INTO t (v, w) SELECT v, w FROM t;
    INSERT INTO t (v, w) SELECT v, id FROM t; INSERT INTO t (v, w) SELECT v, id FROM t; INSERT INTO t (v, w) SELECT v, id FROM t;
    INSERT INTO t (v, w) SELECT v, id FROM t; INSERT INTO t (v, w) SELECT v, id FROM t"""
ROWS = 8 * 32


class GhOst:
    """A migration of `t` by the statements of gh-ost, one step after the other."""

    def __init__(self, pair, alter, columns="id, v, w"):
        self.pair = pair
        self.alter = alter
        self.columns = columns

    def create(self):
        self.pair.source_execute(f"""
            DROP /* gh-ost */ TABLE IF EXISTS _t_gho; DROP TABLE IF EXISTS _t_del; DROP TABLE IF EXISTS _t_ghc;
            CREATE /* gh-ost */ TABLE _t_ghc (id BIGINT UNSIGNED AUTO_INCREMENT,
              last_update TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
              hint VARCHAR(64) CHARSET ascii NOT NULL, value VARCHAR(4096) CHARSET ascii NOT NULL,
              PRIMARY KEY (id), UNIQUE KEY hint_uidx (hint)) AUTO_INCREMENT=256 COMMENT='gh-ost changelog';
            CREATE /* gh-ost */ TABLE `{self.pair.name}`.`_t_gho` LIKE `{self.pair.name}`.`t`;
            ALTER /* gh-ost */ TABLE `{self.pair.name}`.`_t_gho` {self.alter};
            INSERT /* gh-ost */ INTO _t_ghc (hint, value) VALUES ('state', 'GhostTableMigrated')
              ON DUPLICATE KEY UPDATE last_update = NOW(), value = VALUES(value)""")
        return self

    def copy(self, low=0, high=1 << 30):
        self.pair.source_execute(f"""
            INSERT /* gh-ost */ IGNORE INTO _t_gho ({self.columns}) SELECT {self.columns} FROM t FORCE INDEX (PRIMARY)
              WHERE id > {low} AND id <= {high} LOCK IN SHARE MODE;
            INSERT INTO _t_ghc (hint, value) VALUES ('copy', '{low}') ON DUPLICATE KEY UPDATE value = VALUES(value)""")
        return self

    def apply_events(self, cursor):
        """What was written since, by a session of its own: gh-ost replays the binlog, with the same outcome."""
        cursor.execute(f"SELECT {self.columns} FROM t")
        rows = list(cursor.fetchall())
        marks = ", ".join(["%s"] * len(self.columns.split(",")))
        self.pair.source_execute("DELETE /* gh-ost */ FROM _t_gho WHERE id NOT IN %s", ([row[0] for row in rows],))
        self.pair.source.execute_many(f"REPLACE /* gh-ost */ INTO _t_gho ({self.columns}) VALUES ({marks})", rows,
                                      self.pair.name)

    def cut_over(self):
        """The rename waits for a lock that goes with the sentry table."""
        with self.pair.source.connect(self.pair.name) as locker, locker.cursor() as cursor:
            cursor.execute("CREATE /* gh-ost */ TABLE _t_del (id INT AUTO_INCREMENT PRIMARY KEY) ENGINE=InnoDB")
            cursor.execute("LOCK /* gh-ost */ TABLES t WRITE, _t_del WRITE")
            self.apply_events(cursor)
            rename = threading.Thread(target=self.pair.source_execute, args=(
                "RENAME /* gh-ost */ TABLE t TO _t_del, _t_gho TO t",))
            rename.start()
            wait_until(lambda: any("RENAME" in (row[0] or "") for row in self.pair.source_query(
                "SELECT info FROM information_schema.processlist WHERE info LIKE 'RENAME%%'")), 20, "the rename waits")
            cursor.execute("DROP /* gh-ost */ TABLE IF EXISTS _t_del")
            time.sleep(0.3)  # now the rename waits for t, before all who want to write
            cursor.execute("UNLOCK TABLES")
            rename.join()
        return self

    def cut_over_in_two_steps(self, between=lambda: None):
        with self.pair.source.connect(self.pair.name) as connection, connection.cursor() as cursor:
            self.apply_events(cursor)
        self.pair.source_execute("ALTER /* gh-ost */ TABLE t RENAME _t_del")
        between()
        self.pair.source_execute("ALTER /* gh-ost */ TABLE _t_gho RENAME t")
        return self

    def clean_up(self):
        self.pair.source_execute("DROP TABLE IF EXISTS _t_ghc; DROP TABLE IF EXISTS _t_del; DROP TABLE IF EXISTS _t_gho")


@contextlib.contextmanager
def writer(pair, per_second=100):
    """Somebody who keeps changing t, whatever its other columns are."""
    done = threading.Event()
    counts = {"inserted": 0, "deleted": 0}

    def write():
        with pair.source.connect(pair.name) as connection, connection.cursor() as cursor:
            i = 0
            while not done.is_set():
                i += 1
                cursor.execute("INSERT INTO t (v) VALUES (%s)", (f"w{i}",))
                cursor.execute("UPDATE t SET v = CONCAT(v, '.') WHERE id = %s", (i * 7 % ROWS,))
                counts["inserted"] += 1
                if i % 4 == 0:
                    counts["deleted"] += cursor.execute("DELETE FROM t WHERE v = %s", (f"w{i - 1}",))
                time.sleep(1 / per_second)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield counts
    finally:
        done.set()
        thread.join()


def rows_of(task, table):
    """The counters of a table, where it was not loaded again."""
    row = task.tables()[table]
    return row["rows_loaded"], row["inserted"], row["deleted"]


def assert_nothing_doubled(pair, task, inserted, deleted):
    """A row that comes and goes within a batch counts for neither."""
    __tracebackhide__ = True
    loaded, arrived, left = rows_of(task, f"{pair.name}.t")
    assert loaded == ROWS
    assert arrived - left == inserted - deleted
    assert arrived <= inserted


def notices(task):
    return [error["message"] for error in task.errors() if error["sqlstate"] == "00000"]


def settle(task):
    """Waits for the reloads."""
    def done():
        assert task.state() == "synchronizing", task.row()["last_error"]
        return all(row["state"] in ("synchronizing", "dropped") for row in task.tables().values())
    wait_until(done, 60, lambda: f"no table is reloading: {task.tables()}")
    task.wait_for_catchup()


def percona(pair, alter, *options):
    done = subprocess.run(
        ["pt-online-schema-change", "--execute", "--alter", alter, "--no-version-check", "--recursion-method=none",
         "--chunk-size=40", "--sleep=0.02", "--no-check-replication-filters", "--no-check-alter", *options,
         f"h=127.0.0.1,P={pair.source.port},u=root,p=root,D={pair.name},t=t"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
    assert "Successfully altered" in done.stdout


def test_percona(pair):
    """The real tool under load: twice, the second time with the first one's leavings still there."""
    pair.source_execute(TABLE)
    task = pair.run_task()
    with writer(pair) as counts:
        percona(pair, "ADD COLUMN n INT NOT NULL DEFAULT 7, MODIFY w BIGINT, ADD KEY (w)", "--no-drop-old-table")
        percona(pair, "DROP COLUMN w, ADD COLUMN note VARCHAR(10) DEFAULT 'new' AFTER id")
    task.wait_for_catchup()
    pair.assert_same("t")
    # Neither the rows of the copy nor those of a reload.
    assert_nothing_doubled(pair, task, counts["inserted"], counts["deleted"])
    assert list(task.tables()) == [f"{pair.name}.t"]
    assert len(notices(task)) == len(task.errors()) == 2
    assert not any("loaded again" in notice for notice in notices(task))


def test_gh_ost(pair):
    """The cut-over as one statement and as two; and a change that only the source can tell the outcome of."""
    pair.source_execute(TABLE)
    task = pair.run_task()
    with writer(pair) as counts:
        GhOst(pair, "ADD COLUMN n INT DEFAULT 7 FIRST, MODIFY v VARCHAR(80) NOT NULL").create().copy().cut_over().clean_up()
    migration = GhOst(pair, "DROP COLUMN n, ADD m VARCHAR(5) NOT NULL DEFAULT ''").create().copy()
    task.wait_for_catchup()
    migration.cut_over_in_two_steps(lambda: task.wait_for_catchup()).clean_up()
    pair.source_execute("INSERT INTO t (v, m) VALUES ('last', 'm')")
    task.wait_for_catchup()
    pair.assert_same("t")
    assert_nothing_doubled(pair, task, counts["inserted"] + 1, counts["deleted"])
    assert list(task.tables()) == [f"{pair.name}.t"]
    # Rows that were copied have the time of their copying.
    GhOst(pair, "ADD COLUMN at DATETIME DEFAULT CURRENT_TIMESTAMP", "id, v, w, m").create().copy().cut_over().clean_up()
    pair.source_execute("INSERT INTO t (v, m) VALUES ('after', 'm')")
    task.wait_for_catchup()
    settle(task)
    pair.assert_same("t")
    assert any("loaded again" in notice for notice in notices(task))


@pytest.mark.sources("mariadb")
@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
def test_worker_ends_in_the_middle(pair, kill):
    """At every step: what is known of the migration is in the catalog."""
    pair.source_execute(TABLE)
    task = pair.run_task()

    def end_worker():
        task.wait_for_catchup()
        if not kill:
            return task.stop().start().wait_state()
        old = task.row()["pid"]
        os.kill(old, signal.SIGKILL)
        # The server restarts; the launcher brings the task back, or we do.
        wait_until(lambda: _is_back(task, old), 60, "the worker is back")

    migration = GhOst(pair, "ADD COLUMN n INT DEFAULT 7, DROP COLUMN w", "id, v").create()
    end_worker()
    migration.copy(0, 100)
    pair.source_execute("ALTER TABLE _t_gho ADD COLUMN late INT DEFAULT 1")
    end_worker()
    migration.copy(100).cut_over_in_two_steps(end_worker).clean_up()
    pair.source_execute("INSERT INTO t (v) VALUES ('last')")
    end_worker()
    pair.source_execute("UPDATE t SET v = 'again' WHERE id = 1")
    task.wait_for_catchup()
    pair.assert_same("t")
    assert rows_of(task, f"{pair.name}.t") == (ROWS, 1, 0)


def _is_back(task, old):
    with contextlib.suppress(Exception):
        row = task.row()
        return row["state"] == "synchronizing" and row["pid"] not in (None, old)
    return False


@pytest.mark.sources("mysql9", "mariadb")
def test_migration_that_runs_already(pair):
    """The precheck names it; the copy is not loaded, and the table is read again at the cut-over."""
    pair.source_execute(TABLE)
    migration = GhOst(pair, "CHANGE w x INT, ADD COLUMN n INT DEFAULT 7", "id, v").create().copy(0, 100)
    task = pair.task().create()
    warnings = [item for item in task.precheck() if item["item"] == "online_schema_change"]
    assert [(item["object"], item["status"]) for item in warnings] == [(f"{pair.name}._t_gho", "warning")]
    task.start().wait_state()
    pair.source_execute("INSERT INTO t (v) VALUES ('during')")
    task.wait_for_catchup()
    assert rows_of(task, f"{pair.name}.t") == (ROWS, 1, 0)
    assert list(task.tables()) == [f"{pair.name}.t"]
    migration.copy(100).cut_over().clean_up()
    pair.source_execute("INSERT INTO t (v) VALUES ('after')")
    task.wait_for_catchup()
    settle(task)
    pair.assert_same("t")


@pytest.mark.sources("mariadb")
def test_migration_that_is_given_up(pair):
    """Nothing of it is left, and the next one is as good as the first."""
    pair.source_execute(TABLE)
    task = pair.run_task()
    GhOst(pair, "ADD COLUMN wrong INT").create().copy().clean_up()
    pair.source_execute("INSERT INTO t (v) VALUES ('between')")
    GhOst(pair, "ADD COLUMN n INT DEFAULT 7").create().copy().cut_over().clean_up()
    task.wait_for_catchup()
    pair.assert_same("t")
    assert rows_of(task, f"{pair.name}.t") == (ROWS, 1, 0)
    assert pair.target_query("SELECT count(*) FROM mysql_sync.ghost_table") == [(0,)]


@pytest.mark.sources("mariadb")
def test_rows_that_the_copy_refuses(pair):
    """A unique key that is added drops rows where the tool copies with INSERT IGNORE: the target drops them, too."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(40), w INT);"
                        "INSERT INTO t VALUES (1, 'a', 1), (2, 'a', 2), (3, 'b', 3)")
    task = pair.run_task()
    GhOst(pair, "ADD UNIQUE KEY (v)").create().copy().cut_over().clean_up()
    task.wait_for_catchup()
    settle(task)
    pair.assert_same("t")
    assert pair.source_query("SELECT COUNT(*) FROM t") == [(2,)]


@pytest.mark.sources("mysql56")
def test_percona_drops_first(pair):
    """With foreign keys it may drop the table before it renames the copy, but not on later versions."""
    pair.source_execute(TABLE + "; CREATE TABLE child (id INT PRIMARY KEY, t INT, FOREIGN KEY (t) REFERENCES t (id))")
    task = pair.run_task()
    percona(pair, "ADD COLUMN n INT DEFAULT 7", "--alter-foreign-keys-method=drop_swap")
    pair.source_execute("INSERT INTO t (v) VALUES ('after')")
    task.wait_for_catchup()
    pair.assert_same("t")
    assert rows_of(task, f"{pair.name}.t") == (ROWS, 1, 0)
    assert [error for error in task.errors() if error["sqlstate"] != "00000"] == []


@pytest.mark.sources("mysql9")
@pytest.mark.parametrize("alter, columns", [("ADD COLUMN n INT DEFAULT 7 AFTER id", "id, v, w"),
                                            ("DROP COLUMN w, MODIFY v VARCHAR(80) NOT NULL, ADD COLUMN n INT", "id, v")],
                         ids=["added", "changed"])
def test_gh_ost_cuts_over_while_the_table_is_loaded(pair, alter, columns):
    """Half of the rows are read from the table, the other half from what was its copy."""
    pair.source_execute(TABLE)
    pair.target_execute(f"""CREATE SCHEMA "{pair.name}"; CREATE TABLE "{pair.name}".t
                            (id int PRIMARY KEY, v varchar(40) NOT NULL, w int)""")
    middle = pair.source_query("SELECT id FROM t ORDER BY id LIMIT 1 OFFSET 160")[0][0]
    with contextlib.closing(pair.target.connect(pair.name)) as holder:
        holder.autocommit = False
        holder.cursor().execute(f"INSERT INTO \"{pair.name}\".t VALUES ({middle}, 'held')")
        task = pair.task().create(existing_tables="truncate", options={"load_workers": 1, "chunk_rows": 100}).start()
        wait_until(lambda: pair.target_query("SELECT count(*) FROM pg_locks WHERE NOT granted"
                                             " AND locktype = 'transactionid'") == [(1,)], 30, "the load waits")
        row = task.tables()[f"{pair.name}.t"]
        assert 0 < row["chunks_done"] < row["chunks"]
        with writer(pair):
            GhOst(pair, alter, columns).create().copy().cut_over().clean_up()
    task.wait_for_catchup()
    settle(task)
    pair.assert_same("t")
    assert list(task.tables()) == [f"{pair.name}.t"]


@pytest.mark.sources("mariadb")
def test_a_cut_over_ends_a_reload_in_its_midst(pair):
    """The table is renamed away while its rows are read again: what was read so far counts no more."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(40) NOT NULL, w INT)")
    pair.source.execute_many("INSERT INTO t VALUES (%s, 'v', 1)", [(i,) for i in range(4000)], pair.name)
    task = pair.run_task().wait_for_catchup()
    migration = GhOst(pair, "ADD COLUMN n INT DEFAULT 7").create().copy()
    task.wait_for_catchup()
    # Slow enough for the lock below.
    pair.target_execute(f"""CREATE FUNCTION rest() RETURNS trigger LANGUAGE plpgsql AS
                                $$BEGIN PERFORM pg_catalog.pg_sleep(0.001); RETURN NEW; END$$;
                            CREATE TRIGGER rest BEFORE INSERT ON "{pair.name}".t FOR EACH ROW EXECUTE PROCEDURE rest();
                            ALTER TABLE "{pair.name}".t ENABLE ALWAYS TRIGGER rest""")
    resync(task, "t")
    wait_until(lambda: table_state(task, "t")["state"] == "reloading", 30, "the reload is wanted", interval=0.01)
    # The first step is read, and cannot commit before the table is gone: the next thing that the stream meets.
    with contextlib.closing(pair.target.connect(pair.name)) as holder:
        holder.autocommit = False
        holder.cursor().execute("SELECT 1 FROM mysql_sync.task_progress FOR UPDATE")
        wait_until(lambda: pair.target_query("SELECT count(*) FROM pg_locks WHERE NOT granted"
                                             " AND locktype = 'transactionid'") == [(1,)], 30, "the step waits")
        pair.source_execute("ALTER /* gh-ost */ TABLE t RENAME _t_del")
    wait_until(lambda: table_state(task, "t")["state"] == "away", 30, "the table is away", interval=0.01)
    assert not any("changed it while" in error["message"] for error in task.errors()), "the step was in time"
    assert table_state(task, "t")["chunks"] == 0, "nothing of the reload is left"
    pair.source_execute("ALTER /* gh-ost */ TABLE _t_gho RENAME t")
    migration.clean_up()
    pair.source_execute("INSERT INTO t (id, v) VALUES (5000, 'last')")
    task.wait_for_catchup()
    settle(task)
    pair.assert_same("t")


PURGES = {
    "percona": ("_{0}_new", "_{0}_old"),
    "gh-ost": ("_{0}_gho", "_{0}_del"),
    "renumbered": ("_{0}_new", "_{0}_old"),
}


@pytest.mark.sources("mariadb")
def test_purge_by_swap(pair):
    """Names of migration tools prove nothing: neither that all rows were copied, nor that they kept their keys."""
    for number in range(len(PURGES)):
        pair.source_execute(re.sub(r"\bt\b", f"p{number}", TABLE))
    task = pair.run_task()
    for number, (kind, names) in enumerate(PURGES.items()):
        table = f"p{number}"
        copy, old = (name.format(table) for name in names)
        rows = "id + 100000, v, w FROM {0}" if kind == "renumbered" else "id, v, w FROM {0} WHERE id > 50"
        pair.source_execute(f"CREATE TABLE {copy} LIKE {table}; INSERT INTO {copy} (id, v, w) SELECT {rows.format(table)};"
                            f"RENAME TABLE {table} TO {old}, {copy} TO {table}; INSERT INTO {table} (v) VALUES ('after')")
    settle(task)
    for number in range(len(PURGES)):
        pair.assert_same(f"p{number}")
    assert len([notice for notice in notices(task) if "loaded again" in notice]) == len(PURGES)


@pytest.mark.sources("mariadb")
def test_a_tool_that_leaves_rows_out(pair):
    """What pt-online-schema-change does with --where."""
    pair.source_execute(TABLE)
    task = pair.run_task()
    name = pair.name
    pair.source_execute(f"CREATE TABLE _t_new LIKE t; ALTER TABLE _t_new ADD COLUMN n INT DEFAULT 7;"
                        f"CREATE TRIGGER pt_osc_{name}_t_del AFTER DELETE ON t FOR EACH ROW DELETE IGNORE FROM _t_new WHERE id <=> OLD.id;"
                        f"CREATE TRIGGER pt_osc_{name}_t_ins AFTER INSERT ON t FOR EACH ROW REPLACE INTO _t_new (id, v, w) VALUES (NEW.id, NEW.v, NEW.w);"
                        f"CREATE TRIGGER pt_osc_{name}_t_upd AFTER UPDATE ON t FOR EACH ROW REPLACE INTO _t_new (id, v, w) VALUES (NEW.id, NEW.v, NEW.w);"
                        "INSERT IGNORE INTO _t_new (id, v, w) SELECT id, v, w FROM t WHERE id > 50;"
                        "RENAME TABLE t TO _t_old, _t_new TO t; INSERT INTO t (v) VALUES ('after')")
    settle(task)
    pair.assert_same("t")
    assert any("rows, the table had" in notice for notice in notices(task))
