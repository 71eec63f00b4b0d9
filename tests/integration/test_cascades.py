"""What foreign keys do to the children of a row that changes. InnoDB does it below the binlog; MySQL 9.6 and later do it
where it is logged, unless innodb_native_foreign_keys is on.
"""

import pytest

from harness.reload import reload_notices, resync, settle
from harness.wait import wait_until
from test_stream import follows, streaming

UNLOGGED = pytest.mark.sources("mariadb", "mysql56")
FAMILY = """
    CREATE TABLE parent (id INT PRIMARY KEY, code BIGINT UNSIGNED NOT NULL UNIQUE, v INT);
    CREATE TABLE child (id INT PRIMARY KEY, parent INT, other INT,
        CONSTRAINT c1 FOREIGN KEY (parent) REFERENCES parent (id) ON DELETE CASCADE ON UPDATE CASCADE,
        CONSTRAINT c2 FOREIGN KEY (other) REFERENCES parent (id) ON DELETE SET NULL ON UPDATE CASCADE);
    CREATE TABLE by_code (id INT PRIMARY KEY, code BIGINT UNSIGNED,
        CONSTRAINT c3 FOREIGN KEY (code) REFERENCES parent (code) ON DELETE CASCADE ON UPDATE SET NULL);
    CREATE TABLE grandchild (child INT, number INT, v VARCHAR(10), PRIMARY KEY (child, number),
        CONSTRAINT c4 FOREIGN KEY (child) REFERENCES child (id) ON DELETE CASCADE ON UPDATE CASCADE);
    INSERT INTO parent VALUES (1, 18446744073709551615, 0), (2, 20, 0), (3, 30, 0), (4, 40, 0), (5, 50, 0), (6, 60, 0);
    INSERT INTO child VALUES (10, 1, 2), (11, 1, NULL), (12, 2, 1), (13, NULL, 3), (14, 3, 3), (15, 4, 5), (16, 5, 4);
    INSERT INTO by_code VALUES (1, 18446744073709551615), (2, 20), (3, 30), (4, NULL), (5, 40);
    INSERT INTO grandchild VALUES (10, 1, 'a'), (10, 2, 'b'), (12, 1, 'c'), (15, 1, 'd'), (16, 1, 'e')"""
TABLES = ("parent", "child", "by_code", "grandchild")


def reloads(pair):
    return pair.target_query("SELECT source_table, message FROM mysql_sync.errors")


def test_children_follow(pair):
    task = streaming(pair, FAMILY)
    follows(pair, task, *TABLES, sql="DELETE FROM parent WHERE id = 1")
    follows(pair, task, *TABLES, sql="""UPDATE parent SET id = 20 WHERE id = 2; UPDATE parent SET code = 21 WHERE id = 20;
        UPDATE child SET id = 120 WHERE id = 12; UPDATE parent SET v = 1;
        SET binlog_row_image = MINIMAL; UPDATE parent SET v = 2; UPDATE child SET parent = 20 WHERE id = 13""")
    follows(pair, task, *TABLES, sql="""BEGIN; INSERT INTO child VALUES (17, 4, NULL); INSERT INTO grandchild VALUES (17, 1, 'f');
        DELETE FROM parent WHERE id IN (3, 4); INSERT INTO parent VALUES (3, 31, 1); INSERT INTO child VALUES (14, 3, 5), (15, 3, NULL); COMMIT;
        SET foreign_key_checks = 0; DELETE FROM parent WHERE id = 5; SET foreign_key_checks = 1; INSERT INTO parent VALUES (5, 51, 0)""")
    assert reloads(pair) == []


@UNLOGGED
def test_rows_that_refer_to_their_own_table(pair):
    task = streaming(pair, """CREATE TABLE t (id INT PRIMARY KEY, up INT, INDEX (up), FOREIGN KEY (up) REFERENCES t (id) ON DELETE CASCADE);
        INSERT INTO t VALUES (1, NULL), (2, 1), (3, 2), (4, 3), (5, NULL), (6, 5), (7, 7)""")
    follows(pair, task, sql="DELETE FROM t WHERE id = 2; INSERT INTO t VALUES (2, 1), (3, 2)")
    follows(pair, task, sql="BEGIN; DELETE FROM t WHERE id IN (1, 5, 7); INSERT INTO t VALUES (1, NULL), (2, 1); COMMIT")
    assert reloads(pair) == []


@UNLOGGED
def test_keys_of_several_columns_and_of_text(pair):
    """Text that only the source can compare makes the child be loaded again."""
    task = streaming(pair, """
        CREATE TABLE p (a INT, b VARCHAR(20), d DATE, PRIMARY KEY (a, b), KEY (d)) CHARACTER SET utf8;
        CREATE TABLE c (id INT PRIMARY KEY, a INT, b VARCHAR(20), KEY (a, b), FOREIGN KEY (a, b) REFERENCES p (a, b) ON DELETE CASCADE ON UPDATE CASCADE)
            CHARACTER SET utf8;
        CREATE TABLE users (name VARCHAR(20) PRIMARY KEY, made_by VARCHAR(20), changed_by VARCHAR(20), removed_by VARCHAR(20),
            FOREIGN KEY (made_by) REFERENCES users (name) ON DELETE SET NULL, FOREIGN KEY (changed_by) REFERENCES users (name) ON DELETE SET NULL,
            FOREIGN KEY (removed_by) REFERENCES users (name) ON DELETE SET NULL) CHARACTER SET utf8;
        INSERT INTO users VALUES ('é', NULL, NULL, NULL), ('a', 'é', NULL, 'a'), ('b', 'a', 'a', 'É');
        INSERT INTO p VALUES (1, 'x', '2020-01-01'), (1, 'y', '2020-01-02'), (2, 'x', '2020-01-03'), (3, 'Mixed', NULL), (4, 'é', NULL);
        INSERT INTO c VALUES (1, 1, 'x'), (2, 1, 'y'), (3, 2, 'x'), (4, 1, NULL), (5, NULL, 'x')""")
    follows(pair, task, "p", "c", sql="DELETE FROM p WHERE a = 1 AND b = 'x'; UPDATE p SET b = 'z' WHERE a = 2")
    assert reloads(pair) == []
    pair.source_execute("INSERT INTO c VALUES (6, 3, 'mIXED'), (7, 4, 'É'); DELETE FROM p WHERE a IN (3, 4)")
    follows(pair, task, "p", "c")
    assert [row[0] for row in reloads(pair)] == [f"{pair.name}.c"]
    # Doubts go round once where keys go in circles.
    pair.source_execute("DELETE FROM users WHERE name = 'é'")
    follows(pair, task, "users")
    assert {row[0] for row in reloads(pair)} == {f"{pair.name}.c", f"{pair.name}.users"}


@UNLOGGED
def test_parents_and_links_that_are_not_selected(pair):
    """The rows of a parent are looked at though it is not selected; below a link that is not, all are read again."""
    pair.source_execute(FAMILY)
    pair.source_execute("""CREATE TABLE q (id INT PRIMARY KEY, a INT); INSERT INTO q VALUES (1, 7), (7, 1);
        CREATE TABLE r (id INT PRIMARY KEY, q INT, FOREIGN KEY (q) REFERENCES q (id) ON DELETE CASCADE); INSERT INTO r VALUES (1, 1), (2, 7)""")
    hashed = ", b TEXT, UNIQUE (b)" if pair.source.kind == "mariadb" else ""  # by a column that no catalog shows
    pair.source_execute(f"""CREATE TABLE h (id INT PRIMARY KEY{hashed}); INSERT INTO h (id) VALUES (1), (2), (3);
        CREATE TABLE g (id INT PRIMARY KEY, h INT, FOREIGN KEY (h) REFERENCES h (id) ON DELETE CASCADE ON UPDATE CASCADE); INSERT INTO g VALUES (1, 1), (2, 2), (3, 3)""")
    task = pair.run_task([f"{pair.name}.*", f"!{pair.name}.parent", f"!{pair.name}.q", f"!{pair.name}.h"])
    children = ("child", "by_code", "grandchild", "g")
    follows(pair, task, *children, sql="""DELETE FROM parent WHERE id = 1; UPDATE parent SET v = 5; UPDATE parent SET id = 20 WHERE id = 2;
        DELETE FROM h WHERE id = 1; UPDATE h SET id = 4 WHERE id = 3""")
    assert reloads(pair) == []
    # Its columns are read later than the rows.
    task.stop()
    pair.source_execute("DELETE FROM q WHERE id = 1; ALTER TABLE q MODIFY a INT FIRST")
    task.start().wait_state("synchronizing")
    settle(task)
    follows(pair, task, "r", *children)
    task.discard()
    pair.target_execute(f'DROP SCHEMA "{pair.name}" CASCADE')
    task = pair.task("second").create([f"{pair.name}.*", f"!{pair.name}.child"]).start().wait_state("synchronizing")
    follows(pair, task, "parent", "grandchild", sql="DELETE FROM parent WHERE id IN (4, 5)")
    wait_until(lambda: reloads(pair), 10, "grandchild is read again")
    wait_until(lambda: all(row["state"] == "synchronizing" for row in task.tables().values()), 20, "the reload ends")
    follows(pair, task, "parent", "grandchild")


def rows(pair, schema, table):
    return pair.target_query(f"SELECT * FROM {schema}.{table} ORDER BY id")


@pytest.mark.sources("mariadb")
def test_operations_count_where_they_arrive(pair):
    """That the parent's change is, or is not, among them says nothing of what becomes of its children."""
    pair.source_execute(FAMILY)
    pair.source_execute("""CREATE TABLE s (id INT PRIMARY KEY, parent INT, FOREIGN KEY (parent) REFERENCES parent (id) ON DELETE SET NULL);
        INSERT INTO s VALUES (1, 1), (2, 2)""")
    archive = pair.task("archive").create(target_schema="archive", operations=["insert", "update", "alter"]).start()
    orphans = pair.task("orphans").create([f"{pair.name}.s"], target_schema="orphans", operations=["insert", "delete"]).start()
    appended = pair.task("appended").create([f"{pair.name}.by_code"], target_schema="appended", operations=["insert", "delete"]).start()
    for task in (archive, orphans, appended):
        task.wait_state("synchronizing")
    pair.source_execute("DELETE FROM parent WHERE id = 1")
    for task in (archive, orphans, appended):
        settle(task)
    assert rows(pair, "archive", "child")[:3] == [(10, 1, 2), (11, 1, None), (12, 2, None)]
    assert len(rows(pair, "archive", "by_code")) == 5 and rows(pair, "archive", "s") == [(1, None), (2, 2)]
    assert rows(pair, "orphans", "s") == [(1, 1), (2, 2)]
    # What a row refers to may have changed without being carried: the source has to tell.
    pair.assert_same("by_code", ("appended", "by_code"))
    assert pair.target_query("SELECT task, source_table FROM mysql_sync.errors") == [("appended", f"{pair.name}.by_code")]


def change_while_it_waits(pair, task, *statements, table="child", tables=TABLES):
    """They come after the beginning of a reload of the table and before it has read a row."""
    waiting = "SELECT 1 FROM information_schema.processlist WHERE state LIKE 'Waiting for table metadata lock' AND user = 'repl'"
    with pair.source.connect(pair.name) as connection, connection.cursor() as cursor:
        cursor.execute("SET binlog_row_image = MINIMAL")
        cursor.execute("LOCK TABLES " + ", ".join(f"{name} WRITE" for name in tables))
        resync(task, table)
        wait_until(lambda: pair.source_query(waiting), 10, "the reload waits for the table")
        for sql in (*statements, "UNLOCK TABLES"):
            cursor.execute(sql)
    settle(task)
    follows(pair, task, *tables)


@pytest.mark.sources("mariadb")
def test_rows_that_were_read_ahead(pair):
    """A row that got its parent later is not one of the old parent's, though it was read with it."""
    task = streaming(pair, FAMILY)
    pair.source_execute("INSERT INTO child SELECT 1000 + seq, NULL, NULL FROM seq_1_to_5000")
    task.wait_for_catchup()
    change_while_it_waits(pair, task, "DELETE FROM parent WHERE id = 5", "INSERT INTO parent VALUES (5, 50, 1)",
                          "UPDATE child SET parent = 5 WHERE id = 12")
    assert len(reload_notices(task, "child")) == 1
    # A changed key is met while rows are being read: they are read once more, behind these.
    change_while_it_waits(pair, task, "UPDATE parent SET id = 30 WHERE id = 3")
    assert len(reload_notices(task, "child")) == 3


@pytest.mark.sources("mariadb")
def test_rows_of_their_own_table_that_were_read_ahead(pair):
    """What hung on a row, or hangs on it later, is not told by how the row was read."""
    task = streaming(pair, """CREATE TABLE t (id INT PRIMARY KEY, up INT, v INT, INDEX (up), FOREIGN KEY (up) REFERENCES t (id) ON DELETE CASCADE);
        INSERT INTO t VALUES (1, NULL, 0), (2, NULL, 0), (3, 2, 0), (4, 3, 0), (5, NULL, 0), (6, 5, 0), (7, 6, 0)""")
    change_while_it_waits(pair, task, "DELETE FROM t WHERE id = 1", "INSERT INTO t VALUES (1, NULL, 1)",
                          "UPDATE t SET up = 1 WHERE id = 2", table="t", tables=["t"])
    change_while_it_waits(pair, task, "SET binlog_row_image = FULL", "UPDATE t SET v = 1 WHERE id = 7",
                          "DELETE FROM t WHERE id = 5", table="t", tables=["t"])


@UNLOGGED
def test_keys_that_come_and_go(pair):
    task = streaming(pair, FAMILY)
    follows(pair, task, *TABLES, sql="ALTER TABLE child DROP FOREIGN KEY c1")
    follows(pair, task, *TABLES, sql="SET foreign_key_checks = 1; DELETE FROM parent WHERE id = 1")
    follows(pair, task, *TABLES, sql="""DELETE FROM child WHERE parent = 1;
        ALTER TABLE child ADD CONSTRAINT c5 FOREIGN KEY (parent) REFERENCES parent (id) ON DELETE SET NULL""")
    follows(pair, task, *TABLES, sql="DELETE FROM parent WHERE id = 2")
    # A statement that seems to be about keys, between the rows and what follows of them.
    follows(pair, task, *TABLES, sql="""SET binlog_format = MIXED; BEGIN; DELETE FROM parent WHERE id = 5 OR UUID() = ''; CREATE TEMPORARY TABLE x (id INT, CONSTRAINT u UNIQUE (id)) SELECT id FROM parent; COMMIT""")
    # While the task does not look, so that it reads the keys later than the statements that need them.
    task.stop()
    pair.source_execute("""DELETE FROM parent WHERE id = 3; ALTER TABLE child DROP FOREIGN KEY c5; DELETE FROM parent WHERE id = 4;
        ALTER TABLE grandchild DROP FOREIGN KEY c4; DELETE FROM child WHERE id = 16; INSERT INTO parent VALUES (8, 80, 0)""")
    task.start().wait_state("synchronizing")
    wait_until(lambda: all(row["state"] == "synchronizing" for row in task.tables().values()), 20, "reloads end")
    follows(pair, task, *TABLES)


@UNLOGGED
def test_cascades_while_tables_are_loaded(pair):
    """Changes between the first position and the end of the load are applied to children that have them already."""
    pair.source_execute(FAMILY)
    pair.source_execute("INSERT INTO parent SELECT 1000 + a.id * 100 + b.id * 10 + c.id, 1000 + a.id * 100 + b.id * 10 + c.id, 0 FROM parent a, parent b, parent c")
    pair.source_execute("INSERT INTO child SELECT id, id, NULL FROM parent WHERE id > 1000")
    task = pair.task().create().start()
    for number in range(1111, 1131):
        pair.source_execute(f"DELETE FROM parent WHERE id = {number}; INSERT IGNORE INTO parent VALUES ({number}, {number}, 1); INSERT IGNORE INTO child VALUES ({number}, {number}, NULL); DELETE FROM parent WHERE id = {number + 100}")
    task.wait_state("synchronizing")
    follows(pair, task, *TABLES)


@pytest.mark.sources("mysql9")
def test_a_row_that_is_deleted_by_the_statement_and_its_cascade(pair):
    task = streaming(pair, FAMILY)
    follows(pair, task, *TABLES, sql="DELETE p, c FROM parent p JOIN child c ON c.parent = p.id WHERE p.id IN (1, 2)")
    follows(pair, task, *TABLES, sql="REPLACE INTO child VALUES (13, NULL, NULL), (13, NULL, 3); DELETE FROM child WHERE id = 13; INSERT INTO child VALUES (13, 3, 3); DELETE FROM child WHERE id = 13")


@UNLOGGED
def test_keys_of_other_types_and_lengths_than_the_parents(pair):
    """A child cannot have what its column could not hold."""
    task = streaming(pair, """
        CREATE TABLE p (id INT PRIMARY KEY, v VARCHAR(20), b VARBINARY(20), KEY (v), KEY (b)) CHARACTER SET latin1;
        CREATE TABLE c (id INT PRIMARY KEY, v VARCHAR(5), b VARBINARY(5), KEY (v), KEY (b),
            FOREIGN KEY (v) REFERENCES p (v) ON DELETE CASCADE ON UPDATE CASCADE, FOREIGN KEY (b) REFERENCES p (b) ON DELETE SET NULL)
            CHARACTER SET latin1;
        INSERT INTO p VALUES (1, 'longer than five', x'010203040506'), (2, 'short', x'01'), (3, 'x', x'02'); INSERT INTO c VALUES (1, 'short', x'02'), (2, 'x', x'01')""")
    follows(pair, task, "p", "c", sql="DELETE FROM p WHERE id = 1; DELETE FROM p WHERE id = 2")
    pair.source_execute("""
        CREATE TABLE p2 (id INT PRIMARY KEY, d DATETIME, n DECIMAL(8,2), KEY (d), KEY (n));
        CREATE TABLE c2 (id INT PRIMARY KEY, d DATETIME(3), n DECIMAL(10,4), KEY (d), KEY (n),
            FOREIGN KEY (d) REFERENCES p2 (d) ON DELETE CASCADE, FOREIGN KEY (n) REFERENCES p2 (n) ON DELETE CASCADE);
        INSERT INTO p2 VALUES (1, '2020-01-02 03:04:05', 12.34); SET foreign_key_checks = 0; INSERT INTO c2 VALUES (1, '2020-01-02 03:04:05', 12.34);
        SET foreign_key_checks = 1""")
    task.wait_for_catchup()
    follows(pair, task, "p2", "c2", sql="DELETE FROM p2")
    pair.source_execute("""
        CREATE TABLE p3 (id INT PRIMARY KEY, d DATETIME, KEY (d));
        CREATE TABLE c3 (id INT PRIMARY KEY, d DATETIME, KEY (d), FOREIGN KEY (d) REFERENCES p3 (d) ON DELETE CASCADE);
        CREATE TABLE g3 (id INT PRIMARY KEY, d DATETIME(3), KEY (d), FOREIGN KEY (d) REFERENCES c3 (d) ON DELETE CASCADE);
        SET foreign_key_checks = 0; INSERT INTO p3 VALUES (1, '2020-01-02 03:04:05'); INSERT INTO c3 SELECT * FROM p3; INSERT INTO g3 SELECT * FROM p3;
        SET foreign_key_checks = 1""")
    task.wait_for_catchup()
    follows(pair, task, "p3", "c3", "g3", sql="DELETE FROM p3")
