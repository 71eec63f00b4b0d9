"""Tables that come and go while a task follows its source."""

import subprocess
import threading

import pytest

from harness.compare import target_columns
from harness.wait import wait_until

ROWS = "INSERT INTO {0} (id) VALUES (1), (2), (3); DELETE FROM {0} WHERE id = 2; UPDATE {0} SET id = 4 WHERE id = 3"

# Statements that make a table called {0}. Rows come into it afterwards.
CREATES = {
    "plain": "CREATE TABLE {0} (id INT PRIMARY KEY, v VARCHAR(10) NOT NULL DEFAULT 'ж', d DECIMAL(9,2) DEFAULT 1.5)",
    "key in the end": "CREATE TABLE {0} (v INT DEFAULT 3, id BIGINT UNSIGNED AUTO_INCREMENT, e ENUM('a','b') DEFAULT 'b',"
                      " PRIMARY KEY (id), KEY (v))",
    "latin1": "CREATE TABLE {0} (id INT PRIMARY KEY, v VARCHAR(10) DEFAULT 'ü', w TEXT CHARACTER SET utf8) CHARSET latin1",
    "if not exists": "CREATE TABLE IF NOT EXISTS {0} (id INT PRIMARY KEY, t TIMESTAMP NULL DEFAULT '2020-01-01 12:00:00')",
    "like": "CREATE TABLE {0} LIKE model",
    "like one that is unknown": "CREATE TABLE out_{0} (id INT PRIMARY KEY, x INT DEFAULT 1); CREATE TABLE {0} LIKE out_{0}",
    "select": "CREATE TABLE {0} (PRIMARY KEY (id)) SELECT id + 10 AS id, v FROM model",
    "select nothing": "CREATE TABLE {0} (PRIMARY KEY (id)) AS SELECT id, v FROM model WHERE id < 0",
    "key comes later": "CREATE TABLE {0} (id INT NOT NULL, v INT DEFAULT 1); INSERT INTO {0} VALUES (9, 9);"
                       "ALTER TABLE {0} ADD PRIMARY KEY (id)",
    "altered": "CREATE TABLE {0} (id INT PRIMARY KEY); ALTER TABLE {0} ADD COLUMN n INT NOT NULL DEFAULT 7 FIRST",
    "dropped before": "CREATE TABLE {0} (id INT PRIMARY KEY, v INT); INSERT INTO {0} VALUES (1, 1); DROP TABLE {0};"
                      "CREATE TABLE {0} (w VARCHAR(5) DEFAULT 'w', id INT PRIMARY KEY)",
    "temporary first": "CREATE TEMPORARY TABLE {0} (x INT); INSERT INTO {0} VALUES (1); DROP TEMPORARY TABLE {0};"
                       "CREATE TABLE {0} (id INT PRIMARY KEY)",
    "partitioned": "CREATE TABLE {0} (id INT PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 2",
    "generated": "CREATE TABLE {0} (id INT PRIMARY KEY, g INT AS (id * 2) {stored})",
    "replaced": "CREATE TABLE {0} (id INT PRIMARY KEY, v INT); INSERT INTO {0} VALUES (1, 1);"
                "CREATE OR REPLACE TABLE {0} (id INT PRIMARY KEY, w INT DEFAULT 8)",
}
ABSENT = {"mysql56": ("generated", "replaced"), "mysql9": ("replaced",), "mariadb": ()}


def settle(task):
    """Waits for the reloads."""
    def done():
        assert task.state() == "synchronizing", task.row()["last_error"]
        return all(row["state"] in ("synchronizing", "dropped") for row in task.tables().values())
    wait_until(done, 60, lambda: f"no table is reloading: {task.tables()}")
    task.wait_for_catchup()


def test_creates(pair):
    """Each of them, in a database whose character set is none that anybody would guess."""
    creates = {name: sql for name, sql in CREATES.items() if name not in ABSENT[pair.source.kind]}
    tables = {name: "c_" + name.replace(" ", "_") for name in creates}
    pair.source_execute("ALTER DATABASE CHARACTER SET cp1251; CREATE TABLE model (id INT PRIMARY KEY, v VARCHAR(20)"
                        " DEFAULT 'ж', w INT DEFAULT 5); INSERT INTO model (id) VALUES (1), (2)")
    task = pair.run_task([f"{pair.name}.*", f"!{pair.name}.out_*"], options={"drop_tables": "drop"})
    for name, sql in creates.items():
        pair.source_execute(sql.format(tables[name], stored="STORED" if pair.source.kind == "mysql9" else "PERSISTENT"))
        pair.source_execute(ROWS.format(tables[name]))
    task.wait_for_catchup()
    settle(task)
    task.stop().start()
    for table in tables.values():
        pair.source_execute(f"INSERT INTO {table} (id) VALUES (7)")
    task.wait_for_catchup()
    for name, table in tables.items():
        try:
            pair.assert_same(table)
        except AssertionError as error:
            raise AssertionError(f"after '{name}': {error}") from error
    told = {error["source_table"].split(".")[1] for error in task.errors() if error["sqlstate"] == "01000"}
    assert told == {"c_key_comes_later"}  # until it had one


def test_rows_of_a_create_are_not_seen_in_part(pair):
    """CREATE TABLE ... SELECT is one transaction where the source logs it as one."""
    pair.source_execute("CREATE TABLE model (id INT PRIMARY KEY); INSERT INTO model VALUES (1), (2), (3)")
    task = pair.run_task()
    pair.source_execute("CREATE TABLE t (PRIMARY KEY (id)) SELECT id FROM model; INSERT INTO t VALUES (4)")
    task.wait_for_catchup()
    pair.assert_same("t")
    assert task.errors() == []
    assert task.tables()[f"{pair.name}.t"]["inserted"] == 4


@pytest.mark.sources("mariadb")
def test_what_cannot_be_taken(pair):
    """It is said once, and the task goes on."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY)")
    task = pair.run_task()
    pair.source_execute(f"CREATE TABLE no_key (id INT); INSERT INTO no_key VALUES (1); DROP TABLE no_key;"
                        f"CREATE TABLE `{'x' * 64}` (id INT PRIMARY KEY); CREATE TABLE xmin (xmin INT PRIMARY KEY);"
                        "CREATE TABLE unknown SELECT 1 AS one; CREATE TABLE IF NOT EXISTS in_doubt (x INT);"
                        "INSERT INTO t VALUES (1)")
    task.wait_for_catchup()
    settle(task)
    pair.assert_same("t")
    assert list(task.tables()) == [f"{pair.name}.t"]
    told = {error["source_table"].split(".")[1]: error["message"] for error in task.errors()
            if error["sqlstate"] == "01000"}
    assert set(told) == {"no_key", "x" * 64, "xmin", "unknown", "in_doubt"}
    assert "primary key" in told["no_key"] and "63 bytes" in told["x" * 64] and "column" in told["xmin"]


@pytest.mark.sources("mariadb")
@pytest.mark.parametrize("existing", ["error", "truncate", "append"])
def test_target_that_exists(pair, existing):
    """The rules are those of existing_tables."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY)")
    task = pair.run_task(existing_tables=existing)
    pair.target_execute(f'CREATE TABLE "{pair.name}".u (own INT DEFAULT 6, id INT PRIMARY KEY);'
                        f'INSERT INTO "{pair.name}".u VALUES (5, 5)')
    pair.source_execute("CREATE TABLE u (id INT PRIMARY KEY); INSERT INTO u VALUES (1)")
    if existing == "error":
        wait_until(lambda: task.state() == "failed", 15, lambda: f"{task.row()} fails")
        assert "exists and is not empty" in task.errors()[0]["message"]
        pair.target_execute(f'DELETE FROM "{pair.name}".u')
        task.start().wait_state()
    task.wait_for_catchup()
    kept = [(5, 5)] if existing == "append" else []
    assert pair.target_query(f'SELECT own, id FROM "{pair.name}".u ORDER BY id DESC') == kept + [(6, 1)]


@pytest.mark.greenplum
@pytest.mark.sources("mariadb")
@pytest.mark.parametrize("drop", ["keep", "drop"])
def test_drops(pair, drop):
    """One by one, and with their database."""
    other = pair.name + "_b"
    pair.source_execute(f"CREATE TABLE t (id INT PRIMARY KEY); CREATE TABLE u LIKE t; CREATE DATABASE {other};"
                        f"CREATE TABLE {other}.a LIKE t; CREATE TABLE {other}.b LIKE t; INSERT INTO {other}.a VALUES (1)")
    task = pair.run_task([f"{pair.name}.*", f"{other}.*"], options={"drop_tables": drop})
    pair.source_execute(f"INSERT INTO t VALUES (1); INSERT INTO u VALUES (1); DROP TABLE IF EXISTS t, nothing; "
                        f"DROP DATABASE {other}; INSERT INTO u VALUES (2)")
    task.wait_for_catchup()
    pair.assert_same("u")
    assert {name.split(".")[1]: row["state"] for name, row in task.tables().items()} == {
        "t": "dropped", "u": "synchronizing", "a": "dropped", "b": "dropped"}
    kept = pair.target_query("SELECT tablename FROM pg_tables WHERE schemaname IN (%s, %s) ORDER BY 1", (pair.name, other))
    assert kept == ([("a",), ("b",), ("t",), ("u",)] if drop == "keep" else [("u",)])
    assert len(task.errors()) == (3 if drop == "keep" else 0)


@pytest.mark.sources("mariadb")
def test_without_create_tables(pair):
    """Said of each; and a list without wildcards takes up nothing by itself either."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY)")
    task = pair.run_task(options={"create_tables": False})
    pair.source_execute("CREATE TABLE u (id INT PRIMARY KEY); INSERT INTO u VALUES (1); CREATE TABLE v LIKE u;"
                        "INSERT INTO t VALUES (1)")
    task.wait_for_catchup()
    assert [error["source_table"] for error in task.errors()] == [f"{pair.name}.v", f"{pair.name}.u"]
    assert all("create_tables is off" in error["message"] for error in task.errors())
    assert list(task.tables()) == [f"{pair.name}.t"]
    # What comes after the option was changed is taken.
    task.stop()
    task.alter(options={"create_tables": True})
    task.start()
    pair.source_execute("CREATE TABLE w LIKE u; INSERT INTO w VALUES (5); INSERT INTO t VALUES (2)")
    task.wait_for_catchup()
    settle(task)
    pair.assert_same("w")
    pair.assert_same("t")


@pytest.mark.sources("mariadb")
@pytest.mark.parametrize("existing", ["error", "truncate"])
def test_a_name_is_used_again_with_other_columns(pair, existing):
    """A dump that is restored drops and creates its tables: the target that was kept becomes the new table."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, a INT NOT NULL); INSERT INTO t VALUES (1, 1)")
    task = pair.run_task(existing_tables=existing)
    pair.target_execute(f'ALTER TABLE "{pair.name}".t ADD COLUMN own INT DEFAULT 6')
    pair.source_execute("DROP TABLE t; CREATE TABLE t (id INT, b VARCHAR(9) NOT NULL, k INT PRIMARY KEY);"
                        "INSERT INTO t VALUES (1, 'two', 2)")
    task.wait_for_catchup()
    assert list(target_columns(pair.target, pair.name, pair.name, "t")) == ["id", "own", "b", "k"]
    assert pair.target_query(f'SELECT id, b, k, own FROM "{pair.name}".t') == [(1, "two", 2, 6)]
    pair.source_execute("DROP TABLE t; CREATE TABLE t LIKE mysql.time_zone; INSERT INTO t VALUES (3, 'Y')")
    task.wait_for_catchup()
    settle(task)
    assert pair.target_query(f'SELECT "Time_zone_id", own FROM "{pair.name}".t') == [(3, 6)]
    pair.source_execute("CREATE TABLE u (id INT PRIMARY KEY); INSERT INTO u VALUES (9); DROP TABLE t; RENAME TABLE u TO t;"
                        "INSERT INTO t VALUES (10)")
    task.wait_for_catchup()
    settle(task)
    pair.assert_same("t")


@pytest.mark.sources("mariadb")
def test_a_name_is_used_again_by_the_user(pair):
    """What the user has made in place of the target that was kept is the user's."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1)")
    task = pair.run_task()
    pair.source_execute("DROP TABLE t")
    task.wait_for_catchup()
    pair.target_execute(f'ALTER TABLE "{pair.name}".t RENAME TO kept; CREATE TABLE "{pair.name}".t AS SELECT 5 AS id')
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY)")
    wait_until(lambda: task.state() == "failed", 15, lambda: f"{task.row()} fails")
    assert "exists and is not empty" in task.errors()[0]["message"]
    assert pair.target_query(f'SELECT id FROM "{pair.name}".t') == [(5,)]
    assert pair.target_query(f'SELECT id FROM "{pair.name}".kept') == [(1,)]


SHOP = ("CREATE TABLE customer (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(40) CHARACTER SET latin1, KEY (name));"
        "CREATE TABLE purchase (id INT AUTO_INCREMENT PRIMARY KEY, customer INT, at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,"
        " FOREIGN KEY (customer) REFERENCES customer (id)); CREATE TABLE log (id INT AUTO_INCREMENT PRIMARY KEY, what INT);"
        "CREATE VIEW buyers AS SELECT c.name FROM customer c JOIN purchase p ON p.customer = c.id;"
        "CREATE TRIGGER logged AFTER INSERT ON purchase FOR EACH ROW INSERT INTO log (what) VALUES (NEW.id);"
        "CREATE PROCEDURE fill() BEGIN CREATE TABLE IF NOT EXISTS filled (id INT PRIMARY KEY); INSERT INTO filled VALUES (1);"
        " ALTER TABLE filled ADD COLUMN n INT DEFAULT 3; END;"
        "CREATE EVENT tidy ON SCHEDULE EVERY 1 DAY DO DELETE FROM log WHERE id < 0;"
        "INSERT INTO customer (name) VALUES ('é'), ('ü'); INSERT INTO purchase (customer) VALUES (1), (2)")


@pytest.mark.sources("mariadb")
def test_a_dump_is_restored(pair):
    """With views, triggers, routines, keys that are switched off and on, and tables that are locked."""
    def client(program, *arguments, **settings):
        command = [program, "-h127.0.0.1", f"-P{pair.source.port}", "-uroot", "-proot", *arguments, pair.name]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=60, **settings).stdout

    pair.source_execute(SHOP)
    task = pair.run_task([f"{pair.name}.*"])
    dump = client("mariadb-dump", "--routines", "--triggers", "--events")
    pair.source_execute("INSERT INTO purchase (customer) VALUES (1); ALTER TABLE customer ADD COLUMN later INT; CALL fill();"
                        "OPTIMIZE TABLE log; ANALYZE TABLE log; LOCK TABLES log WRITE; ALTER TABLE log ADD COLUMN x INT; UNLOCK TABLES")
    client("mariadb", input=dump)
    pair.source_execute("INSERT INTO purchase (customer) VALUES (2)")
    task.wait_for_catchup()
    settle(task)
    for table in ("customer", "purchase", "log", "filled"):
        pair.assert_same(table)


@pytest.mark.sources("mysql9")
def test_tables_that_are_gone_take_no_memory(pair):
    """A worker runs for years while tables are made and dropped every day. What is to be known of these is long."""
    columns = ", ".join(f"c{i} TEXT DEFAULT ('{'x' * 30000}')" for i in range(20))
    pair.source_execute("CREATE TABLE first (id INT PRIMARY KEY)")
    task = pair.run_task(options={"drop_tables": "drop"})

    def come_and_go(days):
        for i in days:
            pair.source_execute(f"CREATE TABLE day{i} (id INT PRIMARY KEY, {columns}); DROP TABLE day{i}")
        task.wait_for_catchup()
        with open(f"/proc/{task.row()['pid']}/statm", encoding="ascii") as sizes:
            return int(sizes.read().split()[1]) * 4096 // 1000

    before = come_and_go(range(10))
    grown = come_and_go(range(10, 40)) - before
    assert grown < 9000, f"{grown} kB more than {before} kB"


@pytest.mark.sources("mariadb")
def test_a_table_changes_before_its_first_rows_are_read_again(pair):
    """The row that MariaDB is asked for has a NULL that the target, made in the same transaction, does not take yet."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY)")
    task = pair.run_task().stop()
    pair.source_execute("""SET SESSION binlog_row_image = 'MINIMAL';
        CREATE TABLE late (id INT PRIMARY KEY, a INT NOT NULL DEFAULT 1, b INT); INSERT INTO late VALUES (1, 2, 2);
        REPLACE INTO late (id, b) VALUES (1, 3); ALTER TABLE late MODIFY a INT NULL; UPDATE late SET a = NULL""")
    task.start().wait_for_catchup()
    settle(task)
    pair.assert_same("late")


@pytest.mark.sources("mariadb")
def test_a_name_is_used_again_with_other_labels(pair):
    """A label that is added to the type of the target that was kept can be used after a commit only."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, e ENUM('a')); INSERT INTO t VALUES (1, 'a')")
    task = pair.task().create()
    task.set_table(f"{pair.name}.t", types={"e": "enum"})
    task.start().wait_state().wait_for_catchup().stop()
    pair.source_execute("DROP TABLE t; CREATE TABLE t (id INT PRIMARY KEY, e ENUM('a', 'b')); INSERT INTO t VALUES (1, 'b')")
    task.start().wait_for_catchup()
    pair.assert_same("t")


@pytest.mark.sources("mariadb")
def test_a_name_is_used_again_by_what_cannot_be_taken(pair):
    """A table without a key, and a view: the task goes on, and takes the name's target again when it can."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1); CREATE TABLE u LIKE t;"
                        "CREATE VIEW v AS SELECT 1 AS one; INSERT INTO u VALUES (2)")
    task = pair.run_task([f"{pair.name}.*"])
    pair.source_execute("DROP TABLE t; CREATE TABLE t SELECT 3 AS id; DROP TABLE u; RENAME TABLE v TO u")
    task.wait_for_catchup()
    assert set(row["state"] for row in task.tables().values()) <= {"dropped"}
    pair.source_execute("ALTER TABLE t ADD PRIMARY KEY (id); DROP VIEW u; CREATE TABLE u (id INT PRIMARY KEY)")
    task.wait_for_catchup()
    settle(task)
    pair.assert_same("t")
    pair.assert_same("u")


class Cycles(threading.Thread):
    """Makes a table, fills it, has it loaded again, drops it, and begins anew."""

    def __init__(self, pair, table, count):
        super().__init__(daemon=True)
        self._pair, self._table, self._count = pair, table, count
        self.failure = None

    def run(self):
        try:
            with self._pair.source.connect(self._pair.name) as connection, connection.cursor() as cursor:
                for _ in range(self._count):
                    for sql in ("CREATE TABLE {0} (id INT PRIMARY KEY, v VARCHAR(200))",
                                "INSERT INTO {0} SELECT seq, REPEAT('x', 200) FROM seq_1_to_300",
                                "ALTER TABLE {0} MODIFY id INT AUTO_INCREMENT", "DROP TABLE {0}"):
                        cursor.execute(sql.format(self._table))
        except Exception as failure:
            self.failure = failure


@pytest.mark.sources("mariadb")
def test_tables_come_and_go_while_they_are_read(pair):
    """One that is gone when it is to be read, or has been replaced by one just like it, is no error: not to a task that
    streams, and not to those that begin meanwhile."""
    pair.source_execute("CREATE TABLE stays (id INT PRIMARY KEY)")
    task = pair.run_task()
    cycles = [Cycles(pair, f"t{i}", 40) for i in range(3)]
    for thread in cycles:
        thread.start()
    others = []
    while any(thread.is_alive() for thread in cycles):
        name = f"other{len(others)}"
        others.append(pair.task(name).create(target_schema=name, options={"chunk_rows": 100, "load_workers": 2}).start())
        wait_until(lambda: others[-1].state() not in ("prechecking", "initializing") or others[-1].row()["last_error"], 60, "the load is done")
    assert [thread.failure for thread in cycles] == [None] * 3
    pair.source_execute("INSERT INTO stays VALUES (1)")
    for each in [task, *others]:
        # One that begins among so many changes may have to try again.
        wait_until(lambda: each.state() in ("initializing", "synchronizing"), 60, lambda: f"{each.row()} goes on")
        each.wait_for_catchup()
        # HV00N: the source does not stand still for long enough. It is tried again.
        assert [error for error in each.errors() if error["sqlstate"] not in ("00000", "01000", "HV00N")] == []
    pair.assert_same("stays")


@pytest.mark.sources("mariadb")
def test_replaced_by_a_table_without_a_key(pair):
    """CREATE OR REPLACE does what DROP and CREATE do."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1); CREATE TABLE other (id INT PRIMARY KEY, v INT)")
    task = pair.run_task(options={"drop_tables": "drop"})
    pair.source_execute("CREATE OR REPLACE TABLE t (x INT); INSERT INTO t VALUES (7); ALTER TABLE other DROP CONSTRAINT PRIMARY KEY,"
                        "ADD PRIMARY KEY (id, v); INSERT INTO other VALUES (1, 1)")
    task.wait_for_catchup()
    pair.assert_same("other")
    assert task.tables()[f"{pair.name}.t"]["state"] == "dropped"
    assert any("no primary key" in error["message"] for error in task.errors())
    pair.source_execute("CREATE OR REPLACE TABLE t (id INT PRIMARY KEY, w INT DEFAULT 4); INSERT INTO t (id) VALUES (3)")
    task.wait_for_catchup()
    pair.assert_same("t")
