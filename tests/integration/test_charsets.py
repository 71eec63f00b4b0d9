"""Every character of every character set that a source knows: loaded, streamed, as a key.

The source makes the characters itself, from all sequences of one, two and more bytes that it takes for one, and renders
them in UTF-8 for the comparison. Nothing here knows a character set.
"""

import pytest

NOT_TEXT = ("binary",)
UNICODE = ("utf8", "utf8mb3", "utf8mb4", "utf16", "utf16le", "utf32", "ucs2", "gb18030")


def _charsets(source):
    """{name: most bytes of a character}"""
    return {name: size for name, _, _, size in source.query("SHOW CHARACTER SET") if name not in NOT_TEXT}


def _rendering(charset):
    return f"HEX(CONVERT(CONVERT(x USING {charset}) USING utf8mb4))"


def _is_one_character(charset):
    return f"""CHAR_LENGTH(CONVERT(x USING {charset})) = 1 AND CONVERT(CONVERT(x USING {charset}) USING binary) = x
               AND {_rendering(charset)} <> '00'"""


def _is_rendered(charset):
    """Not as '?' for anything else, as U+FFFD, or as a surrogate."""
    return f"""({_rendering(charset)} NOT LIKE 'EDA%' AND {_rendering(charset)} NOT LIKE 'EDB%'
               AND {_rendering(charset)} <> 'EFBFBD'
               AND ({_rendering(charset)} <> '3F' OR x IN (0x3F, 0x003F, 0x3F00, 0x0000003F)))"""


def _make_sequences(pair):
    """Sequences of bytes, in the groups that make a row: of one byte, of two, of three, and all of Unicode but for
    most of what is beyond its second plane, as UTF-32."""
    pair.source_execute("""CREATE TABLE byte (b VARBINARY(1)) ENGINE=MyISAM;
                           CREATE TABLE sequence (kind INT, part INT, x VARBINARY(4)) ENGINE=MyISAM""")
    pair.source.execute_many("INSERT INTO byte VALUES (%s)", [(bytes([b]),) for b in range(256)], pair.name)
    pair.source_execute("""SET sql_log_bin = 0;
        INSERT INTO sequence SELECT 1, ORD(b) > 127, b FROM byte;
        INSERT INTO sequence SELECT 2, ORD(a.b) * 2 + (ORD(b.b) > 127), CONCAT(a.b, b.b) FROM byte a, byte b;
        INSERT INTO sequence SELECT 3, ORD(a.b), CONCAT(0x8F, a.b, b.b) FROM byte a, byte b
            WHERE ORD(a.b) > 160 AND ORD(b.b) > 160;
        INSERT INTO sequence SELECT 4, (ORD(p.b) * 256 + ORD(a.b)) * 2 + (ORD(b.b) > 127), CONCAT(0x00, p.b, a.b, b.b)
            FROM byte p, byte a, byte b WHERE ORD(p.b) < 2 OR ORD(p.b) < 17 AND ORD(a.b) % 51 = 0 AND ORD(b.b) % 5 = 0""")


def _bytes(size):
    return f"SELECT kind, part, x FROM sequence WHERE kind <= LEAST(3, {size})"


def _code_points(charset):
    utf32 = "CONVERT(x USING utf32)"
    return f"""SELECT kind, part, CONVERT({utf32} USING {charset}) AS x FROM sequence
               WHERE kind = 4 AND CONVERT(CONVERT(CONVERT({utf32} USING {charset}) USING utf32) USING binary) = x"""


def _make_table(pair, charset, name, sequences, condition, key):
    """Rows of up to 128 characters in v; w is for the stream to fill."""
    pair.source_execute(f"""CREATE TABLE {name} (id INT AUTO_INCREMENT, v VARCHAR(190) CHARACTER SET {charset} COLLATE
            {charset}_bin NOT NULL, w TEXT CHARACTER SET {charset}, PRIMARY KEY ({key}), KEY (id)) ENGINE=InnoDB;
        SET SESSION group_concat_max_len = 100000, sql_mode = '';
        INSERT INTO {name} (v) SELECT GROUP_CONCAT(x ORDER BY x SEPARATOR '') FROM (
            SELECT kind, part, CONVERT(x USING binary) AS x FROM ({sequences}) s) b
            WHERE {condition} GROUP BY kind, part""")


def test_every_character_comes_both_ways(pair):
    charsets = _charsets(pair.source)
    assert len(charsets) > 35
    _make_sequences(pair)
    for charset, size in charsets.items():
        sequences = _code_points(charset) if charset in UNICODE else _bytes(size)
        condition = f"{_is_one_character(charset)} AND {_is_rendered(charset)}"
        _make_table(pair, charset, f"k_{charset}", sequences, condition, "v")
    task = pair.run_task([f"{pair.name}.k_*"], timeout=120)
    for charset in charsets:  # also finds each row by the key that the load brought
        pair.source_execute(f"UPDATE k_{charset} SET w = v")
    task.wait_for_catchup()
    for charset in charsets:
        pair.assert_same(f"k_{charset}")
    assert {row["values_changed_by_policy"] for row in task.tables().values()} == {0}
    # The test is only as good as what it compares.
    characters = dict(pair.target_query(" UNION ALL ".join(
        f"SELECT '{charset}', sum(length(v))::int FROM {pair.name}.k_{charset} WHERE v = w" for charset in charsets)))
    assert characters["latin1"] == 255 and characters["gbk"] > 21000 and characters["utf8mb4"] > 128000, characters
    assert all(count > 90 for count in characters.values()), characters


@pytest.mark.sources("mariadb")
def test_what_the_source_cannot_render_is_no_question_mark(pair):
    """Neither way may make '?' of it: it is a character that the C library knows, or goes by the policy."""
    _make_sequences(pair)
    charsets = _charsets(pair.source)
    for charset, size in charsets.items():
        condition = f"{_is_one_character(charset)} AND NOT {_is_rendered(charset)}"
        _make_table(pair, charset, f"b_{charset}", _bytes(size), condition, "id")
    filled = [charset for charset in charsets if pair.source_query(f"SELECT count(*) FROM b_{charset}")[0][0]]
    assert {"cp1251", "tis620", "ucs2"} <= set(filled)
    task = pair.run_task([f"{pair.name}.b_*"], options={"invalid_text": "\u00bf"})
    for charset in filled:
        pair.source_execute(f"UPDATE b_{charset} SET w = v")
    task.wait_for_catchup()
    tables = task.tables()
    for charset in filled:
        rows = pair.target_query(f"SELECT v, w FROM {pair.name}.b_{charset}")
        no_text = {"?"} if charset in UNICODE else {"?", "\ufffd"}
        assert all(v == w and v and not set(v) & no_text for v, w in rows), (charset, rows)
        changed = sum("\u00bf" in v for v, w in rows)
        assert tables[f"{pair.name}.b_{charset}"]["values_changed_by_policy"] == 3 * changed, charset
    assert pair.target_query(f"SELECT v FROM {pair.name}.b_cp1251") == [("\u00bf",)]
