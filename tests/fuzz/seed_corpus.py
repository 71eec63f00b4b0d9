#!/usr/bin/env python3
"""Makes the seeds of the binlog's fuzz targets out of tests/data/binlog: tests/fuzz/corpus/{event,rows,json,json_diff,
decimal,transaction}/.

The files are named by what they hold, so that running it again changes nothing. Written once and committed; run it
when the golden files change.
"""
import pathlib
import struct

HERE = pathlib.Path(__file__).parent
DATA = HERE.parent / "data" / "binlog"
SCHEMAS = {"numbers": 0, "moments": 1, "strings": 2, "mariadb_types": 3, "documents": 4, "old_moments": 1}
TABLE_MAP, WRITE_V1, WRITE_V2, FORMAT, PARTIAL_UPDATE = 19, 23, 30, 15, 39


def events(path):
    """(type, flags, body) of each event, without the checksum that all these files have."""
    data = path.read_bytes()[4:]
    while len(data) >= 19:
        kind, size, flags = data[4], struct.unpack_from("<I", data, 9)[0], struct.unpack_from("<H", data, 17)[0]
        yield kind, flags, data[19:size - 4]
        data = data[size:]


def write(target, name, content):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def event_seeds(server, path):
    seen = {}
    for kind, flags, body in events(path):
        if len(body) > 600 or seen.setdefault(kind, 0) >= 2:
            continue
        if kind == FORMAT:  # said to be of a file without checksums: the fuzzer cannot make them
            body = body[:-1] + bytes(5)
        seen[kind] += 1
        write("event", f"{server}-{kind}-{seen[kind]}", struct.pack("<BBH", kind, flags & 0xff, len(body)) + body)


def row_seeds(server, path):
    table_map, table, count = b"", "", {}
    for kind, _, body in events(path):
        if kind == TABLE_MAP:
            table_map, name = body, body[8 + 1 + body[8] + 1:]
            table = name[1:1 + name[0]].decode()
        elif table in SCHEMAS and (WRITE_V1 <= kind < WRITE_V1 + 3 or WRITE_V2 <= kind < WRITE_V2 + 3
                                   or kind == PARTIAL_UPDATE):
            first, extra = (WRITE_V1, 0) if kind < WRITE_V2 else (WRITE_V2, 2)
            first += PARTIAL_UPDATE - WRITE_V2 - 3 if kind == PARTIAL_UPDATE else 0
            count[table] = count.get(table, 0) + 1
            seed = struct.pack("<BH", SCHEMAS[table], len(table_map)) + table_map
            write("rows", f"{server}-{table}-{count[table]}", seed + bytes([kind - first]) + body[8 + extra:])


def json_seeds(path):
    """The documents of the first insert into golden.documents: id, JSON, VECTOR."""
    table = b""
    for kind, _, body in events(path):
        if kind == TABLE_MAP:
            table = body
        if kind != WRITE_V2 or b"documents" not in table:
            continue
        rows = body[8 + 2 + 1 + 1:]
        while rows:
            nulls, key = rows[0], struct.unpack_from("<I", rows, 1)[0]
            rows = rows[5:]
            for bit in (2, 4):
                if nulls & bit:
                    continue
                size = struct.unpack_from("<I", rows)[0]
                if bit == 2:
                    write("json", f"document-{key}", rows[4:4 + size])
                rows = rows[4 + size:]
        return


def historic_seeds():
    """Table maps without metadata and rows of before MySQL 5.1.18: (int, char(10)) of the table `strings`, cut short."""
    table_map = bytes(8) + b"\1d\0\1t\0\2\x03\xfe"
    head = struct.pack("<BH", SCHEMAS["strings"], len(table_map)) + table_map
    row = b"\xf9" + struct.pack("<I", 7) + b"\3one", b"\xfd" + struct.pack("<I", 8) + b"\0"
    for number, (kind, rows) in enumerate(((4, row[0] + row[1]), (5, row[0] + row[1]), (6, row[1])), 1):
        write("rows", f"historic-{number}", head + bytes([kind]) + b"\2\xff" + rows)
    old_format = struct.pack("<H", 4) + b"5.2.2-a_drop6p13".ljust(50, b"\0") + bytes(4) + b"\x13" + bytes([8] * 22)
    table = struct.pack("<BBH", FORMAT, 0, len(old_format)) + old_format
    write("event", "historic-format", table + struct.pack("<BBH", 16, 0, len(table_map)) + table_map)


def decimal_seeds():
    """Packed by hand: limits, zero, fractions only, negative numbers."""
    for number, (precision, scale, packed) in enumerate((
            (10, 2, "8000000000"), (10, 2, "7fffffff" "ff"), (10, 2, "85f5e0ff" "63"), (65, 30, "80" * 30),
            (9, 9, "bb9ac9ff"), (5, 0, "fe7960"), (5, 0, "81869f"), (18, 9, "80000001" "3b9ac9ff"),
            (65, 30, "1f" + "00" * 29)), 1):
        write("decimal", f"decimal-{number}", bytes([precision, scale]) + bytes.fromhex(packed))


def json_diff_seeds():
    """Operation, path, value; by hand, as the golden files have one partial update only."""
    one, text = b"\x05\x01\x00", b"\x0c\x01x"
    document = b'{"a": [1, 2.50, {"x": null}], "bb": "]}\\"", "ccc": {"d": 1e100}}'
    diffs = {"replace": [(0, b"$.a[1]", one), (0, b"$.ccc.d", text)],
             "insert": [(1, b'$."a b"', text), (1, b"$.a[0]", one), (1, b"$.ccc.aa", one)],
             "remove": [(2, b"$.bb", None), (2, b"$.a[last-1]", None)],
             "quoted": [(1, b'$."q\\"\\u00fc"', one), (0, b'$."q\\"\\u00fc"', text)],
             "conflict": [(0, b"$.no", one)], "malformed": [(0, b"$.*", one)]}
    for name, list_of_diffs in diffs.items():
        content = b""
        for operation, path, value in list_of_diffs:
            content += bytes([operation, len(path)]) + path + (b"" if value is None else bytes([len(value)]) + value)
        write("json_diff", name, struct.pack("<H", len(document)) + document + content)


def transaction_seeds():
    """One transaction of each dialect; the codes are those of transaction_fuzz.cpp."""
    begin, commit, rollback, xa_start, xa_end, xa_commit, ddl = (
        statement << 4 | 15 for statement in (0, 1, 2, 5, 6, 7, 10))
    gtid, mariadb_gtid, standalone, mariadb_xa, started = 0x00, 0x10, 0x30, 0x50, 0xb0
    table_map, rows, last_rows, xid, prepared, one_phase, file = 0x02, 0x03, 0x13, 0x04, 0x05, 0x15, 0x06
    for name, codes in {"mysql": [gtid, begin, table_map, rows, last_rows, xid, gtid, ddl],
                        "mariadb": [mariadb_gtid, table_map, last_rows, xid, standalone, ddl, started, ddl],
                        "plain": [begin, last_rows, commit, ddl, begin, last_rows, rollback],
                        "rows-alone": [table_map, rows, last_rows, gtid, table_map, last_rows],
                        "xa": [gtid, xa_start, table_map, last_rows, xa_end, prepared, gtid, xa_commit,
                               xa_start, last_rows, one_phase, mariadb_xa, last_rows, prepared],
                        "savepoints": [begin, 3 << 4 | 15, last_rows, 4 << 4 | 15, xid],
                        "torn": [gtid, begin, last_rows, file, gtid, file]}.items():
        write("transaction", name, bytes(codes))


def main():
    for path in sorted(DATA.glob("*/binlog.*")):
        server = path.parent.name
        event_seeds(server + path.suffix, path)
        row_seeds(server, path)
    json_diff_seeds()
    json_seeds(DATA / "mysql-9.7.4" / "binlog.000001")
    historic_seeds()
    decimal_seeds()
    transaction_seeds()


if __name__ == "__main__":
    main()
