#!/usr/bin/env bash
# Restore a HOME from an archive of backup.sh into an empty folder. The pseudonym key is put back apart from it.
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: restore.sh ARCHIVE NEW_HOME" >&2; exit 2; }
archive=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
if [ -e "$2" ] && [ -n "$(ls -A "$2")" ]; then
    echo "restore: $2 is not empty; move it aside first" >&2
    exit 1
fi
(cd "$(dirname "$archive")" && sha256sum --check --quiet "$(basename "$archive").sha256")
umask 077
mkdir -p "$2"
tar --extract --gzip --file "$archive" --directory "$2" --no-same-owner --preserve-permissions
echo "restored to $2: put both keys back, then repat run"
