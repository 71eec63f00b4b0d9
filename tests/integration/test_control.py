"""Defining, starting, stopping and watching tasks: what is refused, and how; what the precheck finds; states."""

import contextlib
import re
import threading
import time

import psycopg2
import pytest

from harness.pair import Pair
from harness.wait import wait_until

UNDEFINED, EXISTS, INVALID, DENIED, UNSUPPORTED = "42704", "42710", "22023", "42501", "0A000"
PLAIN = "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(100)); INSERT INTO t VALUES (1, 'one'), (2, 'two')"
CATALOG = ("task_config", "task_progress", "table_mapping", "table_column", "load_chunk", "error_log")


def refusal(pair, sql, params=None, **settings):
    """The error that a statement ends with: SQLSTATE, message, hint ('' for none)."""
    with pytest.raises(psycopg2.Error) as raised:
        pair.target_query(sql, params, **settings)
    error = raised.value
    return error.pgcode, error.diag.message_primary, error.diag.message_hint or ""


@contextlib.contextmanager
def leaves_all_as_it_was(pair):
    before = settings_and_states(pair)
    yield
    assert settings_and_states(pair) == before


def settings_and_states(pair):
    return (pair.target_query("SELECT * FROM mysql_sync.task_config ORDER BY task"),
            pair.target_query("SELECT task, wanted, state FROM mysql_sync.task_progress ORDER BY task"))


def start(pair, task):
    """start_task; returns the messages that came with it."""
    connection = pair.target.connect(pair.name)
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute("SELECT mysql_sync.start_task(%s)", (task.name,))
        return "".join(connection.notices)


def log_in_as(pair, username, password):
    pair.target_execute("ALTER USER MAPPING FOR postgres SERVER source OPTIONS (SET username %s, SET password %s)",
                        (username, password))


def failed_items(task):
    return {(item["item"], item["object"]): item for item in task.precheck() if item["status"] == "failed"}


def fails_precheck(pair, task, item, thing):
    """The one failed item, which start_task reports as well, without an error and without starting anything."""
    failed = failed_items(task)
    assert list(failed) == [(item, thing)]
    found = failed[item, thing]
    assert found["detail"] and found["remedy"]
    notices = start(pair, task)
    assert "WARNING" in notices and f"{item} ({thing})" in notices and "HINT" in notices
    row = task.row()
    assert (row["state"], row["pid"]) == ("precheck_failed", None)
    assert item in row["last_error"] and item in task.errors()[0]["detail"]
    return found


def passes_precheck(task):
    assert failed_items(task) == {}
    return task


# --- wrong input -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shop(sources, target):
    """A pair with two tasks: 'idle' has not been started, 'busy' is synchronizing."""
    pair = Pair(sources.get("mariadb"), target, "control_shop")
    pair.create()
    pair.source_execute(PLAIN)
    pair.task("idle").create(["control_shop.t"], target_schema="elsewhere")
    pair.task("busy").create().start().wait_state()
    pair.target_execute("CREATE FOREIGN DATA WRAPPER other; CREATE SERVER other FOREIGN DATA WRAPPER other;"
                        "CREATE SERVER unmapped FOREIGN DATA WRAPPER mysql_sync OPTIONS (host '127.0.0.1')")
    yield pair
    pair.drop()


CALLS = ["alter_task('{}')", "drop_task('{}')", "precheck('{}')", "start_task('{}')", "stop_task('{}')",
         "wait_for_catchup('{}')"]


@pytest.mark.parametrize("call", CALLS)
def test_unknown_task(shop, call):
    with leaves_all_as_it_was(shop):
        state, message, hint = refusal(shop, f"SELECT mysql_sync.{call.format('nobody')}")
    assert state == UNDEFINED and '"nobody"' in message and "busy, idle" in hint


# What create_task is given beside a name and what is usual; SQLSTATE; parts of message and hint.
WRONG_SETTINGS = {
    "no dot": ("tables := '{shop}'", INVALID, '"shop".*no dot', "database.table"),
    "empty pattern": ("tables := ARRAY['']", INVALID, '""', "database.table"),
    "empty table": ("tables := '{shop.}'", INVALID, "empty table name", "database.table"),
    "empty database": ("tables := '{.t}'", INVALID, "empty database name", "database.table"),
    "two dots": ("tables := '{a.b.c}'", INVALID, "more than one dot", "`name`"),
    "open quote": ("tables := '{`a.b}'", INVALID, "backquote", "`name`"),
    "only exclusions": ("tables := '{!x.y}'", INVALID, "exclude", "database.table"),
    "no pattern": ("tables := '{}'", INVALID, "no table pattern", ""),
    "pattern is NULL": ("tables := '{a.b,NULL}'", INVALID, "tables.*NULL", ""),
    "tables are NULL": ("tables := NULL", INVALID, "tables.*NULL", ""),
    "server is NULL": ("server := NULL", INVALID, "server.*NULL", ""),
    "sync_data is NULL": ("sync_data := NULL", INVALID, "sync_data.*NULL", ""),
    "operations are NULL": ("operations := NULL", INVALID, "operations.*NULL", ""),
    "options are NULL": ("options := NULL", INVALID, "options.*NULL", ""),
    "option with a typo": ('options := \'{"load_worker": 2}\'', INVALID, '"load_worker"',
                           "load_workers, chunk_rows, batch_rows, batch_bytes, zero_dates, nul_bytes"),
    "option too small": ('options := \'{"load_workers": 0}\'', INVALID, "load_workers.*0", "1 to 16"),
    "option too large": ('options := \'{"load_workers": 17}\'', INVALID, "load_workers.*17", "1 to 16"),
    "option far too large": ('options := \'{"batch_rows": 99999999999999999999}\'', INVALID, "batch_rows",
                             "1 to 1000000"),
    "option not whole": ('options := \'{"batch_rows": 1.5}\'', INVALID, "batch_rows.*1.5", "whole number"),
    "option not a number": ('options := \'{"chunk_rows": "many"}\'', INVALID, "chunk_rows.*many", "100 to"),
    "option is null": ('options := \'{"chunk_rows": null}\'', INVALID, "chunk_rows", "100 to"),
    "option is a list": ('options := \'{"chunk_rows": [1000]}\'', INVALID, "chunk_rows", "100 to"),
    "zero_dates": ('options := \'{"zero_dates": "now"}\'', INVALID, "zero_dates.*now", "null, error, -infinity"),
    "nul_bytes": ('options := \'{"nul_bytes": true}\'', INVALID, "nul_bytes.*true", "error, strip"),
    "options not an object": ("options := '[1]'", INVALID, "JSON object", "load_workers"),
    "operation": ("operations := '{insert,upsert}'", INVALID, "operations.*upsert", "insert, update, delete, alter"),
    "no operation": ("operations := '{}'", INVALID, "operations.*empty", "insert, update, delete, alter"),
    "operation is NULL": ("operations := '{insert,NULL}'", INVALID, "operations.*NULL", ""),
    "existing_tables": ("existing_tables := 'replace'", INVALID, "existing_tables.*replace", "error, truncate, append"),
    "unknown server": ("server := 'nowhere'", UNDEFINED, '"nowhere" does not exist', "CREATE SERVER"),
    "no user mapping": ("server := 'unmapped'", UNDEFINED, "user mapping.*unmapped", "CREATE USER MAPPING"),
    "server of another wrapper": ("server := 'other'", "", "other", "mysql_sync"),
}


@pytest.mark.parametrize("name", WRONG_SETTINGS)
def test_wrong_settings(shop, name):
    """create_task and alter_task refuse the same, with the same words."""
    setting, state, message, hint = WRONG_SETTINGS[name]
    usual = {"server": "server := 'source'", "tables": "tables := '{control_shop.*}'"}
    key = setting.split(" ")[0]
    rest = ", ".join(text for other, text in usual.items() if other != key)
    calls = [f"create_task('new', {rest}, {setting})" if rest else f"create_task('new', {setting})"]
    if not name.endswith(("is NULL", "are NULL")) or "," in setting:  # for alter_task NULL means: unchanged
        calls.append(f"alter_task('idle', {setting})")
    for call in calls:
        with leaves_all_as_it_was(shop):
            found = refusal(shop, f"SELECT mysql_sync.{call}")
        assert state in ("", found[0]), found
        assert re.search(message, found[1]), found
        assert hint in found[2], found


def test_names_of_tasks(shop):
    with leaves_all_as_it_was(shop):
        state, message, hint = refusal(shop, "SELECT mysql_sync.create_task('busy', 'source', '{a.b}')")
        assert state == EXISTS and '"busy" already exists' in message and "drop_task('busy')" in hint
        assert refusal(shop, "SELECT mysql_sync.create_task('', 'source', '{a.b}')")[0] == INVALID
        assert refusal(shop, "SELECT mysql_sync.create_task(NULL, 'source', '{a.b}')")[0] == INVALID
        for call in CALLS[1:]:
            assert shop.target_query(f"SELECT mysql_sync.{call.format('x')}".replace("'x'", "NULL")) in ([(None,)], [])
    odd = shop.task('it\'s "Quoted" – ☃').create(["control_shop.t"], target_schema="quoted")
    odd.start().wait_state().wait_for_catchup()
    odd.stop().drop()
    shop.target_execute("DROP SCHEMA quoted CASCADE")


def test_out_of_order(shop):
    """A running task is neither started, changed nor dropped; one that does not run is not stopped."""
    with leaves_all_as_it_was(shop):
        for call in ("alter_task('busy', options := '{}')", "drop_task('busy')"):
            state, message, hint = refusal(shop, f"SELECT mysql_sync.{call}")
            assert state == EXISTS and '"busy" is running' in message and "stop_task('busy')" in hint
        state, message, _ = refusal(shop, "SELECT mysql_sync.start_task('busy')")
        assert state == EXISTS and "already running" in message
        state, message, hint = refusal(shop, "SELECT mysql_sync.stop_task('idle')")
        assert state == INVALID and "not running" in message and hint
        state, message, hint = refusal(shop, "SELECT mysql_sync.wait_for_catchup('idle')")
        assert state == INVALID and "not_started" in message and "start_task('idle')" in hint


def test_others_may_do_nothing(shop):
    shop.target_execute("DROP ROLE IF EXISTS control_other; CREATE ROLE control_other LOGIN;"
                        "GRANT USAGE ON SCHEMA mysql_sync TO control_other")
    try:
        for call in CALLS + ["create_task('mine', 'source', '{{a.b}}')"]:
            state, message, _ = refusal(shop, f"SET ROLE control_other; SELECT mysql_sync.{call.format('busy')}")
            assert state == DENIED and "permission denied for function" in message
        # Not with the right to call them either: a task reaches the source with a stored password.
        shop.target_execute("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA mysql_sync TO control_other")
        for call in CALLS:
            state, message, _ = refusal(shop, f"SET ROLE control_other; SELECT mysql_sync.{call.format('busy')}")
            assert state == DENIED and "superuser" in message
    finally:
        shop.target_execute("DROP OWNED BY control_other; DROP ROLE control_other")


# --- the precheck ----------------------------------------------------------------------------------------------


def test_precheck_of_a_good_task(pair):
    pair.source_execute(PLAIN + "; CREATE TABLE u (id INT PRIMARY KEY)")
    items = pair.task().create().precheck()
    assert {item["status"] for item in items} == {"passed"}
    assert all(item["detail"] and item["remedy"] is None for item in items)
    assert {item["object"] for item in items if item["item"] == "select"} == {f"{pair.name}.t", f"{pair.name}.u"}
    assert pair.target_query("SELECT count(*) FROM pg_namespace WHERE nspname = %s", (pair.name,)) == [(0,)]


@pytest.mark.parametrize("what, to, said", [
    ("SERVER source OPTIONS (SET port", "1", "connect"),
    ("SERVER source OPTIONS (SET host", "no-such-host.invalid", "no-such-host"),
    ("USER MAPPING FOR postgres SERVER source OPTIONS (SET username", "nobody", "denied"),
])
@pytest.mark.sources("mariadb")
def test_precheck_of_the_connection(pair, what, to, said):
    connection_fails(pair, what, to, said)


def test_precheck_of_the_password(pair):
    connection_fails(pair, "USER MAPPING FOR postgres SERVER source OPTIONS (SET password", "wrong", "denied")


def connection_fails(pair, what, to, said):
    pair.source_execute(PLAIN)
    task = pair.task().create()
    pair.target_execute(f"ALTER {what} '{to}')")
    found = fails_precheck(pair, task, "connection", "source")
    assert said in found["detail"]
    assert "wrong" not in str(task.errors())  # no password in any message
    # Fixed, it starts.
    pair.target_execute("ALTER SERVER source OPTIONS (SET port %s, SET host '127.0.0.1')", (str(pair.source.port),))
    log_in_as(pair, "repl", "repl")
    task.start().wait_state()


@pytest.mark.sources("mariadb")
def test_precheck_of_the_selection(pair):
    task = pair.task().create([f"{pair.name}.nothing"])
    found = fails_precheck(pair, task, "tables", f"{pair.name}.nothing")
    assert "case" in found["remedy"]
    pair.source_execute("CREATE TABLE nothing (id INT PRIMARY KEY); CREATE VIEW v AS SELECT * FROM nothing")
    task.alter(tables=[f"{pair.name}.v"])
    fails_precheck(pair, task, "tables", f"{pair.name}.v")
    task.alter(tables=[f"{pair.name}.*"])
    task.start().wait_state()
    assert list(task.tables()) == [f"{pair.name}.nothing"]


def test_precheck_of_the_key(pair):
    pair.source_execute(PLAIN + "; CREATE TABLE keyless (id INT, v INT);"
                        "CREATE TABLE u (id INT NOT NULL, UNIQUE KEY (id))")
    task = pair.task().create()
    assert set(failed_items(task)) == {("primary_key", f"{pair.name}.keyless"), ("primary_key", f"{pair.name}.u")}
    task.alter(tables=[f"{pair.name}.*", f"!{pair.name}.u"])
    found = fails_precheck(pair, task, "primary_key", f"{pair.name}.keyless")
    task.alter(tables=[f"{pair.name}.*", f"!{pair.name}.u", re.search(r"'(!.*)'", found["remedy"]).group(1)])
    passes_precheck(task).start().wait_state()


def test_precheck_of_columns(pair):
    """Each is named, all of them at once; no table vanishes because of one."""
    pair.source_execute(PLAIN + "; CREATE TABLE hidden (id INT PRIMARY KEY, xmin INT);"
                        f"CREATE TABLE long_one (id INT PRIMARY KEY, `{'c' * 64}` INT)")
    expected = {("types", f"{pair.name}.hidden.xmin"), ("types", f"{pair.name}.long_one.{'c' * 64}")}
    failed = failed_items(pair.task().create())
    assert set(failed) == expected
    assert all(item["remedy"] for item in failed.values())


def test_precheck_of_variables(pair):
    pair.source_execute(PLAIN)
    task = pair.task().create()
    with pair.source.set_global(binlog_format="MIXED"):
        found = fails_precheck(pair, task, "binlog_format", "source")
        assert "MIXED" in found["detail"] and "SET GLOBAL binlog_format" in found["remedy"]
    passes_precheck(task).start().wait_state()


@pytest.mark.sources("mysql9")
@pytest.mark.parametrize("variable, value, item", [
    ("binlog_row_image", "NOBLOB", "row_image"),
    ("binlog_row_value_options", "PARTIAL_JSON", "row_value_options"),
])
def test_precheck_of_rows_that_are_not_whole(pair, variable, value, item):
    """They can be completed, but not where the target is no copy to complete them from."""
    pair.source_execute(PLAIN)
    copy = pair.task().create()
    other = pair.task(pair.name + "_other").create(sync_data=False, target_schema="other")
    with pair.source.set_global(**{variable: value}):
        statuses = [{row["item"]: row for row in task.precheck()}[item] for task in (copy, other)]
    assert [row["status"] for row in statuses] == ["passed", "warning"]
    assert value in statuses[1]["detail"] and f"SET GLOBAL {variable}" in statuses[1]["remedy"]


@pytest.mark.sources("mariadb")
def test_precheck_of_server_ids(pair):
    pair.source_execute(PLAIN)
    own = pair.source.query("SELECT @@GLOBAL.server_id")[0][0]
    pair.target_execute("ALTER SERVER source OPTIONS (ADD server_id %s)", (str(own),))
    found = fails_precheck(pair, pair.task().create(), "server_id", "source")
    assert str(own) in found["detail"]


RIGHTS = {"select": "SELECT", "stream": "REPLICATION SLAVE", "client": "REPLICATION CLIENT"}


@pytest.mark.parametrize("missing, items", [
    ("select", {("tables", "{name}.t")}),
    ("stream", {("binlog_stream", "source")}),
    ("client", {("replication_client", "source")}),
])
def test_precheck_of_rights(pair, missing, items):
    pair.source_execute(PLAIN)
    granted = ", ".join(right for name, right in RIGHTS.items() if name != missing)
    pair.source.execute("SET sql_log_bin = 0; CREATE USER limited@'%' IDENTIFIED BY 'limited'")
    try:
        pair.source.execute(f"SET sql_log_bin = 0; GRANT {granted} ON *.* TO limited@'%'")
        log_in_as(pair, "limited", "limited")
        task = pair.task().create([f"{pair.name}.t"])
        for item, thing in items:
            found = fails_precheck(pair, task, item, thing.replace("{name}", pair.name))
            assert RIGHTS[missing] in found["remedy"] or RIGHTS[missing] in found["detail"]
        pair.source.execute(f"SET sql_log_bin = 0; GRANT {RIGHTS[missing]} ON *.* TO limited@'%'")
        passes_precheck(task).start().wait_state()
        task.stop()
    finally:
        pair.source.execute("SET sql_log_bin = 0; DROP USER limited@'%'")


# --- target tables that are there ------------------------------------------------------------------------------

TARGET = 'CREATE SCHEMA "{name}"; CREATE TABLE "{name}".t (id integer PRIMARY KEY, v varchar(100))'


def with_target(pair, definition=TARGET, row=False):
    pair.source_execute(PLAIN)
    pair.target_execute(definition.replace("{name}", pair.name))
    if row:
        pair.target_execute(f"INSERT INTO \"{pair.name}\".t VALUES (9, 'was there')")


@pytest.mark.sources("mariadb")
@pytest.mark.parametrize("existing_tables", ["error", "truncate", "append"])
def test_empty_target_table(pair, existing_tables):
    with_target(pair)
    task = passes_precheck(pair.task().create(existing_tables=existing_tables))
    task.start().wait_state().wait_for_catchup()
    pair.assert_same("t")


@pytest.mark.sources("mariadb")
def test_target_table_with_rows(pair):
    with_target(pair, row=True)
    task = pair.task().create()
    found = fails_precheck(pair, task, "target_table", f"{pair.name}.t")
    assert "truncate" in found["remedy"] and "append" in found["remedy"]
    rows = f'SELECT id FROM "{pair.name}".t ORDER BY id'
    assert pair.target_query(rows) == [(9,)]
    task.alter(existing_tables="append")
    [warning] = [item for item in passes_precheck(task).precheck() if item["status"] == "warning"]
    assert warning["item"] == "target_table"
    task.start().wait_state().wait_for_catchup()
    assert pair.target_query(rows) == [(1,), (2,), (9,)]


@pytest.mark.sources("mariadb")
def test_target_table_is_truncated(pair):
    with_target(pair, row=True)
    passes_precheck(pair.task().create(existing_tables="truncate")).start().wait_state().wait_for_catchup()
    pair.assert_same("t")


@pytest.mark.sources("mariadb")
def test_appended_rows_that_collide(pair):
    """The load fails, says where, and goes on when the row in the way is gone."""
    with_target(pair)
    pair.target_execute(f"INSERT INTO \"{pair.name}\".t VALUES (1, 'in the way')")
    task = pair.task().create(existing_tables="append").start().wait_state("failed")
    assert task.tables()[f"{pair.name}.t"]["state"] == "failed"
    assert any(error["source_table"] == f"{pair.name}.t" and "(id)=(1)" in (error["detail"] or "")
               for error in task.errors())
    pair.target_execute(f'DELETE FROM "{pair.name}".t')
    task.start()
    wait_until(lambda: task.state() == "synchronizing", 30, lambda: f"{task.row()} synchronizes")
    pair.assert_same("t")
    assert task.tables()[f"{pair.name}.t"]["last_error"] is None


@pytest.mark.sources("mariadb")
@pytest.mark.parametrize("definition, said, settings", [
    ('CREATE SCHEMA "{name}"; CREATE TABLE "{name}".t (id integer PRIMARY KEY)', "v", {}),
    ('CREATE SCHEMA "{name}"; CREATE TABLE "{name}".t (id integer, v varchar(100))', "primary key", {}),
    ('CREATE SCHEMA "{name}"; CREATE TABLE "{name}".t (id integer, v varchar(100), PRIMARY KEY (id, v))', "primary key",
     {}),
    ('CREATE SCHEMA "{name}"; CREATE SEQUENCE "{name}".t', "not a table", {}),
    ('CREATE SCHEMA "{name}"', "does not exist", {"sync_schema": False}),
], ids=["column lacks", "no key", "another key", "sequence", "absent"])
def test_unfit_target_table(pair, definition, said, settings):
    with_target(pair, definition)
    found = fails_precheck(pair, pair.task().create(**settings), "target_table", f"{pair.name}.t")
    assert said in found["detail"] + found["remedy"]


@pytest.mark.sources("mariadb")
def test_two_tables_for_one_target(pair):
    pair.source_execute(PLAIN)
    pair.source.execute(f"DROP DATABASE IF EXISTS `{pair.name}_b`; CREATE DATABASE `{pair.name}_b`; "
                        f"CREATE TABLE `{pair.name}_b`.t (id INT PRIMARY KEY, v VARCHAR(100));"
                        f"INSERT INTO `{pair.name}_b`.t VALUES (10, 'b')")
    try:
        task = pair.task().create([f"{pair.name}.t", f"{pair.name}_b.t"], target_schema="one")
        fails_precheck(pair, task, "target_table", "one.t")
        # With a task for each it works.
        task.alter(tables=[f"{pair.name}.t"])
        task.start().wait_state()
        other = pair.task("other").create([f"{pair.name}_b.t"], target_schema="one", existing_tables="append")
        other.start().wait_state()
        pair.source_execute(f"INSERT INTO t VALUES (3, 'a'); INSERT INTO `{pair.name}_b`.t VALUES (11, 'b');"
                            "DELETE FROM t WHERE id = 1")
        task.wait_for_catchup()
        other.wait_for_catchup()
        assert pair.target_query("SELECT id FROM one.t ORDER BY id") == [(2,), (3,), (10,), (11,)]
        task.stop()
        other.stop()
    finally:
        pair.source.execute(f"DROP DATABASE `{pair.name}_b`")


# --- names -----------------------------------------------------------------------------------------------------

# MySQL's own names end at U+FFFF. Two of these are one to who compares them as a reader does, or without their case.
NAMES = ["Upper", "upper", "select", "Table", "all", 'quo"te', "it's", "back`tick", "dot.ted", "a.b.c", "sp ace", " lead",
         "tab\there", "line\nbreak", "żółw", "☃", "\u00e9", "e\u0301", "back\\slash", "%s", "$1", "1", "1e5", "--", "/*", "{}", "*",
         "n" * 63, "ü" * 31, "漢" * 21]


def quoted(name):
    return "`" + name.replace("`", "``") + "`"


def test_names(pair):
    """Of tables and columns: through the load, rows, ALTER and TRUNCATE."""
    for name in NAMES:
        with pair.source.connect(pair.name) as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE {quoted(name)} ({quoted(name)} INT PRIMARY KEY, `a` INT, `user` INT)")
            cursor.execute(f"INSERT INTO {quoted(name)} VALUES (1, 1, 1), (2, 2, 2)")
    task = pair.run_task()
    for name in NAMES:
        with pair.source.connect(pair.name) as connection, connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {quoted(name)} VALUES (3, 3, 3)")
            cursor.execute(f"UPDATE {quoted(name)} SET a = 9 WHERE {quoted(name)} = 1")
            cursor.execute(f"ALTER TABLE {quoted(name)} ADD COLUMN {quoted('new ' + name[:19])} INT DEFAULT 7,"
                           "DROP COLUMN `user`")
            cursor.execute(f"DELETE FROM {quoted(name)} WHERE {quoted(name)} = 2")
    task.wait_for_catchup()
    for name in NAMES:
        pair.assert_same(name)
    assert set(task.tables()) == {f"{pair.name}.{name}" for name in NAMES}


@pytest.mark.sources("mariadb", "mysql9")
def test_names_of_databases(pair):
    odd = f"{pair.name} Odd\"'.`☃"
    pair.source.execute(f"CREATE DATABASE {quoted(odd)}")
    try:
        pair.source.execute(PLAIN, database=odd)
        task = pair.run_task([f"{quoted(odd)}.*"])
        pair.source.execute("INSERT INTO t VALUES (3, 'three'); ALTER TABLE t ADD COLUMN n INT DEFAULT 5", database=odd)
        task.wait_for_catchup()
        assert pair.target_query('SELECT * FROM "{}".t ORDER BY id'.format(odd.replace('"', '""'))) == [
            (1, "one", 5), (2, "two", 5), (3, "three", 5)]
        task.stop()
    finally:
        pair.source.execute(f"DROP DATABASE {quoted(odd)}")


@pytest.mark.sources("mariadb")
def test_names_that_are_too_long(pair):
    """64 characters are MySQL's limit, 63 bytes PostgreSQL's: cut silently, two tables could become one."""
    for name in ("n" * 64, "ü" * 32):
        pair.source_execute(f"CREATE TABLE {quoted(name)} (id INT PRIMARY KEY)")
    failed = failed_items(pair.task().create())
    assert {thing for _, thing in failed} == {f"{pair.name}.{'n' * 64}", f"{pair.name}.{'ü' * 32}"}
    assert all("63 bytes" in item["detail"] for item in failed.values())


@pytest.mark.sources("mariadb")
def test_name_that_grows_too_long(pair):
    """While streaming: the task stops, the target keeps its column."""
    pair.source_execute(PLAIN)
    task = pair.run_task()
    pair.source_execute(f"ALTER TABLE t ADD COLUMN `{'x' * 64}` INT")
    task.wait_state("failed")
    assert "longer than 63 bytes" in task.row()["last_error"]


# --- the life of a task ----------------------------------------------------------------------------------------


def test_states(pair):
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(250))")
    pair.source.execute_many("INSERT INTO t VALUES (%s, REPEAT('x', 200))", [(i,) for i in range(8000)], pair.name)
    task = pair.task().create(options={"chunk_rows": 100})
    row = task.row()
    assert (row["state"], row["pid"], row["applied_position"], row["delay"]) == ("not_started", None, None, None)
    assert task.tables() == {} and task.errors() == []
    seen = []

    def look():
        state, tables = task.state(), task.tables()
        seen.append((state, tables[f"{pair.name}.t"]["state"] if tables else None))
        return state == "synchronizing"

    task.start()
    wait_until(look, 60, "the task synchronizes", interval=0.005)
    states = [state for state, _ in seen]
    order = ["not_started", "prechecking", "initializing", "synchronizing"]
    assert states == sorted(states, key=order.index), "it went back"
    assert "initializing" in states
    assert {"loading"} <= {table for _, table in seen} <= {None, "waiting", "loading", "loaded", "synchronizing"}
    row, table = task.row(), task.tables()[f"{pair.name}.t"]
    assert row["pid"] and row["owner"] == "postgres" and row["server"] == "source" and row["started_at"]
    assert table["rows_loaded"] == 8000 and table["chunks_done"] == table["chunks"] > 1
    assert table["bytes_loaded"] > 8000 * 200

    task.stop()
    row = task.row()
    assert (row["state"], row["pid"]) == ("paused", None)
    assert task.tables()[f"{pair.name}.t"]["state"] == "paused"
    state, message, _ = refusal(pair, "SELECT mysql_sync.wait_for_catchup(%s)", (task.name,))
    assert state == INVALID and "paused" in message
    position = row["applied_position"]
    pair.source_execute("INSERT INTO t VALUES (50000, 'while paused')")
    assert task.row()["applied_position"] == position

    task.start()
    task.wait_for_catchup()
    pair.assert_same("t")
    row = task.row()
    assert (row["inserted"], row["updated"], row["deleted"]) == (1, 0, 0) and row["last_commit_at"] > row["started_at"]
    wait_until(lambda: task.tables()[f"{pair.name}.t"]["inserted"] == 1, 5, "the table's counters follow")


@pytest.mark.sources("mariadb")
def test_started_task_is_not_called_paused(pair):
    """Nor failed: a worker is at work, however long the source takes to answer it."""
    pair.source_execute(PLAIN)
    task = pair.run_task().stop()

    def starts():
        started = pair.target_query("""SELECT mysql_sync.start_task(%s);
                                       SELECT state FROM mysql_sync.tasks WHERE task = %s""", (task.name, task.name))
        assert started == [("synchronizing",)]  # at once, while the worker waits for this transaction

    starts()
    pair.target_execute(f'ALTER TABLE "{pair.name}".t RENAME TO hidden')
    pair.source_execute("INSERT INTO t VALUES (3, 'three')")
    wait_until(lambda: (task.state(), task.row()["pid"]) == ("failed", None), 20, "the task fails")
    pair.target_execute(f'ALTER TABLE "{pair.name}".hidden RENAME TO t')
    starts()


@pytest.mark.sources("mariadb")
def test_workers_show_in_pg_stat_activity(pair):
    pair.source_execute(PLAIN)
    task = pair.run_task()
    [(kind,)] = pair.target_query("SELECT backend_type FROM pg_stat_activity WHERE pid = %s", (task.row()["pid"],))
    assert kind == "mysql_sync task"
    assert pair.target_query("SELECT 1 FROM pg_stat_activity WHERE backend_type = 'mysql_sync launcher'")


@pytest.mark.sources("mariadb")
def test_drop_forgets_everything(pair):
    pair.source_execute(PLAIN)
    task = pair.run_task().stop()
    other = pair.task("other").create(target_schema="other").start().wait_state()
    task.drop()
    for table in CATALOG:
        assert pair.target_query(f"SELECT count(*) FROM mysql_sync.{table} WHERE task = %s", (task.name,)) == [(0,)]
    assert task.row() is None and task.tables() == {} and task.errors() == []
    assert pair.target_query(f'SELECT count(*) FROM "{pair.name}".t') == [(2,)]
    assert pair.target_query("SELECT count(*) FROM pg_foreign_table") == [(0,)]
    # The other task has not noticed, and the name is free.
    pair.source_execute("INSERT INTO t VALUES (3, 'three')")
    other.wait_for_catchup()
    task.create(existing_tables="truncate").start().wait_state().wait_for_catchup()
    pair.assert_same("t")
    pair.assert_same("t", ("other", "t"))


@pytest.mark.sources("mariadb")
def test_workers_end(pair):
    """A stopped task keeps nothing of the server: there are few worker slots, and databases want to be dropped."""
    pair.source_execute(PLAIN)
    task = pair.run_task()
    pid = task.row()["pid"]
    task.stop()
    pair.target.leave_database(pair.name)
    pair.target.execute("CREATE DATABASE {0}_copy TEMPLATE {0}".format(pair.name))  # needs that nobody is connected
    pair.target.execute(f"DROP DATABASE {pair.name}_copy")
    assert pair.target_query("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", (pid,)) == [(0,)]
    for _ in range(40):  # more often than there are slots
        task.start().stop()
    task.start().wait_for_catchup()


@pytest.mark.sources("mariadb")
def test_dropped_database_leaves_no_worker_behind(pair):
    """A worker whose database is gone must not be started again and again."""
    log_before = pair.target.log_tail(100000).count("does not exist")
    pair.source_execute(PLAIN)
    pair.target.execute(f"CREATE DATABASE {pair.name}_gone")
    gone = Pair(pair.source, pair.target, f"{pair.name}_gone")
    gone.source.execute(f"CREATE DATABASE {gone.name}")
    pair.target.execute(f"DROP DATABASE {gone.name}")
    gone.source.execute(f"DROP DATABASE {gone.name}")
    gone.create()
    gone.source_execute(PLAIN)
    gone.run_task()
    gone.drop()
    time.sleep(7)  # longer than the server takes to start a worker again; there is nothing to poll for
    # Once may be: the launcher's look at every database, if it was just there.
    assert pair.target.log_tail(100000).count("does not exist") <= log_before + 1


@pytest.mark.sources("mariadb")
def test_stop_in_a_transaction(pair):
    """The worker stays away for as long as the transaction is open, and after it."""
    pair.source_execute(PLAIN)
    task = pair.run_task()
    connection = pair.target.connect(pair.name, autocommit=False)
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute("SELECT mysql_sync.stop_task(%s)", (task.name,))
        end = time.monotonic() + 8  # longer than the server takes to start a worker again
        pids = set()
        while time.monotonic() < end:
            pids.add(task.row()["pid"])
            time.sleep(0.2)
        connection.commit()
    wait_until(lambda: task.row()["pid"] is None, 10, "no worker runs")
    assert task.state() == "paused"
    pair.source_execute("INSERT INTO t VALUES (3, 'not for now')")
    assert pids == {None}
    assert pair.target_query(f'SELECT count(*) FROM "{pair.name}".t') == [(2,)]


@pytest.mark.sources("mariadb")
def test_start_that_is_rolled_back(pair):
    pair.source_execute(PLAIN)
    task = pair.task().create()
    connection = pair.target.connect(pair.name, autocommit=False)
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute("SELECT mysql_sync.start_task(%s)", (task.name,))
        connection.rollback()
    wait_until(lambda: task.row()["pid"] is None, 10, "the worker gives up")
    assert task.state() == "not_started"
    task.start().wait_state()


@pytest.mark.sources("mariadb")
def test_two_sessions_start_and_stop(pair):
    """However they meet, there is one worker or none, and the state says which."""
    pair.source_execute(PLAIN)
    task = pair.run_task()
    for call in ("stop_task", "start_task"):
        outcomes = []

        def run():
            try:
                pair.target_query(f"SELECT mysql_sync.{call}(%s)", (task.name,))
                outcomes.append("done")
            except psycopg2.Error as error:
                outcomes.append(error.pgcode)

        threads = [threading.Thread(target=run) for _ in range(3)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert outcomes.count("done") >= 1 and set(outcomes) <= {"done", EXISTS, INVALID}
        if call == "stop_task":
            assert (task.state(), task.row()["pid"]) == ("paused", None)
    task.wait_for_catchup()
    workers = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'mysql_sync task' AND datname = %s"
    assert pair.target_query(workers, (pair.name,)) == [(1,)]


def long_load(pair):
    """A task that has begun with a load of some seconds, and a function that tells how many chunks are done."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(250))")
    pair.source.execute_many("INSERT INTO t VALUES (%s, REPEAT('x', 200))", [(i,) for i in range(40000)], pair.name)
    task = pair.task().create(options={"chunk_rows": 100}).start()

    def done():
        tables = task.tables()
        return tables[f"{pair.name}.t"]["chunks_done"] if tables else 0

    wait_until(lambda: done() > 5, 30, "some chunks are loaded", interval=0.01)
    return task, done


@pytest.mark.sources("mariadb")
def test_stop_during_the_load(pair):
    """A task that is paused reads nothing more from the source; the load goes on with what is left."""
    task, done = long_load(pair)
    task.stop()
    loading = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'mysql_sync load' AND datname = %s"
    wait_until(lambda: pair.target_query(loading, (pair.name,)) == [(0,)], 2, "the load workers are gone")
    assert done() < task.tables()[f"{pair.name}.t"]["chunks"]
    task.start()
    wait_until(lambda: task.state() == "synchronizing", 60, lambda: f"{task.row()} synchronizes")
    task.wait_for_catchup()
    pair.assert_same("t")


@pytest.mark.sources("mariadb")
def test_stop_and_start_during_the_load(pair):
    """At once, and again: the load workers of before must not be in the way of the new ones."""
    task, done = long_load(pair)
    for _ in range(3):
        task.stop().start()
        before = done()
        wait_until(lambda: done() > before or task.state() in ("failed", "synchronizing"), 30, "the load goes on",
                   interval=0.01)
    wait_until(lambda: task.state() in ("failed", "synchronizing") and task.row()["pid"], 60,
               lambda: f"{task.row()} synchronizes")
    task.wait_for_catchup()
    pair.assert_same("t")
    assert task.errors() == []


def connections(source):
    return int(source.query("SHOW GLOBAL STATUS LIKE 'Connections'")[0][1])


@pytest.mark.sources("mysql9")
def test_load_of_small_tables_does_not_connect_for_each(pair):
    """Where the source has TLS, a login costs more than reading such a table."""
    for number in range(30):
        pair.source_execute(f"CREATE TABLE t{number} (id INT PRIMARY KEY); INSERT INTO t{number} VALUES (1), (2)")
    before = connections(pair.source)
    task = pair.run_task()
    assert connections(pair.source) - before < 25
    assert {row["rows_loaded"] for row in task.tables().values()} == {2}


@pytest.mark.sources("mariadb")
def test_wait_for_catchup_ends_in_time(pair):
    pair.source_execute(PLAIN)
    task = pair.run_task()
    holder = pair.target.connect(pair.name, autocommit=False)
    with contextlib.closing(holder):
        holder.cursor().execute(f'LOCK TABLE "{pair.name}".t IN ACCESS EXCLUSIVE MODE')
        pair.source_execute("INSERT INTO t VALUES (3, 'held up')")
        begin = time.monotonic()
        assert pair.target_query("SELECT mysql_sync.wait_for_catchup(%s, '1.5 s')", (task.name,)) == [(False,)]
        assert 1.4 < time.monotonic() - begin < 5
        assert pair.target_query("SELECT mysql_sync.wait_for_catchup(%s, '-1 s')", (task.name,)) == [(False,)]
        assert pair.target_query("SELECT mysql_sync.wait_for_catchup(%s, '0')", (task.name,)) == [(False,)]
        # It can be cancelled, and a stop does not hang behind the lock.
        for timeout in ("'60 s'", "'300000 years'", "make_interval(years => 178956970, secs => 9e12)", "'infinity'"):
            if timeout != "'infinity'" or pair.target_query("SHOW server_version_num")[0][0] >= "170000":
                state, *_ = refusal(pair, f"SET statement_timeout = 300; SELECT mysql_sync.wait_for_catchup(%s, {timeout})", (task.name,))
                assert state == "57014", timeout
        task.stop()
    task.start().wait_for_catchup()
    pair.assert_same("t")


@pytest.mark.sources("mariadb")
def test_alter_task(pair):
    """Settings of a paused task; what it copies stays settled."""
    pair.source_execute(PLAIN + "; CREATE TABLE u (id INT PRIMARY KEY)")
    task = pair.run_task([f"{pair.name}.t"], options={"batch_rows": 10}).stop()
    with leaves_all_as_it_was(pair):
        for settings in ("tables := '{a.b}'", "target_schema := 'x'", "server := 'source'", "sync_data := false",
                         "existing_tables := 'append'", "sync_schema := false"):
            state, message, hint = refusal(pair, f"SELECT mysql_sync.alter_task(%s, {settings})", (task.name,))
            assert state == UNSUPPORTED and settings.split()[0] in message and hint
        task.alter()
    task.alter(operations=["insert"], options={"batch_rows": 1000, "load_workers": 4})
    assert pair.target_query("SELECT operations, options FROM mysql_sync.task_config") == [
        (["insert"], {"batch_rows": 1000, "load_workers": 4})]
    pair.source_execute("DELETE FROM t WHERE id = 1; INSERT INTO t VALUES (3, 'three')")
    task.start().wait_for_catchup()
    assert pair.target_query(f'SELECT id FROM "{pair.name}".t ORDER BY id') == [(1,), (2,), (3,)]


# --- a task that fails on data ---------------------------------------------------------------------------------


def functions_named_in(text):
    return set(re.findall(r"mysql_sync\.(\w+)\(", text or ""))


def fails_on_data(pair, task, begin, sqlstate, key):
    """What the user is shown: the position before what could not be applied, the table, the key, and what to do."""
    table = f"{pair.name}.t"
    wait_until(lambda: (task.state(), task.row()["pid"]) == ("failed", None), 20, lambda: f"{task.row()} fails")
    error, row, table_row = task.errors()[0], task.row(), task.tables()[table]
    functions = {name for name, in pair.target_query(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'mysql_sync'::regnamespace")}
    checks = {
        "SQLSTATE": error["sqlstate"] == sqlstate,
        "the key is named": key in " ".join(str(error[field]) for field in ("message", "detail", "context")),
        "the last error is shown": row["last_error"] and error["message"] in row["last_error"],
        "the applied position lies before it": as_position(row["applied_position"]) <= begin,
        "the position shown lies before it": as_position(error["position"]) <= begin,
        "the table is named": error["source_table"] == table,
        "the table has failed": table_row["state"] == "failed" and key in (table_row["last_error"] or ""),
        "there is a remedy": bool(error["remedy"]),
        "the remedy can be followed": functions_named_in(error["remedy"]) <= functions,
    }
    return [check for check, holds in checks.items() if not holds]


def as_position(text):
    file, at = text.rsplit(":", 1)
    return file, int(at)


@pytest.mark.sources("mariadb")
@pytest.mark.parametrize("on_target, on_source, sqlstate, repair", [
    ("DELETE FROM t WHERE id = 2", "UPDATE t SET v = 'changed' WHERE id = 2", "27000",
     "INSERT INTO t VALUES (2, 'two')"),
    ("DELETE FROM t WHERE id = 2", "DELETE FROM t WHERE id = 2", "27000", "INSERT INTO t VALUES (2, 'two')"),
    ("INSERT INTO t VALUES (2000, 'mine')", "INSERT INTO t VALUES (2000, 'yours')", "23505",
     "DELETE FROM t WHERE id = 2000"),
    ("ALTER TABLE t ADD CHECK (v <> 'bad')", "UPDATE t SET v = 'bad' WHERE id = 2", "23514",
     "ALTER TABLE t DROP CONSTRAINT t_v_check"),
    ("ALTER TABLE t DROP COLUMN v", "UPDATE t SET v = 'x' WHERE id = 2", "42704",
     "ALTER TABLE t ADD COLUMN v varchar(100);"
     "UPDATE t SET v = CASE id WHEN 1 THEN 'one' WHEN 2 THEN 'two' ELSE 'before' END"),
], ids=["update", "delete", "insert", "constraint", "column"])
def test_conflict(pair, on_target, on_source, sqlstate, repair):
    """Somebody wrote to the target. The task stops there; repaired, it goes on with nothing lost or doubled."""
    pair.source_execute(PLAIN)
    task = pair.run_task()
    pair.source_execute("INSERT INTO t VALUES (100, 'before')")
    task.wait_for_catchup()
    path = f'SET search_path = "{pair.name}"; '
    pair.target_execute(path + on_target)
    file, at = pair.source.binlog_position()[:2]
    pair.source_execute(on_source + "; INSERT INTO t VALUES (101, 'behind');"
                        "UPDATE t SET v = CONCAT(v, '!') WHERE id = 100")
    key = {"42704": "v", "23514": "t_v_check"}.get(sqlstate, "2000" if "2000" in on_source else "(2)")
    complaints = fails_on_data(pair, task, (file, int(at)), sqlstate, key)
    pair.target_execute(path + repair)
    task.start().wait_for_catchup()
    pair.assert_same("t")
    assert task.row()["last_error"] is None and task.tables()[f"{pair.name}.t"]["last_error"] is None
    assert complaints == []


@pytest.mark.sources("mariadb")
def test_table_that_was_dropped_on_the_target(pair):
    pair.source_execute(PLAIN)
    task = pair.run_task()
    pair.target_execute(f'ALTER TABLE "{pair.name}".t RENAME TO hidden')
    pair.source_execute("INSERT INTO t VALUES (3, 'three')")
    task.wait_state("failed")
    assert f"{pair.name}.t" in task.row()["last_error"]
    pair.target_execute(f'ALTER TABLE "{pair.name}".hidden RENAME TO t')
    task.start().wait_for_catchup()
    pair.assert_same("t")
