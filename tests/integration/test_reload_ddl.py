"""DDL that makes a reload, and DDL while one is wanted or under way: names, what was chosen for columns, and rows that
are ahead of the statement."""

import pytest

from harness.reload import reload_notices, resync, table_state, writing
from harness.wait import wait_until


def target_columns(pair, table):
    """The names of a target's columns with their types, in the target's order."""
    return dict(pair.target_query("""SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
        WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum""",
                                  (f'"{pair.name}"."{table}"',)))


CHOSEN = """CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(40), doc TEXT, secret BLOB, n INT, m INT, note VARCHAR(20));
            INSERT INTO t VALUES (1, 'a', '{"a": 1}', x'00', 10, 11, 'x'), (2, 'b', NULL, NULL, 20, 21, NULL)"""
GENERATED = "ADD COLUMN g{0} INT AS (id + {0}) STORED"  # only the source knows the values


@pytest.mark.greenplum
@pytest.mark.sources("mysql9")
@pytest.mark.parametrize("ahead", [True, False], ids=["ahead", "in_step"])
def test_what_was_chosen_follows_a_column_through_its_renames(pair, ahead):
    """Its target's name and type, that it is left out, and what users have made of it; also through several statements
    while the table waits, of which the source is ahead."""
    pair.source_execute(CHOSEN)
    task = pair.task().create()
    task.set_table(f"{pair.name}.t", columns={"v": "w", "secret": None}, types={"doc": "jsonb"})
    task.start().wait_state().wait_for_catchup()
    pair.target_execute(f"""CREATE INDEX own ON "{pair.name}".t (doc); ALTER TABLE "{pair.name}".t ADD COLUMN mine int;
                            ALTER TABLE "{pair.name}".t ALTER COLUMN note TYPE text""")
    if ahead:
        task.stop()
    pair.source_execute(f"""
        ALTER TABLE t CHANGE v v2 VARCHAR(50), CHANGE doc doc2 TEXT, CHANGE secret hidden BLOB, {GENERATED.format(1)};
        ALTER TABLE t RENAME COLUMN n TO m, RENAME COLUMN m TO n, ADD COLUMN v INT DEFAULT 5;
        ALTER TABLE t RENAME COLUMN v2 TO v3, RENAME COLUMN hidden TO veiled, {GENERATED.format(2)};
        ALTER TABLE t RENAME COLUMN doc2 TO document, DROP COLUMN g1, RENAME COLUMN note TO remark;
        INSERT INTO t (id, v3, document, veiled, v) VALUES (3, 'c', '[]', x'01', 6); UPDATE t SET n = n + 1""")
    if ahead:
        task.start()
    task.wait_for_catchup()
    pair.assert_same("t", columns={"id": "id", "v3": "w", "document": "document", "n": "n", "m": "m", "v": "v",
                                   "remark": "remark", "g2": "g2"})
    assert target_columns(pair, "t") == {"id": "integer", "w": "character varying(50)", "document": "jsonb",
                                         "m": "integer", "n": "integer", "mine": "integer", "remark": "text",
                                         "v": "integer", "g2": "integer"}
    assert pair.target_query("SELECT count(*) FROM pg_indexes WHERE indexname = 'own'") == [(1,)]


@pytest.mark.sources("mariadb")
def test_renames_of_the_columns_of_an_online_schema_change(pair):
    """gh-ost has to be told that a column is renamed, and copies it then."""
    pair.source_execute(CHOSEN)
    task = pair.task().create()
    task.set_table(f"{pair.name}.t", columns={"v": "w", "secret": None})
    task.start().wait_state()
    pair.source_execute("""CREATE TABLE _t_gho LIKE t; ALTER TABLE _t_gho CHANGE v v2 VARCHAR(40), CHANGE secret hidden BLOB;
        ALTER TABLE _t_gho CHANGE hidden veiled BLOB, ADD COLUMN v INT;
        INSERT INTO _t_gho (id, v2, doc, veiled, n, m, note) SELECT * FROM t; RENAME TABLE t TO _t_del, _t_gho TO t;
        DROP TABLE _t_del""")
    task.wait_for_catchup()
    pair.assert_same("t", columns={name: name for name in ("id", "doc", "n", "m", "note", "v")} | {"v2": "w"})
    assert "veiled" not in target_columns(pair, "t")


@pytest.mark.sources("mariadb")
def test_a_new_column_with_the_name_of_one_that_was_chosen(pair):
    """Without alter in operations the target keeps its columns, whatever they are called by now."""
    pair.source_execute(CHOSEN)
    task = pair.run_task(operations=["insert", "update", "delete"]).wait_for_catchup().stop()
    resync(task, "t")
    pair.source_execute("ALTER TABLE t CHANGE v doc2 TEXT, CHANGE doc v TEXT, DROP COLUMN n, ADD COLUMN n INT DEFAULT 5;"
                        "INSERT INTO t (id, v, doc2) VALUES (3, '{}', 'c')")
    task.start().wait_for_catchup()
    pair.assert_same("t", columns={"id": "id", "doc2": "v", "v": "doc", "secret": "secret", "m": "m", "note": "note"})
    assert pair.target_query(f'SELECT DISTINCT n FROM "{pair.name}".t') == [(None,)]


SWAPS = {
    "renamed": "ALTER TABLE {t} CHANGE a b INT AFTER id, CHANGE b a INT AFTER id",
    "in_steps": "ALTER TABLE {t} CHANGE a c INT; ALTER TABLE {t} CHANGE b a INT AFTER id; ALTER TABLE {t} CHANGE c b INT",
    "replaced": "ALTER TABLE {t} CHANGE a c INT; ALTER TABLE {t} ADD COLUMN a INT DEFAULT 7 AFTER id",
}


@pytest.mark.sources("mysql9")
def test_columns_that_swap_their_names_while_rows_are_loaded(pair):
    """In the end names, types and places are those of before, so nothing but the statements tells it. The tables are
    loaded behind them, which the task begins before."""
    for sort in SWAPS:
        pair.source_execute(f"CREATE TABLE {sort} (id INT PRIMARY KEY, a INT, b INT); "
                            f"INSERT INTO {sort} VALUES (1, 1, 100), (2, 2, 200)")
    pair.source_execute("CREATE TABLE held (id INT PRIMARY KEY); INSERT INTO held VALUES (1)")
    pair.target_execute(f"""CREATE SCHEMA "{pair.name}"; CREATE TABLE "{pair.name}".held (id int PRIMARY KEY)""")
    for sort in SWAPS:
        pair.target_execute(f'CREATE TABLE "{pair.name}".{sort} (id int PRIMARY KEY, a int, b int)')
    holders = []
    for sort in SWAPS:
        connection = pair.target.connect(pair.name)
        connection.autocommit = False
        connection.cursor().execute(f'LOCK TABLE "{pair.name}".{sort} IN SHARE MODE')
        holders.append(connection)
    task = pair.task().create(existing_tables="truncate", options={"load_workers": len(SWAPS)}).start()
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'RowExclusiveLock'"
    wait_until(lambda: pair.target_query(waiting) == [(len(SWAPS),)], 30, "the load waits")
    for sort, sql in SWAPS.items():
        pair.source_execute(f"UPDATE {sort} SET a = a + 1; {sql.format(t=sort)}; INSERT INTO {sort} (id) VALUES (3)")
    for holder in holders:
        holder.close()
    task.wait_for_catchup()
    for sort in SWAPS:
        pair.assert_same(sort)
    assert all(len(reload_notices(task, sort)) == 1 for sort in SWAPS)


@pytest.mark.greenplum
@pytest.mark.sources("mariadb")
def test_rows_that_are_read_again_ahead_of_the_statement_that_allows_them(pair):
    """REPLACE, logged with MINIMAL, leaves out what it sets to defaults, so MariaDB is asked for the row: which has NULLs,
    labels and lengths by then that the target does not take yet."""
    pair.source_execute("""CREATE TABLE nulls (id INT PRIMARY KEY, a INT NOT NULL DEFAULT 1, b INT);
        CREATE TABLE labels (id INT PRIMARY KEY, a ENUM('x', 'y') NOT NULL DEFAULT 'x', b INT);
        CREATE TABLE texts (id INT PRIMARY KEY, a VARCHAR(3) NOT NULL DEFAULT 'x', b INT);
        CREATE TABLE numbers (id INT PRIMARY KEY, a SMALLINT NOT NULL DEFAULT 1, b INT);
        INSERT INTO nulls VALUES (1, 2, 2); INSERT INTO labels VALUES (1, 'y', 2); INSERT INTO texts VALUES (1, 'y', 2);
        INSERT INTO numbers VALUES (1, 2, 2)""")
    task = pair.task().create()
    task.set_table(f"{pair.name}.labels", types={"a": "enum"})
    task.start().wait_state().wait_for_catchup().stop()
    for table, column, value in (("nulls", "INT", "NULL"), ("labels", "ENUM('x', 'y', 'z') NOT NULL", "'z'"),
                                 ("texts", "VARCHAR(10) NOT NULL", "'longer'"), ("numbers", "INT NOT NULL", "70000")):
        pair.source_execute(f"""SET SESSION binlog_row_image = 'MINIMAL'; REPLACE INTO {table} (id, b) VALUES (1, 3);
            ALTER TABLE {table} MODIFY a {column}; UPDATE {table} SET a = {value}; INSERT INTO {table} VALUES (2, {value}, 1)""")
    task.start().wait_for_catchup()
    for table in ("nulls", "labels", "texts", "numbers"):
        pair.assert_same(table)
        assert len(reload_notices(task, table)) == 1


@pytest.mark.sources("mysql9")
def test_a_reload_meets_rows_of_a_statement_that_is_still_to_come(pair):
    """The source goes on with DDL while the worker is away, in the midst of a reload."""
    changes = {"nulls": ("a INT", "NULL"), "texts": ("a VARCHAR(300)", "REPEAT('a', 300)")}
    for table, (column, _) in changes.items():
        narrow = column.replace("300", "3") + " NOT NULL"
        pair.source_execute(f"CREATE TABLE {table} (id INT PRIMARY KEY, {narrow})")
        pair.source.execute_many(f"INSERT INTO {table} VALUES (%s, 1)", [(i,) for i in range(2500)], pair.name)
    task = pair.run_task().wait_for_catchup()
    # Slow enough for several steps.
    for table in changes:
        pair.target_execute(f"""CREATE OR REPLACE FUNCTION rest() RETURNS trigger LANGUAGE plpgsql AS
                                    $$BEGIN PERFORM pg_catalog.pg_sleep(0.0007); RETURN NEW; END$$;
                                CREATE TRIGGER rest BEFORE INSERT ON "{pair.name}".{table}
                                    FOR EACH ROW EXECUTE PROCEDURE rest();
                                ALTER TABLE "{pair.name}".{table} ENABLE ALWAYS TRIGGER rest""")
    for table, (column, value) in changes.items():
        resync(task, table)
        wait_until(lambda: table_state(task, table)["state"] == "reloading" and table_state(task, table)["rows_loaded"],
                   30, "the first rows are read", interval=0.01)
        task.stop()
        assert table_state(task, table)["chunks_done"] == 0, "the reload is over: the test shows nothing"
        pair.source_execute(f"ALTER TABLE {table} MODIFY {column}; UPDATE {table} SET a = {value} WHERE id > 2400")
        pair.target_execute(f'DROP TRIGGER rest ON "{pair.name}".{table}')
        task.start().wait_for_catchup()
        pair.assert_same(table)
        assert len(reload_notices(task, table)) == 2


@pytest.mark.sources("mariadb")
def test_columns_are_renamed_while_the_target_is_gone(pair):
    """resync_table makes it anew."""
    pair.source_execute(CHOSEN)
    task = pair.task().create()
    task.set_table(f"{pair.name}.t", columns={"v": "w"})
    task.start().wait_state().wait_for_catchup().stop()
    pair.target_execute(f'DROP TABLE "{pair.name}".t')
    resync(task, "t")
    pair.source_execute("ALTER TABLE t CHANGE v v2 VARCHAR(40), CHANGE doc document TEXT, DROP COLUMN n")
    task.start().wait_for_catchup()
    pair.assert_same("t", columns={name: name for name in ("id", "document", "secret", "m", "note")} | {"v2": "w"})


# MariaDB takes such defaults, which the parser of DDL does not read.
UNREAD = "ALTER TABLE t ADD COLUMN c INT DEFAULT CASE WHEN 1 THEN 2 END"


@pytest.mark.sources("mariadb")
def test_statements_that_cannot_be_read_on_a_table_that_waits(pair):
    """The reload is to bring the columns, but names of the table and of its columns are followed there as well."""
    pair.source_execute(CHOSEN)
    task = pair.task().create([f"{pair.name}.*", f"!{pair.name}.hidden"])
    task.set_table(f"{pair.name}.t", columns={"v": "w"})
    task.start().wait_state().wait_for_catchup().stop()
    pair.source_execute(f"""
        ALTER TABLE t {GENERATED.format(1)};
        {UNREAD}, CHANGE v v2 VARCHAR(40), RENAME TO u;
        INSERT INTO u (id, v2) VALUES (3, 'c'); CREATE TABLE t (id INT PRIMARY KEY, v INT); INSERT INTO t VALUES (1, 1);
        CREATE TABLE hidden (id INT PRIMARY KEY); INSERT INTO hidden VALUES (1);
        {UNREAD.replace("t ADD", "hidden ADD")}, RENAME shown""")
    task.start().wait_for_catchup()
    names = ("id", "doc", "secret", "n", "m", "note", "g1", "c")
    pair.assert_same("u", columns={name: name for name in names} | {"v2": "w"})
    pair.assert_same("shown")
    assert sorted(task.tables()) == [f"{pair.name}.{table}" for table in ("shown", "t", "u")]


PARTS = """CREATE TABLE {0} (id INT PRIMARY KEY, a INT) PARTITION BY RANGE (id)
           (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN (20));
           INSERT INTO {0} VALUES (1, 1), (2, 2), (11, 11), (12, 12)"""


@pytest.mark.sources("mysql9", "mariadb")
def test_partitions_that_become_tables_and_tables_that_become_partitions(pair):
    """Both tables are selected, and are what they are on the source, which is ahead or not."""
    ahead = pair.source.kind == "mysql9"
    pair.source_execute(PARTS.format("t") + "; CREATE TABLE u (id INT PRIMARY KEY, a INT); INSERT INTO u VALUES (5, 5), (6, 6)")
    task = pair.run_task(options={"drop_tables": "drop"}).wait_for_catchup()
    statements = ["UPDATE t SET a = a + 1; UPDATE u SET a = a + 1", "ALTER TABLE t EXCHANGE PARTITION p0 WITH TABLE u",
                  "INSERT INTO t VALUES (7, 7); INSERT INTO u VALUES (8, 8); UPDATE u SET a = a * 2; DELETE FROM t WHERE id = 5",
                  "ALTER TABLE t EXCHANGE PARTITION p0 WITH TABLE u; INSERT INTO u VALUES (9, 9)"]
    tables = ["t", "u"]
    if pair.source.kind == "mariadb":
        statements += ["ALTER TABLE t CONVERT PARTITION p1 TO TABLE v", "UPDATE v SET a = 0 WHERE id = 11",
                       "ALTER TABLE t CONVERT TABLE v TO PARTITION p2 VALUES LESS THAN (30); UPDATE t SET a = a + 3",
                       "ALTER TABLE t CONVERT PARTITION p0 TO TABLE v; INSERT INTO v VALUES (100, 100); RENAME TABLE v TO w",
                       "INSERT INTO w VALUES (101, 101); DELETE FROM t WHERE id = 12"]
        tables.append("w")
    if ahead:
        task.stop()
    for sql in statements:
        pair.source_execute(sql)
    if ahead:
        task.start()
    task.wait_for_catchup()
    for table in tables:
        pair.assert_same(table)
    assert {name for name, row in task.tables().items() if row["state"] != "dropped"} == \
        {f"{pair.name}.{table}" for table in tables}


DOCUMENTS = """CREATE TABLE {0} (id INT PRIMARY KEY, a INT, j JSON, note VARCHAR(300))"""


@pytest.mark.sources("mysql9")
def test_changes_in_parts_while_the_table_is_read(pair):
    """Row images without the columns that stay, and JSON as a list of what changes."""
    for table in ("big", "other"):
        pair.source_execute(DOCUMENTS.format(table))
        pair.source.execute_many(f"INSERT INTO {table} VALUES (%s, %s, %s, %s)",
                                 [(i * 2, i, f'{{"n": {i}, "list": [1, 2], "text": "{"y" * 50}"}}', "x" * (i % 300))
                                  for i in range(20000 if table == "big" else 100)], pair.name)
    task = pair.run_task().wait_for_catchup()
    settings = "SET SESSION binlog_row_image = 'MINIMAL', binlog_row_value_options = 'PARTIAL_JSON'"
    more = (("UPDATE {0} SET j = JSON_SET(j, '$.n', %s, '$.text', 'z') WHERE id BETWEEN %s AND %s + 5", "nkk"),
            ("UPDATE {0} SET j = JSON_REMOVE(j, '$.list[0]'), a = a + 1 WHERE id = %s", "k"),
            ("UPDATE IGNORE {0} SET id = %s, j = JSON_SET(j, '$.n', %s) WHERE id = %s", "nnk"))
    with writing(pair, settings=settings, more=more) as writer:
        for _ in range(20):
            resync(task, "big")
            task.wait_for_catchup(120)
            if writer.transactions > 100:
                break
    task.wait_for_catchup()
    pair.assert_same("big")
    pair.assert_same("other")
