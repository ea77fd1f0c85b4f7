"""`catalog-sync products search|show` and `diff`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from inspection.lake_of import Answer, LakeOf, product

from syncengine.cli.payloads import short

from .reading import Commands

ESCAPE = "\x1b[2J[bold]x[/bold]\x9b31m"


def test_search_prints_the_promised_json(commands: Commands, lake: LakeOf) -> None:
    lake.synced(products=[product("a1", price="34.50"), product("a2"), product("b")], answers={"b": Answer("rejected")})
    ended = commands("products", "search", "a", "--sort", "sku", "--limit", "1", "--offset", "1", "--json")
    assert ended.json["total"] == 2
    (item,) = ended.json["items"]
    assert (item["sku"], item["price"], item["state"]) == ("a2", 10.0, "in_sync")
    found = commands("products", "search", "--catalog", "--json").json
    assert {(item["sku"], item["state"]) for item in found["items"]} == {
        ("a1", "in_sync"), ("a2", "in_sync"), ("b", "rejected"),
    }  # fmt: skip


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LakeOf]:
    """A lake whose products differ in what they can be ordered by."""
    lake = LakeOf(tmp_path_factory.mktemp("filled"))
    lake.synced(products=[product("c", price="2")])
    lake.synced(products=[product("c", price="2"), product("a", price="3"), product("b", price="1")])
    yield lake
    lake.close()


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("sort", "first"), [("sku", "a"), ("-sku", "c"), ("price", "b"), ("-price", "a"), ("-last_exported", "c")]
)
def test_a_minus_turns_the_order_round(commands: Commands, sort: str, first: str) -> None:
    assert commands("products", "search", "--sort", sort, "--json").json["items"][0]["sku"] == first


def test_a_text_that_begins_with_a_dash_is_searched_for(commands: Commands, lake: LakeOf) -> None:
    lake.synced(products=[product("-dash"), product("other")])
    assert commands("products", "search", "--json", "--", "-dash").json["total"] == 1
    assert commands("products", "show", "--json", "--", "-dash").json["sku"] == "-dash"
    assert commands("diff", "--json", "--", "-dash").code == 0


def test_an_unknown_order_is_a_usage_error_as_json(commands: Commands) -> None:
    ended = commands("products", "search", "a", "--sort", "payload", "--json")
    assert ended.code == 2
    assert "last_exported" in ended.json["error"]["hint"]


def test_product_text_cannot_command_the_terminal(commands: Commands, lake: LakeOf) -> None:
    lake.synced(products=[product("evil", name=ESCAPE, shortDescription=ESCAPE)])
    lake.synced(products=[product("evil", name="tame")], answers={"evil": Answer("rejected", "BAD", ESCAPE)})
    for words in (("products", "search"), ("products", "show", "evil"), ("diff", "evil")):
        text = commands(*words).out
        assert "\x1b" not in text and "\x9b" not in text
        assert "[bold]x[/bold]" in text, "markup is shown, not obeyed"


def test_show_prints_catalog_and_exported(commands: Commands, lake: LakeOf) -> None:
    lake.synced(products=[product("a")])
    lake.synced(products=[product("a", name="New")], answers={"a": Answer("retry", None, "busy", 503)})
    (entry,) = commands("products", "show", "A", "--json").json["feeds"]
    assert (entry["catalog"]["name"], entry["exported"]["name"], entry["state"]) == ("New", "Name of a", "retry")
    text = commands("products", "show", "a").out
    assert '"name": "New"' in text and '"name": "Name of a"' in text and "busy" in text


def test_diff_exits_with_1_only_when_something_differs(commands: Commands, lake: LakeOf) -> None:
    lake.synced(products=[product("a"), product("b")])
    lake.synced(products=[product("a"), product("b", name="New")], answers={"b": Answer("rejected")})
    same = commands("diff", "a", "--json")
    assert (same.code, same.json["equal"]) == (0, True)
    other = commands("diff", "b", "--json")
    assert (other.code, other.json["equal"]) == (1, False)
    assert other.json["feeds"][0]["fields"][0]["path"] == "name"
    text = commands("diff", "b")
    assert text.code == 1
    assert "~ name" in text.out and "they differ" in text.out


@pytest.mark.parametrize("words", [("diff", "nobody"), ("products", "show", "nobody")])
def test_an_unknown_sku_is_no_difference_but_an_error(commands: Commands, lake: LakeOf, words: tuple[str, ...]) -> None:
    assert commands(*words, "--json").json["error"]["code"] == "CS1004"
    lake.synced(products=[product("a")])
    ended = commands(*words, "--json")
    assert ended.code == 2
    assert set(ended.json["error"]) == {"code", "message", "hint", "run_id"}


def test_long_values_are_cut_and_their_length_told() -> None:
    assert short("x" * 1000).endswith("… (1,002 characters)")
    assert short([1, None]) == "[1,null]"


def test_search_takes_filters_and_says_where_else_to_look(commands: Commands, lake: LakeOf) -> None:
    lake.synced(products=[product("a", price="5"), product("b", price="50")], answers={"b": Answer("rejected")})
    assert commands("products", "search", "--price", "10-", "--catalog", "--json").json["total"] == 1
    assert commands("products", "search", "--state", "rejected", "--catalog", "--json").json["total"] == 1
    assert commands("products", "search", "--as-of", "2", "--json").json["total"] == 0
    assert "In the store catalog is 1." in commands("products", "search", "b").out
    assert commands("products", "search", "--price", "ten").code == 2
    assert commands("products", "search", "--reason", "nonsense").code == 2
