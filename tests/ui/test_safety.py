"""What no page may do: draw data as Markdown or HTML, read files, or be reached around the router."""

from __future__ import annotations

import ast
import importlib.util
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [*sorted((ROOT / "pages").glob("*.py")), *sorted((ROOT / "ui").glob("*.py"))]

# Streamlit draws the text of these as Markdown, which loads pictures and follows links
MARKDOWN = {
    *("write", "markdown", "title", "header", "subheader", "caption", "metric", "table", "success", "info", "warning"),
    *("error", "exception", "toast", "badge", "help", "latex", "echo", "feedback"),
}
# labels are Markdown too, so they are literals, wording of ours, or go through `label`
LABELLED = {
    *("text_input", "selectbox", "segmented_control", "pills", "toggle", "button", "popover", "expander", "tabs"),
    *("page_link", "download_button", "checkbox", "radio", "multiselect"),
}
# st.html is fed by these modules only; everything they put into it is escaped there
HTML_MAKERS = {
    "access.py",
    "cards.py",
    "diff_view.py",
    "bootstrap.py",
    "discrepancy_blocks.py",
    "discrepancy_item.py",
    "item_head.py",
    "item_diff.py",
    "item_history.py",
    "link_table.py",
    "product_blocks.py",
    "product_why.py",
    "status_blocks.py",
    "runs.py",
    "strip.py",
    "freshness.py",
    "first_run.py",
    "troubles.py",
    "run_blocks.py",
    "run_list.py",
    "run_timeline.py",
    "resync.py",
    "settings_held.py",
    "settings_resync.py",
    "settings_sections.py",
}


def _calls(path: Path) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "st"
        ):
            yield node, node.func.attr


def _is_wording(node: ast.expr) -> bool:
    """A literal, or something of ui/texts.py or ui/run_texts.py, or what `label` made of data."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.Attribute):
        return isinstance(node.value, ast.Name) and node.value.id.endswith("texts")
    if isinstance(node, ast.Subscript):
        return _is_wording(node.value)
    if isinstance(node, ast.List):
        return all(map(_is_wording, node.elts))
    return isinstance(node, ast.Name) and node.id in {"words", "names"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_data_is_drawn_as_markdown(path: Path) -> None:
    for call, name in _calls(path):
        where = f"{path.name}:{call.lineno} st.{name}"
        assert not any(word.arg == "unsafe_allow_html" for word in call.keywords), where
        assert not any(word.arg == "unsafe_allow_javascript" for word in call.keywords), where
        if name in MARKDOWN:
            assert all(map(_is_wording, call.args)), f"{where} draws text that is not our own as Markdown"
        if name in LABELLED:
            labels = [*call.args[:1], *(word.value for word in call.keywords if word.arg in ("label", "help"))]
            own = [one for one in labels if not (name == "page_link" and one in call.args)]
            assert all(_is_own_label(one) for one in own), f"{where} has a label that is not our own"
        if name == "html":
            assert path.name in HTML_MAKERS, f"{where}: HTML is made in {sorted(HTML_MAKERS)} only"


def _is_own_label(node: ast.expr) -> bool:
    # `words[key]` is a dict of texts; nothing else may stand there
    return _is_wording(node)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_html_is_built_from_literals_and_escaped_values_only(path: Path) -> None:
    """In an f-string with a tag in it, each value is a call of a known escaping helper or a name that holds HTML."""
    helpers = {
        "request_words",
        "estimate_words",
        "_cell",
        "esc",
        "bdi",
        "sentence",
        "mono",
        "count",
        "join",
        "_marked",
        "_row",
        "_fold",
        "_cells",
        "_side",
    }
    # names that hold HTML made by a helper, or numbers and marks of ours
    held = {
        *("below", "small", "extra", "value", "items", "body", "rows", "inner", "number", "mark", "percent", "bar"),
        *("blocks", "strip", "title", "marks", "kind", "line", "tone", "when", "sentence", "index", "delta", "shown"),
        *("left_out", "label", "side", "part", "first", "what", "head", "href"),
    }
    # of one item and of a discrepancy
    helpers |= {"_unified_line", "thumbnail", "_heading", "_number"}
    held |= {"edits", "answer", "badge", "gone", "came", "step", "picture", "told"}
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if not isinstance(node, ast.JoinedStr):
            continue
        literal = "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
        if "<" not in literal or ">" not in literal:
            continue
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                assert _is_safe(part.value, helpers, held), f"{path.name}:{node.lineno} {ast.unparse(part.value)}"


def _is_safe(node: ast.expr, helpers: set[str], held: set[str]) -> bool:
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return name in helpers or name.endswith("badge")
    if isinstance(node, ast.IfExp):
        return _is_safe(node.body, helpers, held) and _is_safe(node.orelse, helpers, held)
    if isinstance(node, ast.Subscript):
        # a number, or a table of marks and words of ours
        return ast.unparse(node) in {"total[1]", "_SPOKEN[row.kind]", "_MARK[row.kind]"}
    if isinstance(node, ast.Attribute):
        return ast.unparse(node) in {"row.kind", "line.number"}
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id in held)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_pages_and_their_helpers_hold_no_database_network_or_process(path: Path) -> None:
    banned = {"duckdb", "sqlalchemy", "requests", "urllib3", "http", "subprocess", "sqlite3", "pickle", "shutil"}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            assert name.split(".")[0] not in banned, f"{path.name} imports {name}"


def test_pages_ask_inspection_and_nothing_else_of_the_engine() -> None:
    for path in (ROOT / "pages").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("syncengine"):
                assert (node.module or "").startswith("syncengine.inspection"), f"{path.name} imports {node.module}"


def test_no_file_of_ui_hides_a_package() -> None:
    """ui/ stands first on sys.path while a page runs: a file there would be imported instead of a package."""
    own = {path.stem for path in (ROOT / "ui").glob("*.py")} - {"__init__"}
    assert not own & set(sys.stdlib_module_names)
    elsewhere = [
        name for name in own if (found := importlib.util.find_spec(name)) and ROOT not in _parents(found.origin)
    ]
    assert not elsewhere


def _parents(origin: str | None) -> list[Path]:
    return list(Path(origin).parents) if origin else []


def test_there_is_no_pages_folder_beside_the_main_script() -> None:
    """Streamlit would open its files before the router has run once."""
    assert not (ROOT / "ui" / "pages").exists()


@pytest.mark.parametrize("page", sorted((ROOT / "pages").glob("*.py")), ids=lambda path: path.name)
def test_every_page_begins_with_open_page_and_is_in_the_router(page: Path) -> None:
    tree = ast.parse(page.read_text("utf-8"))
    first = next(
        node
        for node in tree.body
        if not isinstance(node, ast.Import | ast.ImportFrom)
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        and not (isinstance(node, ast.Assign) and ast.unparse(node.value).replace(", ", "").strip("()").isdigit())
    )
    assert isinstance(first, ast.Assign) and ast.unparse(first.value).startswith("open_page("), ast.unparse(first)
    links = (ROOT / "ui" / "links.py").read_text("utf-8")
    assert f'"{page.name}"' in links


def test_the_shipped_server_settings_are_the_safe_ones() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    assert config["server"]["address"] == "127.0.0.1"
    assert config["server"]["enableCORS"] and config["server"]["enableXsrfProtection"]
    assert not config["server"]["enableStaticServing"] and not config["server"]["enableAgentApi"]
    assert config["server"]["fileWatcherType"] == "none" and config["server"]["maxUploadSize"] == 1
    assert config["client"]["showErrorDetails"] == "none" and config["client"]["showErrorLinks"] is False
    assert config["client"]["toolbarMode"] == "minimal"
    # the grid's own CSV download does not neutralise formulas
    assert config["client"]["disableDataExport"] is True
    assert config["browser"]["gatherUsageStats"] is False
