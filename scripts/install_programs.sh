#!/bin/sh
# Installs the programs that the tests run (vim, less, strace, other shells), where this may be done.
# Without them the tests that need one are skipped, each saying so.
set -u

missing=
for program in dash bash vim less strace git sqlite3 autoconf cc make nginx parallel; do
    command -v "$program" >/dev/null 2>&1 || missing="$missing $program"
done
[ -n "$missing" ] || exit 0
missing=$(echo "$missing" | sed "s/ cc\b/ gcc libc6-dev/")

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "not installed, tests that need them are skipped:$missing" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
{ apt-get update -q && apt-get install -y -q --no-install-recommends $missing; } >/dev/null 2>&1 ||
    echo "could not be installed, tests that need them are skipped:$missing" >&2
exit 0
