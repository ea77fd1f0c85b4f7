"""Store views as locales, websites and customer groups as price books."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

FALLBACK_GROUP = "0"
OTHER_WEBSITES = "*"
MAX_PRICE_BOOK_ID = 64
KNOWN_GROUP_IDS = 10_000
# a shorter prefix of a SHA-1 is never needed: Commerce's website codes have at most 32 characters
MIN_GROUP_DIGITS = 30


class UnmappableError(Exception):
    """An item that the target cannot hold as it is; `code` and the text say why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Scopes:
    """What the settings say: `locales` by store view code, `currencies` by website code (`*`: every other)."""

    locales: Mapping[str, str] = field(default_factory=dict)
    currencies: Mapping[str, str] = field(default_factory=dict)

    def source(self, store_view: str) -> dict[str, str]:
        """The `source` of a record. Raises: UnmappableError when another view has this locale."""
        locale = self.locales.get(store_view)
        if locale is None:
            if store_view in self.locales.values():
                text = f"the store view `{store_view}` needs a locale of its own: `{store_view}` is another view's"
                raise UnmappableError("locale", text)
            locale = store_view
        return {"locale": locale}

    def base_book(self, website: str) -> dict[str, Any]:
        """The price book of a website. Raises: UnmappableError when its currency or its id is not possible."""
        currency = self.currencies.get(website, self.currencies.get(OTHER_WEBSITES))
        if currency is None:
            raise UnmappableError("currency", f"no currency is set for the website `{website}`")
        return {"priceBookId": price_book_id(website, FALLBACK_GROUP), "name": website, "currency": currency}


def child_book(website: str, group_code: str) -> dict[str, Any]:
    """The price book of a customer group within a website's. Raises: UnmappableError."""
    group = _group_ids().get(group_code, group_code[:12])
    return {
        "priceBookId": price_book_id(website, group_code),
        "name": f"Customer group {group} ({website})",
        "parentId": price_book_id(website, FALLBACK_GROUP),
    }


@cache
def _group_ids() -> Mapping[str, str]:
    """The ids behind the codes of the groups that a shop may have: no feed tells a group's name."""
    texts = [str(number) for number in range(KNOWN_GROUP_IDS)]
    return {hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(): text for text in texts}


def price_book_id(website: str, group_code: str) -> str:
    """`website`, or `website::sha1 of the group's id`, cut to the 64 characters that an id may have.

    Raises: UnmappableError when too little of the digest would be left.
    """
    whole = website if group_code == FALLBACK_GROUP else f"{website}::{group_code}"
    if not website or len(website) > MAX_PRICE_BOOK_ID - MIN_GROUP_DIGITS - 2:
        raise UnmappableError("price_book", f"`{website}` is no website code that a price book can be named after")
    return whole[:MAX_PRICE_BOOK_ID]
