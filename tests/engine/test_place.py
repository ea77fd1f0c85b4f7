"""Data directories on network file systems are refused; what the system says of its mounts is read as it writes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncengine.engine import open_workshop
from syncengine.engine.place import filesystem_kind, refuse_network_directory
from syncengine.errors import NetworkDirectoryError
from syncengine.progress import SilentObserver
from syncengine.settings import Settings

MOUNTS = r"""22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 0:40 / /mnt/shop rw,relatime shared:20 - nfs4 files:/shop rw,vers=4.2
41 22 0:41 / /mnt/windows\040share rw - cifs //server/share rw
42 40 8:2 / /mnt/shop/local rw - xfs /dev/sdb1 rw
43 22 0:43 / /mnt/twice rw - ext4 /dev/sdc1 rw
44 22 0:44 / /mnt/twice rw - fuse.sshfs me@host: rw
a line that is none
"""


@pytest.fixture
def mounts(tmp_path: Path) -> Path:
    file = tmp_path / "mountinfo"
    file.write_text(MOUNTS)
    return file


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("/mnt/shop/data", "nfs4"),
        ("/mnt/shop", "nfs4"),
        ("/mnt/shopping/data", "ext4"),
        ("/mnt/shop/local/data", "xfs"),
        ("/mnt/windows share/data", "cifs"),
        ("/mnt/twice/data", "fuse.sshfs"),
        ("/var/lib/data", "ext4"),
    ],
)
def test_the_innermost_mount_says_what_kind_it_is(mounts: Path, place: str, kind: str) -> None:
    assert filesystem_kind(Path(place), mounts=mounts) == kind


def test_a_network_directory_is_refused_and_a_local_one_is_not(mounts: Path) -> None:
    with pytest.raises(NetworkDirectoryError, match="nfs4") as refused:
        refuse_network_directory(Path("/mnt/shop/data"), mounts=mounts)

    assert "allow_network_filesystem" in refused.value.hint
    refuse_network_directory(Path("/var/lib/data"), mounts=mounts)


def test_a_system_that_does_not_tell_is_believed(tmp_path: Path) -> None:
    assert filesystem_kind(tmp_path, mounts=tmp_path / "absent") is None
    refuse_network_directory(tmp_path, mounts=tmp_path / "absent")


@pytest.mark.parametrize("allowed", [False, True])
def test_a_workshop_is_opened_there_only_when_the_settings_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allowed: bool
) -> None:
    told = tmp_path / "mountinfo"
    told.write_text(f"22 1 8:1 / / rw - ext4 /dev/sda1 rw\n40 22 0:40 / {tmp_path} rw - nfs4 files:/shop rw\n")
    monkeypatch.setattr("syncengine.engine.place.refuse_network_directory.__kwdefaults__", {"mounts": told})
    settings = Settings.model_validate(
        {
            "data_dir": tmp_path / "data",
            "source": {"kind": "files", "path": tmp_path},
            "destination": {"kind": "folder", "path": tmp_path / "sent"},
            "engine": {"allow_network_filesystem": allowed},
        }
    )
    opened = open_workshop(settings, SilentObserver(), kind="engine", should_stop=lambda: False)
    if allowed:
        with opened:
            return
    with pytest.raises(NetworkDirectoryError), opened:
        pass
    assert not (tmp_path / "data").exists(), "nothing was written there"
