"""SQL statements that stand in files of their own: `<room>/sql/<name>.sql`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path


def statements_beside(file: str) -> Callable[[str], str]:
    """What gives the text of a statement in the folder `sql` beside a file; each is read once."""
    folder = Path(file).parent / "sql"

    @cache
    def sql_text(name: str) -> str:
        return (folder / name).read_text("utf-8")

    return sql_text
