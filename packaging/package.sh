#!/bin/sh
# Builds dist/donjon and proves that it stands alone: its self-test runs on a copy elsewhere, with .venv out of reach.
# The models come from DONJON_HOME.
set -eu
cd "$(dirname "$0")/.."

.venv/bin/pyinstaller --noconfirm --log-level WARN --distpath dist --workpath build packaging/donjon.spec
du -sh dist/donjon

elsewhere=$(mktemp -d)
restore() {
    rm -rf "$elsewhere"
    if [ -d .venv.away ]; then mv .venv.away .venv; fi
}
trap restore EXIT INT TERM
cp -a dist/donjon "$elsewhere/moved"
mv .venv .venv.away
cd "$elsewhere"
env -u PYTHONPATH -u VIRTUAL_ENV ./moved/donjon --home "$DONJON_HOME" self-test
