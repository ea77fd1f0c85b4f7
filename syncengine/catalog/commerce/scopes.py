"""Websites, store groups and store views: where they are asked for, and which codes values are read under."""

from __future__ import annotations

import re
from typing import Any

from syncengine.errors import CatalogError, SourceAnswerError

ADMIN_SCOPE = "all"
STORE_LISTS = {
    "websites": "/V1/store/websites",
    "store_groups": "/V1/store/storeGroups",
    "store_views": "/V1/store/storeViews",
    "store_configs": "/V1/store/storeConfigs",
}
_CODE = re.compile(r"[A-Za-z0-9_\-]{1,64}")


def scopes_of(what: str, parsed: Any) -> list[dict[str, Any]]:
    """A bare array of scopes, each with an id. Raises: SourceAnswerError when it is something else."""
    if not isinstance(parsed, list) or not all(isinstance(i, dict) and "id" in i for i in parsed):
        hint = "Check source.url: it ends in /rest, except for a cloud service, which has none."
        raise SourceAnswerError(f"{what} was answered without a list of scopes.", hint=hint)
    return parsed


def view_codes(views: list[dict[str, Any]]) -> dict[str, int]:
    """Ids of the store views by code, in order, inactive ones included; the admin's is none of them.

    Raises: CatalogError when there is none.
    """
    real = sorted((view for view in views if view["id"] != 0), key=lambda view: int(view["id"]))
    if not real:
        raise CatalogError("The store has no store view.", hint="Create one under Stores > All Stores.")
    return {code_of(view): int(view["id"]) for view in real}


def code_of(scope: dict[str, Any]) -> str:
    """The scope's code, fit for a path. Raises: SourceAnswerError when it is not."""
    code = scope.get("code")
    if not isinstance(code, str) or not _CODE.fullmatch(code) or code == ADMIN_SCOPE:
        raise SourceAnswerError(f"The scope with id {scope.get('id')} has no usable code.")
    return code
