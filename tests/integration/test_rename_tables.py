"""Tables that get other names on the source: in every form, with rows before and after, and across a restart."""

import contextlib

import pymysql
import pytest

from harness.wait import wait_until

TABLE = "CREATE TABLE {0} (id INT PRIMARY KEY, v VARCHAR(40)) CHARACTER SET utf8mb4; INSERT INTO {0} VALUES (1, '{0}')"

# What each does to its own tables, and what it leaves.
RENAMES = {
    "rename": (["r"], "RENAME TABLE r TO r2", ["r2"]),
    "alter": (["a"], "ALTER TABLE a RENAME TO a2", ["a2"]),
    "alter with columns": (["c"], "ALTER TABLE c ADD COLUMN n INT NOT NULL DEFAULT 5, RENAME AS c2", ["c2"]),
    "swap": (["s1", "s2"], "RENAME TABLE s1 TO s3, s2 TO s1, s3 TO s2", ["s1", "s2"]),
    "circle": (["k1", "k2", "k3"], "RENAME TABLE k1 TO k4, k3 TO k1, k2 TO k3, k4 TO k2", ["k1", "k2", "k3"]),
    "two in a row": (["i1", "i2"], "RENAME TABLE i1 TO i4, i2 TO i3, i4 TO i2", ["i2", "i3"]),
    "chain": (["h"], "RENAME TABLE h TO h2, h2 TO h3", ["h3"]),
    "there and back": (["b"], "RENAME TABLE b TO b2; INSERT INTO b2 VALUES (2, 'away'); RENAME TABLE b2 TO b", ["b"]),
    "rotation": (["log"], "CREATE TABLE log_new LIKE log; RENAME TABLE log TO log_1, log_new TO log", ["log", "log_1"]),
    "odd names": (["`Odd ``name`"], "RENAME TABLE `Odd ``name` TO `a.b \"c\"`", ["`a.b \"c\"`"]),
    "out of the selection and back": (["o"], "RENAME TABLE o TO out_o; INSERT INTO out_o VALUES (2, 'unseen');"
                                             "RENAME TABLE out_o TO o", ["o"]),
    "into the selection": (["out_x"], "RENAME TABLE out_x TO x", ["x"]),
    "into the selection, with labels": (["out_e"], "ALTER TABLE out_e ADD e ENUM('a', 'b') DEFAULT 'b'; RENAME TABLE out_e TO e", ["e"]),
    "in the place of another": (["p", "out_p"], "RENAME TABLE p TO out_p2, out_p TO p", ["p"]),
    "in the place of one that moves on": (["q", "out_q"], "RENAME TABLE q TO q2, out_q TO q", ["q", "q2"]),
    "back in the place of another": (["u1", "u2"], "RENAME TABLE u1 TO out_u; RENAME TABLE u2 TO out_u2, out_u TO u2, out_u2 TO out_u",
                                     ["u2"]),
    "two steps": (["t", "out_t"], "RENAME TABLE t TO out_t2; RENAME TABLE out_t TO t", ["t"]),
}


def plain(name):
    """A quoted name of MySQL without its quotes."""
    return name[1:-1].replace("``", "`") if name.startswith("`") else name


def write(pair, table, at):
    pair.source_execute(f"UPDATE {table} SET v = CONCAT(v, '+') WHERE id = 1; INSERT INTO {table} (id, v) VALUES ({at}, 'at')")


def test_renames(pair):
    """Each of them, on tables of its own."""
    for tables, _, _ in RENAMES.values():
        for table in tables:
            pair.source_execute(TABLE.format(table))
    pair.source_execute(TABLE.format("gone"))
    task = pair.run_task([f"{pair.name}.*", f"!{pair.name}.out_*"])
    for tables, statement, left in RENAMES.values():
        for table in tables:
            write(pair, table, 10)
        pair.source_execute(statement)
        for table in left:
            write(pair, table, 20)
    pair.source_execute("RENAME TABLE gone TO out_gone; INSERT INTO out_gone VALUES (2, 'unseen')")
    task.wait_for_catchup()
    settle(task)
    # What a new worker knows of the tables is what the catalog says.
    task.stop().start()
    for _, _, left in RENAMES.values():
        for table in left:
            write(pair, table, 30)
    task.wait_for_catchup()
    for name, (_, _, left) in RENAMES.items():
        for table in left:
            try:
                pair.assert_same(plain(table))
            except AssertionError as error:
                raise AssertionError(f"after '{name}': {error}") from error
    targets = {row["target_table"] for row in task.tables().values()}
    assert len(targets) == len(task.tables())
    gone = task.tables()[f"{pair.name}.gone"]
    assert gone["state"] == "away"
    assert pair.target_query(f'SELECT * FROM "{pair.name}".gone') == [(1, "gone")]
    warnings = [error for error in task.errors() if error["sqlstate"] == "01000"]
    assert {error["source_table"] for error in warnings} <= {f"{pair.name}.{table}" for table in ("gone", "o", "t", "u1")}
    assert "out_gone" in next(error["message"] for error in warnings if error["source_table"].endswith(".gone"))


def settle(task):
    """Waits for the reloads."""
    def done():
        assert task.state() == "synchronizing", task.row()["last_error"]
        return all(row["state"] in ("synchronizing", "dropped", "away") for row in task.tables().values())
    wait_until(done, 60, lambda: f"no table is reloading: {task.tables()}")
    task.wait_for_catchup()


@pytest.mark.greenplum
@pytest.mark.sources("mariadb")
def test_between_databases(pair):
    """Schemas of the target are made as they are needed."""
    other = pair.name + "_b"
    pair.source_execute(TABLE.format("m") + f"; CREATE DATABASE {other}")
    try:
        task = pair.run_task([f"{pair.name}.*", f"{other}.*"])
        pair.source_execute(f"RENAME TABLE m TO {other}.m2; INSERT INTO {other}.m2 VALUES (2, 'there')")
        task.wait_for_catchup()
        assert pair.target_query(f'SELECT * FROM "{other}".m2 ORDER BY id') == [(1, "m"), (2, "there")]
        assert pair.target_query(f"SELECT 1 FROM pg_tables WHERE schemaname = '{pair.name}'") == []
        pair.source_execute(f"RENAME TABLE {other}.m2 TO m")
        pair.source_execute("DELETE FROM m WHERE id = 1")
        task.wait_for_catchup()
        pair.assert_same("m")
    finally:
        pair.source_execute(f"DROP DATABASE {other}")


@pytest.mark.sources("mariadb")
def test_names_that_were_chosen(pair):
    """The target that set_table gave stays, and so do its columns; so does the target without `alter`."""
    pair.source_execute(TABLE.format("chosen") + ";" + TABLE.format("t"))
    task = pair.task().create()
    task.set_table(f"{pair.name}.chosen", target_table="mirror.mine", columns={"v": "words"})
    task.start().wait_state()
    pair.source_execute("RENAME TABLE chosen TO other, t TO chosen; INSERT INTO other VALUES (2, 'b');"
                        "INSERT INTO chosen VALUES (2, 'c')")
    task.wait_for_catchup()
    assert pair.target_query("SELECT id, words FROM mirror.mine ORDER BY id") == [(1, "chosen"), (2, "b")]
    assert pair.target_query(f'SELECT * FROM "{pair.name}".chosen ORDER BY id') == [(1, "t"), (2, "c")]
    task.stop()
    task.alter(operations=["insert", "update", "delete"])
    task.start()
    pair.source_execute("RENAME TABLE chosen TO again; INSERT INTO again VALUES (3, 'd')")
    task.wait_for_catchup()
    assert (3, "d") in pair.target_query(f'SELECT * FROM "{pair.name}".chosen')


@pytest.mark.sources("mariadb")
def test_a_name_that_is_taken_in_the_target(pair):
    """Nobody's rows are overwritten; once the name is free the task goes on."""
    pair.source_execute(TABLE.format("t"))
    task = pair.run_task()
    pair.target_execute(f'CREATE TABLE "{pair.name}".u AS SELECT 1 AS one')
    pair.source_execute("RENAME TABLE t TO u; INSERT INTO u VALUES (2, 'two')")
    wait_until(lambda: task.state() == "failed", 15, lambda: f"{task.row()} fails")
    error = task.errors()[0]
    assert "u exists and is not empty" in error["message"] and "RENAME TABLE t TO u" in error["detail"]
    assert error["source_table"] == f"{pair.name}.t"
    pair.target_execute(f'DROP TABLE "{pair.name}".u')
    task.start().wait_state()
    task.wait_for_catchup()
    pair.assert_same("u")


@pytest.mark.sources("mariadb")
def test_a_swap_in_a_list_without_wildcards(pair):
    """The usual way to replace a table: its rows are those of the new one, which nobody has followed."""
    pair.source_execute(TABLE.format("t"))
    task = pair.run_task([f"{pair.name}.t"])
    pair.source_execute("CREATE TABLE t_new LIKE t; ALTER TABLE t_new ADD COLUMN n INT DEFAULT 7;"
                        "INSERT INTO t_new VALUES (1, 'one', 1), (5, 'five', 5);"
                        "RENAME TABLE t TO t_old, t_new TO t; INSERT INTO t (id, v) VALUES (6, 'six'); DROP TABLE t_old")
    task.wait_for_catchup()
    settle(task)
    pair.assert_same("t")
    assert list(task.tables()) == [f"{pair.name}.t"]


def while_stopped(pair, task, sql):
    """The source is far ahead when the worker comes to these statements."""
    task.stop()
    pair.source_execute(sql)
    task.start().wait_state()
    task.wait_for_catchup()
    settle(task)


@pytest.mark.sources("mariadb")
def test_names_that_reloads_are_ahead_of(pair):
    """b is read as it is in the end; the table that gets this name on the way has its target in nobody's way."""
    pair.source_execute(";".join(TABLE.format(name) for name in ("b", "c", "out_a")))
    task = pair.run_task([f"{pair.name}.*", f"!{pair.name}.out_*"]).wait_for_catchup()
    task.pair.target_query("SELECT mysql_sync.resync_table(%s, %s)", (task.name, f"{pair.name}.b"))
    while_stopped(pair, task, "RENAME TABLE out_a TO a; RENAME TABLE a TO x, b TO a, c TO b, x TO c; INSERT INTO b VALUES (3, 'b');"
                              "INSERT INTO c VALUES (3, 'c'); DROP TABLE a")
    pair.assert_same("b")
    pair.assert_same("c")
    assert {error["sqlstate"] for error in task.errors()} <= {"00000", "01000"}


@pytest.mark.sources("mariadb")
def test_what_dropped_tables_leave(pair):
    """A target that the task has kept itself is no obstacle, whoever takes its name, and whatever its columns are."""
    pair.source_execute(";".join(TABLE.format(name) for name in ("b", "c", "d", "out_a")))
    task = pair.task().create([f"{pair.name}.*", f"!{pair.name}.out_*"])
    task.set_table(f"{pair.name}.c", target_table="mirror.mine")
    task.start().wait_state()
    # A table that is not loaded yet goes to the name; it cannot be loaded before, as there is no such table any more.
    while_stopped(pair, task, "DROP TABLE b; DELETE FROM out_a; ALTER TABLE out_a MODIFY v INT; RENAME TABLE out_a TO a; RENAME TABLE a TO b")
    pair.assert_same("b")
    # Its name is taken by another table before its target is needed again.
    pair.source_execute("RENAME TABLE c TO e; DROP TABLE e; RENAME TABLE d TO e; CREATE TABLE c (id DATE PRIMARY KEY, v BLOB);"
                        "INSERT INTO c VALUES ('2024-01-31', 'c')")
    task.wait_for_catchup()
    pair.assert_same("c", ("mirror", "mine"))
    pair.assert_same("e")
    assert {error["sqlstate"] for error in task.errors()} <= {"00000", "01000"}


@pytest.mark.sources("mariadb")
def test_a_name_that_another_target_has(pair):
    """set_table has given it away: the target keeps the name that it has."""
    pair.source_execute(";".join(TABLE.format(name) for name in ("b", "c", "d")))
    task = pair.task().create()
    task.set_table(f"{pair.name}.b", target_table="e")
    task.start().wait_state()
    pair.source_execute("RENAME TABLE c TO e, d TO c; INSERT INTO e VALUES (2, 'e'); INSERT INTO c VALUES (2, 'c')")
    task.wait_for_catchup()
    pair.assert_same("b", (pair.name, "e"))
    pair.assert_same("e", (pair.name, "c"))
    pair.assert_same("c", (pair.name, "d"))


@pytest.mark.sources("mariadb")
@pytest.mark.parametrize("existing", ["error", "truncate"])
def test_two_tables_of_one_statement_would_get_one_target(pair, existing):
    """Tables of two databases in one schema of the target: the second one keeps the target that it has."""
    other = pair.name + "_b"
    pair.source_execute(f"CREATE DATABASE {other}; CREATE TABLE u (id INT PRIMARY KEY); CREATE TABLE {other}.v LIKE u;"
                        f"INSERT INTO u VALUES (1); INSERT INTO {other}.v VALUES (2)")
    task = pair.run_task([f"{pair.name}.*", f"{other}.*"], target_schema="one", existing_tables=existing)
    pair.source_execute(f"RENAME TABLE u TO t, {other}.v TO {other}.t; INSERT INTO t VALUES (3); INSERT INTO {other}.t VALUES (4)")
    task.wait_for_catchup()
    assert pair.target_query("SELECT id FROM one.t ORDER BY id") == [(1,), (3,)]
    assert pair.target_query("SELECT id FROM one.v ORDER BY id") == [(2,), (4,)]


@pytest.mark.sources("mariadb")
def test_a_table_that_left_has_no_place_in_the_schema_of_the_target(pair):
    """Its name is that of another table there, or its own: its rows are kept all the same."""
    out = pair.name + "_out"
    pair.source_execute(f"CREATE DATABASE {out}; CREATE TABLE t (id INT PRIMARY KEY); CREATE TABLE u LIKE t; CREATE TABLE x LIKE t;"
                        "CREATE TABLE log LIKE t; CREATE TABLE log_new LIKE t; INSERT INTO t VALUES (1); INSERT INTO u VALUES (2);"
                        "INSERT INTO x VALUES (3); INSERT INTO log VALUES (5)")
    task = pair.run_task([f"{pair.name}.*"], target_schema="one")
    pair.source_execute(f"RENAME TABLE t TO {out}.x; RENAME TABLE u TO t; INSERT INTO t VALUES (4); INSERT INTO x VALUES (6);"
                        f"RENAME TABLE log TO {out}.log, log_new TO log; INSERT INTO log VALUES (7)")
    task.wait_for_catchup()
    def rows(table):
        return [row for row, in pair.target_query(f'SELECT id FROM one."{table}" ORDER BY id')]
    assert [rows("t"), rows("x"), rows("log")] == [[2, 4], [3, 6], [7]]
    names = [name for name, in pair.target_query("SELECT tablename FROM pg_tables WHERE schemaname = 'one' ORDER BY 1")]
    kept = [name for name in names if name not in ("log", "t", "x")]
    assert sorted(rows(name) for name in kept) == [[1], [5]]


@pytest.mark.sources("mariadb")
def test_temporary_tables(pair):
    """Their RENAME TABLE is logged like that of any other."""
    pair.source_execute(TABLE.format("t1"))
    task = pair.run_task()
    with pair.source.connect(pair.name) as connection, connection.cursor() as cursor:
        for at, binlog_format in enumerate(("ROW", "MIXED", "ROW"), 10):
            cursor.execute(f"SET SESSION binlog_format = '{binlog_format}'")
            cursor.execute("DROP TABLE IF EXISTS tmp")
            cursor.execute("CREATE TEMPORARY TABLE t1 (x INT)")
            cursor.execute("RENAME TABLE t1 TO tmp")
            if at < 12:
                task.wait_for_catchup()
            cursor.execute("DROP TEMPORARY TABLE tmp")
            cursor.execute(f"INSERT INTO t1 VALUES ({at}, 'real')")
    task.wait_for_catchup()
    settle(task)
    pair.assert_same("t1")
    assert {name: row["state"] for name, row in task.tables().items()} == {f"{pair.name}.t1": "synchronizing"}


@pytest.mark.sources("mariadb")
def test_worker_ends_while_names_are_in_doubt(pair):
    """Which table has a name shows later, to a worker that did not see what made it doubtful."""
    pair.source_execute(";".join(TABLE.format(name) for name in ("t1", "g", "u", "p", "i", "x")))
    task = pair.run_task(options={"drop_tables": "drop"})
    task.stop()
    pair.source_execute("RENAME TABLE t1 TO t2, u TO v, g TO h; DROP TABLE IF EXISTS h; RENAME TABLE IF EXISTS gone TO i, i TO j;"
                        "SET SESSION binlog_format = 'ROW'; CREATE TEMPORARY TABLE p (x INT); RENAME TABLE p TO q; DROP TEMPORARY TABLE q;"
                        "CREATE TABLE y (id INT PRIMARY KEY); INSERT INTO x VALUES (2, 'waits'); RENAME TABLE p TO r;"
                        "RENAME TABLE t2 TO t3; INSERT INTO t3 VALUES (3, 'three');" + TABLE.format("t1") + "; INSERT INTO t1 VALUES (9, 'new')")
    with contextlib.closing(pair.target.connect(pair.name, autocommit=False)) as blocker:
        blocker.cursor().execute(f'LOCK TABLE "{pair.name}".x IN ACCESS EXCLUSIVE MODE')
        task.start()
        wait_until(lambda: pair.target_query("SELECT count(*) FROM pg_locks WHERE NOT granted") == [(1,)], 30, "the worker waits")
        assert pair.target_query("SELECT from_table, to_table FROM mysql_sync.doubtful_rename ORDER BY place") == [("u", "v"), ("i", "j"), ("p", "q")]
        assert ("g",) in pair.target_query("SELECT source_table FROM mysql_sync.table_mapping WHERE may_be_absent")
        task.stop()
    task.start().wait_state()
    task.wait_for_catchup()
    settle(task)
    for table in ("t1", "t3", "v", "r", "j", "x", "y"):
        pair.assert_same(table)
    targets = {name for name, in pair.target_query("SELECT tablename FROM pg_tables WHERE schemaname = %s", (pair.name,))}
    assert targets == {"t1", "t3", "v", "r", "j", "x", "y"}
    assert pair.target_query("SELECT count(*) FROM mysql_sync.doubtful_rename") == [(0,)]


@pytest.mark.sources("mariadb")
def test_temporary_table_takes_the_name_of_another(pair):
    """No RENAME of a table could, and the worker did not see that it is temporary."""
    pair.source_execute(";".join(TABLE.format(name) for name in ("t1", "t2")))
    task = pair.run_task()
    with pair.source.connect(pair.name) as connection, connection.cursor() as cursor:
        cursor.execute("SET SESSION binlog_format = 'ROW'")
        for sql in ("CREATE TEMPORARY TABLE t1 (x INT)", "RENAME TABLE t1 TO t2", "ALTER TABLE t2 RENAME TO t1", "RENAME TABLE t1 TO t2",
                    "RENAME TABLE t1 TO t3, t2 TO t1, t3 TO t2"):
            try:
                cursor.execute(sql)
            except pymysql.err.Error:
                assert "t3" in sql
        cursor.execute("DROP TEMPORARY TABLE IF EXISTS t1, t2, t3")
        # The binlog has these, so nothing is in doubt.
        cursor.execute("SET SESSION binlog_format = 'MIXED'")
        for sql in ("CREATE TEMPORARY TABLE t1 (x INT)", "CREATE TEMPORARY TABLE t2 (x INT)", "RENAME TABLE t1 TO t3, t2 TO t1, t3 TO t2"):
            cursor.execute(sql)
    pair.source_execute("INSERT INTO t1 VALUES (7, 'one'); INSERT INTO t2 VALUES (8, 'two')")
    task.wait_for_catchup()
    settle(task)
    for table in ("t1", "t2"):
        pair.assert_same(table)


TEMPORARY = "SET SESSION binlog_format = 'ROW'; CREATE TEMPORARY TABLE {0} (x INT);"

# What follows once a worker reads RENAME TABLE t TO z late, so that the source's names tell nothing.
# First what t is: real, or a temporary table beside a real one, which gets a row after the RENAME or is left unused.
LATE_RENAMES = {
    "renamed": ("temporary", "RENAME TABLE t TO y"),
    "dropped": ("temporary", "DROP TABLE t"),
    "new": ("temporary", "CREATE TABLE z (id INT PRIMARY KEY); INSERT INTO z VALUES (1)"),
    "new and dropped": ("temporary", "CREATE TABLE z (id INT PRIMARY KEY); DROP TABLE t"),
    "new, t unused": ("unused", "CREATE TABLE z (id INT PRIMARY KEY)"),
    "new if not there": ("unused", "CREATE TABLE IF NOT EXISTS z (id INT PRIMARY KEY)"),
    "dropped, t unused": ("unused", "DROP TABLE t"),
    "dropped if there": ("unused", "DROP TABLE IF EXISTS t"),
    "altered": ("temporary", "ALTER TABLE t RENAME TO y, ADD q INT"),
    "truncated": ("unused", "TRUNCATE t; CREATE TABLE z (id INT PRIMARY KEY); TRUNCATE z"),
    "same": ("temporary", "RENAME TABLE t TO z; INSERT INTO z VALUES (9, 9)"),
    "made again": ("temporary", "DROP TABLE t; CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (2)"),
    "rotated": ("real", "CREATE TABLE t (id INT PRIMARY KEY, v INT); INSERT INTO t VALUES (2, 2)"),
    "rotated if not there": ("real", "CREATE TABLE IF NOT EXISTS t (id INT PRIMARY KEY, v INT); INSERT INTO t VALUES (2, 2)"),
    "rotated twice": ("real", "CREATE TABLE t LIKE z; INSERT INTO t VALUES (2, 2); RENAME TABLE z TO y; RENAME TABLE t TO z; CREATE TABLE t LIKE z"),
    "there and back": ("real", "INSERT INTO z VALUES (2, 2); RENAME TABLE z TO t; INSERT INTO t VALUES (9, 9)"),
    "real and dropped": ("real", "DROP TABLE z"),
    "real and dropped if there": ("real", "DROP TABLE IF EXISTS z"),
    "real and renamed": ("real", "RENAME TABLE z TO y; INSERT INTO y VALUES (9, 9)"),
    "real and renamed to itself": ("real", "ALTER TABLE z RENAME TO z"),
    "a view has the name": ("real", "CREATE VIEW t AS SELECT * FROM z"),
    "a temporary one follows": ("real", TEMPORARY.format("t") + "RENAME TABLE t TO z"),
    "replaced if there": ("real", "CREATE TABLE IF NOT EXISTS t (id INT PRIMARY KEY, v INT); INSERT INTO t VALUES (2, 2); DROP TABLE z"),
    "new and dropped if there": ("unused", "CREATE TABLE IF NOT EXISTS z (id INT PRIMARY KEY); DROP TABLE IF EXISTS t"),
    "made again if there": ("unused", "DROP TABLE IF EXISTS t; CREATE TABLE t (id INT PRIMARY KEY)"),
    "another temporary one gets its name": ("unused", TEMPORARY.format("x") + "RENAME TABLE x TO t; DROP TEMPORARY TABLE t; DROP TABLE t"),
}


@pytest.mark.sources("mariadb")
@pytest.mark.parametrize("left", (False, True), ids=("selected", "left"))
def test_names_do_not_tell_whose_rename_it_was(pair, left):
    """Each case in a database of its own, all read late; `left`: z is none of the task's."""
    names = {f"{pair.name}_{at}": case for at, case in enumerate(LATE_RENAMES.values())}
    for name in names:
        pair.source.execute(f"CREATE DATABASE {name}; CREATE TABLE {name}.t (id INT PRIMARY KEY, v INT); INSERT INTO {name}.t VALUES (1, 1)")
    try:
        tables = [f"{name}.*" for name in names] + [f"!{name}.z" for name in names if left]
        task = pair.run_task(tables=tables, options={"drop_tables": "drop"})
        task.stop()
        for name, (kind, statements) in names.items():
            with pair.source.connect(name) as connection, connection.cursor() as cursor:
                if kind != "real":
                    cursor.execute("SET SESSION binlog_format = 'ROW'")
                    cursor.execute("CREATE TEMPORARY TABLE t (x INT)")
                cursor.execute("RENAME TABLE t TO z")
            if kind == "temporary":
                pair.source.execute("INSERT INTO t VALUES (5, 5)", None, name)
            pair.source.execute(statements, None, name)
        task.start().wait_state()
        task.wait_for_catchup()
        settle(task)
        for name in names:
            there = {table for table, kind in pair.source.query("SHOW FULL TABLES", None, name) if kind == "BASE TABLE"}
            expected = {table for table in there if not left or table != "z"}
            live = {key.split(".")[1] for key, row in task.tables().items()
                    if key.startswith(name + ".") and row["state"] == "synchronizing"}
            assert live == expected, (name, names[name])
            targets = {table for table, in pair.target_query("SELECT tablename FROM pg_tables WHERE schemaname = %s", (name,))}
            assert left or targets == expected, (name, names[name])
            for table in expected:
                rows = pair.source.query(f"SELECT * FROM {table} ORDER BY id", None, name)
                assert pair.target_query(f'SELECT * FROM "{name}".{table} ORDER BY id') == rows, (name, table, names[name])
        reloaded = {error["source_table"] for error in task.errors() if "loaded again" in error["message"]}
        quiet = [name for name, (kind, statements) in names.items() if kind == "real" and statements.startswith("CREATE TABLE t ") and not left]
        assert not [table for table in reloaded if table.split(".")[0] in quiet]
        assert pair.target_query("SELECT count(*) FROM mysql_sync.doubtful_rename") == [(0,)]
    finally:
        for name in names:
            pair.source.execute(f"DROP DATABASE IF EXISTS {name}")
