"""Statements of clients with other character sets, and labels that are no text."""

import contextlib

import pytest


def connect(pair, charset):
    """A session whose statements go out as the bytes that they are."""
    connection = pair.source.connect(pair.name, charset="latin1", use_unicode=False)
    with connection.cursor() as cursor:
        cursor.execute(f"SET NAMES {charset}")
    return connection


def run(pair, charset, *statements):
    with connect(pair, charset) as connection, connection.cursor() as cursor:
        for statement in statements:
            if isinstance(statement, str):
                statement = statement.encode("ascii")
            connection._execute_command(3, statement)  # COM_QUERY: bytes as they are
            connection._read_query_result()
            while connection._result.has_next:
                connection.next_result()


CLIENTS = {
    "binary": [b"CREATE TABLE t1 (id INT PRIMARY KEY, a ENUM('\xD2\xBB','b') CHARACTER SET gbk, c VARCHAR(9) CHARACTER SET gbk DEFAULT '\xD2\xBB',"
               b" d VARCHAR(9) CHARACTER SET utf8mb4 DEFAULT '\xC3\xA9' COMMENT '\xC3\xA9')",
               b"ALTER TABLE t1 ADD e SET('\xE9','\xE6') CHARACTER SET latin1 DEFAULT '\xE9'",
               b"INSERT INTO t1 (id, a) VALUES (1, 1), (2, 2)"],
    "sjis": [b"CREATE TABLE t2 (id INT PRIMARY KEY, `\x83\x60` ENUM('\x95\x5C','\x83\x5C''x') CHARACTER SET utf8mb4, c VARCHAR(9) CHARACTER SET sjis DEFAULT '\x95\x5C')",
             b"INSERT INTO t2 (id, `\x83\x60`) VALUES (1, 1), (2, 2)", b"ALTER TABLE t2 CHANGE `\x83\x60` `\x95\x5C` ENUM('\x95\x5C','\x83\x5C''x','\x81\x5F') CHARACTER SET utf8mb4",
             b"INSERT INTO t2 (id, `\x95\x5C`) VALUES (3, 3)"],
    "gbk": [b"CREATE TABLE t3 (id INT PRIMARY KEY, a ENUM('\x81\x5C','b\\'') DEFAULT '\x81\x5C', c VARCHAR(9) DEFAULT _latin1'\xE9') CHARACTER SET utf8mb4",
            b"INSERT INTO t3 (id) VALUES (1)"],
    "big5": [b"CREATE TABLE t4 (id INT PRIMARY KEY, `\xA5\x5C` ENUM('\xA5\x5C','b') CHARACTER SET utf8mb4)", b"INSERT INTO t4 VALUES (1, 1), (2, 2)",
             b"ALTER TABLE t4 ADD COLUMN c VARCHAR(9) CHARACTER SET big5 NOT NULL DEFAULT '\xA5\x5C' /* \xA5\x5C' */"],
    "swe7": [b"CREATE TABLE t5 (id INT PRIMARY KEY, r ENUM('{','b') CHARACTER SET utf8mb4)", b"INSERT INTO t5 VALUES (1, 1), (2, 2)",
             # Outside quotes [ ] { } ^ ~ are letters and name themselves; | @ \ are none.
             rb"ALTER TABLE t5 ADD [{ INT DEFAULT 1, ADD x}^~ VARCHAR(9) CHARACTER SET utf8mb4 DEFAULT '|@\\\\``', ADD `|@\ ``]` INT, ADD CHECK ((id | 4) > 0)",
             b"INSERT INTO t5 (id, `|@\\ ``]`) VALUES (3, 3)", b"ALTER TABLE t5 DROP [{, CHANGE `|@\\ ``]` ]o INT", b"CREATE DEFINER=a@localhost VIEW v5 AS SELECT 1 AS [o",
             b"CREATE TABLE [ (id INT PRIMARY KEY)", b"ALTER TABLE [ RENAME TO `|@`", b"INSERT INTO `|@` VALUES (1)", b"INSERT INTO t5 (id) VALUES (4)"],
    "latin1": [b"CREATE TABLE t6 (id INT PRIMARY KEY, \xE9 ENUM('\xE9','b') CHARACTER SET utf8mb4, c VARCHAR(9) CHARACTER SET utf8mb4 DEFAULT _utf8'\xC3\xA9')",
               b"INSERT INTO t6 (id, \xE9) VALUES (1, 1), (2, 2)"],
}


def test_clients(pair):
    pair.source_execute("CREATE TABLE one (id INT PRIMARY KEY)")
    task = pair.run_task()
    with pair.source.set_global(binlog_row_image="MINIMAL") if pair.source.kind != "mariadb" else contextlib.nullcontext():
        for charset, statements in CLIENTS.items():
            run(pair, charset, *statements)
    task.wait_for_catchup()
    for number in range(1, len(CLIENTS) + 1):
        pair.assert_same(f"t{number}")
    assert pair.target_query(f'SELECT count(*) FROM "{pair.name}"."öÉ"') == [(1,)]
    assert {(column, label) for column, label in pair.target_query(f'SELECT a, c FROM "{pair.name}".t1 WHERE id = 1')} == {("\u4e00", "\u4e00")}
    assert [error for error in task.errors() if error["sqlstate"] == "00000"] == []


LABELS = ("CREATE TABLE {0} (id INT PRIMARY KEY, a ENUM(0x6100,0x6200), s SET(0x610062,'c')) CHARACTER SET utf8mb4;"
          "CREATE TABLE {0}_b (id INT PRIMARY KEY, a ENUM(0x126DFEC3,'b') CHARACTER SET binary)")
ROWS = "INSERT INTO {0} VALUES (1, 1, 1), (2, 2, 3); INSERT INTO {0}_b VALUES (1, 1), (2, 2)"


@pytest.mark.sources("mysql9", "mariadb")
def test_labels_that_are_no_text(pair):
    """The policies decide about them, in the load as in the binlog."""
    pair.source_execute(LABELS.format("l") + ";" + ROWS.format("l"))
    task = pair.task().create(options={"nul_bytes": "~", "invalid_text": "#"})
    assert [item for item in task.precheck() if item["status"] == "failed"] == []
    task.start().wait_state()
    pair.source_execute(LABELS.format("n") + ";" + ROWS.format("n"))
    task.wait_for_catchup()
    for table in "l", "n":
        assert pair.target_query(f'SELECT id, a, s FROM "{pair.name}".{table} ORDER BY 1') == [(1, "a~", "a~b"), (2, "b~", "a~b,c")]
        assert [row[0] for row in pair.target_query(f'SELECT a FROM "{pair.name}".{table}_b ORDER BY id')] == ["\x12m##", "b"]
    pair.source_execute("UPDATE l_b SET a = 2 WHERE id = 1; UPDATE l SET a = 1 WHERE id = 2; ALTER TABLE n ADD COLUMN more ENUM(0x6300)")
    if pair.source.kind == "mysql9":  # MariaDB's catalog has question marks for them: docs say so
        pair.source_execute("UPDATE l_b SET a = 1 WHERE id = 1")
        task.wait_for_catchup()
        assert [row[0] for row in pair.target_query(f'SELECT a FROM "{pair.name}".l_b ORDER BY id')] == ["\x12m##", "b"]
    pair.source_execute("UPDATE n SET more = 1")
    task.wait_for_catchup()
    assert pair.target_query(f'SELECT a, more FROM "{pair.name}".n') == [("a~", "c~"), ("b~", "c~")]
    assert task.state() == "synchronizing"
