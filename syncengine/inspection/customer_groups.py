"""Customer groups as people know them: the feeds name a group by the SHA-1 of its number."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from hashlib import sha1

NOT_LOGGED_IN = "not logged in"
_MOST = 2_000  # a store has some; a group of a higher number keeps its code
_CODE = re.compile(r"\b[0-9a-f]{40}\b")
_SPECIAL = {"0": "0 (all others)", "*": "* (all)"}


@cache
def _groups() -> Mapping[str, str]:
    codes = [sha1(str(number).encode(), usedforsecurity=False).hexdigest() for number in range(_MOST)]
    return {code: f"group {number}" if number else NOT_LOGGED_IN for number, code in enumerate(codes)}


def group_words(code: str) -> str:
    """A group's code as words: `group 2`, `not logged in`; of the fallback row `0`, and of `*`, what they stand for."""
    return _SPECIAL.get(code) or _groups().get(code, code)


def with_groups(text: str) -> str:
    """A text that may hold codes of groups, such as the scope of a price, with the groups in words."""
    return _CODE.sub(lambda found: _groups().get(found.group(), found.group()), text)
