"""What is installed here: versions, licences, and how much room the data takes."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import syncengine
from syncengine.inspection.view import CatalogView

_PACKAGES = (
    "streamlit", "duckdb", "duckdb-extension-ducklake", "polars", "pyarrow", "sqlalchemy", "pydantic", "requests",
    "urllib3", "starlette", "uvicorn", "typer", "rich", "schedule", "orjson", "prometheus-client", "tenacity",
)  # fmt: skip
_PARTS = {
    "lake": "Lake",
    "control.sqlite": "Control store",
    "outbox": "Outbox",
    "staging": "Staging",
    "tmp": "Spill space",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A package this program is built on."""

    name: str
    version: str
    licence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Versions, licences and sizes. `licence` None: the installation states none. `sizes`: bytes by part."""

    version: str
    python: str
    system: str
    licence: str | None
    data_dir: Path
    sizes: dict[str, int]
    components: tuple[Component, ...]

    @property
    def total_bytes(self) -> int:
        """What the data directory takes."""
        return sum(self.sizes.values())


def about(view: CatalogView) -> About:
    """What is installed. It looks at every file of the data directory: ask it seldom."""
    place = view.settings.data_dir.resolve()
    sizes = dict.fromkeys([*_PARTS.values(), "Other"], 0)
    for path, size in _files(place):
        first = path.relative_to(place).parts[0]
        first = "control.sqlite" if first.startswith("control.sqlite") else first
        sizes[_PARTS.get(first, "Other")] += size
    return About(
        version=syncengine.__version__,
        python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}",
        licence=_licence("catalog-sync"),
        data_dir=place,
        sizes=sizes,
        components=tuple(_components()),
    )


def _files(place: Path) -> Iterator[tuple[Path, int]]:
    for directory, _, names in os.walk(place):
        for name in names:
            path = Path(directory, name)
            try:
                yield path, path.stat(follow_symlinks=False).st_size
            except FileNotFoundError:
                continue  # files come and go while an engine works


def _components() -> Iterator[Component]:
    for name in _PACKAGES:
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
        yield Component(name=name, version=version, licence=_licence(name) or "not stated")


def _licence(package: str) -> str | None:
    """The licence a package states of itself: the expression, the classifier, or the first line of its text."""
    try:
        stated = metadata.metadata(package)
    except metadata.PackageNotFoundError:
        return None
    if "License-Expression" in stated:
        return stated["License-Expression"]
    for classifier in stated.get_all("Classifier") or ():
        if classifier.startswith("License ::") and classifier != "License :: OSI Approved":
            return classifier.rpartition(" :: ")[2]
    if "License" not in stated or not stated["License"].strip():
        return None
    return stated["License"].strip().splitlines()[0][:80]
