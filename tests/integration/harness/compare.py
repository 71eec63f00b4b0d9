"""Is a table the same on the source and on the target?

Both sides are read by plain drivers, as text, and every value is brought to one canonical form that depends on the
source's type and on the kind of the target's. Nothing of the product's code takes part, so it cannot make the same
mistake twice. Where the target has the type that is made by default nothing is forgiven: every bit of a
floating-point number, the scale of a decimal, the text of a JSON document, the padding of a char.

A row is found again by the key of the source's table; a table without one is compared as a bag of rows.
"""

import calendar
import ipaddress
import json
import re
import struct
from collections import Counter, namedtuple
from decimal import Context, Decimal

SHOWN = 10  # differences in a message
LONGEST = 200  # characters of a value in a message
NUMBERS = Context(prec=400)

INTEGERS = {"tinyint", "smallint", "mediumint", "int", "bigint", "year"}
BYTES = {"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "vector",
         "geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon",
         "geometrycollection", "geomcollection"}
# The others: decimal, float, double, bit, date, datetime, timestamp, time, json, char; what is not listed is text.
KINDS = {**dict.fromkeys(INTEGERS, "integer"), **dict.fromkeys(BYTES, "bytes"), "inet4": "inet", "inet6": "inet"}

# How a source's value is fetched. A floating-point number is shown the way it was declared unless it takes part in an
# expression, and MariaDB shows -0 as 0: hence the second expression. HEX because the driver does not know which types
# are binary.
SOURCE_EXPRESSIONS = {"float": "{0} * 1e0, ATAN2({0}, -1) < 0", "double": "{0} * 1e0, ATAN2({0}, -1) < 0",
                      "bit": "{0} + 0", "bytes": "HEX({0})"}
WITH_SIGN = ("float", "double")

# How a target's value is fetched, by its type. textin(bpcharout()) keeps the spaces of a char.
TARGET_EXPRESSIONS = {
    "bool": "{}::int::text", "bytea": "encode({}, 'hex')", "inet": "host({})", "varbit": "'0b' || {}::text",
    "bpchar": "textin(bpcharout({}))", "timestamptz": "({} AT TIME ZONE 'UTC')::text",
    # As MySQL keeps a VECTOR: the floats' bytes, lowest first.
    "_float4": """CASE WHEN {0} IS NOT NULL THEN
                      (SELECT coalesce(string_agg(encode(substr(e, 4, 1) || substr(e, 3, 1) || substr(e, 2, 1)
                                                         || substr(e, 1, 1), 'hex'), '' ORDER BY n), '')
                         FROM (SELECT float4send(f) AS e, n FROM unnest({0}) WITH ORDINALITY AS u(f, n)) AS entry)
                  END""",
}
# The same where values are compared in a way of their own.
WAY_EXPRESSIONS = {"float bits": "'bits ' || encode(float4send({}), 'hex')",
                   "double bits": "'bits ' || encode(float8send({}), 'hex')"}

# The columns of a source, and how the values of a pair of columns are made comparable: `way` is a key of CANONICAL,
# `size` the declared length where the target's type has one.
SourceColumn = namedtuple("SourceColumn", "kind declared")
Way = namedtuple("Way", "kind way size")


# --- canonical values ------------------------------------------------------------------------------------------


def _point_in_time(text):
    """Six digits behind the seconds; the target writes the year 0 as 1 BC."""
    if text.endswith(" BC"):
        year, rest = text[:-3].split("-", 1)
        text = f"{1 - int(year):04}-{rest}"
    if len(text) <= len("2024-02-29"):
        return text
    seconds, _, digits = text.partition(".")
    return f"{seconds}.{digits:0<6}"


def _microseconds(text):
    """'-838:59:59.5', which is also how an interval without days is written."""
    hours, minutes, seconds = re.fullmatch(r"-?(\d+):(\d\d):(\d\d(?:\.\d+)?)", text).groups()
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


def _exact_decimal(text):
    """Every digit of it, but for the zeros in front that ZEROFILL shows."""
    sign, whole, rest = re.fullmatch(r"(-?)0*(\d.*?|)(\..*|)", text).groups()
    return sign + (whole or "0") + rest


def _bits_of(layout):
    """The source shows a number, the target its bytes."""
    return lambda text: text if text.startswith("bits ") else "bits " + struct.pack(layout, float(text)).hex()


CANONICAL = {
    "integer": int,
    "decimal": Decimal,
    "exact decimal": _exact_decimal,
    "number": lambda text: repr(float(text) + 0.0),
    "float bits": _bits_of(">f"),
    "double bits": _bits_of(">d"),
    "bit": lambda text: int(text, 0),
    "bit string": str,
    "bytes": lambda text: text.lower(),
    "date": _point_in_time,
    "datetime": _point_in_time,
    "timestamp": _point_in_time,
    "time": _microseconds,
    "json": _json,
    "exact json": str,
    "char": str,
    "padded char": str,
    "inet": lambda text: str(ipaddress.ip_address(text)),
    "text": str,
}
# Where a source's kind meets one of these types of the target, its values have to agree in more than their meaning.
STRICT = {("decimal", "numeric"): "exact decimal", ("float", "float4"): "float bits", ("double", "float8"): "double bits",
          ("json", "json"): "exact json", ("char", "bpchar"): "padded char", ("bit", "bit"): "bit string"}
LENIENT = {"float": "number", "double": "number"}


def _way(column, target_type):
    """How to compare a column of the source with one of this type."""
    kind = column.kind
    size = re.search(r"\((\d+)\)", column.declared)
    way = STRICT.get((kind, target_type), LENIENT.get(kind, kind))
    return Way(kind, way, int(size.group(1)) if size else 1)


class Policies:
    """What the task was told to do with values that PostgreSQL cannot hold."""

    def __init__(self, zero_dates=None, nul_bytes=None):
        """zero_dates: what stands for one (None: NULL). nul_bytes: what stands for one (None: there are none)."""
        self.zero_dates = zero_dates
        self.nul_bytes = nul_bytes

    def apply(self, kind, text):
        """The text of a source's value as the target should have it."""
        if kind in ("date", "datetime", "timestamp") and not _is_on_the_calendar(text):
            return self.zero_dates
        if kind in ("text", "char") and self.nul_bytes is not None:
            return text.replace("\0", self.nul_bytes)
        return text


def _is_on_the_calendar(text):
    year, month, day = int(text[:4]), int(text[5:7]), int(text[8:10])
    # The year 0 is a leap year; Python's calendar begins with the year 1.
    return month != 0 and 0 < day <= calendar.monthrange(year or 4, month)[1]


def _render(way, text):
    if text is None:
        return None
    if text in ("infinity", "-infinity"):
        return text
    try:
        return CANONICAL[way.way](text)
    except (ValueError, ArithmeticError, AttributeError):
        return f"not a {way.kind}: {text!r}"


def _as_stored(way, text):
    """What the target's type makes of a source's value."""
    if text is None:
        return None
    if way.way == "padded char":
        return text.ljust(way.size)
    if way.way == "bit string":
        return f"{int(text):0{way.size}b}"
    return text


# --- reading ---------------------------------------------------------------------------------------------------


def _kind(data_type):
    kind = KINDS.get(data_type, data_type)
    return kind if kind in CANONICAL or kind in LENIENT else "text"


def source_columns(source, database, table):
    """{column: SourceColumn} in the table's order; generated and invisible columns are among them."""
    rows = source.query("""SELECT column_name, data_type, column_type FROM information_schema.columns
                           WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position""", (database, table))
    assert rows, f"the source has no table {database}.{table}"
    return {column: SourceColumn(_kind(data_type.lower()), declared) for column, data_type, declared in rows}


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
                           ORDER BY a.attnum""", (schema, table), database, kept=True)
    assert rows, f"the target has no table {schema}.{table}"
    return dict(rows)


def _source_value(way, policies, row):
    """Takes one value from the iterator `row`."""
    text = next(row)
    if way.kind in WITH_SIGN and next(row) == "1" and text is not None and float(text) == 0:
        text = "-0"
    if text is not None:
        text = policies.apply(way.kind, text)
    return _render(way, _as_stored(way, text))


def read_source(source, database, table, ways, policies, where="true"):
    """The rows as tuples of canonical values, in the order of `ways`."""
    wanted = ", ".join(SOURCE_EXPRESSIONS.get(way.kind, "{0}").format("`" + column.replace("`", "``") + "`")
                       for column, way in ways.items())
    # Without converters every value comes as the text that the server sent.
    with source.connect(database, conv={}) as connection, connection.cursor() as cursor:
        cursor.execute("SET time_zone = '+00:00'")
        cursor.execute(f"SELECT {wanted} FROM `{table.replace('`', '``')}` WHERE {where}")
        rows = [iter(row) for row in cursor.fetchall()]
    return [tuple(_source_value(way, policies, row) for way in ways.values()) for row in rows]


def _quoted(name):
    return '"' + name.replace('"', '""') + '"'


def _target_expression(type_name, way):
    return WAY_EXPRESSIONS.get(way.way) or TARGET_EXPRESSIONS.get(type_name, "{}::text")


def read_target(target, database, schema, table, types, ways):
    """Like read_source; `types` gives the target's columns in the order of `ways`."""
    wanted = ", ".join(_target_expression(name, way).format(_quoted(column))
                       for (column, name), way in zip(types.items(), ways.values()))
    with target.kept_session(database) as connection, connection.cursor() as cursor:
        cursor.execute("SET extra_float_digits = 3; SET datestyle = ISO; SET timezone = 'UTC'; SET intervalstyle = postgres")
        cursor.execute(f"SELECT {wanted} FROM {_quoted(schema)}.{_quoted(table)}")
        return [tuple(map(_render, ways.values(), row)) for row in cursor.fetchall()]


# --- comparing -------------------------------------------------------------------------------------------------


def _sortable(row):
    return [(type(value).__name__, "" if value is None else value) for value in row]


def _by_key(rows, positions, side):
    found = {tuple(row[i] for i in positions): row for row in rows}
    if len(found) == len(rows):
        return found, []
    twice = [key for key, count in Counter(tuple(row[i] for i in positions) for row in rows).items() if count > 1]
    return found, [f"more than once in the {side}: {key}" for key in sorted(twice, key=_sortable)]


def _shown(value):
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}... ({len(text)} characters)"


def _differing(columns, key, ours, theirs):
    parts = [f"{column}: {_shown(mine)} in the source, {_shown(other)} in the target"
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
    found = source_columns(source, *source_table)
    types = target_columns(target, database, *target_table)
    if columns is None:
        columns = {column: column for column in found}
        if set(types) != set(found):
            return [f"columns: {list(found)} in the source, {list(types)} in the target"]
    absent = (columns.keys() - found.keys()) | (set(columns.values()) - types.keys())
    assert not absent, f"columns that do not exist: {sorted(absent)}"
    ways = {column: _way(found[column], types[name]) for column, name in columns.items()}
    types = {name: types[name] for name in columns.values()}
    ours = read_source(source, *source_table, ways, policies, where)
    theirs = read_target(target, database, *target_table, types, ways)
    key = source_key(source, *source_table) if key is None else key
    lines = diff_by_key(list(ways), key, ours, theirs) if key else diff_bags(ours, theirs)
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
