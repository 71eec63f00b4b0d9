"""Sessions on a target that one statement after the other uses: to open one takes its server more than 40 ms of
processor time on some machines, and half of the suite's time went there."""

import contextlib
import select
import threading


class KeptSessions:
    """Idle sessions by their settings. Threads may use it; each has its session for itself while it uses it."""

    def __init__(self, connect):
        """connect(**settings) opens a session in autocommit."""
        self._connect = connect
        self._lock = threading.Lock()
        self._idle = {}  # a list by settings

    @contextlib.contextmanager
    def session(self, **settings):
        """One that is open, with nothing left in it of earlier users. It is closed where its user fails."""
        key = tuple(sorted(settings.items()))
        connection = self._take(key) or self._connect(**settings)
        try:
            yield connection
            connection.cursor().execute("DISCARD ALL")
        except BaseException:
            connection.close()
            raise
        with self._lock:
            self._idle.setdefault(key, []).append(connection)

    def close(self, database):
        """Those of a database that is to be dropped."""
        with self._lock:
            gone = [key for key in self._idle if dict(key)["database"] == database]
            connections = [connection for key in gone for connection in self._idle.pop(key)]
        for connection in connections:
            connection.close()

    def _take(self, key):
        with self._lock:
            idle = self._idle.get(key, [])
            while idle:
                connection = idle.pop()
                if _is_open(connection):
                    return connection
                connection.close()
        return None


def _is_open(connection):
    """A server that ended the session has sent something that nobody asked for."""
    return not connection.closed and not select.select([connection], [], [], 0)[0]
