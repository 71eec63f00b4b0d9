"""DDL on the source while tasks load: of a table that is not yet, half, and wholly loaded. It equals the source in the
end."""

import random
import threading
import time

import pytest

from harness.crash import kill_worker
from harness.wait import wait_until

ROWS = 2000

# What is done to each table while it is loaded, and what has to be the same then.
CHANGES = {
    "added": "ALTER TABLE {t} ADD COLUMN extra INT NOT NULL DEFAULT 7, ADD COLUMN other VARCHAR(10) DEFAULT 'x'",
    "dropped": "ALTER TABLE {t} DROP COLUMN b",
    "renamed": "ALTER TABLE {t} CHANGE COLUMN b c VARCHAR(200)",
    "retyped": "ALTER TABLE {t} MODIFY COLUMN a BIGINT UNSIGNED",
    "to_text": "ALTER TABLE {t} MODIFY COLUMN a VARCHAR(50)",
    "keyed": "ALTER TABLE {t} DROP PRIMARY KEY, ADD PRIMARY KEY (id, a)",
    "moved": "ALTER TABLE {t} MODIFY COLUMN b VARCHAR(200) FIRST",
    "swapped": "ALTER TABLE {t} CHANGE COLUMN a e INT NOT NULL DEFAULT 0, CHANGE COLUMN e a INT",
    "truncated": "TRUNCATE TABLE {t}",
    "many": "ALTER TABLE {t} ADD COLUMN f INT DEFAULT 1, DROP COLUMN e;"
            "ALTER TABLE {t} DROP COLUMN f, ADD COLUMN g INT FIRST",
    "nulled": "ALTER TABLE {t} MODIFY COLUMN a INT NULL; UPDATE {t} SET a = NULL WHERE id % 5 = 0",
    "and_back": "ALTER TABLE {t} MODIFY COLUMN a INT NULL; ALTER TABLE {t} MODIFY COLUMN a INT NOT NULL;"
                "ALTER TABLE {t} MODIFY COLUMN a INT NULL; UPDATE {t} SET a = NULL WHERE id % 5 = 0",
    "computed": "ALTER TABLE {t} ADD COLUMN g BIGINT AS (a * 2) STORED, ADD COLUMN h INT AS (id + 1) VIRTUAL",
    "instant": "ALTER TABLE {t} ADD COLUMN i INT DEFAULT 5 FIRST, ALGORITHM = INSTANT;"
               "ALTER TABLE {t} DROP COLUMN e, ADD COLUMN j INT NOT NULL DEFAULT 6 INVISIBLE, ALGORITHM = INSTANT",
    "rotated": "CREATE TABLE {t}_new LIKE {t}; INSERT INTO {t}_new SELECT id + 5000, a, b, e FROM {t} WHERE id < 20;"
               "RENAME TABLE {t} TO {t}_old, {t}_new TO {t}",
}


def create(pair, table):
    pair.source_execute(f"CREATE TABLE {table} (id INT PRIMARY KEY, a INT NOT NULL, b VARCHAR(200), e INT)")
    pair.source.execute_many(f"INSERT INTO {table} VALUES (%s, %s, %s, %s)",
                             [(i, i * 3, f"row {i}", -i) for i in range(ROWS)], pair.name)


def change(pair, table):
    """The DDL, with rows before and after it."""
    pair.source_execute(f"UPDATE {table} SET a = a + 1 WHERE id % 7 = 0; DELETE FROM {table} WHERE id % 11 = 0")
    pair.source_execute(CHANGES[table.rstrip("123")].format(t=table))
    pair.source_execute(f"INSERT INTO {table} (id, a) VALUES ({ROWS} + 1, 1), ({ROWS} + 2, 2); "
                        f"UPDATE {table} SET a = a + 2 WHERE id % 13 = 0")


def hold_back(pair, table):
    """A session whose row keeps the load from the second half of the table, until it is rolled back."""
    pair.target_execute(f'CREATE TABLE "{pair.name}".{table}'
                        f' (id int PRIMARY KEY, a int NOT NULL, b varchar(200), e int)')
    connection = pair.target.connect(pair.name)
    connection.autocommit = False
    connection.cursor().execute(f'INSERT INTO "{pair.name}".{table} VALUES ({ROWS // 2 + 10}, 0)')
    return connection


def waiting_workers(pair):
    return pair.target_query("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'")[0][0]


@pytest.mark.sources("mysql9")
def test_tables_change_while_they_are_loaded(pair):
    """Three tables of each sort, and a load worker for each sort, held back in the midst of the second one: the first
    is loaded by then, the third not."""
    pair.target_execute(f'CREATE SCHEMA "{pair.name}"')
    holders = []
    for sort in CHANGES:
        for number in (1, 2, 3):
            create(pair, f"{sort}{number}")
        holders.append(hold_back(pair, f"{sort}2"))
    task = pair.task().create(existing_tables="truncate", options={"load_workers": len(CHANGES), "chunk_rows": 500})
    task.start()
    wait_until(lambda: waiting_workers(pair) == len(CHANGES), 60, "all load workers wait")
    for sort in CHANGES:
        row = task.tables()[f"{pair.name}.{sort}2"]
        assert 0 < row["chunks_done"] < row["chunks"]
        for number in (1, 2, 3):
            change(pair, f"{sort}{number}")
    for holder in holders:
        holder.close()
    task.wait_for_catchup(120)
    for sort in CHANGES:
        for number in (1, 2, 3):
            pair.assert_same(f"{sort}{number}")
            if sort == "rotated":
                pair.assert_same(f"{sort}{number}_old")


@pytest.mark.sources("mariadb")
def test_the_worker_is_killed_while_tables_are_loaded_and_change(pair):
    """At any moment: the catalog tells which rows are read, and which columns are known."""
    tables = [f"{sort}1" for sort in CHANGES]
    for table in tables:
        create(pair, table)
    task = pair.task().create(options={"load_workers": 2, "chunk_rows": 500}).start().wait_state("initializing")
    failures = []

    def change_all():
        try:
            for table in tables:
                change(pair, table)
        except Exception as failure:
            failures.append(failure)

    changes, chance = threading.Thread(target=change_all), random.Random(5)
    changes.start()
    for _ in range(3):
        kill_worker(task)
        time.sleep(chance.random())
    changes.join()
    assert not failures
    task.wait_for_catchup(120)
    for table in tables:
        pair.assert_same(table)
