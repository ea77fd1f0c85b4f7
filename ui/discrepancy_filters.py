"""The filters of the discrepancies, kept in the URL: tables whose rows lead to them, chips that take them away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from syncengine.feeds.registry import FEEDS
from syncengine.inspection.discrepancies import AGES, KINDS
from syncengine.inspection.reasons import Reason
from ui import discrepancy_texts as texts
from ui import product_texts, url_state
from ui.discrepancy_data import Filters
from ui.escape import label as label_of
from ui.link_table import Column, Row, here, link_table

PAGE = "discrepancies"
FILTERS = tuple(texts.FILTER_NAMES)
_ALLOWED: dict[str, Sequence[str]] = {
    "kind": KINDS,
    "feed": tuple(FEEDS),
    "reason": tuple(reason.value for reason in Reason),
    "age": tuple(AGES),
}
LONGEST_TEXT = 200
_ALL_AGES = "all"


def current() -> Filters:
    """The filters that the URL names."""
    chosen = {name: value for name in FILTERS if (value := st.query_params.get(name)) and _is_allowed(name, value)}
    return Filters(
        **chosen,
        text=(st.query_params.get("q") or "")[:LONGEST_TEXT],
        with_waiting=st.query_params.get("ages") == _ALL_AGES,
    )


def _is_allowed(name: str, value: str) -> bool:
    if name == "field":
        return value.split(":")[0] in FEEDS and len(value) <= LONGEST_TEXT
    return value in _ALLOWED[name]


def put(name: str, value: str | None) -> None:
    """Set one filter or take it away; the list begins anew."""
    if value:
        st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]
    to_first_page()


def to_first_page() -> None:
    """What another filter does to the place in the list."""
    st.session_state["page"] = 1
    url_state.write_url("page", default=1)
    st.query_params.pop("item", None)


def clear() -> None:
    """Take all filters away, the search too."""
    for name in FILTERS:
        put(name, None)
    st.session_state["q"] = ""
    url_state.write_url("q", default="")


def toggle_ages() -> None:
    """Show what merely waits, too, or leave it out again."""
    put("ages", None if current().with_waiting else _ALL_AGES)


def chips(filters: Filters, age: str) -> None:
    """What is filtered by, each with the way to take it away."""
    with st.container(horizontal=True, key="chips", gap="small", vertical_alignment="center"):
        words = texts.YOUNG_OFF if filters.with_waiting else texts.YOUNG_CHIP.format(age=age)
        st.button(
            words,
            key="chip-ages",
            icon=":material/filter_alt_off:" if filters.with_waiting else ":material/close:",
            help=texts.YOUNG_HELP[filters.with_waiting],
            on_click=toggle_ages,
        )
        chosen = [name for name in FILTERS if getattr(filters, name)]
        for name in chosen:
            words = label_of(f"{texts.FILTER_NAMES[name]}: {value_words(name, getattr(filters, name))}")
            st.button(words, key=f"chip-{name}", icon=":material/close:", on_click=put, args=(name, None))
        if chosen or filters.text:
            st.button(texts.CLEAR, key="chip-clear", type="tertiary", on_click=clear)


def value_words(name: str, value: str) -> str:
    """A filter's value as people read it."""
    if name == "kind":
        return texts.KINDS.get(value, value)
    if name == "reason":
        return product_texts.REASONS.get(value, (value,))[0]
    if name == "age":
        return texts.AGES.get(value, value)
    return value.partition(":")[2] + f" ({value.partition(':')[0]})" if name == "field" else value


def filter_table(
    name: str,
    columns: Sequence[Column],
    rows: Mapping[str, Sequence[str]],
    *,
    current: str | None,
    label: str,
) -> None:
    """A table whose rows are filters, by their values: each leads to this page narrowed by it, the chosen one to the
    page without it. The cells are HTML, escaped by the caller."""
    listed = [
        Row(
            cells=cells,
            address=here(PAGE, **{name: None if value == current else value, "page": None, "item": None}),
            current=value == current,
        )
        for value, cells in rows.items()
    ]
    link_table(columns, listed, label=label, kind=f"cs-filter cs-by-{name}")
