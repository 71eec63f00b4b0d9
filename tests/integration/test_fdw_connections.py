"""Connections of foreign scans: kept, found lost, closed; and what ends at the source when a scan ends here."""

import contextlib
import os
import signal
import threading
import time

import psycopg2
import pytest

from harness.wait import wait_until

@pytest.fixture
def session(pair):
    """A cursor of one session beside a small table."""
    pair.source_execute("""CREATE TABLE small (id int PRIMARY KEY, v varchar(20));
        INSERT INTO small VALUES (1, 'one'), (2, 'two'), (3, 'three')""")
    pair.target_query("SELECT mysql_sync.import_schema(%s, %s)", (pair.server, pair.name))
    with contextlib.closing(pair.target.connect(pair.name)) as connection, connection.cursor() as cursor:
        cursor.execute(f"SET search_path = {pair.name}")
        yield cursor


@pytest.fixture
def big(pair, session):
    """A table beside it that no socket buffer takes whole."""
    pair.source_execute("""CREATE TABLE big (id int PRIMARY KEY AUTO_INCREMENT, v text);
        INSERT INTO big (v) VALUES (REPEAT('x', 30000))""" + "; INSERT INTO big (v) SELECT v FROM big" * 9)
    session.execute("CREATE FOREIGN TABLE big (id int, v text) SERVER source")
    return "big"


def ask(cursor, sql):
    cursor.execute(sql)
    return cursor.fetchall()


def threads(cursor):
    return [int(thread) for thread, in ask(cursor, "SELECT source_thread FROM mysql_sync.get_connections() ORDER BY 1")]


def alive(pair, thread):
    return pair.source_query(f"SELECT count(*) FROM information_schema.processlist WHERE id = {thread}") == [(1,)]


def logins(pair):
    return int(pair.source_query("SHOW GLOBAL STATUS LIKE 'Connections'")[0][1])


@pytest.mark.sources("mariadb", "mysql9")
def test_connections_outlive_transactions_until_their_server_changes(pair, session):
    assert ask(session, "SELECT v FROM small WHERE id = 2") == [("two",)]
    first = threads(session)
    assert len(first) == 1
    with pytest.raises(psycopg2.errors.DivisionByZero):
        session.execute("SELECT id / 0 FROM small")
    assert ask(session, "SELECT v FROM small WHERE id = 3") == [("three",)]
    assert threads(session) == first
    for change in (f"ALTER SERVER {pair.server} OPTIONS (connect_timeout '9')",
                   f"ALTER USER MAPPING FOR CURRENT_USER SERVER {pair.server} OPTIONS (SET username 'repl')"):
        session.execute(f"BEGIN; SELECT * FROM small; {change}")
        assert ask(session, "SELECT valid FROM mysql_sync.get_connections()") == [(False,)]
        before = threads(session)
        session.execute("COMMIT")
        wait_until(lambda old=before[0]: not alive(pair, old), 5, "the connection is closed")
        assert ask(session, "SELECT count(*) FROM small") == [(3,)]
        assert threads(session) != before
    assert ask(session, "SELECT server_name, user_name, valid, in_use FROM mysql_sync.get_connections()") == [
        (pair.server, ask(session, "SELECT current_user")[0][0], True, False)]


@pytest.mark.sources("mysql9")
def test_they_are_closed_on_request(pair, session):
    ask(session, "SELECT * FROM small")
    thread, = threads(session)
    assert ask(session, f"SELECT mysql_sync.disconnect('{pair.server}'), mysql_sync.disconnect_all()") == [(True, False)]
    wait_until(lambda: not alive(pair, thread), 5, "the connection is closed")
    with pytest.raises(psycopg2.errors.UndefinedObject):
        session.execute("SELECT mysql_sync.disconnect('nowhere')")
    session.execute("BEGIN; DECLARE c CURSOR FOR SELECT id FROM small; FETCH c")
    assert ask(session, "SELECT mysql_sync.disconnect_all()") == [(False,)]
    assert ask(session, "FETCH ALL FROM c") == [(2,), (3,)]
    session.execute("COMMIT")
    session.execute(f"ALTER SERVER {pair.server} OPTIONS (ADD keep_connections 'false')")
    assert ask(session, "SELECT count(*) FROM small") == [(3,)] and threads(session) == []
    with pytest.raises(psycopg2.Error, match="keep_connections"):
        session.execute(f"ALTER SERVER {pair.server} OPTIONS (SET keep_connections 'perhaps')")


def test_one_that_the_source_closed_is_replaced(pair, session):
    for begin in ("", "BEGIN; SELECT 1 FROM small; "):
        session.execute(begin + "SELECT count(*) FROM small")
        for thread in threads(session):
            pair.source_execute(f"KILL {thread}")
            wait_until(lambda gone=thread: not alive(pair, gone), 5, "the session is gone")
        assert ask(session, "SELECT v FROM small WHERE id = 1") == [("one",)]
        session.execute("COMMIT")


@pytest.fixture
def reader(pair, session):
    """A role that may read the small table and has a mapping of its own."""
    name = f"{pair.name}_reader"
    session.execute(f"""CREATE ROLE {name}; GRANT USAGE ON SCHEMA {pair.name} TO {name};
        GRANT SELECT ON ALL TABLES IN SCHEMA {pair.name} TO {name};
        CREATE USER MAPPING FOR {name} SERVER {pair.server} OPTIONS (username 'repl', password 'repl')""")
    yield name
    session.execute(f"ROLLBACK; RESET ROLE; DROP OWNED BY {name} CASCADE; DROP ROLE {name}")


@pytest.mark.sources("mariadb")
def test_a_cursor_reads_with_the_mapping_of_who_opened_it(session, reader):
    session.execute(f"BEGIN; SET ROLE {reader}; DECLARE c CURSOR FOR SELECT id FROM small; RESET ROLE; FETCH c")
    users = "SELECT user_name FROM mysql_sync.get_connections() WHERE in_use"
    assert ask(session, users) == [(reader,)]
    session.execute(f"COMMIT; BEGIN; DECLARE c CURSOR FOR SELECT id FROM small; SET ROLE {reader}; FETCH c; RESET ROLE")
    assert ask(session, users) != [(reader,)]


@pytest.mark.sources("mariadb")
def test_an_error_of_the_source_costs_no_connection(pair, session):
    pair.source_execute("CREATE VIEW two AS SELECT (SELECT id FROM small WHERE id > 1) AS n")
    session.execute("""CREATE FOREIGN TABLE two (n int) SERVER source;
        CREATE FOREIGN TABLE missing (n int) SERVER source; SELECT count(*) FROM small""")
    first, before = threads(session), logins(pair)
    for table, error in (("two", "1242"), ("missing", "no table"), ("two", "1242")):
        with pytest.raises(psycopg2.Error, match=error):
            session.execute(f"SELECT * FROM {table}")
        assert threads(session) == first
    assert logins(pair) - before == 1, "this question"


@pytest.mark.sources("mariadb")
def test_what_an_abort_leaves_is_kept_as_after_a_commit(session):
    session.execute("""ALTER SERVER source OPTIONS (ADD keep_connections 'false');
        CREATE FUNCTION pg_temp.failing() RETURNS void LANGUAGE plpgsql AS 'BEGIN PERFORM 1 / (id - 2) FROM small; END'""")
    with pytest.raises(psycopg2.errors.DivisionByZero):
        session.execute("SELECT pg_temp.failing()")
    assert threads(session) == []


def test_scans_that_end_early_keep_their_connections(pair, session, big):
    assert ask(session, "SELECT count(*) FROM small") == [(3,)]
    before = logins(pair)
    for table in ("small", big):
        query = f"SELECT count((SELECT v FROM {table} WHERE id > x % 2 LIMIT 1)) FROM generate_series(1, 30) x"
        assert ask(session, query) == [(30,)]
    session.execute("BEGIN; DECLARE c CURSOR FOR SELECT id FROM big; FETCH 2 FROM c; CLOSE c")
    assert ask(session, "SELECT count(*), min(id) FROM big") == [(512, 1)]
    session.execute("COMMIT")
    assert logins(pair) - before <= 4, "the second one that ends statements, and those that count"
    assert len(threads(session)) <= 4


def test_an_error_midway_leaves_no_half_read_connection(pair, session, big):
    session.execute("""CREATE FUNCTION pg_temp.trying() RETURNS int LANGUAGE plpgsql AS $$
        DECLARE caught int := 0;
        BEGIN
          FOR i IN 1 .. 5 LOOP
            BEGIN PERFORM 1 / (id - 2) FROM big; EXCEPTION WHEN division_by_zero THEN caught := caught + 1; END;
          END LOOP;
          RETURN caught + (SELECT count(*) FROM small);
        END $$""")
    assert ask(session, "SELECT pg_temp.trying()") == [(8,)]
    assert ask(session, "SELECT id, v FROM small ORDER BY id LIMIT 1") == [(1, "one")]
    busy = "SELECT count(*) FROM information_schema.processlist WHERE user = 'repl' AND info LIKE '%%big%%'"
    wait_until(lambda: pair.source_query(busy) == [(0,)], 2, "nothing runs at the source any more")


# What ends here ends there.

SLOW = "SELECT count(*) FROM information_schema.processlist WHERE info LIKE '%%`slow`%%' AND user = 'repl'"


@pytest.fixture
def slow(pair, session):
    """A view that keeps the source at work for minutes without a word to its reader."""
    pair.source_execute("CREATE VIEW slow AS SELECT BENCHMARK(20000000000, 1 + 1) AS n")
    session.execute("CREATE FOREIGN TABLE slow (n bigint) SERVER source; EXPLAIN SELECT * FROM slow")
    return "slow"


def read_in_background(pair, table):
    """A session that reads the table, and the thread that waits for it; the error is in the list."""
    connection = pair.target.connect(pair.name)
    errors = []

    def read():
        try:
            connection.cursor().execute(f"SELECT * FROM {pair.name}.{table}")
        except psycopg2.Error as error:
            errors.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    wait_until(lambda: pair.source_query(SLOW) == [(1,)], 10, "the source is at work")
    return connection, reader, errors


def test_what_ends_here_ends_at_the_source(pair, session, slow):
    for end in ("pg_cancel_backend", "pg_terminate_backend"):
        connection, reader, errors = read_in_background(pair, slow)
        pair.target_query(f"SELECT {end}(%s)", (connection.get_backend_pid(),))
        reader.join(10)
        assert errors and not reader.is_alive()
        wait_until(lambda: pair.source_query(SLOW) == [(0,)], 2, f"the source has ended after {end}")
        connection.close()
    session.execute("SET statement_timeout = '1s'")
    with pytest.raises(psycopg2.errors.QueryCanceled):
        session.execute("SELECT * FROM slow")
    wait_until(lambda: pair.source_query(SLOW) == [(0,)], 2, "the source has ended after a timeout")
    assert ask(session, "SELECT count(*) FROM small") == [(3,)]


@pytest.mark.sources("mariadb")
def test_a_cancelled_statement_is_not_sent_again(pair, session, slow):
    assert ask(session, "SELECT count(*) FROM small a JOIN small b USING (id)") == [(3,)]
    assert len(threads(session)) == 2
    before = logins(pair)
    session.execute("SET statement_timeout = '500ms'")
    with pytest.raises(psycopg2.errors.QueryCanceled):
        session.execute("SELECT * FROM slow")
    assert len(threads(session)) == 1
    assert logins(pair) - before == 2, "the one that ended the statement, and this question"


@pytest.mark.sources("mariadb")
def test_what_fails_in_an_open_transaction_ends_at_the_source(pair, session, big, slow):
    session.execute("""CREATE FUNCTION pg_temp.waiting() RETURNS void LANGUAGE plpgsql AS 'BEGIN PERFORM n FROM slow; END';
        CREATE FUNCTION pg_temp.failing() RETURNS void LANGUAGE plpgsql AS 'BEGIN PERFORM 1 / (id - 2) FROM big; END';
        SET statement_timeout = '500ms'""")
    late = "DECLARE c CURSOR FOR SELECT * FROM slow; SAVEPOINT s"
    half = "DECLARE c CURSOR FOR SELECT 1 / (id - 2) FROM big; SAVEPOINT s"
    ours = "SELECT info FROM information_schema.processlist WHERE user = 'repl' AND info LIKE '%%SELECT%%'"
    for begin, statement in (("", "SELECT pg_temp.waiting()"), ("", "SELECT pg_temp.failing()"),
                             (late, "FETCH c"), (half, "FETCH ALL FROM c")):
        session.execute("BEGIN;" + begin)
        with pytest.raises((psycopg2.errors.QueryCanceled, psycopg2.errors.DivisionByZero)):
            session.execute(statement)
        wait_until(lambda: pair.source_query(ours) == [], 2, f"nothing runs at the source after {begin} {statement}")
        session.execute("ROLLBACK")


@pytest.mark.sources("mariadb")
def test_a_cursor_outlives_a_savepoint_in_which_it_did_not_fail(session, big):
    session.execute("""BEGIN; DECLARE c CURSOR FOR SELECT id FROM big; DECLARE d CURSOR FOR SELECT 1 / (id - 2) FROM big;
        SAVEPOINT s; FETCH 2 FROM c""")
    with pytest.raises(psycopg2.errors.DivisionByZero):
        session.execute("FETCH ALL FROM d")
    session.execute("ROLLBACK TO s")
    first = ask(session, "FETCH 1 FROM c")
    session.execute("SAVEPOINT s; FETCH 1 FROM c; ROLLBACK TO s")
    rest = ask(session, "FETCH ALL FROM c")
    session.execute("CLOSE c; CLOSE d; COMMIT")
    assert [*first, *rest] == [row for place, row in enumerate(ask(session, "SELECT id FROM big ORDER BY id"))
                               if place not in (0, 1, 3)]


@pytest.mark.sources("mysql9")
def test_a_killed_process_leaves_its_statement_to_the_next_worker(pair, session, slow):
    pair.run_task([f"{pair.name}.small"], target_schema="elsewhere")
    connection, reader, _ = read_in_background(pair, slow)
    os.kill(connection.get_backend_pid(), signal.SIGKILL)
    reader.join(10)
    wait_until(lambda: pair.source_query(SLOW) == [(0,)], 30, "the worker that came back has ended it")


@pytest.mark.sources("mariadb", "mysql9")
def test_stopping_a_task_frees_the_source(pair, session, big):
    pair.target_execute(f"""DROP FOREIGN TABLE {pair.name}.big;
        CREATE FUNCTION nap() RETURNS boolean LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.2); RETURN true; END';
        CREATE TABLE {pair.name}.big (id int PRIMARY KEY, v text, CHECK (nap()))""")
    task = pair.task().create([f"{pair.name}.big"], existing_tables="append").start()
    ours = "SELECT count(*) FROM information_schema.processlist WHERE user = 'repl' AND "
    reads = ours + "info LIKE '%%big%%'"
    wait_until(lambda: pair.source_query(reads)[0][0] > 0, 30, "the load reads")
    task.stop()
    began = time.monotonic()
    pair.source_execute("ALTER TABLE big ADD w int")
    assert time.monotonic() - began < 3
    wait_until(lambda: pair.source_query(reads) == [(0,)], 2, "nobody reads any more")
    task.drop()
    other = pair.task("other").create([f"{pair.name}.small"], target_schema="elsewhere").start()
    other.wait_state("synchronizing")
    dumps = ours + "command LIKE 'Binlog Dump%%'"
    wait_until(lambda: pair.source_query(dumps)[0][0] > 0, 10, "the binlog is read")
    other.stop()
    wait_until(lambda: pair.source_query(dumps) == [(0,)], 3, "the binlog is not read any more")
