"""The tables of the source, their rows, and the procedures that change them: in SQL that every source knows."""

SEED = "seed"  # the database of what is copied from, with no task of its own

NARROW = """(
    id INT NOT NULL, k INT NOT NULL DEFAULT 0, c CHAR(120) NOT NULL DEFAULT '', pad CHAR(60) NOT NULL DEFAULT '',
    PRIMARY KEY (id))"""

WIDE = """(
    id BIGINT NOT NULL, quantity INT UNSIGNED NOT NULL, level SMALLINT, flag TINYINT(1) NOT NULL, price DECIMAL(12,2),
    ratio DOUBLE, born DATE, made DATETIME(3) NOT NULL, seen TIMESTAMP NULL, code CHAR(20) NOT NULL,
    name VARCHAR(100) NOT NULL, note TEXT, image VARBINARY(32), kind ENUM('book', 'music', 'film', 'game') NOT NULL,
    PRIMARY KEY (id))"""


def _digits(groups):
    """Groups of eleven digits, as sysbench fills its columns."""
    return f"CONCAT_WS('-', {', '.join(['LPAD(FLOOR(RAND() * 1e11), 11, 0)'] * groups)})"


FILL_NARROW = f"SELECT n, 1 + FLOOR(RAND(1) * 1e6), {_digits(10)}, {_digits(5)} FROM {SEED}.numbers ORDER BY n"

FILL_WIDE = f"""
    SELECT n, FLOOR(RAND(1) * 4e9), IF(n % 10, n % 30000, NULL), n % 2, ROUND(RAND() * 1e6, 2), RAND() * 1e3,
        '1950-01-01' + INTERVAL n % 20000 DAY, '2020-01-01 00:00:00.125' + INTERVAL n * 7 SECOND,
        IF(n % 20, '2020-01-01 00:00:00' + INTERVAL n SECOND, NULL), CONCAT('C-', LPAD(n, 10, '0')),
        CONCAT(ELT(1 + n % 5, 'Zoë', 'Jürgen', 'Ольга', '陈伟', 'Ann 🙂'), ' number ', n),
        IF(n % 4, REPEAT('Well made. ', n % 20), NULL), UNHEX(SHA2(n, 256)), 1 + n % 4 FROM {SEED}.numbers ORDER BY n"""

# Written by the source itself: a client would need longer for single rows than the task does.
PROCEDURES = (f"""
CREATE PROCEDURE {SEED}.inserts(last INT, size INT)
BEGIN
    DECLARE done INT DEFAULT 0;
    WHILE done < last DO
        INSERT INTO stream.sbtest1 SELECT * FROM narrow.sbtest1 WHERE id > done AND id <= LEAST(done + size, last);
        SET done = done + size;
    END WHILE;
END""", f"""
CREATE PROCEDURE {SEED}.singles(rows_before INT, new_rows INT)
BEGIN
    DECLARE i INT DEFAULT 1;
    WHILE i <= new_rows DO
        INSERT INTO stream.sbtest1 SELECT rows_before + i, k, c, pad FROM narrow.sbtest1 WHERE id = i;
        SET i = i + 1;
    END WHILE;
END""", f"""
CREATE PROCEDURE {SEED}.write_only(last INT, transactions INT)
BEGIN
    DECLARE i INT DEFAULT 0;
    DECLARE victim INT;
    WHILE i < transactions DO
        SET victim = 1 + FLOOR(RAND() * last);
        START TRANSACTION;
        UPDATE stream.sbtest1 SET k = k + 1 WHERE id = 1 + (victim + 7919) % last;
        UPDATE stream.sbtest1 SET c = REVERSE(c) WHERE id = 1 + (victim + 104729) % last;
        DELETE FROM stream.sbtest1 WHERE id = victim;
        INSERT INTO stream.sbtest1 SELECT victim, k, c, pad FROM narrow.sbtest1 WHERE id = victim;
        COMMIT;
        SET i = i + 1;
    END WHILE;
END""")


def fill_seed(source, rows):
    """The numbers from 1 to rows, by doubling, and the procedures."""
    source.execute(f"SET sql_log_bin = 0; CREATE TABLE {SEED}.numbers (n INT PRIMARY KEY);"
                   f"INSERT INTO {SEED}.numbers VALUES (1)")
    count = 1
    while count < rows:
        source.execute(f"SET sql_log_bin = 0; INSERT INTO {SEED}.numbers SELECT n + {count} FROM {SEED}.numbers"
                       f" WHERE n + {count} <= {rows}")
        count = min(2 * count, rows)
    for procedure in PROCEDURES:
        source.execute(procedure)


def create_table(pair, table, columns, fill=None):
    pair.source_execute(f"CREATE TABLE {table} {columns}")
    if fill:
        pair.source_execute(f"SET sql_log_bin = 0, time_zone = '+00:00'; INSERT INTO {table} {fill}")
        pair.source_execute(f"ANALYZE TABLE {table}")
