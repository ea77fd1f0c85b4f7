"""The state of the product list: what is searched, filtered, sorted and shown, kept in the URL by its widgets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from syncengine.inspection.products import ProductPage, ProductQuery, search_products
from syncengine.inspection.view import CatalogView
from ui import texts, url_state
from ui.escape import label
from ui.product_table import COLUMNS, DEFAULT_SORT, clicked_sort, sort_options, type_words

SIDES: dict[str, str] = {"synced": texts.SIDE_SYNCED, "catalog": texts.SIDE_CATALOG}
LONGEST_TEXT = 200
PAGE_SIZES = (25, 50, 100)
DEFAULT_SIZE = 50
FILTERS = ("type", "visibility", "state")
KEYS = ("side", "q", *FILTERS, "sort", "rows", "page")
_DEFAULTS: dict[str, Any] = {"side": "synced", "q": "", "sort": DEFAULT_SORT, "rows": str(DEFAULT_SIZE), "page": 1}


def begin() -> None:
    """Take over what the URL says, before any widget of the list is drawn."""
    url_state.follow_url("side", allowed=list(SIDES), default="synced")
    url_state.follow_url("sort", allowed=list(sort_options()), default=DEFAULT_SORT)
    url_state.follow_url("rows", allowed=[str(size) for size in PAGE_SIZES], default=str(DEFAULT_SIZE))
    url_state.follow_url("q", default="", read=lambda text: text[:LONGEST_TEXT])
    url_state.follow_url("page", default=1, read=_page_number)
    for key in FILTERS:
        url_state.follow_url(key, many=True)


def _page_number(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 1_000_000:
        raise ValueError(text)
    return number


def changed(key: str) -> None:
    """What a choice of the list does: it goes into the URL, and the list begins anew."""
    url_state.write_url(key, default=_DEFAULTS.get(key), then=to_first_page)


def side() -> Literal["synced", "catalog"]:
    """Which of the two lists is shown."""
    return "catalog" if st.session_state.get("side") == "catalog" else "synced"


def current_query(where: Literal["synced", "catalog"] | None = None) -> ProductQuery:
    """The query that the widgets stand for; with `where`, the same query on that side."""
    state = st.session_state
    column, _, direction = str(state.get("sort") or DEFAULT_SORT).partition(".")
    size = int(state.get("rows") or DEFAULT_SIZE)
    return ProductQuery(
        text=state.get("q") or "",
        side=where or side(),
        types=tuple(state.get("type") or ()),
        visibilities=tuple(state.get("visibility") or ()),
        states=tuple(state.get("state") or ()),
        sort=column,
        descending=direction == "desc",
        limit=size,
        offset=(int(state.get("page") or 1) - 1) * size,
    )


def is_narrowed() -> bool:
    """Whether a text or a filter is set."""
    return any(st.session_state.get(key) for key in ("q", *FILTERS))


def to_first_page() -> None:
    """What another search or filter does to the place in the list."""
    st.session_state["page"] = 1
    url_state.write_url("page", default=1)


def clear() -> None:
    """Take the text and all filters away."""
    st.session_state["q"] = ""
    changed("q")
    for key in FILTERS:
        st.session_state[key] = []
        changed(key)


def show_side(where: str) -> None:
    """Go to the other list with the same text; its filters are let go, they may not exist there."""
    text = st.session_state.get("q", "")
    clear()
    st.session_state["side"] = where
    changed("side")
    st.session_state["q"] = text
    changed("q")


def table_key() -> str:
    """The table's key: a new one after each sort, so that the column which was clicked is not chosen any more."""
    return f"table-{st.session_state.get('sorts', 0)}"


def sort_by_click() -> None:
    """Sort by the column that was clicked, if it was a column; Streamlit calls this before it draws the widgets."""
    headings = st.session_state[table_key()]["selection"]["columns"]
    if headings and headings[0] in COLUMNS:
        st.session_state["sort"] = clicked_sort(headings[0], st.session_state.get("sort") or DEFAULT_SORT)
        st.session_state["sorts"] = st.session_state.get("sorts", 0) + 1
        changed("sort")


def filters(page: ProductPage) -> None:
    """One row of choices per filter, with how many products each would leave."""
    words = {"type": texts.TYPE, "visibility": texts.VISIBILITY, "state": texts.STATE}
    for key in FILTERS:
        counts = page.facets.get(key, {})
        chosen = [value for value in st.session_state.get(key) or () if isinstance(value, str)]
        options = list(dict.fromkeys([*counts, *chosen]))
        if not options:
            continue
        st.pills(
            words[key],
            options,
            selection_mode="multi",
            key=key,
            format_func=_counted(key, counts),
            on_change=changed,
            args=(key,),
        )


def _counted(key: str, counts: Mapping[str, int]) -> Callable[[Any], str]:
    return lambda value: f"{_option(key, value)} · {counts.get(value, 0):,}"


def _option(key: str, value: str) -> str:
    if key == "state":
        return label(texts.STATES.get(value, (value,))[0])
    return label(type_words(value) if key == "type" else value)


def side_choice() -> None:
    """Which list: what was exported, or what the store holds."""
    st.segmented_control(
        "List",
        list(SIDES),
        default="synced",
        required=True,
        key="side",
        format_func=SIDES.__getitem__,
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


def matches_elsewhere(view: CatalogView) -> tuple[str, int]:
    """The other list and how many products match the text there."""
    other: Literal["synced", "catalog"] = "synced" if side() == "catalog" else "catalog"
    query = ProductQuery(text=st.session_state.get("q") or "", side=other, limit=1)
    return other, search_products(view, query).total


def address() -> str:
    """The list as it is now, for the way back from a product."""
    pairs: list[tuple[str, str]] = []
    for key in KEYS:
        value = st.session_state.get(key)
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
