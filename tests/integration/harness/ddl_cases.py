"""Reads tests/ddl/*.txt: tables, the DDL done to them, and the columns they have then. README.md there has the notation."""

import re
from pathlib import Path

DIRECTORY = Path(__file__).resolve().parents[2] / "ddl"
KINDS = ("mariadb", "mysql56", "mysql9")
WORDS = ("only", "session", "given", "run", "logs", "then", "expect", "stops")
GONE = "gone"


class Case:
    """What one entry says. Only the steps that the file gives; see given() and steps() for the defaults applied."""

    def __init__(self, file, name, default_given, default_then):
        self.file = file
        self.name = name
        self.kinds = KINDS
        self.session = {}
        self._default_given = default_given
        self._default_then = default_then
        self._given = []
        self._steps = []  # ("run" or "then", SQL)
        self._expected = {}  # (kind or None, table): columns
        self.stops = {}  # kind: a part of the message

    def __repr__(self):
        return f"{self.file}: {self.name}"

    def add(self, word, text):
        getattr(self, f"_add_{word}")(text)

    def _add_only(self, text):
        kinds, _, reason = text.partition(":")
        self.kinds = tuple(kinds.split())
        assert set(self.kinds) <= set(KINDS) and reason.strip(), f"{self}: only KIND...: REASON"

    def _add_session(self, text):
        name, _, value = text.partition("=")
        self.session[name.strip()] = value.strip()

    def _add_given(self, text):
        self._given.append(text)

    def _add_run(self, text):
        self._steps.append(("run", text))

    def _add_logs(self, text):
        """For the unit test, which does not see what the server makes of the statement."""

    def _add_then(self, text):
        self._steps.append(("then", text))

    def _add_expect(self, text):
        for kind, table, columns in self._by_kind(text):
            self._expected[kind, table] = columns

    def _add_stops(self, text):
        kinds, _, message = text.partition(":")
        self.stops.update(dict.fromkeys(kinds.split(), message.strip()))

    @staticmethod
    def _by_kind(text):
        *kinds, table = re.match(r"([^:]*):", text).group(1).split()
        columns = text.partition(":")[2].strip()
        return [(kind, table, columns) for kind in kinds or [None]]

    def given(self):
        """The statements before the task starts."""
        return self._given or self._default_given

    def steps(self):
        """The statements while it runs: the DDL, and rows between and behind it."""
        own_rows = any(word == "then" for word, _ in self._steps)
        return self._steps if own_rows else self._steps + [("then", sql) for sql in self._default_then]

    def expected(self, kind):
        """{table: its columns in the notation of the files, or "gone"}."""
        common = {table: columns for (where, table), columns in self._expected.items() if where is None}
        own = {table: columns for (where, table), columns in self._expected.items() if where == kind}
        return {**common, **own}


def _items(path):
    """(word, text) of each entry; a line that is indented by more than two goes on with the one before it."""
    items = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("    "):
            items[-1][1] += "\n" + line.strip()
            continue
        word, _, text = line.strip().partition(" ")
        assert word in WORDS or word == "case", f"{path.name}:{number}: what is {word!r}?"
        items.append([word, text.strip()])
    return items


def _read(path):
    cases, defaults = [], {"given": [], "then": []}
    for word, text in _items(path):
        if word == "case":
            cases.append(Case(path.stem, text, defaults["given"], defaults["then"]))
        elif cases:
            cases[-1].add(word, text)
        else:
            defaults[word].append(text)
    return cases


def read_cases(directory=DIRECTORY):
    cases = [case for path in sorted(directory.glob("*.txt")) for case in _read(path)]
    names = [repr(case) for case in cases]
    twice = {name for name in names if names.count(name) > 1}
    assert cases and not twice, f"no cases in {directory}, or twice: {twice}"
    return cases


# --- columns in the notation of the files ------------------------------------------------------------------------

SYNONYMS = {"integer": "int", "int1": "tinyint", "int2": "smallint", "int3": "mediumint", "int4": "int", "int8": "bigint",
            "middleint": "mediumint", "bool": "tinyint(1)", "boolean": "tinyint(1)", "dec": "decimal", "numeric": "decimal",
            "fixed": "decimal", "real": "double", "double precision": "double", "float4": "float", "float8": "double",
            "character": "char", "nchar": "char", "national char": "char", "national character": "char",
            "character varying": "varchar", "char varying": "varchar", "nvarchar": "varchar", "varcharacter": "varchar",
            "national varchar": "varchar", "national character varying": "varchar", "national char varying": "varchar",
            "nchar varchar": "varchar", "nchar varcharacter": "varchar", "nchar varying": "varchar", "long": "mediumtext", "long varchar": "mediumtext",
            "long char varying": "mediumtext", "long varbinary": "mediumblob", "geomcollection": "geometrycollection",
            "char byte": "binary", "serial": "bigint unsigned", "sql_tsi_year": "year"}
INTEGERS = ("tinyint", "smallint", "mediumint", "int", "bigint")
DEFAULT_SIZE = {"decimal": "(10,0)", "char": "(1)", "binary": "(1)", "bit": "(1)"}
SIZED = {"text": ("tinytext", "text", "mediumtext", "longtext"), "blob": ("tinyblob", "blob", "mediumblob", "longblob")}
SIZES = (255, 65535, 16777215, 4294967295)
AS_BYTES = {"char": "binary", "varchar": "varbinary", "tinytext": "tinyblob", "text": "blob", "mediumtext": "mediumblob",
            "longtext": "longblob"}  # what a text without a character set is
BYTES = {"utf8mb4": 4, "utf8mb3": 3, "utf16": 4, "utf32": 4, "ucs2": 2}  # of a character at most; others: 1


def _with_size(base, size, unsigned, charset):
    """base and "(…)": as a catalog shows the two."""
    if base in INTEGERS:
        return base + ("(1)" if (base, size, unsigned) == ("tinyint", "(1)", "") else "")
    if base in SIZED and size:
        need = int(size.strip("()")) * (BYTES.get(charset, 1) if base == "text" else 1)
        return next(name for name, limit in zip(SIZED[base], SIZES) if need <= limit)
    if base == "decimal" and size and "," not in size:
        return f"decimal({size.strip('()')},0)"
    if base in ("year", "json") or (size in ("(0)",) and base in ("time", "datetime", "timestamp")):
        return base
    if base in ("enum", "set"):
        return base + re.sub(r" +'(?=[,)])", "'", size)  # blanks at the end of a label do not count
    if base == "float" and re.fullmatch(r"\(\d+\)", size):
        return "float" if int(size.strip("()")) <= 24 else "double"
    return base + (size.replace(" ", "") or DEFAULT_SIZE.get(base, ""))


def normal_type(declared, charset=""):
    """A type as DDL or a catalog spells it -> the one spelling of the files: lower case, no display width."""
    declared = re.sub(r"/\*.*?\*/", "", declared)  # MariaDB shows COMPRESSED in a comment
    found = re.match(r"\s*([A-Za-z_][A-Za-z0-9_ ]*?)\s*(\((?:[^()']|'(?:[^'\\]|''|\\.)*')*\))?\s*"
                     r"((?:\b(?:unsigned|signed|zerofill|byte|ascii|unicode|binary|compressed|srid\s+\d+)\b\s*)*)$", declared,
                     re.IGNORECASE)
    if not found:
        return declared
    base, size, rest = found.group(1).lower(), found.group(2) or "", found.group(3).lower()
    words = base.split()
    while len(words) > 1 and words[-1] in ("unsigned", "zerofill", "signed", "ascii", "unicode", "binary", "compressed"):
        rest += " " + words.pop()
    base = " ".join(words)
    base = SYNONYMS.get(base, base)
    if "(" in base:
        base, size = base[:-3], "(1)"
    if base == "bigint unsigned":
        base, rest = "bigint", "unsigned"
    if not charset or "byte" in rest:
        base = AS_BYTES.get(base, base)
    unsigned = " unsigned" if ("unsigned" in rest or "zerofill" in rest) and base != "year" else ""
    return _with_size(base, size, unsigned, charset) + unsigned


def normal_charset(charset):
    return "utf8mb3" if charset == "utf8" else charset or ""


def column_text(name, declared, charset, nullable, generated, invisible, key_position):
    """One column in the notation of the files."""
    charset = normal_charset(charset)
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name)
    words = [name if plain else "`" + name.replace("`", "``") + "`", normal_type(declared, charset)]
    words += [charset] if charset not in ("", "utf8mb4") else []
    words += ["null"] * bool(nullable) + ["generated"] * bool(generated) + ["invisible"] * bool(invisible)
    words += [f"key {key_position}"] if key_position else []
    return " ".join(words)


def columns_text(columns):
    return " | ".join(columns)


def _columns_sql(kind):
    generated = "0" if kind == "mysql56" else "c.generation_expression IS NOT NULL AND c.generation_expression <> ''"
    return f"""SELECT c.table_schema, c.table_name, c.column_name, c.column_type, c.character_set_name, c.is_nullable, c.extra,
                      {generated}, c.ordinal_position
               FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
               WHERE c.table_schema LIKE %s AND t.table_schema LIKE %s AND t.table_type = 'BASE TABLE'"""


def source_columns(source, databases_like):
    """{(database, table): columns in the notation} of all databases whose name is like that."""
    keys = source.query("""SELECT table_schema, table_name, column_name, seq_in_index FROM information_schema.statistics
                           WHERE index_name = 'PRIMARY' AND table_schema LIKE %s""", (databases_like,))
    places = {row[:3]: row[3] for row in keys}
    tables = {}
    for row in source.query(_columns_sql(source.kind), (databases_like, databases_like)):
        database, table, name, declared, charset, nullable, extra, generated, place = row
        text = column_text(name, declared, charset, nullable == "YES", generated, "INVISIBLE" in extra.upper(),
                           places.get((database, table, name)))
        tables.setdefault((database, table), {})[int(place)] = text
    return {table: columns_text([columns[n] for n in sorted(columns)]) for table, columns in tables.items()}


def history_columns(pair, task):
    """The same of the schema history of a task: the tables that it follows, not those that were dropped or renamed away."""
    rows = pair.target_query("""
        SELECT m.source_database, m.source_table, c.source_column, c.type, c.charset, c.nullable, c.generated, c.invisible,
               c.key_position
          FROM mysql_sync.table_mapping m JOIN mysql_sync.table_column c USING (task, number)
         WHERE task = %s AND m.state <> 'dropped' AND m.away_database IS NULL
         ORDER BY m.source_database, m.source_table, c.ordinal""", (task.name,))
    tables = {}
    for database, table, *column in rows:
        tables.setdefault((database, table), []).append(column_text(*column))
    return {table: columns_text(columns) for table, columns in tables.items()}
