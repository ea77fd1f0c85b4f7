"""The routes of the read-only API, each with its typed parameters."""

from __future__ import annotations

from syncengine.control.runs import RunStatus
from syncengine.feeds.registry import FEEDS
from syncengine.inspection.discrepancies import AGES, KINDS
from syncengine.inspection.download import FORMATS
from syncengine.inspection.item_search import ITEM_SORTS
from syncengine.inspection.products import SORTS
from syncengine.inspection.reasons import Reason
from syncengine.inspection.run_items import RUN_LISTS
from syncengine.inspection.runs import run_json
from syncengine.inspection.states import STATES
from syncengine.inspection.status import feed_table, sync_status
from ui import api_questions as ask
from ui.api_route import ApiRoute, Parameter

_FEEDS = tuple(FEEDS)
_REASONS = tuple(reason.value for reason in Reason)
_SKU = Parameter(name="sku", about="the SKU; it matches without case", place="path", required=True)
_SKU_ASKED = Parameter(name="sku", about="the SKU; it matches without case", required=True)
_RUN = Parameter(name="run_id", about="the run's id", place="path", required=True)
_FEED_PATH = Parameter(name="feed", about="a feed", kind="choice", choices=_FEEDS, place="path", required=True)
_FEED = Parameter(name="feed", about="only this feed", kind="choice", choices=_FEEDS)
_FEED_NEEDED = Parameter(name="feed", about="the feed", kind="choice", choices=_FEEDS, required=True)
_FEEDS_MANY = Parameter(name="feed", about="only these feeds", kind="choice", choices=_FEEDS, many=True)
_DESTINATION = Parameter(name="destination", about="a destination's name or id; else the first one configured")
_AS_OF = Parameter(
    name="as_of", about="as it was then: a time (ISO 8601), a run id, `last`, `previous`, or a snapshot number"
)
_STATE = Parameter(name="state", about="only these states", kind="choice", choices=STATES, many=True)
_OFFSET = Parameter(name="offset", about="after how many", kind="integer", default=0)
_FORMAT = Parameter(name="format", about="the kind of file", kind="choice", choices=FORMATS, default="csv")
_SINCE = Parameter(name="since", about="from this time on (ISO 8601, UTC unless it says)", kind="time")


def _limit(most: int, default: int = 50) -> Parameter:
    return Parameter(
        name="limit", about=f"how many, 1 to {most:,}", kind="integer", least=1, most=most, default=default
    )  # fmt: skip


def _sorts(names: tuple[str, ...], default: str) -> Parameter:
    both = tuple(word for name in names for word in (name, f"-{name}"))
    return Parameter(
        name="sort", about="by what; descending with a minus", kind="choice", choices=both, default=default
    )


_SEARCH = (
    Parameter(name="q", about="part of name, SKU or ID", default=""),
    Parameter(name="side", about="which list", kind="choice", choices=("synced", "catalog"), default="synced"),
    _DESTINATION,
    Parameter(name="store_view", about="only these store views", many=True),
    Parameter(name="type", about="only these product types", many=True),
    Parameter(name="visibility", about="only these visibilities, in words", many=True),
    _STATE,
    _sorts(tuple(SORTS), "-last_exported"),
    Parameter(name="price_from", about="a price, at least", kind="price"),
    Parameter(name="price_to", about="a price, at most", kind="price"),
    Parameter(name="attribute", about="products with this attribute"),
    Parameter(name="attribute_value", about="with this label or id, of the attribute"),
    Parameter(name="category", about="a category's path, and what is below it"),
    Parameter(name="reason", about="a reason code", kind="choice", choices=_REASONS),
    Parameter(name="run", about="sent in this run"),
    Parameter(name="changed_field", about="a sent update changed this top-level field"),
    Parameter(name="json_text", about="a text anywhere in the product's JSON"),
    _AS_OF,
)
_ITEM_SEARCH = (
    Parameter(name="q", about="part of an identity value", default=""),
    _STATE,
    Parameter(name="scope", about="only these scopes", many=True),
    Parameter(name="website", about="of a feed of websites, only the items of these and of all", many=True),
)
_SCOPE = Parameter(name="scope", about="only this store view, or `website:` and a website's code")
_DISCREPANT = (
    _DESTINATION,
    Parameter(name="kind", about="kinds", kind="choice", choices=KINDS, many=True),
    _STATE,
    Parameter(name="reason", about="reason codes", kind="choice", choices=_REASONS, many=True),
    Parameter(name="age", about="how long it has been so", kind="choice", choices=tuple(AGES), many=True),
    Parameter(name="field", about="a field that differs"),
    Parameter(name="q", about="part of the item's identity", default=""),
    Parameter(name="waiting", about="whether it merely waits", kind="flag"),
    _SCOPE,
    _AS_OF,
)
_RUN_ITEMS = (
    Parameter(name="list", about="which list", kind="choice", choices=tuple(RUN_LISTS), default="sent"),
    _FEED,
    _DESTINATION,
    Parameter(name="q", about="part of the item's identity", default=""),
    Parameter(name="cause", about="a cause, as the run's errors name it"),
)
_ITEM_SIDE = Parameter(
    name="side", about="which side holds it", kind="choice", choices=("any", "catalog", "exported"), default="any"
)
_ONE_SIDE = Parameter(
    name="side", about="which side", kind="choice", choices=("catalog", "exported"), default="catalog"
)

TABLE: tuple[ApiRoute, ...] = (
    ApiRoute(path="/status", about="Where things stand.", question=lambda view, _: sync_status(view).as_json()),
    ApiRoute(
        path="/feeds", about="Every feed with its counts.",
        question=lambda view, _: [row.as_json() for row in feed_table(view)],
    ),
    ApiRoute(
        path="/products", about="Products searched, with facets.", question=ask.products,
        parameters=(*_SEARCH, _limit(1_000), _OFFSET),
    ),
    *(
        ApiRoute(path=f"{path}{more}", about=about, question=question, parameters=(sku, *parameters))
        for path, sku in (("/product", _SKU_ASKED), ("/products/{sku}", _SKU))
        for more, about, question, parameters in (
            ("/diff", "What differs between catalog and export, field by field.", ask.diff, (_DESTINATION, _AS_OF)),
            ("/why", "The one reason per feed and scope, prices, and why it was last sent.", ask.why, (_DESTINATION,)),
            ("/timeline", "What every run told a destination of it.", ask.product_history, (_DESTINATION,)),
            ("", "Every feed item of the SKU, both sides.", ask.product, (_DESTINATION, _AS_OF)),
        )
    ),
    ApiRoute(
        path="/items", about="Items of any feed searched, with facets.", question=ask.items,
        parameters=(
            _FEED_NEEDED, *_ITEM_SEARCH, _ITEM_SIDE, _DESTINATION,
            Parameter(name="json_text", about="a text anywhere in the item's JSON"), _sorts(ITEM_SORTS, "item"),
            _limit(1_000), _OFFSET, _AS_OF,
        ),
    ),
    ApiRoute(
        path="/items/{feed}/{feed_id}", about="One item from every side: diff, reason, timeline.", question=ask.item,
        parameters=(
            _FEED_PATH, Parameter(name="feed_id", about="the item's feed_id", place="path", required=True),
            _DESTINATION, _AS_OF,
        ),
    ),
    ApiRoute(
        path="/discrepancies", about="Where catalog and export disagree, counted.", question=ask.discrepancies,
        parameters=(_FEEDS_MANY, _DESTINATION, _SCOPE, _AS_OF),
    ),
    ApiRoute(
        path="/discrepancies/{feed}", about="The items of a feed that disagree, the oldest first.",
        question=ask.discrepant_items, parameters=(_FEED_PATH, *_DISCREPANT, _limit(1_000), _OFFSET),
    ),
    ApiRoute(
        path="/changes", about="What changed between two moments.", question=ask.changes,
        parameters=(
            Parameter(name="from", about="a moment, as `as_of`", default="previous"),
            Parameter(name="to", about="a moment, as `as_of`", default="last"), _ONE_SIDE, _FEEDS_MANY, _DESTINATION,
            Parameter(name="limit", about="items per feed, 0 to 1,000", kind="integer", most=1_000, default=100),
        ),
    ),
    ApiRoute(
        path="/hot-fields", about="Which fields cause the sends.", question=ask.hot,
        parameters=(_FEEDS_MANY, _DESTINATION),
    ),
    ApiRoute(
        path="/flapping", about="Fields that change and come back.", question=ask.flapping,
        parameters=(_FEEDS_MANY, _DESTINATION),
    ),
    ApiRoute(
        path="/runs", about="Runs, newest first; with status requested or queued, those that are to come.",
        question=ask.runs,
        parameters=(
            Parameter(
                name="status", about="only these", kind="choice", many=True,
                choices=tuple(status.value for status in RunStatus),
            ),
            Parameter(name="trigger", about="only these triggers", many=True), _FEED, _SINCE,
            Parameter(name="until", about="before this time", kind="time"),
            Parameter(name="sent_something", about="only runs that sent something", kind="flag", default=False),
            _limit(1_000), _OFFSET,
        ),
    ),
    ApiRoute(
        path="/runs/{run_id}", about="One run with the counts of its feeds.", parameters=(_RUN,),
        question=lambda view, values: run_json(view, values["run_id"]),
    ),
    ApiRoute(
        path="/runs/{run_id}/errors", about="What went wrong in a run, by cause.", question=ask.errors,
        parameters=(_RUN,),
    ),
    ApiRoute(
        path="/runs/{run_id}/items", about="A list of a run: added, changed, rejected …", question=ask.items_of_run,
        parameters=(_RUN, *_RUN_ITEMS, _limit(1_000), _OFFSET),
    ),
    ApiRoute(
        path="/runs/{run_id}/fields", about="In how many updates of a run each field differed.",
        question=ask.fields_of_run, parameters=(_RUN, _FEED, _DESTINATION),
    ),
    ApiRoute(
        path="/timeline", about="Runs and what people asked for, newest first.", question=ask.happenings,
        parameters=(_SINCE, _limit(1_000, 100)),
    ),
    ApiRoute(
        path="/download/products", about="A search as a file, whole.", question=ask.products_file, is_download=True,
        parameters=(_FORMAT, *_SEARCH),
    ),
    ApiRoute(
        path="/download/discrepancies", about="The discrepancies as a file, of one feed with its own columns.",
        is_download=True, question=ask.discrepancies_file, parameters=(_FORMAT, _FEEDS_MANY, *_DISCREPANT),
    ),
    ApiRoute(
        path="/download/items", about="The items of a feed with their payload, as a file.", is_download=True,
        question=ask.items_file, parameters=(_FORMAT, _FEED_NEEDED, *_ITEM_SEARCH, _ONE_SIDE, _DESTINATION, _AS_OF),
    ),
    ApiRoute(
        path="/download/runs/{run_id}/items", about="A list of a run as a file.", question=ask.run_items_file,
        is_download=True, parameters=(_RUN, _FORMAT, *_RUN_ITEMS),
    ),
)  # fmt: skip
