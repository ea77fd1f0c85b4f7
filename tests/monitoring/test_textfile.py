"""The metrics as a file: whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from inspection.lake_of import LakeOf, product
from prometheus_client.parser import text_string_to_metric_families

from syncengine.errors import StorageError
from syncengine.inspection.view import CatalogView
from syncengine.monitoring.textfile import write_metrics_textfile


def test_the_file_holds_the_numbers_and_nothing_is_left_beside_it(
    lake: LakeOf, view: CatalogView, tmp_path: Path
) -> None:
    lake.synced(products=[product("a")])
    place = tmp_path / "textfile"
    place.mkdir()
    path = place / "catalog_sync.prom"
    path.write_text("of yesterday")

    write_metrics_textfile(view, path)

    names = {family.name for family in text_string_to_metric_families(path.read_text())}
    assert "catalog_sync_runs" in names
    assert [item.name for item in place.iterdir()] == ["catalog_sync.prom"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_directory_that_is_not_there_is_a_clear_error(view: CatalogView, tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        write_metrics_textfile(view, tmp_path / "missing" / "x.prom")
