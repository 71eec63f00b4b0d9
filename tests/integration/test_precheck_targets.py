"""What would make the start fail, or the target lie, is found by the precheck, or refused at once."""

import psycopg2
import pytest

pytestmark = pytest.mark.sources("mariadb")


def failed_items(task):
    return {(item["item"], item["object"]): item for item in task.precheck() if item["status"] == "failed"}


def test_targets_that_do_not_do(pair):
    pair.source_execute("""CREATE TABLE shared (id INT PRIMARY KEY); CREATE TABLE unlogged (id INT PRIMARY KEY);
        CREATE TABLE filled (id INT PRIMARY KEY); CREATE TABLE unfilled (id INT PRIMARY KEY);
        CREATE TABLE parts (id INT PRIMARY KEY)""")
    first = pair.task("first").create([f"{pair.name}.shared"]).start().wait_state()
    pair.target_execute(f"""SET search_path = {pair.name}; CREATE UNLOGGED TABLE unlogged (id int PRIMARY KEY);
        CREATE TABLE filled (id int PRIMARY KEY, a int NOT NULL DEFAULT 1, b int, c int NOT NULL GENERATED ALWAYS AS IDENTITY);
        CREATE TABLE unfilled (id int PRIMARY KEY, a int NOT NULL);
        CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id);
        CREATE UNLOGGED TABLE part PARTITION OF parts DEFAULT""")
    task = pair.task("second").create()
    failed = failed_items(task)
    assert set(failed) == {("shared_target", f"{pair.name}.shared"), ("target_unlogged", f"{pair.name}.unlogged"),
                           ("target_unlogged", f"{pair.name}.parts"), ("target_not_null", f"{pair.name}.unfilled.a")}
    assert all(item["remedy"] for item in failed.values())
    pair.target_execute(f"""SET search_path = {pair.name}; ALTER TABLE unlogged SET LOGGED; ALTER TABLE part SET LOGGED;
                           ALTER TABLE unfilled ALTER a DROP NOT NULL""")
    first.stop().drop()
    assert failed_items(task) == {}
    pair.source_execute("INSERT INTO filled VALUES (1); INSERT INTO unfilled VALUES (2); INSERT INTO shared VALUES (3)")
    task.start().wait_state().wait_for_catchup()
    assert pair.target_query(f"SELECT * FROM {pair.name}.filled") == [(1, 1, None, 1)]


def test_schemas_that_are_not_for_users(pair):
    task = pair.task().create()
    for schema in ("", "pg_toast", "pg_mine", "information_schema", "mysql_sync"):
        calls = [lambda: pair.task("wrong").create(target_schema=schema), lambda: task.alter(target_schema=schema)]
        if schema:
            calls.append(lambda: task.set_table(f"{pair.name}.t", target_table=f"{schema}.t"))
        for call in calls:
            with pytest.raises(psycopg2.Error) as raised:
                call()
            assert raised.value.pgcode == "22023" and "schema" in raised.value.diag.message_primary


def test_database_with_a_name_of_the_servers(pair):
    pair.source_execute("DROP DATABASE IF EXISTS pg_shop; CREATE DATABASE pg_shop; CREATE TABLE pg_shop.t (id INT PRIMARY KEY)")
    try:
        task = pair.task().create(["pg_shop.*"])
        assert set(failed_items(task)) == {("target_schema", "pg_shop.t")}
        task.alter(target_schema="shop")
        assert failed_items(task) == {}
    finally:
        pair.source_execute("DROP DATABASE pg_shop")


def test_children_that_cascades_would_scan(pair):
    pair.source_execute("""CREATE TABLE p (id INT PRIMARY KEY, name VARCHAR(9) NOT NULL UNIQUE);
        CREATE TABLE a (id INT PRIMARY KEY, p INT, q INT, name VARCHAR(9), CONSTRAINT a_p FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE,
            CONSTRAINT a_q FOREIGN KEY (q) REFERENCES p (id), CONSTRAINT a_name FOREIGN KEY (name) REFERENCES p (name) ON UPDATE CASCADE);
        CREATE TABLE b (p INT, n INT, PRIMARY KEY (p, n), CONSTRAINT b_p FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE);
        CREATE TABLE c (id INT PRIMARY KEY, p INT, CONSTRAINT c_p FOREIGN KEY (p) REFERENCES p (id) ON DELETE SET NULL)""")
    pair.target_execute(f'CREATE SCHEMA {pair.name}; CREATE TABLE {pair.name}.c (id int PRIMARY KEY, p int)')
    task = pair.task().create([f"{pair.name}.*", f"!{pair.name}.p"])

    def warned():
        return {item["object"]: item["remedy"] for item in task.precheck() if item["item"] == "foreign_key_index"}
    assert set(warned()) == {f"{pair.name}.a", f"{pair.name}.c"}
    pair.target_execute(warned()[f"{pair.name}.c"].partition("table is there: ")[2].rstrip("."))
    assert set(warned()) == {f"{pair.name}.a"}
    task.alter(options={"indexes": True})
    assert warned() == {}
