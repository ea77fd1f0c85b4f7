#!/usr/bin/env bash
# Makes <version>.tar.xz: a small data directory as the checked-out version writes it, for the tests of later ones.
#   git worktree add /somewhere v0.1.0 && cd /somewhere && .../tests/upgrades/make_directory.sh 0.1.0
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
export CATALOG_SYNC_DATA_DIR="$place/data" CATALOG_SYNC_DEMO__PRODUCTS=5 PYTHONPATH="$PWD"
export CATALOG_SYNC_DEMO__STORE_PORT=0 CATALOG_SYNC_DEMO__SERVICES_PORT=0
python -m syncengine.cli sync
rm -rf "$place/data/demo"
tar -C "$place" -cJf "$here/$1.tar.xz" data
