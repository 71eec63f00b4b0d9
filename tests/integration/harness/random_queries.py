"""Random queries over relations that all have the same columns, written so that their result is the same whoever
runs them: a LIMIT stands only where the order is total, or where nothing but the number of rows counts.

In the text a relation is called "§.name"; § is the schema.
"""

COLUMNS = {
    "id": "int4", "si": "int2", "i": "int4", "bi": "int8", "iu": "int8", "tu": "int2", "bu": "numeric", "de": "numeric",
    "dd": "numeric", "du": "numeric", "fl": "float4", "db": "float8", "fg": "bool", "tx": "text", "da": "date",
    "dt": "timestamp", "ts": "timestamptz", "vb": "bytea", "bn": "bytea",
}
RELATIONS = ("a", "a", "b", "b", "c", "part", "inh", "finh", "va", "vc", "loc")
NUMBERS = [name for name, kind in COLUMNS.items() if kind in ("int2", "int4", "int8", "numeric")]
REVERSED = ("int2", "int4", "int8", "numeric")  # that have the operator x.<^

WHOLE = ["0", "1", "-1", "2", "3", "7", "10", "-10", "100", "127", "128", "255", "256", "-128", "-129", "32767", "-32768",
         "65535", "2147483647", "-2147483648", "4294967295", "4294967296"]
HUGE = ["9223372036854775807", "-9223372036854775808", "9223372036854775808", "18446744073709551615", "-9223372036854775809",
        "18446744073709551616", "1e18", "1e19", "1e20", "-1e19", "1e40", "9" * 40, "-" + "9" * 66]
FRACTIONS = ["1.5", "-1.5", "0.5", "-0.5", "2.0", "1.00", "-1.0", "255.5", "0.005", "1.505", "99999.999", "1e-3", "1.5e2",
             "18446744073709551615.5", "-0.00000000000000000001", "0.3333333333333333333333333333333333", "1e-40"]
OTHERS = ["'NaN'::numeric", "1.5::float8", "0.1::float4", "'Infinity'::float8", "1e300::float8", "-1::float8"]
VALUES = {
    "int2": ["0", "1", "-1", "7", "255", "32767", "-32768"],
    "int4": WHOLE[:18], "int8": WHOLE + HUGE[:2], "numeric": WHOLE + HUGE + FRACTIONS,
    "float4": ["0", "1.5", "-1", "0.1", "1e30"], "float8": ["0", "1.5", "-1", "0.1", "1e300"],
    "bool": ["true", "false"], "text": ["", "a", "A", "b", "ä", "zz", "a "],
    "date": ["2024-02-29", "2023-12-31", "1000-01-01", "9999-12-31", "infinity", "-infinity", "0044-03-15 BC"],
    "timestamp": ["2024-02-29 12:00:00", "2024-02-29 12:00:00.5", "2024-02-29 12:00:00.4", "2023-12-31 23:59:59.999",
                  "infinity", "1000-01-01"],
    "timestamptz": ["2024-02-29 12:00:00+00", "2024-02-29 12:00:00.5+02", "2024-02-29 12:00:00.5004+02", "2037-12-31 00:00:00+00", "2000-01-01 00:00:00+00",
                    "-infinity", "2050-01-01 00:00:00+00"],
    "bytea": ["\\x", "\\x00", "\\x61", "\\x616200", "\\xff", "\\x6162"],
}


class Queries:
    """An endless row of queries; the same for the same generator of random numbers."""

    def __init__(self, rng):
        self.rng = rng
        self.parameters = None  # of a statement to prepare: a list of types
        self._aliases = 0

    def query(self):
        """(text, how to compare: 'ordered', 'rows' or 'count', types of the parameters or None)."""
        self._aliases = 0
        self.parameters = [] if self.rng.random() < 0.25 else None
        text, how = self._statement()
        return text, how, self.parameters or None

    def arguments(self, types):
        return ", ".join(self._argument(kind) for kind in types)

    def _argument(self, kind):
        if self.rng.random() < 0.2:
            return "NULL"
        return f"'{self.rng.choice(VALUES[kind])}'"

    # ---- statements

    def _statement(self):
        kind = self.rng.random()
        if kind < 0.15:
            return self._set_operation(), "rows"
        if kind < 0.3:
            return self._aggregate(), "rows"
        if kind < 0.4:
            name = self._alias()
            marked = self.rng.choice(("", "", " MATERIALIZED", " NOT MATERIALIZED"))
            inner, columns = self._derived()
            text, how = self._select([(name, columns, name)])
            return f"WITH {name} AS{marked} ({inner}) {text}", how
        return self._select([])

    def _select(self, given):
        """given: (alias, columns, name) of CTEs that may be read."""
        scope, source = self._from(given)
        outputs = [self._output(scope) for _ in range(self.rng.randint(1, 4))]
        text = f"SELECT {', '.join(outputs)} FROM {source}{self._where(scope)}"
        if self.rng.random() < 0.1:
            text = text.replace("SELECT", "SELECT DISTINCT", 1)
            return text + self._total_order(len(outputs)) + self._limit(), "rows"
        return self._finish(text, scope, outputs)

    def _finish(self, text, scope, outputs):
        ending = self.rng.random()
        if ending < 0.3:
            return text, "rows"
        if ending < 0.5:
            return text + self._limit(), "count"
        if ending < 0.75:
            return text + self._order(scope) + self._total_order(len(outputs), ", ") + self._limit(), "rows"
        order = self._order(scope)
        if self.rng.random() < 0.6:
            return text + order + self._limit(), "count"
        return text + order, "rows"

    def _set_operation(self):
        kinds = [self.rng.choice(list(COLUMNS)) for _ in range(self.rng.randint(1, 3))]
        arms = [self._arm(kinds) for _ in range(self.rng.randint(2, 3))]
        operation = self.rng.choice((" UNION ", " UNION ALL ", " INTERSECT ", " EXCEPT ", " EXCEPT ALL "))
        return operation.join(arms) + (self._total_order(len(kinds)) + self._limit() if self.rng.random() < 0.5 else "")

    def _arm(self, columns):
        alias = self._alias()
        scope = [(alias, COLUMNS)]
        text = f"SELECT {', '.join(f'{alias}.{name}' for name in columns)} FROM {self._relation()} {alias}{self._where(scope)}"
        if self.rng.random() < 0.3:
            text += self._total_order(len(columns)) + self._limit()
        return f"({text})"

    def _aggregate(self):
        scope, source = self._from([])
        keys = [self._column(scope) for _ in range(self.rng.randint(0, 2))]
        number = self._number(scope)
        outputs = keys + [self.rng.choice(("count(*)", f"count({number})", f"sum(({number})::numeric)", f"min({number})",
                                           f"max({number})", f"count(DISTINCT {number})",
                                           f"count(*) FILTER (WHERE {self._condition(scope, 1)})"))]
        text = f"SELECT {', '.join(outputs)} FROM {source}{self._where(scope)}"
        if keys:
            text += f" GROUP BY {self.rng.choice((', '.join(keys), 'ROLLUP (' + ', '.join(keys) + ')'))}"
        if self.rng.random() < 0.3:
            text += f" HAVING count(*) > {self.rng.randint(0, 2)}"
        return text + (self._total_order(len(outputs)) + self._limit() if self.rng.random() < 0.5 else "")

    def _derived(self):
        """A subquery that has its result for itself, and its columns."""
        alias = self._alias()
        names = sorted(self.rng.sample(list(COLUMNS), self.rng.randint(2, 5)))
        text = f"SELECT {', '.join(f'{alias}.{name}' for name in names)} FROM {self._relation()} {alias}"
        text += self._where([(alias, COLUMNS)])
        if self.rng.random() < 0.5:
            text += self._order([(alias, {name: COLUMNS[name] for name in names})]) + self._total_order(len(names), ", ")
            text += self._limit()
        return text, {name: COLUMNS[name] for name in names}

    # ---- clauses

    def _from(self, given):
        items = [self._from_item(given) for _ in range(self.rng.choice((1, 1, 1, 2, 2, 3)))]
        alias, columns, text = items[0]
        scope = [(alias, columns)]
        for alias, columns, item in items[1:]:
            text, scope = self._join(text, scope, alias, columns, item)
        if self.rng.random() < 0.04:
            text, scope = self._lateral(text, scope)
        return scope, text

    def _from_item(self, given):
        alias = self._alias()
        if given and self.rng.random() < 0.7:
            return alias, given[0][1], f"{given[0][2]} {alias}"
        if self.rng.random() < 0.15:
            text, columns = self._derived()
            return alias, columns, f"({text}) {alias}"
        return alias, COLUMNS, f"{self._relation()} {alias}"

    def _join(self, text, scope, alias, columns, item):
        both = scope + [(alias, columns)]
        name = self.rng.choice(list(columns))
        equal = [(other, column) for other, those in scope for column, kind in those.items() if kind == columns[name]]
        if not equal:
            return f"{text} CROSS JOIN {item}", both
        other, column = self.rng.choice(equal)
        condition = f"{other}.{column} = {alias}.{name}"
        kind = self.rng.choice(("JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"))
        if kind != "FULL JOIN" and self.rng.random() < 0.3:
            condition += f" AND {self._condition(both, 1)}"
        return f"{text} {kind} {item} ON {condition}", both

    def _lateral(self, text, scope):
        alias, inner = self._alias(), self._alias()
        number = self._number([(inner, COLUMNS)])
        condition = f"{inner}.{self.rng.choice(NUMBERS)} {self._sign()} {self._number(scope)}"
        subquery = f"SELECT {number} AS n FROM {self._relation()} {inner} WHERE {condition} ORDER BY 1{self._limit()}"
        return f"{text} CROSS JOIN LATERAL ({subquery}) {alias}", scope + [(alias, {"n": "numeric"})]

    def _where(self, scope):
        return f" WHERE {self._condition(scope, 3)}" if self.rng.random() < 0.8 else ""

    def _order(self, scope):
        keys = []
        for _ in range(self.rng.randint(1, 3)):
            alias, columns = self.rng.choice(scope)
            name, kind = self.rng.choice(list(columns.items()))
            keys.append(f"{alias}.{name}{self._direction(kind if alias[0] == 'r' else None)}")
        return f" ORDER BY {', '.join(keys)}"

    def _direction(self, kind):
        if kind in REVERSED and self.rng.random() < 0.15:
            direction = f" USING OPERATOR(x.{self.rng.choice(('<^', '>^'))})"
        else:
            direction = self.rng.choice(("", " ASC", " DESC"))
        return direction + self.rng.choice(("", "", " NULLS FIRST", " NULLS LAST"))

    def _total_order(self, count, beginning=" ORDER BY "):
        numbers = list(range(1, count + 1))
        self.rng.shuffle(numbers)
        return beginning + ", ".join(f"{number}{self._direction(None)}" for number in numbers)

    def _limit(self):
        rows = self.rng.choice(("0", "1", "1", "2", "3", "5", "10", "1000", "NULL", "ALL", "1 + 1", "9223372036854775807"))
        skipped = self.rng.choice(("0", "1", "2", "5", "100", "NULL"))
        if self.parameters is not None and self.rng.random() < 0.3:
            rows = f"abs({self._parameter('int2')}::int)"
        return self.rng.choice((f" LIMIT {rows}", f" LIMIT {rows}", f" LIMIT {rows} OFFSET {skipped}", f" OFFSET {skipped}"))

    # ---- expressions

    def _alias(self):
        self._aliases += 1
        return f"r{self._aliases}"

    def _relation(self):
        return f"§.{self.rng.choice(RELATIONS)}"

    def _column(self, scope, kinds=None):
        found = [f"{alias}.{name}" for alias, columns in scope for name, kind in columns.items()
                 if kinds is None or kind in kinds]
        return self.rng.choice(found) if found else None

    def _output(self, scope):
        chosen = self.rng.random()
        if chosen < 0.85:
            return self._column(scope)
        if chosen < 0.92:
            return self._number(scope)
        if chosen < 0.98:
            return f"({self._condition(scope, 1)})"
        inner = self._alias()
        number = self._number([(inner, COLUMNS)])
        compared = f"{inner}.{self.rng.choice(NUMBERS)} {self._sign()} {self._number(scope)}"
        return f"(SELECT {number} FROM {self._relation()} {inner} WHERE {compared} ORDER BY 1 LIMIT 1)"

    def _number(self, scope):
        column = self._column(scope, REVERSED)
        if column is None:
            return self._constant()
        return self.rng.choice((column, column, column, f"{column}::numeric + 1", f"{column} % 7", f"coalesce({column}, 0)"))

    def _sign(self):
        return self.rng.choice(("=", "=", "<>", "<", "<=", ">", ">="))

    def _parameter(self, kind):
        self.parameters.append(kind)
        return f"${len(self.parameters)}"

    def _value(self, kind):
        if self.parameters is not None and self.rng.random() < 0.5:
            return self._parameter(kind)
        return "NULL" if self.rng.random() < 0.03 else f"'{self.rng.choice(VALUES[kind])}'::{kind}"

    def _constant(self):
        if self.parameters is not None and self.rng.random() < 0.4:
            return self._parameter(self.rng.choice(("int2", "int4", "int8", "numeric", "numeric", "float8")))
        return self.rng.choice(self.rng.choice((WHOLE, WHOLE, HUGE, FRACTIONS, OTHERS)))

    def _condition(self, scope, depth):
        chosen = self.rng.random()
        if depth > 0 and chosen < 0.35:
            joint = self.rng.choice((" AND ", " OR "))
            return "(" + joint.join(self._condition(scope, depth - 1) for _ in range(self.rng.randint(2, 3))) + ")"
        if depth > 0 and chosen < 0.45:
            return f"NOT ({self._condition(scope, depth - 1)})"
        if depth > 0 and chosen < 0.5:
            return self._subquery_condition(scope)
        return self._leaf(scope)

    def _subquery_condition(self, scope):
        inner = self._alias()
        inside = [(inner, COLUMNS)]
        column, outer = self._column(inside, REVERSED), self._number(scope)
        wanted = f"{self._relation()} {inner} WHERE {self._condition(inside, 1)}"
        return self.rng.choice((f"EXISTS (SELECT FROM {wanted} AND {column} = {outer})",
                                f"NOT EXISTS (SELECT FROM {wanted} AND {column} = {outer}{self._limit()})",
                                f"{outer} IN (SELECT {column} FROM {wanted})",
                                f"{outer} NOT IN (SELECT {column} FROM {wanted})",
                                f"{outer} {self._sign()} (SELECT max({column}) FROM {wanted})"))

    def _leaf(self, scope):
        writer = self.rng.choice((self._comparison, self._comparison, self._comparison, self._in_list, self._in_list,
                                  self._between, self._null_test, self._of_any_kind, self._of_any_kind, self._truth))
        return writer(scope)

    def _comparison(self, scope):
        column = self._column(scope, REVERSED)
        if column is None:
            return self._truth(scope)
        other = self._number(scope) if self.rng.random() < 0.25 else self._constant()
        sign = self.rng.choice((self._sign(), self._sign(), "IS DISTINCT FROM", "IS NOT DISTINCT FROM"))
        return self.rng.choice((f"{column} {sign} {other}", f"{other} {sign} {column}"))

    def _in_list(self, scope):
        column = self._column(scope, REVERSED)
        if column is None:
            return self._truth(scope)
        pools = self.rng.choice(((WHOLE,), (WHOLE, FRACTIONS), (WHOLE, HUGE), (WHOLE, HUGE, FRACTIONS), (WHOLE, OTHERS)))
        elements = [self.rng.choice(self.rng.choice(pools)) for _ in range(self.rng.randint(1, 6))]
        if self.rng.random() < 0.15:
            elements.append("NULL")
        if self.parameters is not None and self.rng.random() < 0.3:
            elements.append(self._parameter("numeric"))
        operator = self.rng.choice(("IN ({})", "NOT IN ({})", "= ANY (ARRAY[{}])", "<> ALL (ARRAY[{}])", "<> ANY (ARRAY[{}])"))
        return f"{column} {operator.format(', '.join(elements))}"

    def _between(self, scope):
        column = self._column(scope, REVERSED)
        if column is None:
            return self._truth(scope)
        return f"{column} {self.rng.choice(('', 'NOT '))}BETWEEN {self._constant()} AND {self._constant()}"

    def _null_test(self, scope):
        return f"{self._column(scope)} IS {self.rng.choice(('', 'NOT '))}NULL"

    def _of_any_kind(self, scope):
        column = self._column(scope)
        alias, name = column.split(".")
        kind = next(columns for other, columns in scope if other == alias)[name]
        if self.rng.random() < 0.3:
            values = ", ".join(self._value(kind) for _ in range(self.rng.randint(1, 3)))
            return f"{column} {self.rng.choice(('IN', 'NOT IN'))} ({values})"
        return f"{column} {self._sign()} {self._value(kind)}"

    def _truth(self, scope):
        flag = self._column(scope, ("bool",))
        if flag is None or self.rng.random() < 0.5:
            return self.rng.choice(("1 = 0", "true", "NULL::bool", "1 = 1", f"{self._column(scope)} = NULL"))
        return self.rng.choice((flag, f"NOT {flag}", f"{flag} IS TRUE", f"{flag} IS NOT FALSE", f"{flag} IS UNKNOWN"))
