"""The relations of random_queries: foreign tables in schema f, the same rows in tables of schema l."""

from .random_queries import REVERSED

SOURCE = """CREATE TABLE {0} (id int PRIMARY KEY, si smallint, i int, bi bigint, iu int unsigned, tu tinyint unsigned,
  bu bigint unsigned, de decimal(12,2), dd decimal(40,20), du decimal(8,3) unsigned, fl float, db double, fg tinyint(1),
  tx varchar(20), da date, dt datetime, ts timestamp(3) NULL, vb varbinary(12), bn binary(3),
  KEY (si, i), KEY (i), KEY (bi), KEY (tu), KEY (bu), KEY (de), KEY (dd), KEY (du), KEY (da), KEY (dt), KEY (ts),
  KEY (vb), KEY (bn)) CHARACTER SET utf8mb4"""

POOLS = {
    "si": [0, 1, -1, 7, 255, 32767, -32768], "i": [0, 1, -1, 2, 7, 10, 127, 128, -129, 2147483647, -2147483648],
    "bi": [0, 1, -1, 10, 256, 4294967296, 9223372036854775807, -9223372036854775808], "iu": [0, 1, 2, 7, 65535, 4294967295],
    "tu": [0, 1, 2, 3, 127, 128, 255],
    "bu": [0, 1, 2, 10, 9223372036854775807, 9223372036854775808, 18446744073709551614, 18446744073709551615],
    "de": ["0", "1", "1.5", "-1.5", "-1", "2", "0.01", "1.51", "9999999999.99", "-9999999999.99", "255.5"],
    "dd": ["0", "1", "1.5", "-0.00000000000000000001", "0.00000000000000000001", "18446744073709551615", "-1",
           "18446744073709551615.5", "99999999999999999999.99999999999999999999"],
    "du": ["0", "1", "1.5", "0.005", "99999.999", "1.505", "2"],
    "fl": [0, 1.5, -1, 0.1, 100], "db": [0, 1.5, -1, 0.1, 1e300], "fg": [0, 1],
    "tx": ["", "a", "A", "b", "ä", "zz", "a "], "da": ["2024-02-29", "2023-12-31", "1000-01-01", "9999-12-31"],
    "dt": ["2024-02-29 12:00:00", "2024-02-29 12:00:01", "2023-12-31 23:59:59", "1000-01-01 00:00:00"],
    "ts": ["2024-02-29 12:00:00", "2024-02-29 10:00:00.5", "2037-12-31 00:00:00", "2000-01-01 00:00:00"],
    "vb": [b"", b"\0", b"a", b"ab", b"ab\0", b"\xff"], "bn": [b"ab\0", b"abc", b"\0\0\0", b"\xff\0\0"],
}

OPTIONS = "SERVER source OPTIONS (dbname '{0}', table_name '{1}', filter '{2}')"

# An order of numbers from the largest to the smallest.
REVERSED_ORDER = """CREATE FUNCTION x.lt({0}, {0}) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT $1 > $2';
CREATE FUNCTION x.le({0}, {0}) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT $1 >= $2';
CREATE FUNCTION x.gt({0}, {0}) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT $1 < $2';
CREATE FUNCTION x.ge({0}, {0}) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT $1 <= $2';
CREATE FUNCTION x.cmp({0}, {0}) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT CASE WHEN $1 > $2 THEN -1 WHEN $1 < $2 THEN 1 ELSE 0 END';
CREATE OPERATOR x.<^ (LEFTARG = {0}, RIGHTARG = {0}, FUNCTION = x.lt);
CREATE OPERATOR x.<=^ (LEFTARG = {0}, RIGHTARG = {0}, FUNCTION = x.le);
CREATE OPERATOR x.>^ (LEFTARG = {0}, RIGHTARG = {0}, FUNCTION = x.gt);
CREATE OPERATOR x.>=^ (LEFTARG = {0}, RIGHTARG = {0}, FUNCTION = x.ge);
CREATE OPERATOR CLASS x.reversed_{0} FOR TYPE {0} USING btree AS OPERATOR 1 x.<^, OPERATOR 2 x.<=^,
  OPERATOR 3 pg_catalog.=, OPERATOR 4 x.>=^, OPERATOR 5 x.>^, FUNCTION 1 x.cmp({0}, {0})"""


def _rows(rng, count):
    def cell(pool):
        return None if rng.random() < 0.15 else rng.choice(pool)

    return [(number, *(cell(pool) for pool in POOLS.values())) for number in range(count)]


def create(pair, rng):
    for table, count in (("a", 40), ("b", 16), ("c", 8)):
        pair.source_execute(SOURCE.format(table))
        places = ", ".join(["%s"] * (len(POOLS) + 1))
        pair.source.execute_many(f"INSERT INTO {table} VALUES ({places})", _rows(rng, count), pair.name)
    pair.target_execute(f"""CREATE SCHEMA x; CREATE SCHEMA l;
        SELECT mysql_sync.import_schema('{pair.server}', '{pair.name}', 'f')""")
    for kind in REVERSED:
        pair.target_execute(REVERSED_ORDER.format(kind))
    for table in ("a", "b", "c"):
        pair.target_execute(f"""ALTER FOREIGN TABLE f.{table} ALTER fg TYPE bool, ALTER tx TYPE text;
                                CREATE TABLE l.{table} AS SELECT * FROM f.{table}""")
    for schema in ("f", "l"):
        _derive(pair, schema)
    pair.target_execute("ANALYZE")


def _child(pair, schema, name, clause, table, condition):
    """A child of some relation with the rows of a table that satisfy a condition."""
    if schema == "f":
        pair.target_execute(f"CREATE FOREIGN TABLE f.{name} {clause} " + OPTIONS.format(pair.name, table, condition))
    else:
        _local_child(pair, "l", name, clause, table, condition)


def _local_child(pair, schema, name, clause, table, condition):
    pair.target_execute(f"""CREATE TABLE {schema}.{name} {clause};
                            INSERT INTO {schema}.{name} SELECT * FROM l.{table} WHERE {condition}""")


def _derive(pair, schema):
    """Partitions, inheritance below tables of both kinds, views and a table that is local on both sides."""
    pair.target_execute(f"CREATE TABLE {schema}.part (LIKE l.a) PARTITION BY RANGE (id)")
    partition = f"PARTITION OF {schema}.part FOR VALUES FROM "
    _child(pair, schema, "part1", partition + "(MINVALUE) TO (10)", "a", "id < 10")
    _local_child(pair, schema, "part2", partition + "(10) TO (20)", "a", "id >= 10 AND id < 20")
    _child(pair, schema, "part3", partition + "(20) TO (MAXVALUE)", "a", "id >= 20")
    _local_child(pair, schema, "inh", "(LIKE l.a)", "c", "id < 4")
    _child(pair, schema, "inh1", f"() INHERITS ({schema}.inh)", "b", "id < 15")
    columns = "(" + ", ".join(f"{name} {kind}" for name, kind in pair.target_query("""SELECT attname, format_type(atttypid, atttypmod)
        FROM pg_attribute WHERE attrelid = 'l.a'::regclass AND attnum > 0 ORDER BY attnum""")) + ")"
    _child(pair, schema, "finh", columns, "c", "id < 100")
    _child(pair, schema, "finh1", f"() INHERITS ({schema}.finh)", "b", "id > 10")
    _local_child(pair, schema, "finh2", f"() INHERITS ({schema}.finh)", "a", "id > 35")
    pair.target_execute(f"""CREATE VIEW {schema}.va AS SELECT * FROM {schema}.a WHERE i >= 0 OR i IS NULL;
        CREATE VIEW {schema}.vc AS SELECT * FROM {schema}.c WHERE id >= 0 ORDER BY id LIMIT 8;
        CREATE TABLE {schema}.loc AS SELECT * FROM l.b""")
