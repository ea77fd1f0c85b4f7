"""Whether a data directory may be used: one on a network file system has locks that may hold nobody off."""

from __future__ import annotations

from pathlib import Path

from syncengine.errors import NetworkDirectoryError

MOUNTS = Path("/proc/self/mountinfo")
_NETWORK_KINDS = {
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "coda", "glusterfs", "lustre", "beegfs", "ceph",
    "fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.s3fs", "fuse.rclone", "fuse.davfs", "davfs",
}  # fmt: skip


def refuse_network_directory(directory: Path, *, mounts: Path = MOUNTS) -> None:
    """Raises: NetworkDirectoryError when `directory` lies on a network file system, as far as the system tells."""
    kind = filesystem_kind(directory, mounts=mounts)
    if kind in _NETWORK_KINDS:
        raise NetworkDirectoryError(
            f"The data directory `{directory}` lies on a network file system ({kind}).",
            hint="Put it on a local disk: `data_dir`. `engine.allow_network_filesystem = true` goes on all the same, "
            "where you see to it that no second engine is started.",
        )


def filesystem_kind(directory: Path, *, mounts: Path = MOUNTS) -> str | None:
    """The kind of the file system that holds `directory`; None where the system does not tell."""
    try:
        lines = mounts.read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    place = directory.resolve()
    best: tuple[int, str] | None = None
    for line in lines:
        before, separator, after = line.partition(" - ")
        fields = before.split(" ")
        if not separator or len(fields) < 5:
            continue
        point = Path(_unescaped(fields[4]))
        # of mounts on top of each other the last one counts
        if place.is_relative_to(point) and (best is None or len(point.parts) >= best[0]):
            best = (len(point.parts), after.split(" ")[0])
    return None if best is None else best[1]


def _unescaped(text: str) -> str:
    """The kernel writes blanks, tabs, line breaks and backslashes of a path as octal numbers."""
    for escaped, plain in ((r"\040", " "), (r"\011", "\t"), (r"\012", "\n"), (r"\134", "\\")):
        text = text.replace(escaped, plain)
    return text
