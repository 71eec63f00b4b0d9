"""The whole way on every target, Greenplum included: load, stream, change tables, restart both sides, compare.

One scenario, in one task: what a step leaves behind is what the next one has to live with.
"""

import datetime
import random

import pytest

from harness.wait import wait_until

pytestmark = pytest.mark.greenplum

TABLES = {
    "mixed": """CREATE TABLE mixed (
        id INT PRIMARY KEY AUTO_INCREMENT,
        tiny TINYINT, tiny_u TINYINT UNSIGNED, small_u SMALLINT UNSIGNED, medium MEDIUMINT, normal_u INT UNSIGNED,
        big BIGINT, big_u BIGINT UNSIGNED, price DECIMAL(12,4), ratio FLOAT, measure DOUBLE,
        code CHAR(6), name VARCHAR(80), story TEXT, raw VARBINARY(40), picture BLOB,
        day DATE, moment DATETIME, instant TIMESTAMP NULL, mood ENUM('good', 'so so', 'bad'))""",
    "prices": """CREATE TABLE prices (
        region SMALLINT UNSIGNED, article VARCHAR(20), valid_from DATE, price DECIMAL(10,2) NOT NULL, note VARCHAR(40),
        PRIMARY KEY (region, article, valid_from))""",
    "words": """CREATE TABLE words (word VARCHAR(50) PRIMARY KEY, seen BIGINT UNSIGNED NOT NULL, example TEXT)""",
    "counters": """CREATE TABLE counters (id BIGINT UNSIGNED PRIMARY KEY, value INT NOT NULL)""",
}
ROWS = 2000
NAMES = ("Zo\u00eb", "O'Brien", "\u0141\u00f3d\u017a \U0001f600", "tab\there", "line\nbreak", "back\\slash", "")
MOODS = ("good", "so so", "bad")
BIG_KEYS = 2**64 - 1000  # beyond what a signed number holds


# --- rows: made up, but the same in every run --------------------------------------------------------------------


def _mixed(dice, key):
    # As the days stop at 28 every month can stand in, and nobody sets the clock in January: no hour is missing then.
    day = datetime.date(1970 + dice.randrange(60), dice.randrange(1, 13), dice.randrange(2, 29))
    moment = datetime.datetime.combine(day, datetime.time(dice.randrange(24), dice.randrange(60), dice.randrange(60)))
    row = [dice.randrange(-128, 128), dice.randrange(256), dice.randrange(2**16), dice.randrange(-2**23, 2**23),
           dice.randrange(2**32), dice.randrange(-2**63, 2**63), dice.randrange(2**64),
           f"{dice.randrange(-10**12, 10**12)}e-4", dice.uniform(-1000, 1000), dice.uniform(-1e300, 1e300),
           f"c{key % 1000}", dice.choice(NAMES), dice.choice(NAMES) * dice.randrange(40), dice.randbytes(12),
           dice.randbytes(dice.randrange(300)), day, moment, moment.replace(month=1), dice.choice(MOODS)]
    return [key] + [None if dice.random() < 0.1 else value for value in row]


def _insert(pair, table, rows):
    places = ", ".join(["%s"] * len(rows[0]))
    pair.source.execute_many(f"INSERT INTO {table} VALUES ({places})", rows, pair.name)


def _fill(pair):
    dice = random.Random(1)
    for statement in TABLES.values():
        pair.source_execute(statement)
    _insert(pair, "mixed", [_mixed(dice, key) for key in range(1, ROWS + 1)])
    _insert(pair, "prices", [(n % 7, f"article {n % 100}", datetime.date(2020, 1, 1 + n // 700), n / 4,
                              None if n % 3 else "note") for n in range(ROWS)])
    _insert(pair, "words", [(f"{name.strip()}{n}", 2**63 + n, name * 3) for n in range(100) for name in NAMES])
    _insert(pair, "counters", [(BIG_KEYS + n, n) for n in range(100)])


# --- steps -------------------------------------------------------------------------------------------------------


def _change_rows(pair):
    """Inserts, updates and deletes, each of a few rows and of many."""
    dice = random.Random(2)
    _insert(pair, "mixed", [_mixed(dice, key) for key in range(ROWS + 1, ROWS + 301)])
    pair.source_execute("""UPDATE mixed SET story = CONCAT(story, '!'), picture = NULL, price = price + 1 WHERE id % 3 = 0;
                           UPDATE mixed SET ratio = 0.1, measure = 0.1 WHERE id = 5;
                           UPDATE prices SET price = price * 2, note = NULL WHERE region = 3;
                           UPDATE counters SET value = value + 1;
                           DELETE FROM mixed WHERE id BETWEEN 100 AND 700;
                           DELETE FROM prices WHERE region = 1;
                           INSERT INTO words VALUES ('new', 1, NULL), ('newer', 18446744073709551615, '')""")


def _change_keys(pair):
    """Of each kind of key: moved to a free one, swapped, and only written differently."""
    pair.source_execute("""UPDATE mixed SET id = id + 1000000 WHERE id % 10 = 0;
                           UPDATE prices SET region = region + 100 WHERE article = 'article 7';
                           UPDATE prices SET valid_from = valid_from + INTERVAL 1 YEAR WHERE region = 2;
                           UPDATE words SET word = UPPER(word) WHERE word = 'new';
                           BEGIN;
                           UPDATE counters SET id = 1 WHERE id = 18446744073709550616;
                           UPDATE counters SET id = 18446744073709550616 WHERE id = 18446744073709550617;
                           UPDATE counters SET id = 18446744073709550617 WHERE id = 1;
                           COMMIT""")


def _one_transaction(pair):
    """Over several tables, with rows that come, change and go in it, and one that is rolled back."""
    pair.source_execute("""BEGIN;
                           INSERT INTO counters VALUES (7, 1);
                           INSERT INTO prices VALUES (9, 'bundle', '2024-02-29', 9.99, 'in one transaction');
                           UPDATE counters SET value = 2 WHERE id = 7;
                           INSERT INTO words VALUES ('short lived', 1, NULL);
                           UPDATE mixed SET name = 'in one transaction' WHERE id < 50;
                           DELETE FROM words WHERE word = 'short lived';
                           DELETE FROM counters WHERE value > 90;
                           COMMIT;
                           BEGIN; DELETE FROM mixed; DELETE FROM words; ROLLBACK""")


def _add_columns(pair):
    pair.source_execute("""UPDATE mixed SET name = 'before' WHERE id < 10;
                           ALTER TABLE mixed ADD COLUMN points INT UNSIGNED NOT NULL DEFAULT 7, ADD COLUMN extra TEXT AFTER id;
                           UPDATE mixed SET points = 4294967295, extra = 'after' WHERE id < 10;
                           INSERT INTO mixed (id, extra, name) VALUES (5000, 'new', 'row');
                           ALTER TABLE prices ADD COLUMN currency CHAR(3) NOT NULL DEFAULT 'EUR';
                           INSERT INTO prices VALUES (10, 'bundle', '2024-03-01', 1, NULL, 'USD')""")


def _drop_columns(pair):
    pair.source_execute("""UPDATE mixed SET story = 'last words' WHERE id < 20;
                           ALTER TABLE mixed DROP COLUMN story, DROP COLUMN tiny_u;
                           INSERT INTO mixed (id, extra, name) VALUES (5001, 'without', 'story')""")


def _rename_column(pair):
    """MySQL 5.6 knows CHANGE only."""
    rename = ("CHANGE example sample TEXT" if pair.source.kind == "mysql56" else "RENAME COLUMN example TO sample")
    pair.source_execute(f"""UPDATE words SET example = 'old name' WHERE word LIKE 'Z%1';
                            ALTER TABLE words {rename};
                            UPDATE words SET sample = 'new name' WHERE word LIKE 'Z%2';
                            INSERT INTO words (word, seen, sample) VALUES ('renamed', 5, 'yes')""")


def _touch_everything(pair, mark):
    """A transaction over all tables as they are after the steps above."""
    pair.source_execute(f"""BEGIN;
                            INSERT INTO mixed (id, extra, name, points) VALUES ({6000 + mark}, 'restart', 'x', {mark});
                            UPDATE mixed SET points = {mark} WHERE id % 2 = 0;
                            UPDATE prices SET price = price + {mark}, currency = 'XXX' WHERE region = 4;
                            DELETE FROM words WHERE word LIKE '%{mark}9';
                            UPDATE counters SET value = value + {mark};
                            COMMIT""")


def _restart_target(pair, task):
    """With changes made before, while it is down, and after."""
    _touch_everything(pair, 1)
    pair.target.stop()
    _touch_everything(pair, 2)
    pair.target.start()
    _touch_everything(pair, 3)
    _runs_again(task)


def _restart_source(pair, task):
    _touch_everything(pair, 4)
    pair.source.restart()
    _touch_everything(pair, 5)
    _runs_again(task)


# Until the launcher has found the task, it counts as failed: its worker is gone.
def _runs_again(task):
    wait_until(lambda: task.state() == "synchronizing", 90, lambda: f"the task resumes: {task.row()}")


def _assert_all_same(pair):
    for table in TABLES:
        pair.assert_same(table)


def _follows(pair, task):
    task.wait_for_catchup(90)
    _assert_all_same(pair)


# --- the scenario ------------------------------------------------------------------------------------------------


def test_load_stream_alter_restart(pair):
    _fill(pair)
    task = pair.run_task()
    _assert_all_same(pair)
    for step in (_change_rows, _change_keys, _one_transaction, _add_columns, _drop_columns, _rename_column):
        step(pair)
        _follows(pair, task)
    assert task.errors() == []
    for restart in (_restart_target, _restart_source):
        restart(pair, task)
        _follows(pair, task)
    _counts_are_right(task)


def _counts_are_right(task):
    """Every table was loaded, was changed, and has seen its DDL."""
    tables = {name.split(".")[1]: row for name, row in task.tables().items()}
    assert tables.keys() == TABLES.keys()
    assert tables["mixed"]["rows_loaded"] == ROWS
    assert {name: row["ddl"] for name, row in tables.items()} == {"mixed": 2, "prices": 1, "words": 1, "counters": 0}
    assert all(row["inserted"] and row["updated"] for row in tables.values()), tables
    assert {row["state"] for row in tables.values()} == {"synchronizing"}
