"""Columns that the source computes, hides or adds by itself: they arrive as plain columns with the source's values."""

import pytest

pytestmark = pytest.mark.sources("mariadb", "mysql9")

# Computed from a column before and one behind, stored and not, with an index and without, seen and not.
COMPUTED = """CREATE TABLE {name} (id INT PRIMARY KEY, early VARCHAR(60) AS (CONCAT(word, '/', n)) VIRTUAL, n INT,
    twice BIGINT AS (n * 2) STORED, word VARCHAR(20), size INT AS (CHAR_LENGTH(word)) VIRTUAL,
    hidden INT AS (n + 1) VIRTUAL INVISIBLE, unseen INT INVISIBLE DEFAULT 3, other INT, KEY (size), KEY (twice),
    UNIQUE KEY (word)) CHARACTER SET utf8mb4"""
ROWS = "INSERT INTO {name} (id, n, word, other) VALUES (1, 10, 'one', 0), (2, NULL, 'two', 0), (3, 30, NULL, 0), (4, 4, 'four', 0)"

# Every way to change a row, with the base of a computed column or without.
CHANGES = ["UPDATE t SET n = n + 1 WHERE id = 1", "UPDATE t SET other = 1", "UPDATE t SET word = NULL, n = 7 WHERE id = 2",
           "UPDATE t SET id = id + 100 WHERE id = 3", "UPDATE t SET unseen = n ORDER BY id DESC LIMIT 2",
           "REPLACE INTO t (id, n, word) VALUES (1, 11, 'again'), (5, 5, 'four')",
           "INSERT INTO t (id, n, word) VALUES (5, 50, 'five'), (6, 6, 'six') ON DUPLICATE KEY UPDATE n = n * 2",
           "INSERT IGNORE INTO t (id, n, word) VALUES (6, 7, 'seven'), (7, 7, 'seven')",
           "INSERT INTO t (id, n, word, other) SELECT id + 200, n, CONCAT(word, '!'), other FROM t",
           "UPDATE t JOIN o ON t.id = o.id SET t.n = o.n, o.word = t.word", "DELETE t FROM t JOIN o USING (id) WHERE o.id = 1",
           "BEGIN; UPDATE t SET n = 1000 WHERE id = 4; UPDATE t SET n = 2000 WHERE id = 4; COMMIT",
           "DELETE FROM t WHERE size = 5"]


def _make(pair, name):
    pair.source_execute(COMPUTED.format(name=name) + ";" + ROWS.format(name=name))


@pytest.mark.parametrize("image", ["FULL", "NOBLOB", "MINIMAL"])
def test_computed_columns(pair, image):
    """MariaDB's row images lack virtual columns that have no index, also where they change, unless they are FULL."""
    for name in ("t", "o"):
        _make(pair, name)
    task = pair.run_task()
    for name in ("t", "o"):
        pair.assert_same(name)
    for change in CHANGES:
        pair.source_execute(f"SET SESSION binlog_row_image = '{image}'; {change}")
        task.wait_for_catchup()
        for name in ("t", "o"):
            pair.assert_same(name)
    assert task.errors() == []


def test_foreign_tables_have_them_too(pair):
    _make(pair, "t")
    pair.target_execute(f'CREATE SCHEMA imported; IMPORT FOREIGN SCHEMA "{pair.name}" FROM SERVER source INTO imported')
    pair.assert_same("t", ("imported", "t"))


ALTERS = ["ADD COLUMN more INT DEFAULT 5", "ADD COLUMN more INT DEFAULT 5 FIRST", "DROP COLUMN twice", "DROP COLUMN other",
          "DROP COLUMN early, DROP COLUMN hidden, ADD COLUMN hidden INT NOT NULL", "RENAME COLUMN other TO another",
          "ADD KEY (n)", "ADD UNIQUE KEY (other, id)", "ALTER COLUMN unseen SET DEFAULT 9"]
MORE_ROWS = "INSERT INTO {name} (id, n, word) VALUES (10, 100, 'ten'); UPDATE {name} SET n = 5, word = 'x' WHERE id = 2"


def test_alter_beside_computed_columns(pair):
    names = [f"t{number}" for number in range(len(ALTERS))]
    for name in names:
        _make(pair, name)
    task = pair.run_task()
    for name, alter in zip(names, ALTERS):
        pair.source_execute(f"SET sql_mode = ''; ALTER TABLE {name} {alter}; " + MORE_ROWS.format(name=name))
    task.wait_for_catchup()
    for name in names:
        pair.assert_same(name)


@pytest.mark.sources("mariadb")
def test_precheck_of_virtual_columns(pair):
    """MariaDB allows what changes by itself in them."""
    pair.source_execute("""CREATE TABLE t (id INT PRIMARY KEY, now_ INT, ts TIMESTAMP NULL,
                                           plain VARCHAR(60) AS (CONCAT('now() @x `rand`()', now_)) VIRTUAL, kept INT AS (id) STORED,
                                           today DATE AS (CURDATE()) VIRTUAL, dice INT AS (1 + FLOOR(RAND() * 6)) VIRTUAL,
                                           age BIGINT AS (UNIX_TIMESTAMP() - now_) VIRTUAL, at BIGINT AS (UNIX_TIMESTAMP(ts)) VIRTUAL)""")
    task = pair.task().create()

    found = [item for item in task.precheck() if item["item"] == "virtual_columns"]
    assert {item["object"].rsplit(".", 1)[1] for item in found} == {"today", "dice", "age"}
    assert {item["status"] for item in found} == {"warning"}



# --- what only one source has ------------------------------------------------------------------------------------


@pytest.mark.sources("mysql9")
def test_computed_key(pair):
    pair.source_execute("""CREATE TABLE t (a INT NOT NULL, b VARCHAR(20), k VARCHAR(40) AS (CONCAT(b, a)) STORED, v INT,
                                           PRIMARY KEY (k, a));
                           INSERT INTO t (a, b, v) VALUES (1, 'x', 1), (2, 'y', 2), (3, 'z', 3)""")
    task = pair.run_task()
    pair.assert_same("t")
    pair.source_execute("""UPDATE t SET b = 'w' WHERE a = 1; INSERT INTO t (a, b) VALUES (4, 'q'); UPDATE t SET v = 9;
                           DELETE FROM t WHERE k = 'z3'""")
    task.wait_for_catchup()
    pair.assert_same("t")


@pytest.mark.sources("mysql9")
def test_key_that_the_source_adds(pair):
    """sql_generate_invisible_primary_key; whether it is shown in information_schema is a setting of the session, too."""
    with pair.source.set_global(show_gipk_in_create_table_and_information_schema="OFF"):
        pair.source_execute("""SET sql_generate_invisible_primary_key = ON; CREATE TABLE t (a INT, b INT);
                               INSERT INTO t VALUES (1, 1), (1, 1), (2, NULL)""")
        task = pair.run_task()
        pair.source_execute("""UPDATE t SET b = 2 WHERE my_row_id = 2; DELETE FROM t WHERE my_row_id = 1;
                               INSERT INTO t VALUES (1, 1)""")
        task.wait_for_catchup()
    pair.assert_same("t")
    pair.source_execute("""ALTER TABLE t ALTER COLUMN my_row_id SET VISIBLE; ALTER TABLE t ADD COLUMN c INT DEFAULT 4;
                           INSERT INTO t (a) VALUES (7)""")
    task.wait_for_catchup()
    pair.assert_same("t")


@pytest.mark.sources("mysql9")
def test_indexes_on_expressions(pair):
    """They have columns of their own, which no catalog shows; the binlog must not show them either."""
    pair.source_execute("""CREATE TABLE t (id INT PRIMARY KEY, a INT, j JSON, KEY ((a + 1)), KEY ((a * 2), id),
                                           KEY ((CAST(j->'$.n' AS UNSIGNED ARRAY))));
                           INSERT INTO t VALUES (1, 1, '{"n": [1, 2]}'), (2, NULL, NULL)""")
    task = pair.run_task()
    pair.source_execute("""INSERT INTO t VALUES (3, 3, '{"n": 7}'); UPDATE t SET j = '{"n": []}' WHERE id = 1;
                           ALTER TABLE t ADD COLUMN b INT DEFAULT 6; CREATE INDEX i ON t ((b + 1));
                           UPDATE t SET a = 5; DELETE FROM t WHERE id = 2""")
    task.wait_for_catchup()
    pair.assert_same("t")


@pytest.mark.sources("mariadb")
@pytest.mark.parametrize("metadata, image", [("NO_LOG", "FULL"), ("FULL", "FULL"), ("NO_LOG", "MINIMAL"), ("FULL", "NOBLOB")])
def test_hashes_of_long_unique_keys(pair, metadata, image):
    """MariaDB keeps each in a column at the end of the table, which no catalog shows, but the binlog does."""
    pair.source_execute("""CREATE TABLE t (id INT PRIMARY KEY, a TEXT, b BIGINT, UNIQUE (a));
                           INSERT INTO t VALUES (1, 'x', 1), (2, NULL, NULL);
                           CREATE TABLE later (id INT PRIMARY KEY, a TEXT); INSERT INTO later VALUES (1, 'x')""")
    with pair.source.set_global(binlog_row_metadata=metadata):
        task = pair.run_task()
        for statement in ("INSERT INTO t VALUES (3, 'y', 3); UPDATE t SET a = 'z' WHERE id = 1",
                          "ALTER TABLE t ADD COLUMN c INT, ADD UNIQUE (c, a); INSERT INTO t VALUES (4, 'four', 4, 4)",
                          "ALTER TABLE t ADD COLUMN d BIGINT; UPDATE t SET d = id; DELETE FROM t WHERE id = 2",
                          "ALTER TABLE t DROP INDEX a; INSERT INTO t VALUES (5, 'four', 5, 5, 5)",
                          "ALTER TABLE t DROP INDEX c, DROP COLUMN d; UPDATE t SET b = NULL, c = NULL",
                          "CREATE UNIQUE INDEX u ON later (a); INSERT INTO later VALUES (2, 'y'); DELETE FROM later WHERE id = 1"):
            pair.source_execute(f"SET SESSION binlog_row_image = '{image}'; {statement}")
            task.wait_for_catchup()
            for name in ("t", "later"):
                pair.assert_same(name)
    assert task.errors() == []
