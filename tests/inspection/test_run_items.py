"""The lists of a run: as long as its counts say, page by page, narrowed by feed, text and cause."""

from __future__ import annotations

import pytest

from syncengine.errors import SettingsError, UnknownRunError
from syncengine.inspection.run_items import RUN_LISTS, RunItemsQuery, run_item_counts, run_items
from syncengine.inspection.runs import list_runs_json, run_errors
from syncengine.inspection.view import CatalogView, rows

from .lake_of import LakeOf


def last_run(view: CatalogView) -> str:
    return str(list_runs_json(view)[0]["run_id"])


def items_of(view: CatalogView, which: str, **more: object) -> list[str]:
    found = run_items(view, RunItemsQuery(run_id=last_run(view), which=which, **more))  # type: ignore[arg-type]
    assert found.total == len(found.rows) == found.counts[which]
    return found.rows["item"].to_list()


@pytest.mark.parametrize(
    ("which", "skus"),
    [
        ("added", ["lost", "new"]),
        ("changed", ["busy", "changed", "refused-now"]),
        ("removed", ["gone"]),
        ("resent", []),
        ("accepted", ["changed", "gone", "new"]),
        ("rejected", ["refused-now"]),
        ("waiting", ["busy", "lost"]),
    ],
)
def test_each_list_of_a_run_has_its_items_in_order(seen: CatalogView, which: str, skus: list[str]) -> None:
    assert items_of(seen, which, feed="products") == [f"{sku} / default" for sku in skus]


def test_every_list_of_every_run_is_as_long_as_its_counts_say(seen: CatalogView) -> None:
    for run in list_runs_json(seen):
        for feed in run["feeds"]:
            found = run_items(seen, RunItemsQuery(run_id=run["run_id"], feed=feed["feed"]))
            assert dict(found.counts) == {name: feed[name] for name in RUN_LISTS}


def test_a_page_is_a_part_of_the_list(seen: CatalogView) -> None:
    whole = items_of(seen, "sent")
    query = RunItemsQuery(run_id=last_run(seen), limit=2, offset=3)
    assert run_items(seen, query).rows["item"].to_list() == whole[3:5]
    assert run_items(seen, query).total == len(whole)


def test_a_changed_item_says_in_which_fields(seen: CatalogView) -> None:
    found = run_items(seen, RunItemsQuery(run_id=last_run(seen), which="changed", text="CHANGED"))
    assert found.rows["fields"].to_list() == [["name"]]


def test_a_text_and_a_feed_narrow_every_list(seen: CatalogView) -> None:
    found = run_items(seen, RunItemsQuery(run_id=last_run(seen), feed="products", text="refused"))
    assert found.counts["sent"] == found.counts["rejected"] == 1
    assert items_of(seen, "sent", feed="prices") == []


def test_a_cause_leads_to_the_items_it_counts(seen: CatalogView) -> None:
    for run in list_runs_json(seen):
        for group in run_errors(seen, run["run_id"]):
            if group.cause is not None:
                query = RunItemsQuery(run_id=run["run_id"], feed=group.feed, cause=group.cause)
                assert run_items(seen, query).total == group.items


def test_what_there_is_not_is_refused(seen: CatalogView, view: CatalogView, lake: LakeOf) -> None:
    with pytest.raises(SettingsError):
        RunItemsQuery(run_id="r-1", which="lost")
    with pytest.raises(SettingsError):
        RunItemsQuery(run_id="r-1", limit=0)
    with pytest.raises(UnknownRunError):
        run_items(seen, RunItemsQuery(run_id="r-none"))
    run = lake.begin()
    assert run_items(view, RunItemsQuery(run_id=run.run_id)).total == 0
    assert run_item_counts(view, RunItemsQuery(run_id=run.run_id)) == dict.fromkeys(RUN_LISTS, 0)


def test_the_lists_of_a_run_are_counted_once_a_publication(seen: CatalogView, monkeypatch: pytest.MonkeyPatch) -> None:
    query = RunItemsQuery(run_id=last_run(seen), feed="products")
    counts = run_item_counts(seen, query)
    assert counts == run_items(seen, query).counts
    asked: list[str] = []
    monkeypatch.setattr(
        "syncengine.inspection.run_items.rows",
        lambda reader, statement, values: asked.append(statement) or rows(reader, statement, values),
    )
    assert run_item_counts(seen, query) == run_items(seen, query).counts == counts
    assert len(asked) == 1  # for the rows
    run_items(seen, RunItemsQuery(run_id=last_run(seen), feed="products", text="chan"))
    assert len(asked) == 3  # another text is another list
