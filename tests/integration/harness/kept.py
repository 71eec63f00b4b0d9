"""A source whose connections are kept: for hundreds of small comparisons, which otherwise mostly connect."""


class _Borrowed:
    """A connection that whoever got it may close; it stays open."""

    def __init__(self, connection):
        self._connection = connection

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def close(self):
        pass

    def cursor(self):
        return self._connection.cursor()


class KeptSource:
    """connect() and query() of a Source, with one connection for each set of settings."""

    def __init__(self, source):
        self.kind = source.kind
        self._source = source
        self._connections = {}

    def connect(self, database, **settings):
        key = tuple(settings)
        if key not in self._connections:
            self._connections[key] = self._source.connect(database, **settings)
        self._connections[key].select_db(database)
        return _Borrowed(self._connections[key])

    def query(self, sql, params=None, database="information_schema"):
        with self.connect(database).cursor() as cursor:
            cursor.execute(sql, params)
            return list(cursor.fetchall())

    def close(self):
        for connection in self._connections.values():
            connection.close()
