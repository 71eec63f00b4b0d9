USE golden; SET NAMES utf8mb4; SET sql_mode=''; SET time_zone='+00:00'; SET timestamp=1700000001;
CREATE TABLE documents (id INT NOT NULL PRIMARY KEY, j JSON, v VECTOR(3));
INSERT INTO documents VALUES
 (1, '{"b": 1, "a": [1, -1, 32768, -32769, 2147483648, -2147483649, 18446744073709551615, -9223372036854775808, 65535, 4294967295], "t": true, "f": false, "n": null}', TO_VECTOR('[1,2,3]')),
 (2, '[1.0, 0.1, -0.0, 1e100, 1.5e-20, 1e15, 123456789012345.6, 1234567890123456.7, 123456789012345678.0, 0.00001, 1e-15, 2.2250738585072014e-308, 100.0]', NULL),
 (3, '{"s": "quote\\" back\\\\ nl\\n tab\\t bs\\b ff\\f cr\\r ctl\\u0001 del\\u007f grün 😀 / ", "": "empty key"}', NULL),
 (4, JSON_OBJECT('d', CAST(-12.50 AS DECIMAL(10,2)), 'da', DATE'2020-02-29', 'dt', TIMESTAMP'2020-02-29 01:02:03.045', 't', TIME'-12:34:56.7', 'b', CAST(x'0102ff' AS BINARY), 'big', CAST(REPEAT('x', 100) AS BINARY), 'bit', b'101', 'y', CAST(2020 AS YEAR), 'g', ST_GeomFromText('POINT(1 2)')), NULL),
 (5, '{}', NULL), (6, '[]', NULL), (7, '"scalar"', NULL), (8, 'null', NULL), (9, '42', NULL), (10, NULL, NULL), (11, '[[[[{"x": [{}, []]}]]]]', NULL);
SET SESSION binlog_row_value_options=PARTIAL_JSON;
UPDATE documents SET j = JSON_SET(j, '$.b', 2) WHERE id = 1;
SET SESSION binlog_row_value_options='';
SET SESSION binlog_row_image=MINIMAL; UPDATE documents SET j = '[]' WHERE id = 9; SET SESSION binlog_row_image=FULL;
SET gtid_next='AUTOMATIC:tagged'; INSERT INTO documents (id) VALUES (100); SET gtid_next='AUTOMATIC';
SET SESSION binlog_transaction_compression=ON;
BEGIN; INSERT INTO documents (id, j) VALUES (200, '"packed"'), (201, '[1]'), (202, JSON_OBJECT('l', REPEAT('m', 70000), 'i', 70000, 'j', JSON_ARRAY(-70000, true, 1.5))); DELETE FROM documents WHERE id = 200; COMMIT;
SET SESSION binlog_transaction_compression=OFF;
CREATE TABLE zz (id INT PRIMARY KEY, hidden INT INVISIBLE DEFAULT 3, gen INT AS (id + 1) STORED) CHARSET utf8mb4; INSERT INTO zz (id) VALUES (1);
