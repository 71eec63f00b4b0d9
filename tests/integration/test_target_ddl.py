"""ALTER TABLE of the source on the target: types, keys, what users chose and what they added, shared targets."""

import contextlib

import psycopg2
import pytest

from harness.wait import wait_until

pytestmark = pytest.mark.sources("mariadb")


def columns_of(pair, table):
    """{column: type} of a target table."""
    return dict(pair.target_query("""SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
                                     WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped""",
                                  (f"{pair.name}.{table}",)))


def key_of(pair, table):
    """The columns of the target's primary key, in their order."""
    return [name for name, in pair.target_query(
        """SELECT a.attname FROM (SELECT indrelid, indkey::int2[] AS key, generate_subscripts(indkey, 1) AS n
             FROM pg_index WHERE indrelid = %s::regclass AND indisprimary) i
             JOIN pg_attribute a ON a.attrelid = indrelid AND a.attnum = key[n] ORDER BY n""", (f"{pair.name}.{table}",))]


def not_null_of(pair, table):
    return {name for name, in pair.target_query(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND attnotnull AND NOT attisdropped",
        (f"{pair.name}.{table}",))}


def failure(task):
    """The newest error of a task that fails. Its worker is gone then."""
    wait_until(lambda: (task.state(), task.row()["pid"]) == ("failed", None), 30, lambda: f"{task.row()} fails")
    return task.errors()[0]


# --- types -----------------------------------------------------------------------------------------------------

# name: (columns before, value before, ALTER, value after, the target's columns then)
TYPES = {
    "wider": ("v TINYINT", "-128", "MODIFY v INT", "-2147483648", {"v": "integer"}),
    "unsigned": ("v BIGINT", "9223372036854775807", "MODIFY v BIGINT UNSIGNED", "18446744073709551615",
                 {"v": "numeric(20,0)"}),
    "narrower": ("v BIGINT", "7", "MODIFY v SMALLINT", "32767", {"v": "smallint"}),
    "decimal": ("v DECIMAL(6,2)", "9999.99", "MODIFY v DECIMAL(12,4)", "99999999.9999", {"v": "numeric(12,4)"}),
    "rounded": ("v DECIMAL(6,2)", "-2.50", "MODIFY v DECIMAL(5,0)", "3", {"v": "numeric(5,0)"}),
    "number to text": ("v INT", "-5", "MODIFY v VARCHAR(20)", "'x'", {"v": "character varying(20)"}),
    "double": ("v FLOAT", "0.1", "MODIFY v DOUBLE", "0.1", {"v": "double precision"}),
    "longer": ("v VARCHAR(5)", "'äöüßé'", "MODIFY v VARCHAR(50)", "REPEAT('x', 50)", {"v": "character varying(50)"}),
    "shorter": ("v VARCHAR(50)", "'abc'", "MODIFY v VARCHAR(3)", "'xyz'", {"v": "character varying(3)"}),
    "text": ("v VARCHAR(5)", "'a  '", "MODIFY v TEXT", "REPEAT('x', 999)", {"v": "text"}),
    "char": ("v CHAR(5)", "'ab'", "MODIFY v VARCHAR(5)", "'a  '", {"v": "character varying(5)"}),
    "charset": ("v VARCHAR(5) CHARACTER SET latin1", "'äß'", "CONVERT TO CHARACTER SET utf8mb4", "'😀'",
                {"v": "character varying(5)"}),
    "moment": ("v DATE", "'2020-02-29'", "MODIFY v DATETIME(3)", "'2020-02-29 01:02:03.004'",
               {"v": "timestamp(3) without time zone"}),
    "finer": ("v TIMESTAMP(0) NULL", "'2020-02-29 01:02:03'", "MODIFY v TIMESTAMP(6) NULL", "'2020-02-29 01:02:03.000004'",
              {"v": "timestamp(6) with time zone"}),
    "label": ("v ENUM('a','b')", "'b'", "MODIFY v VARCHAR(10)", "'c'", {"v": "character varying(10)"}),
    "labels": ("v ENUM('a','b','c'), w SET('x','y','z')", "'b', 'x,z'", "MODIFY v ENUM('d','b'), MODIFY w SET('w','x','z')",
               "'d', 'w,z'", {"v": "text", "w": "text"}),
    "to char": ("v VARCHAR(9)", "'a  '", "MODIFY v CHAR(5)", "'b'", {"v": "character(5)"}),
    "decimal to text": ("v DECIMAL(5,2)", "-0.5", "MODIFY v VARCHAR(8)", "'x'", {"v": "character varying(8)"}),
    "day": ("v DATETIME", "'2020-02-29 12:00:00'", "MODIFY v DATE", "'2021-01-01'", {"v": "date"}),
    "bits": ("v BIT(3), w BIT(9)", "b'101', b'11'", "MODIFY v BIT(9), MODIFY w BIT(2)", "b'100000001', b'1'",
             {"v": "bit(9)", "w": "bit(2)"}),
    "bits to numbers": ("v BIT(3), w BIT(64)", "b'101', x'8000000000000001'", "MODIFY v TINYINT, MODIFY w BIGINT UNSIGNED",
                        "-5, 7", {"v": "smallint", "w": "numeric(20,0)"}),
    "numbers to bits": ("v TINYINT, w BIGINT UNSIGNED", "5, 18446744073709551615", "MODIFY v BIT(3), MODIFY w BIT(64)",
                        "b'1', 2", {"v": "bit(3)", "w": "bit(64)"}),
    "bytes": ("v BINARY(3)", "x'0a00ff'", "MODIFY v BLOB", "x'00'", {"v": "bytea"}),
    "not null": ("v INT", "1", "MODIFY v BIGINT NOT NULL", "5000000000", {"v": "bigint"}),
    "renamed": ("v INT, w VARCHAR(5)", "1, 'w'", "CHANGE v w BIGINT, CHANGE w v VARCHAR(50)", "5000000000, 'longer'",
                {"w": "bigint", "v": "character varying(50)"}),
    "several": ("v INT, w VARCHAR(5), x INT", "1, 'w', 2", "DROP x, MODIFY w TEXT FIRST, MODIFY v BIGINT, ADD x DATE",
                "'w', 11, 5000000000, NULL", {"v": "bigint", "w": "text", "x": "date"}),
    "key": ("v INT", "1", "MODIFY id BIGINT", "1", {"id": "bigint", "v": "integer"}),
    "unsigned key": ("v INT", "1", "MODIFY id BIGINT UNSIGNED", "1", {"id": "numeric(20,0)", "v": "integer"}),
}


@pytest.mark.greenplum
def test_types_change(pair):
    """Each on a table of its own: the rows that are there, and those that come, as the source has them."""
    tables = {name: name.replace(" ", "_") + "_" for name in TYPES}
    for name, table in tables.items():
        columns, value, *_ = TYPES[name]
        pair.source_execute(f"CREATE TABLE {table} (id INT PRIMARY KEY, {columns}) CHARACTER SET utf8mb4;"
                            f"INSERT INTO {table} VALUES (1, {value}), (2, {value})")
    task = pair.run_task()
    for name, table in tables.items():
        _, value, alter, new_value, _ = TYPES[name]
        values = new_value if name == "several" else f"11, {new_value}"
        pair.source_execute(f"INSERT INTO {table} VALUES (3, {value}); ALTER TABLE {table} {alter};"
                            f"INSERT INTO {table} VALUES ({values}); DELETE FROM {table} WHERE id = 2")
    task.wait_for_catchup()
    for name, table in tables.items():
        pair.assert_same(table)
        assert {"id": "integer", **TYPES[name][4]} == columns_of(pair, table), name
    assert key_of(pair, "key_") == key_of(pair, "unsigned_key_") == ["id"]
    assert not_null_of(pair, "not_null_") == {"id", "v"}
    assert task.errors() == []
    # Rows are found by keys of the new type, and the mapping is in the catalog.
    task.stop().start()
    pair.source_execute("UPDATE key_ SET v = 7; UPDATE unsigned_key_ SET id = id + 18446744073709551000; DELETE FROM several_")
    task.wait_for_catchup()
    for table in ("key_", "unsigned_key_", "several_"):
        pair.assert_same(table)


@pytest.mark.greenplum
def test_zero_dates_stay_null(pair):
    """A NOT NULL date takes NULL in the target, whatever becomes of it."""
    pair.source_execute("SET sql_mode = ''; CREATE TABLE t (id INT PRIMARY KEY, d DATE NOT NULL, n INT);"
                        "INSERT INTO t VALUES (1, '0000-00-00', 1), (2, '2020-01-01', 2)")
    task = pair.run_task()
    pair.source_execute("SET sql_mode = 'STRICT_ALL_TABLES'; ALTER TABLE t MODIFY d DATETIME NOT NULL, MODIFY n BIGINT NOT NULL;"
                        "INSERT INTO t VALUES (3, '0000-00-00', 3)")
    task.wait_for_catchup()
    assert pair.target_query(f"SELECT id, d::text, n FROM {pair.name}.t ORDER BY id") == [
        (1, None, 1), (2, "2020-01-01 00:00:00", 2), (3, None, 3)]
    assert not_null_of(pair, "t") == {"id", "n"}


# --- keys ------------------------------------------------------------------------------------------------------

# name: (ALTER, a row that only the new key allows or None, the target's key then)
KEYS = {
    "longer": ("DROP PRIMARY KEY, ADD PRIMARY KEY (a, b)", "(1, 9, 9, '2020-01-01')", ["a", "b"]),
    "another": ("DROP PRIMARY KEY, ADD PRIMARY KEY (b)", "(1, 9, 9, '2020-01-01')", ["b"]),
    "another order": ("DROP PRIMARY KEY, ADD PRIMARY KEY (c, a)", "(1, 9, 9, '2020-01-01')", ["c", "a"]),
    "dropped column": ("DROP COLUMN a, DROP PRIMARY KEY, ADD PRIMARY KEY (b)", "(9, 9, '2020-01-01')", ["b"]),
    "renamed": ("CHANGE a key_ INT NOT NULL", None, ["key_"]),
    "new column": ("DROP PRIMARY KEY, ADD COLUMN n INT NOT NULL DEFAULT 3, ADD PRIMARY KEY (a, n)",
                   "(1, 9, 9, '2020-01-01', 4)", ["a", "n"]),
    "with a type": ("DROP PRIMARY KEY, MODIFY b BIGINT NOT NULL, ADD PRIMARY KEY (b)", "(1, 5000000000, 9, '2020-01-01')",
                    ["b"]),
}


@pytest.mark.greenplum
def test_keys_change(pair):
    tables = {name: name.replace(" ", "_") + "_" for name in KEYS}
    for table in tables.values():
        pair.source_execute(f"""CREATE TABLE {table} (a INT NOT NULL PRIMARY KEY, b INT NOT NULL, c INT NOT NULL, d DATE);
                                INSERT INTO {table} VALUES (1, 1, 1, NULL), (2, 2, 2, NULL), (3, 3, 3, NULL)""")
    task = pair.run_task()
    for name, table in tables.items():
        alter, row, _ = KEYS[name]
        pair.source_execute(f"UPDATE {table} SET c = c + 10; ALTER TABLE {table} {alter}")
        pair.source_execute(f"UPDATE {table} SET c = 20 WHERE b = 2; DELETE FROM {table} WHERE b = 3")
        if row:
            pair.source_execute(f"INSERT INTO {table} VALUES {row}")
    task.wait_for_catchup()
    for name, table in tables.items():
        pair.assert_same(table)
        assert key_of(pair, table) == KEYS[name][2], name
    assert task.errors() == []


@pytest.mark.greenplum
def test_a_date_leaves_the_key(pair):
    """As a key it was NOT NULL; now zero dates may come."""
    pair.source_execute("CREATE TABLE t (id INT NOT NULL, d DATE NOT NULL, PRIMARY KEY (id, d)); INSERT INTO t VALUES (1, '2020-01-01')")
    task = pair.run_task()
    pair.source_execute("ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (id); SET sql_mode = ''; INSERT INTO t VALUES (2, '0000-00-00')")
    task.wait_for_catchup()
    assert pair.target_query(f"SELECT id, d::text FROM {pair.name}.t ORDER BY id") == [(1, "2020-01-01"), (2, None)]


def test_a_unique_index_is_the_key(pair):
    """A target made by its users, with a key of their own and the source's as a unique index."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL); INSERT INTO t VALUES (1, 1)")
    pair.target_execute(f"CREATE SCHEMA {pair.name}; CREATE TABLE {pair.name}.t (own serial PRIMARY KEY, id int, v int);"
                        f"CREATE UNIQUE INDEX source_key ON {pair.name}.t (id)")
    task = pair.run_task()
    pair.source_execute("ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (id, v); INSERT INTO t VALUES (1, 2); UPDATE t SET v = v + 10")
    task.wait_for_catchup()
    assert pair.target_query(f"SELECT id, v FROM {pair.name}.t ORDER BY v") == [(1, 11), (1, 12)]
    assert key_of(pair, "t") == ["own"]


def test_rows_that_others_hold_are_found_by_a_unique_index(pair):
    """What waits for another transaction, or for triggers, looks for the key and nothing else of the row."""
    for table in ("t", "triggered"):
        pair.source_execute(f"CREATE TABLE {table} (id INT PRIMARY KEY, v INT NOT NULL); INSERT INTO {table} VALUES (1, 1), (2, 2), (3, 3)")
        pair.target_execute(f"""CREATE SCHEMA IF NOT EXISTS {pair.name};
            CREATE TABLE {pair.name}.{table} (own serial PRIMARY KEY, id int, v int, others int DEFAULT 5);
            CREATE UNIQUE INDEX ON {pair.name}.{table} (id)""")
    pair.target_execute(f"""CREATE FUNCTION same() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN coalesce(NEW, OLD); END';
        CREATE TRIGGER same BEFORE UPDATE OR DELETE ON {pair.name}.triggered FOR EACH ROW EXECUTE PROCEDURE same();
        ALTER TABLE {pair.name}.triggered ENABLE ALWAYS TRIGGER same""")
    task = pair.run_task()
    with contextlib.closing(pair.target.connect(pair.name, autocommit=False)) as holder:
        holder.cursor().execute(f"UPDATE {pair.name}.t SET others = 6")
        pair.source_execute("UPDATE t SET v = v + 10 WHERE id < 3; DELETE FROM t WHERE id = 3;"
                            "UPDATE triggered SET v = v + 10 WHERE id < 3; DELETE FROM triggered WHERE id = 3")
        wait_until(lambda: pair.target_query("SELECT count(*) > 0 FROM pg_locks WHERE NOT granted")[0][0], message="the task waits")
        holder.commit()
    task.wait_for_catchup()
    assert task.errors() == []
    assert pair.target_query(f"SELECT id, v, others FROM {pair.name}.t ORDER BY id") == [(1, 11, 6), (2, 12, 6)]
    assert pair.target_query(f"SELECT id, v, others FROM {pair.name}.triggered ORDER BY id") == [(1, 11, 5), (2, 12, 5)]


# --- types that somebody chose -----------------------------------------------------------------------------------

CHOSEN = {  # column: (source type, chosen, source type then, value then, target type then)
    "a": ("INT", "text", "BIGINT", "5000000000", "text"),
    "b": ("VARCHAR(10)", "varchar(20)", "VARCHAR(50)", "REPEAT('b', 50)", "character varying(50)"),
    "c": ("VARCHAR(10)", "varchar(20)", "VARCHAR(15)", "REPEAT('c', 15)", "character varying(20)"),
    "d": ("INT", "bigint", "SMALLINT", "5", "bigint"),
    "e": ("ENUM('x','y')", "enum", "ENUM('y','z','x')", "'z'", "t_e"),
    "f": ("ENUM('x','y')", "enum", "VARCHAR(10)", "'other'", "character varying(10)"),
    "g": ("SET('x','y')", "text[]", "VARCHAR(10)", "'x,z'", "character varying(10)"),
    "h": ("VARCHAR(40)", "jsonb", "TEXT", "'[1]'", "jsonb"),
    "i": ("TINYINT", "boolean", "INT", "1", "boolean"),
    "j": ("DATETIME", "timestamptz", "DATETIME(3)", "'2020-01-01 00:00:00.5'", "timestamp with time zone"),
}


def test_chosen_types(pair):
    """They stay where the new values fit; labels follow; what has lost its reason becomes what the type map says."""
    first = {"a": "1", "b": "'b'", "c": "'c'", "d": "1", "e": "'x'", "f": "'y'", "g": "'x,y'", "h": "'{}'", "i": "0", "j": "'2020-01-01'"}
    before = ", ".join(f"{name} {choice[0]}" for name, choice in CHOSEN.items())
    pair.source_execute(f"CREATE TABLE t (id INT PRIMARY KEY, {before}) CHARACTER SET utf8mb4; "
                        f"INSERT INTO t VALUES (1, {', '.join(first.values())})")
    task = pair.task().create()
    task.set_table(f"{pair.name}.t", types={name: choice[1] for name, choice in CHOSEN.items()})
    task.start().wait_state()
    changes = ", ".join(f"MODIFY {name} {choice[2]}" for name, choice in CHOSEN.items())
    pair.source_execute(f"ALTER TABLE t {changes}; INSERT INTO t VALUES (2, {', '.join(choice[3] for choice in CHOSEN.values())})")
    task.wait_for_catchup()
    types = columns_of(pair, "t")
    assert {name: types[name].rpartition(f"{pair.name}.")[2] for name in CHOSEN} == {
        name: choice[4] for name, choice in CHOSEN.items()}
    assert pair.target_query(f"""SET timezone = 'UTC'; SELECT a, b, c, d, e::text, f, g, h::text, i, j::timestamp::text
                                 FROM {pair.name}.t ORDER BY id""") == [
        ("1", "b", "c", 1, "x", "y", "x,y", "{}", False, "2020-01-01 00:00:00"),
        ("5000000000", "b" * 50, "c" * 15, 5, "z", "other", "x,z", "[1]", True, "2020-01-01 00:00:00.5")]
    assert task.errors() == []


def test_a_chosen_type_that_cannot_stay(pair):
    """The error says what to run; once it was run, the task goes on."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, v INT); INSERT INTO t VALUES (1, 1)")
    task = pair.task().create()
    task.set_table(f"{pair.name}.t", types={"v": "boolean"})
    task.start().wait_state()
    pair.source_execute("ALTER TABLE t MODIFY v DECIMAL(10,0); INSERT INTO t VALUES (2, 12)")
    error = failure(task)
    assert "boolean" in error["message"] and "ALTER COLUMN v TYPE numeric(10,0)" in error["remedy"]
    pair.target_execute(f"ALTER TABLE {pair.name}.t ALTER COLUMN v TYPE numeric(10,0) USING v::int")
    task.start().wait_state()
    task.wait_for_catchup()
    pair.assert_same("t")


# --- what users have added -----------------------------------------------------------------------------------------

@pytest.mark.greenplum
def test_own_columns_and_indexes_survive(pair):
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, v INT, w VARCHAR(10), x INT); INSERT INTO t VALUES (1, 1, 'one', 1)")
    task = pair.run_task()
    pair.target_execute(f"""SET search_path = {pair.name};
        ALTER TABLE t ADD COLUMN own text DEFAULT 'mine', ADD CONSTRAINT small CHECK (v < 100);
        CREATE INDEX by_v ON t (v); CREATE INDEX by_own ON t (own, w); CREATE INDEX by_lower ON t (lower(w));
        CREATE VIEW own_view AS SELECT id, own FROM t""")
    pair.source_execute("ALTER TABLE t MODIFY v BIGINT, MODIFY w VARCHAR(99), DROP x, ADD y INT DEFAULT 5;"
                        "INSERT INTO t VALUES (2, 2, 'two', 2); UPDATE t SET v = v + 1")
    task.wait_for_catchup()
    assert pair.target_query(f"SELECT id, v, w, y, own FROM {pair.name}.t ORDER BY id") == [
        (1, 2, "one", 5, "mine"), (2, 3, "two", 2, "mine")]
    assert pair.target_query(f"SELECT * FROM {pair.name}.own_view ORDER BY id") == [(1, "mine"), (2, "mine")]
    indexes = {name for name, in pair.target_query("SELECT indexname FROM pg_indexes WHERE schemaname = %s", (pair.name,))}
    assert indexes == {"t_pkey", "by_v", "by_own", "by_lower"}
    with pytest.raises(psycopg2.errors.CheckViolation):
        pair.target_execute(f"UPDATE {pair.name}.t SET v = 100")


@pytest.mark.greenplum
def test_a_view_in_the_way(pair):
    """The statement on the target is shown; without the view it is done, once."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, v INT); INSERT INTO t VALUES (1, 1)")
    task = pair.run_task()
    pair.target_execute(f"CREATE VIEW {pair.name}.own_view AS SELECT id, v FROM {pair.name}.t")
    for alter, statement in (("MODIFY v BIGINT", "ALTER COLUMN v TYPE"), ("DROP COLUMN v", "DROP COLUMN v")):
        pair.source_execute(f"ALTER TABLE t {alter}; INSERT INTO t (id) VALUES ({len(alter)})")
        error = failure(task)
        assert "own_view" in error["detail"] and f"ALTER TABLE {pair.name}.t {statement}" in error["detail"]
        assert "start the task again" in error["remedy"]
        pair.target_execute(f"DROP VIEW {pair.name}.own_view")
        task.start().wait_state()
        task.wait_for_catchup()
        pair.assert_same("t")
        pair.target_execute(f"CREATE VIEW {pair.name}.own_view AS SELECT * FROM {pair.name}.t")


def test_a_lock_on_the_target(pair):
    """The worker waits for it; it can be stopped meanwhile, and nothing is lost."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, v INT); INSERT INTO t VALUES (1, 1)")
    task = pair.run_task()
    reader = pair.target.connect(pair.name, autocommit=False)
    try:
        reader.cursor().execute(f"SELECT * FROM {pair.name}.t")
        pair.source_execute("ALTER TABLE t MODIFY v BIGINT; INSERT INTO t VALUES (2, 5000000000)")
        wait_until(lambda: pair.target_query("SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"),
                   message="the worker waits")
        task.stop()
        assert columns_of(pair, "t")["v"] == "integer"
        task.start()
    finally:
        reader.close()
    task.wait_for_catchup()
    pair.assert_same("t")


# --- several source tables, one target ---------------------------------------------------------------------------

@pytest.fixture
def shared(pair):
    """Two source tables that go to one target, a task each; a function that runs SQL on one, and waits."""
    pair.source_execute("""CREATE TABLE a (id INT PRIMARY KEY, v INT NOT NULL, w VARCHAR(10)); CREATE TABLE b LIKE a;
                           INSERT INTO a VALUES (1, 1, 'a'); INSERT INTO b VALUES (1001, 1, 'b')""")
    pair.target_execute(f"CREATE SCHEMA {pair.name}; CREATE TABLE {pair.name}.t (id int PRIMARY KEY, v int NOT NULL, w varchar(10))")
    tasks = {}
    for table in "ab":
        tasks[table] = pair.task(table).create([f"{pair.name}.{table}"], existing_tables="append")
        tasks[table].set_table(f"{pair.name}.{table}", target_table="t")
        tasks[table].start().wait_state()

    def run(table, sql):
        pair.source_execute(sql)
        tasks[table].wait_for_catchup()
        return pair.target_query(f"SELECT * FROM {pair.name}.t ORDER BY id")

    return run


@pytest.mark.greenplum
def test_the_second_alter_finds_it_done(pair, shared):
    alters = ("MODIFY v BIGINT NOT NULL", "ADD COLUMN n INT NOT NULL DEFAULT 7", "CHANGE w x VARCHAR(20)", "MODIFY x VARCHAR(20) NOT NULL")
    for table in "ab":
        for alter in alters:
            rows = shared(table, f"ALTER TABLE {table} {alter}")
    assert rows == [(1, 1, "a", 7), (1001, 1, "b", 7)]
    assert columns_of(pair, "t") == {"id": "integer", "v": "bigint", "w": "character varying(20)", "n": "integer"}
    assert not_null_of(pair, "t") == {"id", "v", "w", "n"}
    rows = shared("b", "INSERT INTO b VALUES (1002, 5000000000, 'longer than ten', 8)")
    assert rows[-1] == (1002, 5000000000, "longer than ten", 8)


@pytest.mark.greenplum
def test_rows_between_the_two_alters(pair, shared):
    """Rows of the other table, which has not changed yet, lose nothing and get what its ALTER will give them."""
    shared("a", "ALTER TABLE a ADD COLUMN n INT NOT NULL DEFAULT 7, DROP COLUMN v; INSERT INTO a VALUES (2, 'a', 8)")
    rows = shared("b", "INSERT INTO b VALUES (1002, 2, 'b')")
    assert rows == [(1, 1, "a", 7), (2, None, "a", 8), (1001, 1, "b", 7), (1002, 2, "b", 7)]
    rows = shared("b", "ALTER TABLE b ADD COLUMN n INT NOT NULL DEFAULT 7, DROP COLUMN v")
    assert rows == [(1, "a", 7), (2, "a", 8), (1001, "b", 7), (1002, "b", 7)]
    assert pair.target_query("SELECT 1 FROM pg_attribute WHERE attrelid = %s::regclass AND atthasdef", (f"{pair.name}.t",)) == []


def test_a_type_that_the_other_table_needs(pair, shared):
    shared("a", "ALTER TABLE a MODIFY v BIGINT NOT NULL")
    shared("b", "ALTER TABLE b MODIFY v BIGINT NOT NULL; INSERT INTO b VALUES (1002, 5000000000, 'b')")
    rows = shared("a", "ALTER TABLE a MODIFY v INT NOT NULL, MODIFY w VARCHAR(2); INSERT INTO a VALUES (2, 2, 'aa')")
    assert columns_of(pair, "t") == {"id": "integer", "v": "bigint", "w": "character varying(10)"}
    assert rows == [(1, 1, "a"), (2, 2, "aa"), (1001, 1, "b"), (1002, 5000000000, "b")]


@pytest.mark.greenplum
def test_a_key_that_the_other_table_needs(pair, shared):
    """Both find their rows, by the old key and by the new one, until both have the new one."""
    key = "DROP PRIMARY KEY, ADD PRIMARY KEY (id, v)"
    shared("a", f"ALTER TABLE a {key}; INSERT INTO a VALUES (2, 2, 'a'); UPDATE a SET w = 'x' WHERE id = 1")
    rows = shared("b", "INSERT INTO b VALUES (1002, 2, 'b'); UPDATE b SET v = 3, w = 'y' WHERE id = 1001")
    assert rows == [(1, 1, "x"), (2, 2, "a"), (1001, 3, "y"), (1002, 2, "b")]
    shared("b", f"ALTER TABLE b {key}; INSERT INTO b VALUES (1001, 4, 'b')")
    rows = shared("a", "INSERT INTO a VALUES (1, 2, 'a'); DELETE FROM a WHERE v = 1")
    assert rows == [(1, 2, "a"), (2, 2, "a"), (1001, 3, "y"), (1001, 4, "b"), (1002, 2, "b")]


# --- reloads -------------------------------------------------------------------------------------------------------

def reload_notices(task):
    return [error["message"] for error in task.errors() if "loaded again" in error["message"]]


@pytest.mark.greenplum
def test_a_reload_fits_the_target(pair):
    """The target gets the columns, types and key of now; what its users chose and added is there afterwards."""
    pair.source_execute("""CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(10), b INT NOT NULL, c INT, d TINYINT, e VARCHAR(9))
                           CHARACTER SET utf8mb4; INSERT INTO t VALUES (1, '7', 1, 1, 1, 'e'), (2, '8', 2, 2, 0, NULL)""")
    task = pair.task().create()
    task.set_table(f"{pair.name}.t", types={"d": "boolean", "c": "text"})
    task.start().wait_state()
    pair.target_execute(f"""SET search_path = {pair.name}; CREATE VIEW own_view AS SELECT id, own FROM
        (SELECT id, 1 AS own FROM t) rows; CREATE INDEX by_a ON t (a); ALTER TABLE t ADD COLUMN own text DEFAULT 'mine'""")
    # Text that becomes a number is for the source to tell.
    pair.source_execute("""ALTER TABLE t MODIFY a INT NOT NULL, MODIFY b BIGINT, MODIFY c DECIMAL(5,1), DROP e,
                           ADD f DATE FIRST, DROP PRIMARY KEY, ADD PRIMARY KEY (id, a);
                           INSERT INTO t VALUES ('2020-01-01', 1, 9, NULL, 1.5, 1)""")
    task.wait_for_catchup()
    assert len(reload_notices(task)) == 1
    assert pair.target_query(f"SELECT f::text, id, a, b, c, d, own FROM {pair.name}.t ORDER BY id, a") == [
        (None, 1, 7, 1, "1.0", True, "mine"), ("2020-01-01", 1, 9, None, "1.5", True, "mine"),
        (None, 2, 8, 2, "2.0", False, "mine")]
    types = columns_of(pair, "t")
    assert types == {"id": "integer", "a": "integer", "b": "bigint", "c": "text", "d": "boolean", "f": "date", "own": "text"}
    assert (key_of(pair, "t"), not_null_of(pair, "t")) == (["id", "a"], {"id", "a"})
    assert pair.target_query(f"SELECT count(*) FROM {pair.name}.own_view") == [(3,)]
    pair.source_execute("UPDATE t SET d = 0; DELETE FROM t WHERE a = 7")
    task.wait_for_catchup()
    assert pair.target_query(f"SELECT a, d FROM {pair.name}.t ORDER BY a") == [(8, False), (9, False)]


@pytest.mark.greenplum
def test_values_that_would_look_otherwise(pair):
    """The source's types can be converted; in a type that somebody chose, the rows that exist would be wrong."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, v DECIMAL(6,2)); INSERT INTO t VALUES (1, 1.5)")
    task = pair.task().create()
    task.set_table(f"{pair.name}.t", types={"v": "text"})
    task.start().wait_state()
    pair.source_execute("ALTER TABLE t MODIFY v DECIMAL(12,4); INSERT INTO t VALUES (2, 2)")
    task.wait_for_catchup()
    assert pair.target_query(f"SELECT * FROM {pair.name}.t ORDER BY id") == [(1, "1.5000"), (2, "2.0000")]
    assert len(reload_notices(task)) == 1


def test_the_key_goes_and_comes_back(pair):
    """Without a key nobody can follow rows: they are read again when there is one."""
    pair.source_execute("CREATE TABLE t (a INT NOT NULL PRIMARY KEY, b INT NOT NULL); INSERT INTO t VALUES (1, 1), (2, 2)")
    task = pair.run_task()
    pair.source_execute("""ALTER TABLE t DROP PRIMARY KEY; UPDATE t SET a = 1; ALTER TABLE t ADD PRIMARY KEY (a, b);
                           INSERT INTO t VALUES (1, 3)""")
    task.wait_for_catchup()
    pair.assert_same("t")
    assert key_of(pair, "t") == ["a", "b"]


def test_enum_types_go_with_their_table(pair):
    """A table of the same name may have other labels."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, e ENUM('a','b')); INSERT INTO t VALUES (1, 'b')")
    task = pair.task().create(options={"drop_tables": "drop"})
    task.set_table(f"{pair.name}.t", types={"e": "enum"})
    task.start().wait_state()
    pair.source_execute("DROP TABLE t; CREATE TABLE t (id INT PRIMARY KEY, e ENUM('c')); INSERT INTO t VALUES (1, 'c')")
    task.wait_for_catchup()
    assert pair.target_query(f"SELECT id, e::text, enum_range(e)::text FROM {pair.name}.t") == [(1, "c", "{c}")]


def test_a_table_moves_to_another_schema(pair):
    """And gets another name on the way, where both of the names in between are taken."""
    other = f"{pair.name}_2"
    pair.source_execute(f"""CREATE DATABASE {other}; CREATE TABLE t (id INT PRIMARY KEY); CREATE TABLE u (id INT PRIMARY KEY);
                            CREATE TABLE {other}.t (id INT PRIMARY KEY); INSERT INTO t VALUES (7)""")
    try:
        task = pair.run_task([f"{pair.name}.*", f"{other}.*"])
        pair.source_execute(f"RENAME TABLE t TO {other}.u; INSERT INTO {other}.u VALUES (8)")
        task.wait_for_catchup()
        assert pair.target_query(f"SELECT id FROM {other}.u ORDER BY id") == [(7,), (8,)]
        assert pair.target_query("SELECT to_regclass(%s)", (f"{pair.name}.t",)) == [(None,)]
        assert pair.target_query(f"SELECT count(*) FROM {other}.t, {pair.name}.u") == [(0,)]
        assert task.errors() == []
    finally:
        pair.source_execute(f"DROP DATABASE {other}")
