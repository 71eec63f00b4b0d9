"""Random queries over foreign tables give what they give over local copies of the same rows.

MYSQL_SYNC_QUERIES says how many (2,000 by default; the other sources get a tenth of what MariaDB gets),
MYSQL_SYNC_SEED where they begin.
"""

import decimal
import os
import random

import psycopg2

from harness import random_relations
from harness.random_queries import Queries

COUNT = int(os.environ.get("MYSQL_SYNC_QUERIES", "2000"))
SEED = int(os.environ.get("MYSQL_SYNC_SEED", "1"))
BATCH = 50  # queries of a transaction, with the same settings of the planner
SWITCHES = ("enable_hashjoin", "enable_mergejoin", "enable_nestloop", "enable_sort", "enable_material", "enable_hashagg",
            "enable_memoize", "enable_partitionwise_join", "enable_partitionwise_aggregate", "enable_incremental_sort")


def settings(rng):
    """SQL that makes the planner take other ways."""
    off = [f"SET LOCAL {name} = {rng.choice(('on', 'off'))}" for name in SWITCHES if rng.random() < 0.3]
    mode = rng.choice(("auto", "force_generic_plan", "force_custom_plan"))
    return "; ".join(off + [f"SET LOCAL plan_cache_mode = {mode}", "SET LOCAL TimeZone = 'UTC'; SET LOCAL jit = off"])


def plain(value):
    """Equal values as one: 1.0 and 1.00 are the same number, and NaN is equal to itself."""
    if isinstance(value, decimal.Decimal):
        return format(value.normalize(), "f")
    return str(value) if isinstance(value, float) else bytes(value) if isinstance(value, memoryview) else value


class Side:
    """One side's connection, and what a statement came to there."""

    def __init__(self, pair, schema, chosen):
        self._connection = pair.target.connect(pair.name, autocommit=False)
        self._schema, self._settings = schema, chosen
        self._execute(chosen)

    def close(self):
        self._connection.close()

    def run(self, statements):
        """(rows, None), or what the error says and its code."""
        try:
            return self._execute(*(text.replace("§", self._schema) for text in statements)), None
        except psycopg2.Error as error:
            self._connection.rollback()
            self._execute(self._settings)
            return str(error), error.pgcode

    def _execute(self, *statements):
        with self._connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return [tuple(map(plain, row)) for row in cursor.fetchall()] if cursor.description else []


def statements_of(queries, number, text, types):
    """The statements for one side; the last one gives the rows."""
    if types is None:
        return [f"EXPLAIN {text}", text]
    prepare = f"PREPARE §{number} ({', '.join(types)}) AS {text}"
    runs = [f"EXECUTE §{number} ({queries.arguments(types)})" for _ in range(2)]
    return [prepare, f"EXPLAIN {runs[0]}", *runs]


def seen(outcome, how):
    rows, error = outcome
    return error or (len(rows) if how == "count" else sorted(rows, key=repr))


def run_batch(pair, first, last, different):
    """Some queries with the same settings of the planner; the number of those that failed on both sides."""
    rng = random.Random(f"{SEED} {first}")
    queries, chosen, failed = Queries(rng), settings(rng), 0
    foreign, local = Side(pair, "f", chosen), Side(pair, "l", chosen)
    for number in range(first, min(first + BATCH, last)):
        text, how, types = queries.query()
        statements = statements_of(queries, number, text, types)
        outcomes = foreign.run(statements), local.run(statements)
        failed += outcomes[0][1] is not None
        if seen(outcomes[0], how) != seen(outcomes[1], how):
            different.append(f"seed {SEED}, query {number}, {chosen}:\n{statements}\nforeign: {outcomes[0]}\nlocal: {outcomes[1]}")
    foreign.close()
    local.close()
    return failed


def test_random_queries_find_the_same_rows(pair):
    count = COUNT if pair.source.kind == "mariadb" else COUNT // 10
    random_relations.create(pair, random.Random(SEED))
    different, failed = [], 0
    for first in range(0, count, BATCH):
        failed += run_batch(pair, first, count, different)
        assert len(different) < 10, "\n\n".join(different)
    assert not different, "\n\n".join(different)
    assert failed <= count // 50  # a query that fails on both sides shows little
