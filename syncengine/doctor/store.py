"""The doctor at a store: address, TLS, credentials, permissions, page size, clock, time zones, store views.

Every check asks for as little as it can. Nothing that is told holds a secret: answers are quoted in the store's own
words, requests without their query.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson

from syncengine.catalog import open_client
from syncengine.catalog.commerce.client import CommerceClient, Params, parsed_json
from syncengine.catalog.commerce.refusals import as_error, message_of, page_size_limit, resource_of
from syncengine.catalog.commerce.scopes import STORE_LISTS, scopes_of, view_codes
from syncengine.doctor import Finding, Verdict
from syncengine.settings import SourceSettings
from syncengine.transport import Answer, RetryPolicy

CLOCK_SKEW_TOLERATED = timedelta(seconds=60)
CERTIFICATE_DAYS_WANTED = 14
TLS_TIMEOUT_SECONDS = 10.0
_ONE: Params = (("searchCriteria[pageSize]", "1"), ("fields", "total_count"))
_NO_SKU = orjson.dumps({"skus": []})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Need:
    """One thing that is read, the smallest request for it, and what is lost without it."""

    what: str
    path: str
    params: Params = ()
    body: bytes | None = None
    without: str = ""  # empty: no sync without it


_NEEDS = (
    _Need(what="websites, store groups, store views", path=STORE_LISTS["store_views"]),
    _Need(what="products", path="/V1/products", params=_ONE),
    _Need(what="attributes", path="/V1/products/attributes", params=_ONE),
    _Need(what="attribute sets", path="/V1/products/attribute-sets/sets/list", params=_ONE),
    _Need(what="categories", path="/V1/categories/list", params=_ONE),
    _Need(what="customer groups", path="/V1/customerGroups/search", params=_ONE),
    _Need(
        what="price look-ups", path="/V1/products/tier-prices-information", body=_NO_SKU,
        without="Prices set through the price endpoints are seen by the daily full read only.",
    ),
    _Need(
        what="source items", path="/V1/inventory/source-items", params=_ONE,
        without="Stock is not known.",
    ),
    _Need(
        what="stocks", path="/V1/inventory/stocks", params=_ONE,
        without="Which stock serves which website is not known, beyond the first.",
    ),
)  # fmt: skip


def check_store(settings: SourceSettings) -> Iterator[Finding]:
    """Everything that can be wrong between us and the store that `settings` name. Raises: CatalogSyncError."""
    yield from _check_address(settings)
    yield from _check_tls(settings)
    with closing(open_client(settings, policy=RetryPolicy(attempts=2))) as client:
        first = client.ask(STORE_LISTS["store_views"])
        if first.status not in (200, 401, 403):
            raise as_error(f"GET {settings.url}{STORE_LISTS['store_views']}", STORE_LISTS["store_views"], first)
        yield _clock(first)
        answers = [(need, client.ask(need.path, need.params, body=need.body)) for need in _NEEDS]
        if all(answer.status in (401, 403) for _, answer in answers):
            yield _refused_credentials(settings, first)
            return
        yield Finding(check="token", verdict=Verdict.ok, sentence=f"The store takes our {_credentials(settings)}.")
        yield from (_permission(need, answer) for need, answer in answers)
        if answers[0][1].status == 200:
            yield from _check_scopes(client, answers[0][1])
        if answers[1][1].status == 200:
            yield from _check_products(client, settings)


def _check_address(settings: SourceSettings) -> Iterator[Finding]:
    parts = urlsplit(settings.url or "")
    is_cloud = not parts.path.rstrip("/").endswith("/rest")
    kind = "a cloud service (its address does not end in /rest)" if is_cloud else "a store of its own"
    hint = "If it is a store of its own, its address ends in /rest." if is_cloud else ""
    yield Finding(check="address", verdict=Verdict.ok, sentence=f"`{settings.url}` is read as {kind}.", hint=hint)
    if parts.scheme == "http":
        yield Finding(
            check="TLS", verdict=Verdict.warning, sentence="The credentials travel in clear text: the address is http.",
            hint="Use https, unless the store is on this machine.",
        )  # fmt: skip


def _check_tls(settings: SourceSettings) -> Iterator[Finding]:
    """When the certificate ends. A proxy may be between; then there is nothing to tell, and no fault either."""
    parts = urlsplit(settings.url or "")
    if parts.scheme != "https" or not parts.hostname:
        return
    try:
        with (
            socket.create_connection((parts.hostname, parts.port or 443), timeout=TLS_TIMEOUT_SECONDS) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname) as secure,
        ):
            certificate, version = secure.getpeercert() or {}, secure.version()
    except OSError:
        return  # the requests that follow say what is wrong, in better words
    ends_at = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    days = (ends_at - datetime.now(UTC)).days
    text = f"{version}; the certificate is valid until {ends_at:%Y-%m-%d} ({days} days)."
    soon = days < CERTIFICATE_DAYS_WANTED
    yield Finding(
        check="TLS", verdict=Verdict.warning if soon else Verdict.ok, sentence=text,
        hint="Have the certificate renewed." if soon else "",
    )  # fmt: skip


def _clock(answer: Answer) -> Finding:
    try:
        theirs = parsedate_to_datetime(answer.headers.get("Date", ""))
    except (TypeError, ValueError, IndexError):
        return Finding(check="clock", verdict=Verdict.warning, sentence="The store does not tell its time (no Date).")
    theirs = theirs.replace(tzinfo=UTC) if theirs.tzinfo is None else theirs
    skew = theirs - (answer.sent_at + timedelta(seconds=answer.elapsed_seconds))
    seconds = round(skew.total_seconds())
    if abs(skew) <= CLOCK_SKEW_TOLERATED:
        return Finding(check="clock", verdict=Verdict.ok, sentence="The store's clock and ours agree.")
    word = "ahead of" if seconds > 0 else "behind"
    return Finding(
        check="clock", verdict=Verdict.warning, sentence=f"The store's clock is {abs(seconds):,} s {word} ours.",
        hint="Set both by NTP: signatures (OAuth 1.0a) are refused and times shown are off. Changes are found by the "
        "store's own clock, whatever ours says.",
    )  # fmt: skip


def _credentials(settings: SourceSettings) -> str:
    names = {"token": "token", "admin": "admin sign-in", "oauth": "OAuth 1.0a signatures", "none": "requests"}
    return names[settings.credential_kind]


def _refused_credentials(settings: SourceSettings, answer: Answer) -> Finding:
    if settings.credential_kind == "none":
        hint = "Set `source.token` or `source.token_file`; docs/settings.md names the other ways."
        return Finding(check="token", verdict=Verdict.failed, sentence="No credentials are set.", hint=hint)
    error = as_error("Every request", STORE_LISTS["store_views"], answer)
    needed = sorted({f"`{resource}`" for need in _NEEDS if (resource := resource_of(need.path))})
    return Finding(
        check="token", verdict=Verdict.failed,
        sentence=f"The store refuses our {_credentials(settings)}: {error.message}",
        hint=f"{error.hint} All that is read needs {', '.join(needed)}.",
    )  # fmt: skip


def _permission(need: _Need, answer: Answer) -> Finding:
    check, resource = f"permission for {need.what}", resource_of(need.path)
    if answer.status == 200:
        return Finding(check=check, verdict=Verdict.ok, sentence=f"granted (`{resource}`)")
    said = message_of(answer.body)
    verdict = Verdict.warning if need.without else Verdict.failed
    if answer.status in (401, 403):
        return Finding(
            check=check, verdict=verdict, sentence=f"refused: {said} {need.without}".strip(),
            hint=f"Grant the integration `{resource}` (System > Extensions > Integrations > API).",
        )  # fmt: skip
    if answer.status == 404 and need.without:
        return Finding(check=check, verdict=Verdict.skipped, sentence=f"not offered by this store. {need.without}")
    error = as_error(f"`{need.path}`", need.path, answer)
    return Finding(check=check, verdict=verdict, sentence=error.message, hint=error.hint)


def _check_scopes(client: CommerceClient, answer: Answer) -> Iterator[Finding]:
    views = scopes_of("store views", parsed_json("store views", answer.body))
    codes = view_codes(views)
    inactive = sorted(view["code"] for view in views if view["id"] != 0 and view.get("is_active", 1) in (0, False, "0"))
    told = f" (inactive: {', '.join(inactive)})" if inactive else ""
    yield Finding(check="store views", verdict=Verdict.ok, sentence=f"{len(codes)}: {', '.join(codes)}{told}.")
    configs = client.ask(STORE_LISTS["store_configs"])
    if configs.status != 200:
        return
    zones = {
        str(config.get("code")): str(config.get("timezone"))
        for config in scopes_of("store configs", parsed_json("store configs", configs.body))
    }
    unknown = sorted(code for code, zone in zones.items() if not _is_zone(zone))
    yield Finding(
        check="time zone",
        verdict=Verdict.warning if unknown else Verdict.ok,
        sentence=f"{', '.join(sorted(set(zones.values())))}; special prices begin and end at midnight there.",
        hint=f"The zone of {', '.join(unknown)} is not known here and counts as UTC." if unknown else "",
    )


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _check_products(client: CommerceClient, settings: SourceSettings) -> Iterator[Finding]:
    """How many there are, and whether our page size is allowed; an id filter that finds none keeps it cheap."""
    total = client.count("/V1/products", ())
    yield Finding(
        check="products", verdict=Verdict.ok if total else Verdict.warning,
        sentence=f"The store counts {total:,} products.",
        hint="" if total else "Is it the right store? An empty one is never taken for deletions.",
    )  # fmt: skip
    start = "searchCriteria[filterGroups][0][filters][0]"
    asked = [
        (f"{start}[field]", "entity_id"), (f"{start}[conditionType]", "lteq"), (f"{start}[value]", "0"),
        ("searchCriteria[pageSize]", str(settings.page_size)), ("fields", "total_count"),
    ]  # fmt: skip
    answer = client.ask("/V1/products", asked)
    limit = page_size_limit(answer)
    if limit is not None:
        yield Finding(
            check="page size", verdict=Verdict.warning,
            sentence=f"The store allows {limit} items a request, `source.page_size` is {settings.page_size}.",
            hint=f"Reading copes by itself; set `source.page_size` to {limit} to save a request.",
        )  # fmt: skip
    elif answer.status == 200:
        yield Finding(check="page size", verdict=Verdict.ok, sentence=f"{settings.page_size} products a request.")
