#!/bin/sh
# `every.sh SECONDS COMMAND ...`: manage.py COMMAND, now and again after so many seconds, whether it succeeds or not.
set -u
seconds=$1
shift
trap 'kill "$child" 2>/dev/null; exit 0' TERM INT
while :; do
    python manage.py "$@" &
    child=$!
    wait "$child" || echo "manage.py $*: exit code $?" >&2
    sleep "$seconds" &
    child=$!
    wait "$child"
done
