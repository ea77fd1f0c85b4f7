"""The state of the product list: what is searched, filtered, sorted and shown, kept in the URL by its widgets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from syncengine.feeds.registry import FEEDS
from syncengine.inspection.products import ProductPage, ProductQuery
from ui import item_table, list_texts, product_filters, texts, url_state
from ui.bootstrap import Page
from ui.product_table import DEFAULT_SORT, sort_options
from ui.scope import current_scope

PRODUCTS = "products"
SIDES: dict[str, str] = {"synced": texts.SIDE_SYNCED, "catalog": texts.SIDE_CATALOG}
LONGEST_TEXT = 200
PAGE_SIZES = (25, 50, 100)
DEFAULT_SIZE = 50
FILTERS = (*product_filters.FACETS, *product_filters.CONDITIONS)
KEYS = ("side", "feed", "q", *FILTERS, "sort", "order", "rows", "page", "pictures")
_DEFAULTS: dict[str, Any] = {
    "side": "synced",
    "feed": PRODUCTS,
    "q": "",
    "sort": DEFAULT_SORT,
    "order": item_table.DEFAULT_ORDER,
    "rows": str(DEFAULT_SIZE),
    "page": 1,
    "pictures": False,
}


def begin() -> None:
    """Take over what the URL says, before any widget of the list is drawn: each time, since Streamlit forgets what
    belonged to a widget that is not drawn any more.

    The browser's own Back comes by an address of this page with the parameters of the product: Streamlit puts it into
    the history on the way there. The list is then the one that was left, which `from` names.
    """
    before = way_back(st.query_params.get("from"))
    for key, allowed, default in (
        ("side", list(SIDES), "synced"),
        ("sort", list(sort_options()), DEFAULT_SORT),
        ("rows", [str(size) for size in PAGE_SIZES], str(DEFAULT_SIZE)),
        ("feed", list(FEEDS), PRODUCTS),
    ):
        url_state.follow_url(key, allowed=allowed, default=default, instead=before.get(key, ()))
    orders = list(item_table.orders(feed()))
    url_state.follow_url("order", allowed=orders, default=item_table.DEFAULT_ORDER, instead=before.get("order", ()))
    url_state.follow_url("q", default="", read=lambda text: text[:LONGEST_TEXT], instead=before.get("q", ()))
    url_state.follow_url("page", default=1, read=_page_number, instead=before.get("page", ()))
    pictures = before.get("pictures", ())
    url_state.follow_url("pictures", default=False, read=lambda text: text == "True", instead=pictures)
    product_filters.begin(before)


def _page_number(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 1_000_000:
        raise ValueError(text)
    return number


def changed(key: str) -> None:
    """What a choice of the list does: it goes into the URL, and the list begins anew."""
    if "from" in st.query_params:
        _settle_address()
    url_state.write_url(key, default=_DEFAULTS.get(key), then=to_first_page)


def _settle_address() -> None:
    """Put the whole list into the URL, in place of what the browser's Back brought along."""
    for name in ("from", "sku", "view", "id"):
        if name in st.query_params:
            del st.query_params[name]
    for key in KEYS:
        url_state.write_url(key, default=_DEFAULTS.get(key))


def side() -> Literal["synced", "catalog"]:
    """Which of the two lists is shown."""
    return "catalog" if st.session_state.get("side") == "catalog" else "synced"


def feed() -> str:
    """Which feed's items are shown."""
    chosen = st.session_state.get("feed")
    return chosen if chosen in FEEDS else PRODUCTS


def current_query(page: Page, where: Literal["synced", "catalog"] | None = None) -> ProductQuery:
    """The query that the widgets and the scope stand for; with `where`, the same query on that side."""
    state = st.session_state
    column, _, direction = str(state.get("sort") or DEFAULT_SORT).partition(".")
    size = int(state.get("rows") or DEFAULT_SIZE)
    return ProductQuery(
        text=state.get("q") or "",
        side=where or side(),
        store_views=store_views(page),
        types=tuple(state.get("type") or ()),
        visibilities=tuple(state.get("visibility") or ()),
        states=tuple(state.get("state") or ()),
        sort=column,
        descending=direction == "desc",
        limit=size,
        offset=(int(state.get("page") or 1) - 1) * size,
        more=product_filters.conditions(page.view),
    )


def store_views(page: Page) -> tuple[str, ...]:
    """The store views of the scope that is looked at; () for all."""
    scope = current_scope(page.view)
    return () if scope is None else scope.store_views


def is_narrowed() -> bool:
    """Whether a text or a filter is set."""
    return bool(st.session_state.get("q")) or product_filters.is_narrowed()


def to_first_page() -> None:
    """What another search or filter does to the place in the list."""
    st.session_state["page"] = 1
    url_state.write_url("page", default=1)


def clear() -> None:
    """Take the text and all filters away."""
    st.session_state["q"] = ""
    changed("q")
    product_filters.clear(changed)


def show_side(where: str) -> None:
    """Go to the other list with the same text; its filters are let go, they may not exist there."""
    text = st.session_state.get("q", "")
    clear()
    st.session_state["side"] = where
    changed("side")
    st.session_state["q"] = text
    changed("q")


def filters(page: ProductPage) -> None:
    """All that the list can be narrowed by: drawn while it is open, else the URL alone knows what is chosen."""
    popover = st.popover(
        list_texts.FILTER, icon=":material/filter_list:", width="stretch", key="filter", on_change="rerun"
    )
    if popover.open:
        with popover:
            product_filters.facet_choices(page, changed)
            product_filters.further_choices(changed)
            st.toggle(list_texts.PICTURES, key="pictures", on_change=changed, args=("pictures",))


def chips() -> None:
    """What the list is narrowed by, each with the way to take it away."""
    product_filters.chips(changed, clear)


def title() -> str:
    """The heading: the documented one for products."""
    return texts.PRODUCTS_TITLE if feed() == PRODUCTS else list_texts.ITEMS_TITLE.format(feed=feed())


def subtitle() -> str:
    """What the list shows, in one sentence."""
    if feed() == PRODUCTS:
        return texts.PRODUCTS_SUB[side()]
    return list_texts.ITEMS_SUB.format(title=FEEDS[feed()].title.rstrip("."))


def search_box(hint: str) -> None:
    """The search, as it is typed."""
    st.text_input(
        texts.SEARCH,
        key="q",
        type="search",
        live="300ms",
        max_chars=LONGEST_TEXT,
        placeholder=hint,
        icon=":material/search:",
        label_visibility="collapsed",
        on_change=changed,
        args=("q",),
    )


def side_choice() -> None:
    """Which list: what was exported, or what the store holds."""
    st.segmented_control(
        "List",
        list(SIDES),
        default="synced",
        required=True,
        key="side",
        format_func=(SIDES if feed() == PRODUCTS else list_texts.SIDES).__getitem__,
        on_change=changed,
        args=("side",),
        label_visibility="collapsed",
    )


def sort_choice() -> None:
    """The sort, as a list to choose from; a click on a column does the same."""
    options = sort_options()
    st.selectbox(
        texts.SORT,
        list(options),
        key="sort",
        format_func=options.__getitem__,
        on_change=changed,
        args=("sort",),
        label_visibility="collapsed",
    )


def size_choice() -> None:
    """How many rows a page has."""
    st.selectbox(
        texts.ROWS,
        [str(size) for size in PAGE_SIZES],
        index=PAGE_SIZES.index(DEFAULT_SIZE),
        key="rows",
        format_func=lambda size: f"{size} rows",
        on_change=changed,
        args=("rows",),
        label_visibility="collapsed",
    )


def feed_choice() -> None:
    """Whose items are shown: the products, or those of any other feed."""
    st.selectbox(
        list_texts.FEED,
        list(FEEDS),
        index=list(FEEDS).index(PRODUCTS),
        key="feed",
        format_func=list_texts.FEED_OPTION.format,
        on_change=_other_feed,
        label_visibility="collapsed",
    )


def _other_feed() -> None:
    changed("feed")
    if st.session_state.get("order") not in item_table.orders(feed()):
        st.session_state["order"] = item_table.DEFAULT_ORDER
        changed("order")
    clear()


def address(**instead: Any) -> str:
    """The list as it is now, for the way back from a product; or with other choices."""
    pairs: list[tuple[str, str]] = []
    for key in KEYS:
        value = instead.get(key, st.session_state.get(key))
        if value and value != _DEFAULTS.get(key):
            pairs.extend((key, str(one)) for one in (value if isinstance(value, list) else [value]))
    return urlencode(pairs)


def way_back(text: str | None) -> Mapping[str, list[str]]:
    """The list's own parameters out of `from=`: nothing else is let through."""
    found: dict[str, list[str]] = {}
    for key, value in parse_qsl((text or "")[:2_000]):
        if key in KEYS:
            found.setdefault(key, []).append(value)
    return found
