"""What the source does while a task is synchronizing: rows, DDL, logs, and what must stop the task."""

import os
import threading

import pymysql
import pytest

from harness.reload import settle
from harness.wait import wait_until

PLAIN = "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(100)); INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, 'three')"


def streaming(pair, sql=PLAIN, **settings):
    """Runs `sql` on the source, then a task over what that made, until it is synchronizing."""
    pair.source_execute(sql)
    return pair.run_task(**settings)


def follows(pair, task, *tables, sql=None):
    """Runs `sql` on the source; then the tables are the same on both sides."""
    __tracebackhide__ = True
    if sql:
        pair.source_execute(sql)
    task.wait_for_catchup()
    for table in tables or ["t"]:
        pair.assert_same(table)


def failure(task):
    """The newest error of a task that fails. Its worker is gone then."""
    wait_until(lambda: (task.state(), task.row()["pid"]) == ("failed", None), 15, lambda: f"{task.row()} fails")
    return task.errors()[0]


def offset(position):
    """'binlog.000001:123' as something to compare."""
    name, _, at = position.rpartition(":")
    return name, int(at)


# --- rows ------------------------------------------------------------------------------------------------------

DML = {
    "insert": "INSERT INTO t VALUES (10, 'ten'), (11, NULL); INSERT INTO t (id) VALUES (12)",
    "update": "UPDATE t SET v = CONCAT(v, '!') WHERE id > 1",
    "update of nothing": "UPDATE t SET v = v",
    "delete": "DELETE FROM t WHERE id = 2",
    "delete all": "DELETE FROM t",
    "key": "UPDATE t SET id = 20 WHERE id = 2",
    "key onto a deleted one": "BEGIN; DELETE FROM t WHERE id = 1; UPDATE t SET id = 1 WHERE id = 2; COMMIT",
    "keys moved in one statement": "UPDATE t SET id = id + 1 ORDER BY id DESC",
    "keys swapped": "BEGIN; UPDATE t SET id = -1 WHERE id = 1; UPDATE t SET id = 1 WHERE id = 2;"
                    "UPDATE t SET id = 2 WHERE id = -1; COMMIT",
    "keys in a circle": "BEGIN; UPDATE t SET id = 0 WHERE id = 1; UPDATE t SET id = 1 WHERE id = 2;"
                        "UPDATE t SET id = 2 WHERE id = 3; UPDATE t SET id = 3 WHERE id = 0; COMMIT",
    "there and back": "BEGIN; UPDATE t SET id = 9 WHERE id = 1; UPDATE t SET id = 1 WHERE id = 9; COMMIT",
    "replace": "REPLACE INTO t VALUES (1, 'replaced'), (30, 'new')",
    "upsert": "INSERT INTO t VALUES (1, 'x'), (31, 'y') ON DUPLICATE KEY UPDATE v = CONCAT(v, '+')",
    "insert ignore": "INSERT IGNORE INTO t VALUES (1, 'x'), (32, 'y')",
    "insert select": "INSERT INTO t SELECT id + 100, v FROM t",
    "born and gone": "BEGIN; INSERT INTO t VALUES (40, 'a'); UPDATE t SET v = 'b' WHERE id = 40;"
                     "DELETE FROM t WHERE id = 40; COMMIT",
    "gone and born": "BEGIN; DELETE FROM t WHERE id = 1; INSERT INTO t VALUES (1, 'again');"
                     "UPDATE t SET v = 'and again' WHERE id = 1; COMMIT",
    "rolled back": "BEGIN; DELETE FROM t; ROLLBACK",
    "savepoint": "BEGIN; INSERT INTO t VALUES (50, 'kept'); SAVEPOINT a; DELETE FROM t; ROLLBACK TO a;"
                 "INSERT INTO t VALUES (51, 'kept'); RELEASE SAVEPOINT a; COMMIT",
    "many tables at once": "UPDATE t JOIN u USING (id) SET t.v = u.v, u.v = 'u'; DELETE t, u FROM t JOIN u USING (id) "
                           "WHERE t.id = 2",
    "trigger": "CREATE TRIGGER tr AFTER INSERT ON t FOR EACH ROW INSERT INTO u VALUES (NEW.id + 1000, NEW.v);"
               "INSERT INTO t VALUES (60, 'trigger')",
    "keys of two tables": "UPDATE t SET id = id * 2 ORDER BY id DESC; UPDATE u SET id = id - 1 ORDER BY id",
}


def test_rows(pair):
    copy = "; INSERT INTO u SELECT * FROM t"
    task = streaming(pair, PLAIN + "; CREATE TABLE u (id INT PRIMARY KEY, v VARCHAR(100))" + copy)
    start = "DELETE FROM t; DELETE FROM u; DROP TRIGGER IF EXISTS tr; " + PLAIN.split("; ")[1] + copy
    for name, sql in DML.items():
        try:
            follows(pair, task, "t", "u", sql=start)
            follows(pair, task, "t", "u", sql=sql)
        except AssertionError as error:
            raise AssertionError(f"after '{name}': {error}") from error
    # Once more without a wait between: all of it in few target transactions.
    for sql in DML.values():
        pair.source_execute(start)
        pair.source_execute(sql)
    follows(pair, task, "t", "u")
    assert task.errors() == []


def test_keys_of_many_kinds(pair):
    """Keys that differ for the target must not be one key for the batch, nor the other way round."""
    task = streaming(pair, """
        CREATE TABLE two (a INT, b VARCHAR(20), v INT, PRIMARY KEY (b, a)) CHARACTER SET utf8mb4;
        CREATE TABLE cs (k VARCHAR(20) COLLATE utf8mb4_bin PRIMARY KEY, v INT) CHARACTER SET utf8mb4;
        CREATE TABLE bin (k VARBINARY(20) PRIMARY KEY, v INT);
        CREATE TABLE stamp (k DATETIME(6) PRIMARY KEY, v INT);
        CREATE TABLE dec10 (k DECIMAL(20,5) PRIMARY KEY, v INT);
        CREATE TABLE big (k BIGINT UNSIGNED PRIMARY KEY, v INT)""")
    follows(pair, task, "two", "cs", "bin", "stamp", "dec10", "big", sql="""
        BEGIN;
        INSERT INTO two VALUES (1, 'x', 1), (1, 'y', 2), (2, 'x', 3), (11, '', 4), (1, '1', 5);
        UPDATE two SET a = 3 - a WHERE b = 'x' AND a = 1 AND v = 99;
        UPDATE two SET b = UPPER(b) WHERE a = 1 AND b = 'x';
        INSERT INTO cs VALUES ('a', 1), ('A', 2), ('ä', 3), ('', 4);
        UPDATE cs SET k = 'b' WHERE k = 'a'; UPDATE cs SET k = 'a' WHERE k = 'A'; UPDATE cs SET k = 'A' WHERE k = 'b';
        INSERT INTO bin VALUES (x'00', 1), (x'0000', 2), (x'', 3), (x'20', 4);
        DELETE FROM bin WHERE k = x'00'; UPDATE bin SET k = x'00' WHERE k = x'0000';
        INSERT INTO stamp VALUES ('2020-01-01 00:00:00', 1), ('2020-01-01 00:00:00.000001', 2);
        UPDATE stamp SET k = '2021-01-01' WHERE v = 1;
        INSERT INTO dec10 VALUES (1, 1), (-1, 2), (0.00001, 3);
        UPDATE dec10 SET k = k * 10;
        INSERT INTO big VALUES (18446744073709551615, 1), (0, 2), (9223372036854775808, 3);
        UPDATE big SET k = 18446744073709551614 WHERE v = 1;
        COMMIT;
        UPDATE two SET v = v + 1; UPDATE cs SET v = v + 1; UPDATE bin SET v = v + 1; UPDATE stamp SET v = v + 1;
        UPDATE dec10 SET v = v + 1; UPDATE big SET v = v + 1; DELETE FROM two WHERE a = 2; DELETE FROM big WHERE k = 0""")


def test_case_of_a_key_that_ignores_case(pair):
    """For the source 'a' and 'A' are one key, for the target they are two."""
    task = streaming(pair, "CREATE TABLE t (k VARCHAR(10) PRIMARY KEY, v INT) CHARACTER SET utf8mb4;"
                           "INSERT INTO t VALUES ('a', 1)")
    follows(pair, task, sql="UPDATE t SET k = 'A'; UPDATE t SET v = 2; REPLACE INTO t VALUES ('a', 3); "
                            "INSERT INTO t VALUES ('A', 4) ON DUPLICATE KEY UPDATE v = v + 1;"
                            "DELETE FROM t WHERE k = 'A'; INSERT INTO t VALUES ('A', 5)")


def test_large_transaction_is_atomic(pair):
    """Ten times what a batch holds: readers see none of it or all."""
    rows = 200_000
    task = streaming(pair, "CREATE TABLE t (id INT PRIMARY KEY, v INT); CREATE TABLE digits (d INT PRIMARY KEY);"
                           "INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)")
    seen, done = set(), threading.Event()

    def watch():
        connection = pair.target.connect(pair.name)
        with connection.cursor() as cursor:
            while not done.is_set():
                cursor.execute(f'SELECT count(*), coalesce(sum(v), 0) FROM "{pair.name}".t')
                seen.add(cursor.fetchone())
        connection.close()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        numbers = "a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d + 100000 * g.d"
        pair.source_execute(f"""INSERT INTO t SELECT {numbers}, 1
            FROM digits a, digits b, digits c, digits e, digits f, digits g WHERE g.d < 2""")
        task.wait_for_catchup(120)
        pair.source_execute("BEGIN; UPDATE t SET v = 2; DELETE FROM t WHERE id >= 100000; COMMIT")
        task.wait_for_catchup(120)
    finally:
        done.set()
        watcher.join()
    assert seen <= {(0, 0), (rows, rows), (rows // 2, rows)}
    pair.assert_same("t")


def test_large_rows(pair):
    """Beyond 16 MB a row takes more than one packet of the protocol."""
    engine = "MyISAM" if pair.source.kind == "mysql56" else "InnoDB"  # whose redo log is too small there
    task = streaming(pair, f"CREATE TABLE t (id INT PRIMARY KEY, tx LONGTEXT, bl LONGBLOB) ENGINE={engine}")
    follows(pair, task, sql="""
        INSERT INTO t VALUES (1, REPEAT('ü', 3000000), REPEAT(x'00ff', 1000000)), (2, 'small', NULL);
        INSERT INTO t VALUES (3, REPEAT('0123456789', 2000000), NULL);
        UPDATE t SET bl = REPEAT(x'fe', 1000000) WHERE id = 3; UPDATE t SET tx = NULL WHERE id = 1;
        INSERT INTO t VALUES (4, REPEAT('x', 16777215), NULL), (5, 'last', 'last')""")


def test_many_small_transactions(pair):
    """More source transactions than one target transaction holds, and fewer target transactions than that."""
    task = streaming(pair, options={"batch_rows": 100})
    with pair.source.connect(pair.name) as connection, connection.cursor() as cursor:
        for i in range(10, 710):
            cursor.execute("INSERT INTO t VALUES (%s, %s)", (i, i))
            if i % 3 == 0:
                cursor.execute("UPDATE t SET v = CONCAT(v, '.') WHERE id = %s", (i - 1,))
            if i % 5 == 0:
                cursor.execute("DELETE FROM t WHERE id = %s", (i - 2,))
    follows(pair, task)
    row, table = task.row(), task.tables()[f"{pair.name}.t"]
    assert row["inserted"] == table["inserted"] <= 700  # fewer where a row was gone within one batch
    assert row["inserted"] - row["deleted"] == pair.source_query("SELECT COUNT(*) FROM t")[0][0] - 3


def test_table_without_transactions(pair):
    task = streaming(pair, PLAIN.replace(")); I", ")) ENGINE=MyISAM; I") +
                     "; CREATE TABLE i (id INT PRIMARY KEY) ENGINE=InnoDB")
    follows(pair, task, "t", "i", sql="""
        INSERT INTO t VALUES (10, 'a'), (11, 'b'); UPDATE t SET v = 'c' WHERE id > 9; DELETE FROM t WHERE id = 1;
        INSERT INTO i VALUES (1); REPLACE INTO t VALUES (2, 'r')""")
    assert pair.source_query("SELECT engine FROM information_schema.tables WHERE table_schema = DATABASE() "
                             "AND table_name = 't'") == [("MyISAM",)]


def caught_up(pair, task):
    end = pair.source.binlog_position()
    return offset(task.row()["applied_position"]) >= (end[0], int(end[1]))


# --- operations ------------------------------------------------------------------------------------------------

# What the target has, having begun with (1, 'one'), (2, 'two'), (3, 'three'), after:
CHANGES = """INSERT INTO t VALUES (4, 'four'); UPDATE t SET v = 'TWO' WHERE id = 2; DELETE FROM t WHERE id = 3;
    UPDATE t SET v = 'FOUR' WHERE id = 4; INSERT INTO t VALUES (3, 'three again'); DELETE FROM t WHERE id = 4"""
OPERATIONS = [
    ("insert,update", {(1, "one"), (2, "TWO"), (3, "three again"), (4, "FOUR")}),
    ("insert,update,delete", {(1, "one"), (2, "TWO"), (3, "three again")}),
    ("update,delete", {(1, "one"), (2, "TWO")}),
    ("insert,delete", {(1, "one"), (2, "two"), (3, "three again")}),
    ("update", {(1, "one"), (2, "TWO"), (3, "three")}),
    ("delete", {(1, "one"), (2, "two")}),
]


@pytest.mark.sources("mariadb")
@pytest.mark.parametrize("operations, expected", OPERATIONS, ids=[operations for operations, _ in OPERATIONS])
def test_operations(pair, operations, expected):
    """Leaving one out makes rows differ from the source's: that must not stop the task later."""
    task = streaming(pair, PLAIN + "; CREATE TABLE u (id INT PRIMARY KEY, v VARCHAR(100)); INSERT INTO u SELECT * FROM t",
                     operations=operations.split(",") + ["alter"])
    pair.source_execute(CHANGES)
    in_one_transaction = CHANGES.replace(" t ", " u ")
    pair.source_execute(f"BEGIN; {in_one_transaction}; COMMIT")
    task.wait_for_catchup()
    for table in ("t", "u"):
        assert set(pair.target_query(f'SELECT * FROM "{pair.name}".{table}')) == expected


@pytest.mark.sources("mariadb")
def test_truncate_is_a_delete(pair):
    task = streaming(pair, operations=["insert", "update"])
    pair.source_execute("TRUNCATE t; INSERT INTO t VALUES (1, 'new one'), (9, 'nine')")
    task.wait_for_catchup()
    assert set(pair.target_query(f'SELECT * FROM "{pair.name}".t')) == {
        (1, "new one"), (2, "two"), (3, "three"), (9, "nine")}


def test_without_alter(pair):
    """Columns come and go on the source; rows keep flowing by name, the target's columns stay."""
    task = streaming(pair, "CREATE TABLE t (id INT PRIMARY KEY, a INT NOT NULL, b INT); INSERT INTO t VALUES (1, 1, 1)",
                     operations=["insert", "update", "delete"])
    pair.source_execute("INSERT INTO t VALUES (2, 2, 2); ALTER TABLE t ADD COLUMN first INT DEFAULT 7 FIRST;"
                        "INSERT INTO t VALUES (7, 3, 3, 3); ALTER TABLE t DROP COLUMN a; INSERT INTO t VALUES (7, 4, 4);"
                        "ALTER TABLE t CHANGE b bb INT; INSERT INTO t VALUES (7, 5, 5);"
                        "UPDATE t SET bb = bb * 10, first = 8")
    task.wait_for_catchup()
    assert pair.target_query(f'SELECT * FROM "{pair.name}".t ORDER BY id') == [
        (1, 1, 10), (2, 2, 20), (3, 3, 30), (4, None, 40), (5, None, 50)]
    # The mapping is in the catalog, not only in the worker.
    task.stop().start()
    pair.source_execute("INSERT INTO t VALUES (7, 6, 6)")
    task.wait_for_catchup()
    assert pair.target_query(f'SELECT * FROM "{pair.name}".t WHERE id = 6') == [(6, None, 6)]


# --- ALTER TABLE -----------------------------------------------------------------------------------------------

ALTERABLE = """CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(20), e ENUM('x','y'), ts TIMESTAMP NULL)
    CHARACTER SET utf8mb4; INSERT INTO t VALUES (1, 1, 'one', 'x', '2020-01-01'), (2, NULL, NULL, NULL, NULL)"""

ALTERS = {
    "literal": "ADD COLUMN n INT DEFAULT 42",
    "literal not null": "ADD COLUMN n INT NOT NULL DEFAULT -42",
    "null": "ADD COLUMN n INT NULL",
    "null by default": "ADD n VARCHAR(10) DEFAULT NULL",
    "not null without default": "ADD COLUMN n INT NOT NULL",
    "text not null without default": "ADD COLUMN n VARCHAR(10) NOT NULL",
    "enum not null without default": "ADD COLUMN n ENUM('p','q') NOT NULL",
    "decimal": "ADD COLUMN n DECIMAL(10,2) NOT NULL DEFAULT 1.005",
    "text": "ADD COLUMN n VARCHAR(20) NOT NULL DEFAULT 'it''s \\\\ \"ü\" 😀'",
    "double": "ADD COLUMN n DOUBLE DEFAULT 1e100, ADD COLUMN m FLOAT DEFAULT 0.1",
    "bit": "ADD COLUMN n BIT(8) NOT NULL DEFAULT b'10000001'",
    "binary": "ADD COLUMN n BINARY(4) NOT NULL DEFAULT 'ab', ADD COLUMN m VARBINARY(4) DEFAULT x'00ff'",
    "time": "ADD COLUMN n TIME DEFAULT '-12:30:00', ADD COLUMN m YEAR DEFAULT 69",
    "date": "ADD COLUMN n DATE DEFAULT '2020-02-29', ADD COLUMN m DATETIME(3) DEFAULT '2020-02-29 01:02:03.004'",
    "now": "ADD COLUMN n TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP",
    "now datetime": "ADD COLUMN n DATETIME NOT NULL DEFAULT NOW()",
    "first": "ADD COLUMN n INT DEFAULT 1 FIRST",
    "after": "ADD COLUMN n INT DEFAULT 1 AFTER id",
    "drop": "DROP COLUMN a",
    "drop and add": "DROP COLUMN a, ADD COLUMN a VARCHAR(10) DEFAULT 'new'",
    "rename": "CHANGE COLUMN a aa INT",
    "rename in another case": "CHANGE a A INT",
    "swapped names": "CHANGE a b INT, CHANGE b a VARCHAR(20)",
    "rename onto a dropped one": "DROP COLUMN b, CHANGE a b INT",
    "several": "ADD COLUMN n INT DEFAULT 5 FIRST, DROP COLUMN b, ADD m VARCHAR(5) DEFAULT 'm' AFTER aa, CHANGE a aa INT",
    "list": "ADD COLUMN (n INT DEFAULT 3, m VARCHAR(3) NOT NULL DEFAULT 'abc')",
    "reordered": "MODIFY COLUMN b VARCHAR(20) FIRST",
    "enum grows": "MODIFY e ENUM('x','y','z')",
    "default only": "ALTER COLUMN a SET DEFAULT 9",
    "comment only": "COMMENT = 'a, b; DROP TABLE t', MODIFY a INT COMMENT 'first)'",
    "index": "ADD INDEX i (a), ADD UNIQUE KEY u (b)",
    "engine": "ENGINE=InnoDB, ROW_FORMAT=DYNAMIC",
    "key is moved": "MODIFY id INT NOT NULL AFTER b",
    "wider": "MODIFY a BIGINT, MODIFY b VARCHAR(40)",
    "wider in a list": "ADD COLUMN n INT DEFAULT 1, CHANGE b bb TEXT",
    "wider key": "MODIFY id BIGINT NOT NULL",
    "no key": "DROP PRIMARY KEY",
    "another key": "ADD COLUMN n INT NOT NULL DEFAULT 3, DROP PRIMARY KEY, ADD PRIMARY KEY (n, id)",
}


def altered(name, table):
    """Rows before and behind it."""
    last_label = 3 if name == "enum grows" else 2
    return f"""INSERT INTO {table} (id, a, b, e) VALUES (3, 3, 'before', 'y');
        UPDATE {table} SET b = 'changed' WHERE id = 1;
        ALTER TABLE {table} {ALTERS[name]};
        SET sql_mode = ''; INSERT INTO {table} (id) VALUES (4); UPDATE {table} SET e = {last_label} WHERE id = 2;
        DELETE FROM {table} WHERE id = 3"""


def test_alter(pair):
    """Each of them, on a table of its own."""
    tables = {name: name.replace(" ", "_") + "_" for name in ALTERS}
    for table in tables.values():
        pair.source_execute(ALTERABLE.replace("TABLE t", f"TABLE {table}").replace("INTO t", f"INTO {table}"))
    task = pair.run_task()
    for name, table in tables.items():
        pair.source_execute(altered(name, table))
    task.wait_for_catchup()
    # What a new worker knows of the tables is what the catalog says.
    task.stop().start()
    for table in tables.values():
        pair.source_execute(f"SET sql_mode = ''; INSERT INTO {table} (id) VALUES (5);"
                            f"UPDATE {table} SET e = 'x' WHERE id = 1")
    task.wait_for_catchup()
    different = []
    for table in tables.values():
        try:
            pair.assert_same(table)
        except AssertionError as error:
            different.append(str(error))
    assert different == []
    assert task.errors() == []


TIME_ZONES = {
    "literal": "ADD COLUMN n TIMESTAMP NOT NULL DEFAULT '2020-01-01 12:00:00'",
    "now": "ADD COLUMN n DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP",
    "now as timestamp": "ADD COLUMN n TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP",
    "fraction": "ADD COLUMN n DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)",
}


@pytest.mark.parametrize("name", TIME_ZONES)
def test_alter_under_a_time_zone(pair, name):
    """The default is what the session's clock said, to the fraction, or it is refused; it is never another time."""
    task = streaming(pair, ALTERABLE)
    pair.source_execute(f"SET time_zone = '+05:30'; ALTER TABLE t {TIME_ZONES[name]}; INSERT INTO t (id) VALUES (3)")
    wait_until(lambda: task.state() == "failed" or caught_up(pair, task), message="the ALTER was read")
    if task.state() == "failed":
        assert TIME_ZONES[name] in (failure(task)["detail"] or "")
    else:
        pair.assert_same("t")


@pytest.mark.sources("mysql9")
def test_timestamps_as_the_session_reads_them(pair):
    """Without explicit_defaults_for_timestamp the first TIMESTAMP of a table is the time, others are zero."""
    task = streaming(pair, ALTERABLE)
    pair.source_execute("SET explicit_defaults_for_timestamp = 0, sql_mode = 'STRICT_TRANS_TABLES';"
                        "ALTER TABLE t DROP ts, ADD COLUMN n TIMESTAMP, ADD COLUMN m TIMESTAMP(3) NULL;"
                        "INSERT INTO t (id) VALUES (3)")
    task.wait_for_catchup()
    pair.assert_same("t")


@pytest.mark.sources("mariadb")
def test_alters_logged_twice(pair):
    """With binlog_alter_two_phase an ALTER is logged as it starts and as it ends; one that fails, too."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, v INT); INSERT INTO t VALUES (1, 1), (2, 1)")
    task = pair.run_task()
    start = pair.source.binlog_position()[0]
    with pair.source.connect(pair.name) as connection, connection.cursor() as cursor:
        cursor.execute("SET binlog_alter_two_phase = 1")
        cursor.execute("ALTER TABLE t ADD COLUMN a INT NOT NULL DEFAULT 7, ALGORITHM = COPY")
        cursor.execute("INSERT INTO t VALUES (3, 3, 3)")
        with pytest.raises(pymysql.err.IntegrityError):
            cursor.execute("ALTER TABLE t ADD COLUMN b INT, ADD UNIQUE (v), ALGORITHM = COPY")
        cursor.execute("INSERT INTO t VALUES (4, 4, 4)")
        cursor.execute("ALTER TABLE t CHANGE v w BIGINT FIRST, RENAME TO u")
        cursor.execute("INSERT INTO u VALUES (5, 5, 5)")
    events = " ".join(event[5] for event in pair.source.binlog_events(start))
    assert "START ALTER" in events and "COMMIT ALTER" in events and "ROLLBACK ALTER" in events
    task.wait_for_catchup()
    pair.assert_same("u")


def test_alters_under_a_writer(pair):
    """Statements and rows from two sessions, the order between them is the binlog's."""
    task = streaming(pair, "CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v INT NOT NULL)")
    done = threading.Event()

    def write():
        with pair.source.connect(pair.name) as connection, connection.cursor() as cursor:
            i = 0
            while not done.is_set():
                i += 1
                cursor.execute("INSERT INTO t (v) VALUES (%s)", (i,))
                cursor.execute("UPDATE t SET v = v + 1 WHERE id = %s", (i // 2,))
                cursor.execute("DELETE FROM t WHERE id = %s", (i // 3 * 2,))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for i in range(10):
            definition, place = "VARCHAR(10) NOT NULL DEFAULT 'd'", "FIRST" if i % 2 else ""
            pair.source_execute(f"ALTER TABLE t ADD COLUMN c{i} {definition} {place}")
            if i % 3 == 2:
                pair.source_execute(f"ALTER TABLE t DROP COLUMN c{i - 1}, CHANGE c{i} renamed{i} {definition}")
    finally:
        done.set()
        writer.join()
    follows(pair, task)


# --- statements that must not disturb --------------------------------------------------------------------------

HARMLESS = {
    "on the table": "ALTER TABLE t ADD INDEX i (v); CREATE INDEX j ON t (v); DROP INDEX i ON t; ANALYZE TABLE t;"
                    "OPTIMIZE TABLE t; ALTER TABLE t COMMENT = 'hello'; ALTER TABLE t AUTO_INCREMENT = 100; CHECK TABLE t;"
                    "REPAIR TABLE t; FLUSH TABLES; LOCK TABLES t WRITE; UNLOCK TABLES; CREATE TABLE IF NOT EXISTS t (id INT)",
    "views": "CREATE VIEW vw AS SELECT * FROM t; ALTER VIEW vw AS SELECT id FROM t; DROP VIEW vw",
    "programs": "CREATE PROCEDURE p() BEGIN INSERT INTO t VALUES (80, 'p'); INSERT INTO other VALUES (1); END;"
                "CALL p(); DROP PROCEDURE p; CREATE EVENT ev ON SCHEDULE EVERY 1 DAY DO DELETE FROM t; DROP EVENT ev;"
                "CREATE TRIGGER tr AFTER INSERT ON other FOR EACH ROW UPDATE t SET v = 'triggered' WHERE id = 1;"
                "INSERT INTO other VALUES (2); DROP TRIGGER tr",
    "accounts": "CREATE USER someone@localhost IDENTIFIED BY 'Secret-1'; GRANT SELECT ON *.* TO someone@localhost;"
                "REVOKE SELECT ON *.* FROM someone@localhost; DROP USER someone@localhost; FLUSH PRIVILEGES",
    "other tables": "ALTER TABLE other ADD COLUMN x GEOMETRY, ADD COLUMN y INT AS (id + 1);"
                    "RENAME TABLE other TO other2, other2 TO other; ALTER TABLE other MODIFY id BIGINT; TRUNCATE other;"
                    "CREATE TABLE copy LIKE t; INSERT INTO copy SELECT * FROM t;"
                    "ALTER TABLE copy RENAME TO copy2; DROP TABLE copy2, nothing_here",
    "partitions": "CREATE TABLE parted (id INT PRIMARY KEY) PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (9));"
                  "ALTER TABLE parted ADD PARTITION (PARTITION p1 VALUES LESS THAN (20));"
                  "INSERT INTO parted VALUES (1), (11);"
                  "ALTER TABLE parted DROP PARTITION p0; ALTER TABLE parted TRUNCATE PARTITION p1; DROP TABLE parted",
    "databases": "CREATE DATABASE `{name}_2`; CREATE TABLE `{name}_2`.t (other INT); INSERT INTO `{name}_2`.t VALUES (1);"
                 "ALTER TABLE `{name}_2`.t ADD COLUMN x INT; DROP TABLE `{name}_2`.t; DROP DATABASE `{name}_2`",
    "temporary": "CREATE TEMPORARY TABLE t (x INT); INSERT INTO t VALUES (1); ALTER TABLE t ADD COLUMN y INT;"
                 "TRUNCATE t; DROP TEMPORARY TABLE t; CREATE TEMPORARY TABLE t (x INT)",
    "statements": "SET SESSION binlog_format = 'STATEMENT'; INSERT INTO other (id) VALUES (5); UPDATE other SET id = 6;"
                  "INSERT INTO other SELECT id + 10 FROM t",
}


def statements(sql):
    """Split at semicolons, but not inside BEGIN … END."""
    parts, depth = [], 0
    for piece in sql.split(";"):
        if depth:
            parts[-1] += ";" + piece
        else:
            parts.append(piece)
        depth += piece.count("BEGIN") - piece.count(" END")
    return [part for part in parts if part.strip()]


def passes_over(pair, names):
    # Without it the triggers of other tables are not seen, and statements may change any table.
    pair.grant("TRIGGER")
    task = streaming(pair, PLAIN + "; CREATE TABLE other (id INT PRIMARY KEY)", tables=[f"{pair.name}.t"])
    with pair.source.connect(pair.name) as connection, connection.cursor() as cursor:
        for name in names:
            for statement in statements(HARMLESS[name].replace("{name}", pair.name)):
                try:
                    cursor.execute(statement)
                except pymysql.err.Error as error:  # unknown to this source, or DROP TABLE of one that is not there
                    print(f"{statement}: {error}")
            cursor.execute("DROP TEMPORARY TABLE IF EXISTS t")
    follows(pair, task, sql="INSERT INTO t VALUES (90, 'behind'); UPDATE t SET v = 'behind' WHERE id = 2")
    assert task.errors() == []


@pytest.mark.sources("mariadb")
@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_statements(pair, name):
    passes_over(pair, [name])


@pytest.mark.sources("mysql56", "mysql9")
def test_all_harmless_statements(pair):
    passes_over(pair, HARMLESS)


def test_hundred_statements_on_other_tables(pair):
    task = streaming(pair, tables=[f"{pair.name}.t"])
    for i in range(33):
        pair.source_execute(f"CREATE TABLE o{i} (id INT); ALTER TABLE o{i} ADD COLUMN v INT; DROP TABLE o{i};"
                            f"INSERT INTO t VALUES ({100 + i}, 'between')")
    follows(pair, task)
    assert task.errors() == []


# --- statements that the target follows, or that stop the task --------------------------------------------------


def test_truncate(pair):
    task = streaming(pair)
    follows(pair, task, sql="INSERT INTO t VALUES (4, 'four'); UPDATE t SET v = 'x'; TRUNCATE TABLE t;"
                            "INSERT INTO t VALUES (1, 'new one'), (5, 'five')")
    follows(pair, task, sql="INSERT INTO t VALUES (6, 'six'); TRUNCATE t")
    assert task.row()["ddl"] == 2


def test_drop_table_keeps_the_target(pair):
    task = streaming(pair, PLAIN + "; CREATE TABLE u (id INT PRIMARY KEY)")
    follows(pair, task, "u", sql="INSERT INTO t VALUES (4, 'last'); DROP TABLE t; INSERT INTO u VALUES (1)")
    kept = f'SELECT count(*) FROM "{pair.name}".t'
    assert pair.target_query(kept) == [(4,)]
    assert task.tables()[f"{pair.name}.t"]["state"] == "dropped"
    assert "DROP TABLE" in task.errors()[0]["detail"] and task.errors()[0]["source_table"] == f"{pair.name}.t"


def test_drop_database_keeps_the_target(pair):
    task = streaming(pair)
    pair.source.execute(f"DROP DATABASE `{pair.name}`")
    task.wait_for_catchup()
    pair.source.execute(f"CREATE DATABASE `{pair.name}`")
    assert pair.target_query(f'SELECT count(*) FROM "{pair.name}".t') == [(3,)]
    assert task.state() == "synchronizing"


FATAL = {
    "system versioning": "ALTER TABLE t ADD SYSTEM VERSIONING",
    "an engine without rows": "ALTER TABLE t ENGINE = BLACKHOLE",
}


@pytest.mark.sources("mariadb")
@pytest.mark.parametrize("name", ["system versioning"])
def test_statements_that_stop_the_task(pair, name):
    stops_at(pair, name)


@pytest.mark.sources("mysql56", "mysql9")
@pytest.mark.parametrize("name", ["an engine without rows"])
def test_some_statements_that_stop_the_task(pair, name):
    stops_at(pair, name)


def stops_at(pair, name):
    task = streaming(pair, PLAIN + "; CREATE TABLE other (id INT PRIMARY KEY, v VARCHAR(100))",
                     tables=[f"{pair.name}.t"])
    pair.source_execute("INSERT INTO t VALUES (4, 'before')")
    before = pair.source.binlog_position()
    pair.source_execute(FATAL[name])
    end = pair.source.binlog_position()
    for attempt in (1, 2):  # a second start must not step over it
        error = failure(task)
        assert len(task.errors()) == attempt
        assert FATAL[name] in error["detail"]
        assert error["source_table"] == f"{pair.name}.t" and error["remedy"]
        assert (before[0], int(before[1])) <= offset(error["position"]) < (end[0], int(end[1]))
        assert offset(task.row()["applied_position"]) < (end[0], int(end[1]))
        assert task.tables()[f"{pair.name}.t"]["state"] == "failed"
        if attempt == 1:
            task.start()
            wait_until(lambda: len(task.errors()) == 2, message="the task meets the statement again")
    assert pair.target_query(f'SELECT count(*) FROM "{pair.name}".t') == [(4,)]


ROW_STATEMENTS = [
    "INSERT INTO t VALUES (4, 'four')",
    "LOAD DATA INFILE '{file}' INTO TABLE t",
    "UPDATE t SET v = 'x'",
    "DELETE FROM t WHERE id = 1",
    "REPLACE INTO t VALUES (1, 'x')",
    "DELETE t FROM other JOIN t USING (id)",
    "UPDATE other JOIN t USING (id) SET t.v = 'x'",
]


@pytest.mark.sources("mariadb")
@pytest.mark.parametrize("statement", ROW_STATEMENTS)
def test_rows_logged_as_a_statement(pair, servers_directory, statement):
    reads_again(pair, servers_directory, statement)


@pytest.mark.sources("mysql56", "mysql9")
@pytest.mark.parametrize("statement", ROW_STATEMENTS[:2])
def test_some_rows_logged_as_a_statement(pair, servers_directory, statement):
    reads_again(pair, servers_directory, statement)


def reads_again(pair, servers_directory, statement):
    file = servers_directory / "rows.txt"
    file.write_text("7\tseven\n")
    os.chmod(file, 0o644)
    task = streaming(pair, PLAIN + "; CREATE TABLE other (id INT PRIMARY KEY); INSERT INTO other VALUES (1)",
                     tables=[f"{pair.name}.t"])
    statement = statement.replace("{file}", str(file))
    pair.source_execute(f"INSERT INTO t VALUES (20, 'before'); SET SESSION binlog_format = 'STATEMENT'; BEGIN; {statement}; COMMIT;"
                        "SET SESSION binlog_format = 'ROW'; INSERT INTO t VALUES (21, 'behind')")
    settle(task)
    pair.assert_same("t")
    notices = [error for error in task.errors() if error["source_table"] == f"{pair.name}.t"]
    assert {error["sqlstate"] for error in notices} == {"00000", "01000"}
    assert any(statement.split()[0] in error["message"] for error in notices)


# --- the log itself --------------------------------------------------------------------------------------------


def test_log_files_change(pair):
    task = streaming(pair)
    for i in range(5):
        pair.source_execute(f"INSERT INTO t VALUES ({10 + i}, 'a'); FLUSH LOGS")
    follows(pair, task)
    task.stop()
    pair.source_execute("FLUSH LOGS; INSERT INTO t VALUES (20, 'while paused'); FLUSH LOGS")
    follows(pair, task.start())
    assert task.row()["applied_position"].startswith(pair.source.binlog_position()[0])


def test_purged_logs(pair):
    task = streaming(pair)
    task.wait_for_catchup().stop()
    pair.source_execute("INSERT INTO t VALUES (10, 'lost'); FLUSH LOGS; FLUSH LOGS")
    pair.source.execute("PURGE BINARY LOGS TO %s", (pair.source.binlog_position()[0],))
    error = failure(task.start())
    assert "purged" in error["remedy"] and "load" in error["remedy"]
    assert task.row()["last_error"]


def reset_logs(source):
    source.execute("RESET BINARY LOGS AND GTIDS" if source.kind == "mysql9" else "RESET MASTER")


def test_log_files_change_on_an_idle_source(pair):
    """Whatever the worker commits between the end of a file and the beginning of the next."""
    task = streaming(pair)
    quiet = "SELECT clock_timestamp() - last_commit_at > interval '1.1 s' FROM mysql_sync.tasks"
    for _ in range(4):
        # Long enough ago that the worker wants to store where it is, as soon as it has moved at all.
        wait_until(lambda: pair.target_query(quiet) == [(True,)], 10, "the last commit is a while ago")
        pair.source_execute("FLUSH LOGS")
        name = pair.source.binlog_position()[0]
        wait_until(lambda: task.row()["applied_position"].startswith(name + ":"), 10, "the position is in the new file")
    follows(pair, task)


def clock(source):
    """The source's time in whole seconds."""
    return source.query("SELECT UNIX_TIMESTAMP()")[0][0]


def test_reset_logs(pair):
    task = streaming(pair)
    pair.source_execute("FLUSH LOGS; INSERT INTO t VALUES (10, 'ten')")
    task.wait_for_catchup().stop()
    reset_logs(pair.source)
    pair.source_execute("INSERT INTO t VALUES (11, 'lost')")
    error = failure(task.start())
    assert "reset" in error["remedy"] and "load" in error["remedy"]


def test_reset_logs_that_have_grown_again(pair):
    """The old position is the start of an event of the new log as well: what was logged before it must not be lost."""
    reset_logs(pair.source)
    begun = clock(pair.source)
    task = streaming(pair, PLAIN + "; CREATE TABLE other (id INT PRIMARY KEY)", tables=[f"{pair.name}.t"])
    for i in range(20):
        pair.source_execute(f"INSERT INTO t VALUES ({100 + i}, 'v')")
    task.wait_for_catchup().stop()
    name, end = pair.source.binlog_position()
    # Logs are told apart by the second in which they were begun.
    wait_until(lambda: clock(pair.source) > begun, 5, "the source's clock goes on")
    reset_logs(pair.source)
    pair.source_execute("INSERT INTO t VALUES (200, 'lost')")
    start = pair.source.binlog_position()[1]
    comment(pair, 300)
    length = pair.source.binlog_position()[1] - start
    comment(pair, 300 + end - pair.source.binlog_position()[1] - length)
    assert pair.source.binlog_position()[:2] == (name, end)
    pair.source_execute("INSERT INTO t VALUES (201, 'found')")
    assert failure(task.start())["remedy"]


def comment(pair, length):
    """A statement that is as long in the log as wanted."""
    pair.source_execute(f"ALTER TABLE other COMMENT '' /* {'x' * length} */")


def test_without_checksums(pair):
    task = streaming(pair)
    with pair.source.set_global(binlog_checksum="NONE"):
        follows(pair, task, sql="INSERT INTO t VALUES (10, 'none'); UPDATE t SET v = 'x'; ALTER TABLE t ADD n INT")
        task.stop().start()
        follows(pair, task, sql="INSERT INTO t VALUES (11, 'no checksum', 1)")
    follows(pair, task, sql="INSERT INTO t VALUES (12, 'with checksum', 2)")
    task.stop().start()
    follows(pair, task, sql="DELETE FROM t WHERE id = 11")


@pytest.mark.sources("mysql9")
def test_compressed_transactions(pair):
    """A session may switch it on for itself, whatever the server's variable says."""
    task = streaming(pair, PLAIN.replace("VARCHAR(100)", "VARCHAR(1000)") + "; CREATE TABLE other (id INT PRIMARY KEY)",
                     tables=[f"{pair.name}.t"])
    on = "SET SESSION binlog_transaction_compression = ON; "
    follows(pair, task, sql=on + "INSERT INTO t VALUES (10, REPEAT('compressed', 10)); INSERT INTO other VALUES (1);"
                                 "BEGIN; UPDATE t SET v = 'x'; DELETE FROM t WHERE id = 2; INSERT INTO other VALUES (2);"
                                 "COMMIT; ALTER TABLE t ADD n INT DEFAULT 3; INSERT INTO t VALUES (11, 'y', 4)")
    many = ", ".join(f"({i}, REPEAT('{i}', 30), {i})" for i in range(100, 5100))
    follows(pair, task, sql=on + "INSERT INTO t VALUES " + many)
    task.stop().start()
    follows(pair, task, sql="INSERT INTO t VALUES (12, 'plain', 5)")


@pytest.mark.sources("mariadb")
def test_compressed_events(pair):
    task = streaming(pair, PLAIN.replace("VARCHAR(100)", "VARCHAR(1000)"))
    with pair.source.set_global(log_bin_compress=1, log_bin_compress_min_len=10):
        follows(pair, task, sql="INSERT INTO t VALUES (10, REPEAT('compressed', 10)); UPDATE t SET v = CONCAT(v, v);"
                                "ALTER TABLE t ADD COLUMN n VARCHAR(200) DEFAULT 'long enough to be compressed';"
                                "INSERT INTO t VALUES (11, 'x', 'y'); DELETE FROM t WHERE id = 1")


# --- delay -----------------------------------------------------------------------------------------------------


def test_delay_of_an_idle_source(pair):
    task = streaming(pair)
    pair.source_execute("INSERT INTO t VALUES (10, 'last')")
    task.wait_for_catchup()
    wait_until(lambda: task.row()["delay"].total_seconds() == 0, 5, "the delay is 0")
    row = task.row()
    assert row["delay_bytes"] == 0 and row["source_position"] == row["applied_position"]
    assert row["pid"] and row["retries"] == 0 and row["last_error"] is None


@pytest.mark.sources("mariadb")
def test_delay_grows_while_nothing_can_be_applied(pair):
    """A session on the target holds the table: the delay must not stand at 0 meanwhile."""
    task = streaming(pair)
    task.wait_for_catchup()
    holder = pair.target.connect(pair.name, autocommit=False)
    try:
        holder.cursor().execute(f'LOCK TABLE "{pair.name}".t IN ACCESS EXCLUSIVE MODE')
        pair.source_execute("INSERT INTO t VALUES (10, 'held up')")
        assert pair.target_query("SELECT mysql_sync.wait_for_catchup(%s, '1 s')", (task.name,)) == [(False,)]
        wait_until(lambda: task.row()["delay"].total_seconds() > 1, 15, "the delay grows")
        before = task.row()["delay"]
        wait_until(lambda: task.row()["delay"] > before, 5, "the delay grows on")
    finally:
        holder.close()
    follows(pair, task)
    wait_until(lambda: task.row()["delay"].total_seconds() == 0, 5, "the delay is 0 again")
