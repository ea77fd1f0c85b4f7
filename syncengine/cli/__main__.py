"""`python -m syncengine.cli`: the same as `catalog-sync`, a process of its own."""

from __future__ import annotations

from syncengine.cli.main import run
from syncengine.cli.without_pandas import do_without_pandas


def main() -> None:
    """The entry point of the process; ends it."""
    do_without_pandas()
    run()


if __name__ == "__main__":
    main()
