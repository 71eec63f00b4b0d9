-- The options of servers, user mappings, foreign tables and columns. No MySQL source is needed.
SET client_min_messages = warning;

-- All that there are.
CREATE SERVER source FOREIGN DATA WRAPPER mysql_sync OPTIONS (
  host '127.0.0.1', port '3306', connect_timeout '5', ssl_mode 'Verify_Identity', ssl_ca '/etc/ca.pem',
  ssl_cert '/etc/cert.pem', ssl_key '/etc/key.pem', server_id '4294967295', fetch_size '1000');
CREATE USER MAPPING FOR PUBLIC SERVER source OPTIONS (username 'repl', password '');
CREATE FOREIGN TABLE orders (id int OPTIONS (column_name 'ID'), made date) SERVER source OPTIONS (
  dbname 'shop', table_name 'Orders', filter 'id > 5', zero_dates '-infinity', nul_bytes 'strip');

-- None without a server at least.
CREATE SERVER empty FOREIGN DATA WRAPPER mysql_sync;
ALTER FOREIGN DATA WRAPPER mysql_sync OPTIONS (ADD host 'x');

-- Names that do not exist, or belong to something else.
ALTER SERVER empty OPTIONS (ADD prot '3306');
ALTER SERVER empty OPTIONS (ADD HOST 'x');  -- this is host
ALTER SERVER empty OPTIONS (ADD "Host" 'x');
ALTER SERVER empty OPTIONS (ADD quite_another 'x');
ALTER SERVER empty OPTIONS (ADD username 'x');
ALTER SERVER empty OPTIONS (ADD dbname 'x');
CREATE USER MAPPING FOR CURRENT_USER SERVER empty OPTIONS (user 'x');
CREATE USER MAPPING FOR CURRENT_USER SERVER empty OPTIONS (username 'x', passwort 'not to be shown');
ALTER FOREIGN TABLE orders OPTIONS (ADD table 'x');
ALTER FOREIGN TABLE orders OPTIONS (ADD host 'x');
ALTER FOREIGN TABLE orders ALTER id OPTIONS (ADD name 'x');

-- Values that cannot be.
ALTER SERVER empty OPTIONS (ADD port 'abc');
ALTER SERVER empty OPTIONS (ADD port '0');
ALTER SERVER empty OPTIONS (ADD port '70000');
ALTER SERVER empty OPTIONS (ADD port ' 3306');
ALTER SERVER empty OPTIONS (SET host '');
ALTER SERVER empty OPTIONS (ADD connect_timeout '-1');
ALTER SERVER empty OPTIONS (ADD ssl_mode 'yes');
ALTER SERVER empty OPTIONS (ADD server_id '4294967296');
ALTER SERVER empty OPTIONS (ADD server_id '0');
ALTER SERVER empty OPTIONS (ADD fetch_size '1e3');
CREATE USER MAPPING FOR CURRENT_USER SERVER empty OPTIONS (username '');
ALTER FOREIGN TABLE orders OPTIONS (SET zero_dates 'zero');
ALTER FOREIGN TABLE orders OPTIONS (SET nul_bytes 'null');
ALTER FOREIGN TABLE orders OPTIONS (SET dbname '');

-- The SQLSTATEs: invalid option name, invalid attribute value.
\set VERBOSITY sqlstate
ALTER SERVER empty OPTIONS (ADD prot '3306');
ALTER SERVER empty OPTIONS (ADD port 'abc');
\set VERBOSITY default

DROP SERVER source CASCADE;
DROP SERVER empty;
