-- mysql_sync 0.1.0: the SQL interface. Written for PostgreSQL 13+ and Greenplum 6 (9.4) alike, so without
-- ON CONFLICT, identity columns and IF NOT EXISTS; primary keys come first as Greenplum distributes by them.
\echo Use "CREATE EXTENSION mysql_sync" to load this file. \quit

---------------------------------------------------------------------------------------------------------------
-- Foreign data wrapper
---------------------------------------------------------------------------------------------------------------
CREATE FUNCTION mysql_sync.fdw_handler() RETURNS fdw_handler
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'mysql_sync_fdw_handler';
CREATE FUNCTION mysql_sync.fdw_validator(text[], oid) RETURNS void
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'mysql_sync_fdw_validator';
CREATE FOREIGN DATA WRAPPER mysql_sync
    HANDLER mysql_sync.fdw_handler VALIDATOR mysql_sync.fdw_validator;

CREATE FUNCTION mysql_sync.import_schema(server name, database name, target_schema name DEFAULT NULL)
    RETURNS SETOF text LANGUAGE c SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'mysql_sync_import_schema';
COMMENT ON FUNCTION mysql_sync.import_schema(name, name, name) IS
    'makes a foreign table for every table of a MySQL database; target_schema NULL: the schema named like it';

CREATE FUNCTION mysql_sync.get_connections(OUT server_name name, OUT user_name name, OUT valid boolean,
                                           OUT in_use boolean, OUT source_thread numeric)
    RETURNS SETOF record LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'mysql_sync_get_connections';
COMMENT ON FUNCTION mysql_sync.get_connections() IS 'the connections that foreign tables of this session have';
CREATE FUNCTION mysql_sync.disconnect(server name) RETURNS boolean
    LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'mysql_sync_disconnect';
COMMENT ON FUNCTION mysql_sync.disconnect(name) IS
    'closes the idle connections of this session to a server; false where there is none';
CREATE FUNCTION mysql_sync.disconnect_all() RETURNS boolean
    LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'mysql_sync_disconnect_all';
COMMENT ON FUNCTION mysql_sync.disconnect_all() IS
    'closes the idle connections of this session; false where there is none';

---------------------------------------------------------------------------------------------------------------
-- Catalog
---------------------------------------------------------------------------------------------------------------
CREATE SEQUENCE mysql_sync.task_id_seq;

-- What the user configured. Dumped by pg_dump.
CREATE TABLE mysql_sync.task_config (
    task            name PRIMARY KEY,
    id              integer NOT NULL,
    server          name NOT NULL,
    owner           name NOT NULL,
    tables          text[] NOT NULL,
    target_schema   name,
    sync_schema     boolean NOT NULL,
    sync_data       boolean NOT NULL,
    existing_tables text NOT NULL,
    operations      text[] NOT NULL,
    options         jsonb NOT NULL
);

-- What set_table() says of single tables. Dumped by pg_dump.
CREATE TABLE mysql_sync.table_setting (
    task            name,
    source_database text,
    source_table    text,
    target_schema   name,             -- NULL: by the settings of the task
    target_table    name,             -- NULL: the name of the source table
    columns         jsonb NOT NULL,   -- {"source column": "target column"}; null: not carried
    types           jsonb NOT NULL,   -- {"source column": "type of the target"}; "enum": a type made with the table
    PRIMARY KEY (task, source_database, source_table)
);

-- How far a task is: one row a task, changed in the transaction that applies rows. Not dumped: a restored
-- database is a new copy that has to start from its own load.
CREATE TABLE mysql_sync.task_progress (
    task             name PRIMARY KEY,
    wanted           text NOT NULL DEFAULT 'stopped',   -- what the user asked for: running, stopped
    state            text NOT NULL DEFAULT 'not_started',
    source_identity  text,          -- the server the position belongs to
    applied_file     text,          -- everything before this position is in the target
    applied_offset   bigint,
    gtid_set         text NOT NULL DEFAULT '',
    file_created     bigint NOT NULL DEFAULT 0,   -- when the applied file was begun, seconds since 1970; 0 unknown
    consistent_file  text,          -- end of the binlog after the load: up to here changes are replayed idempotently
    consistent_offset bigint,
    judged_file      text,          -- statements before this position were judged by what the source had here
    judged_offset    bigint,
    source_file      text,          -- end of the source's binlog when last seen
    source_offset    bigint,
    caught_up        boolean NOT NULL DEFAULT false,
    current_at       timestamptz,   -- the target is the source as it was then
    seen_at          timestamptz,   -- the worker was alive and the source spoke
    rows_per_second  double precision NOT NULL DEFAULT 0,
    inserted         bigint NOT NULL DEFAULT 0,
    updated          bigint NOT NULL DEFAULT 0,
    deleted          bigint NOT NULL DEFAULT 0,
    ddl              bigint NOT NULL DEFAULT 0,
    started_at       timestamptz,
    last_commit_at   timestamptz,
    retries          integer NOT NULL DEFAULT 0,
    last_error       text,
    last_error_at    timestamptz
) WITH (fillfactor = 10);

-- The tables of a task. The number stands for the table in the catalog tables below.
CREATE TABLE mysql_sync.table_mapping (
    task            name,
    source_database text,           -- empty: of a dropped table, whose name another one has
    source_table    text,
    number          integer NOT NULL,
    target_schema   name NOT NULL,
    target_table    name NOT NULL,
    table_charset   text NOT NULL DEFAULT '',
    rows_estimated  bigint NOT NULL DEFAULT 0,
    inserted        bigint NOT NULL DEFAULT 0,
    updated         bigint NOT NULL DEFAULT 0,
    deleted         bigint NOT NULL DEFAULT 0,
    ddl             bigint NOT NULL DEFAULT 0,
    values_changed_by_policy bigint NOT NULL DEFAULT 0,
    state           text NOT NULL,  -- see src/core/route/table_life.hpp
    begin_file      text,           -- of the last reload: what comes before this position is in what it read
    begin_offset    bigint,
    consistent_file text,           -- the end of the binlog after its last row was read
    consistent_offset bigint,
    may_be_absent   boolean NOT NULL DEFAULT false,   -- on the source: a RENAME TABLE was perhaps of a temporary table
    kept_relation   oid,            -- of a dropped table: the target that was kept; NULL: none was
    away_database   text,           -- it was renamed to this one, which is none of the task's; NULL: it is there
    away_table      text,           -- both empty: dropped, and the copy that takes its place is there
    last_error      text,
    PRIMARY KEY (task, source_database, source_table)
) WITH (fillfactor = 50);
CREATE INDEX table_mapping_number ON mysql_sync.table_mapping (task, number);

-- Targets that a start has made which is not over. A table of the name that is none of these was there before.
CREATE TABLE mysql_sync.made_target (
    task            name,
    relation        oid,
    PRIMARY KEY (task, relation)
);

-- The copies that gh-ost and pt-online-schema-change fill: their columns are followed, their rows are counted.
CREATE TABLE mysql_sync.ghost_table (
    task            name,
    number          integer,        -- as in table_mapping
    source_database text NOT NULL,
    source_table    text NOT NULL,
    ghost_of        integer NOT NULL,   -- number of the table whose place it is to take
    table_charset   text NOT NULL,
    reload          text NOT NULL,  -- why that table has to be read again then; empty: the columns tell all
    evidence        integer NOT NULL,   -- of a tool at work, as bits
    copied_rows     bigint,         -- that it has by its events; NULL: not known
    PRIMARY KEY (task, number)
);

-- RENAME TABLE statements that were followed and may have been of temporary tables, until something tells.
CREATE TABLE mysql_sync.doubtful_rename (
    task            name,
    place           integer,        -- 0, 1, ... in the order of the binlog
    from_database   text NOT NULL,
    from_table      text NOT NULL,
    to_database     text NOT NULL,
    to_table        text NOT NULL,
    PRIMARY KEY (task, place)
);

-- Schema history: the columns of each table as they are at the applied position.
CREATE TABLE mysql_sync.table_column (
    task          name,
    number        integer,          -- of the table
    ordinal       integer,          -- 1, 2, ... in the source's order
    source_column text NOT NULL,
    read_as       text,             -- its name when rows were read that may be ahead; NULL: the same
    target_column name,             -- NULL: not carried to the target
    type          text NOT NULL,    -- as the source declares it
    charset       text NOT NULL,
    nullable      boolean NOT NULL,
    generated     boolean NOT NULL,
    invisible     boolean NOT NULL,
    default_kind  text NOT NULL DEFAULT 'other',  -- none, null, literal, number, time; other: only the source knows
    default_text  bytea,            -- of a literal, in UTF-8
    key_position  integer,          -- 1, 2, ... in the primary key; NULL: not part of it
    PRIMARY KEY (task, number, ordinal)
);

-- Schema history: the default character sets of databases that tables may be selected from, at the applied position.
CREATE TABLE mysql_sync.database_charset (
    task            name,
    source_database text,
    charset         text NOT NULL,
    PRIMARY KEY (task, source_database)
);

-- The initial load: ranges of the primary key, each loaded in one transaction that also sets done.
CREATE TABLE mysql_sync.load_chunk (
    task        name,
    number      integer,            -- of the table
    chunk       integer,            -- 1, 2, ...; 0: all that a reload reads
    condition   text NOT NULL,      -- on the source; empty: the whole table. Of a reload: what is left to be read
    done        boolean NOT NULL DEFAULT false,
    rows        bigint NOT NULL DEFAULT 0,
    bytes       bigint NOT NULL DEFAULT 0,
    values_changed_by_policy bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (task, number, chunk)
);

-- Tables that resync_table() was called for, or whose reload has to be repeated, until the worker begins to do so.
CREATE TABLE mysql_sync.reload_request (
    task    name,
    number  integer,                -- of the table
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    repeats text,                   -- why what is being read has to be read once more; NULL: resync_table() was called
    PRIMARY KEY (task, number, at)
);

-- XA transactions that are prepared on the source and neither committed nor rolled back at the applied position:
-- their events on tables of the task, as one stream of bytes in pieces.
CREATE TABLE mysql_sync.prepared_transaction (
    task        name,
    xid         text,               -- X'gtrid',X'bqual',format
    piece       integer,            -- 0, 1, ...
    position    text NOT NULL,      -- where it begins in the binlog
    prepared_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    events      bytea NOT NULL,
    PRIMARY KEY (task, xid, piece)
);
ALTER TABLE mysql_sync.prepared_transaction ALTER COLUMN events SET STORAGE EXTERNAL;

CREATE TABLE mysql_sync.error_log (
    task         name NOT NULL,
    at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    count        integer NOT NULL DEFAULT 1,      -- how often it was met in a row, with pauses between
    last_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    source_table text,
    position     text,
    gtid         text,
    sqlstate     text NOT NULL,
    message      text NOT NULL,
    detail       text,
    remedy       text,
    context      text
);
CREATE INDEX error_log_at ON mysql_sync.error_log (task, at);

SELECT pg_catalog.pg_extension_config_dump('mysql_sync.task_config', '');
SELECT pg_catalog.pg_extension_config_dump('mysql_sync.table_setting', '');
SELECT pg_catalog.pg_extension_config_dump('mysql_sync.task_id_seq', '');

---------------------------------------------------------------------------------------------------------------
-- Control
---------------------------------------------------------------------------------------------------------------
CREATE FUNCTION mysql_sync.create_task(
    task            name,
    server          name,
    tables          text[],
    target_schema   name    DEFAULT NULL,
    sync_schema     boolean DEFAULT true,
    sync_data       boolean DEFAULT true,
    existing_tables text    DEFAULT 'error',
    operations      text[]  DEFAULT '{insert,update,delete,alter}',
    options         jsonb   DEFAULT '{}')
    RETURNS void LANGUAGE c SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'mysql_sync_create_task';
COMMENT ON FUNCTION mysql_sync.create_task(name, name, text[], name, boolean, boolean, text, text[], jsonb) IS
    'defines a task; nothing is read from the source before precheck or start_task';

CREATE FUNCTION mysql_sync.alter_task(
    task            name,
    server          name    DEFAULT NULL,
    tables          text[]  DEFAULT NULL,
    target_schema   name    DEFAULT NULL,
    sync_schema     boolean DEFAULT NULL,
    sync_data       boolean DEFAULT NULL,
    existing_tables text    DEFAULT NULL,
    operations      text[]  DEFAULT NULL,
    options         jsonb   DEFAULT NULL)
    RETURNS void LANGUAGE c SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'mysql_sync_alter_task';
COMMENT ON FUNCTION mysql_sync.alter_task(name, name, text[], name, boolean, boolean, text, text[], jsonb) IS
    'changes settings of a task that is not running; NULL leaves a setting as it is';

-- Without a search_path of its own: names of types are looked up where the caller would find them.
CREATE FUNCTION mysql_sync.set_table(
    task            name,
    source_table    text,
    target_table    text    DEFAULT NULL,
    columns         jsonb   DEFAULT NULL,
    types           jsonb   DEFAULT NULL)
    RETURNS void LANGUAGE c AS 'MODULE_PATHNAME', 'mysql_sync_set_table';
COMMENT ON FUNCTION mysql_sync.set_table(name, text, text, jsonb, jsonb) IS
    'settings of one table of a task that has not been started; NULL leaves a setting as it is, an empty one removes it';

CREATE FUNCTION mysql_sync.drop_task(task name)
    RETURNS void LANGUAGE c STRICT SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'mysql_sync_drop_task';
COMMENT ON FUNCTION mysql_sync.drop_task(name) IS
    'forgets a task that is not running; the target tables stay';

CREATE FUNCTION mysql_sync.start_task(task name)
    RETURNS void LANGUAGE c STRICT SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'mysql_sync_start_task';
COMMENT ON FUNCTION mysql_sync.start_task(name) IS
    'starts the worker of a task, or resumes a paused or failed one where it stopped';

CREATE FUNCTION mysql_sync.stop_task(task name)
    RETURNS void LANGUAGE c STRICT SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'mysql_sync_stop_task';
COMMENT ON FUNCTION mysql_sync.stop_task(name) IS
    'stops the worker of a task and waits until it is gone; the position is kept';

CREATE FUNCTION mysql_sync.reset_task(task name)
    RETURNS void LANGUAGE c STRICT SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'mysql_sync_reset_task';
COMMENT ON FUNCTION mysql_sync.reset_task(name) IS
    'forgets the position of a task that is not running, but not its settings: the next start loads its tables again';

CREATE FUNCTION mysql_sync.resync_table(task name, source_table text)
    RETURNS void LANGUAGE c STRICT SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'mysql_sync_resync_table';
COMMENT ON FUNCTION mysql_sync.resync_table(name, text) IS
    'empties the target of one table and loads it again while the task goes on';

CREATE FUNCTION mysql_sync.wait_for_catchup(task name, timeout interval DEFAULT '60 s')
    RETURNS boolean LANGUAGE c STRICT SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'mysql_sync_wait_for_catchup';
COMMENT ON FUNCTION mysql_sync.wait_for_catchup(name, interval) IS
    'true once everything the source had committed at the call is committed here, false after the timeout';

CREATE FUNCTION mysql_sync.precheck(task name,
    OUT item text, OUT object text, OUT status text, OUT detail text, OUT remedy text)
    RETURNS SETOF record LANGUAGE c STRICT SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'mysql_sync_precheck';
COMMENT ON FUNCTION mysql_sync.precheck(name) IS
    'checks source and target; a task starts only when nothing here has failed';

---------------------------------------------------------------------------------------------------------------
-- Monitoring
---------------------------------------------------------------------------------------------------------------
-- The worker of a task holds an advisory lock for as long as it lives: that, not a stored word, says it runs.
CREATE VIEW mysql_sync.tasks AS
WITH worker AS (
    SELECT objid::bigint AS id, min(pid) AS pid
      FROM pg_catalog.pg_locks
     WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid::bigint = 1836410723
       AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
     GROUP BY objid
), suspended AS (
    SELECT task, 'tables set aside: ' || count(*) || ', see task_tables' AS error
      FROM mysql_sync.table_mapping
     WHERE state = 'suspended'
     GROUP BY task
)
SELECT c.task,
       c.server,
       c.owner,
       CASE WHEN p.wanted = 'running' AND w.pid IS NULL
                 AND p.state IN ('prechecking', 'initializing', 'synchronizing') THEN 'failed'
            ELSE coalesce(p.state, 'not_started') END AS state,
       CASE WHEN p.caught_up AND w.pid IS NOT NULL
                 AND p.seen_at > pg_catalog.clock_timestamp() - interval '6 s' THEN interval '0'
            WHEN p.current_at IS NOT NULL
                 THEN greatest(pg_catalog.clock_timestamp() - p.current_at, interval '0') END AS delay,
       CASE WHEN p.source_file = p.applied_file THEN greatest(p.source_offset - p.applied_offset, 0)
            END AS delay_bytes,
       p.source_file || ':' || p.source_offset AS source_position,
       p.applied_file || ':' || p.applied_offset AS applied_position,
       p.gtid_set,
       p.rows_per_second,
       p.inserted,
       p.updated,
       p.deleted,
       p.ddl,
       p.started_at,
       p.last_commit_at,
       w.pid,
       p.retries,
       nullif(concat_ws('; ',
                        CASE WHEN p.wanted = 'running' AND w.pid IS NULL
                                  AND p.state IN ('prechecking', 'initializing', 'synchronizing')
                             THEN coalesce(p.last_error, 'the worker of the task is not running')
                             ELSE p.last_error END,
                        s.error), '') AS last_error,
       p.last_error_at
  FROM mysql_sync.task_config c
  LEFT JOIN mysql_sync.task_progress p ON p.task = c.task
  LEFT JOIN worker w ON w.id = c.id
  LEFT JOIN suspended s ON s.task = c.task;
COMMENT ON VIEW mysql_sync.tasks IS 'state, delay, position, rates and last error of each task';

CREATE VIEW mysql_sync.task_tables AS
WITH chunk AS (
    SELECT task, number, sum(CASE WHEN done THEN 1 ELSE 0 END)::integer AS chunks_done,
           count(*)::integer AS chunks, sum(rows)::bigint AS rows, sum(bytes)::bigint AS bytes,
           sum(values_changed_by_policy)::bigint AS changed
      FROM mysql_sync.load_chunk
     GROUP BY task, number
)
SELECT m.task,
       m.source_database || '.' || m.source_table AS source_table,
       pg_catalog.quote_ident(m.target_schema) || '.' || pg_catalog.quote_ident(m.target_table) AS target_table,
       CASE WHEN m.state IN ('dropped', 'away', 'suspended') THEN m.state
            WHEN m.state = 'away_outdated' THEN 'away'
            WHEN m.last_error IS NOT NULL THEN 'failed'
            WHEN m.state IN ('reload_wanted', 'reloading', 'catching_up') THEN 'reloading'
            WHEN m.state IN ('waiting', 'loading') THEN m.state
            WHEN p.state = 'initializing' THEN 'loaded'
            ELSE p.state END AS state,
       coalesce(l.rows, 0) AS rows_loaded,
       m.rows_estimated,
       coalesce(l.bytes, 0) AS bytes_loaded,
       coalesce(l.chunks_done, 0) AS chunks_done,
       coalesce(l.chunks, 0) AS chunks,
       m.inserted,
       m.updated,
       m.deleted,
       m.ddl,
       m.values_changed_by_policy + coalesce(l.changed, 0) AS values_changed_by_policy,
       m.last_error
  FROM mysql_sync.table_mapping m
  JOIN mysql_sync.tasks p ON p.task = m.task
  LEFT JOIN chunk l ON l.task = m.task AND l.number = m.number
 WHERE m.source_database <> '';
COMMENT ON VIEW mysql_sync.task_tables IS 'state and progress of each table of each task';

CREATE VIEW mysql_sync.errors AS
SELECT task, at, count, last_at, source_table, position, gtid, sqlstate, message, detail, remedy, context
  FROM mysql_sync.error_log
 ORDER BY last_at DESC;
COMMENT ON VIEW mysql_sync.errors IS 'what went wrong, newest first, with position and remedy';

-- Tasks reach the source with stored passwords and write to any table: the functions ask for a superuser, too.
REVOKE ALL ON FUNCTION mysql_sync.create_task(name, name, text[], name, boolean, boolean, text, text[], jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION mysql_sync.alter_task(name, name, text[], name, boolean, boolean, text, text[], jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION mysql_sync.set_table(name, text, text, jsonb, jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION mysql_sync.drop_task(name) FROM PUBLIC;
REVOKE ALL ON FUNCTION mysql_sync.start_task(name) FROM PUBLIC;
REVOKE ALL ON FUNCTION mysql_sync.stop_task(name) FROM PUBLIC;
REVOKE ALL ON FUNCTION mysql_sync.reset_task(name) FROM PUBLIC;
REVOKE ALL ON FUNCTION mysql_sync.resync_table(name, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION mysql_sync.wait_for_catchup(name, interval) FROM PUBLIC;
REVOKE ALL ON FUNCTION mysql_sync.precheck(name) FROM PUBLIC;
