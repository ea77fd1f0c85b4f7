"""The walls of the house: a room imports only from rooms before it on the path."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
ROOMS = ("catalog", "feeds", "lake", "changes", "export", "inspection")  # in the order of the path
SHARED = {"control", "settings", "errors", "progress", "transport", "traffic", "wire"}  # what every room may import


def sources(*places: str) -> list[Path]:
    """The Python files of some places below the project."""
    found: list[Path] = []
    for place in places:
        path = PROJECT / place
        found += [path] if path.is_file() else sorted(path.rglob("*.py"))
    return found


def imported(path: Path) -> Iterator[str]:
    """The dotted names a file imports, wherever in it: modules, and what is taken from them."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms_imported(path: Path) -> set[str]:
    """The parts of syncengine that a file imports from."""
    return {name.split(".")[1] for name in imported(path) if name.startswith("syncengine.")}


def place_of(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_from_rooms_before_it(room: str) -> None:
    allowed = {*ROOMS[: ROOMS.index(room) + 1], *SHARED}

    wrong = {
        place_of(path): beyond for path in sources(f"syncengine/{room}") if (beyond := rooms_imported(path) - allowed)
    }

    assert sources(f"syncengine/{room}")
    assert wrong == {}


@pytest.mark.parametrize(
    ("part", "allowed"),
    [
        ("control", {"control", "errors"}),
        ("settings", {"settings", "errors"}),
        ("errors.py", set()),
        ("transport.py", {"errors", "traffic", "wire"}),
        ("wire.py", {"errors"}),
        ("traffic.py", set()),
    ],
)
def test_what_every_room_may_import_imports_no_room(part: str, allowed: set[str]) -> None:
    wrong = {
        place_of(path): beyond for path in sources(f"syncengine/{part}") if (beyond := rooms_imported(path) - allowed)
    }

    assert wrong == {}


def test_the_demo_knows_nothing_of_the_rooms_but_the_feeds_schemas() -> None:
    wrong: dict[str, set[str]] = {}
    for path in sources("syncengine/demo"):
        beyond = rooms_imported(path) - {"demo", "errors", "settings"}
        if beyond and not (beyond == {"feeds"} and "services" in path.parts):
            wrong[place_of(path)] = beyond

    assert wrong == {}


def test_duckdb_is_only_where_rooms_own_sql() -> None:
    wrong = [
        place_of(path)
        for path in sources("syncengine", "pages", "ui", "app.py")
        if any(name.split(".")[0] == "duckdb" for name in imported(path))
        and not (path.is_relative_to(PROJECT / "syncengine") and path.relative_to(PROJECT).parts[1] in ROOMS)
    ]

    assert wrong == []


def test_streamlit_is_only_in_the_app() -> None:
    wrong = [
        place_of(path)
        for path in sources("syncengine")
        if any(name.split(".")[0] == "streamlit" for name in imported(path))
    ]

    assert wrong == []


@pytest.mark.parametrize("banned", ["sqlalchemy", "requests", "sqlite3", "socket", "urllib"])
def test_pages_hold_no_sql_and_no_network(banned: str) -> None:
    wrong = [
        place_of(path) for path in sources("pages") if any(name.split(".")[0] == banned for name in imported(path))
    ]

    assert wrong == []


def test_only_the_lake_attaches_the_lake_for_writing() -> None:
    wrong = [
        place_of(path)
        for path in sources("syncengine")
        if "'ducklake:" in path.read_text("utf-8") and path.parent != PROJECT / "syncengine" / "lake"
    ]

    assert wrong == []


def test_no_process_forks_while_it_holds_the_lock() -> None:
    wrong = [
        place_of(path)
        for path in sources("syncengine", "pages", "ui", "app.py")
        if {"os.fork", "os.forkpty"} & {ast.unparse(node) for node in ast.walk(ast.parse(path.read_text("utf-8")))
                                        if isinstance(node, ast.Attribute)}
    ]  # fmt: skip

    assert wrong == []


def test_every_statement_file_says_what_it_is_for() -> None:
    files = sorted((PROJECT / "syncengine").rglob("*.sql"))

    assert files
    assert [place_of(path) for path in files if not path.read_text("utf-8").startswith("--")] == []


def test_no_text_of_the_app_has_the_name_of_another() -> None:
    """Of two with one name the first is lost, and nobody tells."""
    twice: dict[str, list[str]] = {}
    for path in sources("ui", "syncengine"):
        names = [
            target.id
            for node in ast.parse(path.read_text("utf-8")).body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name) and target.id.isupper()
        ]
        if found := sorted({name for name in names if names.count(name) > 1}):
            twice[place_of(path)] = found

    assert twice == {}
