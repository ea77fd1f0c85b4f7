"""`python -m syncengine.demo.store`: the demo store as a process of its own."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from syncengine.demo.store.faults import FaultError, parse_fault
from syncengine.demo.store.loading import RecordsError
from syncengine.demo.store.server import StoreOptions, serve


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m syncengine.demo.store", description=__doc__)
    parser.add_argument("--port", type=int, default=8601)
    parser.add_argument("--token", default="demo-token")
    parser.add_argument("--products", type=int, default=600)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--catalog", type=Path, default=None)
    parser.add_argument("--latency-ms", type=int, default=0)
    parser.add_argument("--fault", action="append", default=[])
    parser.add_argument("--state", type=Path, default=None)
    return parser


def main() -> int:
    """Serves until stopped; 2 for a wrong option."""
    given = _parser().parse_args()
    try:
        options = StoreOptions(
            port=given.port,
            token=given.token,
            products=given.products,
            seed=given.seed,
            catalog=given.catalog,
            latency_ms=given.latency_ms,
            faults=tuple(parse_fault(text) for text in given.fault),
            state=given.state,
        )
        serve(options)
    except (FaultError, RecordsError, OSError) as error:
        sys.stderr.write(f"The demo store cannot start: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
