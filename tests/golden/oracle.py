"""What mysqlbinlog of MySQL or mariadb-binlog prints of a binlog file, and whether our cells say the same."""

import ipaddress
import json
import re
import struct
import subprocess
import uuid
import zlib
from decimal import Decimal

HEAD = re.compile(r"### (INSERT INTO|UPDATE|DELETE FROM) `((?:[^`]|``)*)`\.`((?:[^`]|``)*)`")
CELL = re.compile(r"###   @(\d+)=(.*)$", re.DOTALL)
COMMENT = re.compile(r" /\* ([A-Z/ ]+(?:\([^)]*\))?(?: COMPRESSED)?) meta=.*\*/$", re.DOTALL)
KINDS = {"INSERT INTO": "insert", "UPDATE": "update", "DELETE FROM": "delete"}
ESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|(.))", re.DOTALL)
SINGLE = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"f": b"\f", b"0": b"\0"}
CODECS = {"ucs2": "utf-16-be", "utf16": "utf-16-be", "utf16le": "utf-16-le", "utf32": "utf-32-be",
          "sjis": "shift_jis", "ujis": "euc_jp", "euckr": "euc_kr", "koi8r": "koi8_r", "latin2": "iso8859_2",
          "binary": "latin-1", "ascii": "ascii"}


class Row:
    def __init__(self, kind, database, table):
        self.kind, self.database, self.table = kind, database, table
        self.images = {"before": {}, "after": {}}  # number of the column: (value, type)
        self.understood = True  # False where the program met a type it does not know: it prints no more of the event


def run(command, path):
    """(statements, complete): the rows of each statement, and whether the program reached the end of the file."""
    result = subprocess.run([*command, "-vv", "--base64-output=decode-rows", str(path)], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, timeout=120, check=False)
    text = result.stdout.decode("latin-1")
    return list(statements(text)), result.returncode == 0 and b"ERROR" not in result.stderr


def statements(text):
    rows, ended = [], False
    for line in text.split("\n"):
        if line.startswith("# at ") and ended:
            if rows:
                yield rows
            rows, ended = [], False
        elif line.startswith("#") and "flags: STMT_END_F" in line:
            ended = True
        elif line.startswith("###"):
            add_line(rows, line)
    if rows:
        yield rows


def add_line(rows, line):
    head, cell = HEAD.match(line), CELL.match(line)
    if head:
        rows.append(Row(KINDS[head[1]], head[2], head[3]))
        rows[-1].image = "before" if head[1] != "INSERT INTO" else "after"
    elif line == "### SET":
        rows[-1].image = "after"
    elif cell:
        comment = COMMENT.search(cell[2])
        if comment is None and cell[2].startswith("!!"):
            rows[-1].understood = False
            return
        value = cell[2][:comment.start()] if comment else cell[2]
        rows[-1].images[rows[-1].image][int(cell[1])] = (value, comment[1].strip() if comment else "")


def unquoted(value):
    assert value[:1] == value[-1:] == "'", value
    return ESCAPE.sub(lambda m: bytes([int(m[1], 16)]) if m[1] else SINGLE.get(m[2], m[2]),
                      value[1:-1].encode("latin-1"))


def microseconds(text):
    sign, hours, minutes, seconds = re.fullmatch(r"(-?)(\d+):(\d+):(\d+(?:\.\d+)?)", text).groups()
    total = (int(hours) * 3600 + int(minutes) * 60) * 1000000 + int(Decimal(seconds) * 1000000)
    return -total if sign else total


def same_integer(number, value):
    signed, unsigned = re.fullmatch(r"(-?\d+)(?: \((\d+)\))?", value).groups()
    return number in (int(signed), int(unsigned or signed))


def same_number(kind, text, value, wire):
    if wire.startswith("BIT"):
        return int(text) == int(value[2:-1], 2)
    if wire == "YEAR":
        return int(text) == int(value) or (text == "0" and value == "1900")
    if kind in "iu":
        return same_integer(int(text), value)
    if kind == "f":
        return "%g" % float(text) == value.strip()
    return float(text) == float(value) if kind == "d" else text == value


def same_moment(kind, text, value):
    value = value.strip("'")
    if kind == "D":
        return text == value.replace(":", "-")
    if kind == "S":
        return Decimal(text) == Decimal(value)
    if kind == "t":
        return int(text) == microseconds(value)
    return text.rstrip("0").rstrip(".") == value.replace(" ", "T").rstrip("0").rstrip(".") if "." in value else \
        text == value.replace(" ", "T") + ".000000"


def same_vector(data, value):
    numbers = struct.unpack(f"<{len(data) // 4}f", data)
    return value == "[" + ",".join("%.5e" % number for number in numbers) + "]"


def same_label(label, value, column):
    kind, _, members = column.partition(":")
    labels = [bytes.fromhex(member) for member in members.split(",")[:-1]]
    if kind == "enum":
        return label == (b"" if value == "0" else labels[int(value) - 1])
    bits = int(value[2:-1], 2)
    return label == b",".join(labels[i] for i in range(bits.bit_length()) if bits >> i & 1)


def uuid_bytes(text, stored):
    """MariaDB keeps some UUIDs with their parts in reverse order; the row image has the bytes as kept."""
    b = uuid.UUID(text).bytes
    swapped = b[10:] + b[8:10] + b[6:8] + b[4:6] + b[:4]
    return swapped if stored.ljust(16, b"\0") == swapped else b


def encode_latin1(text):
    """MySQL's latin1 is cp1252 with the five holes of that as control characters."""
    return b"".join(c.encode("latin-1") if ord(c) < 0xa0 else c.encode("cp1252") for c in text)


def encoded(text, column, stored):
    """Our UTF-8 in the column's character set."""
    kind, _, charset = column.partition(":")
    if kind == "uuid":
        return uuid_bytes(text.decode(), stored)
    if kind == "inet":
        return ipaddress.ip_address(text.decode()).packed
    if charset in ("", "utf8mb4", "utf8", "utf8mb3"):
        return text
    if charset == "latin1":
        return encode_latin1(text.decode())
    return text.decode().encode(CODECS.get(charset, charset))


def decompressed(content):
    """MariaDB's COMPRESSED columns are printed as they are stored."""
    if not content or content[0] == 0:
        return content[1:]
    start = 1 + (content[0] & 7)
    return zlib.decompress(content[start:], -15 if content[0] & 8 else 15)


def same_string(kind, data, value, wire, column):
    expected = unquoted(value)
    if wire.endswith("COMPRESSED"):
        expected = decompressed(expected)
    ours = encoded(data, column, expected) if kind == "c" else data
    if wire.startswith("STRING"):  # the binlog leaves off the zeros that fill a fixed size
        return ours.rstrip(b"\0") == expected.rstrip(b"\0")
    return ours == expected


def is_change(value):
    """Of JSON: what a partial update does to the value, JSON_REPLACE(@2, ...), or that it does nothing, @2."""
    return re.match(r"JSON_\w+\(|@\d+$", value) is not None


def same_cell(token, value, wire, column):
    """Whether print_binlog's value of a cell is the one that the program printed; `wire` is its name of the type."""
    if token == "NULL" or value == "NULL":
        return token == value
    kind, _, text = token.partition(":")
    if kind in "iufdn":
        return same_number(kind, text, value, wire)
    if kind in "DTSt":
        return same_moment(kind, text, value)
    data = bytes.fromhex(text)
    if column.startswith(("enum:", "set:")):
        return same_label(data, value, column)
    if wire.startswith("VECTOR"):
        return same_vector(data, value)
    if wire.startswith("JSON") and data.startswith(b'"'):  # printed as what it stands for
        return json.loads(data).encode() == unquoted(value)
    return same_string(kind, data, value, wire, column)
