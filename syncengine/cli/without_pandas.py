"""Commands do without pandas: nothing here uses it, and it takes half a second to load.

DuckDB and pyarrow load it with the first value they are given, wherever it is installed (it comes with Streamlit), to
know one of its tables when they see it. Where it is missing they go on without, so here it is missing.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

_NAME = "pandas"


class _Missing(MetaPathFinder, Loader):
    """Finds pandas and cannot load it: who only asks whether it is there is not misled into an error."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(_NAME, self) if fullname == _NAME else None

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        raise ModuleNotFoundError(f"No module named {_NAME!r}: a command does without it", name=_NAME)

    def exec_module(self, module: ModuleType) -> None:
        raise NotImplementedError


def do_without_pandas() -> None:
    """From now on this process has no pandas, unless it has loaded it already."""
    if _NAME not in sys.modules and not any(isinstance(finder, _Missing) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Missing())
