"""The live check that a page has asked for, made by the engine: it alone asks the store."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from syncengine.catalog import ReadStoppedError
from syncengine.changes.payload_diff import FieldDifference
from syncengine.control.live_check import (
    LiveCheck,
    LiveDifference,
    LiveFindings,
    begin_live_check,
    keep_findings,
    last_live_check,
)
from syncengine.control.store import ControlStore
from syncengine.errors import CatalogSyncError, StorageError
from syncengine.inspection.live import LiveProduct, verify_products
from syncengine.inspection.view import CatalogView
from syncengine.settings import Settings

LONGEST_SECONDS = 120.0  # the engine has a window to keep
MOST_ITEMS, MOST_FIELDS, _LONGEST_VALUE = 300, 5, 200
_log = logging.getLogger(__name__)

Verifies = Callable[..., Sequence[LiveProduct]]


def answer_live_check(
    control: ControlStore,
    settings: Settings,
    *,
    should_stop: Callable[[], bool],
    verify: Verifies = verify_products,
    clock: Callable[[], float] = time.monotonic,
) -> bool:
    """Make the check that somebody has asked for, and keep what it found; False when nobody has.

    A check is made once: one that an engine has begun and not ended, because it was killed, is answered with that, so
    that no question can bring down one engine after the other.
    """
    with control.read() as connection:
        asked = last_live_check(connection)
    if asked is None or asked.found is not None:
        return False
    if asked.began_at is not None:
        _keep(control, asked, LiveFindings(error="The engine ended before it had an answer.", hint="Ask again."))
        return True
    with control.write() as connection:
        begin_live_check(connection)
    began = clock()

    def is_over() -> bool:
        return should_stop() or clock() - began > LONGEST_SECONDS

    try:
        view = CatalogView(settings)
        products = verify(view, settings.source, asked.skus, destination=asked.destination, should_stop=is_over)
        found = findings(products, seconds=clock() - began)
    except StorageError:
        raise
    except ReadStoppedError:
        if should_stop():
            found = LiveFindings(error="The engine was stopped before it had an answer.", hint="Ask again.")
        else:
            found = LiveFindings(
                error=f"The store took longer than {LONGEST_SECONDS:.0f} s to answer, so the check was given up.",
                hint="Ask for fewer products, or run `catalog-sync verify`, which waits as long as it takes.",
            )
    except CatalogSyncError as error:
        found = LiveFindings(error=error.message, hint=error.hint)
    except Exception as error:  # noqa: BLE001  (an engine outlives a bug in one errand, as in one run)
        _log.exception("a live check ended by an internal error")
        found = LiveFindings(
            error=f"An internal error ended the check ({type(error).__name__}).",
            hint="The engine's log has the details.",
        )
    _keep(control, asked, found)
    return True


def _keep(control: ControlStore, asked: LiveCheck, found: LiveFindings) -> None:
    with control.write() as connection:
        keep_findings(connection, asked.asked_at, found)


def findings(products: Sequence[LiveProduct], *, seconds: float) -> LiveFindings:
    """How many products agree, and the items that do not: as many and as much of each as a page can show."""
    differing = [
        LiveDifference(
            sku=product.sku,
            feed=item.feed,
            feed_id=item.feed_id,
            scope=item.scope,
            sentence=item.sentence,
            fields=tuple(map(_field, item.differences[:MOST_FIELDS])),
            more_fields=max(0, len(item.differences) - MOST_FIELDS),
        )
        for product in products
        for item in product.items
        if not (item.store_equals_catalog and item.catalog_equals_exported)
    ]
    known = [product for product in products if product.items]
    agreeing = sum(product.agrees for product in known)
    return LiveFindings(
        agreeing=agreeing,
        differing=len(known) - agreeing,
        unknown=tuple(product.sku for product in products if not product.items),
        items=tuple(differing[:MOST_ITEMS]),
        left_out=max(0, len(differing) - MOST_ITEMS),
        seconds=round(seconds, 2),
    )


def _field(edit: FieldDifference) -> tuple[str, str, str]:
    return edit.path or "all of it", _text(edit.before), _text(edit.after)


def _text(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
