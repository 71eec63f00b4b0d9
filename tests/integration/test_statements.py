"""Statements that the source logs as statements: what they change beyond the tables that they name."""

import contextlib

import pytest

from harness.reload import settle
from harness.wait import wait_until

SELECTED = [f"t{i}" for i in range(1, 9)]
ROWS = "(1, 'one'), (2, 'two'), (3, 'three')"
TABLES = "".join(f"CREATE TABLE {name} (id INT PRIMARY KEY, v VARCHAR(100), own{name} INT);"
                 f"INSERT INTO {name} (id, v) VALUES {ROWS};" for name in SELECTED)
OTHERS = f"""CREATE TABLE other (id INT PRIMARY KEY, v VARCHAR(100), w INT); INSERT INTO other (id, v) VALUES {ROWS};
    CREATE TABLE log (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(100));
    CREATE TABLE parent (id INT PRIMARY KEY) ENGINE=InnoDB; INSERT INTO parent VALUES (1), (2);
    CREATE TABLE child (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE) ENGINE=InnoDB;
    INSERT INTO child VALUES (1, 1), (2, 2)"""
PROGRAMS = [
    "CREATE VIEW v1 AS SELECT id, v FROM t1 WHERE id < 10",
    "CREATE VIEW v1_again AS SELECT a.id, a.v, b.w FROM v1 a JOIN other b ON a.id = b.id",
    "CREATE TRIGGER tr2 AFTER INSERT ON log FOR EACH ROW UPDATE t2 SET v = CONCAT(v, NEW.v) WHERE id = 1",
    "CREATE PROCEDURE p3(x INT) BEGIN IF x > 0 THEN DELETE FROM t3 WHERE id = x; END IF; END",
    "CREATE FUNCTION f3(x INT) RETURNS INT DETERMINISTIC MODIFIES SQL DATA BEGIN CALL p3(x); RETURN x; END",
    "CREATE FUNCTION f4() RETURNS INT DETERMINISTIC MODIFIES SQL DATA BEGIN UPDATE t4 SET v = 'f'; RETURN 1; END",
    "CREATE FUNCTION harmless(x INT) RETURNS INT DETERMINISTIC READS SQL DATA BEGIN DECLARE n INT;"
    " SELECT COUNT(*) INTO n FROM t5; RETURN n + x; END",
]
REACHING = ["UPDATE v1_again SET v = 'by a view'", "INSERT INTO log (id, v) VALUES (10, '!')", "UPDATE other SET w = f3(2) WHERE id = 1",
            "SELECT f4()", "DELETE FROM parent WHERE id = 1"]
DIRECT = ["UPDATE t5 a JOIN other b USING (id) SET a.v = b.v, owntt = 1".replace("owntt", "ownt5"),
          "REPLACE INTO t6 (id, v) VALUES (1, 'new'), (9, 'nine')", "DELETE t7 FROM other JOIN t7 USING (id) WHERE t7.id = 2"]
# A table of the task is read, or shares its name with a temporary one.
NOT_REACHING = ["UPDATE other JOIN t1 USING (id) SET other.v = t1.v, w = harmless(3)",
                "DELETE other FROM other JOIN t2 USING (id) WHERE t2.id = 3",
                "INSERT INTO other (id, v) SELECT id + 100, v FROM t3 ON DUPLICATE KEY UPDATE other.v = 'again'",
                "CREATE TEMPORARY TABLE t8 (id INT)", "INSERT INTO t8 VALUES (1)", "ALTER TABLE t8 ADD COLUMN x INT",
                "TRUNCATE TABLE t8", "DELETE FROM t8", "ALTER TABLE t8 RENAME TO t7", "INSERT INTO t7 VALUES (1, 1)", "DROP TEMPORARY TABLE t7",
                "INSERT INTO log (id, v) SELECT 1000 + id, 'x' FROM other WHERE id < 0"]


def start(pair, tables=None, **settings):
    pair.source_execute(TABLES + OTHERS)
    with pair.source.connect(pair.name) as connection, connection.cursor() as cursor:
        for program in PROGRAMS:
            cursor.execute(program)
    tables = [f"{pair.name}.{table}" for table in tables or SELECTED + ["child"]]
    return pair.run_task(tables=tables, **settings).wait_for_catchup()


@contextlib.contextmanager
def statement_session(pair, binlog_format="STATEMENT"):
    with pair.source.connect(pair.name) as connection, connection.cursor() as cursor:
        cursor.execute(f"SET SESSION binlog_format = '{binlog_format}'")
        yield cursor


def run(pair, statements, **how):
    with statement_session(pair, **how) as cursor:
        for statement in statements:
            cursor.execute(statement)


def reloaded(task, pair):
    return {error["source_table"].removeprefix(pair.name + ".") for error in task.errors() if error["sqlstate"] == "00000"}


def test_what_statements_reach(pair):
    pair.grant("TRIGGER")
    task = start(pair)
    run(pair, NOT_REACHING[:-1])
    task.wait_for_catchup()
    assert task.errors() == []
    run(pair, NOT_REACHING[-1:] + REACHING + DIRECT)
    settle(task)
    for table in SELECTED + ["child"]:
        pair.assert_same(table)
    assert reloaded(task, pair) == {"t1", "t2", "t3", "t4", "t5", "t6", "t7", "child"}
    warnings = [error for error in task.errors() if error["sqlstate"] == "01000"]
    assert len(warnings) == 1 and "ROW" in warnings[0]["remedy"]


@pytest.mark.sources("mariadb", "mysql9")
def test_what_the_catalog_does_not_tell(pair):
    """Without the right to see triggers any table of the task may have changed; and what is dropped is not seen."""
    task = start(pair, tables=["t2", "t5"])
    run(pair, ["INSERT INTO log (id, v) VALUES (10, '!')"])
    settle(task)
    pair.assert_same("t2")
    assert reloaded(task, pair) == {"t2", "t5"}
    assert any("TRIGGER" in (error["remedy"] or "") for error in task.errors())
    pair.grant("TRIGGER")
    task.stop()
    run(pair, ["INSERT INTO log (id, v) VALUES (11, '?')"])
    pair.source_execute("DROP TRIGGER tr2")
    before = len(task.errors())
    settle(task.start().wait_state())
    pair.assert_same("t2")
    assert len(task.errors()) > before
    before = len(task.errors())
    run(pair, ["INSERT INTO log (id, v) VALUES (12, '?')"])
    pair.source_execute("INSERT INTO t2 (id) VALUES (12)")
    task.wait_for_catchup()
    pair.assert_same("t2")
    assert len(task.errors()) == before


@pytest.mark.sources("mariadb")
def test_worker_ends_between_a_statement_and_what_tells_of_it(pair):
    """Judged without the trigger that it set off, which was dropped by then."""
    pair.grant("TRIGGER")
    task = start(pair, tables=["t2", "t5"])
    task.stop()
    pair.source_execute("INSERT INTO t2 (id) VALUES (50)")  # for the statement to be committed before CREATE TABLE
    run(pair, ["INSERT INTO log (id, v) VALUES (10, '!')"])
    pair.source_execute("CREATE TABLE y (id INT PRIMARY KEY); INSERT INTO t5 (id) VALUES (77); DROP TRIGGER tr2")
    with contextlib.closing(pair.target.connect(pair.name, autocommit=False)) as blocker:
        blocker.cursor().execute(f'LOCK TABLE "{pair.name}".t5 IN ACCESS EXCLUSIVE MODE')
        task.start()
        wait_until(lambda: pair.target_query("SELECT count(*) FROM pg_locks WHERE NOT granted") == [(1,)], 30, "the worker waits")
        task.stop()
    task.start().wait_state()
    settle(task)
    for table in ("t2", "t5"):
        pair.assert_same(table)


@pytest.mark.parametrize("binlog_format", ["ROW", "MIXED", "STATEMENT"])
def test_routine_that_has_used_a_temporary_table(pair, binlog_format):
    """The source marks all that it logs of such a routine from there on as if it were of the temporary table."""
    pair.grant("TRIGGER")
    pair.source_execute("CREATE TABLE report (id INT PRIMARY KEY, v INT); INSERT INTO report VALUES (1, 1), (2, 2);"
                        "CREATE TABLE tmp (id INT PRIMARY KEY); INSERT INTO tmp VALUES (7)")
    with pair.source.connect(pair.name) as connection, connection.cursor() as cursor:
        cursor.execute("""CREATE PROCEDURE refresh(x INT) BEGIN
            DROP TEMPORARY TABLE IF EXISTS tmp; CREATE TEMPORARY TABLE tmp (id INT, v INT); INSERT INTO tmp VALUES (1, x), (3, x);
            TRUNCATE TABLE report; ALTER TABLE report ADD COLUMN w INT; TRUNCATE TABLE tmp;
            INSERT INTO report (id, v) VALUES (x, x); END""")
    task = pair.run_task()
    run(pair, ["CALL refresh(5)"], binlog_format=binlog_format)
    settle(task)
    pair.assert_same("report")
    pair.assert_same("tmp")


@pytest.mark.sources("mariadb", "mysql56")  # with GTIDs MySQL refuses to mix engines
@pytest.mark.parametrize("undo", ["ROLLBACK", "ROLLBACK TO a; COMMIT"])
def test_engines_that_keep_what_is_rolled_back(pair, undo):
    """The rollback is logged, as the rows of such a table stay."""
    pair.grant("TRIGGER")
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY) ENGINE=InnoDB; CREATE TABLE m (id INT PRIMARY KEY) ENGINE=MyISAM;"
                        "INSERT INTO t VALUES (1); INSERT INTO m VALUES (1)")
    task = pair.run_task()
    for binlog_format in ("STATEMENT", "ROW"):
        number = len(binlog_format)
        run(pair, ["BEGIN", f"INSERT INTO t VALUES ({number})", "SAVEPOINT a", f"INSERT INTO m VALUES ({number})",
                   f"INSERT INTO m SELECT id + 100 FROM t WHERE id = {number}", *undo.split("; "), "DO 1"], binlog_format=binlog_format)
        settle(task)
        pair.assert_same("t")
        pair.assert_same("m")


@pytest.mark.sources("mysql9")
def test_rights_that_are_revoked_in_part(pair):
    pair.grant("TRIGGER")
    task = start(pair, tables=["t2", "t5"])
    task.stop()
    with pair.source.set_global(partial_revokes=1):
        pair.source.execute("GRANT TRIGGER ON *.* TO repl@'%'; "
                            f"REVOKE TRIGGER ON `{pair.name}`.* FROM repl@'%'; REVOKE TRIGGER ON `{pair.name}`.* FROM repl@'%'")
        try:
            task.start().wait_state()
            run(pair, ["INSERT INTO log (id, v) VALUES (10, '!')"])
            settle(task)
            pair.assert_same("t2")
        finally:
            pair.source.execute(f"GRANT TRIGGER ON `{pair.name}`.* TO repl@'%'; REVOKE TRIGGER ON *.* FROM repl@'%'; GRANT TRIGGER ON `{pair.name}`.* TO repl@'%'")


def test_memory_table_after_a_restart(pair):
    """The source logs that it is empty, when it is first used."""
    pair.grant("TRIGGER")
    pair.source_execute("CREATE TABLE m (id INT PRIMARY KEY, v INT) ENGINE=MEMORY; INSERT INTO m VALUES (1, 1), (2, 2)")
    task = pair.run_task().wait_for_catchup()
    assert pair.target_query(f'SELECT count(*) FROM "{pair.name}".m') == [(2,)]
    pair.source.restart()
    pair.source_execute("INSERT INTO m VALUES (3, 3)")
    task.wait_state().wait_for_catchup()
    pair.assert_same("m")
    assert [error for error in task.errors() if error["sqlstate"] == "00000"] == []


@pytest.mark.sources("mariadb")
def test_tasks_that_cannot_load_again(pair):
    pair.grant("TRIGGER")
    pair.source_execute("CREATE TABLE other (id INT PRIMARY KEY); CREATE TABLE t (id INT PRIMARY KEY); CREATE VIEW v AS SELECT * FROM t")
    task = pair.run_task(tables=[f"{pair.name}.t"], operations=["insert", "update", "alter"])
    run(pair, ["INSERT INTO other VALUES (1)", "INSERT INTO v VALUES (1)"])
    task.wait_state("failed")
    error = task.errors()[0]
    assert error["source_table"] == f"{pair.name}.t" and "INSERT INTO v" in error["detail"] and "ROW" in error["remedy"]


@pytest.mark.sources("mariadb", "mysql56")
def test_deletes_that_do_not_empty_the_table(pair):
    """One of a temporary table that a worker before this one saw made, and one that passes over errors."""
    pair.grant("TRIGGER")
    pair.source_execute("""CREATE TABLE r (id INT PRIMARY KEY); INSERT INTO r VALUES (1), (2); CREATE TABLE p (id INT PRIMARY KEY) ENGINE=InnoDB;
        INSERT INTO p VALUES (1), (2), (3); CREATE TABLE c (id INT PRIMARY KEY, FOREIGN KEY (id) REFERENCES p (id)) ENGINE=InnoDB; INSERT INTO c VALUES (2)""")
    task = pair.run_task()
    with statement_session(pair) as cursor:
        cursor.execute("CREATE TEMPORARY TABLE r (x INT)")
        cursor.execute("INSERT INTO r VALUES (9)")
        task.wait_for_catchup()
        task.stop().start().wait_state()
        cursor.execute("DELETE FROM r")
    if pair.source.kind == "mariadb":
        run(pair, ["DELETE IGNORE FROM p"])
    settle(task)
    for table in ("r", "p"):
        pair.assert_same(table)
