"""Targets of other owners: what these attached to a table (triggers, defaults, checks, index expressions) runs with their
rights, in the load, in the stream and in DDL; and what a role may not do to a table is not done for it."""

import pytest

from harness.wait import wait_until

pytestmark = pytest.mark.sources("mariadb")

# Each tries to have more than its rights, and tells who ran it. An attempt that is refused does no harm to the row.
EVIL = """
CREATE FUNCTION app.attempt(what text) RETURNS text LANGUAGE plpgsql AS $f$
BEGIN
    EXECUTE what;
    RETURN 'done';
EXCEPTION WHEN insufficient_privilege THEN RETURN 'refused'; WHEN duplicate_object THEN RETURN 'there';
END $f$;
CREATE FUNCTION app.evil() RETURNS text LANGUAGE plpgsql AS $f$
BEGIN
    PERFORM set_config('work_mem', '77MB', false);
    RETURN current_user || ' ' || app.attempt('ALTER ROLE {role} SUPERUSER')
        || ' ' || app.attempt('RESET ROLE') || ' ' || app.attempt('SET SESSION AUTHORIZATION postgres')
        || ' ' || app.attempt('CREATE TEMP TABLE trap (id int)');
END $f$;
CREATE FUNCTION app.evil_check(t text) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $f$
BEGIN PERFORM app.attempt('ALTER ROLE {role} SUPERUSER'); RETURN true; END $f$;
CREATE FUNCTION app.evil_index(t text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $f$
BEGIN PERFORM app.attempt('ALTER ROLE {role} SUPERUSER'); RETURN t; END $f$;
CREATE FUNCTION app.evil_trigger() RETURNS trigger LANGUAGE plpgsql AS $f$
BEGIN
    NEW.by_trigger = app.evil();
    PERFORM app.attempt('CREATE DOMAIN pg_temp.name AS pg_catalog.name CHECK (app.evil_check(VALUE::text))');
    RETURN NEW;
END $f$;
CREATE FUNCTION app.note_row() RETURNS trigger LANGUAGE plpgsql AS $f$
BEGIN INSERT INTO app.audit VALUES (TG_OP, current_user); RETURN NULL; END $f$;
CREATE TABLE app.audit (op text, who text);
CREATE TABLE app.t (id int PRIMARY KEY, v varchar(20), by_default text DEFAULT app.evil(), by_trigger text,
                    CHECK (app.evil_check(v)), CHECK (app.evil_check('constant')),
                    g text GENERATED ALWAYS AS (app.evil_index(v)) STORED);
CREATE INDEX ON app.t (app.evil_index(v));
CREATE TRIGGER evil BEFORE INSERT OR UPDATE ON app.t FOR EACH ROW EXECUTE FUNCTION app.evil_trigger();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON app.t FOR EACH ROW EXECUTE FUNCTION app.note_row();
ALTER TABLE app.t ENABLE ALWAYS TRIGGER evil, ENABLE ALWAYS TRIGGER audit;
"""
# Rows of such a target are written by statements.
PARTITIONED = """
CREATE TABLE app.p (id int PRIMARY KEY, by_default text DEFAULT app.evil()) PARTITION BY RANGE (id);
CREATE TABLE app.p1 PARTITION OF app.p DEFAULT;
"""
# Its check runs wherever a value of it is made.
DOMAIN = """
CREATE DOMAIN app.number AS int CHECK (app.evil_check(VALUE::text));
CREATE TABLE app.child (id int PRIMARY KEY, parent app.number);
"""


@pytest.fixture
def app(target):
    """A role that owns the schema app and what is in it. To be named before the pair: it goes after it."""
    target.execute("CREATE ROLE rights_app")
    yield "rights_app"
    target.execute("DROP ROLE rights_app")


def make_as(pair, role, sql):
    pair.target_execute(f"CREATE SCHEMA IF NOT EXISTS app AUTHORIZATION {role}; SET ROLE {role}; {sql}")


def is_superuser(pair, role):
    return pair.target_query("SELECT rolsuper FROM pg_roles WHERE rolname = %s", (role,)) == [(True,)]


def told(pair, columns="by_default, by_trigger"):
    rows = pair.target_query(f"SELECT {columns} FROM app.t")
    return {cell for row in rows for cell in row}


def test_code_of_a_table_runs_as_its_owner(app, pair):
    pair.source_execute("""CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20)); INSERT INTO t VALUES (1, 'a'), (2, 'b');
                           CREATE TABLE p (id INT PRIMARY KEY); INSERT INTO p VALUES (1);
                           CREATE TABLE parent (id INT PRIMARY KEY); INSERT INTO parent VALUES (1), (2);
                           CREATE TABLE child (id INT PRIMARY KEY, parent INT, FOREIGN KEY (parent) REFERENCES parent (id) ON DELETE CASCADE);
                           INSERT INTO child VALUES (1, 1), (2, 2)""")
    make_as(pair, app, EVIL.format(role=app) + PARTITIONED + DOMAIN)
    task = pair.run_task(target_schema="app")
    wants = {f"{app} refused refused refused refused"}
    assert told(pair) == wants  # the load
    pair.source_execute("""INSERT INTO t VALUES (3, 'c'); UPDATE t SET v = 'x' WHERE id = 1; DELETE FROM t WHERE id = 2;
                           INSERT INTO p VALUES (2)""")
    task.wait_for_catchup()
    assert told(pair) == wants
    assert pair.target_query("SELECT id, by_default FROM app.p ORDER BY 1") == [(1, *wants), (2, *wants)]
    pair.assert_same("t", ("app", "t"), columns={"id": "id", "v": "v"})
    assert set(pair.target_query("SELECT * FROM app.audit")) == {(op, app) for op in ("INSERT", "UPDATE", "DELETE")}
    # A cascade, which the source does not log.
    pair.source_execute("DELETE FROM parent WHERE id = 1")
    task.wait_for_catchup()
    pair.assert_same("child", ("app", "child"))
    assert not is_superuser(pair, app)
    # DDL: rows are filled, written anew, checked; the indexes are built again.
    pair.target_execute("ALTER TABLE app.t DROP COLUMN g; DROP INDEX app.t_evil_index_idx")
    make_as(pair, app, "CREATE INDEX ON app.t (app.evil_index(id::text))")
    pair.source_execute("ALTER TABLE t ADD COLUMN n INT NOT NULL DEFAULT 7, MODIFY id BIGINT NOT NULL, MODIFY v VARCHAR(30)")
    pair.source_execute("INSERT INTO t VALUES (4, 'd', 8)")
    task.wait_for_catchup()
    pair.target_query("SELECT mysql_sync.resync_table(%s, %s)", (task.name, f"{pair.name}.t"))
    task.wait_for_catchup()
    pair.assert_same("t", ("app", "t"), columns={"id": "id", "v": "v", "n": "n"})
    assert told(pair) == wants
    assert not is_superuser(pair, app)
    assert "reference leak" not in pair.target.log_tail(1000)


@pytest.mark.greenplum
def test_rows_are_written_as_the_owner(app, pair):
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20)); INSERT INTO t VALUES (1, 'a'), (2, 'b')")
    make_as(pair, app, "CREATE TABLE app.t (id int PRIMARY KEY, v varchar(20), who text DEFAULT current_user)")
    task = pair.run_task(target_schema="app")
    pair.source_execute("""INSERT INTO t VALUES (3, 'c'); UPDATE t SET v = 'x' WHERE id = 1; DELETE FROM t WHERE id = 2;
                           ALTER TABLE t ADD COLUMN n INT NOT NULL DEFAULT 7, MODIFY v VARCHAR(30), MODIFY id BIGINT NOT NULL""")
    task.wait_for_catchup()
    assert told(pair, "who") == {app}
    pair.target_query("SELECT mysql_sync.resync_table(%s, %s)", (task.name, f"{pair.name}.t"))
    task.wait_for_catchup()
    pair.assert_same("t", ("app", "t"), columns={"id": "id", "v": "v", "n": "n"})
    assert told(pair, "who") == {app}


def test_code_that_waits_for_the_commit_is_refused(app, pair):
    """It would run as the task: PostgreSQL says so, and the task stops before it."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20))")
    make_as(pair, app, EVIL.format(role=app) + """
        CREATE CONSTRAINT TRIGGER late AFTER INSERT ON app.t DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION app.note_row();
        ALTER TABLE app.t ENABLE ALWAYS TRIGGER late""")
    task = pair.run_task(target_schema="app")
    pair.source_execute("INSERT INTO t VALUES (1, 'a')")
    task.wait_state("failed")
    error = task.errors()[0]
    assert "deferred trigger" in error["message"] and error["sqlstate"] == "42501"
    make_as(pair, app, "DROP TRIGGER late ON app.t")
    task.start().wait_state().wait_for_catchup()
    pair.assert_same("t", ("app", "t"), columns={"id": "id", "v": "v"})


def test_precheck_runs_nothing_as_its_caller(app, pair):
    """Looking at a target plans queries on it, which computes constant expressions of its indexes."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20))")
    make_as(pair, app, EVIL.format(role=app) + "CREATE UNIQUE INDEX ON app.t (id) WHERE app.evil_check('constant')")
    task = pair.task().create(target_schema="app")
    task.precheck()
    assert not is_superuser(pair, app)


def test_rights_are_needed_all_of_them(app, pair):
    """Whoever owns the table, or the task, and has lost a single right, does not get the rows."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20)); INSERT INTO t VALUES (1, 'a')")
    make_as(pair, app, f"CREATE TABLE app.t (id int PRIMARY KEY, v text); REVOKE DELETE ON app.t FROM {app}")
    task = pair.task().create(target_schema="app")
    found = [item for item in task.precheck() if item["status"] == "failed"]
    assert [item["item"] for item in found] == ["target_rights"] and "lacks DELETE" in found[0]["detail"]
    pair.target_execute(f"GRANT DELETE ON app.t TO {app}")
    task.start().wait_state().wait_for_catchup()
    pair.target_execute(f"REVOKE UPDATE ON app.t FROM {app}")
    pair.source_execute("INSERT INTO t VALUES (2, 'b')")  # needs no more than INSERT
    task.wait_for_catchup()
    pair.source_execute("UPDATE t SET v = 'x'")
    task.wait_state("failed")
    error = task.errors()[0]
    assert error["sqlstate"] == "42501" and "lacks UPDATE" in error["detail"] and "Grant UPDATE" in error["remedy"]
    pair.target_execute(f"GRANT UPDATE ON app.t TO {app}; ALTER TABLE app.t ENABLE ROW LEVEL SECURITY,"
                        "FORCE ROW LEVEL SECURITY")
    assert [item["item"] for item in task.precheck() if item["status"] == "failed"] == ["target_rights"]
    pair.target_execute("ALTER TABLE app.t NO FORCE ROW LEVEL SECURITY")
    task.start().wait_state().wait_for_catchup()
    pair.assert_same("t", ("app", "t"))


def test_owner_that_is_no_superuser_any_more(app, pair):
    """The task fails once, and says so, whether the role lost the right or is gone."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY)")
    pair.target_execute(f"ALTER ROLE {app} SUPERUSER; CREATE USER MAPPING FOR {app} SERVER source"
                        " OPTIONS (username 'repl', password 'repl')")
    task = pair.task().create()
    pair.target_execute(f"UPDATE mysql_sync.task_config SET owner = '{app}'")
    task.start().wait_state()
    pair.target_execute(f"ALTER ROLE {app} NOSUPERUSER")
    pair.source_execute("INSERT INTO t VALUES (1)")
    wait_until(lambda: "no superuser" in (task.row()["last_error"] or ""), 20, lambda: str(task.row()))
    wait_until(lambda: (task.state(), task.row()["pid"]) == ("failed", None), 20, "the worker is gone")
    assert task.errors()[0]["sqlstate"] == "42501" and "SUPERUSER" in task.errors()[0]["remedy"]
    assert ("owner", "failed") in [(item["item"], item["status"]) for item in task.precheck()]
    pair.target_execute(f"ALTER ROLE {app} SUPERUSER")
    task.start().wait_state().wait_for_catchup()
    pair.assert_same("t")
    task.stop()
    pair.target_execute(f"REASSIGN OWNED BY {app} TO postgres; DROP OWNED BY {app}; UPDATE mysql_sync.task_config SET owner = 'nobody'")
    task.start()
    wait_until(lambda: task.state() == "failed" and '"nobody" does not exist' in task.row()["last_error"], 20,
               lambda: str(task.row()))
