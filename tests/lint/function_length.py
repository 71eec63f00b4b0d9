#!/usr/bin/python3
"""How long the functions are, in lines from the signature to the closing brace, and whether that keeps to the limits.

The product (src, bgworker) keeps to a median, a 95th percentile and a maximum; tests and benchmarks to the maximum.
A lambda counts with the function that it stands in.
"""

import math
import re
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
MEDIAN, PERCENTILE_95, MAXIMUM = 12, 60, 120
SHOWN = 10

# Comments, literals and preprocessor lines hold braces that are none.
NOISE = re.compile(r"""
      //[^\n]*
    | /\*.*?\*/
    | R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)"
    | "(?:\\.|[^"\\\n])*"
    | (?<![0-9a-zA-Z_])'(?:\\.|[^'\\\n])+'
    | ^[ \t]*\#(?:\\\n|[^\n])*
""", re.VERBOSE | re.DOTALL | re.MULTILINE)
TOKEN = re.compile(r"[A-Za-z_]\w*|::|->|[{}();:=,<>]|\n|[^\s\w]")
SCOPE = {"namespace", "class", "struct", "union", "enum"}


class Function:
    def __init__(self, path, line, name, lines):
        self.path, self.line, self.name, self.lines = path, line, name, lines

    def __str__(self):
        return f"{self.lines:4}  {self.path}:{self.line} {self.name}"


def blank(match):
    """As many lines as before, a string that stays a token, and nothing else."""
    text = match.group(0)
    return ("0" if text[0] in "\"'R" else "") + "\n" * text.count("\n")


def tokens(text):
    """(token, line), without the noise."""
    line = 1
    for found in TOKEN.finditer(NOISE.sub(blank, text)):
        if found.group(0) == "\n":
            line += 1
        else:
            yield found.group(0), line


def outer_parentheses(head):
    """Where the parameter list starts and the token behind it, or None. A macro's or a decltype's may come before."""
    depth, start, spans = 0, 0, []
    for position, (token, _) in enumerate(head):
        if token == "(":
            start = position if depth == 0 else start
            depth += 1
        elif token == ")":
            depth -= 1
            if depth == 0:
                spans.append((start, position + 1))
    return spans


def kind_of_brace(head):
    """What a brace opens after these tokens at namespace or class level: "scope", "function" or "value"."""
    words = [token for token, _ in head]
    spans = outer_parentheses(head)
    if not words or words[:1] == ["extern"] and not spans or words[0] == "namespace":
        return "scope"
    if not spans or (SCOPE & set(words[:spans[0][0]]) and words[-1] != ")" and not is_signature(words, spans)):
        return "scope" if SCOPE & set(words) and "=" not in words else "value"
    if "=" in words[:spans[0][0]] and "operator" not in words:
        return "value"
    return "value" if in_initializers(words, spans) else "function"


def is_signature(words, spans):
    """`struct Row read(int x) const {` is one, `struct alignas(8) Row {` is none."""
    return spans[0][0] > 0 and words[spans[0][0] - 1] not in ("alignas", "__attribute__", "declspec")


def in_initializers(words, spans):
    """Whether the brace is that of a member in a constructor's list: `A() : b{`."""
    depth = 0
    for position, token in enumerate(words):
        depth += (token == "(") - (token == ")")
        if token == ":" and depth == 0 and position >= spans[0][1]:
            return words[-1] not in (")", "}")
    return False


def name_of(head):
    words = [token for token, _ in head]
    start = outer_parentheses(head)[0][0]
    if "operator" in words:
        return "operator" + "".join(words[words.index("operator") + 1:][:2])
    begin = start - 1
    while begin >= 2 and words[begin - 1] == "::":
        begin -= 2
    return "".join(words[begin:start])


def functions(path, text):
    """The functions of one file, by keeping track of braces. A body is skipped as a whole."""
    stream = list(tokens(text))
    head, at = [], 0
    while at < len(stream):
        token, line = stream[at]
        if token == "{":
            kind = kind_of_brace(head)
            if kind != "scope":
                end = closing_brace(stream, at)
            if kind == "function":
                yield Function(path, head[0][1], name_of(head), stream[end][1] - head[0][1] + 1)
                head, at = [], end
            elif kind == "value":
                head, at = head + [("}", line)], end
            else:
                head = []
        elif token in ";}" or token == ":" and is_access(head):
            head = []
        else:
            head.append((token, line))
        at += 1


def is_access(head):
    return len(head) == 1 and head[0][0] in ("public", "private", "protected")


def closing_brace(stream, at):
    depth = 0
    for position in range(at, len(stream)):
        depth += (stream[position][0] == "{") - (stream[position][0] == "}")
        if depth == 0:
            return position
    return len(stream) - 1


def collect(*folders):
    return [function for folder in folders for path in sorted((TOP / folder).rglob("*"))
            if path.suffix in (".cpp", ".hpp")
            for function in functions(path.relative_to(TOP), path.read_text(encoding="utf-8"))]


def percentile(lengths, share):
    return sorted(lengths)[max(0, math.ceil(share * len(lengths)) - 1)]


def main():
    product, others = collect("src", "bgworker"), collect("tests", "bench")
    lengths = [function.lines for function in product]
    median, high = percentile(lengths, 0.5), percentile(lengths, 0.95)
    longest = sorted(product + others, key=lambda function: -function.lines)
    print(f"the {SHOWN} longest functions, lines:")
    print("\n".join(map(str, longest[:SHOWN])))
    print(f"functions: {len(product)} in src and bgworker, median {median} (limit {MEDIAN}), "
          f"95th percentile {high} (limit {PERCENTILE_95}), longest of all {longest[0].lines} (limit {MAXIMUM})")
    return 1 if median > MEDIAN or high > PERCENTILE_95 or longest[0].lines > MAXIMUM else 0


if __name__ == "__main__":
    sys.exit(main())
