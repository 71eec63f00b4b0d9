-- What set_table checks before anybody asks the source: none is needed.
SET client_min_messages = warning;
CREATE SERVER source FOREIGN DATA WRAPPER mysql_sync OPTIONS (host '127.0.0.1', port '1');
CREATE USER MAPPING FOR PUBLIC SERVER source OPTIONS (username 'repl', password 'secret');
SELECT mysql_sync.create_task('shop', 'source', '{shop.*,!shop.audit,s*p.x}');
CREATE SCHEMA own;
CREATE TYPE own.mood AS ENUM ('sad', 'ok');
CREATE TYPE own."Odd name" AS ENUM ('a');

-- The table.
SELECT mysql_sync.set_table('nowhere', 'shop.orders', '{}');
SELECT mysql_sync.set_table('shop', NULL, '{}');
SELECT mysql_sync.set_table('shop', 'orders', '{}');
SELECT mysql_sync.set_table('shop', 'shop.*', '{}');
SELECT mysql_sync.set_table('shop', '!shop.orders', '{}');
SELECT mysql_sync.set_table('shop', 'shop.audit', '{}');
SELECT mysql_sync.set_table('shop', 'Shop.orders', '{}');

-- The types.
SELECT mysql_sync.set_table('shop', 'shop.orders', '[]');
SELECT mysql_sync.set_table('shop', 'shop.orders', '"text"');
SELECT mysql_sync.set_table('shop', 'shop.orders', '{"a": 1}');
SELECT mysql_sync.set_table('shop', 'shop.orders', '{"a": null}');
SELECT mysql_sync.set_table('shop', 'shop.orders', '{"a": ""}');
SELECT mysql_sync.set_table('shop', 'shop.orders', '{"a": "no_such_type"}');
SELECT mysql_sync.set_table('shop', 'shop.orders', '{"a": "varchar(0)"}');
SELECT mysql_sync.set_table('shop', 'shop.orders', '{"a": "text; DROP TABLE x"}');
SELECT mysql_sync.set_table('shop', 'shop.orders', '{"a": "mood"}');
SELECT * FROM mysql_sync.table_setting;

-- Names as the caller's search_path finds them, kept so that no other path can change their meaning.
SET search_path = own, public;
SELECT mysql_sync.set_table('shop', 'shop.orders', '{"a": "mood", "b": "VARCHAR(20)", "c": "Enum", "d": "\"Odd name\"[]",
                                                      "e": "numeric(10, 2)", "f": "timestamp(3) with time zone"}');
SHOW search_path;
RESET search_path;
SELECT source_database, source_table, types FROM mysql_sync.table_setting;
-- NULL leaves them.
SELECT mysql_sync.set_table('shop', 'shop.orders');
SELECT mysql_sync.set_table('shop', '`shop`.`a.b`', '{"x": "text"}');
SELECT source_table, types ->> 'a' AS a FROM mysql_sync.table_setting ORDER BY 1;
-- {} removes them.
SELECT mysql_sync.set_table('shop', 'shop.orders', '{}');
SELECT source_table FROM mysql_sync.table_setting;
SELECT mysql_sync.drop_task('shop');
SELECT count(*) FROM mysql_sync.table_setting;

-- Who may.
CREATE ROLE regress_mysql_sync_user;
GRANT USAGE ON SCHEMA mysql_sync TO regress_mysql_sync_user;
SET ROLE regress_mysql_sync_user;
SELECT mysql_sync.set_table('shop', 'shop.orders', '{}');
RESET ROLE;
GRANT EXECUTE ON FUNCTION mysql_sync.set_table(name, text, jsonb) TO regress_mysql_sync_user;
SET ROLE regress_mysql_sync_user;
SELECT mysql_sync.set_table('shop', 'shop.orders', '{}');
RESET ROLE;

DROP SCHEMA own CASCADE;
DROP SERVER source CASCADE;
DROP OWNED BY regress_mysql_sync_user;
DROP ROLE regress_mysql_sync_user;
