"""The odd catalog's expected items, written out in full: tests/feeds/golden/<feed>.jsonl.

After a wanted change: `python tests/feeds/test_golden.py` writes them again; read the difference before committing it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pytest

PLACE = Path(__file__).resolve().parent
sys.path.insert(0, str(PLACE))

from odd_catalog import compile_catalog, odd_catalog, rows, set_aside  # noqa: E402

from syncengine.feeds.registry import FEEDS  # noqa: E402


def payloads(out: Path) -> dict[str, list[str]]:
    """Canonical payloads by feed, in order of identity."""
    return {name: [row["payload"] for row in rows(done)] for name, done in compile_catalog(odd_catalog(), out).items()}


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    out = tmp_path_factory.mktemp("golden")
    found = payloads(out)
    assert set_aside(out) == []
    return found


@pytest.mark.parametrize("name", FEEDS)
def test_items_are_byte_for_byte_the_expected_ones(name: str, compiled: dict[str, list[str]]) -> None:
    assert compiled[name] == (PLACE / "golden" / f"{name}.jsonl").read_text("utf-8").splitlines()


if __name__ == "__main__":
    for feed_name, lines in payloads(Path(tempfile.mkdtemp())).items():
        (PLACE / "golden" / f"{feed_name}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
