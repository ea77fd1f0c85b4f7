"""DuckLake is loaded only from a file that DuckDB has signed, and a process has that verified once."""

from __future__ import annotations

import shutil
from contextlib import closing
from importlib import resources
from pathlib import Path

import duckdb
import pytest

from syncengine.errors import LakeError
from syncengine.lake import extension
from syncengine.lake.extension import connect_with_ducklake

WITHOUT_DOWNLOADS: extension.Config = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}


@pytest.fixture
def packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The extension packed for pip, in a place where a test may damage it, not yet verified by this process."""
    root = Path(str(resources.files("duckdb_extension_ducklake")))
    copy = tmp_path / "ducklake.duckdb_extension"
    shutil.copyfile(root / "extensions" / f"v{duckdb.__version__}" / copy.name, copy)
    monkeypatch.setattr(extension, "_packed_extension", lambda: copy)
    monkeypatch.setattr(extension, "_verified", set())
    return copy


def _damage(file: Path) -> None:
    """Another byte in the middle of a file, as an intruder or a bad disk would leave it."""
    with file.open("r+b") as opened:
        opened.seek(file.stat().st_size // 2)
        (byte,) = opened.read(1)
        opened.seek(-1, 1)
        opened.write(bytes([byte ^ 1]))


def test_a_file_that_is_not_as_it_was_signed_is_not_loaded(packed: Path) -> None:
    _damage(packed)
    with pytest.raises(LakeError, match="signature"):
        connect_with_ducklake(WITHOUT_DOWNLOADS)


def test_once_verified_it_is_loaded_again_but_nothing_else_that_is_unsigned(packed: Path, tmp_path: Path) -> None:
    connect_with_ducklake(WITHOUT_DOWNLOADS).close()
    other = tmp_path / "other.duckdb_extension"
    shutil.copyfile(packed, other)
    _damage(other)
    with closing(connect_with_ducklake(WITHOUT_DOWNLOADS)) as connection:
        connection.execute(f"ATTACH 'ducklake:{tmp_path}/c.ducklake' AS lake (DATA_PATH '{tmp_path}/files')")
        assert connection.sql("SELECT current_setting('allow_unsigned_extensions')").fetchone() == (False,)
        with pytest.raises(duckdb.IOException, match="signature"):
            connection.execute(f"LOAD '{other}'")
        with pytest.raises(duckdb.InvalidInputException, match="while database is running"):
            connection.execute("SET allow_unsigned_extensions = true")


def test_a_file_that_was_replaced_is_verified_anew(packed: Path) -> None:
    connect_with_ducklake(WITHOUT_DOWNLOADS).close()
    _damage(packed)
    with pytest.raises(LakeError, match="signature"):
        connect_with_ducklake(WITHOUT_DOWNLOADS)
