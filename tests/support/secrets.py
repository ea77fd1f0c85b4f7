"""Files of secrets as they have to be: readable by their owner alone."""

from __future__ import annotations

from pathlib import Path


def secret_file(path: Path, text: str) -> Path:
    """Write `text` to a file that only its owner can read."""
    path.touch(mode=0o600)
    path.write_text(text, "utf-8")
    return path
