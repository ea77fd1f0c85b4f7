"""Reading a demo store that shows each of its faults: the same records all the same, or the right error.

Every name that `--fault` takes stands in one of these tables; a new one must find its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest
from pydantic import SecretStr

from catalog.compiled import Feeds, compiled
from catalog.reading import read
from syncengine.catalog import CatalogSource, StagedCatalog, create_record_views, open_source
from syncengine.catalog.commerce import lists
from syncengine.demo.store.fault_answers import OTHER_HOST
from syncengine.demo.store.faults import QUIRKS, RECORD_FAULTS, REQUEST_FAULTS, parse_fault
from syncengine.demo.store.server import StoreOptions, running
from syncengine.errors import (
    CatalogError,
    IncompleteReadError,
    SourceAnswerError,
    SourceRefusedError,
    SourceUnreachableError,
)
from syncengine.settings import SourceSettings

CANARY = "canary-token"
PRODUCTS = 48  # 38 awkward ones, and each type
PATIENCE_SECONDS = 2.0

# A passing one is retried; a lasting one ends in this error.
RETRIED: dict[str, type[CatalogError]] = {
    "status-429": SourceUnreachableError,
    "status-500": SourceUnreachableError,
    "status-502": SourceUnreachableError,
    "status-503": SourceUnreachableError,
    "status-504": SourceUnreachableError,
    "retry-after-date": SourceUnreachableError,
    "fatal-error": SourceUnreachableError,
    "reset": SourceUnreachableError,
    "cut-headers": SourceUnreachableError,
    "cut": SourceUnreachableError,
    "gzip-cut": SourceUnreachableError,
    "gzip-garbage": SourceUnreachableError,
    "delay": SourceUnreachableError,
    "slow": SourceUnreachableError,
    "hang": SourceUnreachableError,
    "html": SourceAnswerError,
    "empty-body": SourceAnswerError,
    "wrong-shape": SourceAnswerError,
    "bad-json": SourceAnswerError,
}
JUDGED_LATE = ("wrong-shape",)  # of the store lists, the first requests, which are bare arrays
SLOW = {"delay": 0.1, "slow": 0.3, "hang": 0.3}  # how long a client waits whom the fault defeats
# Asking again would not help, so one strike ends the read.
FATAL: dict[str, tuple[type[CatalogError], str]] = {
    "status-400": (SourceAnswerError, "400: Invalid product data: Invalid type"),
    "status-401": (SourceRefusedError, "401"),
    "status-403": (SourceRefusedError, "403 Forbidden"),
    "status-404": (SourceAnswerError, "404 Not Found"),
    "retry-after-hour": (SourceUnreachableError, "503"),
    "redirect": (SourceAnswerError, "elsewhere.invalid"),
}
# The reader gets round these, however often they strike.
HARMLESS = (
    "clamped-pages",
    "unsorted",
    "input-limits",
    "big-page-504",
    "null-items",
    "shuffled-scopes",
    "encoded-slashes",
    "float-noise",
)
# The records look otherwise; what is exported does not.
ANOTHER_FORM = ("empty-extension", "shuffled-parts")
# Pages that do not add up: found out, read again, and given up when they never do.
INCONSISTENT = ("repeated-item", "missing-item")
MOVING = ("add-product", "delete-product")
SPOILED = ("missing-sku", "bad-price", "unlisted")
LYING = ("empty",)

Pauses = list[float]


@contextmanager
def source_of(*faults: str, pauses: Pauses | None = None, **options: Any) -> Iterator[CatalogSource]:
    """A source that reads a demo store with these faults, without waiting between its attempts."""
    told = tuple(parse_fault(text) for text in faults)
    with running(StoreOptions(port=0, products=PRODUCTS, token=CANARY, faults=told)) as url:
        values = {"page_size": 12, "connections": 2, "timeout_seconds": PATIENCE_SECONDS, **options}
        settings = SourceSettings(url=f"{url}/rest", token=SecretStr(CANARY), **values)
        yield open_source(settings, sleep=(pauses if pauses is not None else []).append)


def error_of(staging: Path, *faults: str, pauses: Pauses | None = None, **options: Any) -> CatalogError:
    """The error that a read under these faults ends in."""
    with source_of(*faults, pauses=pauses, **options) as source, pytest.raises(CatalogError) as caught:
        read(source, staging)
    return caught.value


def product_keys(records: Callable[..., Any], staged: StagedCatalog) -> set[tuple[str, int]]:
    query = "SELECT scope, (record->>'id')::BIGINT FROM records.products"
    found = records(staged).execute(query).fetchall()
    assert len(found) == len(set(found)), "a product came twice"
    return set(found)


def every_record(staged: StagedCatalog) -> dict[str, list[tuple[str, str]]]:
    """All records of all entities as text, ordered."""
    with duckdb.connect() as con:
        create_record_views(con, staged)
        return {
            entity: con.execute(f"SELECT scope, record::VARCHAR FROM records.{entity} ORDER BY ALL").fetchall()
            for entity in staged.counts
        }


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Feeds]:
    """What a store without faults gives: its records, and the feeds of them."""
    place = tmp_path_factory.mktemp("whole")
    with source_of() as source:
        staged = read(source, place / "staging")
        return every_record(staged), compiled(staged, place / "out")


def test_every_fault_of_the_store_is_tried_here() -> None:
    tried = [*RETRIED, *FATAL, *HARMLESS, *ANOTHER_FORM, *INCONSISTENT, *MOVING, *SPOILED, *LYING]
    assert sorted(tried) == sorted([*REQUEST_FAULTS, *QUIRKS, *RECORD_FAULTS])


@pytest.mark.parametrize("name", RETRIED)
def test_a_passing_fault_costs_no_record(name, whole, tmp_path) -> None:
    pauses: Pauses = []
    rate = 0.1 if name in SLOW else 0.2
    patience = {"timeout_seconds": 0.6} if name in SLOW else {}
    with source_of(f"{name}={rate}", pauses=pauses, **patience) as source:
        staged = read(source, tmp_path)

    assert every_record(staged) == whole[0]
    assert pauses or name == "delay", "the fault never struck"


@pytest.mark.parametrize(("name", "expected"), RETRIED.items())
def test_a_lasting_fault_ends_in_its_error_and_tells_no_secret(name, expected, tmp_path, caplog) -> None:
    pauses: Pauses = []
    patience = {"timeout_seconds": SLOW[name]} if name in SLOW else {}

    error = error_of(tmp_path, name, pauses=pauses, **patience)

    assert isinstance(error, expected)
    assert "/V1/store/" in error.message and error.hint
    assert len(pauses) == 0 if name in JUDGED_LATE else len(pauses) >= 5  # a small list may pass a slow line
    assert CANARY not in f"{error!r} {error} {error.hint} {caplog.text}"


@pytest.mark.parametrize("rate", [0.2, 1])
@pytest.mark.parametrize("name", FATAL)
def test_a_refusal_stops_the_read_at_once(name, rate, tmp_path, caplog) -> None:
    expected, said = FATAL[name]
    pauses: Pauses = []

    error = error_of(tmp_path, f"{name}={rate}", pauses=pauses)

    assert isinstance(error, expected)
    assert said in error.message and error.hint
    assert pauses == []
    assert CANARY not in f"{error!r} {error} {error.hint} {caplog.text}"
    assert OTHER_HOST not in f"{error} {error.hint}"


@pytest.mark.parametrize("rate", [0.3, 1])
@pytest.mark.parametrize("name", HARMLESS)
def test_a_quirk_costs_no_record(name, rate, whole, tmp_path, monkeypatch) -> None:
    if name != "input-limits":
        in_pages(monkeypatch, 15)
    with source_of(f"{name}={rate}", page_size=400 if name == "input-limits" else 30) as source:
        staged = read(source, tmp_path)

    assert every_record(staged) == whole[0]


@pytest.mark.parametrize("rate", [0.3, 1])
@pytest.mark.parametrize("name", ANOTHER_FORM)
def test_another_form_of_the_same_records_changes_nothing_that_is_exported(name, rate, whole, tmp_path) -> None:
    with source_of(f"{name}={rate}") as source:
        staged = read(source, tmp_path / "staging")
        feeds = compiled(staged, tmp_path / "out")

    assert every_record(staged) != whole[0]
    assert feeds == whole[1]


def test_quirks_of_one_store_come_together(whole, tmp_path, monkeypatch) -> None:
    in_pages(monkeypatch, 15)
    with source_of(*HARMLESS, *ANOTHER_FORM, "status-503=0.1", page_size=30) as source:
        feeds = compiled(read(source, tmp_path / "staging"), tmp_path / "out")

    assert feeds == whole[1]


def in_pages(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Lists that would fit one page are read in several."""
    for name in ("ATTRIBUTES", "CATEGORIES", "SOURCE_ITEMS"):
        monkeypatch.setattr(lists, name, replace(getattr(lists, name), page_size=size))


@pytest.mark.parametrize("name", INCONSISTENT)
def test_pages_that_do_not_add_up_for_once_are_read_again(name, whole, tmp_path) -> None:
    with source_of(f"{name}=0.1") as source:
        staged = read(source, tmp_path)

    assert every_record(staged) == whole[0]


@pytest.mark.parametrize("name", INCONSISTENT)
def test_pages_that_never_add_up_are_no_catalog(name, tmp_path) -> None:
    error = error_of(tmp_path, name)

    assert isinstance(error, IncompleteReadError)
    assert "the store counts" in error.message and error.hint


def test_a_product_created_during_the_read_costs_no_other(whole, tmp_path, records) -> None:
    before = {(scope, record) for scope, record in product_texts(whole[0])}
    with source_of("add-product=0.1") as source:
        staged = read(source, tmp_path)

    assert product_keys(records, staged)
    assert before <= set(product_texts(every_record(staged)))


def test_a_product_deleted_during_the_read_costs_no_other_and_comes_never_twice(whole, tmp_path, records) -> None:
    with source_of("delete-product=0.05") as source:
        staged = read(source, tmp_path)

    assert product_keys(records, staged) < {(scope, id_of(text)) for scope, text in product_texts(whole[0])}


def test_a_store_that_deletes_before_every_answer_is_read_consistently_or_not_at_all(tmp_path, records) -> None:
    with source_of("delete-product") as source:
        try:
            staged = read(source, tmp_path)
        except IncompleteReadError as error:
            assert "kept changing" in error.hint
        else:
            product_keys(records, staged)


def product_texts(found: dict[str, list[tuple[str, str]]]) -> list[tuple[str, str]]:
    return found["products"]


def id_of(text: str) -> int:
    return int(orjson.loads(text)["id"])


@pytest.mark.parametrize("name", ["missing-sku", "bad-price"])
@pytest.mark.parametrize("rate", [0.2, 1])
def test_spoiled_records_are_all_read_for_the_compiler_to_judge(name, rate, whole, tmp_path, records) -> None:
    with source_of(f"{name}={rate}") as source:
        staged = read(source, tmp_path)

    keys = {(scope, id_of(text)) for scope, text in product_texts(whole[0])}
    assert product_keys(records, staged) == keys
    assert every_record(staged)["products"] != whole[0]["products"]


@pytest.mark.parametrize("rate", [0.1, 0.2])
def test_products_that_are_counted_but_not_listed_are_told(rate, tmp_path) -> None:
    error = error_of(tmp_path, f"unlisted={rate}")

    assert "/V1/products" in error.message
    assert "status or visibility" in (error.hint or "")


def test_a_catalog_that_is_counted_but_not_listed_is_not_taken_for_an_empty_one(tmp_path) -> None:
    assert "/V1/products" in error_of(tmp_path, "unlisted=1").message


def test_a_store_that_finds_nothing_is_an_empty_catalog(tmp_path) -> None:
    """That nothing is left is for the sync to doubt, which holds such a run; the reader has no other witness."""
    with source_of("empty") as source:
        staged = read(source, tmp_path)

    assert staged.counts.get("products", 0) == 0
    assert staged.counts["attributes"] > 0


@pytest.mark.parametrize("rate", [0.1, 0.2, 0.3])
def test_a_store_that_finds_nothing_now_and_then_never_gives_half_a_catalog(rate, whole, tmp_path) -> None:
    with source_of(f"empty={rate}") as source:
        try:
            staged = read(source, tmp_path)
        except CatalogError as error:
            assert "/V1/products" in error.message
        else:
            assert every_record(staged)["products"] == whole[0]["products"]
