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
