"""Row images that lack columns, and partial updates of JSON: sessions of the source that set binlog_row_image and
binlog_row_value_options as they like, mixed in one task.
"""

import contextlib
import json
import random
import threading
import time

import pytest

from harness.wait import wait_until

IMAGES = ("FULL", "MINIMAL", "NOBLOB")

# A column of many kinds, so that what is kept, filled in, and moved to another key is each of them once.
WIDE = """
    CREATE TABLE wide (
        id INT NOT NULL, sub VARCHAR(20) COLLATE utf8mb4_bin NOT NULL, n INT, u BIGINT UNSIGNED DEFAULT 18446744073709551615,
        d DECIMAL(20, 4) DEFAULT '-1.2500', f FLOAT DEFAULT 1.1, g DOUBLE, bits BIT(9) DEFAULT b'101',
        s VARCHAR(60) DEFAULT 'it''s \\\\ "x" ü', c CHAR(5) NOT NULL DEFAULT 'ab', t MEDIUMTEXT, b BLOB,
        bin BINARY(6) DEFAULT 'ab', e ENUM('a', 'b''c', 'ö') NOT NULL, st SET('x', 'y', 'z') DEFAULT 'x,z',
        day DATE DEFAULT '2020-02-29', dt DATETIME DEFAULT '2001-02-03 04:05:06', tm TIME DEFAULT '-12:30:00',
        ts TIMESTAMP NOT NULL DEFAULT '2010-01-01 00:00:00', upd TIMESTAMP NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP,
        made DATETIME DEFAULT CURRENT_TIMESTAMP, y YEAR DEFAULT 1999, nn VARCHAR(9) NOT NULL, z INT NOT NULL,
        l1 VARCHAR(10) CHARACTER SET latin1 DEFAULT 'é', PRIMARY KEY (sub, id)
    ) CHARACTER SET utf8mb4"""
DOCUMENTS = "CREATE TABLE documents (id INT PRIMARY KEY, j JSON, note VARCHAR(20) DEFAULT 'none', k JSON)"


def has_json(pair):
    return pair.source.kind == "mysql9"


def source_tables(pair):
    return ["wide", "documents"] if has_json(pair) else ["wide"]


def create(pair):
    pair.source_execute(";".join([WIDE] + ([DOCUMENTS] if has_json(pair) else [])))


def follows(pair, task, *tables):
    __tracebackhide__ = True
    task.wait_for_catchup()
    for table in tables:
        pair.assert_same(table)


class Session:
    """A session of the source that changes rows at random and its row image between the statements."""

    def __init__(self, pair, seed, ids=12):
        self.random = random.Random(seed)
        self.has_json = has_json(pair)
        self.ids = ids
        self.connection = pair.source.connect(pair.name, autocommit=True)
        self.cursor = self.connection.cursor()
        self.cursor.execute("SET SESSION sql_mode = ''")

    def run(self, statements):
        """Duplicate keys are no failure: the statement then changes nothing, or a part."""
        for _ in range(statements):
            self.switch()
            self.step()

    def switch(self):
        if self.random.random() < 0.5:
            self.cursor.execute(f"SET SESSION binlog_row_image = '{self.random.choice(IMAGES)}'")
        if self.has_json and self.random.random() < 0.3:
            self.cursor.execute(f"SET SESSION binlog_row_value_options = '{self.random.choice(['', 'PARTIAL_JSON'])}'")

    def step(self):
        if self.random.random() < 0.25:
            self.transaction()
        else:
            self.change()

    def transaction(self):
        self.cursor.execute("BEGIN")
        for _ in range(self.random.randint(2, 6)):
            self.switch_if_allowed()
            self.change()
        self.cursor.execute(self.random.choice(["COMMIT", "COMMIT", "ROLLBACK"]))

    def switch_if_allowed(self):
        with contextlib.suppress(Exception):  # MySQL 9 wants no other image inside of a transaction
            self.switch()

    def change(self):
        table = "documents" if self.has_json and self.random.random() < 0.5 else "wide"
        statement = getattr(self, f"{self.random.choice(['insert', 'update', 'update', 'move', 'delete'])}_{table}")()
        try:
            self.cursor.execute(statement)
        except Exception as error:  # pylint: disable=broad-except
            if error.args[0] not in (1062, 1213, 1205):  # duplicate key, deadlock, lock wait
                raise AssertionError(f"{statement}: {error}") from error

    def id(self):
        return self.random.randint(1, self.ids)

    def where(self):
        return f"id = {self.id()} AND sub = '{self.random.choice(['a', 'B'])}'"

    # wide

    def value(self, column):
        choose = self.random.choice
        return {
            "n": lambda: self.random.randint(-9, 9), "u": lambda: self.random.getrandbits(64),
            "d": lambda: f"{self.random.randint(-10**9, 10**9)}.{self.random.randint(0, 9999):04}",
            "f": lambda: choose(["0.1", "-3e38", "1e-40", "16777217"]), "g": lambda: repr(self.random.random()),
            "bits": lambda: self.random.getrandbits(9), "s": lambda: choose(["''", "'plain'", "'né'", "NULL"]),
            "c": lambda: choose(["''", "'x  '", "'ab'"]), "t": lambda: f"REPEAT('{choose('abü')}', {choose([0, 3, 9000])})",
            "b": lambda: f"REPEAT(x'00ff{self.random.getrandbits(8):02x}', {choose([0, 1, 5000])})",
            "bin": lambda: choose(["x'00'", "'abc'", "NULL"]), "e": lambda: choose(["'a'", "3"]),
            "st": lambda: choose(["''", "'y'", "7", "NULL"]), "day": lambda: choose(["'1999-12-31'", "NULL"]),
            "dt": lambda: "'2038-01-19 03:14:08'", "tm": lambda: choose(["'838:59:59'", "'-00:00:01'"]),
            "ts": lambda: "'2030-05-05 05:05:05'", "y": lambda: choose(["2155", "0"]), "nn": lambda: "'nn'",
            "z": lambda: self.random.randint(0, 5), "l1": lambda: choose(["'ÿ'", "NULL"]),
        }[column]()

    def some_columns(self):
        columns = ["n", "u", "d", "f", "g", "bits", "s", "c", "t", "b", "bin", "e", "st", "day", "dt", "tm", "ts", "y",
                   "nn", "z", "l1"]
        return self.random.sample(columns, self.random.randint(0, 4))

    def insert_wide(self):
        columns = self.some_columns()
        names = "".join(f", {column}" for column in columns)
        values = "".join(f", {self.value(column)}" for column in columns)
        verb = self.random.choice(["INSERT", "INSERT", "REPLACE", "INSERT IGNORE"])
        upsert = self.random.choice(["", " ON DUPLICATE KEY UPDATE n = n + 1, z = 77"]) if verb == "INSERT" else ""
        return f"{verb} INTO wide (id, sub{names}) VALUES ({self.id()}, '{self.random.choice('aB')}'{values}){upsert}"

    def update_wide(self):
        columns = self.some_columns() or ["n"]
        sets = ", ".join(f"{column} = {self.value(column)}" for column in columns)
        return f"UPDATE wide SET {sets} WHERE " + self.random.choice([self.where(), f"id > {self.id()}", "n < 0"])

    def move_wide(self):
        return self.random.choice([
            f"UPDATE wide SET id = {self.id()} WHERE {self.where()}",
            f"UPDATE wide SET sub = '{self.random.choice('aB')}', n = {self.value('n')} WHERE {self.where()}",
            f"UPDATE wide SET id = id + {self.ids} WHERE {self.where()}",
            f"UPDATE wide SET id = id - {self.ids} WHERE id > {self.ids} ORDER BY id LIMIT 3"])

    def delete_wide(self):
        return f"DELETE FROM wide WHERE {self.where()}"

    # documents

    def document(self):
        value = {"a": self.random.randint(0, 9), "list": [1, "two", {"x": None}, [1.5]], "ü \"q\"": {"deep": {"er": "y" * 30}},
                 "text": "z" * self.random.choice([5, 300])}
        return json.dumps(value, ensure_ascii=False).replace("\\", "\\\\").replace("'", "''")

    def path(self):
        return self.random.choice(['$.a', '$.list[1]', '$.list[2].x', '$.list[last]', '$.new', '$."ü \\\\"q\\\\""."deep"', '$.text',
                                   '$.list[9]', '$.n2.n3', '$."ü \\\\"q\\\\"".deep.er', '$.a[0]', '$.list[0]', '$'])

    def atom(self):
        return self.random.choice(["1", "-2.50", "'short'", "NULL", "true", "CAST('[1, {\"k\": 2}]' AS JSON)", "1e0", "'ü\"'",
                                   "CAST('2020-01-02 03:04:05' AS DATETIME)", "18446744073709551615"])

    def insert_documents(self):
        return f"INSERT INTO documents (id, j, k) VALUES ({self.id()}, '{self.document()}', '[1]')"

    def json_change(self, column):
        function = self.random.choice(["JSON_SET", "JSON_SET", "JSON_REPLACE", "JSON_REMOVE", "JSON_SET"])
        arguments = "".join(f", '{self.path()}'" + ("" if function == "JSON_REMOVE" else f", {self.atom()}")
                            for _ in range(self.random.randint(1, 3)))
        if function == "JSON_REMOVE":
            arguments = arguments.replace("'$'", "'$.a'")
        return f"{column} = {function}({column}{arguments})"

    def update_documents(self):
        sets = self.json_change("j")
        if self.random.random() < 0.3:
            sets += ", " + self.json_change("k")
        if self.random.random() < 0.3:
            sets = f"note = '{self.random.randint(0, 9)}'"
        return f"UPDATE documents SET {sets} WHERE " + self.random.choice([f"id = {self.id()}", f"id > {self.id()}"])

    def move_documents(self):
        sets = self.random.choice(["", ", " + self.json_change("j")])
        return f"UPDATE documents SET id = {self.id()}{sets} WHERE id = {self.id()}"

    def delete_documents(self):
        return f"DELETE FROM documents WHERE id = {self.id()}"


def test_images_are_mixed(pair):
    """Rows with and without all columns, in one batch and over many, with restarts of the worker in between."""
    create(pair)
    task = pair.run_task(options={"batch_rows": 100})
    for seed in range(4):
        Session(pair, seed).run(120)
        follows(pair, task, *source_tables(pair))
        task.stop()
        wait_until(lambda: task.row()["pid"] is None, 20, "the worker ends")
        Session(pair, seed + 100).run(120)
        task.start()
        follows(pair, task, *source_tables(pair))
    assert task.errors() == []
    assert task.state() == "synchronizing"


@pytest.mark.greenplum
def test_what_moves_takes_its_cells_along(pair):
    """A row whose key changes is logged without what stays: it comes from the row in the target."""
    create(pair)
    pair.source_execute("""
        INSERT INTO wide (id, sub, t, b, e, nn, z) VALUES (1, 'a', REPEAT('t', 90000), x'00ff27', 'ö', 'n', 5),
            (2, 'a', '', '', 'a', '', 0), (3, 'B', NULL, NULL, 'a', '', 0)""")
    task = pair.run_task()
    for image in IMAGES:
        pair.source_execute(f"""
            SET SESSION binlog_row_image = '{image}';
            UPDATE wide SET id = id + 10;
            BEGIN; UPDATE wide SET id = 99 WHERE id = 11; UPDATE wide SET id = 11 WHERE id = 12;
            UPDATE wide SET id = 12, n = 7 WHERE id = 99; COMMIT;
            BEGIN; UPDATE wide SET n = 8 WHERE id = 11; UPDATE wide SET sub = 'z' WHERE id = 11; DELETE FROM wide WHERE id = 12;
            INSERT INTO wide (id, sub, e, nn, z) VALUES (12, 'a', 'a', 'new', 1); COMMIT;
            UPDATE wide SET id = id - 10, sub = LOWER(sub)""")
        follows(pair, task, "wide")
    assert task.errors() == []


@pytest.mark.sources("mysql9")
def test_json_is_the_same_text(pair):
    """Partial updates give, byte for byte, what the source prints."""
    create(pair)
    task = pair.run_task()
    for image in IMAGES:
        pair.source_execute(f"""
            SET SESSION binlog_row_image = '{image}', binlog_row_value_options = 'PARTIAL_JSON';
            DELETE FROM documents;
            INSERT INTO documents (id, j, k) VALUES (1, '{{"bb": 1, "a": [1, 2.50, "x"], "ccc": {{"d": "{'y' * 200}"}}}}', '[]'),
                (2, '["{'z' * 100}", [1, 2, 3]]', '{{"k": "{'v' * 100}"}}')""")
        task.wait_for_catchup()  # the batch must not know the rows
        for change in ("j = JSON_SET(j, '$.a[1]', 1e10), k = JSON_ARRAY(1)", "j = JSON_SET(j, '$.zz', 1, '$.aa', 2, '$.b', 3)",
                       "j = JSON_REMOVE(j, '$.bb', '$.a[0]')", "j = JSON_ARRAY_INSERT(j, '$.a[1]', 'in', '$[1][1]', 'ed')",
                       "j = JSON_REPLACE(j, '$.ccc.d', 'ü\\t\"'), k = JSON_SET(k, '$.k', 'short')",
                       "j = JSON_SET(j, '$.\"a b\".c', 1, '$.\"a.b\"', 2, '$.ü', 3, '$.\"\"', 4)", "id = id + 10",
                       "j = JSON_SET(j, '$[1][last]', 'l'), id = id - 10", "note = 'x'"):
            pair.source_execute(f"SET SESSION binlog_row_image = '{image}', binlog_row_value_options = 'PARTIAL_JSON';"
                                f"UPDATE documents SET {change}")
        follows(pair, task, "documents")
        texts = "SELECT id, {0}, {1} FROM {2}documents ORDER BY id"
        assert pair.target_query(texts.format("j::text", "k::text", f'"{pair.name}".')) == [
            tuple(row) for row in pair.source_query(texts.format("CAST(j AS CHAR)", "CAST(k AS CHAR)", ""))]
    assert task.errors() == []


def test_load_under_incomplete_changes(pair):
    """Rows move between ranges while they are loaded, and change without being told whole."""
    create(pair)
    rows = ", ".join(f"({i}, '{'aB'[i % 2]}', {i % 10 - 5}, REPEAT('t', {i % 50}), 'a', 'n', 0)" for i in range(1, 1500))
    pair.source_execute(f"INSERT INTO wide (id, sub, n, t, e, nn, z) VALUES {rows}")
    if has_json(pair):
        for i in range(1, 1500, 3):
            pair.source_execute(f"INSERT INTO documents (id, j, k) VALUES ({i}, '{Session(pair, i).document()}', '[1]')")
    stop = threading.Event()

    def write(seed):
        session = Session(pair, seed, ids=1500)
        while not stop.is_set():
            session.switch()
            session.step()
            time.sleep(0.001)

    writers = [threading.Thread(target=write, args=(seed,)) for seed in (1, 2)]
    for writer in writers:
        writer.start()
    try:
        task = pair.run_task(options={"chunk_rows": 100, "load_workers": 2})
        time.sleep(3)
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    follows(pair, task, *source_tables(pair))
    assert task.errors() == []


def test_defaults_follow_ddl(pair):
    """What an insert leaves out has the default of its time, not of now."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY DEFAULT 7, a INT DEFAULT 1, b VARCHAR(10) DEFAULT 'b', "
                        "ts TIMESTAMP NULL DEFAULT '2001-01-01 00:00:00')")
    task = pair.run_task()
    task.stop()
    pair.source_execute("""
        SET SESSION binlog_row_image = 'MINIMAL', time_zone = '+03:00', sql_mode = 'STRICT_ALL_TABLES';
        INSERT INTO t (id) VALUES (1);
        ALTER TABLE t ALTER a SET DEFAULT 2, ALTER b DROP DEFAULT; INSERT INTO t (id, b) VALUES (2, 'x');
        ALTER TABLE t MODIFY a INT DEFAULT '3', ADD c DECIMAL(6, 2) DEFAULT 1.005; INSERT INTO t (id, b) VALUES (3, 'x');
        ALTER TABLE t CHANGE ts ts2 TIMESTAMP NULL DEFAULT '2020-06-01 12:00:00'; INSERT INTO t (id, b) VALUES (4, 'x');
        ALTER TABLE t MODIFY ts2 TIMESTAMP NULL, ALTER b SET DEFAULT 'y'; INSERT INTO t (id) VALUES (5);
        ALTER TABLE t ADD bin BINARY(4) DEFAULT x'01ff', ADD bits BIT(4) DEFAULT b'11', MODIFY a INT; INSERT INTO t () VALUES ();
        ALTER TABLE t ALTER a SET DEFAULT 99""")
    task.start()
    follows(pair, task, "t")
    assert task.errors() == []


@pytest.mark.sources("mysql9")
def test_tasks_that_are_no_copy(pair):
    """Incomplete updates change what is there; rows that only the source has whole are read there."""
    create(pair)
    pair.source_execute(f"INSERT INTO documents (id, j) VALUES (1, '{Session(pair, 1).document()}'), (2, '{{\"a\": 1}}')")
    task = pair.task().create(sync_data=False).start().wait_state("synchronizing")
    pair.source_execute("""
        SET SESSION binlog_row_image = 'MINIMAL', binlog_row_value_options = 'PARTIAL_JSON';
        UPDATE documents SET note = 'lost' WHERE id = 2;
        UPDATE documents SET j = JSON_SET(j, '$.a', 10) WHERE id = 1;
        INSERT INTO documents (id, j) VALUES (3, '[]'); UPDATE documents SET id = 4 WHERE id = 3;
        UPDATE documents SET id = 20 WHERE id = 2""")
    follows(pair, task, "documents")
    assert task.errors() == []


@pytest.mark.sources("mariadb")
def test_replaced_rows_are_ahead(pair):
    """A row read again holds what the binlog tells later: not telling it a second time must not bring old values back."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, a INT DEFAULT 1, b INT DEFAULT 2); INSERT INTO t VALUES (1, 3, 3), (2, 3, 3)")
    task = pair.run_task(options={"batch_rows": 1})
    task.stop()
    pair.source_execute("""
        SET SESSION binlog_row_image = 'MINIMAL';
        REPLACE INTO t (id, b) VALUES (1, 7); UPDATE t SET a = 5 WHERE id = 1; REPLACE INTO t (id, b) VALUES (1, 8);
        REPLACE INTO t (id, a) VALUES (2, 7); UPDATE t SET id = 3, b = 9 WHERE id = 2; REPLACE INTO t (id, a) VALUES (3, 8);
        INSERT INTO t VALUES (2, 5, 5); DELETE FROM t WHERE id = 2; INSERT INTO t (id) VALUES (4); UPDATE t SET b = 6 WHERE id = 4;
        REPLACE INTO t (id) VALUES (4); DELETE FROM t WHERE id = 4; INSERT INTO t (id, b) VALUES (4, 4)""")
    task.start()
    follows(pair, task, "t")
    assert task.errors() == []


@pytest.mark.sources("mariadb", "mysql56")
def test_numbers_of_any_size_are_found_again(pair):
    """Keys of DOUBLE and FLOAT of rows that are read again from the source."""
    doubles = ("1e17", "2e20", "-1e300", "5e-324", "1.7976931348623157e308", "0.1", "1e-5", "123456789012345678", "-0.5", "0", "1e22")
    floats = ("1e17", "-2e20", "3.4e38", "1e-5", "0.1", "16777215", "2.5e-38", "7", "0.5", "9", "1e22")
    pair.source_execute("CREATE TABLE t (g DOUBLE, f FLOAT, a INT DEFAULT 1, b INT DEFAULT 2, PRIMARY KEY (g, f))")
    pair.source.execute_many("INSERT INTO t (g, f) VALUES (%s, %s)", list(zip(doubles, floats)), pair.name)
    task = pair.task().create(sync_data=False).start().wait_state("synchronizing")
    pair.source_execute("SET SESSION binlog_row_image = 'MINIMAL'; UPDATE t SET f = f / 2, b = 4")
    task.wait_for_catchup()
    pair.assert_same("t")
    assert task.errors() == []


@pytest.mark.sources("mysql9")
def test_documents_read_again_are_ahead(pair):
    create(pair)
    pair.source_execute("INSERT INTO documents (id, j) VALUES (1, '{\"a\": 0}')")
    task = pair.task().create(sync_data=False, options={"batch_rows": 1}).start().wait_state("synchronizing")
    task.stop()
    pair.source_execute("""
        SET SESSION binlog_row_image = 'MINIMAL', binlog_row_value_options = 'PARTIAL_JSON';
        UPDATE documents SET id = 2 WHERE id = 1; UPDATE documents SET j = JSON_OBJECT('a', 1, 'b', REPEAT('b', 300));
        UPDATE documents SET j = JSON_SET(j, '$.a', 2) WHERE id = 2""")
    task.start()
    follows(pair, task, "documents")
    assert task.errors() == []


@pytest.mark.sources("mariadb")
def test_rows_read_again_and_ddl(pair):
    """What DDL does to the target behind a row that was read ahead of it has to be made up for."""
    for table in ("t", "u"):
        pair.source_execute(f"CREATE TABLE {table} (id INT PRIMARY KEY, a INT, b INT DEFAULT 1); INSERT INTO {table} VALUES (1, 1, 1)")
    task = pair.run_task(options={"batch_rows": 1})
    task.stop()
    pair.source_execute("""
        SET SESSION binlog_row_image = 'MINIMAL';
        REPLACE INTO t (id, a) VALUES (1, 2); ALTER TABLE t ADD c INT DEFAULT 7; UPDATE t SET c = 9 WHERE id = 1;
        REPLACE INTO u (id, a) VALUES (1, 2); TRUNCATE u; INSERT INTO u VALUES (1, 3, 3)""")
    task.start()
    follows(pair, task, "t", "u")
    assert task.errors() == []
