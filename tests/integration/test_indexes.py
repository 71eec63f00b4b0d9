"""Secondary indexes that follow the source's: the option indexes."""

import pytest

from harness.wait import wait_until


def target_indexes(pair, table="t"):
    """{name: columns} of what is not the primary key."""
    rows = pair.target_query(f"""
        SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
         WHERE i.indrelid = '"{pair.name}".{table}'::regclass AND NOT i.indisprimary""")
    return {name: definition[definition.index("("):] for name, definition in rows}


def expect_indexes(pair, task, expected):
    task.wait_for_catchup()
    wait_until(lambda: target_indexes(pair) == expected, 10, lambda: f"{target_indexes(pair)} become {expected}")


@pytest.mark.greenplum
@pytest.mark.sources("mariadb", "mysql9")
def test_indexes_follow(pair):
    pair.source_execute("""
        CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(20), c TEXT, d VARCHAR(700), e INT,
                        KEY by_a (a), UNIQUE by_b (b, a), KEY prefix (b(5)), KEY large (d), FULLTEXT words (c)) CHARACTER SET utf8mb4;
        INSERT INTO t VALUES (1, 1, 'x', 'one', 'd', 5), (2, 1, 'y', 'two', 'd', 6)""")
    task = pair.run_task(options={"indexes": True})
    expected = {"t_by_a": "(a)", "t_by_b": "(b, a)"}
    expect_indexes(pair, task, expected)
    pair.target_execute(f'CREATE INDEX mine ON "{pair.name}".t (e)')
    expected["mine"] = "(e)"
    pair.source_execute("ALTER TABLE t ADD f INT, ADD KEY by_e (e, f), DROP KEY by_a; UPDATE t SET f = id")
    expected["t_by_e"] = "(e, f)"
    del expected["t_by_a"]
    expect_indexes(pair, task, expected)
    task.stop()
    pair.source_execute("CREATE INDEX again ON t (a); DROP INDEX by_b ON t; CREATE UNIQUE INDEX by_b ON t (b)")
    pair.source_execute("ALTER TABLE t RENAME COLUMN a TO a2; INSERT INTO t (id, a2) VALUES (3, 3)")
    task.start()
    expected.update({"t_again": "(a2)", "t_by_b": "(b)"})
    expect_indexes(pair, task, expected)
    pair.source_execute("ALTER TABLE t DROP COLUMN f, DROP KEY again")
    del expected["t_again"]
    expected["t_by_e"] = "(e)"
    expect_indexes(pair, task, expected)
    pair.assert_same("t")
    assert task.errors() == []


@pytest.mark.sources("mysql9")
def test_order_and_expressions(pair):
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, a INT, j JSON, KEY down (a DESC, id), KEY sum ((a + id)))")
    task = pair.run_task(options={"indexes": True})
    expect_indexes(pair, task, {"t_down": "(a DESC, id)"})


@pytest.mark.sources("mysql9")
def test_an_index_that_the_source_does_not_show_yet(pair, hold_commits):
    """MySQL logs an ALTER before its dictionary has it."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, a INT)")
    task = pair.run_task(options={"indexes": True})
    hold_commits(2000)
    pair.source_execute("ALTER TABLE t ADD KEY by_a (a)")
    expect_indexes(pair, task, {"t_by_a": "(a)"})


@pytest.mark.sources("mariadb")
def test_none_by_default(pair):
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, a INT, KEY (a))")
    task = pair.run_task()
    pair.source_execute("ALTER TABLE t ADD KEY second (a, id); INSERT INTO t VALUES (1, 1)")
    expect_indexes(pair, task, {})
    with pytest.raises(Exception, match="Valid values are: true, false"):
        pair.task("another").create(options={"indexes": "yes"})
