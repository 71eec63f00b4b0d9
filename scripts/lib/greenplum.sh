# shellcheck shell=bash
#
# A small Greenplum 6 cluster on this machine for tests: a coordinator on PORT
# and two segments on PORT+1 and PORT+2, without mirrors and without the
# Python tools of Greenplum.  To be sourced, by a script under
# "set -euo pipefail" or not; every function returns non-zero on failure.
#
#   greenplum_start DIR PORT     create the cluster if DIR is empty, start it
#   greenplum_stop DIR [MODE]    stop it; MODE is fast (default) or immediate
#   greenplum_kill DIR           kill -9 the coordinator, leave the segments
#   greenplum_psql PORT ARG...   psql as the superuser "postgres"; of several
#                                -c options that psql runs only the last
#
# Environment:
#   GPHOME                 the installation, default /usr/local/greenplum-db
#   GP_EXTRA_CONF          settings for the coordinator's postgresql.conf, one a
#   GP_EXTRA_SEGMENT_CONF  line, and for the segments'.  Taken at each start
#                          where they are set (empty: none); where they are
#                          unset, those of the start before stay.
#   GP_START_TIMEOUT       seconds to wait for a server or a query, default 120
#
# The cluster trusts whoever connects, so it listens on the loopback only.

_gp_say() { printf 'greenplum: %s\n' "$*" >&2; }

# The server refuses to run as root.  The subshell changes directory because
# the other user may not be able to enter the caller's.
_gp_as_owner() (
    local home=${GPHOME:-/usr/local/greenplum-db}
    local as=()
    if [ "$(id -u)" -eq 0 ]; then
        as=(setpriv --reuid=postgres --regid=postgres --init-groups)
    fi
    cd / || return
    # PGOPTIONS and PGDATABASE of a test must reach neither the servers nor
    # the queries below.
    exec env -u PGOPTIONS -u PGDATABASE -u PGSERVICE \
        PATH="$home/bin:$PATH" \
        LD_LIBRARY_PATH="$home/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" \
        ${as[@]+"${as[@]}"} "$@"
)

greenplum_psql() {
    local port=$1
    shift
    _gp_as_owner psql -X -h 127.0.0.1 -p "$port" -U postgres "$@"
}

# The postmaster that runs in data directory $1, or nothing.  A killed
# postmaster leaves its pid file behind, and its number may belong to somebody
# else by now, so the process must also be at home in that directory.
_gp_postmaster() {
    local pid=
    [ -r "$1/postmaster.pid" ] && read -r pid <"$1/postmaster.pid"
    [ -n "$pid" ] && [ "$(readlink "/proc/$pid/cwd")" = "$1" ] && echo "$pid"
}

# Every process of the server in data directory $1, orphans included: each of
# them works in that directory.
_gp_processes() {
    local link
    for link in /proc/[0-9]*/cwd; do
        if [ "$(readlink "$link" 2>/dev/null)" = "$1" ]; then
            link=${link%/cwd}
            echo "${link#/proc/}"
        fi
    done
}

# Start the server in data directory $1 with the options $2, unless it runs.
_gp_start_server() {
    if _gp_postmaster "$1" >/dev/null; then
        return 0
    fi
    if ! _gp_as_owner pg_ctl start -s -w -t "${GP_START_TIMEOUT:-120}" \
        -D "$1" -l "$1/startup.log" -o "$2" >/dev/null; then
        _gp_say "the server in $1 did not start; the end of its logs:"
        # shellcheck disable=SC2016  # expanded by the inner shell
        _gp_as_owner sh -c 'tail -n 20 "$1"/startup.log "$1"/pg_log/*.csv' \
            sh "$1" >&2 || true
        return 1
    fi
}

_gp_stop_server() {
    if _gp_postmaster "$1" >/dev/null; then
        _gp_as_owner pg_ctl stop -s -w -t 120 -m "$2" -D "$1"
    fi
}

# initdb for data directory $1 with port $2, content id $3 and dbid $4.
_gp_init_server() {
    local dir=$1 port=$2 content=$3 dbid=$4 connections=50 log
    # A session has several processes on each segment.
    if [ "$content" -ge 0 ]; then
        connections=150
    fi
    if ! log=$(_gp_as_owner initdb -D "$dir" -U postgres -A trust -E UTF8 \
        --locale=C --max_connections="$connections" --shared_buffers=64MB \
        2>&1); then
        # Its full output quotes whole scripts of the system catalog.
        _gp_say "initdb in $dir failed:"
        grep -E '^initdb:|"(ERROR|FATAL|PANIC)"' <<<"$log" | cut -c -300 >&2
        return 1
    fi
    # fsync is off as the tests kill processes, never the machine.
    _gp_append "$dir/postgresql.conf" <<EOF || return
port = $port
listen_addresses = '127.0.0.1'
gp_contentid = $content
fsync = off
include_if_exists = 'extra.conf'
EOF
    _gp_append "$dir/internal.auto.conf" <<EOF
gp_dbid = $dbid
EOF
}

# Files of a data directory belong to the owner of the servers, so that user
# writes them.
# shellcheck disable=SC2016  # expanded by the inner shell
_gp_append() { _gp_as_owner sh -c 'cat >>"$1"' sh "$1"; }
# shellcheck disable=SC2016
_gp_write() { _gp_as_owner sh -c 'cat >"$1"' sh "$1"; }

# Tell the coordinator's catalog about itself and the segments; what
# gpinitsystem does, in utility mode as there is no cluster yet.
_gp_register() {
    local dir=$1 port=$2 rc=0
    _gp_start_server "$dir/coordinator" "-c gp_role=utility" || return
    greenplum_psql "$port" -q -o /dev/null -v ON_ERROR_STOP=1 \
        -v dir="$dir" -v port="$port" \
        -d "dbname=template1 options='-c gp_session_role=utility'" \
        <<'EOF' || rc=$?
SET client_min_messages = warning;
SELECT pg_catalog.gp_add_segment(dbid::int2, content::int2, 'p', 'p', 's', 'u',
    :port + content + 1, '127.0.0.1', '127.0.0.1', :'dir' || '/' || name)
FROM (VALUES (1, -1, 'coordinator'), (2, 0, 'segment0'), (3, 1, 'segment1'))
    AS s (dbid, content, name);
EOF
    _gp_stop_server "$dir/coordinator" fast && return "$rc"
}

# Make $1 a directory that the owner of the servers can work in.
_gp_prepare_dir() {
    mkdir -p "$1" || return
    if [ "$(id -u)" -eq 0 ]; then
        chown postgres:postgres "$1" || return
    fi
    if ! _gp_as_owner test -x "$1" -a -w "$1"; then
        _gp_say "$1 is not accessible to the user of the servers"
        return 1
    fi
}

# The file "port" is written last: it tells a finished cluster from the rest
# of a failed attempt.
_gp_create() {
    local dir=$1 port=$2
    _gp_prepare_dir "$dir" &&
        _gp_init_server "$dir/coordinator" "$port" -1 1 &&
        _gp_init_server "$dir/segment0" "$((port + 1))" 0 2 &&
        _gp_init_server "$dir/segment1" "$((port + 2))" 1 3 &&
        _gp_register "$dir" "$port" &&
        echo "$port" | _gp_write "$dir/port"
}

# Extra settings go to a file of their own that the end of postgresql.conf
# includes: so a later start replaces them.
_gp_extra_conf() {
    if [ -n "${GP_EXTRA_CONF+set}" ]; then
        echo "$GP_EXTRA_CONF" | _gp_write "$1/coordinator/extra.conf" || return
    fi
    if [ -n "${GP_EXTRA_SEGMENT_CONF+set}" ]; then
        echo "$GP_EXTRA_SEGMENT_CONF" | _gp_write "$1/segment0/extra.conf" &&
            echo "$GP_EXTRA_SEGMENT_CONF" | _gp_write "$1/segment1/extra.conf"
    fi
}

# A coordinator accepts connections before it has reached its segments and
# recovered distributed transactions; a query that needs both segments tells.
_gp_wait_for_query() {
    local answer='' end=$((SECONDS + ${GP_START_TIMEOUT:-120}))
    while [ "$SECONDS" -lt "$end" ]; do
        answer=$(greenplum_psql "$1" -d postgres -At \
            -c "SELECT count(*) FROM gp_dist_random('gp_id')" 2>&1) || true
        if [ "$answer" = 2 ]; then
            return 0
        fi
        sleep 0.5
    done
    _gp_say "no query through the coordinator on port $1: $answer"
    return 1
}

greenplum_start() {
    local dir port=$2
    dir=$(realpath -m -- "$1") || return
    if [ -z "$(ls -A "$dir" 2>/dev/null)" ]; then
        _gp_create "$dir" "$port" || return
    elif [ "$(cat "$dir/port" 2>/dev/null)" != "$port" ]; then
        _gp_say "$dir holds no complete cluster for port $port"
        return 1
    fi
    _gp_extra_conf "$dir" &&
        _gp_start_server "$dir/segment0" "-c gp_role=execute" &&
        _gp_start_server "$dir/segment1" "-c gp_role=execute" &&
        _gp_start_server "$dir/coordinator" "-E" &&
        _gp_wait_for_query "$port"
}

# Every server is tried, whatever becomes of the others; one that does not run
# is no failure.
greenplum_stop() {
    local dir mode=${2:-fast} name rc=0
    dir=$(realpath -m -- "$1") || return
    for name in coordinator segment0 segment1; do
        _gp_stop_server "$dir/$name" "$mode" || rc=$?
    done
    return "$rc"
}

# Sessions without a query do not notice that their postmaster has died, and
# no new one starts while they hold its shared memory.  So what has not gone
# by itself after five seconds is killed as well.
greenplum_kill() {
    local dir pid left end=$((SECONDS + 5))
    dir=$(realpath -m -- "$1")/coordinator || return
    pid=$(_gp_postmaster "$dir") || {
        _gp_say "no coordinator runs in $dir"
        return 1
    }
    kill -9 "$pid" || return
    while left=$(_gp_processes "$dir") && [ -n "$left" ]; do
        if [ "$SECONDS" -ge "$end" ]; then
            # shellcheck disable=SC2086  # a list of numbers
            kill -9 $left 2>/dev/null || true
        fi
        sleep 0.1
    done
}
