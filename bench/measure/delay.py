"""How long a single change takes on a quiet system, from the commit on the source until it is seen on the target."""

import random
import time

from rows import NARROW, create_table

LOOK_EVERY = 0.0003  # seconds
PAUSE = (0.02, 0.08)  # between two changes, so that each finds the task waiting


def measure_delay(rig, changes):
    """The delays in seconds."""
    pair = rig.pair("delay")
    create_table(pair, "sbtest1", NARROW)
    task = rig.task(pair)
    rig.catch_up(task)
    try:
        with rig.source.connect("delay") as source, source.cursor() as write:
            return _delays(write, rig.target.connect("delay"), changes)
    finally:
        task.stop()


def _delays(write, target, changes):
    pauses = random.Random(1)
    delays = []
    try:
        with target.cursor() as read:
            for number in range(1, changes + 1):
                time.sleep(pauses.uniform(*PAUSE))
                delays.append(_delay_of_one(write, read, number))
    finally:
        target.close()
    return delays


def _delay_of_one(write, read, number):
    write.execute(f"INSERT INTO sbtest1 VALUES ({number}, 1, 'a', 'b')")
    committed = time.monotonic()
    while True:
        read.execute(f"SELECT 1 FROM delay.sbtest1 WHERE id = {number}")
        if read.fetchone():
            return time.monotonic() - committed
        assert time.monotonic() - committed < 30, f"change {number} did not arrive within 30 s"
        time.sleep(LOOK_EVERY)
