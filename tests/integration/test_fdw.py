"""Foreign tables: what they return, what the source is asked for, what is refused, and how a wait ends."""

import contextlib
import random
import threading
import time

import psycopg2
import pytest

from harness.compare import Policies
from harness.random_relations import REVERSED_ORDER
from harness.wait import wait_until

TYPES = """CREATE TABLE types (id int PRIMARY KEY,
  ti tinyint, tiu tinyint unsigned, t1 tinyint(1), si smallint, siu smallint unsigned,
  mi mediumint, miu mediumint unsigned, i int, iu int unsigned, bi bigint, biu bigint unsigned,
  de decimal(65,30), de0 decimal(10,0), deu decimal(5,2) unsigned, f float, d double, bt bit(10), bt64 bit(64),
  da date, dt datetime, ts timestamp NULL, tm time, y year,
  c char(5), vc varchar(20), tt tinytext, tx text, lt longtext, l1 varchar(20) CHARACTER SET latin1,
  bn binary(4), vb varbinary(10), tb tinyblob, bl longblob,
  en enum('a','ö','it''s'), st set('x','y','z'), g point) CHARACTER SET utf8mb4"""

LEAST = """1, -128, 0, 0, -32768, 0, -8388608, 0, -2147483648, 0, -9223372036854775808, 0,
  -99999999999999999999999999999999999.999999999999999999999999999999, -9999999999, 0, -3.40282e38, -1.7976931348623157e308,
  0, 0, '0001-01-01', '1000-01-01 00:00:00', '1970-01-01 00:00:01', '-838:59:59', 1901,
  '', '', '', '', '', '', '', '', '', '', 'a', '', ST_GeomFromText('POINT(-1.5 0)')"""

MOST = """2, 127, 255, 1, 32767, 65535, 8388607, 16777215, 2147483647, 4294967295, 9223372036854775807,
  18446744073709551615, 99999999999999999999999999999999999.999999999999999999999999999999, 9999999999, 999.99,
  3.40282e38, 1.7976931348623157e308, 1023, 18446744073709551615, '9999-12-31', '9999-12-31 23:59:59',
  '2038-01-19 03:14:07', '838:59:59', 2155, 'abcde', 'żółw 😀 \\' \\\\ \\n', 'ü', 'ü', REPEAT('long ', 30000), 'déjà €',
  x'00ff00ff', x'00', x'ff', REPEAT(x'00ff', 100000), 'it''s', 'x,y,z', ST_GeomFromText('POINT(1e300 -7)')"""

MIDDLE = """3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0.000000000000000000000000000001, 1, 0.01, 0.1, 0.1, 1, 1,
  '2020-02-29', '2020-02-29 12:34:56', '2020-02-29 12:34:56', '00:00:01', 2020,
  'a b', ' x ', ' ', 'a\\tb', 'x', 'x', 'a', 'a', 'a', 'a', 'ö', 'x,z', NULL"""


@pytest.fixture
def shop(pair):
    """A pair with a small table on the source."""
    pair.source_execute("""CREATE TABLE orders (id int PRIMARY KEY, customer bigint, price decimal(10,2), note varchar(30),
                                                made date, bytes varbinary(10));
        INSERT INTO orders VALUES (1, 10, 1.50, 'One', '2024-01-01', x'01'), (2, NULL, 2.50, 'one', '2024-02-01', x'00ff'),
          (3, 10, -3, NULL, NULL, NULL), (4, 7, NULL, 'two', '2024-03-01', x''), (5, 9, 1.5, 'TWO', '2023-12-31', x'02')""")
    import_all(pair)
    return pair


def import_all(pair):
    return [row[0] for row in pair.target_query("SELECT mysql_sync.import_schema(%s, %s)", (pair.server, pair.name))]


def remote_query(pair, sql):
    """What the source is asked for, without the database's name."""
    lines = [row[0].strip() for row in pair.target_query("EXPLAIN (COSTS OFF) " + sql)]
    asked = [line for line in lines if line.startswith("MySQL query: ")]
    assert len(asked) == 1, lines
    return asked[0].replace("MySQL query: ", "").replace(f"`{pair.name}`.", "")


def fails(pair, sql, state=None):
    """The error that the statement ends with."""
    with pytest.raises(psycopg2.Error) as raised:
        pair.target_query(sql)
    assert state is None or raised.value.pgcode == state, raised.value
    return str(raised.value)


def test_every_type_is_what_the_source_prints(pair):
    pair.source_execute("SET sql_mode = ''; SET time_zone = '+00:00';" + TYPES)
    for row in (LEAST, MOST, MIDDLE, "4" + ", NULL" * 36):
        pair.source_execute(f"SET sql_mode = ''; SET time_zone = '+00:00'; INSERT INTO types VALUES ({row})")
    import_all(pair)
    pair.assert_same("types")


@pytest.mark.sources("mariadb", "mysql56", "mysql9")
def test_fractions_of_a_second(pair):
    pair.source_execute("""CREATE TABLE times (id int PRIMARY KEY, dt datetime(6), ts timestamp(3) NULL, tm time(6));
        SET time_zone = '+00:00';
        INSERT INTO times VALUES (1, '2020-02-29 23:59:59.999999', '2001-01-01 01:01:01.123', '-838:59:58.999999'),
                                 (2, '1000-01-01 00:00:00.000001', '2038-01-19 03:14:07.999', '-00:00:00.000001')""")
    import_all(pair)
    pair.assert_same("times")


@pytest.mark.sources("mysql9")
def test_json(pair):
    pair.source_execute("""CREATE TABLE documents (id int PRIMARY KEY, j json); INSERT INTO documents VALUES
        (1, '{"a": [1, 2.5, null, true, "ü"], "b": {}}'), (2, 'null'), (3, NULL), (4, '18446744073709551615')""")
    import_all(pair)
    pair.assert_same("documents")
    pair.target_execute(f"ALTER FOREIGN TABLE {pair.name}.documents ALTER j TYPE jsonb")
    assert pair.target_query(f"SELECT j->'a'->>1 FROM {pair.name}.documents WHERE id = 1") == [("2.5",)]


@pytest.mark.sources("mariadb")
def test_types_of_mariadb(pair):
    pair.source_execute("""CREATE TABLE addresses (id int PRIMARY KEY, u uuid, a inet6);
        INSERT INTO addresses VALUES (1, '123e4567-e89b-12d3-a456-426655440000', '2001:db8::ff00:42:8329'),
          (2, NULL, '::'), (3, '00000000-0000-0000-0000-000000000000', '::ffff:192.0.2.1')""")
    import_all(pair)
    pair.assert_same("addresses")


def test_a_database_in_another_encoding(shop):
    shop.source_execute("UPDATE orders SET note = 'é' WHERE id = 1; UPDATE orders SET note = '😀' WHERE id = 2")
    name = f"{shop.name}_latin1"
    shop.target.execute(f"CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    try:
        shop.target.execute(f"""CREATE EXTENSION mysql_sync;
            CREATE SERVER source FOREIGN DATA WRAPPER mysql_sync OPTIONS (host '127.0.0.1', port '{shop.source.port}');
            CREATE USER MAPPING FOR PUBLIC SERVER source OPTIONS (username 'repl', password 'repl');
            CREATE FOREIGN TABLE "é" (id int, note varchar(1)) SERVER source
              OPTIONS (dbname '{shop.name}', table_name 'orders', filter 'note <> "é2"')""", database=name)
        assert shop.target.query('SELECT note FROM "é" WHERE id = 1', database=name) == [("é",)]
        with pytest.raises(psycopg2.errors.UntranslatableCharacter) as raised:
            shop.target.query('SELECT note FROM "é" WHERE id = 2', database=name)
        assert '"note"' in str(raised.value)
    finally:
        shop.target.execute(f"DROP DATABASE {name}")


def test_zero_dates_follow_the_policy(pair):
    pair.source_execute("""SET sql_mode = ''; CREATE TABLE dates (id int PRIMARY KEY, d date NOT NULL, t datetime NULL);
        INSERT INTO dates VALUES (1, '0000-00-00', '0000-00-00'), (2, '2020-00-10', '2020-01-00'), (3, '2020-01-01', NULL)""")
    import_all(pair)
    pair.assert_same("dates", policies=Policies(zero_dates=None))
    assert pair.target_query(f"SELECT id FROM {pair.name}.dates WHERE d IS NULL ORDER BY id") == [(1,), (2,)]
    assert pair.target_query(f"SELECT id FROM {pair.name}.dates WHERE d < '2030-01-01'") == [(3,)]
    pair.target_execute(f"ALTER FOREIGN TABLE {pair.name}.dates OPTIONS (ADD zero_dates '-infinity')")
    pair.assert_same("dates", policies=Policies(zero_dates="-infinity"))
    assert pair.target_query(f"SELECT id FROM {pair.name}.dates WHERE d < '2019-01-01' ORDER BY id") == [(1,), (2,)]
    pair.target_execute(f"ALTER FOREIGN TABLE {pair.name}.dates OPTIONS (SET zero_dates 'error')")
    assert "zero_dates" in fails(pair, f"SELECT * FROM {pair.name}.dates", "22008")


def test_nul_bytes_follow_the_policy(pair):
    pair.source_execute("CREATE TABLE notes (id int PRIMARY KEY, t text); INSERT INTO notes VALUES (1, CONCAT('a', CHAR(0), 'b'))")
    import_all(pair)
    message = fails(pair, f"SELECT * FROM {pair.name}.notes", "22021")
    assert '"t"' in message and "nul_bytes" in message
    pair.target_execute(f"ALTER FOREIGN TABLE {pair.name}.notes OPTIONS (ADD nul_bytes 'strip')")
    assert pair.target_query(f"SELECT t FROM {pair.name}.notes") == [("ab",)]


def test_only_needed_columns_are_read(shop):
    orders = f"{shop.name}.orders"
    assert remote_query(shop, f"SELECT count(*) FROM {orders}") == "SELECT 1 FROM `orders`"
    assert remote_query(shop, f"SELECT price FROM {orders}") == "SELECT `price` FROM `orders`"
    assert remote_query(shop, f"SELECT id FROM {orders} WHERE note = 'x'") == "SELECT `id`, `note` FROM `orders`"
    assert remote_query(shop, f"SELECT o FROM {orders} o").count("`") == 14
    assert shop.target_query(f"SELECT count(*) FROM {orders}") == [(5,)]


@pytest.mark.parametrize("condition, shipped", [
    ("id > 2", "(`id` > 2)"),
    ("3 >= id", "(3 >= `id`)"),
    ("customer = 10", "(`customer` = 10)"),
    ("customer < 8.0", "(`customer` < 8)"),
    ("customer < 7.5", None),
    ("price = 1.505", None),
    ("price IN (1.5, 2)", "(`price` IN (1.5, 2))"),
    ("price < 100000000", None),
    ("id IN (1, 2.5)", None),
    ("price <> 1.5", "(`price` <> 1.5)"),
    ("id < customer", "(`id` < `customer`)"),
    ("customer IS NULL", "(`customer` IS NULL)"),
    ("note IS NOT NULL", "(`note` IS NOT NULL)"),
    ("id IN (1, 3, 99)", "(`id` IN (1, 3, 99))"),
    ("customer NOT IN (7, 9)", "(`customer` NOT IN (7, 9))"),
    ("id = 1 OR NOT (price > 0)", "((`id` = 1) OR (`price` <= 0))"),
    ("NOT (id = 1 AND price > 0)", "((`id` <> 1) OR (`price` <= 0))"),
    ("bytes = '\\x00ff'", "(`bytes` = X'00FF')"),
    ("bytes > '\\x'", "(`bytes` > X'')"),
    ("made >= '2024-01-01'", "(`made` >= DATE'2024-01-01')"),
    ("made IS NOT NULL", "(`made` IS NOT NULL)"),
    ("made IN ('2024-01-01', '2023-12-31')", "(`made` IN (DATE'2024-01-01', DATE'2023-12-31'))"),
    ("made < 'infinity'", None),
    ("made IS NULL", None),
    ("note = 'one'", None),
    ("note IN ('one', 'two')", None),
    ("price = 'NaN'", None),
    ("price::float8 > 1", None),
    ("id + 0 = 1", None),
    ("id = 1 OR note = 'one'", None),
])
def test_conditions_at_the_source_find_the_same_rows(shop, condition, shipped):
    orders = f"{shop.name}.orders"
    asked = remote_query(shop, f"SELECT id FROM {orders} WHERE {condition}")
    assert asked.partition(" WHERE ")[2] == (shipped or "")
    shop.target_execute(f"CREATE TABLE copied AS SELECT * FROM {orders}")
    expected = shop.target_query(f"SELECT id FROM copied WHERE {condition} ORDER BY id")
    assert shop.target_query(f"SELECT id FROM {orders} WHERE {condition} ORDER BY id") == expected


def test_parameters_are_filled_in(shop):
    with shop.target.connect(shop.name) as connection, connection.cursor() as cursor:
        cursor.execute("SET plan_cache_mode = force_generic_plan")
        cursor.execute(f"PREPARE q (int, date) AS SELECT id FROM {shop.name}.orders WHERE id >= $1 AND made < $2 ORDER BY id")
        for arguments, expected in (("2, '2024-02-02'", [(2,), (5,)]), ("4, 'infinity'", [(4,), (5,)]),
                                    ("NULL, '2024-01-01'", []), ("1, '-infinity'", [])):
            cursor.execute(f"EXECUTE q ({arguments})")
            assert cursor.fetchall() == expected
    correlated = f"SELECT x, (SELECT price FROM {shop.name}.orders WHERE id = x) FROM generate_series(2, 3) x ORDER BY x"
    assert [(x, float(price)) for x, price in shop.target_query(correlated)] == [(2, 2.5), (3, -3.0)]


@pytest.mark.parametrize("order, shipped", [
    ("id", "ORDER BY `id`"),
    ("customer, id", "ORDER BY `customer` IS NULL, `customer`, `id`"),
    ("customer NULLS FIRST, id", "ORDER BY `customer`, `id`"),
    ("customer DESC, id", "ORDER BY `customer` IS NULL DESC, `customer` DESC, `id`"),
    ("customer DESC NULLS LAST, id", "ORDER BY `customer` DESC, `id`"),
    ("price, id DESC", "ORDER BY `price` IS NULL, `price`, `id` DESC"),
    ("note, id", None),
    ("made, id", None),
    ("bytes, id", None),
])
def test_order_and_limit(shop, order, shipped):
    statement = f"SELECT id FROM {shop.name}.orders ORDER BY {order} LIMIT 3 OFFSET 1"
    asked = remote_query(shop, statement)
    assert asked.endswith(f"{shipped} LIMIT 3 OFFSET 1") if shipped else "LIMIT" not in asked
    shop.target_execute(f"CREATE TABLE copied AS SELECT * FROM {shop.name}.orders")
    assert shop.target_query(statement) == shop.target_query(statement.replace(f"{shop.name}.orders", "copied"))


def test_limits_of_tables_without_rows(shop):
    """The planner asks the wrapper about relations that it has never had planned."""
    orders = f"{shop.name}.orders"
    shop.target_execute(f"""CREATE FOREIGN TABLE heir () INHERITS ({orders}) SERVER {shop.server}
        OPTIONS (dbname '{shop.name}', table_name 'orders', filter 'id = 5')""")
    with shop.target.connect(shop.name) as connection, connection.cursor() as cursor:
        cursor.execute(f"SET plan_cache_mode = force_custom_plan; PREPARE q (int) AS SELECT id FROM {orders} WHERE id = $1 LIMIT 1")
        for statement, expected in ((f"SELECT * FROM {orders} WHERE 1 = 0 LIMIT 0", []), ("EXECUTE q (NULL)", []),
                                    (f"SELECT id FROM {orders} WHERE id = NULL LIMIT 1", []), ("EXECUTE q (2)", [(2,)]),
                                    (f"SELECT id FROM {orders} WHERE false OFFSET 1", []),
                                    (f"SELECT id FROM {orders} WHERE id = 5 ORDER BY id LIMIT 1 OFFSET 1", [(5,)])):
            cursor.execute("EXPLAIN " + statement)
            cursor.execute(statement)
            assert cursor.fetchall() == expected


def test_an_order_of_another_operator_class_stays_here(shop):
    shop.target_execute("CREATE SCHEMA x;" + REVERSED_ORDER.format("int4"))
    statement = f"SELECT id FROM {shop.name}.orders ORDER BY id USING OPERATOR(x.<^) LIMIT 2"
    assert "ORDER BY" not in remote_query(shop, statement)
    assert shop.target_query(statement) == [(5,), (4,)]


def test_constants_that_a_column_cannot_hold(pair):
    """Sources compare these in ways of their own, also by an index. More scans than a source lets in connections."""
    pair.source_execute("""SET sql_mode = '';
        CREATE TABLE n (id int PRIMARY KEY, ti tinyint, bu bigint unsigned, de decimal(5,2), du decimal(5,2) unsigned, bn binary(3),
                        dt datetime, KEY (ti), KEY (bu), KEY (de), KEY (du), KEY (bn), KEY (dt));
        INSERT INTO n VALUES (1, 0, 0, 0, 0, 'ab', '2024-01-01 00:00:00'), (2, 127, 18446744073709551615, 999.99, 999.99, 'abc', NULL),
          (3, -128, 1, -999.99, 1.5, '', '2024-01-01 00:00:01'), (4, 1, 2, 0.01, 0.01, NULL, NULL), (5, 2, 9223372036854775808, 1.5, 2, NULL, NULL)""")
    import_all(pair)
    pair.target_execute(f"CREATE TABLE copied AS SELECT * FROM {pair.name}.n")
    numbers = ("-1", "1.5", "0.005", "0.5", "-0.5", "127.5", "128", "-129", "1e20", "-1e20", "1000", "999.991", "18446744073709551616",
               "-1000", "1e-40", "9223372036854775807", "-9223372036854775809")
    conditions = [f"{column} {sign} {number}" for column in ("ti", "bu", "de", "du") for sign in ("=", "<>", "<", "<=", ">", ">=")
                  for number in numbers]
    conditions += [f"{column} {sign} ({ones})" for column in ("ti", "bu", "de", "du") for sign in ("IN", "NOT IN")
                   for ones in ("-1, 1.5", "-1, 18446744073709551615", "1, 0.005", "128, 1", "1.5, NULL, 0", "1e20, 1.5, -1000")]
    conditions += [f"bn {sign} '{value}'" for sign in ("=", "<", ">=") for value in ("ab", "abcd", "")]
    conditions += [f"dt {sign} '2024-01-01 00:00:00{part}'" for sign in ("=", "<", ">", "<>") for part in (".4", ".5")]
    chosen = random.Random(1).sample(conditions, 150)
    chosen += [f"ti {sign} ({ones})" for sign in ("IN", "NOT IN") for ones in ("-1, 127, -32768, -129", "0, 1000, 128", "-129, NULL")]
    text = " UNION ALL ".join(f"SELECT $${condition}$$, id FROM {{0}} WHERE {condition}" for condition in chosen) + " ORDER BY 1, 2"
    assert pair.target_query(text.format(f"{pair.name}.n")) == pair.target_query(text.format("copied"))


def test_conditions_longer_than_a_statement_may_be_stay_here(shop):
    orders = f"{shop.name}.orders"
    shop.source_execute("ALTER TABLE orders ADD b longblob; UPDATE orders SET b = x'00'")
    shop.target_execute(f"ALTER FOREIGN TABLE {orders} ADD b bytea")
    numbers = ", ".join(map(str, range(2, 20002)))
    shop.target.leave_database(shop.name)  # whose connections have the limit of before
    with shop.source.set_global(max_allowed_packet=65536):
        assert shop.target_query(f"SELECT count(*) FROM {orders} WHERE id IN ({numbers}) AND id > 2") == [(3,)]
        assert remote_query(shop, f"SELECT FROM {orders} WHERE id IN ({numbers}) AND id > 2").endswith("`orders` WHERE (`id` > 2)")
        with shop.target.connect(shop.name) as connection, connection.cursor() as cursor:
            cursor.execute(f"""SET plan_cache_mode = force_generic_plan;
                PREPARE q (bytea, int) AS SELECT count(*) FROM {orders} WHERE b <> $1 AND b <> $1 AND id > $2""")
            for length in (10, 20000, 40000):
                cursor.execute(f"EXECUTE q (repeat('x', {length})::bytea, 1)")
                assert cursor.fetchall() == [(4,)]


def test_conditions_nested_too_deeply_stay_here(shop):
    """A source ends such a statement, or itself, when the stack of its thread is used up."""
    orders, condition = f"{shop.name}.orders", "price > 0"
    for number in range(400):
        condition = f"(({condition}) AND id < {number + 4} OR customer = {number})"
    assert " WHERE " not in remote_query(shop, f"SELECT id FROM {orders} WHERE {condition}")
    shop.target_execute(f"CREATE TABLE copied AS SELECT * FROM {orders}")
    expected = shop.target_query(f"SELECT id FROM copied WHERE {condition} ORDER BY id")
    assert shop.target_query(f"SELECT id FROM {orders} WHERE {condition} ORDER BY id") == expected


def test_limit_stays_here_where_rows_are_checked_here(shop):
    orders = f"{shop.name}.orders"
    for rest in ("WHERE note = 'one' LIMIT 1", "WHERE made > '2024-01-01' LIMIT 1", "WHERE id > 1 GROUP BY id LIMIT 1"):
        assert "LIMIT" not in remote_query(shop, f"SELECT id FROM {orders} {rest}")
    assert len(shop.target_query(f"SELECT a.id FROM {orders} a, {orders} b WHERE a.id = b.id LIMIT 2")) == 2


def test_filter_restricts_every_query(shop):
    shop.target_execute(f"ALTER FOREIGN TABLE {shop.name}.orders OPTIONS (ADD filter 'id % 2 = 1 OR note = ''two''')")
    assert shop.target_query(f"SELECT id FROM {shop.name}.orders WHERE id < 5 ORDER BY id") == [(1,), (3,), (4,)]


def test_joins_and_rescans(shop):
    orders = f"{shop.name}.orders"
    joined = f"SELECT a.id, b.id FROM {orders} a JOIN {orders} b ON a.customer = b.customer ORDER BY 1, 2"
    expected = [(1, 1), (1, 3), (3, 1), (3, 3), (4, 4), (5, 5)]
    with shop.target.connect(shop.name) as connection, connection.cursor() as cursor:
        for method in ("hashjoin", "mergejoin", "nestloop"):
            for other in ("hashjoin", "mergejoin", "nestloop", "material"):
                cursor.execute(f"SET enable_{other} = {'on' if other == method else 'off'}")
            cursor.execute(joined)
            assert cursor.fetchall() == expected
        cursor.execute(f"BEGIN; DECLARE c CURSOR FOR SELECT id FROM {orders} ORDER BY id; FETCH 2 FROM c")
        assert cursor.fetchall() == [(1,), (2,)]
        cursor.execute("ROLLBACK; SELECT 1")


def test_import_by_statement(shop):
    shop.source_execute("CREATE TABLE other (id int); CREATE VIEW seen AS SELECT id FROM orders")
    shop.target_execute(f"""CREATE SCHEMA a; CREATE SCHEMA b;
        IMPORT FOREIGN SCHEMA "{shop.name}" LIMIT TO (orders) FROM SERVER {shop.server} INTO a;
        IMPORT FOREIGN SCHEMA "{shop.name}" EXCEPT (orders) FROM SERVER {shop.server} INTO b""")
    tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = %s ORDER BY 1"
    assert shop.target_query(tables, ("a",)) == [("orders",)]
    assert shop.target_query(tables, ("b",)) == [("other",), ("seen",)]
    assert "no database" in fails(shop, f"IMPORT FOREIGN SCHEMA nowhere FROM SERVER {shop.server} INTO a")
    assert "no options" in fails(shop, f"IMPORT FOREIGN SCHEMA x FROM SERVER {shop.server} INTO a OPTIONS (y '1')", "HV00D")


def test_import_leaves_out_with_a_word(shop):
    shop.source_execute("""CREATE TABLE gone (id int); CREATE VIEW broken AS SELECT id FROM gone; DROP TABLE gone;
                           CREATE VIEW sound AS SELECT id FROM orders""")
    with contextlib.closing(shop.target.connect(shop.name)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT mysql_sync.import_schema(%s, %s, 'twice')", (shop.server, shop.name))
        assert {row[0] for row in cursor.fetchall()} >= {"twice.orders", "twice.sound"}
        with contextlib.suppress(psycopg2.Error):  # MySQL 8 and later keep the columns of such a view
            cursor.execute("SELECT * FROM twice.broken")
            pytest.fail("a broken view was read")
        known = shop.target_query("SELECT count(*) FROM pg_class WHERE relname = 'broken'") == [(1,)]
        assert known or any('"broken"' in notice for notice in connection.notices)
        cursor.execute(f"""CREATE SCHEMA i; IMPORT FOREIGN SCHEMA information_schema FROM SERVER {shop.server} INTO i""")
        assert shop.target_query("SELECT count(*) > 50 FROM pg_class WHERE relkind = 'f' AND relnamespace = 'i'::regnamespace") == [
            (True,)]
        cursor.execute('SELECT count(*) FROM i."SCHEMATA"')
        assert cursor.fetchone()[0] > 2


def test_names_of_every_kind(pair):
    long_name = "ü" * 40  # 80 bytes
    pair.source_execute(f"""CREATE TABLE `Select "x".y` (`Order` int, `a ``b``` int, `ä 'q'` text);
        INSERT INTO `Select "x".y` VALUES (1, 2, 'z'); CREATE TABLE `{long_name}` (a int); CREATE TABLE w (`{long_name}` int)""")
    with pair.target.connect(pair.name) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT mysql_sync.import_schema(%s, %s, 'into')", (pair.server, pair.name))
        made = [row[0].lower() for row in cursor.fetchall()]
        warnings = "".join(connection.notices)
    assert made == ['"into"."select ""x"".y"']
    assert warnings.count("longer than 63 bytes") == 2 and '"w" is not imported' in warnings
    table = pair.target_query("SELECT relname FROM pg_class WHERE relkind = 'f'")[0][0].replace('"', '""')
    assert pair.target_query(f'SELECT "Order", "a `b`", "ä \'q\'" FROM "into"."{table}"') == [(1, 2, "z")]


def test_what_is_wrong_is_said(shop):
    orders, select = f"{shop.name}.orders", f"SELECT * FROM {shop.name}.orders"
    mapping = f"ALTER USER MAPPING FOR CURRENT_USER SERVER {shop.server} OPTIONS"
    server = f"ALTER SERVER {shop.server} OPTIONS"
    shop.target_execute(f"{mapping} (SET password 'wrong')")
    message = fails(shop, select, "28000")
    assert "repl" in message and "wrong" not in message
    shop.target_execute(f"{mapping} (SET password 'repl'); {server} (SET port '1')")
    assert "127.0.0.1:1" in fails(shop, select, "HV00N")
    shop.target_execute(f"{server} (SET port '{shop.source.port}'); ALTER FOREIGN TABLE {orders} OPTIONS (SET table_name 'gone')")
    assert f'the source has no table "{shop.name}.gone"' in fails(shop, select)
    shop.target_execute(f"ALTER FOREIGN TABLE {orders} OPTIONS (SET table_name 'orders'); ALTER FOREIGN TABLE {orders} RENAME note TO text")
    message = fails(shop, select)
    assert 'column "text" of foreign table "orders"' in message and 'no column "text"' in message
    assert shop.target_query(f"SELECT id FROM {orders} WHERE id = 1") == [(1,)]
    shop.target_execute(f"ALTER FOREIGN TABLE {orders} ALTER text OPTIONS (ADD column_name 'NOTE')")
    assert shop.target_query(f"SELECT text FROM {orders} WHERE id = 1") == [("One",)]


def test_nothing_is_cut_or_rounded(shop):
    orders = f"{shop.name}.orders"
    for column, type_name, state in (("note", "varchar(2)", "22001"), ("price", "numeric(10,1)", "22003"),
                                     ("customer", "smallint", "22003"), ("note", "int", "22P02")):
        shop.source_execute("REPLACE INTO orders VALUES (6, 100000, 1.55, 'three', NULL, NULL)")
        shop.target_execute(f"ALTER FOREIGN TABLE {orders} ALTER {column} TYPE {type_name}")
        assert f'"{column}"' in fails(shop, f"SELECT {column} FROM {orders}", state)


def test_writes_are_refused(shop):
    for statement in ("INSERT INTO {} (id) VALUES (9)", "UPDATE {} SET id = 9", "DELETE FROM {}"):
        assert "read only" in fails(shop, statement.format(f"{shop.name}.orders"))
    assert shop.source_query("SELECT count(*) FROM orders") == [(5,)]


def test_a_cancel_ends_the_wait_and_the_session_goes_on(shop):
    locker = shop.source.connect(shop.name)
    outcome = {}

    def read(connection):
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT count(*) FROM {shop.name}.orders")
        except psycopg2.Error as error:
            outcome["error"] = error

    with locker.cursor() as cursor, contextlib.closing(shop.target.connect(shop.name)) as connection:
        cursor.execute("LOCK TABLES orders WRITE")
        reader = threading.Thread(target=read, args=(connection,))
        reader.start()
        waiting = "SELECT count(*) FROM information_schema.processlist WHERE state LIKE 'Waiting for%%lock%%'"
        wait_until(lambda: shop.source_query(waiting)[0][0] > 0, 20, "the source waits for the lock")
        began = time.monotonic()
        shop.target_query("SELECT pg_cancel_backend(%s)", (connection.get_backend_pid(),))
        reader.join(10)
        assert not reader.is_alive() and time.monotonic() - began < 5
        assert isinstance(outcome["error"], psycopg2.errors.QueryCanceled)
        cursor.execute("UNLOCK TABLES")
        read_again = connection.cursor()
        read_again.execute(f"SELECT count(*) FROM {shop.name}.orders")
        assert read_again.fetchone() == (5,)
    locker.close()


def test_errors_midway_leave_one_connection(shop):
    def connections():
        return shop.source.query("SELECT count(*) FROM information_schema.processlist WHERE user = 'repl'")[0][0]

    before = connections()
    with contextlib.closing(shop.target.connect(shop.name)) as connection, connection.cursor() as cursor:
        for _ in range(5):
            with pytest.raises(psycopg2.errors.DivisionByZero):
                cursor.execute(f"SELECT 1 / (id - 2) FROM {shop.name}.orders")
        wait_until(lambda: connections() <= before + 1, 10, "the session has one connection")
    wait_until(lambda: connections() <= before, 10, "the source has lost the connection")
