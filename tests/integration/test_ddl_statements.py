"""The statements of tests/ddl on real sources, while one task follows all of their tables.

Each case has a database of its own. All of them are prepared, then one task is started over all, then all statements are
carried out, in several sessions at a time, then the task catches up. Compared are the source's columns with those that
the case expects, the target's rows with the source's, and the task's schema history with the source's columns.
"""

import contextlib
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest

from harness import compare, ddl_cases
from harness.ddl_run import Run
from harness.kept import KeptSource
from harness.wait import wait_until

SESSIONS = 4
EXCLUDED = "other"  # tables whose names begin so are not selected


def runs_of(pair, cases):
    return [Run(pair.source, case, f"{pair.name}_{number}") for number, case in enumerate(cases)]


@contextlib.contextmanager
def databases(pair, cases):
    """The cases with what is there before the task starts; dropped at the end."""
    runs = runs_of(pair, cases)
    with pair.source.set_global(innodb_flush_log_at_trx_commit=0, sync_binlog=0):
        try:
            at_once(Run.prepare, runs)
            yield runs
        finally:
            at_once(Run.drop, runs)


def at_once(step, runs):
    with ThreadPoolExecutor(SESSIONS) as pool:
        for done in [pool.submit(step, run) for run in runs]:
            done.result()


def selected(table):
    return not table.startswith(EXCLUDED)


def wrong_expectations(run, found):
    """The source does not have the columns that the case says."""
    mine = {table: columns for (database, table), columns in found.items() if database == run.database and selected(table)}
    expected = run.case.expected(run.source.kind)
    lines = []
    for table in sorted(mine.keys() | expected.keys()):
        there, said = mine.get(table, ddl_cases.GONE), expected.get(table, "nothing said")
        if there != said:
            lines.append(f"{run.case}, {table}\n    expected {said}\n    found    {there}")
    return lines


def wrong_history(run, found, history):
    """The task knows other columns than the source has now."""
    lines = []
    mine = {key: columns for key, columns in found.items() if key[0] == run.database and selected(key[1])}
    known = {key: columns for key, columns in history.items() if key[0] == run.database}
    for key in sorted(mine.keys() | known.keys()):
        if mine.get(key) != known.get(key):
            lines.append(f"{run.case}, {key[1]}\n    history {known.get(key)}\n    source  {mine.get(key)}")
    return lines


def wrong_rows(pair, runs, found):
    """The target has other rows than the source."""
    lines = []
    cases = {run.database: run.case for run in runs}
    with contextlib.closing(KeptSource(pair.source)) as source:
        for database, table in sorted(key for key in found if selected(key[1])):
            try:
                different = compare.differences(source, (database, table), pair.target, pair.name, (database, table))
            except AssertionError as error:  # there is no such table
                different = [str(error)]
            lines += [f"{cases[database]}, {table}: {line}" for line in different]
    return lines


def why_not(task, runs):
    """What an assertion about a task that stopped should say."""
    errors = [error for error in task.errors() if error["sqlstate"][:2] not in ("00", "01")]
    if not errors:
        return str(task.row())
    text = f"{errors[0]['message']}: {errors[0]['detail']}"
    cases = [str(run.case) for run in runs if f"{run.database}." in f"{errors[0]['source_table']}. {text}"]
    return f"{', '.join(cases)} stopped the task: {text}"


def catches_up(task, runs):
    try:
        task.wait_for_catchup(120)
    except (AssertionError, psycopg2.Error) as error:
        raise AssertionError(why_not(task, runs)) from error


def carried_by(kind, number, case):
    """Whether it is this source's turn, of those that the case is for and that carry it."""
    kinds = [other for other in case.kinds if other not in case.stops]
    return kinds != [] and kinds[number % len(kinds)] == kind


def test_statements(pair):
    """Each case on one source."""
    check_statements(pair, [case for number, case in enumerate(ddl_cases.read_cases())
                            if carried_by(pair.source.kind, number, case)])


@pytest.mark.long
def test_statements_on_all_sources(pair):
    kind = pair.source.kind
    check_statements(pair, [case for case in ddl_cases.read_cases() if kind in case.kinds and kind not in case.stops])


def check_statements(pair, cases):
    with databases(pair, cases) as runs:
        task = pair.run_task([f"{pair.name}_*.*", f"!*.{EXCLUDED}*"], existing_tables="truncate",
                             options={"drop_tables": "drop"}, timeout=180)
        at_once(Run.perform, runs)
        found = ddl_cases.source_columns(pair.source, pair.name.replace("_", "\\_") + "\\_%")
        complaints = [line for run in runs for line in wrong_expectations(run, found)]
        assert not complaints, "the source does otherwise than the cases say:\n" + "\n".join(complaints)
        catches_up(task, runs)
        history = ddl_cases.history_columns(pair, task)
        complaints = [line for run in runs for line in wrong_history(run, found, history)]
        complaints += wrong_rows(pair, runs, found)
        assert not complaints, "\n".join(complaints)


def test_refused(pair):
    """Each with a task of its own, which stops and shows the statement."""
    kind = pair.source.kind
    cases = [case for case in ddl_cases.read_cases() if kind in case.kinds and kind in case.stops]
    with databases(pair, cases) as runs:
        tasks = [pair.task(f"task_{number}").create([f"{run.database}.*"]).start() for number, run in enumerate(runs)]
        for task in tasks:
            task.wait_state()
        at_once(Run.perform, runs)
        for run, task in zip(runs, tasks):
            wait_until(lambda: task.state() == "failed", 30, f"{run.case} stops its task")
            assert run.case.stops[kind] in why_not(task, runs), run.case
            assert task.errors()[0]["remedy"], run.case
