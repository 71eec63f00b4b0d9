"""DDL and DML at random, while the worker of the task is stopped, started and killed. At the end the target is the source.

The seeds are fixed, so that a failure stays one; MYSQL_SYNC_SEED tries another. The message of a failure has the seed and
all that was done on the source.
"""

import os
import random

import pytest

from harness import compare, ddl_cases
from harness.random_ddl import OTHERS, RandomSource
from harness.wait import wait_until
from test_crash import kill_worker

STEPS = 250
HAPPENINGS = ("stop and start",) * 3 + ("kill",) * 2 + ("catch up",)  # to the worker meanwhile, in any order
SEEDS = [os.environ["MYSQL_SYNC_SEED"]] if "MYSQL_SYNC_SEED" in os.environ else ["1", "2", "3"]


def something_happens(pair, task, what):
    """To the worker. What is to be done later, or nothing."""
    if what == "stop and start":
        task.stop()
        return task.start
    if what == "kill":
        kill_worker(pair, "task")
    if what == "catch up":
        task.wait_for_catchup()
    return None


def differences(pair, task):
    """Tables, columns and rows that are not the source's."""
    found = ddl_cases.source_columns(pair.source, pair.name.replace("_", "\\_"))
    ours = {key: columns for key, columns in found.items() if key[1] not in OTHERS}
    known = ddl_cases.history_columns(pair, task)
    lines = [f"{key[1]}\n    history {known.get(key)}\n    source  {ours.get(key)}"
             for key in sorted(ours.keys() | known.keys()) if ours.get(key) != known.get(key)]
    for database, table in sorted(ours):
        lines += [f"{table}: {line}" for line in compare.differences(pair.source, (database, table), pair.target, pair.name,
                                                                     (database, table))]
    return lines


@pytest.mark.parametrize("seed", SEEDS)
def test_random_ddl(pair, seed):
    dice = random.Random(f"worker {seed}")
    changes = RandomSource(pair.source, pair.name, f"{pair.source.kind} {seed}")
    try:
        changes.prepare()
        task = pair.run_task([f"{pair.name}.t*"], existing_tables="truncate",
                             options={"drop_tables": dice.choice(("keep", "drop")), "create_tables": True})
        happenings = dict(zip(dice.sample(range(STEPS), len(HAPPENINGS)), HAPPENINGS))
        go_on = None
        for number in range(STEPS):
            changes.step()
            if go_on and (number in happenings or dice.random() < 0.1):
                go_on()
                go_on = None
            if number in happenings:
                go_on = something_happens(pair, task, happenings[number])
        changes.finish()
        if go_on:
            go_on()
        wait_until(lambda: task.row()["pid"], 60, "the worker is there")
        task.wait_for_catchup(120)
        lines = differences(pair, task)
        assert not lines, "\n".join(lines)
    except Exception as error:
        raise AssertionError(f"seed {seed} on {pair.source.kind}: {error}\n{changes.story()}") from error
    finally:
        changes.close()
