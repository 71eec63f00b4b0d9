# shellcheck shell=bash
#
# Building the extension, and a PostgreSQL of its own to install it into. To be sourced after packages.sh.
#
#   build_extension DIR PG_CONFIG           compile in DIR, a mirror of the sources by symbolic links
#   install_extension DIR PG_CONFIG         what build_extension made there, into the server of PG_CONFIG
#   check_symbols DIR                       fail where the library shows the server more than it should
#   installed_pg_config                     the pg_config of the PostgreSQL to build for: PG_CONFIG or Debian's
#   private_postgres DIR                    make a PostgreSQL in DIR, print its pg_config
#
# The sources stay untouched, so builds for several servers do not mix, and the repository may be read-only.

# shellcheck disable=SC2034  # for the scripts that source this file
PACKAGES_EXTENSION=(make g++ "postgresql-server-dev-$PG_MAJOR" libmariadb-dev libssl-dev libzstd-dev zlib1g-dev)

repository=$(dirname "$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")")

# The links are made anew each time, so a file that is gone from the sources is gone here. The objects stay.
mirror_sources() {
    local into=$1 part
    mkdir -p "$into"
    find "$into" -type l -delete
    for part in Makefile mysql_sync.control mysql_sync.map src bgworker sql expected; do
        cp -rsn "$repository/$part" "$into/" || return
    done
    # What a make in the sources themselves has left there, perhaps for another server.
    find "$into" -type l \( -name '*.[od]' -o -name '*.so' -o -name '*.bc' \) -delete
}

build_extension() {
    local dir=$1 pg_config=$2
    mirror_sources "$dir" && make -C "$dir" -s "-j$(nproc)" PG_CONFIG="$pg_config" WERROR=-Werror
}

install_extension() {
    local dir=$1 pg_config=$2
    make -C "$dir" -s install PG_CONFIG="$pg_config"
}

check_symbols() {
    local unexpected
    unexpected=$(nm -D --defined-only "$1/mysql_sync.so" | awk '{ sub(/@.*/, "", $3); print $3 }' |
        grep -vxE 'mysql_sync_[a-z0-9_]+|pg_finfo_mysql_sync_[a-z0-9_]+|_PG_init|Pg_magic_func') || return 0
    explain "mysql_sync.so exports what it should not:" "$unexpected"
    return 1
}

installed_pg_config() { echo "${PG_CONFIG:-/usr/lib/postgresql/$PG_MAJOR/bin/pg_config}"; }

# PostgreSQL finds its files from where its programs are, so a copy of the programs with everything else in the same
# places around them is a server of its own. Only the programs have to be copied: links would lead back.
private_postgres() {
    local root=$1 config bin place
    config=$(installed_pg_config)
    bin=$("$config" --bindir)
    mkdir -p "$root$bin"
    cp -rL "$bin/." "$root$bin/" || return
    for place in "$("$config" --pkglibdir)" "$("$config" --sharedir)"; do
        mkdir -p "$root$place"
        cp -rsn "$place/." "$root$place/" || return
    done
    for place in "$("$config" --includedir)" "$("$config" --includedir-server)"; do
        [ -e "$root$place" ] || { mkdir -p "$(dirname "$root$place")" && ln -s "$place" "$root$place"; } || return
    done
    echo "$root$bin/pg_config"
}
