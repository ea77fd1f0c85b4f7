"""The filters of the product list: choices with counts, further conditions, and chips that take each away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import streamlit as st

from syncengine.inspection.finder import ProductFilters
from syncengine.inspection.products import ProductPage
from syncengine.inspection.reasons import Reason
from syncengine.inspection.runs import recent_runs
from syncengine.inspection.view import CatalogView
from ui import cards, list_texts, product_texts, texts, url_state
from ui.escape import label
from ui.product_table import type_words

FACETS = ("type", "visibility", "state")
TEXTS = ("price_from", "price_to", "attribute", "attribute_value", "category", "changed_field", "json_text")
CONDITIONS = ("reason", "run", *TEXTS)
LONGEST_TEXT = 200
_REASONS = tuple(reason.value for reason in Reason)
_RUNS_LOOKED_AT = 20


def begin(before: Mapping[str, list[str]]) -> None:
    """Take over what the URL says, or `before` where it says nothing."""
    for key in FACETS:
        url_state.follow_url(key, many=True, instead=before.get(key, ()))
    url_state.follow_url("reason", allowed=_REASONS, instead=before.get("reason", ()))
    for key in ("run", *TEXTS):
        url_state.follow_url(key, default="", read=lambda text: text[:LONGEST_TEXT], instead=before.get(key, ()))


def conditions(view: CatalogView) -> ProductFilters:
    """The conditions beyond the table's own columns that are set."""
    chosen: dict[str, str | None] = {key: _text(key) for key in CONDITIONS}
    run = chosen["run"]
    return ProductFilters(
        price_from=_price("price_from"),
        price_to=_price("price_to"),
        attribute=chosen["attribute"],
        attribute_value=chosen["attribute_value"] if chosen["attribute"] else None,
        category=chosen["category"],
        reason=chosen["reason"],
        run=_last_run(view) if run == list_texts.LAST_RUN else run,
        changed_field=chosen["changed_field"],
        json_text=chosen["json_text"],
    )


def _text(key: str) -> str | None:
    value = str(st.session_state.get(key) or "").replace("\0", "").strip()
    return value.encode("utf-8", "ignore").decode("utf-8") or None


def _price(key: str) -> Decimal | None:
    try:
        value = Decimal((_text(key) or "").replace(",", "."))
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < 10**12 else None


def _last_run(view: CatalogView) -> str:
    """The newest run that told the destination something; no run has an empty id."""
    for run, feeds in recent_runs(view, limit=_RUNS_LOOKED_AT):
        if not run.dry_run and any(feed.sent for feed in feeds):
            return run.run_id
    return "-"


def is_narrowed() -> bool:
    """Whether any filter is set."""
    return any(st.session_state.get(key) for key in (*FACETS, *CONDITIONS))


def facet_choices(page: ProductPage, changed: Callable[[str], None]) -> None:
    """One row of choices per facet, with how many products each would leave."""
    words = {"type": texts.TYPE, "visibility": texts.VISIBILITY, "state": texts.STATE}
    for key in FACETS:
        counts = page.facets.get(key, {})
        chosen = [value for value in st.session_state.get(key) or () if isinstance(value, str)]
        options = list(dict.fromkeys([*counts, *chosen]))
        if options:
            st.pills(
                words[key],
                options,
                selection_mode="multi",
                key=key,
                format_func=_counted(key, counts),
                on_change=changed,
                args=(key,),
            )


def further_choices(changed: Callable[[str], None]) -> None:
    """The conditions that the table's own columns do not answer."""
    st.session_state["changed_last"] = st.session_state.get("run") == list_texts.LAST_RUN
    st.toggle(
        list_texts.CHANGED_LAST,
        key="changed_last",
        on_change=_toggle_last,
        args=(changed,),
    )
    st.selectbox(
        list_texts.REASON,
        [None, *_REASONS],
        key="reason",
        format_func=lambda code: product_texts.REASONS[code][0] if code else "–",
        on_change=changed,
        args=("reason",),
    )
    first, second = st.columns(2)
    with first:
        _input("price_from", list_texts.PRICE_FROM, "0.00", changed)
        _input("attribute", list_texts.ATTRIBUTE, list_texts.ATTRIBUTE_HINT, changed)
        _input("category", list_texts.CATEGORY, list_texts.CATEGORY_HINT, changed)
    with second:
        _input("price_to", list_texts.PRICE_TO, "100.00", changed)
        _input("attribute_value", list_texts.ATTRIBUTE_VALUE, list_texts.ATTRIBUTE_VALUE_HINT, changed)
        _input("changed_field", list_texts.CHANGED_FIELD, list_texts.CHANGED_FIELD_HINT, changed)
    st.text_input(
        list_texts.JSON,
        key="json_text",
        placeholder=list_texts.JSON_HINT,
        help=list_texts.JSON_HELP,
        max_chars=LONGEST_TEXT,
        on_change=changed,
        args=("json_text",),
    )


def _input(key: str, words: str, hint: str, changed: Callable[[str], None]) -> None:
    st.text_input(words, key=key, placeholder=hint, max_chars=LONGEST_TEXT, on_change=changed, args=(key,))


def _toggle_last(changed: Callable[[str], None]) -> None:
    st.session_state["run"] = list_texts.LAST_RUN if st.session_state["changed_last"] else ""
    changed("run")


def chips(changed: Callable[[str], None], clear: Callable[[], None]) -> None:
    """Everything that narrows the list, each with the way to take it away."""
    shown = [(key, value) for key in FACETS for value in st.session_state.get(key) or () if isinstance(value, str)]
    shown += [(key, value) for key in CONDITIONS if (value := _text(key))]
    if not shown:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="chips"):
        for position, (key, value) in enumerate(shown):
            words = label(f"{list_texts.CHIPS[key]}: {value_words(key, value)}", longest=60)
            st.button(
                words,
                key=f"chip-{position}-{key}",
                icon=":material/close:",
                on_click=_take_away,
                args=(key, value, changed),
            )
        st.button(texts.CLEAR, key="chips-clear", type="tertiary", on_click=clear)
    if any(_text(key) and _price(key) is None for key in ("price_from", "price_to")):
        cards.line(list_texts.WRONG_PRICE)


def _take_away(key: str, value: str, changed: Callable[[str], None]) -> None:
    if key in FACETS:
        st.session_state[key] = [one for one in st.session_state.get(key) or () if one != value]
    else:
        st.session_state[key] = None if key == "reason" else ""
    changed(key)


def value_words(key: str, value: str) -> str:
    """A filter's value as people read it."""
    if key == "state":
        return texts.STATES.get(value, (value,))[0]
    if key == "reason":
        return product_texts.REASONS.get(value, (value,))[0]
    if key == "type":
        return type_words(value)
    return "the last that sent" if (key, value) == ("run", list_texts.LAST_RUN) else value


def _counted(key: str, counts: Mapping[str, int]) -> Callable[[Any], str]:
    return lambda value: f"{label(value_words(key, value))} · {counts.get(value, 0):,}"


def clear(changed: Callable[[str], None]) -> None:
    """Take all filters away."""
    for key in FACETS:
        st.session_state[key] = []
        changed(key)
    for key in CONDITIONS:
        st.session_state[key] = None if key == "reason" else ""
        changed(key)
