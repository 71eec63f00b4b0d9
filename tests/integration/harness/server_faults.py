"""What no test may leave in the log of the target, whatever it is about: crashes, leaks, transactions out of step."""

import re

# A process may be killed (9) or told to end (15); every other signal is a crash.
_FAULTS = re.compile(
    r"terminated by signal (?!9\b|15\b)\d|\bPANIC:|\bTRAP:|(reference|refcount|file|fd|block) leak|resource was not closed"
    r"|still active|you don't own a lock|unexpected state|(Transaction|CommandCounterIncrement)\w* while in"
    r"|invalid memory alloc|chunk (header|end)|double free|heap corruption|stack smashing|AddressSanitizer", re.IGNORECASE)


class LogWatch:
    """Looks at what has come into log files since the last look."""

    def __init__(self, logs):
        self._logs = logs  # a function: their paths
        self._seen = {path: path.stat().st_size for path in logs()}

    def faults(self):
        """Lines that tell of a fault."""
        return [line for path in self._logs() for line in self._news(path) if _FAULTS.search(line)]

    def _news(self, path):
        begin, end = self._seen.get(path, 0), path.stat().st_size
        self._seen[path] = end
        with path.open("rb") as log:
            log.seek(begin if begin <= end else 0)
            return log.read().decode(errors="replace").splitlines()
