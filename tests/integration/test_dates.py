"""Dates and times at their bounds and beyond any calendar: load and stream, under each policy."""

import pytest

from harness.wait import wait_until

# source's text: what PostgreSQL shows, in UTC
DATES = {"0000-01-01": "0001-01-01 BC", "0000-02-29": "0001-02-29 BC", "0001-01-01": "0001-01-01",
         "9999-12-31": "9999-12-31"}
DATETIMES = {"0000-01-01 00:00:00.000001": "0001-01-01 00:00:00.000001 BC",
             "0000-12-31 23:59:59.999999": "0001-12-31 23:59:59.999999 BC",
             "1582-10-10 00:00:00": "1582-10-10 00:00:00", "9999-12-31 23:59:59.999999": "9999-12-31 23:59:59.999999"}
TIMESTAMPS = {"1970-01-01 00:00:01": "1970-01-01 00:00:01+00", "2038-01-19 03:14:07.999999": "2038-01-19 03:14:07.999999+00",
              "2001-03-25 01:30:00": "2001-03-25 01:30:00+00", "2001-10-28 00:30:00": "2001-10-28 00:30:00+00"}
TIMES = {"-00:00:00.000001": "-00:00:00.000001", "-838:59:59": "-838:59:59", "838:59:58.999999": "838:59:58.999999",
         "00:00:00": "00:00:00", "-00:59:59.9": "-00:59:59.9"}
ONLY_MARIADB = {"1970-01-01 00:00:00.000001": "1970-01-01 00:00:00.000001+00",
                "1970-01-01 00:00:00.5": "1970-01-01 00:00:00.5+00"}
# What no calendar has.
NO_DATES = ("0000-00-00", "2020-00-10", "2020-10-00", "0000-00-01", "2023-02-31", "1900-02-29")
NO_DATETIMES = ("0000-00-00 00:00:00", "0000-00-00 10:00:00.5", "2020-00-10 01:02:03.4", "2023-02-31 23:59:59.999999")
NO_TIMESTAMPS = ("0000-00-00 00:00:00",)
KEEP_DATES = "SET sql_mode = 'ALLOW_INVALID_DATES', time_zone = '+00:00';"


def _moments(source):
    """(column, source's text, target's text; None: by the policy)"""
    timestamps = {**TIMESTAMPS, **(ONLY_MARIADB if source.kind == "mariadb" else {})}
    for column, values in (("d", DATES), ("m", DATETIMES), ("t", timestamps), ("i", TIMES)):
        yield from ((column, text, expected) for text, expected in values.items())
    for column, texts in (("d", NO_DATES), ("m", NO_DATETIMES), ("t", NO_TIMESTAMPS)):
        yield from ((column, text, None) for text in texts)


def _insert(pair, moments, offset):
    pair.source_execute(KEEP_DATES + "".join(
        f"INSERT INTO moments (id, {column}) VALUES ({offset + n}, '{text}');" for n, (column, text, _) in enumerate(moments)))


def _assert_moments(pair, schema, moments, offset, replacement):
    shown = dict(pair.target_query(f"""SELECT id, coalesce(d::text, m::text, t::text, i::text) FROM {schema}.moments
                                       WHERE id >= {offset} AND id < {offset + 100}"""))
    assert shown == {offset + n: expected or replacement for n, (_, _, expected) in enumerate(moments)}


def test_bounds_and_zero_dates_come_both_ways(pair):
    pair.source_execute("""CREATE TABLE moments (id INT PRIMARY KEY, d DATE, m DATETIME(6), t TIMESTAMP(6) NULL, i TIME(6))""")
    moments = list(_moments(pair.source))
    _insert(pair, moments, 0)
    policies = {"null": None, "-infinity": "-infinity"}
    tasks = {policy: pair.task(f"with {policy}").create(target_schema=f"with{policy}", options={"zero_dates": policy})
             .start() for policy in policies}
    for task in tasks.values():
        task.wait_state()
    _insert(pair, moments, 100)
    pair.source_execute(KEEP_DATES + "UPDATE moments SET id = id + 200 WHERE id >= 100 AND i IS NULL AND id % 2 = 0;"
                        "UPDATE moments SET id = id - 200 WHERE id >= 300")
    broken = sum(expected is None for _, _, expected in moments)
    for policy, task in tasks.items():
        task.wait_for_catchup()
        for offset in (0, 100):
            _assert_moments(pair, f'"with{policy}"', moments, offset, policies[policy])
        wait_until(lambda: task.tables()[f"{pair.name}.moments"]["values_changed_by_policy"] >= 2 * broken,
                   message="the counters are written")


@pytest.mark.sources("mariadb")
@pytest.mark.parametrize("column, text", [("d", "2020-00-10"), ("m", "2023-02-31 00:00:00"), ("t", "0000-00-00 00:00:00")])
def test_the_policy_error_stops_both_ways(pair, column, text):
    pair.source_execute("CREATE TABLE moments (id INT PRIMARY KEY, d DATE, m DATETIME, t TIMESTAMP NULL)")
    task = pair.run_task(options={"zero_dates": "error"})
    insert = KEEP_DATES + f"INSERT INTO moments (id, {column}) VALUES (1, '{text}')"
    pair.source_execute(insert)
    _fails_at(task, column, text)
    task.drop()
    pair.target_execute(f"DROP TABLE {pair.name}.moments")
    task.create(options={"zero_dates": "error"}).start()
    _fails_at(task, column, text)


def _fails_at(task, column, text, remedy="Set zero_dates to"):
    wait_until(lambda: task.state() == "failed", message="the task fails")
    errors = [error for error in task.errors() if f'value of column "{column}" does not fit' in error["message"]]
    assert errors and text in errors[0]["detail"] and errors[0]["remedy"].startswith(remedy), task.errors()


def _warnings(task, item):
    return {row["object"]: row["detail"] for row in task.precheck() if row["item"] == item and row["status"] == "warning"}


@pytest.mark.sources("mariadb")
def test_not_null_gives_way_to_the_policy(pair):
    pair.source_execute("""CREATE TABLE t (id INT PRIMARY KEY, d DATE NOT NULL, m DATETIME NOT NULL, t TIMESTAMP NOT NULL,
                                           i TIME NOT NULL)""")
    not_null = "SELECT attname FROM pg_attribute WHERE attrelid = '{}.t'::regclass AND attnum > 0 AND attnotnull"
    pair.task("null").create(target_schema="a").start().wait_state()
    assert pair.target_query(not_null.format("a")) == [("id",), ("i",)]
    infinite = pair.task("infinite").create(target_schema="b", options={"zero_dates": "-infinity"}).start().wait_state()
    assert pair.target_query(not_null.format("b")) == [("id",), ("d",), ("m",), ("t",), ("i",)]
    infinite.stop().drop()
    task = pair.task("existing").create(target_schema="b")
    assert set(_warnings(task, "zero_dates")) == {"b.t.d", "b.t.m", "b.t.t"}
    task.start().wait_state()
    pair.source_execute(KEEP_DATES + "INSERT INTO t VALUES (1, '0000-00-00', '2020-01-01', '2020-01-01', '1:00')")
    wait_until(lambda: task.state() == "failed", message="the task fails")
    assert 'null value in column "d"' in task.errors()[0]["message"]


@pytest.mark.sources("mariadb", "mysql9")
def test_zero_dates_in_keys(pair):
    """A key cannot become NULL, and only one value may become -infinity."""
    pair.source_execute(KEEP_DATES + """CREATE TABLE t (id INT, d DATE, v INT, PRIMARY KEY (id, d));
                                        INSERT INTO t VALUES (1, '0000-00-00', 1), (1, '2020-01-01', 1)""")
    task = pair.task().create()
    assert _warnings(task, "zero_dates") == {
        f"{pair.name}.t.d": "a zero date in this key column stops the task: a key cannot become NULL"}
    task.start()
    _fails_at(task, "d", "0000-00-00", "In a key column only 0000-00-00 can be replaced, by -infinity")
    task.alter(options={"zero_dates": "-infinity"})
    assert _warnings(task, "zero_dates") == {}
    task.start().wait_state()
    pair.source_execute(KEEP_DATES + """UPDATE t SET v = 2; INSERT INTO t VALUES (2, '0000-00-00', 3), (3, '0000-00-00', 4);
                                        DELETE FROM t WHERE id = 3; UPDATE t SET d = '0000-00-00' WHERE id = 9;
                                        UPDATE t SET id = 4 WHERE id = 2""")
    task.wait_for_catchup()
    assert pair.target_query(f"SELECT id, d::text, v FROM {pair.name}.t ORDER BY id, d") == [
        (1, "-infinity", 2), (1, "2020-01-01", 2), (4, "-infinity", 3)]
    pair.source_execute(KEEP_DATES + "INSERT INTO t VALUES (1, '2020-00-10', 5)")
    _fails_at(task, "d", "2020-00-10", "In a key column only 0000-00-00 can be replaced, by -infinity")


@pytest.mark.sources("mysql9")
def test_sessions_of_any_time_zone_mean_the_same_instant(pair):
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, a TIMESTAMP(3) NULL, b DATETIME(3))")
    zones = {1: "+05:30", 2: "-11:00", 3: "+13:00", 4: "SYSTEM"}
    for number, zone in zones.items():
        pair.source_execute(f"SET time_zone = '{zone}'; INSERT INTO t VALUES ({number}, '2024-03-31 02:30:00.125', '2024-03-31 02:30')")
    task = pair.run_task()
    for number, zone in zones.items():
        pair.source_execute(f"SET time_zone = '{zone}'; INSERT INTO t VALUES ({number + 10}, '2024-03-31 02:30:00.125', '2024-03-31 02:30')")
    task.wait_for_catchup()
    pair.assert_same("t")
    assert pair.target_query(f"SELECT (a AT TIME ZONE 'UTC')::text, b::text FROM {pair.name}.t WHERE id = 11") == [
        ("2024-03-30 21:00:00.125", "2024-03-31 02:30:00")]
