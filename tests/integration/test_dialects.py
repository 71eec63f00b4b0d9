"""What a binlog can look like: settings of the server and of sessions that change the events, not the rows."""

import contextlib
import hashlib
import subprocess
import threading
from pathlib import Path

import pytest

from harness.proxy import EventProxy, make_event
from harness.servers import SCRIPT, CannotBeHad, Source
from test_stream import failure, follows, streaming

PLAIN = "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(100)); INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, 'three')"
CHANGES = """INSERT INTO t VALUES ({0}, 'a'), ({0} + 1, 'b'); UPDATE t SET v = CONCAT(v, '.'); FLUSH LOGS;
    BEGIN; UPDATE t SET id = id + 5000 WHERE id = {0}; DELETE FROM t WHERE id = {0} + 1; SAVEPOINT s;
    INSERT INTO t VALUES ({0} + 2, 'c'); ROLLBACK TO s; INSERT INTO t VALUES ({0} + 3, 'd'); COMMIT"""


def changes(n):
    """Rows of every kind, over the end of a file."""
    return CHANGES.format(100 * n)


@pytest.fixture
def new_source(servers_directory):
    """A server of its own for settings that are fixed at the start. To be asked for before the pair that uses it."""
    with contextlib.ExitStack() as stack:
        def make(kind, name, options):
            source = Source(kind, servers_directory / name, options)
            source.setup()
            stack.callback(source.stop)
            source.start()
            return source
        yield make


# --- what stands beside the rows ---------------------------------------------------------------------------------


@pytest.mark.sources("mariadb", "mysql9")
def test_metadata_of_rows(pair):
    """With names and signs, without, and switched in the midst, also while columns change."""
    task = streaming(pair, PLAIN + "; CREATE TABLE n (id BIGINT UNSIGNED PRIMARY KEY, a TINYINT UNSIGNED, b TINYINT,"
                                   "e ENUM('x','y'), s SET('p','q')) CHARACTER SET latin1")
    numbers = "INSERT INTO n VALUES (18446744073709551615 - {0}, 255, -128, 'y', 'p,q')"
    modes = ("FULL", "MINIMAL", "NO_LOG", "FULL") if pair.source.kind == "mariadb" else ("FULL", "MINIMAL", "FULL")
    for n, mode in enumerate(modes, 1):
        with pair.source.set_global(binlog_row_metadata=mode):
            pair.source_execute(changes(n))
            pair.source_execute(numbers.format(n))
            pair.source_execute(f"ALTER TABLE t ADD COLUMN c{n} INT DEFAULT {n}; ALTER TABLE t CHANGE c{n} d{n} INT;"
                                f"INSERT INTO t (id, v, d{n}) VALUES ({100 * n + 50}, 'new', 7);"
                                f"ALTER TABLE t DROP COLUMN d{n}")
    follows(pair, task, "t", "n")
    assert task.errors() == []


def test_statements_beside_the_rows(pair):
    """Rows_query and Annotate_rows events tell what rows came of, and mean nothing here."""
    task = streaming(pair, PLAIN)
    name = "binlog_annotate_row_events" if pair.source.kind == "mariadb" else "binlog_rows_query_log_events"
    for on in (0, 1):
        pair.source_execute(f"SET SESSION {name} = {on}; {changes(on + 1)};"
                            f"UPDATE t SET v = 'DROP TABLE t' /* RENAME TABLE t TO u */")
    follows(pair, task)


def test_tables_made_of_a_query(pair):
    """CREATE TABLE ... SELECT: the statement and the rows are one transaction."""
    task = streaming(pair, PLAIN + "; CREATE TABLE old (id INT PRIMARY KEY)", tables=[f"{pair.name}.t", f"{pair.name}.n*"])
    made = ["CREATE TABLE other SELECT * FROM t", "CREATE TABLE new1 (PRIMARY KEY (id)) SELECT * FROM t",
            "CREATE TABLE IF NOT EXISTS new1 SELECT * FROM t", "CREATE TABLE IF NOT EXISTS t SELECT 99 AS id",
            "CREATE TEMPORARY TABLE temp SELECT * FROM t", "CREATE TABLE vacant SELECT * FROM t WHERE id = 77",
            "CREATE TABLE new2 AS SELECT v FROM t"]
    if pair.source.kind != "mysql9":  # which keeps GTIDs from it
        made += ["CREATE TABLE other_engine ENGINE = MyISAM SELECT * FROM t"]
    if pair.source.kind == "mariadb":
        made += ["CREATE OR REPLACE TABLE other SELECT id FROM t", "CREATE OR REPLACE TABLE old SELECT * FROM t"]
    with pair.source.connect(pair.name) as connection, connection.cursor() as cursor:
        for n, statement in enumerate(made):
            cursor.execute(statement)
            cursor.execute("INSERT INTO t VALUES (%s, 'between')", (10 + n,))
    follows(pair, task)
    assert {error["source_table"] for error in task.errors()} == {f"{pair.name}.new2"}  # without a key
    pair.assert_same("new1")
    assert task.state() == "synchronizing"
    task.stop().start()
    follows(pair, task, sql="INSERT INTO new1 VALUES (90, 'x'); INSERT INTO t VALUES (90, 'x')")
    pair.assert_same("new1")


# --- GTIDs -------------------------------------------------------------------------------------------------------


@pytest.mark.sources("mysql9")
def test_gtids_of_mysql(pair):
    """Without, with and with a tag; the mode is changed while the task runs."""
    task = streaming(pair, PLAIN, tables=[f"{pair.name}.t"])
    modes = ["ON_PERMISSIVE", "OFF_PERMISSIVE", "OFF"]
    source = pair.source
    follows(pair, task, sql="SET gtid_next = 'AUTOMATIC:nightly';" + changes(1))
    follows(pair, task, sql="SET gtid_next = 'AUTOMATIC:tag_2'; ALTER TABLE t ADD COLUMN n INT;"
                            "UPDATE t SET n = 1; ALTER TABLE t DROP COLUMN n")
    assert has_executed(source, task)
    assert ":nightly:1" in task.row()["gtid_set"] and ":tag_2:1-3" in task.row()["gtid_set"]
    with contextlib.ExitStack() as restore:
        for n, mode in enumerate(modes, 2):
            source.execute(f"SET GLOBAL gtid_mode = {mode}")
            restore.callback(source.execute, "SET GLOBAL gtid_mode = " + (["ON"] + modes)[n - 2])
            follows(pair, task, sql=f"CREATE TABLE made{n} SELECT * FROM t;" + changes(n))
        task.stop().start()
        follows(pair, task, sql=changes(6))
    follows(pair, task, sql=changes(7))
    assert has_executed(source, task)
    assert task.errors() == []


def has_executed(source, task):
    """Both print their sets in an order and grouping of their own."""
    gtids = task.row()["gtid_set"]
    return source.query("SELECT GTID_SUBSET(%s, @@gtid_executed) AND GTID_SUBSET(@@gtid_executed, %s)",
                        (gtids, gtids)) == [(1,)]


@pytest.mark.sources("mariadb")
def test_gtids_of_mariadb(pair):
    """Several domains and servers in one log: each domain has a last one."""
    task = streaming(pair, PLAIN)
    for n, domain in enumerate((7, 4294967295, 7), 1):
        follows(pair, task, sql=f"SET SESSION gtid_domain_id = {domain}; SET SESSION server_id = {40 + n};" + changes(n))
    follows(pair, task, sql="SET SESSION gtid_domain_id = 8; SET SESSION gtid_seq_no = 1000000; FLUSH LOGS;"
                            "INSERT INTO t VALUES (50, 'x')")
    gtids = task.row()["gtid_set"].split(",")
    assert sorted(gtids) == sorted(pair.source.query("SELECT @@GLOBAL.gtid_binlog_pos")[0][0].split(","))
    assert f"8-{pair.source.port}-1000000" in gtids and any(gtid.startswith("7-43-") for gtid in gtids)
    task.stop().start()
    follows(pair, task, sql=changes(9))


def test_old_row_events_and_gtids_of_mysql56(new_source, new_pair):
    """What a 5.6 can write and does not by default."""
    source = new_source("mysql56", "v1", ["--log-bin-use-v1-row-events=1", "--gtid-mode=ON", "--log-slave-updates",
                                          "--enforce-gtid-consistency", "--binlog-rows-query-log-events=1"])
    pair = new_pair(source)
    task = streaming(pair, PLAIN + "; CREATE TABLE w (id INT PRIMARY KEY, a DECIMAL(20,5), b BLOB, c TIMESTAMP(3))")
    follows(pair, task, "t", "w", sql=changes(1) + """; INSERT INTO w VALUES (1, -1.5, x'00ff', '2020-01-02 03:04:05.678'),
        (2, NULL, NULL, NULL); UPDATE w SET b = CONCAT(b, b); DELETE FROM w WHERE id = 2""")
    name = source.query("SHOW BINARY LOGS")[-1][0]
    assert "Update_rows_v1" in {row[2] for row in source.binlog_events(name)}
    assert task.row()["gtid_set"] == source.query("SELECT @@GLOBAL.gtid_executed")[0][0]
    task.stop().start()
    follows(pair, task, "t", "w", sql=changes(2))


@pytest.mark.sources("mariadb")
def test_names_without_case(new_source, new_pair):
    """However a statement spells a database: what is known of it, and that it is gone, stays so over a restart."""
    pair = new_pair(new_source("mariadb", "folding", ["--lower-case-table-names=1"]))
    task = streaming(pair, PLAIN)
    pair.source.execute(f"DROP DATABASE {pair.name.upper()}")
    task.wait_for_catchup().stop().start()
    pair.source.execute(f"CREATE DATABASE IF NOT EXISTS {pair.name} CHARACTER SET greek")
    pair.source_execute("CREATE TABLE u (id INT PRIMARY KEY, v VARCHAR(20)); INSERT INTO u VALUES (1, 'μέγεθος')")
    follows(pair, task, "u")
    known = pair.target_query("SELECT source_database, charset FROM mysql_sync.database_charset")
    assert known == [(pair.name, "greek")]
    pair.source.execute(f"CREATE TABLE {pair.name.upper()}.FIRST (id INT PRIMARY KEY); INSERT INTO {pair.name}.first VALUES (1)")
    pair.source_execute("CREATE TABLE Second LIKE FIRST; RENAME TABLE SECOND TO Third; INSERT INTO third VALUES (2)")
    pair.source_execute("CREATE TABLE `Äpfel` (id INT PRIMARY KEY, `Größe` INT); INSERT INTO ÄPFEL VALUES (1, 1); TRUNCATE ÄPFEL;"
                        "INSERT INTO äpfel VALUES (2, 2); ALTER TABLE ÄpfeL CHANGE GRÖßE masse BIGINT; UPDATE äpfel SET masse = 3;"
                        "CREATE TABLE ÜBEL (id INT PRIMARY KEY); RENAME TABLE ÜBEL TO neu; INSERT INTO neu VALUES (1)")
    follows(pair, task, "first", "third", "äpfel", "neu")
    assert f"{pair.name}.übel" not in {name for name, row in task.tables().items() if row["state"] != "dropped"}


# --- engines -----------------------------------------------------------------------------------------------------


@pytest.mark.sources("mariadb", "mysql56")
def test_engines_in_one_transaction(pair):
    """What an engine without transactions has done stays; the log says so by a transaction of its own."""
    task = streaming(pair, PLAIN + "; CREATE TABLE m (id INT PRIMARY KEY, v INT) ENGINE=MyISAM")
    both = "INSERT INTO t VALUES ({0}, 'x'); INSERT INTO m VALUES ({0}, 1); UPDATE m SET v = v + 1"
    follows(pair, task, "t", "m", sql=f"""BEGIN; {both.format(10)}; COMMIT; BEGIN; {both.format(11)}; ROLLBACK;
        BEGIN; INSERT INTO m VALUES (20, 0); {both.format(12)}; UPDATE t, m SET t.v = 'both', m.v = 7 WHERE t.id = m.id;
        COMMIT; BEGIN; UPDATE t, m SET t.v = 'gone', m.v = 8 WHERE t.id = m.id; ROLLBACK""")
    assert task.errors() == []


@pytest.mark.sources("mariadb", "mysql56")
def test_engines_and_a_savepoint(pair):
    """Where rows of an engine without transactions stand behind it, going back is logged."""
    task = streaming(pair, PLAIN + "; CREATE TABLE m (id INT PRIMARY KEY) ENGINE=MyISAM", tables=[f"{pair.name}.t"])
    going_back = "BEGIN; INSERT INTO {0} VALUES (10{1}); SAVEPOINT s; INSERT INTO {0} VALUES (11{1}); " \
                 "INSERT INTO m SELECT id + {2} FROM {0}; ROLLBACK TO s; COMMIT"
    pair.source_execute("CREATE TABLE other (id INT PRIMARY KEY)")
    follows(pair, task, sql=going_back.format("other", "", 1000))
    follows(pair, task, sql=going_back.format("t", ", 'x'", 2000))


# --- what stops a task -------------------------------------------------------------------------------------------


def test_incident(pair):
    """The source could not log what a table without transactions had already done, and says so in the log."""
    task = streaming(pair, PLAIN + "; CREATE TABLE m (id INT PRIMARY KEY, v VARCHAR(1000)) ENGINE=MyISAM",
                     tables=[f"{pair.name}.t"])
    follows(pair, task, sql="INSERT INTO t VALUES (10, 'before')")
    before = pair.source.binlog_position()
    many = ", ".join(f"({i}, REPEAT('x', 900))" for i in range(100))
    with pair.source.set_global(max_binlog_stmt_cache_size=4096, binlog_stmt_cache_size=4096):
        with contextlib.suppress(Exception):
            pair.source_execute(f"INSERT INTO m VALUES {many}")
    pair.source_execute("INSERT INTO t VALUES (11, 'behind')")
    error = failure(task)
    assert "incident" in error["message"] and "reset_task" in error["remedy"]
    assert error["position"] == ":".join(map(str, before))


IGNORABLE = 0x80  # LOG_EVENT_IGNORABLE_F


@pytest.mark.sources("mariadb")
def test_events_of_an_unknown_kind(pair):
    """As a later version may write them: those marked as ignorable are passed over, others stop the task."""
    proxy = EventProxy(pair.source.port)
    try:
        pair.target_execute(f"ALTER SERVER source OPTIONS (SET port '{proxy.port}', ADD ssl_mode 'disabled')")
        task = streaming(pair, PLAIN)
        proxy.inject(make_event(99, b"something new", IGNORABLE))
        proxy.inject(make_event(29, b"\x04rows"))  # Rows_query, which is known
        follows(pair, task, sql="INSERT INTO t VALUES (10, 'a'); INSERT INTO t VALUES (11, 'b')")
        proxy.inject(make_event(99, b"something new"))
        error = failure(task)
        assert "type 99" in error["message"] and error["remedy"]
        assert error["position"] == task.row()["applied_position"] == ":".join(map(str, pair.source.binlog_position()))
        follows(pair, task.start(), sql="INSERT INTO t VALUES (12, 'c')")
    finally:
        proxy.close()


@pytest.mark.sources("mariadb")
def test_create_with_rows_in_a_torn_transaction(pair):
    """The source died while it logged the rows: there is no such table."""
    proxy = EventProxy(pair.source.port)
    try:
        pair.target_execute(f"ALTER SERVER source OPTIONS (SET port '{proxy.port}', ADD ssl_mode 'disabled')")
        task = streaming(pair, PLAIN)
        proxy.tear_at(b"CREATE TABLE `torn`")
        follows(pair, task, sql="CREATE TABLE torn (PRIMARY KEY (id)) SELECT id FROM t; INSERT INTO t VALUES (10, 'behind')")
        assert f"{pair.name}.torn" not in task.tables()
        assert pair.target_query("SELECT 1 FROM pg_tables WHERE tablename = 'torn'") == []
    finally:
        proxy.close()


# --- large ones --------------------------------------------------------------------------------------------------

ROW = 256 << 20


class PeakMemory:
    """What the workers of a database have needed at most, sampled until the end of a with block. In bytes."""

    def __init__(self, pair):
        self._pair = pair
        self.by_kind = {}

    def __enter__(self):
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._done.set()
        self._thread.join()

    def _watch(self):
        while not self._done.wait(0.05):
            for pid, kind in self._pair.target_query("SELECT pid, backend_type FROM pg_stat_activity WHERE datname = %s "
                                                     "AND backend_type LIKE 'mysql_sync%%'", (self._pair.name,)):
                with contextlib.suppress(OSError):  # it may just have ended
                    status = Path(f"/proc/{pid}/status").read_text()
                    private = sum(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon"))
                    self.by_kind[kind] = max(self.by_kind.get(kind, 0), private * 1024)


@pytest.fixture(scope="module")
def encrypting_mariadb(servers_directory):
    """A server whose binlog is encrypted on its disk, and which takes rows of any size."""
    directory = servers_directory / "encrypting"
    keys = servers_directory / "keys.txt"
    keys.write_text("1;" + "a1" * 32 + "\n")
    keys.chmod(0o644)
    source = Source("mariadb", directory, ["--plugin-load-add=file_key_management", "--encrypt-binlog=ON",
                                           f"--file-key-management-filename={keys}", "--max-allowed-packet=1G",
                                           "--max-recursive-iterations=100000"])
    source.setup()
    source.start()
    yield source
    source.stop()


@pytest.mark.long
def test_rows_of_256_megabytes(encrypting_mariadb, new_pair):
    """Through the load and through the stream, with the memory of a few such rows."""
    pair = new_pair(encrypting_mariadb)
    pair.source_execute(f"""CREATE TABLE t (id INT PRIMARY KEY, b LONGBLOB, t LONGTEXT) ENGINE=MyISAM CHARACTER SET utf8mb4;
        INSERT INTO t VALUES (1, REPEAT(x'00ff', {ROW // 2}), NULL)""")
    with PeakMemory(pair) as memory:
        task = pair.run_task(timeout=150)
        pair.source_execute(f"INSERT INTO t VALUES (2, NULL, REPEAT('ü', {ROW // 2}))")
        task.wait_for_catchup(150)
    digests = [hashlib.md5(value * (ROW // 2)).hexdigest() for value in (b"\0\xff", "ü".encode())]
    found = pair.target_query(f'SELECT md5(CASE id WHEN 1 THEN b END), md5(CASE id WHEN 2 THEN t END) FROM "{pair.name}".t '
                              "ORDER BY id")
    assert found == [(digests[0], None), (None, digests[1])]
    memory.by_kind.pop("mysql_sync launcher", None)  # it may look in
    assert memory.by_kind.keys() == {"mysql_sync load", "mysql_sync task"}
    assert ROW < max(memory.by_kind.values()) < 5 * ROW, memory.by_kind


# --- on the source's disk ----------------------------------------------------------------------------------------

LARGE = "INSERT INTO t SELECT 10000 + d.n, RANDOM_BYTES(1024) FROM (WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL " \
        "SELECT n + 1 FROM s WHERE n < 18000) SELECT n FROM s) d; UPDATE t SET v = REPEAT('x', 17000000) WHERE id = 10001"
BLOBS = "CREATE TABLE t (id INT PRIMARY KEY, v LONGBLOB); INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, 'three')"


def test_encrypted_and_compressed_log_of_mariadb(encrypting_mariadb, new_pair):
    pair = new_pair(encrypting_mariadb)
    task = streaming(pair, BLOBS)
    follows(pair, task, sql=changes(1))
    task.stop()
    with pair.source.set_global(log_bin_compress=1, log_bin_compress_min_len=100):
        follows(pair, task.start(), sql=f"BEGIN; {LARGE}; COMMIT; ALTER TABLE t ADD COLUMN n INT DEFAULT 1 "
                                        f"COMMENT '{'long enough to be compressed ' * 10}'; UPDATE t SET n = 2 WHERE id < 20")
    with open(pair.source.directory / "data" / "binlog.000001", "rb") as log:
        assert b"CREATE TABLE" not in log.read()


@pytest.fixture
def encrypting_mysql9(servers_directory, sources, monkeypatch):
    """The keyring is a component that is configured beside the server's program: here in a copy made of links."""
    try:
        sources.get("mysql9")
    except CannotBeHad as reason:
        pytest.skip(f"SOURCE SKIPPED: mysql9 - {reason}")
    lib = SCRIPT.parent / "lib"
    home = subprocess.run(["bash", "-c", f". {lib}/packages.sh; . {lib}/source_mysql9.sh; mysql9_home"], check=True,
                          capture_output=True, text=True).stdout.strip()
    directory = servers_directory / "encrypting9"
    copy = servers_directory / "cache" / Path(home).name
    copy.parent.mkdir()
    subprocess.run(["cp", "-rs", home, copy], check=True)
    (copy / "usr/sbin/mysqld.my").write_text('{"components": "file://component_keyring_file"}')
    (copy / "usr/lib/mysql/plugin/component_keyring_file.cnf").write_text(
        f'{{"path": "{directory}/data/keys", "read_only": false}}')
    monkeypatch.setenv("MYSQL_SYNC_CACHE", str(copy.parent))
    source = Source("mysql9", directory, ["--binlog-encryption=ON"])
    try:
        source.start()
        yield source
    finally:
        source.stop()


def test_encrypted_log_of_mysql(encrypting_mysql9, new_pair):
    pair = new_pair(encrypting_mysql9)
    assert {row[2] for row in pair.source.query("SHOW BINARY LOGS")} == {"Yes"}
    task = streaming(pair, BLOBS)
    follows(pair, task, sql=changes(1))
    task.stop()
    follows(pair, task.start(), sql=changes(2))


@pytest.mark.sources("mysql9")
def test_large_compressed_transaction(pair):
    """The payload alone is more than one packet of the protocol, and so is an event in it."""
    task = streaming(pair, BLOBS)
    follows(pair, task, sql="SET SESSION cte_max_recursion_depth = 100000; SET SESSION binlog_transaction_compression = ON;"
                            f"BEGIN; {LARGE}; COMMIT; " + changes(1))
