"""Types, and literals that fit them, at random."""

import re
from collections import namedtuple

LABELS = ("red", "green", "blue", "black", "white", "gray")
WORDS = LABELS + ("grün", "中文", "€uro", "😀")
CHARSETS = ("utf8mb4", "latin1", "utf8")
TYPES = ("TINYINT", "SMALLINT", "MEDIUMINT", "INT", "INT", "BIGINT", "INT UNSIGNED", "BIGINT UNSIGNED", "INT(6) ZEROFILL",
         "DECIMAL(6,2)", "DECIMAL(12,4)", "DECIMAL(8,0)", "DOUBLE", "FLOAT", "FLOAT(7,3)", "BIT(8)", "BIT(20)", "YEAR", "DATE",
         "DATETIME", "DATETIME(6)", "TIMESTAMP NULL", "TIMESTAMP", "TIMESTAMP(3) NULL", "TIME", "TIME(3)", "CHAR(12)", "VARCHAR(12)",
         "VARCHAR(40)", "VARCHAR(300)", "VARCHAR(40) CHARACTER SET latin1", "VARCHAR(40) CHARACTER SET utf8mb4",
         "VARCHAR(30) CHARACTER SET utf16", "CHAR(10) CHARACTER SET utf8", "TINYTEXT", "TEXT", "MEDIUMTEXT",
         "TEXT CHARACTER SET latin1", "VARBINARY(20)", "BINARY(6)", "BLOB", "TINYBLOB", "ENUM", "ENUM", "SET", "SET")
OWN_TYPES = {"mariadb": ("JSON", "UUID", "INET6"), "mysql56": (), "mysql9": ("JSON", "JSON")}
KEY_TYPES = ("INT", "INT", "BIGINT", "INT UNSIGNED", "VARCHAR(30)", "DECIMAL(12,2)")
# Of columns that may become part of a key. Not dates: one that no calendar has cannot be in a key.
KEY_BASES = ("int", "bigint", "smallint", "decimal", "varchar")

# type as the catalog spells it, without its size; the numbers in parentheses; labels
Column = namedtuple("Column", "name type base size labels nullable key generated default")


def quoted(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def column_of(name, spelled, base, nullable, key, extra, default):
    """From a row of information_schema.columns."""
    generated = any(word in extra.upper() for word in ("VIRTUAL", "STORED", "PERSISTENT"))
    return Column(name, spelled, base.lower(), re.findall(r"\d+", spelled.split(")")[0]), re.findall(r"'([^']*)'", spelled),
                  nullable == "YES", key == "PRI", generated, default)


def list_of_labels(dice, labels=()):
    """Those that there are with something added, left out or in another order; or others."""
    labels = list(labels)
    spare = [label for label in LABELS if label not in labels]
    change = dice.random()
    if not labels:
        labels = dice.sample(LABELS, dice.randint(2, 4))
    elif change < 0.4 and spare:
        labels.append(dice.choice(spare))
    elif change < 0.6 and spare:
        labels.insert(dice.randint(0, len(labels)), dice.choice(spare))
    elif change < 0.8:
        dice.shuffle(labels)
    elif len(labels) > 1:
        labels.remove(dice.choice(labels))
    return "(" + ", ".join(map(quoted, labels)) + ")"


class Definitions:
    """What follows the name of a column where it is made or changed."""

    def __init__(self, dice, kind):
        self._dice = dice
        self._kind = kind
        self._types = TYPES + OWN_TYPES[kind]

    def type(self):
        spelled = self._dice.choice(self._types)
        return spelled + list_of_labels(self._dice) if spelled in ("ENUM", "SET") else spelled

    def of(self, spelled=None):
        spelled = spelled or self.type()
        choice = self._dice.random()
        if choice < 0.5 or spelled.startswith("TIMESTAMP"):
            return spelled + self._visibility()
        if choice < 0.65:
            return f"{spelled} NOT NULL"
        default = self._default(spelled)
        return f"{spelled}{default}{self._visibility()}" if default else spelled

    def _default(self, spelled):
        nulls = self._dice.choice((" NOT NULL", ""))
        if spelled.startswith(("VARCHAR", "CHAR")):
            return f"{nulls} DEFAULT {quoted(self._dice.choice(LABELS))}"
        if "INT" in spelled.split("(")[0] or spelled.startswith(("DECIMAL", "DOUBLE", "FLOAT")):
            return f"{nulls} DEFAULT {self._dice.choice(('0', '7', '1', quoted('9')))}"
        if spelled.startswith("DATETIME"):
            now = "CURRENT_TIMESTAMP" + ("(6)" if "(6)" in spelled else "")
            return f"{nulls} DEFAULT {self._dice.choice((now, quoted('2020-01-01 00:00:00')))}"
        if spelled.startswith("ENUM"):
            return f"{nulls} DEFAULT {quoted(re.findall(chr(39) + '([^' + chr(39) + ']*)', spelled)[0])}"
        return ""

    def _visibility(self):
        hidden = self._kind != "mysql56" and self._dice.random() < 0.06
        return " INVISIBLE" if hidden else ""


class Values:
    """Literals that fit a column, mostly small, so that narrower types often take them."""

    def __init__(self, dice):
        self._dice = dice

    def of(self, column):
        if column.nullable and self._dice.random() < 0.15:
            return "NULL"
        return getattr(self, f"_{column.base}", self._text)(column)

    def _integer(self, bits, column):
        unsigned = "unsigned" in column.type
        if self._dice.random() < 0.8:
            return str(self._dice.randint(0 if unsigned else -100, 100))
        high = (1 << bits) - 1 if unsigned else (1 << (bits - 1)) - 1
        return str(self._dice.choice((high, high // 2, 0 if unsigned else -high - 1)))

    def _tinyint(self, column):
        return self._integer(8, column)

    def _smallint(self, column):
        return self._integer(16, column)

    def _mediumint(self, column):
        return self._integer(24, column)

    def _int(self, column):
        return self._integer(32, column)

    def _bigint(self, column):
        return self._integer(64, column)

    def _decimal(self, column):
        return f"{self._dice.randint(-9999, 9999)}.{self._dice.choice(('0', '5', '25', '99'))}"

    def _double(self, column):
        return self._dice.choice(("0.1", "-2.5", "3", "1e10", "0", "123456.789"))

    def _float(self, column):
        return self._dice.choice(("0.1", "-2.5", "3", "0", "1234.5678", "0.0005"))

    def _bit(self, column):
        return f"b'{self._dice.getrandbits(int(column.size[0])):b}'"

    def _year(self, column):
        return str(self._dice.choice((1901, 1999, 2024, 2155)))

    def _date(self, column):
        return f"'20{self._dice.randint(10, 30)}-0{self._dice.randint(1, 9)}-{self._dice.randint(10, 28)}'"

    def _time(self, column):
        return f"'{self._dice.randint(-800, 800)}:{self._dice.randint(10, 59)}:{self._dice.randint(10, 59)}{self._fraction()}'"

    def _datetime(self, column):
        return f"'{self._date(column)[1:-1]} {self._dice.randint(10, 23)}:{self._dice.randint(10, 59)}:00{self._fraction()}'"

    _timestamp = _datetime

    def _fraction(self):
        return self._dice.choice(("", ".5", ".123456", ".999999"))

    def _enum(self, column):
        return quoted(self._dice.choice(column.labels))

    def _set(self, column):
        return quoted(",".join(label for label in column.labels if self._dice.random() < 0.5))

    def _bytes(self, column):
        return f"x'{self._dice.randbytes(self._dice.randint(0, 8)).hex()}'"

    def _binary(self, column):
        return f"x'{self._dice.randbytes(self._dice.randint(0, int(column.size[0]))).hex()}'"

    _varbinary = _tinyblob = _blob = _mediumblob = _longblob = _bytes

    def _json(self, column):
        return quoted(f'{{"a": {self._dice.randint(0, 99)}, "b": ["{self._dice.choice(LABELS)}", null], "c": 1.5}}')

    def _uuid(self, column):
        return quoted(f"{self._dice.getrandbits(32):08x}-1234-4321-8888-{self._dice.getrandbits(48):012x}")

    def _inet6(self, column):
        return quoted(self._dice.choice(("::1", "2001:db8::ff00:42:8329", "::ffff:192.0.2.1")))

    def _text(self, column):
        """MariaDB's JSON is a text."""
        kind = self._dice.random()
        if column.base == "longtext":
            return self._json(column)
        if kind < 0.3:
            return quoted(str(self._dice.randint(-200, 200)))
        if kind < 0.5:
            return quoted(self._dice.choice(WORDS))
        letters = "abc äöü'\\ xyz"
        return quoted("".join(self._dice.choice(letters) for _ in range(self._dice.randint(0, 10))).strip())
