"""What is installed, and how much room the data takes."""

from __future__ import annotations

from pathlib import Path

import syncengine
from syncengine.inspection.about import about
from syncengine.inspection.view import CatalogView
from syncengine.settings import Settings


def test_the_data_directory_is_measured_part_by_part(tmp_path: Path) -> None:
    (tmp_path / "lake" / "files").mkdir(parents=True)
    (tmp_path / "lake" / "files" / "a.parquet").write_bytes(b"x" * 3_000)
    (tmp_path / "control.sqlite").write_bytes(b"x" * 500)
    (tmp_path / "control.sqlite-wal").write_bytes(b"x" * 40)
    (tmp_path / "notes.txt").write_bytes(b"x" * 7)
    found = about(CatalogView(Settings(data_dir=tmp_path)))
    sizes = {name: size for name, size in found.sizes.items() if size}
    assert sizes == {"Lake": 3_000, "Control store": 540, "Other": 7}
    assert found.total_bytes == 3_547


def test_versions_and_licences_are_what_the_packages_state(tmp_path: Path) -> None:
    found = about(CatalogView(Settings(data_dir=tmp_path / "none")))
    assert found.version == syncengine.__version__ and found.total_bytes == 0
    stated = {one.name: one for one in found.components}
    assert "Apache" in stated["streamlit"].licence
    assert stated["duckdb"].version and stated["duckdb"].licence != "not stated"
