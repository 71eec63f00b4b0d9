"""Bytes that are no text, and NUL bytes: the same in the load and in the stream, by the policies, and counted."""

import psycopg2
import pytest

from harness.wait import wait_until

# In a column of the character set: bytes that old clients put there. cp1251 takes every byte.
BROKEN = b"\xe6\x98\xe6"
MARKED = "\u0436\u00bf\u0436"


def _insert(pair, table, *rows):
    """Bytes as they are; without a strict mode, as the clients that did this had none."""
    for row in rows:
        values = ", ".join(f"x'{cell.hex()}'" if isinstance(cell, bytes) else repr(cell) for cell in row)
        pair.source_execute(f"SET sql_mode = ''; INSERT INTO {table} VALUES ({values})")


def _rows(pair, columns, table="t", order="id"):
    return pair.target_query(f"SELECT {columns} FROM {pair.name}.{table} ORDER BY {order}")


def _changed(task):
    [table] = task.tables().values()
    return table["values_changed_by_policy"]


@pytest.mark.parametrize("policy, expected", [("strip", "\u0436\u0436"), ("\u00bf", MARKED)])
@pytest.mark.sources("mysql56")
def test_both_ways_follow_the_policy(pair, policy, expected):
    """Single bytes, a character of two bytes that there is not, and UTF-8 that an old server lets in."""
    pair.source_execute("""CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9) CHARACTER SET cp1251,
                                           b CHAR(9) CHARACTER SET gb2312, c TEXT CHARACTER SET utf8)""")
    row = (BROKEN, b"\xc4\xe3\xa2\xa1z", b"\xc3\xbc\xed\xa0\x80!")
    _insert(pair, "t", (1, *row))
    assert pair.source_query("SELECT HEX(b), HEX(c) FROM t") == [("C4E3A2A17A", "C3BCEDA08021")]
    task = pair.run_task(options={"invalid_text": policy})
    _insert(pair, "t", (2, *row))
    pair.source_execute("UPDATE t SET id = 3 WHERE id = 2; UPDATE t SET b = 'x' WHERE id = 3")
    _insert(pair, "t", (4, *row))
    task.wait_for_catchup()
    mark = "" if policy == "strip" else policy
    whole = (expected, f"\u4f60{mark}z".ljust(9), f"\u00fc{mark}!")
    assert _rows(pair, "a, b, c") == [whole, (whole[0], "x".ljust(9), whole[2]), whole]
    wait_until(lambda: _changed(task) >= 8, message="the counters are written")


@pytest.mark.sources("mariadb")
def test_nul_bytes_follow_theirs(pair):
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9) CHARACTER SET latin1, b TEXT)")
    _insert(pair, "t", (1, b"a\0b\0", b"\0"))
    task = pair.run_task(options={"nul_bytes": "\u2400"})
    _insert(pair, "t", (2, b"a\0b\0", b"\0"))
    task.wait_for_catchup()
    assert _rows(pair, "a, b") == [("a\u2400b\u2400", "\u2400")] * 2
    wait_until(lambda: _changed(task) == 4, message="the counters are written")
    task.stop()
    task.alter(options={"nul_bytes": "strip"})
    task.start()
    _insert(pair, "t", (3, b"a\0b\0", b"\0"))
    task.wait_for_catchup()
    assert _rows(pair, "a, b")[2] == ("ab", "")


@pytest.mark.sources("mariadb")
def test_an_error_says_where_and_what_to_do(pair):
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9) CHARACTER SET cp1251)")
    task = pair.run_task()
    _insert(pair, "t", (1, BROKEN))
    wait_until(lambda: task.state() == "failed", message="the task fails")
    [error] = task.errors()
    assert error["message"] == 'value of column "a" is not text in the character set cp1251'
    assert error["detail"] == "0x98 after 1 characters is no character."
    assert error["remedy"] == "Set invalid_text to 'strip', or to a character that replaces what is no text."
    assert error["source_table"] == f"{pair.name}.t"
    task.alter(options={"invalid_text": "?"})
    task.start().wait_state().wait_for_catchup()
    assert _rows(pair, "a") == [("\u0436?\u0436",)]


@pytest.mark.sources("mariadb")
def test_the_load_stops_as_well(pair):
    """It used to bring a '?' without a word, the source's own."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9) CHARACTER SET cp1251)")
    _insert(pair, "t", (1, BROKEN))
    task = pair.task().create().start()
    wait_until(lambda: task.state() == "failed", message="the task fails")
    errors = [(error["message"], error["detail"]) for error in task.errors()]
    assert ('value of column "a" is not text in the character set cp1251',
            "0x98 after 1 characters is no character.") in errors


@pytest.mark.parametrize("loaded", [True, False])
@pytest.mark.sources("mariadb")
def test_no_policy_changes_a_key(pair, loaded):
    """Two keys could become one: x'98' and nothing, both stripped."""
    pair.source_execute("CREATE TABLE t (a VARCHAR(9) CHARACTER SET cp1251 COLLATE cp1251_bin PRIMARY KEY, b INT)")
    if loaded:
        _insert(pair, "t", (BROKEN, 1))
    task = pair.task().create(options={"invalid_text": "strip", "nul_bytes": "strip"}).start()
    if not loaded:
        task.wait_state()
        _insert(pair, "t", (b"\xe6\xe6", 1), (b"\xe6\0\xe6", 2))
    wait_until(lambda: task.state() == "failed", message="the task fails")
    error = next(error for error in task.errors() if error["remedy"].startswith("No policy changes a key column"))
    assert ("cp1251" if loaded else "NUL byte") in error["message"]
    assert _rows(pair, "a, b", order="a") in ([], [("\u0436\u0436", 1)])


@pytest.mark.sources("mariadb")
def test_a_key_with_broken_bytes_does_not_stop_the_planner(pair):
    """Ranges end where the bytes say. With the source's '?' in their stead the walk came back to its beginning."""
    pair.source_execute("CREATE TABLE t (a VARCHAR(9) CHARACTER SET cp1251 COLLATE cp1251_bin PRIMARY KEY)")
    pair.source.execute_many("INSERT INTO t VALUES (CONVERT(%s USING cp1251))", [(b"a%d" % n,) for n in range(300)],
                             pair.name)
    pair.source.execute_many("INSERT INTO t VALUES (%s)", [(f"\u044f{n}",) for n in range(300)], pair.name)
    pair.source_execute("UPDATE t SET a = CONCAT(x'98', MID(a, 2)) WHERE a LIKE '\u044f%'; ANALYZE TABLE t")
    task = pair.task().create(options={"chunk_rows": 100}).start()
    wait_until(lambda: task.state() == "failed", message="the load fails, for its keys")
    assert pair.target_query("SELECT count(*) > 4 FROM mysql_sync.load_chunk") == [(True,)]
    pair.source_execute("UPDATE t SET a = CONCAT('b', MID(a, 2)) WHERE a LIKE CONCAT(x'98', '%')")
    task.drop()
    task.create(options={"chunk_rows": 100}, existing_tables="truncate").start().wait_state()
    pair.assert_same("t")


@pytest.mark.sources("mysql9")
def test_foreign_tables_take_the_policies(pair):
    pair.source_execute("""CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9) CHARACTER SET cp1251, b TEXT,
                                           c ENUM('\u0436', '\u00e4') CHARACTER SET ucs2, d VARCHAR(9) CHARACTER SET latin1)""")
    _insert(pair, "t", (1, BROKEN, b"a\0b", "\u00e4", b"caf\xe9"))
    pair.target_execute("CREATE SCHEMA f; SELECT mysql_sync.import_schema('source', %s, 'f')", (pair.name,))
    with pytest.raises(psycopg2.errors.CharacterNotInRepertoire, match="0x98 after 1 characters"):
        pair.target_query("SELECT a FROM f.t")
    pair.target_execute("ALTER FOREIGN TABLE f.t OPTIONS (invalid_text 'strip', nul_bytes '_')")
    assert pair.target_query("SELECT a, b, c, d FROM f.t WHERE id = 1 AND d = 'caf\u00e9'") == [
        ("\u0436\u0436", "a_b", "\u00e4", "caf\u00e9")]
    with pytest.raises(psycopg2.errors.FdwInvalidAttributeValue, match="invalid_text"):
        pair.target_execute("ALTER FOREIGN TABLE f.t OPTIONS (SET invalid_text 'replace')")


@pytest.mark.sources("mysql9")
def test_labels_that_the_source_may_not_tell_are_pointed_out(pair):
    """Its catalog has '?' for the smiley. So has the binlog, by the catalog; the load has the label itself."""
    pair.source_execute("""CREATE TABLE t (id INT PRIMARY KEY, a ENUM('x', '\U0001f600') CHARACTER SET utf8mb4,
                                           b SET('x', '\u00e4') CHARACTER SET latin1)""")
    warnings = [row for row in pair.task().create().precheck() if row["item"] == "labels"]
    assert [(row["object"], row["status"]) for row in warnings] == [(f"{pair.name}.t.a", "warning")]


@pytest.mark.sources("mysql9", "mariadb")
def test_labels_come_with_the_row_metadata(pair):
    """The binlog has them where the catalog has '?'. The source may be told to log them while a task runs."""
    pair.source_execute("""CREATE TABLE t (id INT PRIMARY KEY, a ENUM('x?', 'y\U0001f600', '\U0001f601') CHARACTER SET utf8mb4,
                                           b ENUM('\u00e4') CHARACTER SET latin1,
                                           c SET('\U0001f600', 'x', '\u00fc\U0001f602') CHARACTER SET utf16);
                           INSERT INTO t VALUES (1, 1, 1, 7), (2, 2, 1, 0)""")
    task = pair.run_task()
    pair.source_execute("INSERT INTO t VALUES (3, 1, 1, 2)")
    with pair.source.set_global(binlog_row_metadata="FULL"):
        assert not [row for row in task.precheck() if row["item"] == "labels"]
        pair.source_execute("INSERT INTO t VALUES (4, 2, 1, 5), (5, 3, 1, 7), (6, 1, 1, 0)")
        pair.source_execute("UPDATE t SET a = 3, c = 4 WHERE id = 2")
        task.wait_for_catchup()
    pair.assert_same("t")


@pytest.mark.sources("mysql9")
def test_policies_are_checked(pair):
    for options in ({"invalid_text": "replace"}, {"invalid_text": ""}, {"nul_bytes": "??"}):
        with pytest.raises(psycopg2.errors.InvalidParameterValue, match="one character as a replacement"):
            pair.task("wrong").create(options=options)
    task = pair.task().create(options={"invalid_text": "\U0001f600", "nul_bytes": "?"})
    with pytest.raises(psycopg2.errors.InvalidParameterValue):
        task.alter(options={"nul_bytes": "nothing"})
