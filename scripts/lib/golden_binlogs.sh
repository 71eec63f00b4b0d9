# shellcheck shell=bash
#
# Binlog files of many servers, as they lie in the test suites of MySQL and MariaDB, and MySQL's mysqlbinlog, which prints
# them. To be sourced after packages.sh and source_mysql9.sh.
#
#   golden_mariadb DIR       the binlog files of Debian's mariadb-test-data into DIR
#   golden_mysql_setup       get those of MySQL's test suite in Debian unstable, and mysqlbinlog, once
#   golden_mysql_binlogs     the directory with them
#   golden_mysqlbinlog       the command line of mysqlbinlog, one word per line

GOLDEN_MARIADB_PACKAGE=mariadb-test-data
GOLDEN_MYSQL_PACKAGE=mysql-testsuite # brings the server and its programs along

golden_collect() { "$(dirname "${BASH_SOURCE[0]}")/../../tests/golden/collect_binlogs.py" "$@"; }

golden_mariadb() {
    install_packages "$GOLDEN_MARIADB_PACKAGE" && rm -rf "$1" && golden_collect /usr/share/mysql/mysql-test "$1"
}

golden_mysql_home() { echo "$(cache_dir)/golden-mysql"; }

golden_mysql_binlogs() { echo "$(golden_mysql_home)/mysql"; }

golden_mysql_setup() { build_in_cache "$(golden_mysql_home)" golden_mysql_fetch; }

# The packages have several hundred megabytes, of which a few are kept. The server is among them.
golden_mysql_fetch() {
    local into=$1 archives=$1/packages/var/cache/apt/archives
    install_packages debootstrap || return
    mkdir "$into/packages" "$into/root" "$into/suite"
    mysql9_download "$GOLDEN_MYSQL_PACKAGE" "$into/packages" &&
        mv "$archives"/"$GOLDEN_MYSQL_PACKAGE"_*.deb "$into/suite.deb" &&
        dpkg-deb --fsys-tarfile "$into/suite.deb" | tar -x -C "$into/suite" --wildcards '*/std_data/*' &&
        golden_collect "$into/suite/usr/lib/mysql-test" "$into/mysql" &&
        mysql9_unpack "$into/packages" "$into/root" && golden_mysql_keep "$into/root/usr" "$into" &&
        build_in_cache "$(mysql9_home)" mysql9_install "$into/packages" &&
        rm -rf "$into/packages" "$into/root" "$into/suite" "$into/suite.deb" &&
        golden_mysql_check "$into"
}

golden_mysql_keep() {
    local loader needed
    loader=$(compgen -G "$1/lib/*-linux-gnu/ld-linux*.so.*")
    mkdir "$2/lib" "$2/bin" && mv "$1/bin/mysqlbinlog" "$2/bin/" || return
    mapfile -t needed < <("$loader" --library-path "$(dirname "$loader")" --list "$2/bin/mysqlbinlog" |
        sed -n 's/^.* => \(.*\) (0x.*$/\1/p')
    cp -L "$loader" "$2/lib/" && cp -Lu "${needed[@]}" "$2/lib/"
}

golden_mysql_check() {
    local words said
    mapfile -t words < <(golden_mysqlbinlog "$1")
    said=$("${words[@]}" --version 2>&1) && return
    explain "the mysqlbinlog of Debian unstable does not run here: $said"
    return 1
}

golden_mysqlbinlog() {
    local home=${1:-$(golden_mysql_home)}
    printf '%s\n' "$(compgen -G "$home/lib/ld-linux*.so.*" | head -n 1)" --library-path "$home/lib" \
        "$home/bin/mysqlbinlog" --no-defaults
}
