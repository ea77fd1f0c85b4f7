"""A live check of some products, as people ask for it: the engine makes it."""

from __future__ import annotations

from collections.abc import Sequence

from syncengine.control.audit import add_audit
from syncengine.control.live_check import MOST_SKUS, ask_live_check
from syncengine.control.store import ControlStore
from syncengine.errors import SettingsError


def request_live_check(
    control: ControlStore, skus: Sequence[str], *, destination: str | None = None, actor: str
) -> bool:
    """Ask the engine to compare these products with the store; False when another check is not answered yet.

    Raises: SettingsError for no product, or more than MOST_SKUS.
    """
    named = list(dict.fromkeys(skus))
    if not 1 <= len(named) <= MOST_SKUS:
        raise SettingsError(f"{len(named)} products cannot be checked at once.", hint=f"Name 1 to {MOST_SKUS}.")
    with control.write() as connection:
        asked = ask_live_check(connection, named, destination=destination, by=actor)
        if asked:
            subject = named[0] if len(named) == 1 else f"{len(named)} products"
            add_audit(connection, actor=actor, action="verify products", subject=subject)
    return asked
