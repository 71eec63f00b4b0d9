# shellcheck shell=bash
#
# MySQL 9, the newest source that the tests use: the server that Debian unstable carries. Its packages are
# unpacked into a folder of their own and the server runs with the C library found there, so nothing of it is
# installed on this machine, no chroot is needed, and root is not needed either. To be sourced after packages.sh.
#
#   mysql9_setup      get the server, once
#   mysql9_binary     the command line of the server, one word per line

MYSQL9_PACKAGE=mysql-server-core

mysql9_home() { echo "$(cache_dir)/mysql-9"; }

mysql9_setup() { build_in_cache "$(mysql9_home)" mysql9_fetch; }

mysql9_fetch() {
    local into=$1
    install_packages debootstrap || return
    mkdir "$into/packages"
    mysql9_download "$MYSQL9_PACKAGE" "$into/packages" && mysql9_install "$into/packages" "$into" &&
        rm -rf "$into/packages"
}

# mysql9_install PACKAGES DIR
mysql9_install() {
    local into=$2
    mkdir "$into/root"
    mysql9_unpack "$1" "$into/root" && mysql9_keep "$into/root/usr" "$into/usr" && rm -rf "$into/root" &&
        mysql9_check "$into"
}

# mysql9_download PACKAGE DIR: debootstrap follows the dependencies, checks the signatures and knows a mirror. Where that one is out of
# reach, the machine's own may be a copy of it.
mysql9_download() {
    local package=$1 into=$2 own mirror
    # shellcheck disable=SC2016  # apt-get's own variables
    own=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' |
        sed -n 's/^Debian //p' | head -n 1)
    for mirror in '' "$own"; do
        debootstrap --download-only --variant=minbase --include="$package" sid "$into" \
            ${mirror:+"$mirror"} >"$into/log" 2>&1 </dev/null && return
    done
    explain "debootstrap cannot get $package of Debian unstable: $(grep '^[EW]:' "$into/log" | tail -n 1)"
    return 1
}

mysql9_unpack() {
    local package
    for package in "$1"/var/cache/apt/archives/*.deb; do
        dpkg-deb --extract "$package" "$2" || return
    done
}

# The server and its libraries only: among the rest are setuid programs, which have no business in a cache.
mysql9_keep() {
    mkdir -p "$2/sbin" "$2/share" && mv "$1"/lib* "$2/" && mv "$1/sbin/mysqld" "$2/sbin/" &&
        mv "$1/share/mysql" "$2/share/"
}

mysql9_check() {
    local said
    said=$(mysql9_command "$1" --version 2>&1) && return
    explain "the MySQL server of Debian unstable does not run here: $said"
    return 1
}

mysql9_command() {
    local words
    mapfile -t words < <(mysql9_words "$1")
    "${words[@]}" "${@:2}"
}

# The dynamic loader is called by name, as the one of this machine may be too old for these libraries.
mysql9_words() {
    local home=$1 loader libraries
    loader=$(compgen -G "$home/usr/lib*/ld-linux*.so.*" | head -n 1)
    libraries=$(dirname "$(compgen -G "$home/usr/lib/*/libc.so.6")")
    printf '%s\n' "$loader" --library-path "$libraries" "$home/usr/sbin/mysqld" --no-defaults \
        "--basedir=$home/usr" "--plugin-dir=$home/usr/lib/mysql/plugin"
}

mysql9_binary() { mysql9_words "$(mysql9_home)"; }
