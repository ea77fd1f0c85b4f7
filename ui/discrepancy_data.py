"""What the page of discrepancies asks: the report, worked out once per publication, and the query behind its list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from syncengine.inspection.discrepancies import DiscrepancyReport, discrepancy_report
from syncengine.inspection.discrepancy_list import DiscrepancyPage, discrepancy_page, discrepant_skus
from syncengine.inspection.discrepancy_table import DiscrepancyQuery, is_compared
from syncengine.inspection.product_names import names_of
from syncengine.inspection.reasons import SyncFacts, sync_facts
from syncengine.inspection.restless import RUNS, FlappingField, HotField, first_run, flapping_fields, hot_fields
from syncengine.inspection.scopes import Scope
from syncengine.inspection.view import CatalogView
from ui.bootstrap import Page
from ui.downloads import Parameters

_AGES_HOLD_SECONDS = 300
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which discrepancies are listed; None or "" means all. `field` is `feed:field`."""

    kind: str | None = None
    feed: str | None = None
    field: str | None = None
    reason: str | None = None
    age: str | None = None
    text: str = ""
    with_waiting: bool = False

    @property
    def feed_name(self) -> str | None:
        """The one feed that the filters leave, if they leave one."""
        return self.field.partition(":")[0] if self.field else self.feed

    def query(self, found: DiscrepancyReport, scope: Scope | None) -> DiscrepancyQuery:
        """The same, as it is asked: at the moment of the report, so that both count the same."""
        return DiscrepancyQuery(
            feeds=(self.feed_name,) if self.feed_name else (),
            kinds=_one(self.kind),
            reasons=_one(self.reason),
            ages=_one(self.age),
            field=self.field.partition(":")[2] if self.field else None,
            text=self.text,
            waiting=None if self.with_waiting else False,
            scope=scope,
            now=found.at,
        )

    def parameters(self, scope: Scope | None) -> Parameters:
        """The same in the words of the download's route."""
        return {
            "feed": self.feed_name,
            "kind": self.kind,
            "reason": self.reason,
            "age": self.age,
            "field": self.field.partition(":")[2] if self.field else None,
            "q": self.text,
            "waiting": None if self.with_waiting else "false",
            "scope": None if scope is None else scope.key,
        }


def _one(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()


def report(page: Page, scope: Scope | None) -> DiscrepancyReport:
    """The report on everything in the scope; ages are some minutes old at most.

    Raises: LakeUnavailableError (retriable).
    """
    return _report(page, scope, sync_facts(page.view))


def _report(page: Page, scope: Scope | None, facts: SyncFacts) -> DiscrepancyReport:
    reader = page.view.reader_or_none()
    if reader is None:
        return discrepancy_report(page.view)
    moment = int(page.now.timestamp()) // _AGES_HOLD_SECONDS
    return page.view.remembered(
        reader,
        ("discrepancies", scope, moment, repr(facts)),
        lambda: discrepancy_report(page.view, scope=scope),
    )


def known_discrepancies(page: Page) -> int | None:
    """How many items of all scopes differ for longer than one sync window, or are stuck; None while that is not worked
    out yet. Raises: LakeUnavailableError (retriable).
    """
    facts = sync_facts(page.view)
    return _report(page, None, facts).total("discrepancies") if is_compared(page.view, facts) else None


def flapping(page: Page) -> tuple[FlappingField, ...]:
    """The fields that flap, found once per publication and run. Raises: LakeUnavailableError (retriable)."""
    return _once(page, "flapping", flapping_fields)


def hot(page: Page) -> tuple[HotField, ...]:
    """The fields that cause exports, found once per publication and run. Raises: LakeUnavailableError (retriable)."""
    return _once(page, "hot fields", hot_fields)


def _once(page: Page, what: str, find: Callable[[CatalogView], Found]) -> Found:
    reader = page.view.reader_or_none()
    if reader is None:
        return find(page.view)
    return page.view.remembered(reader, (what, first_run(page.view, RUNS)), lambda: find(page.view))


def listed(page: Page, query: DiscrepancyQuery, *, limit: int, offset: int) -> DiscrepancyPage:
    """Some of the rows, remembered while they stay the same. Raises: LakeUnavailableError (retriable)."""
    return page.view.remembered(
        page.view.reader(),
        ("discrepancies listed", query, limit, offset),
        lambda: discrepancy_page(page.view, query, limit=limit, offset=offset),
    )


def names(page: Page, of: Sequence[str]) -> dict[str, str]:
    """The names of the products of some rows, remembered with them. Raises: LakeUnavailableError (retriable)."""
    question = ("names of products", *of)
    return page.view.remembered(page.view.reader(), question, lambda: names_of(page.view, of))


def skus(page: Page, query: DiscrepancyQuery, *, most: int) -> list[str]:
    """The products of the whole list. Raises: LakeUnavailableError (retriable)."""
    return page.view.remembered(
        page.view.reader(),
        ("discrepant products", query, most),
        lambda: discrepant_skus(page.view, query, most=most),
    )
