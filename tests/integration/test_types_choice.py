"""Types of the target that users choose by set_table, or by making the table: values, refusals, the precheck."""

import struct
import uuid

import psycopg2
import pytest

from harness.wait import wait_until

NO_JSON = ("mysql56",)

# name: (type of the source, type chosen, {value as the source's SQL: text of the target}, sources without the type)
CHOICES = {
    "tiny_boolean": ("TINYINT(1)", "boolean", {"0": "false", "1": "true"}),
    "bit_boolean": ("BIT(1)", "boolean", {"b'0'": "false", "b'1'": "true"}),
    "bit_integer": ("BIT(12)", "integer", {"b'101010101011'": "2731", "b'0'": "0"}),
    "bit_bytea": ("BIT(12)", "bytea", {"b'101010101011'": "\\x0aab", "b'1'": "\\x0001"}),
    "bit_varbit": ("BIT(12)", "varbit", {"b'101010101011'": "101010101011"}),
    "bit_wider": ("BIT(4)", "bit(8)", {"b'1010'": "00001010"}),
    "int_small": ("INT", "smallint", {"-32768": "-32768", "32767": "32767"}),
    "int_numeric": ("INT", "numeric(12,2)", {"-2147483648": "-2147483648.00"}),
    "int_double": ("INT", "double precision", {"2147483647": "2147483647"}),
    "int_real": ("INT", "real", {"16777216": "1.6777216e+07"}),
    "int_text": ("INT", "varchar(11)", {"-2147483648": "-2147483648"}),
    "ubigint_bigint": ("BIGINT UNSIGNED", "bigint", {"9223372036854775807": "9223372036854775807"}),
    "ubigint_double": ("BIGINT UNSIGNED", "double precision", {"9223372036854775808": "9.223372036854775808e+18"}),
    "decimal_bigint": ("DECIMAL(12,2)", "bigint", {"12.00": "12", "-7.00": "-7", "0": "0"}),
    "decimal_int": ("DECIMAL(8,0)", "integer", {"-99999999": "-99999999"}),
    "decimal_double": ("DECIMAL(15,2)", "double precision", {"0.10": "0.1", "-9999999999999.99": "-9999999999999.99"}),
    "decimal_wider": ("DECIMAL(6,2)", "numeric(10,4)", {"-9999.99": "-9999.9900"}),
    "decimal_numeric": ("DECIMAL(6,2)", "numeric", {"9999.90": "9999.90"}),
    "double_real": ("DOUBLE", "real", {"0.5": "0.5", "-1e10": "-1e+10"}),
    "double_numeric": ("DOUBLE", "numeric", {"0.1": "0.1", "1e20": "100000000000000000000"}),
    "float_double": ("FLOAT", "double precision", {"0.5": "0.5", "0.1": "0.10000000149011612"}),
    "date_timestamp": ("DATE", "timestamp", {"'2020-02-29'": "2020-02-29 00:00:00"}),
    "date_text": ("DATE", "text", {"'2020-02-29'": "2020-02-29", "'0000-00-00'": "0000-00-00"}),
    "datetime_date": ("DATETIME", "date", {"'2020-02-29 00:00:00'": "2020-02-29"}),
    "datetime_tz": ("DATETIME", "timestamptz", {"'2020-02-29 12:34:56'": "2020-02-29 12:34:56+00"}),
    "timestamp_plain": ("TIMESTAMP NULL", "timestamp", {"'2020-02-29 12:34:56'": "2020-02-29 12:34:56"}),
    "micro_seconds": ("DATETIME(6)", "timestamp(0)", {"'2020-02-29 12:34:56'": "2020-02-29 12:34:56"}),
    "time_time": ("TIME", "time", {"'12:34:56'": "12:34:56", "'00:00:00'": "00:00:00", "'24:00:00'": "24:00:00"}),
    "time_text": ("TIME(1)", "varchar(12)", {"'-838:59:58.9'": "-838:59:58.9"}),
    "year_integer": ("YEAR", "integer", {"2155": "2155"}),
    "char_varchar": ("CHAR(5)", "varchar(5)", {"'a  '": "a", "'äöüßé'": "äöüßé"}),
    "varchar_shorter": ("VARCHAR(20)", "varchar(5)", {"'äöüßé'": "äöüßé", "'a  '": "a  "}),
    "varchar_char": ("VARCHAR(5)", "char(5)", {"' a'": " a"}),
    "varchar_uuid": ("VARCHAR(36)", "uuid", {"'A0EEBC999C0B4EF8BB6D6BB9BD380A11'": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}),
    "varchar_inet": ("VARCHAR(39)", "inet", {"'10.0.0.5'": "10.0.0.5/32", "'2001:db8::1'": "2001:db8::1/128"}),
    "varchar_numeric": ("VARCHAR(20)", "numeric(10,2)", {"'12.50'": "12.50"}),
    "varchar_day": ("VARCHAR(20)", "date", {"'2020-02-29'": "2020-02-29"}),
    "text_json": ("TEXT", "json", {"'{\"b\": 1.0}'": '{"b": 1.0}'}),
    "text_jsonb": ("LONGTEXT", "jsonb", {"'{\"b\":1e1,\"a\":[]}'": '{"a": [], "b": 10}'}),
    "text_bytea": ("TEXT", "bytea", {"'ä'": "\\xc3a4"}),
    "binary_uuid": ("BINARY(16)", "uuid", {"x'a0eebc999c0b4ef8bb6d6bb9bd380a11'": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}),
    "varbinary_uuid": ("VARBINARY(16)", "uuid", {"x'00000000000000000000000000000001'": str(uuid.UUID(int=1))}),
    "blob_text": ("BLOB", "text", {"'ä'": "ä"}),
    "enum_made": ("ENUM('small','ünï','it''s')", "enum", {"'small'": "small", "'ünï'": "ünï", "'it''s'": "it's"}),
    "enum_own": ("ENUM('sad','ok')", "mood", {"'sad'": "sad", "'ok'": "ok"}),
    "enum_varchar": ("ENUM('sad','ok')", "varchar(3)", {"'sad'": "sad"}),
    "set_array": ("SET('a','b','c d')", "text[]", {"'a,c d'": '{a,"c d"}', "''": "{}", "'b'": "{b}"}),
    "set_varchar": ("SET('a','b')", "varchar(3)", {"'a,b'": "a,b"}),
    "varchar_domain": ("VARCHAR(20)", "short", {"'abc'": "abc"}),
    "json_jsonb": ("JSON", "jsonb", {"'{\"b\": 1, \"a\": null}'": '{"a": null, "b": 1}'}, NO_JSON),
    "json_text": ("JSON", "text", {"'[1, \"x\"]'": '[1, "x"]'}, NO_JSON),
}

OWN_TYPES = """CREATE TYPE mood AS ENUM ('ok', 'sad', 'happy'); CREATE DOMAIN short AS varchar CHECK (length(VALUE) < 5)"""


def choices_of(kind):
    return {name: choice for name, choice in CHOICES.items() if len(choice) < 4 or kind not in choice[3]}


def values_of(choice):
    """NULL, and each of its values; the last again and again to fill a row."""
    return ["NULL", *choice[2]]


def rows_of(choices):
    """Lists of SQL values: row n has the value n of each column, or its last."""
    depth = max(len(values_of(choice)) for choice in choices.values())
    return [[values_of(choice)[min(n, len(choice[2]))] for choice in choices.values()] for n in range(depth)]


def insert(pair, choices, first_id):
    """In one session that takes zero dates."""
    with pair.source.connect(pair.name) as connection, connection.cursor() as cursor:
        cursor.execute("SET sql_mode = ''")
        for n, row in enumerate(rows_of(choices)):
            cursor.execute(f"INSERT INTO chosen VALUES ({first_id + n}, {', '.join(row)})".replace("%", "%%"))
        connection.commit()


def expected(choices):
    return [tuple(None if value == "NULL" else choice[2][value] for value, choice in zip(row, choices.values()))
            for row in rows_of(choices)]


def target_rows(pair, choices, first_id):
    shown = ", ".join(f"{name}::text" if not name.endswith("_tz") else f"{name}::timestamptz(0)::text" for name in choices)
    return pair.target_query(f"""SET timezone = 'UTC'; SET extra_float_digits = 3; SELECT {shown} FROM {pair.name}.chosen
                                 WHERE id >= {first_id} AND id < {first_id + 100} ORDER BY id""")


def target_types(pair, table):
    return dict(pair.target_query("""SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
                                     WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped""",
                                  (f"{pair.name}.{table}",)))


def same_number(text):
    try:
        return float(text)
    except (TypeError, ValueError):
        return text


def items(task, status):
    """{object: detail} of the precheck's items about types."""
    return {item["object"]: item["detail"] for item in task.precheck()
            if item["item"] == "types" and item["status"] == status}


def with_values(pair, choices):
    """A table on the source with the columns and values of `choices`."""
    columns = ", ".join(f"{name} {choice[0]}" for name, choice in choices.items())
    pair.source_execute(f"CREATE TABLE chosen (id INT PRIMARY KEY, {columns}) CHARACTER SET utf8mb4")
    insert(pair, choices, 0)
    pair.target_execute(OWN_TYPES)


def assert_values_follow(pair, task, choices):
    """The values that were loaded; those that are inserted; those that rows of NULLs are updated to."""
    insert(pair, choices, 100)
    pair.source_execute("INSERT INTO chosen SELECT id + 200, tiny_boolean" + ", NULL" * (len(choices) - 1) + " FROM chosen WHERE id < 100")
    updates = ", ".join(f"a.{name} = b.{name}" for name in choices)
    pair.source_execute(f"SET sql_mode = ''; UPDATE chosen a JOIN chosen b ON b.id = a.id - 200 SET {updates}")
    task.wait_for_catchup()
    for first_id in (0, 100, 200):
        found = target_rows(pair, choices, first_id)
        for name, ours, theirs in zip(choices, zip(*expected(choices)), zip(*found), strict=True):
            if name.endswith(("double", "real")):
                ours, theirs = map(same_number, ours), map(same_number, theirs)
            assert list(theirs) == list(ours), f"{name}, rows from {first_id}"


@pytest.mark.greenplum
def test_values_of_chosen_types(pair):
    """What the load brings and what the binlog brings is what the source has."""
    choices = choices_of(pair.source.kind)
    with_values(pair, choices)
    task = pair.task().create()
    task.set_table(f"{pair.name}.chosen", types={name: choice[1] for name, choice in choices.items()})
    assert items(task, "failed") == {}
    task.start().wait_state()
    assert_values_follow(pair, task, choices)
    types = target_types(pair, "chosen")
    assert types["enum_made"] == f"{pair.name}.chosen_enum_made" and types["enum_own"] == "mood"
    assert (types["time_time"], types["set_array"], types["bit_wider"]) == ("time without time zone", "text[]", "bit(8)")
    assert pair.target_query(f"SELECT enum_range(NULL::{pair.name}.chosen_enum_made)::text")[0][0] == "{small,ünï,it's}"
    # The table that the task made is one that a new task takes as it is.
    warned = items(task, "warning")
    task.stop().drop()
    again = pair.task().create(sync_data=False)
    assert items(again, "failed") == {} and items(again, "warning") == warned


@pytest.mark.sources("mariadb")
def test_values_in_a_table_that_was_there(pair):
    """A partitioned one, to which changes are applied by statements."""
    choices = choices_of(pair.source.kind)
    with_values(pair, choices)
    columns = ", ".join(f"{name} {choice[1] if choice[1] != 'enum' else 'size'}" for name, choice in choices.items())
    pair.target_execute(f"""CREATE TYPE size AS ENUM ('small', 'ünï', 'it''s', ''); CREATE SCHEMA {pair.name};
                            CREATE TABLE {pair.name}.chosen (id integer PRIMARY KEY, {columns}) PARTITION BY HASH (id);
                            CREATE TABLE part0 PARTITION OF {pair.name}.chosen FOR VALUES WITH (MODULUS 2, REMAINDER 0);
                            CREATE TABLE part1 PARTITION OF {pair.name}.chosen FOR VALUES WITH (MODULUS 2, REMAINDER 1)""")
    task = pair.run_task()
    assert items(task, "failed") == {}
    assert_values_follow(pair, task, choices)


# (type of the source, value as SQL, type of the target)
REFUSED = [
    ("TINYINT(1)", "2", "boolean"), ("TINYINT(1)", "-1", "boolean"), ("BIT(2)", "b'10'", "boolean"),
    ("INT", "32768", "smallint"), ("INT UNSIGNED", "2147483648", "integer"),
    ("BIGINT UNSIGNED", "9223372036854775808", "bigint"), ("INT", "100", "numeric(4,2)"), ("INT", "16777217", "real"),
    ("BIGINT", "9007199254740993", "double precision"), ("BIT(8)", "b'11111111'", "bit(4)"), ("TINYINT", "-1", "bit(8)"),
    ("BIT(8)", "b'1'", "varbit(4)"), ("BIT(16)", "b'1111111111111111'", "smallint"),
    ("DECIMAL(6,2)", "1.50", "bigint"), ("DECIMAL(20,0)", "99999999999999999999", "bigint"),
    ("DECIMAL(6,2)", "1.55", "numeric(6,1)"), ("DECIMAL(6,2)", "1234.00", "numeric(5,2)"),
    ("DECIMAL(17,0)", "12345678901234567", "double precision"), ("DECIMAL(9,2)", "1234567.89", "real"),
    ("DOUBLE", "0.1", "real"), ("DOUBLE", "1e300", "real"), ("DOUBLE", "1.25", "numeric(5,1)"), ("FLOAT", "0.3", "numeric(5,0)"),
    ("DATETIME", "'2020-01-01 00:00:01'", "date"), ("DATETIME(6)", "'2020-01-01 00:00:00.5'", "timestamp(0)"),
    ("DATETIME(6)", "'2020-01-01 00:00:00.123456'", "timestamptz(3)"),
    ("TIME", "'-00:00:01'", "time"), ("TIME", "'24:00:01'", "time"), ("TIME(3)", "'10:00:00.123'", "time(0)"),
    ("TIME(6)", "'10:00:00.000001'", "interval(3)"),
    ("VARCHAR(9)", "'abcdef'", "varchar(5)"), ("VARCHAR(9)", "'abcde '", "varchar(5)"), ("VARCHAR(9)", "'a '", "char(5)"),
    ("TEXT", "'a '", "char(5)"), ("VARCHAR(9)", "'abc'", "integer"), ("VARCHAR(9)", "'1.555'", "numeric(5,2)"),
    ("VARCHAR(30)", "'2020-01-01 00:00:00.5'", "timestamp(0)"), ("VARCHAR(9)", "'xyz'", "uuid"), ("VARCHAR(9)", "'abcdef'", "short"),
    ("TEXT", "'{'", "json"), ("TEXT", "'{\"a\": \"\\\\u0000\"}'", "jsonb"), ("TEXT", "'{\"a\": 1e200000}'", "jsonb"),
    ("BLOB", "x'ff'", "text"), ("VARBINARY(20)", "x'0102'", "uuid"),
    ("ENUM('a','b')", "'b'", "only_a"), ("VARCHAR(9)", "'b'", "only_a"), ("ENUM('long one')", "1", "varchar(3)"),
    ("ENUM('a')", "''", "only_a"), ("SET('aa','bb')", "'aa,bb'", "varchar(4)"),
]


@pytest.mark.sources("mariadb")
def test_what_does_not_fit_is_refused(pair):
    """Each pair of types and a value: an error that names the column, never a changed value."""
    pair.target_execute(OWN_TYPES + "; CREATE TYPE only_a AS ENUM ('a')")
    for n, (declared, value, chosen) in enumerate(REFUSED):
        pair.source_execute(f"SET sql_mode = ''; CREATE TABLE t{n} (id INT PRIMARY KEY, v {declared}); INSERT INTO t{n} VALUES (1, {value})")
        pair.target_execute(f"CREATE FOREIGN TABLE f{n} (v {chosen}) SERVER source OPTIONS (dbname '{pair.name}', table_name 't{n}')")
    taken = []
    for n, case in enumerate(REFUSED):
        try:
            taken.append((case, pair.target_query(f"SELECT v FROM f{n}")))
        except psycopg2.Error as error:
            assert '"v"' in str(error), f"{case}: {error}"
    assert taken == []


FAILED = [("GEOMETRY", "integer"), ("VARCHAR(9)", "point"), ("INT", "date"), ("DATE", "integer"), ("TIME", "boolean"),
          ("YEAR", "date"), ("DOUBLE", "bigint"), ("VARCHAR(9)", "double precision"), ("SET('a')", "enum"),
          ("VARCHAR(9)", "enum"), ("ENUM('" + "x" * 64 + "')", "enum"), ("BINARY(4)", "uuid"), ("TEXT", "name"), ("INT", "bytea"),
          ("DECIMAL(5,2)", "money"), ("TEXT", "text[]"), ("GEOMETRY", "text"), ("TIME", "interval hour to minute")]
LIMITED = [("TINYINT(1)", "boolean"), ("TIME", "time"), ("BIGINT UNSIGNED", "bigint"), ("DOUBLE", "real"),
           ("DATETIME(6)", "timestamp(0)"), ("VARCHAR(9)", "varchar(8)"), ("TEXT", "jsonb"), ("ENUM('a')", "enum"),
           ("VARCHAR(9)", "short"), ("VARCHAR(9)", "xml"), ("BLOB", "text"), ("DECIMAL(5,2)", "bigint")]
HELD = [("BIT(1)", "boolean"), ("DATETIME(3)", "timestamptz(3)"), ("VARCHAR(9)", "text"), ("BINARY(16)", "uuid"), ("YEAR", "bigint"),
        ("SET('a')", "text[]"), ("BIT(9)", "bytea"), ("DATE", "varchar(10)"), ("DECIMAL(9,0)", "integer")]


@pytest.mark.sources("mariadb")
def test_precheck_of_choices(pair):
    pair.target_execute(OWN_TYPES)
    cases = FAILED + LIMITED + HELD
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, "
                        + ", ".join(f"c{n} {declared}" for n, (declared, _) in enumerate(cases)) + ")")
    task = pair.task().create()
    task.set_table(f"{pair.name}.t", types={f"c{n}": chosen for n, (_, chosen) in enumerate(cases)})

    def objects(first, some):
        return {f"{pair.name}.t.c{first + n}" for n in range(len(some))}
    assert set(items(task, "failed")) == objects(0, FAILED)
    assert set(items(task, "warning")) == objects(len(FAILED), LIMITED)
    assert "integer" in items(task, "failed")[f"{pair.name}.t.c0"]
    # Existing targets are looked at in the same way, and must be what was chosen.
    task.set_table(f"{pair.name}.t", types={"c0": "bytea", "nowhere": "text"})
    assert set(items(task, "failed")) == {f"{pair.name}.t.nowhere"}
    task.set_table(f"{pair.name}.t", types={})
    pair.source_execute("CREATE TABLE u (id INT PRIMARY KEY, a TINYINT(1), b DATE, c JSON, e ENUM('x'))")
    pair.target_execute(f"""CREATE SCHEMA {pair.name};
                            CREATE TABLE {pair.name}.u (id int PRIMARY KEY, a boolean, b inet, c jsonb, e mood)""")
    task.set_table(f"{pair.name}.u", types={"c": "json"})
    assert set(items(task, "warning")) == {f"{pair.name}.u.a", f"{pair.name}.u.e"}
    assert set(items(task, "failed")) == {f"{pair.name}.u.b", f"{pair.name}.u.c"}
    pair.source_execute("DROP TABLE u")
    assert set(items(task, "failed")) == {f"{pair.name}.u"}


# --- enum types --------------------------------------------------------------------------------------------------


def enum_labels(pair, name):
    return [row[0] for row in pair.target_query("SELECT enumlabel FROM pg_enum WHERE enumtypid = %s::regtype ORDER BY enumsortorder", (name,))]


@pytest.mark.greenplum
@pytest.mark.sources("mariadb", "mysql9")
def test_labels_that_are_added_later(pair):
    """ALTER TABLE adds labels; rows that follow at once have them."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, e ENUM('a','b') NOT NULL, f ENUM('x')); INSERT INTO t VALUES (1, 'a', 'x')")
    task = pair.task().create()
    task.set_table(f"{pair.name}.t", types={"e": "enum"})
    task.start().wait_state()
    assert enum_labels(pair, f"{pair.name}.t_e") == ["a", "b"]
    task.stop()
    pair.source_execute("""INSERT INTO t VALUES (2, 'b', 'x'); ALTER TABLE t MODIFY e ENUM('a','b','c','it''s') NOT NULL; INSERT INTO t VALUES (3, 'c', 'x');
                           ALTER TABLE t CHANGE e kind ENUM('a','b','c','it''s','d') NOT NULL, MODIFY f ENUM('x','y'); INSERT INTO t VALUES (4, 'd', 'y');
                           UPDATE t SET kind = 'it''s' WHERE id = 1""")
    task.start()
    task.wait_for_catchup()
    pair.assert_same("t")
    assert enum_labels(pair, f"{pair.name}.t_e") == ["a", "b", "c", "it's", "d"]
    # By way of a copy, as gh-ost does it.
    pair.source_execute("""CREATE TABLE _t_gho LIKE t; ALTER TABLE _t_gho MODIFY kind ENUM('a','b','c','it''s','d','e') NOT NULL;
                           INSERT INTO _t_gho SELECT * FROM t; RENAME TABLE t TO _t_del, _t_gho TO t; INSERT INTO t VALUES (5, 'e', 'y')""")
    task.wait_for_catchup()
    pair.assert_same("t")
    assert enum_labels(pair, f"{pair.name}.t_e")[-1] == "e"


@pytest.mark.sources("mariadb")
def test_error_value_of_an_enum(pair):
    """'' becomes a label where the table holds it; where it comes later the task stops and says what to do."""
    pair.source_execute("""SET sql_mode = ''; CREATE TABLE t (id INT PRIMARY KEY, e ENUM('a','b'), f ENUM('0','1'));
                           INSERT INTO t VALUES (1, 'a', '0'), (2, 'nonsense', '1')""")
    task = pair.task().create()
    task.set_table(f"{pair.name}.t", types={"e": "enum", "f": "enum"})
    task.start().wait_state()
    assert enum_labels(pair, f"{pair.name}.t_e") == ["", "a", "b"]
    assert enum_labels(pair, f"{pair.name}.t_f") == ["0", "1"]
    pair.source_execute("SET sql_mode = ''; INSERT INTO t VALUES (3, 'b', 'nonsense')")
    wait_until(lambda: task.state() == "failed", 20, lambda: task.row())
    remedy = task.errors()[0]["remedy"]
    assert remedy.startswith("ALTER TYPE")
    pair.target_execute(remedy[:remedy.index(" adds the label")])
    task.start().wait_for_catchup()
    pair.assert_same("t")


@pytest.mark.sources("mariadb")
def test_enum_types_that_are_there_already(pair):
    pair.source_execute("""CREATE TABLE t (id INT PRIMARY KEY, e ENUM('a','b'), f ENUM('a','b'), g ENUM('a')); INSERT INTO t VALUES (1, 'a', 'b', 'a');
                           CREATE TABLE t_g (id INT PRIMARY KEY)""")
    pair.target_execute(f"""CREATE SCHEMA {pair.name}; CREATE TYPE {pair.name}.t_e AS ENUM ('z', 'b', 'a');
                            CREATE TYPE {pair.name}.t_f AS ENUM ('a')""")
    task = pair.task().create()
    task.set_table(f"{pair.name}.t", types={"e": "enum", "f": "ENUM", "g": "enum"})
    failed = items(task, "failed")
    assert set(failed) == {f"{pair.name}.t.f", f"{pair.name}.t.g"} and "'b'" in failed[f"{pair.name}.t.f"]
    task.set_table(f"{pair.name}.t", types={"e": "enum"})
    task.start().wait_state()
    pair.assert_same("t")


# --- vectors ------------------------------------------------------------------------------------------------------


def vector(*entries):
    return "x'" + struct.pack(f"<{len(entries)}f", *entries).hex() + "'"


@pytest.mark.sources("mysql9")
def test_vectors(pair):
    """real[] by default; every bit of every entry, in the load and from the binlog."""
    long = vector(*[n / 3 for n in range(1000)])
    pair.source_execute(f"""CREATE TABLE v (id INT PRIMARY KEY, a VECTOR(3), b VECTOR(1000) NOT NULL, c VECTOR(2), d VECTOR(2), e VECTOR(2));
                            INSERT INTO v VALUES (1, {vector(1, -0.0, 0.1)}, {long}, {vector(0.1, 2)}, {vector(0.1, 2)}, {vector(0.1, 1e30)}),
                                                 (2, NULL, {vector(3.4e38)}, NULL, NULL, NULL)""")
    task = pair.task().create()
    task.set_table(f"{pair.name}.v", types={"c": "double precision[]", "d": "bytea", "e": "text"})
    assert items(task, "failed") == {}
    task.start().wait_state()
    pair.source_execute("INSERT INTO v SELECT id + 10, a, b, c, d, e FROM v; UPDATE v SET b = STRING_TO_VECTOR('[1,2]') WHERE id = 2")
    task.wait_for_catchup()
    assert target_types(pair, "v")["a"] == "real[]"
    pair.assert_same("v", columns={"id": "id", "a": "a", "b": "b", "d": "d"})
    assert pair.target_query(f"SELECT DISTINCT c::text, e FROM {pair.name}.v WHERE c IS NOT NULL") == [
        ("{0.10000000149011612,2}", "[0.1,1e+30]")]
    pair.source_execute("ALTER TABLE v ADD COLUMN f VECTOR(4)")
    pair.source_execute(f"INSERT INTO v (id, b, f) VALUES (99, {vector(1)}, {vector(1, 2, 3, 4)})")
    task.wait_for_catchup()
    assert pair.target_query(f"SELECT f FROM {pair.name}.v WHERE id = 99") == [([1.0, 2.0, 3.0, 4.0],)]


def extension(pair, name):
    """An extension that is not needed to run the tests."""
    if not pair.target_query("SELECT 1 FROM pg_available_extensions WHERE name = %s", (name,)):
        pytest.skip(f"the target has no {name}")
    pair.target_execute(f"CREATE EXTENSION {name}")


@pytest.mark.sources("mysql9")
def test_vectors_of_pgvector(pair):
    extension(pair, "vector")
    pair.source_execute(f"CREATE TABLE v (id INT PRIMARY KEY, a VECTOR(3)); INSERT INTO v VALUES (1, {vector(1, -0.5, 0.1)}), (2, NULL)")
    task = pair.task().create()
    task.set_table(f"{pair.name}.v", types={"a": "vector(3)"})
    assert set(items(task, "warning")) == {f"{pair.name}.v.a"}
    task.start().wait_state()
    pair.source_execute(f"INSERT INTO v VALUES (3, {vector(3.4028235e38, 1e-38, 3)})")
    task.wait_for_catchup()
    assert target_types(pair, "v")["a"] == "vector(3)"
    assert pair.target_query(f"SELECT a::real[] = %s::real[], a IS NULL FROM {pair.name}.v ORDER BY id", ("{1,-0.5,0.1}",)) == [
        (True, False), (None, True), (False, False)]
    assert pair.target_query(f"SELECT a::real[] = '{{3.4028235e38,1e-38,3}}' FROM {pair.name}.v WHERE id = 3") == [(True,)]
    pair.source_execute(f"INSERT INTO v VALUES (4, {vector(1, 2)})")  # fewer than the type has
    wait_until(lambda: task.state() == "failed", 20, lambda: task.row())
    assert '"a"' in task.errors()[0]["context"]


# --- PostGIS -------------------------------------------------------------------------------------------------------

SHAPES = ["POINT(1 2)", "LINESTRING(0 0,1 1,2 0.5)", "POLYGON((0 0,4 0,4 4,0 0),(1 1,2 1,2 2,1 1))",
          "MULTIPOINT(0 0,1 2)", "MULTILINESTRING((0 0,1 1),(2 2,3 3))",
          "MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6,5 5)))",
          "GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,1 1))"]


@pytest.mark.sources("mariadb", "mysql9")
def test_geometry_of_postgis(pair):
    """Every kind of shape with its SRID. MySQL keeps longitude before latitude, whatever order its text has."""
    extension(pair, "postgis")
    swapped = pair.source.kind == "mysql9"  # POINT(latitude longitude) in the text of SRID 4326
    pair.source_execute("CREATE TABLE g (id INT PRIMARY KEY, g GEOMETRY, p POINT)")
    for n, shape in enumerate(SHAPES):
        pair.source_execute(f"INSERT INTO g VALUES ({n}, ST_GeomFromText('{shape}'), NULL)")
    place = "POINT(48 11)" if swapped else "POINT(11 48)"
    pair.source_execute(f"INSERT INTO g VALUES (20, ST_GeomFromText('GEOMETRYCOLLECTION EMPTY'), ST_GeomFromText('{place}', 4326)), (21, NULL, NULL)")
    task = pair.task().create()
    task.set_table(f"{pair.name}.g", types={"g": "geometry", "p": "geometry(Point,4326)"})
    assert items(task, "failed") == {} and set(items(task, "warning")) == {f"{pair.name}.g.p"}
    task.start().wait_state()
    pair.source_execute("INSERT INTO g SELECT id + 100, g, p FROM g")
    task.wait_for_catchup()
    assert target_types(pair, "g") == {"id": "integer", "g": "geometry", "p": "geometry(Point,4326)"}
    for first in (0, 100):
        rows = pair.target_query(f"SELECT ST_AsText(g), ST_SRID(g) FROM {pair.name}.g WHERE id BETWEEN {first} AND {first + 10} ORDER BY id")
        compared = pair.target_query("SELECT ST_AsText(s::geometry), 0 FROM unnest(%s) AS s", (SHAPES,))
        assert rows == compared
        assert pair.target_query(f"SELECT ST_AsText(g), ST_AsEWKT(p) FROM {pair.name}.g WHERE id = {first + 20}") == [
            ("GEOMETRYCOLLECTION EMPTY", "SRID=4326;POINT(11 48)")]
        assert pair.target_query(f"SELECT g, p FROM {pair.name}.g WHERE id = {first + 21}") == [(None, None)]


# --- the function --------------------------------------------------------------------------------------------------


@pytest.mark.sources("mariadb")
def test_when_types_may_be_set(pair):
    pair.source_execute("CREATE TABLE `odd.name` (id INT PRIMARY KEY, v INT); INSERT INTO `odd.name` VALUES (1, 70)")
    task = pair.task().create()
    name = f"{pair.name}.`odd.name`"
    task.set_table(name, types={"v": "smallint"})
    task.set_table(name)  # leaves it
    assert pair.target_query("SELECT types FROM mysql_sync.table_setting") == [({"v": "smallint"},)]
    task.start().wait_state()
    with pytest.raises(psycopg2.errors.DuplicateObject):  # it is running
        task.set_table(name, types={"v": "text"})
    task.stop()
    task.set_table(name, types={"v": "int2"})  # the same
    with pytest.raises(psycopg2.errors.FeatureNotSupported, match="cannot be changed") as error:
        task.set_table(name, types={"v": "text"})
    assert "ALTER TABLE" in error.value.diag.message_hint
    # What the message says.
    pair.target_execute(f'ALTER TABLE {pair.name}."odd.name" ALTER v TYPE text')
    pair.source_execute("INSERT INTO `odd.name` VALUES (2, 100000)")
    task.start().wait_for_catchup()
    pair.assert_same("odd.name")
    task.stop().drop()
    assert pair.target_query("SELECT count(*) FROM mysql_sync.table_setting") == [(0,)]
