"""A lake made by hand, and views of it: before the first sync, and after two runs with every kind of outcome."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from syncengine.inspection.view import CatalogView

from .lake_of import Answer, LakeOf, price, product, variant


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[LakeOf]:
    """An installation before its first sync."""
    made = LakeOf(tmp_path)
    yield made
    made.close()


@pytest.fixture
def view(lake: LakeOf) -> CatalogView:
    """The read side of `lake`."""
    return CatalogView(lake.settings)


REFUSED = Answer("rejected", "BAD_PRICE", "price `9.99` is not a number")
BUSY = Answer("retry", None, "The service is busy", 503)
LOST = Answer("unknown", None, "No answer came", 0)
MALFORMED = {
    "feed": "products",
    "source_entity_id": "9",
    "identity_text": '["aside","default"]',
    "scope": "default",
    "code": "malformed_price",
    "message": "The price cannot be read.",
}


@pytest.fixture(scope="session")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LakeOf]:
    """After two runs. What became of each SKU:

    same (nothing), changed (accepted again), new (added), gone (removed), refused (rejected twice over), refused-now
    (accepted, then changed and rejected), busy (changed, to be retried), lost (new, outcome unknown), aside (a record
    that could not be compiled); 'parent' is a configurable of 'same'.
    """
    made = LakeOf(tmp_path_factory.mktemp("worked"))
    made.synced(
        products=[
            *(product(sku) for sku in ("same", "changed", "gone", "refused", "refused-now", "busy")),
            product("same", view="french", name="Le même"),
            product("parent", type="configurable", price="5.00"),
        ],
        prices=[price("same", 10), price("same", 9, group="b" * 40)],
        variants=[variant("parent", "same")],
        answers={"refused": REFUSED},
    )
    later = datetime(2026, 5, 4, 11, 40)
    made.synced(
        products=[
            product("same"),
            product("same", view="french", name="Le même"),
            product("parent", type="configurable", price="5.00"),
            product("changed", name="Another name", modified_at=later),
            product("new", price=None),
            product("refused"),
            product("refused-now", name="Too much"),
            product("busy", name="Later"),
            product("lost"),
        ],
        answers={"refused-now": REFUSED, "busy": BUSY, "lost": LOST},
        set_aside=[MALFORMED],
    )
    yield made
    made.close()


@pytest.fixture(scope="session")
def seen(worked: LakeOf) -> CatalogView:
    """The read side of `worked`."""
    return CatalogView(worked.settings)
