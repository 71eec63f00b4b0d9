"""Where single tables and columns go: target_table and columns of set_table. Types are in test_types_choice.py."""

import psycopg2
import pytest

from harness.wait import wait_until

TABLE = """CREATE TABLE t (id INT, lang CHAR(2), v VARCHAR(100), secret BLOB, n INT NOT NULL, PRIMARY KEY (lang, id));
           INSERT INTO t VALUES (1, 'de', 'one', x'00', 1), (2, 'de', 'two', NULL, 2), (3, 'en', 'three', x'ff', 3)"""
COLUMNS = {"id": "Id", "v": 'odd "name"', "secret": None}
MAPPED = {"id": "Id", "lang": "lang", "v": 'odd "name"', "n": "n"}


def failed(task):
    return {item["object"]: item["detail"] for item in task.precheck() if item["status"] == "failed"}


def follows(pair, task, target, columns, sql=None):
    __tracebackhide__ = True
    if sql:
        pair.source_execute(sql)
    task.wait_for_catchup()
    pair.assert_same("t", target, columns=columns)


def target_columns(pair, table):
    return [row[0] for row in pair.target_query("""SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass
                                                   AND attnum > 0 AND NOT attisdropped ORDER BY attnum""", (table,))]


@pytest.mark.sources("mariadb")
def test_other_names(pair):
    """Through the load, rows of every kind, and what DDL makes of it; columns that are left out are nowhere."""
    pair.source_execute(TABLE)
    task = pair.task().create()
    task.set_table(f"{pair.name}.t", target_table='Archive."All t"', columns=COLUMNS)
    target, name = ("archive", "All t"), 'archive."All t"'
    task.start().wait_state()
    assert target_columns(pair, name) == ["Id", "lang", 'odd "name"', "n"]
    assert task.tables()[f"{pair.name}.t"]["target_table"] == name
    columns = dict(MAPPED)
    follows(pair, task, target, columns, """INSERT INTO t VALUES (4, 'en', 'four', x'01', 4);
                                            UPDATE t SET v = 'new', secret = x'77' WHERE id = 1; UPDATE t SET secret = NULL;
                                            UPDATE t SET id = 20 WHERE id = 2; DELETE FROM t WHERE id = 3""")
    # A column that goes to another name keeps it; one of the source's name follows; one left out stays out.
    follows(pair, task, target, {"id": "Id", "lang": "lang", "w": 'odd "name"', "m": "m"},
            """ALTER TABLE t CHANGE v w VARCHAR(100), CHANGE n m INT, CHANGE secret hidden BLOB;
               INSERT INTO t VALUES (5, 'fr', 'five', x'05', NULL)""")
    follows(pair, task, target, {"id": "Id", "lang": "lang", "w": 'odd "name"', "m": "m", "extra": "extra"},
            """ALTER TABLE t ADD COLUMN extra INT DEFAULT 7 FIRST, DROP COLUMN hidden; UPDATE t SET extra = 8 WHERE id = 5;
               INSERT INTO t VALUES (9, 6, 'fr', 'six', 6)""")
    follows(pair, task, target, {"id": "Id", "lang": "lang", "m": "m", "extra": "extra"},
            "ALTER TABLE t DROP COLUMN w; TRUNCATE TABLE t; INSERT INTO t VALUES (1, 1, 'aa', 1)")
    assert target_columns(pair, name) == ["Id", "lang", "m", "extra"]
    task.stop().start()  # reads what it stored
    follows(pair, task, target, {"id": "Id", "lang": "lang", "m": "m", "extra": "extra"}, "UPDATE t SET m = 2")


@pytest.mark.sources("mariadb")
def test_names_that_meet(pair):
    """A new column of the source must not be mixed up with one that was mapped to the name."""
    for statement in ("ADD COLUMN w INT", "CHANGE n w INT NOT NULL"):
        pair.source_execute("DROP TABLE IF EXISTS t; " + TABLE)
        pair.target_execute("DROP TABLE IF EXISTS moved")
        task = pair.task(f"{pair.name}_{statement[:3]}").create(target_schema="public")
        task.set_table(f"{pair.name}.t", target_table="moved", columns={"v": "w"})
        task.start().wait_state()
        pair.source_execute(f"UPDATE t SET v = 'last'; ALTER TABLE t {statement}")
        wait_until(lambda: task.state() == "failed", 20, lambda: task.row())
        assert 'two columns' in task.row()["last_error"]
        assert pair.target_query("SELECT DISTINCT w FROM moved") == [("last",)]
        task.drop()  # or its table would be another one that fills the target


@pytest.mark.sources("mariadb")
def test_existing_tables_and_the_precheck(pair):
    pair.source_execute(TABLE + "; CREATE TABLE u (id INT PRIMARY KEY, a INT, b INT, xmin INT)")
    pair.target_execute("CREATE TABLE public.taken (key int, lang char(2), v text, note text DEFAULT 'none', PRIMARY KEY (lang, key))")
    task = pair.task().create(target_schema="nowhere")
    task.set_table(f"{pair.name}.t", target_table="public.taken", columns={"id": "key", "n": None, "secret": None})
    task.set_table(f"{pair.name}.u", columns={"a": "b", "x": "y", "id": None}, types={"id": "bigint"})
    found = failed(task)
    assert set(found) == {f"{pair.name}.u.{column}" for column in ("b", "x", "id", "xmin")}
    task.set_table(f"{pair.name}.u", columns={"xmin": "x_min", "b": "a", "a": "b"}, types={})
    assert failed(task) == {}
    task.set_table(f"{pair.name}.u", target_table="public.taken")
    assert "two source tables" in failed(task)["public.taken"]
    task.set_table(f"{pair.name}.u", target_table="")
    task.start().wait_state()
    pair.source_execute("INSERT INTO t VALUES (9, 'xx', 'nine', NULL, 9); INSERT INTO u VALUES (1, 2, 3, 4)")
    task.wait_for_catchup()
    pair.assert_same("t", ("public", "taken"), columns={"id": "key", "lang": "lang", "v": "v"})
    assert pair.target_query("SELECT DISTINCT note FROM taken") == [("none",)]
    pair.assert_same("u", ("nowhere", "u"), columns={"id": "id", "a": "b", "b": "a", "xmin": "x_min"})


@pytest.mark.sources("mariadb")
def test_settled_once_started(pair):
    pair.source_execute(TABLE)
    task = pair.run_task()
    task.stop()
    for settings in ({"target_table": "x"}, {"columns": {"v": "w"}}):
        with pytest.raises(psycopg2.errors.FeatureNotSupported, match="cannot be changed"):
            task.set_table(f"{pair.name}.t", **settings)
    task.set_table(f"{pair.name}.t", target_table="", columns={}, types={})  # as it is
