# shellcheck shell=bash
#
# The Debian packages that the project needs, and how to get them. To be sourced.
#
#   install_packages PKG...          install what is missing; without root: say what is missing, fail
#   missing_packages PKG...          print those that are not installed
#   need_root_or_explain PKG...      succeed as root, otherwise say how to install PKG... and fail
#   cache_dir                        where servers are kept that are no Debian packages
#   build_in_cache DIR COMMAND...    create DIR in one step, by running COMMAND... TEMPORARY_DIR
#
# A failure prints its reason, in one line, as the last line of standard error.

PG_MAJOR=${PG_MAJOR:-15}

# shellcheck disable=SC2034  # for the scripts that source this file
PACKAGES_BUILD=(make cmake g++ pkg-config "postgresql-server-dev-$PG_MAJOR" libmariadb-dev libssl-dev
    libzstd-dev zlib1g-dev libgtest-dev libgmock-dev libbenchmark-dev)
# shellcheck disable=SC2034
PACKAGES_SERVERS=("postgresql-$PG_MAJOR" mariadb-server mariadb-client util-linux)
# shellcheck disable=SC2034
PACKAGES_TEST=(python3-pytest python3-pytest-xdist python3-psycopg2 python3-pymysql python3-cryptography "postgresql-$PG_MAJOR-postgis-3"
    percona-toolkit)
# shellcheck disable=SC2034
PACKAGES_LINT=(clang clang-format clang-tidy shellcheck)

explain() { printf '%s\n' "$*" >&2; }

# "config-files" is left of a removed package, so only "installed" counts.
missing_packages() {
    local package
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
    done
}

need_root_or_explain() {
    [ "$EUID" -eq 0 ] && return
    explain "missing packages: $*; as root: apt-get install --no-install-recommends $*"
    return 1
}

# RUNLEVEL and SYSTEMD_OFFLINE keep the maintainer scripts from starting the servers that they install:
# the tests run their own, and a machine that ran no MariaDB before shall run none afterwards.
apt_quietly() {
    local log
    log=$(mktemp) || return
    if ! RUNLEVEL=1 SYSTEMD_OFFLINE=1 DEBIAN_FRONTEND=noninteractive \
        apt-get -o DPkg::Lock::Timeout=600 -q -y "$@" >"$log" 2>&1 </dev/null; then
        tail -n 20 "$log" >&2
        explain "apt-get $1 failed: $(grep '^E:' "$log" | tail -n 1)"
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}

apt_update_once() {
    [ -z "${MYSQL_SYNC_APT_UPDATED:-}" ] || return 0
    apt_quietly update && export MYSQL_SYNC_APT_UPDATED=1
}

install_packages() {
    local missing
    mapfile -t missing < <(missing_packages "$@")
    [ "${#missing[@]}" -gt 0 ] || return 0
    need_root_or_explain "${missing[@]}" || return
    explain "installing: ${missing[*]}"
    apt_update_once && apt_quietly install --no-install-recommends "${missing[@]}"
}

# As root the servers run as users who cannot enter root's home, so there the cache is the system's.
cache_dir() {
    if [ -n "${MYSQL_SYNC_CACHE:-}" ]; then
        echo "$MYSQL_SYNC_CACHE"
    elif [ "$EUID" -eq 0 ]; then
        echo /var/cache/mysql_sync
    else
        echo "${XDG_CACHE_HOME:-$HOME/.cache}/mysql_sync"
    fi
}

# The rename at the end makes DIR appear whole or not at all, the lock makes a second caller wait for the first.
build_in_cache() (
    dir=$1
    shift
    [ ! -d "$dir" ] || return 0
    umask 022
    mkdir -p "$(dirname "$dir")" || return
    exec 9>"$dir.lock" && flock 9 || return
    [ ! -d "$dir" ] || return 0
    rm -rf "$dir.new" && mkdir "$dir.new" || return
    "$@" "$dir.new" 9>&- && mv "$dir.new" "$dir"
)
