-- What set_table checks before anybody asks the source: none is needed.
SET client_min_messages = warning;
CREATE SERVER source FOREIGN DATA WRAPPER mysql_sync OPTIONS (host '127.0.0.1', port '1');
CREATE USER MAPPING FOR PUBLIC SERVER source OPTIONS (username 'repl', password 'secret');
SELECT mysql_sync.create_task('shop', 'source', '{shop.*,!shop.audit,s*p.x}');
CREATE SCHEMA own;
CREATE TYPE own.mood AS ENUM ('sad', 'ok');
CREATE TYPE own."Odd name" AS ENUM ('a');

-- The table.
SELECT mysql_sync.set_table('nowhere', 'shop.orders', types => '{}');
SELECT mysql_sync.set_table('shop', NULL, types => '{}');
SELECT mysql_sync.set_table('shop', 'orders', types => '{}');
SELECT mysql_sync.set_table('shop', 'shop.*', types => '{}');
SELECT mysql_sync.set_table('shop', '!shop.orders', types => '{}');
SELECT mysql_sync.set_table('shop', 'shop.audit', types => '{}');
SELECT mysql_sync.set_table('shop', 'Shop.orders', types => '{}');

-- The types.
SELECT mysql_sync.set_table('shop', 'shop.orders', types => '[]');
SELECT mysql_sync.set_table('shop', 'shop.orders', types => '"text"');
SELECT mysql_sync.set_table('shop', 'shop.orders', types => '{"a": 1}');
SELECT mysql_sync.set_table('shop', 'shop.orders', types => '{"a": null}');
SELECT mysql_sync.set_table('shop', 'shop.orders', types => '{"a": ""}');
SELECT mysql_sync.set_table('shop', 'shop.orders', types => '{"a": "no_such_type"}');
SELECT mysql_sync.set_table('shop', 'shop.orders', types => '{"a": "varchar(0)"}');
SELECT mysql_sync.set_table('shop', 'shop.orders', types => '{"a": "text; DROP TABLE x"}');
SELECT mysql_sync.set_table('shop', 'shop.orders', types => '{"a": "mood"}');

-- The target.
SELECT mysql_sync.set_table('shop', 'shop.orders', target_table => 'a.b.c');
SELECT mysql_sync.set_table('shop', 'shop.orders', target_table => 'a b');
SELECT mysql_sync.set_table('shop', 'shop.orders', target_table => '"a');
SELECT mysql_sync.set_table('shop', 'shop.orders', target_table => repeat('x', 64));
SELECT mysql_sync.set_table('shop', 'shop.orders', columns => '"a"');
SELECT mysql_sync.set_table('shop', 'shop.orders', columns => '{"a": []}');
SELECT mysql_sync.set_table('shop', 'shop.orders', columns => '{"a": ""}');
SELECT mysql_sync.set_table('shop', 'shop.orders', columns => jsonb_build_object('a', repeat('x', 64)));
SELECT mysql_sync.set_table('shop', 'shop.orders', columns => '{"a": "x", "b": "y", "c": "x"}');
SELECT * FROM mysql_sync.table_setting;

-- Names as the caller's search_path finds them, kept so that no other path can change their meaning.
SET search_path = own, public;
SELECT mysql_sync.set_table('shop', 'shop.orders', types => '{"a": "mood", "b": "VARCHAR(20)", "c": "Enum", "d": "\"Odd name\"[]",
                                                      "e": "numeric(10, 2)", "f": "timestamp(3) with time zone"}');
SHOW search_path;
RESET search_path;
SELECT source_database, source_table, types FROM mysql_sync.table_setting;
-- NULL leaves them.
SELECT mysql_sync.set_table('shop', 'shop.orders');
SELECT mysql_sync.set_table('shop', 'shop.orders', 'Mirror."All Orders"', '{"a": "A", "b": null}');
SELECT mysql_sync.set_table('shop', 'shop.orders', target_table => 'Orders');
SELECT target_schema, target_table, columns, types ->> 'a' AS a FROM mysql_sync.table_setting;
SELECT mysql_sync.set_table('shop', 'shop.orders', target_table => '', columns => '{}');
SELECT target_schema, target_table, columns, types ->> 'a' AS a FROM mysql_sync.table_setting;
SELECT mysql_sync.set_table('shop', '`shop`.`a.b`', types => '{"x": "text"}');
SELECT source_table, types ->> 'a' AS a FROM mysql_sync.table_setting ORDER BY 1;
-- {} removes them.
SELECT mysql_sync.set_table('shop', 'shop.orders', types => '{}');
SELECT source_table FROM mysql_sync.table_setting;
SELECT mysql_sync.drop_task('shop');
SELECT count(*) FROM mysql_sync.table_setting;

-- Who may.
CREATE ROLE regress_mysql_sync_user;
GRANT USAGE ON SCHEMA mysql_sync TO regress_mysql_sync_user;
SET ROLE regress_mysql_sync_user;
SELECT mysql_sync.set_table('shop', 'shop.orders', types => '{}');
RESET ROLE;
GRANT EXECUTE ON FUNCTION mysql_sync.set_table(name, text, text, jsonb, jsonb) TO regress_mysql_sync_user;
SET ROLE regress_mysql_sync_user;
SELECT mysql_sync.set_table('shop', 'shop.orders', types => '{}');
RESET ROLE;

DROP SCHEMA own CASCADE;
DROP SERVER source CASCADE;
DROP OWNED BY regress_mysql_sync_user;
DROP ROLE regress_mysql_sync_user;
