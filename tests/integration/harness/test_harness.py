"""The harness itself, without the extension: the servers do what their names say, and comparing finds differences."""

import pytest

from harness.compare import Policies, differences
from harness.server_faults import LogWatch
from harness.servers import Target
from harness.wait import wait_until

COMPARED = "compared"


@pytest.fixture(scope="session")
def bare_target(request, servers_directory):
    kind = request.config.getoption("target")
    target = Target(kind, servers_directory / f"bare_{kind}", ["-c", "work_mem=5MB"])
    target.setup()
    target.start()
    target.execute(f"CREATE DATABASE {COMPARED}")
    yield target
    target.stop()


def _binlog_events(source, start):
    return [row[2] for row in source.query("SHOW BINLOG EVENTS IN %s FROM %s", start)]


def test_source_writes_row_events_and_survives_a_crash(source):
    start = source.binlog_position()
    source.execute("CREATE DATABASE harness; CREATE TABLE harness.t (a INT PRIMARY KEY) ENGINE=InnoDB;"
                   "INSERT INTO harness.t VALUES (1), (2)")
    try:
        assert any(event.startswith("Write_rows") for event in _binlog_events(source, start))
        source.kill()
        assert not source.is_running()
        source.start()
        assert source.query("SELECT a FROM harness.t ORDER BY a") == [(1,), (2,)]
        source.restart()
        assert source.query("SELECT count(*) FROM harness.t") == [(2,)]
    finally:
        source.execute("DROP DATABASE harness")


def test_replication_user_has_these_rights_only(source):
    with source.connect(user="repl", password="repl") as connection, connection.cursor() as cursor:
        cursor.execute("SHOW GRANTS")
        [grant] = [row[0] for row in cursor.fetchall()]
    rights = {right.strip() for right in grant[len("GRANT "):grant.index(" ON *.*")].split(",")}
    documented = {"SELECT", "REPLICATION SLAVE", "REPLICATION CLIENT", "SHOW VIEW"}
    documented |= {"SLAVE MONITOR"} if source.kind == "mariadb" else set()
    assert rights - {"BINLOG MONITOR"} <= documented and len(rights) == len(documented)


def test_sources_differ_in_server_id(sources):
    ids = [sources.get(kind).query("SELECT @@server_id")[0][0] for kind in ("mariadb", "mysql56")]
    assert len(set(ids)) == 2


def test_target_survives_a_crash_and_keeps_its_options(bare_target):
    bare_target.execute("CREATE TABLE kept AS SELECT 1 AS a", database=COMPARED)
    bare_target.kill()
    assert not bare_target.is_running()
    bare_target.start()
    assert bare_target.query("SELECT a FROM kept", database=COMPARED) == [(1,)]
    assert bare_target.query("SHOW work_mem") == [("5MB",)]
    assert bare_target.log_tail(5)


def test_faults_in_a_log_are_seen_once(tmp_path):
    log = tmp_path / "log"
    log.write_text("PANIC:  of an earlier test\n")
    watch = LogWatch(lambda: [log])
    assert watch.faults() == []
    lines = ["LOG:  server process (PID 7) was terminated by signal 11: Segmentation fault",
             'WARNING:  relcache reference leak: relation "t" not closed', "WARNING:  StartTransaction while in TRANS_INPROGRESS state"]
    with log.open("a") as file:
        file.write("\n".join(lines + ["LOG:  server process (PID 8) was terminated by signal 9: Killed", "ERROR:  division by zero\n"]))
    assert watch.faults() == lines
    assert watch.faults() == []
    log.write_text(lines[0])  # the server began its log anew
    assert watch.faults() == lines[:1]


def test_waiting_tells_what_did_not_happen():
    answers = iter([0, 0, "done"])
    assert wait_until(lambda: next(answers), 5, interval=0.01) == "done"
    with pytest.raises(AssertionError, match="in vain: the moon turns green"):
        wait_until(lambda: None, 0.05, "the moon turns green", interval=0.01)


# --- comparing: one column for each way in which values are read ------------------------------------------------

# name: (source type, target type, source literal, equal target literal, different target literal)
VALUES = {
    "tiny": ("TINYINT", "smallint", "-128", "-128", "-127"),
    "flag": ("TINYINT(1)", "boolean", "1", "true", "false"),
    "big": ("BIGINT UNSIGNED", "numeric(20)", "18446744073709551615", "18446744073709551615", "18446744073709551614"),
    "filled": ("INT(8) ZEROFILL", "bigint", "42", "42", "43"),
    "price": ("DECIMAL(30,10)", "numeric(30,10)", "'-1.0000000001'", "-1.0000000001", "-1"),
    "small": ("FLOAT", "real", "16777215", "16777215", "16777200"),
    "tenth": ("FLOAT", "real", "0.1", "0.1", "0.10000001"),
    "minus_zero": ("FLOAT", "real", "-1e-200", "'-0'", "0"),
    "tiny_double": ("DOUBLE", "double precision", "-5e-324", "-5e-324", "'-0'"),
    "scaled": ("DECIMAL(5,2) ZEROFILL", "numeric", "1.5", "1.50", "1.5"),
    "chosen": ("FLOAT", "double precision", "0.5", "0.5", "0.25"),
    "wide": ("DOUBLE", "double precision", "0.1e0 + 0.2e0", "0.30000000000000004", "0.3"),
    "bits": ("BIT(5)", "bit(5)", "b'10010'", "B'10010'", "B'10011'"),
    "all_bits": ("BIT(64)", "bit(64)", "0xFFFFFFFFFFFFFFFF", f"B'{'1' * 64}'", f"B'{'1' * 63}0'"),
    "day": ("DATE", "date", "'2024-02-29'", "'2024-02-29'", "'2024-02-28'"),
    "zero_day": ("DATE", "date", "'0000-00-00'", "NULL", "'0001-01-01'"),
    "moment": ("DATETIME(3)", "timestamp(3)", "'2024-02-29 23:59:59.123'", "'2024-02-29 23:59:59.123'",
               "'2024-02-29 23:59:59.124'"),
    "instant": ("TIMESTAMP(6) NULL", "timestamptz(6)", "'2024-06-30 12:00:00.000001'",
                "'2024-06-30 14:00:00.000001+02'", "'2024-06-30 14:00:00.000001+00'"),
    "span": ("TIME(6)", "interval", "'-838:59:58.000001'", "'-838:59:58.000001'",
             "'-34 days -22:59:58.000001'"),
    "clock": ("TIME", "time", "'23:59:59'", "'23:59:59'", "'23:59:58'"),
    "born": ("YEAR", "smallint", "1901", "1901", "1902"),
    "code": ("CHAR(5)", "char(5)", "'ab'", "'ab'", "'abc'"),
    "name": ("VARCHAR(20) CHARACTER SET utf8mb4", "varchar(20)", "'Zo\u00eb \U0001f600 '", "'Zo\u00eb \U0001f600 '",
             "'Zo\u00eb \U0001f600'"),
    "legacy": ("TEXT CHARACTER SET latin1", "text", "'caf\u00e9'", "'caf\u00e9'", "'cafe'"),
    "raw": ("VARBINARY(10)", "bytea", "0x00FF00", "'\\x00ff00'", "'\\x00ff'"),
    "padded": ("BINARY(4)", "bytea", "'a'", "'\\x61000000'", "'\\x61'"),
    "pick": ("ENUM('x','y')", "text", "'y'", "'y'", "'2'"),
    "picks": ("SET('x','y')", "text", "'x,y'", "'x,y'", "'y,x'"),
    "year_zero": ("DATETIME", "timestamp", "'0000-03-01 00:00:00'", "'0001-03-01 00:00:00 BC'", "'0001-03-01'"),
    "no_day": ("DATE", "date", "'2023-02-31'", "NULL", "'2023-03-03'"),
    "spot": ("POINT", "bytea", "POINT(1, 2)",
             "'\\x000000000101000000000000000000f03f0000000000000040'", "'\\x00'"),
    "nothing": ("INT", "integer", "NULL", "NULL", "0"),
}
ONLY_MYSQL9 = {
    "doc": ("JSON", "json", "'{\"b\": [1, 2.50], \"a\": \"\u00fc\"}'", "'{\"a\": \"\u00fc\", \"b\": [1, 2.5]}'",
            "'{\"b\": [1, 2.5], \"a\": \"\u00fc\"}'"),
    "parsed": ("JSON", "jsonb", "'{\"b\": [1, 2.50], \"a\": \"\u00fc\"}'", "'{\"a\": \"\u00fc\", \"b\": [1.0, 2.5]}'",
               "'{\"a\": \"\u00fc\", \"b\": [1, 2.6]}'"),
    "vector": ("VECTOR(2)", "bytea", "TO_VECTOR('[1, 2]')", "'\\x0000803f00000040'", "'\\x00'"),
}


def _values(source):
    return {**VALUES, **(ONLY_MYSQL9 if source.kind == "mysql9" else {})}


@pytest.fixture
def tables(source, bare_target):
    """The same row on both sides, written by hand."""
    values = _values(source)
    source.execute("DROP DATABASE IF EXISTS compared; CREATE DATABASE compared; SET sql_mode = 'ALLOW_INVALID_DATES';"
                   "SET time_zone = '+00:00'; CREATE TABLE compared.t (id INT PRIMARY KEY, "
                   + ", ".join(f"`{name}` {value[0]}" for name, value in values.items()) + ");"
                   "INSERT INTO compared.t VALUES (1, " + ", ".join(value[2] for value in values.values()) + ")")
    bare_target.execute("DROP TABLE IF EXISTS t; CREATE TABLE t (id integer PRIMARY KEY, "
                        + ", ".join(f'"{name}" {value[1]}' for name, value in values.items()) + ");"
                        "INSERT INTO t VALUES (1, " + ", ".join(value[3] for value in values.values()) + ")",
                        database=COMPARED)
    yield values
    source.execute("DROP DATABASE compared")


def _differences(source, target, **how):
    return differences(source, (COMPARED, "t"), target, COMPARED, ("public", "t"), **how)


def test_equal_tables_do_not_differ(source, bare_target, tables):
    assert _differences(source, bare_target) == []
    assert _differences(source, bare_target, key=[]) == []


def test_every_changed_value_is_found(source, bare_target, tables):
    for name, value in tables.items():
        bare_target.execute(f'UPDATE t SET "{name}" = {value[4]}', database=COMPARED)
        found = _differences(source, bare_target)
        assert len(found) == 1 and found[0].startswith(f"row (1,): {name}: "), (name, found)
        bare_target.execute(f'UPDATE t SET "{name}" = {value[3]}', database=COMPARED)


def test_rows_are_found_missing_and_too_many(source, bare_target, tables):
    source.execute("INSERT INTO compared.t (id) VALUES (2), (10)")
    bare_target.execute("INSERT INTO t (id) VALUES (2), (9)", database=COMPARED)
    found = _differences(source, bare_target, columns={"id": "id"})
    assert found == ["only in the target: (9,)", "missing in the target: (10,)"]
    assert _differences(source, bare_target, columns={"id": "id"}, where="id < 9") == \
        ["rows: 2 in the source, 3 in the target", "only in the target: (9,)"]
    assert len(_differences(source, bare_target, columns={"id": "id"}, key=[])) == 2


def test_missing_columns_are_found(source, bare_target, tables):
    bare_target.execute("ALTER TABLE t DROP COLUMN born", database=COMPARED)
    assert _differences(source, bare_target)[0].startswith("columns: ")


def test_zero_dates_follow_the_policy(source, bare_target, tables):
    bare_target.execute("UPDATE t SET zero_day = '-infinity', no_day = '-infinity'", database=COMPARED)
    assert len(_differences(source, bare_target)) == 1
    assert _differences(source, bare_target, policies=Policies(zero_dates="-infinity")) == []
