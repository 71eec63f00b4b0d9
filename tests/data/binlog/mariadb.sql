USE golden; SET NAMES utf8mb4; SET sql_mode=''; SET time_zone='+00:00'; SET timestamp=1700000001;
CREATE TABLE mariadb_types (id INT NOT NULL PRIMARY KEY, u UUID, i4 INET4, i6 INET6, vc VARCHAR(1000) COMPRESSED, bc BLOB COMPRESSED, tc TEXT COMPRESSED, j JSON) DEFAULT CHARSET utf8mb4;
INSERT INTO mariadb_types VALUES (1, '123e4567-e89b-12d3-a456-426655440000', '10.1.2.0', '2001:db8::ff00:42:8329', REPEAT('ab', 200), REPEAT('x', 300), REPEAT('ü', 200), '{"a": 1}'),
 (2, '00000000-0000-0000-0000-000000000000', '0.0.0.0', '::', '', '', 'short', 'null'),
 (3, '018bcfe5-687b-7c3e-9d5f-000000000100', '255.255.255.255', '::ffff:1.2.3.4', NULL, NULL, NULL, NULL);
SET binlog_alter_two_phase=1; ALTER TABLE mariadb_types ADD COLUMN n INT; SET binlog_alter_two_phase=0;
SET GLOBAL log_bin_compress=1; SET GLOBAL log_bin_compress_min_len=10;
CREATE TABLE packed (id INT PRIMARY KEY, t TEXT) COMMENT 'a long enough statement to be compressed, which is the point of it, the point of it, the point of it';
INSERT INTO packed VALUES (1, REPEAT('p', 500)), (2, REPEAT('q', 500)); UPDATE packed SET t = REPEAT('r', 400) WHERE id = 1; DELETE FROM packed WHERE id = 2;
SET GLOBAL log_bin_compress=0;
SET GLOBAL mysql56_temporal_format=0;
CREATE TABLE old_moments (id INT PRIMARY KEY, da DATE, t TIME, t1 TIME(1), t3 TIME(3), t6 TIME(6), dt DATETIME, dt2 DATETIME(2), dt4 DATETIME(4), dt6 DATETIME(6), ts TIMESTAMP NULL, ts1 TIMESTAMP(1) NULL, ts3 TIMESTAMP(3) NULL, ts6 TIMESTAMP(6) NULL);
INSERT INTO old_moments SELECT * FROM moments;
SET GLOBAL mysql56_temporal_format=1;
