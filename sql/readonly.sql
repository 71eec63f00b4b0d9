-- What is refused before anybody asks the source: none is needed.
SET client_min_messages = warning;
CREATE SERVER source FOREIGN DATA WRAPPER mysql_sync OPTIONS (host '127.0.0.1', port '1');
CREATE FOREIGN TABLE orders (id int, made date) SERVER source OPTIONS (dbname 'shop', table_name 'orders');

-- Foreign tables are read only.
INSERT INTO orders VALUES (1, '2024-01-01');
INSERT INTO orders SELECT 1;
UPDATE orders SET made = NULL;
DELETE FROM orders WHERE id = 1;
COPY orders FROM STDIN;
\.
SELECT is_insertable_into FROM information_schema.tables WHERE table_name = 'orders';
SELECT is_updatable FROM information_schema.columns WHERE table_name = 'orders';

-- Nobody connects as somebody else.
CREATE ROLE regress_mysql_sync_reader;
GRANT SELECT ON orders TO regress_mysql_sync_reader;
GRANT USAGE ON SCHEMA mysql_sync TO regress_mysql_sync_reader;
SET ROLE regress_mysql_sync_reader;
SELECT * FROM orders;
SELECT * FROM mysql_sync.import_schema('source', 'shop');
\set VERBOSITY sqlstate
SELECT * FROM orders;
\set VERBOSITY default
RESET ROLE;
SELECT * FROM mysql_sync.import_schema('nowhere', 'shop');
SELECT * FROM mysql_sync.import_schema('source', NULL);

-- ANALYZE leaves foreign tables alone.
SET client_min_messages = notice;
ANALYZE orders;
SET client_min_messages = warning;

-- Nobody answers.
CREATE USER MAPPING FOR PUBLIC SERVER source OPTIONS (username 'repl', password 'secret');
\set VERBOSITY sqlstate
SELECT * FROM orders;
EXPLAIN SELECT * FROM orders;
SELECT * FROM mysql_sync.import_schema('source', 'shop');
\set VERBOSITY default
-- The session goes on.
SELECT 1 AS one;

DROP SERVER source CASCADE;
DROP OWNED BY regress_mysql_sync_reader;
DROP ROLE regress_mysql_sync_reader;
