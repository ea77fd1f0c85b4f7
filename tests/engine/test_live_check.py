"""The engine makes the live check that a page has asked for: once, within its time, and whatever fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from engine.conftest import Bench
from syncengine.catalog import ReadStoppedError
from syncengine.changes.payload_diff import FieldChanged
from syncengine.commands import request_live_check
from syncengine.control.live_check import LiveFindings, begin_live_check, last_live_check
from syncengine.control.store import ControlStore, open_control_store
from syncengine.engine.live_check import LONGEST_SECONDS, MOST_FIELDS, MOST_ITEMS, answer_live_check, findings
from syncengine.errors import ControlError, SourceRefusedError
from syncengine.inspection.live import LiveItem, LiveProduct
from syncengine.settings import Settings, SourceSettings

OpenBench = Callable[..., Bench]


@pytest.fixture
def control(tmp_path: Path) -> Iterator[ControlStore]:
    store = open_control_store(tmp_path)
    yield store
    store.close()


def product(sku: str, *, agrees: bool = True, items: int = 1, fields: int = 1) -> LiveProduct:
    item = LiveItem(
        feed="products",
        feed_id="f-1",
        scope="default",
        store="{}",
        catalog="{}",
        exported="{}",
        store_equals_catalog=agrees,
        catalog_equals_exported=True,
        differences=() if agrees else tuple(FieldChanged(f"f{n}", [n], "x" * 900) for n in range(fields)),
    )
    return LiveProduct(sku=sku, items=(item,) * items)


def answer(control: ControlStore, verify: Callable[..., Sequence[LiveProduct]], **more: Any) -> bool:
    settings = Settings(source=SourceSettings(kind="files", path=Path("records")))
    return answer_live_check(control, settings, **{"should_stop": lambda: False, "verify": verify, **more})


def found(control: ControlStore) -> LiveFindings:
    with control.read() as connection:
        check = last_live_check(connection)
    assert check is not None and check.found is not None
    return check.found


def never(*_: Any, **__: Any) -> tuple[LiveProduct, ...]:
    raise AssertionError("nobody has asked")


def test_nothing_is_verified_before_somebody_asks_and_nothing_twice(control: ControlStore) -> None:
    assert not answer(control, never)
    request_live_check(control, ["a", "b"], actor="anna")
    asked: list[Any] = []

    def verify(view: Any, source: Any, skus: Sequence[str], **more: Any) -> tuple[LiveProduct, ...]:
        asked.append((skus, more["destination"]))
        return product("a"), product("b", agrees=False)

    assert answer(control, verify)
    assert not answer(control, never)
    assert asked == [(("a", "b"), None)]
    assert (found(control).agreeing, found(control).differing) == (1, 1)
    (item,) = found(control).items
    assert item.sku == "b" and "the store changed since the last snapshot" in item.sentence
    assert item.fields[0][:2] == ("f0", "[0]") and item.fields[0][2].endswith("…")


def test_what_the_store_answers_instead_is_the_answer(control: ControlStore) -> None:
    def refused(*_: Any, **__: Any) -> tuple[LiveProduct, ...]:
        raise SourceRefusedError("The store refused the token.", hint="Check `source.token`.")

    request_live_check(control, ["a"], actor="anna")
    assert answer(control, refused)
    assert (found(control).error, found(control).hint) == ("The store refused the token.", "Check `source.token`.")


def test_a_store_that_is_too_slow_does_not_keep_the_engine_from_its_window(control: ControlStore) -> None:
    now = [0.0]

    def slow(*_: Any, should_stop: Callable[[], bool], **__: Any) -> tuple[LiveProduct, ...]:
        assert not should_stop()
        now[0] = LONGEST_SECONDS + 1
        assert should_stop()
        raise ReadStoppedError("The read was stopped.")

    request_live_check(control, ["a"], actor="anna")
    assert answer(control, slow, clock=lambda: now[0])
    assert "took longer than 120 s" in found(control).error


def test_an_engine_that_is_stopped_meanwhile_says_so(control: ControlStore) -> None:
    def stopped(*_: Any, **__: Any) -> tuple[LiveProduct, ...]:
        raise ReadStoppedError("The read was stopped.")

    request_live_check(control, ["a"], actor="anna")
    assert answer(control, stopped, should_stop=lambda: True)
    assert "The engine was stopped" in found(control).error


def test_a_check_that_killed_an_engine_is_not_made_by_the_next_one(control: ControlStore) -> None:
    request_live_check(control, ["a"], actor="anna")
    with control.write() as connection:
        begin_live_check(connection)
    assert answer(control, never)
    assert found(control).error == "The engine ended before it had an answer."


def test_an_internal_error_is_told_and_the_engine_goes_on(
    control: ControlStore, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> tuple[LiveProduct, ...]:
        raise KeyError("surprise")

    request_live_check(control, ["a"], actor="anna")
    assert answer(control, broken)
    assert "(KeyError)" in found(control).error and "surprise" not in found(control).error
    assert "ended by an internal error" in caplog.text


def test_a_control_store_that_fails_is_the_engines_matter(control: ControlStore) -> None:
    def no_control(*_: Any, **__: Any) -> tuple[LiveProduct, ...]:
        raise ControlError("The control store is locked.")

    request_live_check(control, ["a"], actor="anna")
    with pytest.raises(ControlError):
        answer(control, no_control)


def test_the_answer_is_bounded_and_says_what_it_leaves_out() -> None:
    told = findings([product("a", agrees=False, items=MOST_ITEMS + 7, fields=MOST_FIELDS + 3)], seconds=1.234)
    assert (len(told.items), told.left_out, told.seconds) == (MOST_ITEMS, 7, 1.23)
    assert (len(told.items[0].fields), told.items[0].more_fields) == (MOST_FIELDS, 3)
    unknown = findings([LiveProduct(sku="nobody", items=())], seconds=0)
    assert (unknown.unknown, unknown.agreeing, unknown.differing) == (("nobody",), 0, 0)


def test_a_turn_of_the_engine_asks_the_source(open_bench: OpenBench) -> None:
    bench = open_bench()
    request_live_check(bench.control, ["a"], actor="anna")
    bench.engine().turn()
    assert found(bench.control).error.startswith("There is no directory"), "the bench has no records"
