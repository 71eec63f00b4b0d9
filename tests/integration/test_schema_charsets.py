"""Character sets in the schema history: the defaults of databases as they were when a statement ran, and row events
that tell another character set, key or labels than the history has.

What each statement on a database does is in tests/ddl/databases.txt.
"""

import pytest

from harness.wait import wait_until


def notices(task, table):
    return [row for row in task.errors() if row["source_table"] == f"{task.pair.name}.{table}"
            and row["message"].startswith("the table is loaded again")]


def test_a_worker_that_was_stopped_takes_the_default_of_then(pair):
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY)")
    task = pair.run_task()
    pair.source_execute(f"""ALTER DATABASE {pair.name} CHARACTER SET latin1; CREATE TABLE first (id INT PRIMARY KEY);
                            INSERT INTO first VALUES (1)""")
    task.wait_for_catchup().stop()
    pair.source_execute(f"""CREATE TABLE a (id INT PRIMARY KEY, v VARCHAR(20)); INSERT INTO a VALUES (1, 'größe');
        ALTER TABLE first ADD v VARCHAR(9) DEFAULT 'é';
        ALTER DATABASE {pair.name} CHARACTER SET greek;
        CREATE TABLE b (id INT PRIMARY KEY, v VARCHAR(20)); INSERT INTO b VALUES (1, 'μέγεθος');
        INSERT INTO a VALUES (2, 'ñandú'); ALTER DATABASE CHARACTER SET utf8mb4;
        CREATE TABLE c (id INT PRIMARY KEY, v VARCHAR(20)); INSERT INTO c VALUES (1, '大きさ');
        ALTER DATABASE {pair.name} CHARACTER SET cp1251""")
    task.start().wait_for_catchup().stop()  # what it has learnt is stored
    pair.source_execute(f"""CREATE TABLE d (id INT PRIMARY KEY, v VARCHAR(20)); INSERT INTO d VALUES (1, 'размер');
        DROP TABLE t; ALTER DATABASE {pair.name} CHARACTER SET koi8r""")
    task.start().wait_for_catchup()
    for table in ("a", "b", "c", "d", "first"):
        pair.assert_same(table)
    assert dict(pair.target_query("SELECT source_database, charset FROM mysql_sync.database_charset")) == {pair.name: "koi8r"}
    task.stop().drop()
    assert pair.target_query("SELECT count(*) FROM mysql_sync.database_charset") == [(0,)]


TABLES = """CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(20) CHARACTER SET latin1, b VARBINARY(20), c TEXT, d INT UNSIGNED NOT NULL DEFAULT 5)
                CHARACTER SET utf8mb4;
            CREATE TABLE u (id INT PRIMARY KEY, a VARCHAR(20)) CHARACTER SET utf8mb4;
            INSERT INTO t VALUES (1, 'x', 'y', 'z', 7); INSERT INTO u VALUES (1, 'ä')"""
UNLOGGED = "SET SESSION sql_log_bin = 0; ALTER TABLE t {}; SET SESSION sql_log_bin = 1;"
CHANGES = {
    "a character set": "MODIFY a VARCHAR(20) CHARACTER SET greek",
    "another default": "MODIFY c TEXT CHARACTER SET latin2",
    "bytes for text": "MODIFY a VARBINARY(20)",
    "text for bytes": "MODIFY b VARCHAR(20) CHARACTER SET latin1",
    "a sign": "MODIFY d INT NOT NULL DEFAULT 5",
    "a type": "MODIFY d BIGINT NOT NULL DEFAULT 5",
    "a column": "ADD e INT",
}
CHANGES_IN_FULL = {
    "a name": "CHANGE d f BIGINT NOT NULL DEFAULT 5",
    "a key": "DROP PRIMARY KEY, ADD PRIMARY KEY (id, f)",
    "labels": "MODIFY l ENUM('b', 'a')",
}


@pytest.mark.sources("mariadb", "mysql9")
def test_what_row_events_tell_otherwise_is_read_again(pair):
    """A statement that was not logged: the table is loaded again, and only that one."""
    pair.source_execute(TABLES + "; ALTER TABLE t ADD l ENUM('a', 'b')")
    task = pair.run_task()
    rows = 1
    for mode, changes in (("MINIMAL", CHANGES), ("FULL", CHANGES_IN_FULL)):
        with pair.source.set_global(binlog_row_metadata=mode):
            for change, sql in changes.items():
                rows += 1
                seen = len(notices(task, "t"))
                pair.source_execute(UNLOGGED.format(sql) + f"UPDATE t SET a = 'a', l = 'a'; INSERT INTO t (id, a, b, c)"
                                    f"VALUES ({rows}, 'b', 'c', 'd'); INSERT INTO u VALUES ({rows}, 'ö')")
                task.wait_for_catchup()
                pair.assert_same("t")
                assert len(notices(task, "t")) == seen + 1, (change, task.errors())
    pair.assert_same("u")
    assert notices(task, "u") == [] and task.state() == "synchronizing"


@pytest.mark.sources("mariadb", "mysql9")
def test_what_cannot_be_read_again_stops(pair):
    """A task that cannot load the table says what differs, and does not read the row wrongly."""
    pair.source_execute(TABLES)
    task = pair.run_task(sync_data=False)
    with pair.source.set_global(binlog_row_metadata="MINIMAL"):
        pair.source_execute(UNLOGGED.format(CHANGES["a character set"]) + "INSERT INTO t (id, a) VALUES (2, 'ά')")
    wait_until(lambda: task.state() == "failed", 30, "the task stops")
    error = task.errors()[0]
    assert "column a: the binlog has another character set than the known schema" in error["message"]
    assert "in latin1" in error["detail"] and "in greek" in error["detail"] and error["remedy"]
    assert pair.target_query(f"SELECT count(*) FROM {pair.name}.t") == [(0,)]


@pytest.mark.sources("mariadb", "mysql9")
def test_metadata_of_all_types_fits(pair):
    """What counts as text in the metadata: nothing here may be taken for a difference."""
    own = {"mariadb": """u UUID, i4 INET4, i6 INET6, j JSON, vc VARCHAR(99) COMPRESSED CHARACTER SET greek,
                         bc BLOB COMPRESSED, tc TEXT COMPRESSED""",
           "mysql9": "j JSON, v VECTOR(3), h INT AS (d + 1), KEY f ((d + 2)), KEY m ((CAST(j AS UNSIGNED ARRAY)))"}
    pair.source_execute(f"""CREATE TABLE t (i INT, k VARCHAR(20) CHARACTER SET latin2, g GEOMETRY, c CHAR(5) CHARACTER SET
        cp1251, n NATIONAL CHAR(5), b BINARY(5), d BIGINT UNSIGNED, bl BLOB, p POINT, tt TINYTEXT, mt MEDIUMTEXT CHARACTER
        SET utf16, e ENUM('ä', 'b') CHARACTER SET latin1, s SET('x', 'ж') CHARACTER SET utf16, eb ENUM('a') CHARACTER SET
        binary, bt BIT(9), y YEAR, ts TIMESTAMP(3) NULL, dc DECIMAL(9, 2), {own[pair.source.kind]}, PRIMARY KEY (k, i))
        CHARACTER SET utf8mb4""")
    pair.source_execute("CREATE TABLE l (id INT PRIMARY KEY, a VARCHAR(9), b VARBINARY(9)) CHARACTER SET latin1")
    pair.source_execute("CREATE TABLE x (a VARCHAR(9), b TEXT CHARACTER SET greek, UNIQUE (b(5)), PRIMARY KEY (a(3)))")
    task = pair.run_task()
    for n, mode in enumerate(("MINIMAL", "FULL")):
        with pair.source.set_global(binlog_row_metadata=mode):
            pair.source_execute(f"""INSERT INTO t (i, k, c, e, s, d, tt, mt) VALUES ({n}, 'ö', 'ж', 'ä', 'x,ж', 5, '漢', '漢');
                ALTER TABLE t ADD z{n} VARCHAR(5) CHARACTER SET greek FIRST; UPDATE t SET z{n} = 'ά', e = 'b';
                INSERT INTO l VALUES ({n}, 'ä', x'e4'); INSERT INTO x VALUES ('{n}bc', 'ό{n}')""")
    task.wait_for_catchup()
    for table in ("t", "l", "x"):
        pair.assert_same(table)
    assert task.errors() == []
