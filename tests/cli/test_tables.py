"""Tables for people."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import pytest

from syncengine.cli.tables import print_table, safe, shown


def test_values_are_shown_on_one_line() -> None:
    assert [shown(value) for value in (None, True, False, 1234567, "a\tb\nc")] == [
        "–",
        "yes",
        "no",
        "1,234,567",
        "a b c",
    ]
    assert shown(datetime(2026, 5, 4, 11, 17, tzinfo=UTC)) == "2026-05-04 11:17:00 UTC"


def test_control_characters_are_made_harmless_and_letters_are_kept() -> None:
    assert (
        safe("\x1b[31m\x9b\x07Größe 🚲")
        == "\N{REPLACEMENT CHARACTER}[31m" + "\N{REPLACEMENT CHARACTER}" * 2 + "Größe 🚲"
    )


def test_off_a_terminal_rows_are_lines_with_tabs(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("SKU", "Count"), [("a" * 300, 12)])
    assert capsys.readouterr().out == f"SKU\tCount\n{'a' * 300}\t12\n"


def test_on_a_terminal_markup_is_text(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    print_table(("SKU",), [("[red]a[/red] \x1b]0;x",)])
    assert "[red]a[/red] \N{REPLACEMENT CHARACTER}]0;x" in capsys.readouterr().out
