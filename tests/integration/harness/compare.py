"""Is a table the same on the source and on the target?

Both sides are read by plain drivers, as text, and every value is brought to one canonical form that depends on the
source's type alone. Nothing of the product's code takes part, so it cannot make the same mistake twice.

A row is found again by the key of the source's table; a table without one is compared as a bag of rows.
"""

import json
from collections import Counter
from decimal import Context, Decimal

SHOWN = 10  # differences in a message
NUMBERS = Context(prec=400)

INTEGERS = {"tinyint", "smallint", "mediumint", "int", "bigint", "year"}
BYTES = {"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "vector",
         "geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon",
         "geometrycollection", "geomcollection"}
# The others: decimal, float, double, bit, date, datetime, timestamp, time, json; what is not listed is text.
KINDS = {**dict.fromkeys(INTEGERS, "integer"), **dict.fromkeys(BYTES, "bytes"), "double": "float"}

# How a source's value is fetched. FLOAT is rounded to 6 digits unless it takes part in an expression; HEX because
# the driver does not know which types are binary.
SOURCE_EXPRESSIONS = {"float": "{} * 1e0", "bit": "{} + 0", "bytes": "HEX({})"}

# How a target's value is fetched, by its type.
TARGET_EXPRESSIONS = {
    "bool": "{}::int::text", "float4": "{}::float8::text", "bytea": "encode({}, 'hex')", "inet": "host({})",
    "bit": "'0b' || {}::text", "varbit": "'0b' || {}::text",
    "timestamptz": "({} AT TIME ZONE 'UTC')::text",
    "interval": "(extract(epoch from {}) * 1000000)::bigint::text || ' us'",
    "time": "(extract(epoch from {}) * 1000000)::bigint::text || ' us'",
}


# --- canonical values ------------------------------------------------------------------------------------------


def _fraction(text):
    """Six digits behind the seconds, on both sides."""
    seconds, _, digits = text.partition(".")
    return f"{seconds}.{digits:0<6}"


def _microseconds(text):
    """MySQL's '-838:59:59.5', or a number of microseconds from the target."""
    if text.endswith(" us"):
        return int(text[:-3])
    hours, minutes, seconds = text.lstrip("-").split(":")
    size = (int(hours) * 60 + int(minutes)) * 60_000_000 + int(Decimal(seconds) * 1_000_000)
    return -size if text.startswith("-") else size


def _json_value(value):
    """Numbers by value (1.0 is 1, 1e2 is 100), objects without an order."""
    if isinstance(value, dict):
        return {key: _json_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_json_value(item) for item in value]
    if isinstance(value, Decimal):
        return {"number": str(value.normalize(NUMBERS))}
    return value


def _json(text):
    def number(digits):
        return Decimal(digits)
    return json.dumps(_json_value(json.loads(text, parse_int=number, parse_float=number)), sort_keys=True,
                      ensure_ascii=False)


CANONICAL = {
    "integer": int,
    "decimal": Decimal,
    "float": lambda text: repr(float(text)),
    "bit": lambda text: int(text, 0),
    "bytes": lambda text: text.lower(),
    "datetime": _fraction,
    "timestamp": _fraction,
    "time": _microseconds,
    "json": _json,
}


class Policies:
    """What the task was told to do with values that PostgreSQL cannot hold."""

    def __init__(self, zero_dates=None, nul_bytes=None):
        """zero_dates: what stands for one (None: NULL). nul_bytes: what stands for one (None: there are none)."""
        self.zero_dates = zero_dates
        self.nul_bytes = nul_bytes

    def apply(self, kind, text):
        """The text of a source's value as the target should have it."""
        if kind in ("date", "datetime", "timestamp") and "00" in (text[5:7], text[8:10]):
            return self.zero_dates
        if kind == "text" and self.nul_bytes is not None:
            return text.replace("\0", self.nul_bytes)
        return text


def _render(kind, text):
    if text is None:
        return None
    if text in ("infinity", "-infinity"):
        return text
    try:
        return CANONICAL.get(kind, str)(text)
    except (ValueError, ArithmeticError):
        return f"not a {kind}: {text!r}"


# --- reading ---------------------------------------------------------------------------------------------------


def _kind(data_type):
    kind = KINDS.get(data_type, data_type)
    return kind if kind in CANONICAL or kind in ("date", "time") else "text"


def source_columns(source, database, table):
    """{column: kind} in the table's order."""
    rows = source.query("""SELECT column_name, data_type FROM information_schema.columns
                           WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position""", (database, table))
    assert rows, f"the source has no table {database}.{table}"
    return {column: _kind(data_type.lower()) for column, data_type in rows}


def source_key(source, database, table):
    """The columns of the primary key; none: []."""
    return [row[0] for row in source.query(
        """SELECT column_name FROM information_schema.key_column_usage
           WHERE constraint_name = 'PRIMARY' AND table_schema = %s AND table_name = %s
           ORDER BY ordinal_position""", (database, table))]


def target_columns(target, database, schema, table):
    """{column: name of its type}."""
    rows = target.query("""SELECT a.attname, t.typname
                           FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                           JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = a.atttypid
                           WHERE n.nspname = %s AND c.relname = %s AND a.attnum > 0 AND NOT a.attisdropped
                           ORDER BY a.attnum""", (schema, table), database)
    assert rows, f"the target has no table {schema}.{table}"
    return dict(rows)


def read_source(source, database, table, kinds, policies, where="true"):
    """The rows as tuples of canonical values, in the order of `kinds`."""
    wanted = ", ".join(SOURCE_EXPRESSIONS.get(kind, "{}").format("`" + column.replace("`", "``") + "`")
                       for column, kind in kinds.items())
    # Without converters every value comes as the text that the server sent.
    with source.connect(database, conv={}) as connection, connection.cursor() as cursor:
        cursor.execute("SET time_zone = '+00:00'")
        cursor.execute(f"SELECT {wanted} FROM `{table.replace('`', '``')}` WHERE {where}")
        return [tuple(_render(kind, None if text is None else policies.apply(kind, text))
                      for kind, text in zip(kinds.values(), row)) for row in cursor.fetchall()]


def _quoted(name):
    return '"' + name.replace('"', '""') + '"'


def read_target(target, database, schema, table, types, kinds):
    """Like read_source; `types` gives the target's columns in the order of `kinds`."""
    wanted = ", ".join(TARGET_EXPRESSIONS.get(name, "{}::text").format(_quoted(column))
                       for column, name in types.items())
    connection = target.connect(database)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET extra_float_digits = 3; SET datestyle = ISO; SET timezone = 'UTC'")
            cursor.execute(f"SELECT {wanted} FROM {_quoted(schema)}.{_quoted(table)}")
            return [tuple(map(_render, kinds.values(), row)) for row in cursor.fetchall()]
    finally:
        connection.close()


# --- comparing -------------------------------------------------------------------------------------------------


def _sortable(row):
    return [(type(value).__name__, "" if value is None else value) for value in row]


def _by_key(rows, positions, side):
    found = {tuple(row[i] for i in positions): row for row in rows}
    if len(found) == len(rows):
        return found, []
    twice = [key for key, count in Counter(tuple(row[i] for i in positions) for row in rows).items() if count > 1]
    return found, [f"more than once in the {side}: {key}" for key in sorted(twice, key=_sortable)]


def _differing(columns, key, ours, theirs):
    parts = [f"{column}: {mine!r} in the source, {other!r} in the target"
             for column, mine, other in zip(columns, ours, theirs) if mine != other]
    return f"row {key}: " + "; ".join(parts)


def diff_by_key(columns, key, source_rows, target_rows):
    """What differs, one line each, in the order of the key."""
    positions = [columns.index(column) for column in key]
    ours, lines = _by_key(source_rows, positions, "source")
    theirs, more = _by_key(target_rows, positions, "target")
    lines += more
    for value in sorted(ours.keys() | theirs.keys(), key=_sortable):
        if value not in theirs:
            lines.append(f"missing in the target: {ours[value]}")
        elif value not in ours:
            lines.append(f"only in the target: {theirs[value]}")
        elif ours[value] != theirs[value]:
            lines.append(_differing(columns, value, ours[value], theirs[value]))
    return lines


def diff_bags(source_rows, target_rows):
    ours, theirs = Counter(source_rows), Counter(target_rows)
    return [f"missing in the target, {count} times: {row}" for row, count in (ours - theirs).items()] + \
           [f"only in the target, {count} times: {row}" for row, count in (theirs - ours).items()]


def differences(source, source_table, target, database, target_table, columns=None, key=None, where="true",
                policies=Policies()):
    """What differs between source_table (database, table) and target_table (schema, table), one line each.

    columns  {source column: target column} where names differ or only some are to be compared; by default the
             target has to have every column of the source and no other.
    key      the source's columns by which rows are matched; by default its primary key, [] compares bags of rows.
    where    a condition in the source's SQL: the rows that the target should have.
    """
    kinds = source_columns(source, *source_table)
    types = target_columns(target, database, *target_table)
    if columns is None:
        columns = {column: column for column in kinds}
        if set(types) != set(kinds):
            return [f"columns: {list(kinds)} in the source, {list(types)} in the target"]
    absent = (columns.keys() - kinds.keys()) | (set(columns.values()) - types.keys())
    assert not absent, f"columns that do not exist: {sorted(absent)}"
    kinds = {column: kinds[column] for column in columns}
    types = {column: types[column] for column in columns.values()}
    ours = read_source(source, *source_table, kinds, policies, where)
    theirs = read_target(target, database, *target_table, types, kinds)
    key = source_key(source, *source_table) if key is None else key
    lines = diff_by_key(list(kinds), key, ours, theirs) if key else diff_bags(ours, theirs)
    if lines and len(ours) != len(theirs):
        lines.insert(0, f"rows: {len(ours)} in the source, {len(theirs)} in the target")
    return lines


def assert_same_table(source, source_table, target, database, target_table, **how):
    """Fails with the first differences unless there are none; `how` as in differences()."""
    __tracebackhide__ = True
    lines = differences(source, source_table, target, database, target_table, **how)
    if not lines:
        return
    rest = [f"and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    raise AssertionError(f"{'.'.join(source_table)} on {source.kind} is not {'.'.join(target_table)} "
                         f"on {target.kind}:\n  " + "\n  ".join(lines[:SHOWN] + rest))
