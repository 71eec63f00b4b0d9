"""Measures load and streaming of mysql_sync as a ratio to COPY of the same rows; started by bench/run."""

import argparse
import json
import os
import platform
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "integration"))

import report  # noqa: E402
from delay import measure_delay  # noqa: E402
from reloads import describe_reloads, measure_reloads  # noqa: E402
from rig import Rig  # noqa: E402
from scenarios import DELAY, LOADS, NAMES, RELOAD, SMALL_TABLES, STREAMS, prepare  # noqa: E402
from small_tables import describe_small_tables, measure_small_tables  # noqa: E402


def parse_arguments():
    parser = argparse.ArgumentParser(prog="bench/run", description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("directory", type=Path, help=argparse.SUPPRESS)
    add("--rows", type=int, default=600_000, help="of a load and of a bulk change (default: %(default)s)")
    add("--rounds", type=int, default=3, help="how often each scenario is measured (default: %(default)s)")
    add("--source", choices=("mariadb", "mysql56", "mysql9"), default="mariadb", help="(default: %(default)s)")
    add("--only", action="append", choices=NAMES, metavar="SCENARIO",
        help=f"measure this one (more than once: these), of: {', '.join(NAMES)}")
    add("--options", type=json.loads, default={}, metavar="JSON", help="of the tasks, as create_task takes them")
    add("--tables", type=int, default=500, help="small ones, of a few rows each (default: %(default)s)")
    add("--changes", type=int, default=200, help="single changes to take the delay of (default: %(default)s)")
    add("--profile", type=Path, metavar="DIR", help="leave a perf.data of each scenario's last round there")
    return parser.parse_args()


def measure_rounds(rig, arguments, wanted):
    """Round by round and not scenario by scenario: a quiet minute of the machine is then nobody's advantage."""
    groups = prepare(rig, wanted)
    for number in range(1, arguments.rounds + 1):
        rig.recorder.armed = number == arguments.rounds
        rig.checkpoint()
        for group in groups:
            for sample in group.measure():
                print(f"round {number}: {report.sample_line(sample)}", file=sys.stderr)
                yield sample


def measure(rig, arguments):
    """What is compared with COPY, the delays, and what has lines of its own in the report."""
    wanted = arguments.only or NAMES
    by_copy = set(wanted) & {*LOADS, *STREAMS}
    samples = list(measure_rounds(rig, arguments, wanted)) if by_copy else []
    lines = []
    if SMALL_TABLES in wanted:
        lines.append(describe_small_tables(measure_small_tables(rig, arguments.tables, arguments.rounds)))
    if RELOAD in wanted:
        lines.append(describe_reloads(measure_reloads(rig, arguments.rounds)))
    delays = measure_delay(rig, arguments.changes) if DELAY in wanted else []
    return samples, delays, lines


def describe(rig, arguments, began):
    options = f", options {json.dumps(arguments.options)}" if arguments.options else ""
    return [f"{rig.source.kind} {rig.source.version}, PostgreSQL {rig.target.query('SHOW server_version')[0][0]}, "
            f"{arguments.rows} rows, {arguments.rounds} rounds{options}",
            f"{os.cpu_count()} processors, {platform.machine()}, Linux {platform.release()}, "
            f"load average {began[0]:.1f} before and {os.getloadavg()[0]:.1f} after"]


def main():
    arguments = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))  # so that the servers go with it
    began, start = os.getloadavg(), time.monotonic()
    with Rig(arguments.directory, arguments) as rig:
        samples, delays, lines = measure(rig, arguments)
        heading = describe(rig, arguments, began)
    heading.append(f"{time.monotonic() - start:.0f} s in all\n")
    print("\n".join(filter(None, [*heading, report.table(samples), report.footer(samples, delays), *lines])))


if __name__ == "__main__":
    main()
