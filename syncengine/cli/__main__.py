"""`python -m syncengine.cli`: the same as `catalog-sync`."""

from syncengine.cli.main import run

run()
