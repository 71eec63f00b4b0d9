"""Tables with every type that a source has, and values for them: the ends of each range, what is special, and random ones.

tables(kind, dice) gives them for a kind of source. A value is an SQL expression, so that the server itself makes it.
Nothing here knows what the product makes of a value; compare.py tells what it should be.
"""

import math
import random
import struct

ROWS = 24  # at least; as many as the longest list of values needs
BIGGEST_COLUMN_COUNT = 270  # rows of the target have to fit into a page


class Column:
    """values: SQL expressions that the column shall hold, each at least once; none for a generated column.
    unique: there are as many of them as rows, and rows cannot exchange them one by one."""

    def __init__(self, name, declared, values=(), unique=False):
        self.name = name
        self.declared = declared
        self.values = list(values)
        self.unique = unique


class TortureTable:
    """The primary key, `id`, counts the rows. globals: variables of the server while the table is made. clauses:
    indexes and the like. twin: there shall be another one like it; not where it takes the source long to make."""

    def __init__(self, name, columns, globals=None, clauses=(), options="", twin=True):
        self.name = name
        self.twin = twin
        self.columns = columns
        self.globals = globals or {}
        self.clauses = list(clauses)
        self.options = options

    def create_statement(self, name):
        parts = ["id INT NOT NULL PRIMARY KEY"] + [f"`{column.name}` {column.declared}" for column in self.columns]
        return f"CREATE TABLE {name} ({', '.join(parts + self.clauses)}) {self.options}"

    def plain_columns(self):
        """Those that have values of their own."""
        return [column for column in self.columns if column.values]

    def rows(self, dice):
        """The values, row by row; in each column they are shuffled, with NULLs between, and the last row is NULL only."""
        plain = self.plain_columns()
        count = max(ROWS, 1 + max((len(column.values) for column in plain), default=0))
        spread = [_spread(column.values, count, dice) for column in plain]
        return [list(row) for row in zip(*spread)] + [["NULL"] * len(plain)]


def _spread(values, count, dice):
    filled = values + ["NULL"] + [dice.choice(values) for _ in range(count - len(values) - 1)]
    dice.shuffle(filled)
    return filled


# --- how values are written ------------------------------------------------------------------------------------


def quoted(text):
    for plain, escaped in (("\\", "\\\\"), ("'", "\\'"), ("\n", "\\n"), ("\r", "\\r"), ("\0", "\\0"), ("\x1a", "\\Z")):
        text = text.replace(plain, escaped)
    return f"'{text}'"


def hexadecimal(value):
    return f"X'{value.hex()}'"


def _texts(*texts):
    return [quoted(text) for text in texts]


# --- numbers ---------------------------------------------------------------------------------------------------

WIDTHS = {"TINYINT": 8, "SMALLINT": 16, "MEDIUMINT": 24, "INT": 32, "BIGINT": 64}


def _integers(low, high, dice):
    ends = {low, low + 1, high - 1, high, 0, 1, max(low, -1), high // 2, high // 2 + 1}
    return [str(number) for number in sorted(ends) + [dice.randint(low, high) for _ in range(8)]]


def integers(kind, dice):
    columns = []
    for name, bits in WIDTHS.items():
        half = 2 ** (bits - 1)
        columns.append(Column(f"{name}_s", name, _integers(-half, half - 1, dice)))
        columns.append(Column(f"{name}_u", f"{name} UNSIGNED", _integers(0, 2 * half - 1, dice)))
        columns.append(Column(f"{name}_z", f"{name}(5) ZEROFILL", _integers(0, 2 * half - 1, dice)))
    columns.append(Column("flag", "BOOL", ["0", "1", "2", "-128", "127"]))
    columns.append(Column("year", "YEAR", ["0", "1901", "1970", "2000", "2069", "2155", "'0000'", "1999"]))
    for bits in range(1, 65):
        values = {0, 1, 2**bits - 1, 2 ** (bits - 1), *(dice.getrandbits(bits) for _ in range(4))}
        columns.append(Column(f"bit_{bits}", f"BIT({bits})", [f"b'{value:0{bits}b}'" for value in sorted(values)]))
    return [TortureTable("integers", columns)]


def _decimal(digits, scale):
    padded = digits.rjust(scale + 1, "0")
    return f"{padded[:len(padded) - scale]}.{padded[len(padded) - scale:]}" if scale else padded


def _decimals(precision, scale, dice):
    """With all nines, single digits in every place, groups of nine zeros, and random digits of any length."""
    digits = ["9" * precision, "0" * precision, "1", "1" + "0" * (precision - 1)]
    digits += [str(dice.randrange(10 ** dice.randint(1, precision))) for _ in range(3)]
    values = [_decimal(number, scale) for number in digits]
    return [sign + value for value in values for sign in ("", "-")]


def decimals(kind, dice):
    """Every precision with every scale, dealt out so that the tables are about as wide as each other."""
    scales = 38 if kind == "mariadb" else 30
    pairs = [(p, s) for p in range(1, 66) for s in range(min(p, scales) + 1)]
    count = -(-len(pairs) // BIGGEST_COLUMN_COUNT)
    made = []
    for number in range(count):
        columns = [Column(f"d_{p}_{s}", f"DECIMAL({p},{s})", _decimals(p, s, dice)) for p, s in pairs[number::count]]
        made.append(TortureTable(f"decimals_{number}", columns))
    positive = [_decimal(str(dice.randrange(10**30)), 10) for _ in range(8)] + ["0", "99999999999999999999.9999999999"]
    made.append(TortureTable("decimals_unsigned", [
        Column("u", "DECIMAL(30,10) UNSIGNED", positive), Column("z", "DECIMAL(30,10) ZEROFILL", positive),
        Column("short_z", "DECIMAL(5) ZEROFILL", ["0", "1", "99999"]), Column("plain", "NUMERIC", ["0", "-9999999999"])]))
    return made


def _random_floats(layout, dice, count):
    """Numbers of which every bit is random, but for infinities and what is no number."""
    size = struct.calcsize(layout)
    found = []
    while len(found) < count:
        number = struct.unpack(layout, dice.randbytes(size))[0]
        if math.isfinite(number):
            found.append(repr(number))
    return found


def floats(kind, dice):
    # -1e-200 is too small for a float, which leaves the sign; MariaDB has no other way to store -0.
    single = ["0e0", "1.401298464324817e-45", "-1.401298464324817e-45", "1.1754943508222875e-38",
              "1.1754942106924411e-38", "3.4028234663852886e38", "-3.4028234663852886e38", "16777215", "16777217",
              "0.1", "-0.1", "1e10", "123456.7", "0.30000001192092896"]
    double = ["0e0", "5e-324", "-5e-324", "2.2250738585072014e-308", "-2.225073858507201e-308",
              "1.7976931348623157e308", "-1.7976931348623157e308", "0.1e0", "0.1e0 + 0.2e0", "9007199254740993e0",
              "1e22", "1e23", "123456789012345680e0", "-4.35e0", "1e15", "1e16", "1e17"]
    if kind != "mariadb":
        single.append("-0e0")
        double.append("-0e0")
    single += _random_floats("<f", dice, 30)
    double += _random_floats("<d", dice, 40)
    small = ["0", "1.5", "999.9999", "-999.9999", "0.00005", "123.45678"]
    return [TortureTable("floats", [
        Column("f", "FLOAT", single), Column("d", "DOUBLE", double), Column("f24", "FLOAT(24)", single),
        Column("f53", "FLOAT(53)", double), Column("r", "REAL", double),
        Column("f_u", "FLOAT UNSIGNED", [v for v in single if not v.startswith("-")]),
        Column("d_u", "DOUBLE UNSIGNED", [v for v in double if not v.startswith("-")]),
        Column("f_md", "FLOAT(7,4)", small), Column("d_md", "DOUBLE(20,5)", small + ["123456789012345.67891"]),
        Column("f_z", "FLOAT ZEROFILL", ["0", "1.5", "16777215"]),
        Column("d_z", "DOUBLE(10,2) ZEROFILL", ["0", "1.5", "99999999.99"])])]


# --- dates and times -------------------------------------------------------------------------------------------

DAYS = ["0000-00-00", "2020-00-10", "2020-10-00", "2023-02-31", "0000-01-01", "0001-01-01", "1000-01-01", "1582-10-10",
        "1900-02-28", "1969-12-31", "1970-01-01", "2000-02-29", "2024-02-29", "2038-01-19", "9999-12-31"]


def _day(dice):
    return f"{dice.randint(1, 9999):04}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"


def _clock(dice):
    return f"{dice.randrange(24):02}:{dice.randrange(60):02}:{dice.randrange(60):02}"


def _fraction(digits, dice):
    return f".{dice.randrange(10**digits):0{digits}}" if digits else ""


def _nines(digits):
    return "." + "9" * digits if digits else ""


def _datetimes(digits, dice):
    values = [f"{day} {clock}" for day in DAYS for clock in ("00:00:00", "23:59:59" + _nines(digits))]
    return values + [f"{_day(dice)} {_clock(dice)}{_fraction(digits, dice)}" for _ in range(6)]


def _times(digits, dice):
    limit = "838:59:59" if not digits else "838:59:58" + _nines(digits)
    values = ["00:00:00", "00:00:01", "-00:00:01", limit, "-" + limit, "838:59:59", "-838:59:59", "24:00:00",
              "-23:59:59" + _nines(digits)]
    if digits:
        smallest = f"00:00:00.{'0' * (digits - 1)}1"
        values += [smallest, "-" + smallest, "-00:00:00" + _nines(digits), "-01:00:00" + _nines(digits)]
    return values + [f"{dice.choice(('', '-'))}{dice.randrange(839):02}:{dice.randrange(60):02}:{dice.randrange(59):02}"
                     f"{_fraction(digits, dice)}" for _ in range(6)]


def _timestamps(digits, dice):
    values = ["0000-00-00 00:00:00", "1970-01-01 00:00:01", "2038-01-19 03:14:07" + _nines(digits),
              "1999-12-31 23:59:59" + _nines(digits), "2024-03-31 01:30:00"]
    return values + [f"{dice.randint(1971, 2037)}{_day(dice)[4:]} {_clock(dice)}{_fraction(digits, dice)}"
                     for _ in range(8)]


def _temporal_columns(kind, dice):
    columns = [Column("day", "DATE", _texts(*DAYS, *(_day(dice) for _ in range(10))))]
    for digits in range(7):
        columns.append(Column(f"time_{digits}", f"TIME({digits})", _texts(*_times(digits, dice))))
        columns.append(Column(f"datetime_{digits}", f"DATETIME({digits})", _texts(*_datetimes(digits, dice))))
        columns.append(Column(f"timestamp_{digits}", f"TIMESTAMP({digits}) NULL", _texts(*_timestamps(digits, dice))))
    return columns


def temporals(kind, dice):
    """The formats of before MySQL 5.6.4, as far as the source can still make them, are in a table of their own."""
    made = [TortureTable("temporals", _temporal_columns(kind, dice))]
    if kind == "mariadb":
        made.append(TortureTable("old_temporals", _temporal_columns(kind, dice),
                                 globals={"mysql56_temporal_format": "OFF"}))
    return made


# --- strings ---------------------------------------------------------------------------------------------------

# A few letters of each; every character of them is compared elsewhere.
CHARSETS = {
    "utf8mb4": "Zo\u00eb\U0001f600\u6f22\uffff\U0010ffff\ufeff\u0301", "utf8": "Zo\u00eb\u6f22\uffff", "latin1": "\u00e9\u20ac\u00ff",
    "latin2": "\u0141\u00f3d\u017a", "cp1251": "\u041f\u0440\u0438\u0432\u0435\u0442", "koi8r": "\u041c\u0438\u0440", "greek": "\u03b5\u03bb", "hebrew": "\u05e9\u05dc",
    "gbk": "\u6c49\u5b57", "gb2312": "\u6c49\u5b57", "big5": "\u6f22\u5b57", "sjis": "\u65e5\u672c", "cp932": "\u65e5\u672c", "ujis": "\u65e5\u672c",
    "euckr": "\ud55c\uae00", "tis620": "\u0e44\u0e17", "ucs2": "Zo\u00eb\u6f22", "utf16": "Zo\u00eb\U0001f600", "utf16le": "Zo\u00eb\U0001f600",
    "utf32": "Zo\u00eb\U0001f600", "ascii": "plain",
}
PLAIN = ("", " ", "  a  ", "trailing ", "\ttab", "line\nbreak", "\r\n", "back\\slash", "quote'\"`", "\x01\x1f\x7f", "\\0",
         "NULL", "%s", "0")


def _any_text(letters, length, dice):
    alphabet = letters + "ab \\'"
    return "".join(dice.choice(alphabet) for _ in range(dice.randint(0, length)))


def strings(kind, dice):
    columns = []
    for charset, letters in CHARSETS.items():
        full = letters[0] * 20
        some = _texts(*PLAIN, letters, full, *(_any_text(letters, 20, dice) for _ in range(6)))
        longer = some + _texts(letters * 50, *(_any_text(letters, 400, dice) for _ in range(3)))
        text = f"CHARACTER SET {charset}"
        columns += [Column(f"char_{charset}", f"CHAR(20) {text}", some),
                    Column(f"varchar_{charset}", f"VARCHAR(20) {text}", some),
                    Column(f"text_{charset}", f"TEXT {text}", longer)]
    wide = "\U0001f600" * 255
    columns += [Column("char_0", "CHAR(0)", ["''"]), Column("varchar_0", "VARCHAR(0)", ["''"]),
                Column("char_255", "CHAR(255) CHARACTER SET utf8mb4", _texts(wide, "a" * 255, "", "a")),
                Column("varchar_255", "VARCHAR(255) CHARACTER SET latin1", _texts("a" * 255, "")),
                Column("varchar_256", "VARCHAR(256) CHARACTER SET latin1", _texts("a" * 256, "")),
                Column("binary_text", "CHAR(7) CHARACTER SET binary", _texts("abc", "abcdefg", ""))]
    return [TortureTable("strings", columns, options="ROW_FORMAT=DYNAMIC")]


def long_strings(kind, dice):
    """The longest of each type up to 64 KB, and some megabytes of those that hold more."""
    longest = 65535 - 4 - 2 - 1  # the limit of a row, without the key, the length and the flags of NULL
    words = "".join(dice.choice("abcdefgh \u00e9") for _ in range(longest))
    raw = dice.randbytes(longest)
    blob_values = {"TINYBLOB": 255, "BLOB": 65535, "MEDIUMBLOB": 100_000, "LONGBLOB": 1_000_000}
    text_values = {"TINYTEXT": 255, "TEXT": 65535, "MEDIUMTEXT": 100_000, "LONGTEXT": 1_000_000}
    blobs = [Column(name, name, [hexadecimal(dice.randbytes(256)[:255]), hexadecimal(bytes(5)), "''",
                                 f"REPEAT({hexadecimal(dice.randbytes(5))}, {size // 5})"])
             for name, size in blob_values.items()]
    texts = [Column(name, f"{name} CHARACTER SET utf8", ["''", quoted("\u6f22 '\\"), f"REPEAT('\u00e9abc', {size // 5})"])
             for name, size in text_values.items()]
    return [TortureTable("long_varchar", [Column("v", f"VARCHAR({longest}) CHARACTER SET latin1",
                                                 _texts(words, words[:256], "", "a" * 255, " " * longest))]),
            TortureTable("long_varbinary", [Column("v", f"VARBINARY({longest})",
                                                   [hexadecimal(raw), hexadecimal(bytes(longest)), "''"])]),
            TortureTable("large_objects", blobs + texts)]


def binaries(kind, dice):
    """With zeros, which end a BINARY and begin a number."""
    columns = []
    for size in (1, 2, 16, 255):
        values = [bytes(size), b"\xff" * size, b"a", b"", b"\0" * (size - 1) + b"\x01", b"\x01" + bytes(size - 1),
                  b" " * size, dice.randbytes(size), dice.randbytes(size)]
        columns += [Column(f"binary_{size}", f"BINARY({size})", map(hexadecimal, values)),
                    Column(f"varbinary_{size}", f"VARBINARY({size})", map(hexadecimal, values))]
    return [TortureTable("binaries", columns)]


def _members(count, width=3):
    return [f"{number:0{width}x}" for number in range(count)]


def _list(members):
    return ",".join(map(quoted, members))


def enums(kind, dice):
    """Numbers of one and two bytes, sets of one to eight; labels that need quoting, also in other character sets."""
    odd = ["", " lead", "it's", 'say "hi"', "back\\slash", "\u00e9", "a", "B"]
    columns = [Column("error_value", "ENUM('a','b')", ["'a'", "'b'", "'none of them'", "0", "2"]),
               Column("odd", f"ENUM({_list(odd)})", _texts(*odd)),
               Column("odd_set", f"SET({_list(odd[1:])})", _texts("", *odd[1:], ",".join(odd[1:]), "a,B"))]
    for count in (1, 255, 256):
        columns.append(Column(f"enum_{count}", f"ENUM({_list(_members(count))})",
                              ["1", str(count), str(count // 2 + 1), "''"]))
    for count in (1, 8, 9, 16, 17, 24, 25, 32, 33, 63, 64):
        numbers = {0, 1, 2**count - 1, 2 ** (count - 1), *(dice.getrandbits(count) for _ in range(5))}
        columns.append(Column(f"set_{count}", f"SET({_list(_members(count, 2))})", map(str, sorted(numbers))))
    # No catalog shows labels with characters beyond U+FFFF; MySQL 5.6 loses parts of all in UCS-2, UTF-16 and UTF-32.
    broken = ("ucs2", "utf16", "utf16le", "utf32") if kind == "mysql56" else ()
    for charset in sorted(CHARSETS.keys() - broken):
        letters = "".join(letter for letter in CHARSETS[charset] if letter <= "\uffff")
        labels = sorted({letters, letters[0], "x"})
        columns += [Column(f"enum_{charset}", f"ENUM({_list(labels)}) CHARACTER SET {charset}", _texts(*labels)),
                    Column(f"set_{charset}", f"SET({_list(labels)}) CHARACTER SET {charset}",
                           _texts("", *labels, ",".join(labels)))]
    # MySQL before 8.0 and MariaDB keep the labels in a part of a file that has 64 KB.
    most = 65535 if kind == "mysql9" else 8000
    big = [Column("big", f"ENUM({_list(_members(most, 4))}) CHARACTER SET utf8",
                  map(str, sorted({1, 255, 256, most - 1, most, *(dice.randint(1, most) for _ in range(10))})))]
    return [TortureTable("enums", columns), TortureTable("big_enum", big, twin=kind != "mysql9")]


# --- documents -------------------------------------------------------------------------------------------------


def _nested(depth, inside="1"):
    return "[" * depth + inside + "]" * depth


def _json_numbers(dice):
    whole = {0, 1, -1}
    for bits in (15, 16, 31, 32, 53, 63):
        whole |= {2**bits - 1, 2**bits, -(2**bits), -(2**bits) - 1}
    whole |= {2**63 + 1, 2**64 - 1, 2**64} | {dice.randint(-2**63, 2**63) for _ in range(5)}
    broken = ["0.0", "-0.0", "1.0", "1.5", "0.1", "1e-7", "1e15", "1e16", "1e17", "1e20", "1e21", "123456789.125", "5e-324",
              "2.2250738585072014e-308", "1.7976931348623157e308", "-1e-300", "100000000000000000000", "3e0"]
    return [str(number) for number in sorted(whole)] + broken + _random_floats("<d", dice, 30)


def _json_texts(kind, dice):
    strings_ = ['""', '" "', '"\\u0000"', '"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\u0001\\u001f\\u007f"', '"\u00e9\u6f22\U0001f600"', '"\\ud83d\\ude00"',
                '"' + "x" * 127 + '"', '"' + "x" * 128 + '"', '"' + "y" * 16383 + '"', '"' + "z" * 16384 + '"', '"' + "\u00e9" * 70000 + '"']
    deepest = 31 if kind == "mariadb" else 100
    shapes = ["null", "true", "false", "[]", "{}", "[[], {}]", '{"": ""}', '{"a": {}, "b": []}', "[null, true, false]",
              _nested(deepest), _nested(deepest - 2, '{"deep": [null]}'), '{"bb": 1, "a": 2, "ccc": 3, "B": 4, "ab": 5}',
              '{"\u00e9": 1, "\u6f22": 2, "\U0001f600": 3, "z": 4, "\\u0001": 5, "a\\"b": 6}', '{"a": 1, "a": 2}',
              '{"k": [1, -1, 70000, -70000, 5000000000, 18446744073709551615, 1.5, "s", null, true, {"i": 2}]}']
    numbers = _json_numbers(dice)
    large = ["[" + ", ".join(str(dice.randint(-10**10, 10**10)) for _ in range(9000)) + "]",
             "{" + ", ".join(f'"key {n}": {dice.choice(numbers)}' for n in range(4000)) + "}",
             '["' + "w" * 65000 + '", "' + "w" * 65000 + '", 1, -1, 40000, null, [7], {"a": true}]',
             "[" + ", ".join(numbers) + "]"]
    return strings_ + shapes + numbers + large + ["{" + ", ".join(f'"{number}": {number}' for number in numbers) + "}"]


# Values that have no JSON text of their own and are kept inside a document in the server's own formats.
OPAQUE = [
    "CAST(1.50 AS DECIMAL(10,2))", "CAST(-99999999999999999999999999999999999.123456789012345678901234567890 AS DECIMAL(65,30))",
    "CAST(0 AS DECIMAL(5,3))", "CAST('2024-02-29' AS DATE)", "CAST('0000-00-00' AS DATE)",
    "CAST('9999-12-31 23:59:59.999999' AS DATETIME(6))", "CAST('1000-01-01 00:00:00' AS DATETIME)",
    "CAST('2024-02-29 12:30:00.5' AS DATETIME(1))", "CAST('-838:59:59.000001' AS TIME(6))", "CAST('838:59:59' AS TIME)",
    "CAST('-00:00:00.000001' AS TIME(6))", "CAST('00:00:00' AS TIME)", "TIMESTAMP'2024-06-30 12:00:00.123456'",
    "X'0001ff'", "b'10101'", "CAST('bytes' AS BINARY(8))", "CAST(1 AS UNSIGNED)", "CAST(-1 AS SIGNED)",
    "CAST(0.1 AS FLOAT)", "CAST(2024 AS YEAR)", "1e0", "1.0", "-0e0", "18446744073709551615", "ST_GeomFromText('POINT(1 2)')",
    "REPEAT(X'00', 300)", "'a string'", "TRUE", "NULL",
]


def _random_document(dice, depth=0):
    kind = dice.randrange(6 if depth < 4 else 4)
    if kind == 0:
        return dice.choice(_json_numbers(dice))
    if kind == 1:
        return dice.choice(("null", "true", "false"))
    if kind < 4:
        return '"' + _any_text("abc\u00e9\u6f22\U0001f600", 30, dice).replace("\\", "\\\\") + '"'
    parts = [_random_document(dice, depth + 1) for _ in range(dice.randrange(6))]
    if kind == 4:
        return "[" + ", ".join(parts) + "]"
    return "{" + ", ".join(f'"k{dice.randrange(10**dice.randint(1, 6))}": {part}' for part in parts) + "}"


def documents(kind, dice):
    if kind == "mysql56":
        return []
    texts = _texts(*_json_texts(kind, dice), *(_random_document(dice) for _ in range(40)))
    columns = [Column("doc", "JSON", texts)]
    if kind == "mysql9":
        columns += [Column("opaque", "JSON", [f"CAST({value} AS JSON)" for value in OPAQUE if "'a " not in value]),
                    Column("opaque_array", "JSON", [f"JSON_ARRAY({value}, {dice.choice(OPAQUE)})" for value in OPAQUE]
                           + [f"JSON_ARRAY({', '.join(OPAQUE)})"]),
                    Column("opaque_object", "JSON", [f"JSON_OBJECT('k', {value}, 'l', REPEAT('x', {70000 * (n % 2)}))"
                                                     for n, value in enumerate(OPAQUE)])]
    return [TortureTable("documents", columns)]


# --- shapes, and what only one source has ------------------------------------------------------------------------

SHAPES = {
    "POINT": ["POINT(1 2)", "POINT(-0.1 1e300)", "POINT(0 0)"],
    "LINESTRING": ["LINESTRING(0 0, 1 1)", f"LINESTRING({', '.join(f'{n} {n * n}' for n in range(1000))})"],
    "POLYGON": ["POLYGON((0 0, 10 0, 10 10, 0 10, 0 0))",
                "POLYGON((0 0, 10 0, 10 10, 0 10, 0 0), (1 1, 2 1, 2 2, 1 2, 1 1))"],
    "MULTIPOINT": ["MULTIPOINT(1 1, 2 2)"], "MULTILINESTRING": ["MULTILINESTRING((0 0, 1 1), (2 2, 3 3))"],
    "MULTIPOLYGON": ["MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)))"],
    "GEOMETRYCOLLECTION": ["GEOMETRYCOLLECTION(POINT(1 1), LINESTRING(0 0, 1 1))"],
}


def shapes(kind, dice):
    read = "GeomFromText" if kind == "mysql56" else "ST_GeomFromText"
    def values(texts, srids=("0", "4326", "3857")):
        return [f"{read}({quoted(text)}, {srid})" for text in texts for srid in srids]
    anything = [text for texts in SHAPES.values() for text in texts if "1e300" not in text]
    columns = [Column(name.lower(), name, values(texts, ("0", "3857"))) for name, texts in SHAPES.items()]
    columns.append(Column("anything", "GEOMETRY", values(anything, ("0", "3857"))
                          + values(["POINT(10 20)", "LINESTRING(0 0, 1 1)"], ("4326",))))
    if kind == "mysql9":
        columns.append(Column("on_earth", "POINT SRID 4326", values(["POINT(10 20)", "POINT(-89.5 179.5)"], ("4326",))))
        columns.append(Column("empty", "GEOMETRY", ["ST_GeomFromText('GEOMETRYCOLLECTION EMPTY')"]))
    return [TortureTable("shapes", columns)]


def _uuid(dice, version):
    digits = dice.randbytes(16).hex()
    return f"'{digits[:8]}-{digits[8:12]}-{version}{digits[13:16]}-{dice.choice('89ab')}{digits[17:20]}-{digits[20:]}'"


def only_mariadb(kind, dice):
    if kind != "mariadb":
        return []
    uuids = [_uuid(dice, version) for version in range(9) for _ in range(3)]
    uuids += ["'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'", "UUID()"]
    v4 = ["'0.0.0.0'", "'255.255.255.255'", "'127.0.0.1'", "'10.0.0.0'"]
    v6 = ["'::'", "'::1'", "'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'", "'::ffff:1.2.3.4'", "'::1.2.3.4'", "'fe80::1'",
          "'1:0:0:2::3'", "'1::'", "'2001:db8::'"]
    v6 += ["'" + ":".join(dice.randbytes(2).hex() for _ in range(8)) + "'" for _ in range(8)]
    short = _texts("", "a", "short", "x" * 99, "x" * 100, "\u00e9" * 400, "ab" * 400, "".join(chr(dice.randint(32, 126)) for _ in range(800)))
    long = short + ["REPEAT('long ', 12000)", "REPEAT('\u00e9', 30000)"]
    raw = [hexadecimal(dice.randbytes(700)), hexadecimal(bytes(700)), "''", "X'00'", hexadecimal(dice.randbytes(99))]
    return [TortureTable("only_mariadb", [
        Column("uuid", "UUID", uuids), Column("inet4", "INET4", v4), Column("inet6", "INET6", v6),
        Column("varchar_c", "VARCHAR(1000) COMPRESSED CHARACTER SET utf8", short),
        Column("latin_c", "VARCHAR(1000) COMPRESSED CHARACTER SET latin1", short),
        Column("varbinary_c", "VARBINARY(1000) COMPRESSED", raw), Column("tinytext_c", "TINYTEXT COMPRESSED", short[:5]),
        Column("text_c", "TEXT COMPRESSED CHARACTER SET utf8", long), Column("longtext_c", "LONGTEXT COMPRESSED", long),
        Column("blob_c", "BLOB COMPRESSED", raw + ["REPEAT(X'0001', 30000)"]),
        Column("mediumblob_c", "MEDIUMBLOB COMPRESSED", raw + ["REPEAT(X'0001', 100000)"])])]


def only_mysql9(kind, dice):
    """Floats of any bits but those of NaN and infinity, which the source refuses; fewer entries than the type has."""
    if kind != "mysql9":
        return []
    edges = ["00000000", "00000080", "01000000", "ffff7f7f", "ffff7fff", "0000803f", "cdcccc3d"]

    def entry():
        return struct.pack("<f", dice.uniform(-1, 1) * 10.0 ** dice.randrange(-30, 30)).hex()
    short = [f"X'{''.join(edges)}'"] + [f"X'{edge}'" for edge in edges]
    short += [f"X'{''.join(entry() for _ in range(dice.randint(1, 16)))}'" for _ in range(20)]
    return [TortureTable("vectors", [
        Column("short", "VECTOR(16)", short),
        Column("long", "VECTOR(16383)", [f"X'{''.join(entry() for _ in range(n))}'" for n in (1, 300, 16383)])])]


# --- generated and invisible columns -----------------------------------------------------------------------------


def generated(kind, dice):
    if kind == "mysql56":
        return []
    stored = "PERSISTENT" if kind == "mariadb" else "STORED"
    columns = [
        Column("first", "BIGINT AS (a * 2) VIRTUAL"), Column("a", "INT", _integers(-2**30, 2**30, dice)),
        Column("kept", f"BIGINT AS (a * 3) {stored}"), Column("plus", "INT AS (a + 1) VIRTUAL"),
        Column("b", "VARCHAR(30) CHARACTER SET utf8mb4", _texts("", "Zo\u00eb", "\U0001f600", *(_any_text("xyz", 30, dice) for _ in range(5)))),
        Column("joined", "VARCHAR(80) CHARACTER SET utf8mb4 AS (CONCAT(b, '-', a)) VIRTUAL"),
        Column("story", "TEXT AS (CONCAT(b, ' and ', b)) VIRTUAL"),
        Column("latin", f"VARCHAR(30) CHARACTER SET latin1 AS (UPPER(b)) {stored}"),
        Column("c", "DECIMAL(20,5)", ["0", "-1.5", "99999.99999", "0.00001"]),
        Column("third", "DECIMAL(30,10) AS (c / 3) VIRTUAL"), Column("inexact", f"DOUBLE AS (c / 3) {stored}"),
        Column("single", "FLOAT AS (c / 3) VIRTUAL"),
        Column("t", "DATETIME(6)", _texts("2024-02-29 23:59:59.999999", "1000-01-01 00:00:00", "9999-12-31 12:00:00")),
        Column("day", "DATE AS (DATE(t)) VIRTUAL"), Column("moment", "DATETIME(3) AS (t) VIRTUAL"),
        Column("clock", "TIME(2) AS (TIME(t)) VIRTUAL"), Column("raw", "VARBINARY(200) AS (UNHEX(HEX(b))) VIRTUAL"),
        Column("bits", "BIT(8) AS (a & 255) VIRTUAL"), Column("length", "TINYINT UNSIGNED AS (CHAR_LENGTH(b)) VIRTUAL"),
        Column("j", "JSON", _texts('{"n": [1, 2], "s": "x"}', '{"n": []}', '{}')),
        Column("member", "VARCHAR(40) AS (JSON_UNQUOTE(JSON_EXTRACT(j, '$.s'))) VIRTUAL"),
        Column("built", f"{'JSON' if kind == 'mysql9' else 'TEXT'} AS (JSON_OBJECT('b', b)) {stored}"),
        Column("unseen", "INT INVISIBLE", ["1", "2", "-3"]), Column("unseen_virtual", "INT AS (a + 1) VIRTUAL INVISIBLE"),
        Column("enumerated", "ENUM('0','1','2') AS (ABS(a) % 3) VIRTUAL"),
    ]
    clauses = ["KEY (plus)", "KEY (joined, kept)"]
    if kind == "mysql9":  # these have columns of their own, which nobody sees
        clauses += ["KEY ((a + id))", "KEY ((LOWER(b)))", "KEY ((CAST(j->'$.n' AS UNSIGNED ARRAY)))", "KEY (id, (a * 2))"]
    made = [TortureTable("made_columns", columns, clauses=clauses)]
    if kind == "mariadb":  # so have these: a hash each
        made.append(TortureTable("hashed", [
            Column("t", "TEXT", _texts(*(f"text {n}" for n in range(ROWS - 1))), unique=True),
            Column("n", "INT", ["1", "2"]), Column("v", "INT AS (n + 1) VIRTUAL"),
            Column("long_one", "VARCHAR(4000)", _texts(*("word " * n for n in range(ROWS - 1)))),
        ], clauses=["UNIQUE (t)", "UNIQUE (long_one, id)"]))
    return made


# --- all of them -------------------------------------------------------------------------------------------------

FAMILIES = (integers, decimals, floats, temporals, strings, long_strings, binaries, enums, documents, shapes, only_mariadb,
            only_mysql9, generated)


def tables(kind, seed, only=()):
    """The tables for a kind of source, or those with these names. The same seed gives the same values."""
    made = []
    for family in FAMILIES:
        made += family(kind, random.Random(f"{seed} {family.__name__}"))
    return [table for table in made if not only or table.name in only]
