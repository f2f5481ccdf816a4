#!/usr/bin/env bash
# Back up a HOME: everything that cannot be made again, in one archive with its sha256. Takes the run lock, so no run writes
# meanwhile. The outbox in it holds CPR numbers: keep it encrypted, and both keys apart from it (HOME/keys is left out).
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: backup.sh HOME TARGET_FOLDER" >&2; exit 2; }
home=$(cd "$1" && pwd)
mkdir -p "$2"
target=$(cd "$2" && pwd)/repat-$(date -u +%Y%m%dT%H%M%SZ).tar.gz
mkdir -p "$home/work"
exec 9>"$home/work/run.lock"
flock --nonblock 9 || { echo "backup: a run is writing $home; try again when it has ended" >&2; exit 1; }
umask 077
parts=()
for part in layout.json lake vault quarantine refused archive outbox decisions history releases audit erasures; do
    [ -e "$home/$part" ] && parts+=("$part")
done
tar --create --gzip --file "$target.part" --directory "$home" "${parts[@]}"
sync "$target.part"
mv "$target.part" "$target"
(cd "$(dirname "$target")" && sha256sum "$(basename "$target")" > "$(basename "$target").sha256")
echo "$target"
