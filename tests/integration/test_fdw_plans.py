"""A plan that is kept while the source changes the table under it: the right value, or an error that a repetition ends."""

import contextlib

import psycopg2
import pytest

# Name, type and value at first, type of the foreign column, change at the source.
CHANGES = [
    ("charset", "varchar(20) CHARACTER SET latin1", "'é'", "text", "MODIFY v varchar(20) CHARACTER SET utf8mb4"),
    ("bytes", "varchar(20) CHARACTER SET latin1", "'é'", "text", "MODIFY v varbinary(20)"),
    ("rounded", "int", "16777215", "text", "MODIFY v float"),
    ("exact", "double", "1", "text", "MODIFY v bigint, ADD w int; UPDATE t SET v = 9007199254740993"),
    ("bits", "bigint", "5", "text", "MODIFY v bit(10)"),
    ("labels", "enum('a','b')", "'b'", "text", "MODIFY v enum('c','b','a')"),
    ("signs", "int", "7", "text", "MODIFY v int unsigned; UPDATE t SET v = 4294967295"),
    ("longer", "varchar(5) CHARACTER SET utf8mb4", "'ab'", "text", "MODIFY v text CHARACTER SET utf8mb4"),
    ("dates", "datetime", "'2024-01-02 03:04:05'", "text", "MODIFY v date"),
]
# The condition means another thing once the column is text there: MySQL then compares as floating point numbers.
CONDITIONS = ["n = 10", "n > 9", "n IN (10, 11)"]


def answer(cursor, sql):
    """The rows; where the plan no longer fits, those of the repetition."""
    try:
        cursor.execute(sql)
    except psycopg2.errors.SerializationFailure as error:
        assert "Repeat the statement" in str(error)
        cursor.execute(sql)
    return cursor.fetchall()


@pytest.fixture
def cursor(pair):
    with contextlib.closing(pair.target.connect(pair.name)) as connection, connection.cursor() as opened:
        opened.execute("SET plan_cache_mode = force_generic_plan")
        yield opened


def test_values_follow_the_source(pair, cursor):
    for name, before, value, local, change in CHANGES:
        pair.source_execute(f"CREATE TABLE {name} (id int PRIMARY KEY, v {before}); INSERT INTO {name} VALUES (1, {value})")
        cursor.execute(f"CREATE FOREIGN TABLE {name} (id int, v {local}) SERVER source OPTIONS (dbname '{pair.name}')")
        cursor.execute(f"PREPARE p_{name} AS SELECT v FROM {name} WHERE id = 1")
        cursor.execute(f"EXECUTE p_{name}")
        pair.source_execute(f"ALTER TABLE {name} {change}".replace("UPDATE t ", f"UPDATE {name} "))
    for name, *_ in CHANGES:
        try:
            fresh = answer(cursor, f"SELECT v FROM {name} WHERE id = 1 -- planned anew")
        except psycopg2.Error as error:
            with pytest.raises(type(error)):
                answer(cursor, f"EXECUTE p_{name}")
        else:
            assert answer(cursor, f"EXECUTE p_{name}") == fresh, name
    assert answer(cursor, "EXECUTE p_charset") == [("é",)]
    assert answer(cursor, "EXECUTE p_exact") == [("9007199254740993",)]
    pair.source_execute("DROP TABLE charset; CREATE TABLE charset (id int PRIMARY KEY, v varchar(20) CHARACTER SET latin1);"
                        "INSERT INTO charset VALUES (1, 'ö')")
    assert answer(cursor, "EXECUTE p_charset") == [("ö",)]


def test_conditions_and_order_follow_the_source(pair, cursor):
    pair.source_execute("CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL); INSERT INTO t VALUES (1, 9), (2, 10), (3, 100)")
    cursor.execute(f"CREATE FOREIGN TABLE t (id int, n int) SERVER source OPTIONS (dbname '{pair.name}')")
    statements = [f"SELECT id FROM t WHERE {condition} ORDER BY id" for condition in CONDITIONS]
    statements += ["SELECT id FROM t ORDER BY n", "SELECT id FROM t ORDER BY n LIMIT 2"]
    for number, statement in enumerate(statements):
        cursor.execute(f"PREPARE q{number} AS {statement}")
        cursor.execute(f"EXECUTE q{number}")
    pair.source_execute("ALTER TABLE t MODIFY n int NULL; INSERT INTO t VALUES (4, NULL)")
    cursor.execute("CREATE TEMP TABLE copied AS SELECT * FROM t")
    for number, statement in enumerate(statements):
        cursor.execute(statement.replace("FROM t", "FROM copied"))
        expected = cursor.fetchall()
        assert answer(cursor, f"EXECUTE q{number}") == expected, statement
    pair.source_execute("DELETE FROM t WHERE n IS NULL; ALTER TABLE t MODIFY n varchar(10) NOT NULL")
    cursor.execute("SELECT id FROM t ORDER BY n")
    assert cursor.fetchall() == [(1,), (2,), (3,)]
    for number, statement in enumerate(statements):
        cursor.execute(statement)
        expected = cursor.fetchall()
        assert answer(cursor, f"EXECUTE q{number}") == expected, statement
