"""What a store's error answer says, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from syncengine.errors import CatalogError, SourceAnswerError, SourceRefusedError, SourceUnreachableError
from syncengine.transport import Answer

_TEXT_LIMIT = 300
_BEARER_HINT = (
    "Check the token and that its integration is active. Since 2.4.4 an access token alone works only with "
    "`oauth/consumer/enable_integration_as_bearer` on (Stores > Configuration > Services > OAuth > Consumer "
    "Settings). A missing permission is refused in the same words: grant the integration {resources}."
)
# facts 8: what the reader asks for, by path
RESOURCES: Mapping[str, str] = {
    "/V1/products/attributes": "Magento_Catalog::attributes_attributes",
    "/V1/products/attribute-sets": "Magento_Catalog::sets",
    "/V1/products/base-prices-information": "Magento_Catalog::catalog",
    "/V1/products/special-price-information": "Magento_Catalog::catalog",
    "/V1/products/tier-prices-information": "Magento_Catalog::catalog",
    "/V1/products": "Magento_Catalog::products",
    "/V1/categories": "Magento_Catalog::categories",
    "/V1/store": "Magento_Backend::store",
    "/V1/customerGroups": "Magento_Customer::group",
    "/V1/inventory/source-items": "Magento_InventoryApi::source",
    "/V1/inventory": "Magento_InventoryApi::stock",
}


def resource_of(path: str) -> str | None:
    """The permission that `path` needs, by its name in the store's role tree."""
    for start, resource in RESOURCES.items():
        if path.startswith(start):
            return resource
    return None


def message_of(body: bytes) -> str:
    """The store's own words with their placeholders filled in, or what came instead of a JSON error."""
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _plain_text(body)
    if not isinstance(parsed, dict):
        return _plain_text(body)
    fatal = parsed.get("messages")
    if isinstance(fatal, dict) and isinstance(fatal.get("error"), list):  # the shape of fatal errors
        parsed = {"message": "", "errors": fatal["error"]}
    lines = [_filled(parsed)]
    errors = parsed.get("errors")
    lines += [_filled(error) for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    return _short(" ".join(line for line in lines if line)) or "no message"


def page_size_limit(answer: Answer) -> int | None:
    """How many items the store allows a request at most, when `answer` refuses ours for being more."""
    if answer.status != 400:
        return None
    found = re.search(r"(?i)maximum\b.*?(?:page\s*size|items of type)\D*(\d{1,6})", message_of(answer.body))
    return int(found.group(1)) if found else None


def as_error(what: str, path: str, answer: Answer) -> CatalogError:
    """The error that an answer other than success stands for; `what` is the request without its query."""
    said = message_of(answer.body)
    text = f"{what} was answered {answer.status}: {said}"
    resource = resource_of(path)
    named = f"`{resource}`" if resource else "what the message names"
    if answer.status == 401:
        return SourceRefusedError(text, hint=_BEARER_HINT.format(resources=named))
    if answer.status == 403:
        hint = f"A firewall, a proxy or a missing permission ({named}) refuses this request; let it through."
        return SourceRefusedError(text, hint=hint)
    if answer.status == 429:
        hint = "The store or its edge limits requests; the next run tries again. Lower source.connections."
        return SourceUnreachableError(text, hint=hint)
    if answer.status >= 500 or answer.status in (408, 425):
        hint = "Look for the report id in the store's log, or lower source.page_size; the next run tries again."
        return SourceUnreachableError(text, hint=hint)
    if answer.status == 404:
        hint = "Check source.url: it ends in /rest, except for a cloud service, which has none."
        return SourceAnswerError(text, hint=hint)
    if "cannot be processed" in said:
        hint = "The store view in the path is unknown; it may just have been removed or renamed."
        return SourceAnswerError(text, hint=hint)
    return SourceAnswerError(text, hint="Check that source.url is a Commerce store's REST address.")


def _filled(error: Mapping[str, Any]) -> str:
    """`%name` is filled from an object, `%1` from a list; what has no value stays as it is."""
    message = str(error.get("message") or "")
    values = error.get("parameters")
    if isinstance(values, list):
        values = {str(number): value for number, value in enumerate(values, start=1)}
    if not isinstance(values, dict):
        return message
    named = {str(name): str(value) for name, value in values.items()}
    return re.sub(r"%(\w+)", lambda found: named.get(found.group(1), found.group(0)), message)


def _plain_text(body: bytes) -> str:
    text = body[:4096].decode("utf-8", "replace")
    title = re.search(r"(?is)<title[^>]*>(.*?)</title>", text)
    if title:
        return f'an HTML page titled "{_short(title.group(1))}"'
    if "<" in text[:200]:
        return "an HTML or XML page"
    return _short(text) or "an empty body"


def _short(text: str) -> str:
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return flat if len(flat) <= _TEXT_LIMIT else flat[: _TEXT_LIMIT - 1] + "…"
