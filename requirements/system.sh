#!/bin/sh
# What the tests need beside Python: Chromium, PostgreSQL, gettext, WeasyPrint's libraries and a font. On Debian as root
# it is installed; elsewhere named.
set -eu

missing=""
if [ -z "${CHROMIUM:-}" ] && ! command -v chromium >/dev/null; then missing="$missing chromium fonts-liberation"; fi
if [ -z "${TEST_DATABASE_URL:-}" ] && ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 &&
    ! command -v initdb >/dev/null; then missing="$missing postgresql"; fi
if ! command -v xgettext >/dev/null; then missing="$missing gettext"; fi
if [ -x /sbin/ldconfig ]; then
    libraries=$(/sbin/ldconfig -p)
    # The browser driver's own need, then WeasyPrint's.
    for each in libatomic.so.1:libatomic1 libpango-1.0.so.0:libpango-1.0-0 libpangoft2-1.0.so.0:libpangoft2-1.0-0 \
        libharfbuzz-subset.so.0:libharfbuzz-subset0; do
        case "$libraries" in *"${each%:*}"*) ;; *) missing="$missing ${each#*:}" ;; esac
    done
fi
if [ -z "$(find /usr/share/fonts /usr/local/share/fonts -name '*.[ot]tf' 2>/dev/null | head -n 1)" ]; then
    missing="$missing fonts-liberation"
fi

[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "Install first (Debian's names of the packages):$missing" >&2
    exit 1
fi
echo "Installing$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get -qq -o Acquire::Retries=3 update
# shellcheck disable=SC2086 # one word per package
apt-get -qq -o Acquire::Retries=3 install --no-install-recommends $missing >/dev/null
