"""What was compared, and what could not be tested, for the summary of scripts/test."""

import collections

import pytest

_counts = pytest.StashKey()


def pytest_configure(config):
    config.stash[_counts] = collections.Counter()


@pytest.fixture(scope="session")
def counts(request):
    """Counters over all tests: rows, compared rows, compared cells."""
    return request.config.stash[_counts]


def pytest_terminal_summary(terminalreporter, config):
    counts = config.stash[_counts]
    terminalreporter.write_line(", ".join(f"{number} {what}" for what, number in counts.items()))
    reasons = {report.longrepr[2] for report in terminalreporter.stats.get("skipped", [])}
    for reason in sorted(reasons):
        if "SOURCE SKIPPED" in reason:
            terminalreporter.write_line(reason.removeprefix("Skipped: "), yellow=True, bold=True)
