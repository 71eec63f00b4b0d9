"""ROLLBACK TO SAVEPOINT that the source logs: rows that it took back stand in its binlog all the same.

MariaDB logs it as soon as a temporary table or a table of an engine without transactions is written in between, MySQL
5.6 where a temporary table is made. MySQL 9 with GTIDs lets no transaction do what would make it log one.
"""

import pytest

from harness.reload import settle
from test_stream import follows, streaming
from test_xa import commit

TABLES = """CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(100)); INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, 'three');
            CREATE TABLE u (id INT PRIMARY KEY, v VARCHAR(100)); INSERT INTO u VALUES (1, 'one'), (2, 'two');
            CREATE TABLE other (id INT) ENGINE=MyISAM"""
MAKES_IT_LOGGED = ("INSERT INTO other VALUES (1); CREATE TEMPORARY TABLE tmp (id INT); INSERT INTO tmp VALUES (1);"
                   "DROP TEMPORARY TABLE tmp")
FILLER = "CONCAT(SPACE(40), id)"


def start(pair, **options):
    return streaming(pair, TABLES, tables=[f"{pair.name}.t", f"{pair.name}.u"], options=options)


def reason_to_log(pair):
    return "DO 1" if pair.source.kind == "mysql9" else MAKES_IT_LOGGED


def logged_rollbacks(pair):
    events = pair.source.query("SHOW BINARY LOGS")[-1][0]
    return [row[5] for row in pair.source.binlog_events(events) if row[5].startswith("ROLLBACK TO")]


def test_what_is_rolled_back_to_a_savepoint_is_undone(pair):
    task, between = start(pair), reason_to_log(pair)
    follows(pair, task, "t", "u", sql=f"""BEGIN; INSERT INTO t VALUES (10, 'stays'); SAVEPOINT a;
        UPDATE t SET v = 'gone' WHERE id = 1; DELETE FROM u; {between}; ROLLBACK TO a; INSERT INTO t VALUES (11, 'stays'); COMMIT""")
    if pair.source.kind != "mysql9":
        assert logged_rollbacks(pair), "nothing was tried"
    follows(pair, task, "t", "u", sql=f"""BEGIN; SAVEPOINT a; INSERT INTO t VALUES (20, 'stays'); SAVEPOINT `b``c`; INSERT INTO u VALUES (20, 'gone');
        SAVEPOINT A; DELETE FROM t; {between}; ROLLBACK TO a; UPDATE t SET v = 'then' WHERE id = 20; ROLLBACK TO `b``c`;
        UPDATE u SET v = 'seen' WHERE id = 1; COMMIT;
        BEGIN; SAVEPOINT a; DELETE FROM u; {between}; ROLLBACK TO a; ROLLBACK;
        INSERT INTO t VALUES (21, 'behind')""")


def test_more_than_can_be_held_is_undone(pair):
    """The transaction is begun again, told what to pass over: also where a wider rollback follows."""
    task, between = start(pair, batch_bytes=65536), reason_to_log(pair)
    pair.source_execute(f"INSERT INTO u SELECT 10000 + a.id * 100 + b.id, {FILLER.replace('id', 'a.id')} FROM t a, t b")
    rows = ", ".join(f"({number}, REPEAT('x', 90))" for number in range(100, 1500))
    follows(pair, task, "t", "u", sql=f"""BEGIN; UPDATE u SET v = 'stays' WHERE id = 1; SAVEPOINT a; INSERT INTO t VALUES {rows}; SAVEPOINT b;
        INSERT INTO u VALUES {rows}; {between}; ROLLBACK TO b; UPDATE t SET v = 'seen' WHERE id = 100; COMMIT;
        BEGIN; UPDATE u SET v = 'again' WHERE id = 1; SAVEPOINT a; UPDATE t SET v = REPEAT('y', 90); SAVEPOINT b;
        INSERT INTO u VALUES {rows}; {between}; ROLLBACK TO b; ROLLBACK TO a; DELETE FROM u WHERE id = 2; COMMIT""")


@pytest.mark.sources("mariadb")
def test_a_statement_behind_what_could_not_be_held(pair):
    """Rows that are passed over end before it."""
    task, between = start(pair, batch_bytes=65536), reason_to_log(pair)
    rows = ", ".join(f"({number}, CONCAT(UUID(), REPEAT('x', 60)))" for number in range(100, 1500))
    with pair.source.connect(pair.name) as connection, connection.cursor() as cursor:
        cursor.execute("SET SESSION binlog_format = 'MIXED'")
        for statement in ["BEGIN", "INSERT INTO u VALUES (50, UUID())", "SAVEPOINT a", f"INSERT INTO u VALUES {rows}", *between.split(";"),
                          "ROLLBACK TO a", "UPDATE t SET v = 'by a statement' WHERE id = 1", "COMMIT"]:
            cursor.execute(statement)
    assert logged_rollbacks(pair)
    settle(task)
    for table in ("t", "u"):
        pair.assert_same(table)


@pytest.mark.sources("mariadb", "mysql9")
def test_savepoints_of_xa_transactions(pair):
    task, between = start(pair), reason_to_log(pair)
    follows(pair, task, "t", "u", sql=f"""XA START 'x'; INSERT INTO t VALUES (30, 'stays'); SAVEPOINT a; DELETE FROM t; DELETE FROM u; {between};
        ROLLBACK TO a; INSERT INTO u VALUES (30, 'stays'); XA END 'x'; XA PREPARE 'x'; XA COMMIT 'x';
        XA START 'y'; SAVEPOINT a; DELETE FROM t; {between}; ROLLBACK TO a; INSERT INTO u VALUES (31, 'stays'); XA END 'y';
        XA COMMIT 'y' ONE PHASE""")


@pytest.mark.sources("mariadb")
def test_a_prepare_that_is_looked_up_may_have_savepoints(pair):
    between = reason_to_log(pair)
    pair.source_execute(TABLES)
    pair.source_execute(f"""XA START 'z'; INSERT INTO t VALUES (30, 'stays'); SAVEPOINT a; DELETE FROM t; {between}; ROLLBACK TO a;
        INSERT INTO t VALUES (31, 'stays'); XA END 'z'; XA PREPARE 'z'""")
    task = pair.run_task([f"{pair.name}.t", f"{pair.name}.u"])
    commit(pair, "'z'")
    follows(pair, task, "t")
