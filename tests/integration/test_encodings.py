"""Target databases in other encodings than UTF8: names, values, labels, messages, both ways."""

import psycopg2
import pytest

from harness.wait import wait_until

# encoding of the target: what it can hold, what it cannot, and what a name of a table, a column and a label may be
ENCODINGS = {
    "LATIN1": ("caf\u00e9 \u00df\u00ff \u0085", "\u4e2d\u20ac", "Gr\u00f6\u00dfe"),
    "EUC_JP": ("\u65e5\u672c\u8a9e\uff71", "\u0e01\U0001f600", "\u8868"),
    "WIN1251": ("\u0416\u0443\u043a \u20ac", "\u65e5\u00e9", "\u0436\u0443\u043a"),
}


def _table(pair, word):
    pair.source_execute(f"""CREATE TABLE `{word}` (id INT PRIMARY KEY, `{word}` VARCHAR(40), fixed CHAR(20),
        label ENUM('a', '{word}') NOT NULL DEFAULT 'a', `{word} key` VARCHAR(20) CHARACTER SET utf8mb4,
        UNIQUE (`{word} key`)) CHARACTER SET utf8mb4""")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_load_and_stream(new_pair, encoding):
    text, other, word = ENCODINGS[encoding]
    pair = new_pair("mariadb", encoding=encoding)
    _table(pair, word)
    pair.source.execute_many(f"INSERT INTO `{word}` VALUES (%s, %s, %s, %s, %s)",
                             [(1, text, word, word, f"{word}1"), (2, "", None, "a", None)], pair.name)
    task = pair.task(word).create().start().wait_state()
    pair.source_execute(f"""INSERT INTO `{word}` VALUES (3, %s, 'x', '{word}', '{word}3');
                            UPDATE `{word}` SET `{word} key` = 'changed' WHERE id = 1;
                            ALTER TABLE `{word}` ADD COLUMN `new {word}` VARCHAR(20) NOT NULL DEFAULT '{word}',
                                                 ADD COLUMN `{word}_2` ENUM('{word}', 'b') NOT NULL;
                            INSERT INTO `{word}` (id, `{word}_2`) VALUES (4, 'b')""", (text,))
    task.wait_for_catchup()
    pair.assert_same(word)
    assert task.errors() == []
    assert pair.target_query(f"""SELECT "{word}" FROM {pair.name}."{word}" WHERE id = 3""") == [(text,)]
    _stops_at_what_is_lacking(pair, task, other, word)
    _goes_on_by_the_policy(pair, task, other, word)


def _stops_at_what_is_lacking(pair, task, other, word):
    pair.source_execute(f"INSERT INTO `{word}` (id, `{word}`) VALUES (5, %s)", (f"a{other}b",))
    wait_until(lambda: task.state() == "failed", message="the task fails")
    [error] = task.errors()
    assert error["message"] == (f'value of column "{word}" has a character that the encoding {pair.encoding} of this '
                                'database lacks')
    assert error["detail"] == f"It is U+{ord(other[0]):04X}, after 1 characters."
    assert "invalid_text" in error["remedy"] and error["source_table"] == f"{pair.name}.{word}"


def _goes_on_by_the_policy(pair, task, other, word):
    task.alter(options={"invalid_text": "?"})
    task.start().wait_state().wait_for_catchup()
    replaced = f"a{'?' * len([c for c in other if not _holds(pair.encoding, c)])}"
    assert pair.target_query(f"""SELECT "{word}" FROM {pair.name}."{word}" WHERE id = 5""")[0][0].startswith(replaced)
    wait_until(lambda: [row["values_changed_by_policy"] for row in task.tables().values()] == [1],
               message="the change is counted")


def _holds(encoding, character):
    try:
        character.encode({"LATIN1": "latin1", "EUC_JP": "euc_jp", "WIN1251": "cp1251"}[encoding])
        return True
    except UnicodeEncodeError:
        return False


@pytest.mark.parametrize("kind", ["mysql56", "mysql9"])
def test_rows_completed_by_the_target(new_pair, kind):
    """What changes leave out is looked up in the target, whose names and texts have the encoding of the database."""
    pair = new_pair(kind, encoding="LATIN1")
    document = ", d JSON" if kind == "mysql9" else ""
    pair.source_execute(f"""CREATE TABLE `gr\u00f6\u00dfe` (`schl\u00fcssel` VARCHAR(20) PRIMARY KEY, `\u00e4` VARCHAR(20), v INT{document})
                              CHARACTER SET utf8mb4;
                            INSERT INTO `gr\u00f6\u00dfe` (`schl\u00fcssel`, `\u00e4`, v) VALUES ('\u00e4', 'caf\u00e9', 1), ('b', '\u00fc', 2)""")
    if document:
        pair.source_execute("""UPDATE `gr\u00f6\u00dfe` SET d = '{"\u00f6": ["\u00e9", 1, "long enough to be worth a partial update"]}'""")
    task = pair.run_task()
    partial = "SET SESSION binlog_row_value_options = 'PARTIAL_JSON'; UPDATE `gr\u00f6\u00dfe` SET d = JSON_SET(d, '$.\u00f6[1]', 2);"
    pair.source_execute(f"""SET SESSION binlog_row_image = 'MINIMAL'; {partial if document else ''}
                            UPDATE `gr\u00f6\u00dfe` SET `schl\u00fcssel` = '\u00df' WHERE v = 1;
                            UPDATE `gr\u00f6\u00dfe` SET v = 3 WHERE `schl\u00fcssel` = 'b'""")
    task.wait_for_catchup()
    pair.assert_same("gr\u00f6\u00dfe")
    assert task.errors() == []


def test_messages_show_what_they_can(new_pair):
    """The source's messages hold names and values of the source, whatever the database's encoding."""
    pair = new_pair("mysql9", encoding="LATIN1")
    pair.source_execute("CREATE TABLE `caf\u00e9` (id INT PRIMARY KEY); CREATE TABLE `\u65e5\u672c` (id INT PRIMARY KEY);"
                        "CREATE TABLE `labels` (id INT PRIMARY KEY, e ENUM('\u65e5'))")
    task = pair.task().create()
    failed = {(item["item"], item["object"]): item["detail"] for item in task.precheck() if item["status"] == "failed"}
    assert failed == {
        ("target_table", f"{pair.name}.??"): "the encoding of this database lacks a character of the name",
        ("types", f"{pair.name}.labels.e"): "the encoding of this database lacks a character of its name or of its labels"}
    pair.target_execute(f"""CREATE FOREIGN TABLE "caf\u00e9" (id int) SERVER source
                            OPTIONS (dbname '{pair.name}', table_name 'Z\u00fcrich')""")
    with pytest.raises(psycopg2.Error, match=f"{pair.name}.Z\u00fcrich"):
        pair.target_query('SELECT * FROM "caf\u00e9"')
    pair.target_execute(f"""ALTER FOREIGN TABLE "caf\u00e9" OPTIONS (SET table_name 'caf\u00e9', filter 'id = `\u00fc`')""")
    with pytest.raises(psycopg2.Error, match="\u00fc"):
        pair.target_query('SELECT * FROM "caf\u00e9"')
    with pytest.raises(psycopg2.errors.InvalidParameterValue, match="\u00e9\u00e9"):
        task.alter(options={"nul_bytes": "\u00e9\u00e9"})


def test_conflicts_name_the_row(new_pair):
    pair = new_pair("mariadb", encoding="LATIN1")
    pair.source_execute("CREATE TABLE `Gr\u00f6\u00dfe` (k VARCHAR(20) PRIMARY KEY, v INT);"
                        "INSERT INTO `Gr\u00f6\u00dfe` VALUES ('gro\u00df', 1)")
    task = pair.run_task()
    pair.target_execute(f'DELETE FROM {pair.name}."Gr\u00f6\u00dfe"')
    pair.source_execute("UPDATE `Gr\u00f6\u00dfe` SET v = 2")
    wait_until(lambda: task.state() == "failed", message="the task fails")
    [error] = task.errors()
    assert error["message"] == f"row to update not found in table {pair.name}.Gr\u00f6\u00dfe"
    assert "(k)=(gro\u00df)" in error["detail"]


def test_keys_beyond_the_encoding_can_be_cut(new_pair):
    """The conditions of the load's ranges are kept in the target, whatever they say."""
    pair = new_pair("mariadb", encoding="LATIN1")
    pair.source_execute("CREATE TABLE t (k VARCHAR(20) PRIMARY KEY) CHARACTER SET utf8mb4")
    pair.source.execute_many("INSERT INTO t VALUES (%s)", [(f"\u65e5{n}",) for n in range(300)], pair.name)
    pair.source_execute("ANALYZE TABLE t")
    task = pair.task().create(options={"chunk_rows": 100, "invalid_text": "?"}).start()
    wait_until(lambda: task.state() == "failed", message="the load fails, for its keys")
    assert any(error["remedy"].startswith("No policy changes a key column") for error in task.errors())
    assert pair.target_query("SELECT count(*) > 1 FROM mysql_sync.load_chunk") == [(True,)]


def test_ascii_without_a_name_is_refused(new_pair):
    pair = new_pair("mariadb", encoding="SQL_ASCII")
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY)")
    [item] = [item for item in pair.task().create().precheck() if item["status"] == "failed"]
    assert (item["item"], item["object"]) == ("encoding", "SQL_ASCII")
    assert item["detail"] == "SQL_ASCII does not say which characters the bytes of a text are"
