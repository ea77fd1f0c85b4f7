"""Requests to a Commerce store: retried, checked to be whole JSON, their failures told in our words."""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

import orjson

from syncengine.catalog.commerce.page_size import PageSize
from syncengine.catalog.commerce.refusals import as_error, message_of, page_size_limit
from syncengine.catalog.staged import ReadStoppedError
from syncengine.errors import SourceAnswerError, SourceUnreachableError
from syncengine.transport import (
    Answer,
    AnswerTooLargeError,
    ConnectionFailedError,
    RedirectRefusedError,
    RetryPolicy,
    Transport,
)

Params = Sequence[tuple[str, str]]
Taken = TypeVar("Taken")
# the first and last bytes of a list answer: it came to its end, whatever is wrong between
_WHOLE_LIST = re.compile(rb'(?s)\{"items":.*"total_count":\s*\d+\s*\}')
LOOK_UP_ENDING = "-information"  # of the paths that are asked with a list of SKUs
_BIG_PAGE_REASONS = ("timeout", "cut", "encoding")


class UnreadableRecordsError(SourceAnswerError):
    """A whole answer of records, one of which is no valid JSON: asking again will not help, asking for less may."""


class CommerceClient:
    """Reading requests to one store. Thread-safe.

    A store's REST address ends in /rest and takes the store view code in the path; a cloud service has
    neither and takes it in the `Store` header.
    """

    def __init__(self, transport: Transport, policy: RetryPolicy | None = None) -> None:
        self._transport = transport
        self._stopped = threading.Event()
        self._policy = policy or RetryPolicy(sleep=self._pause)
        self._has_codes_in_path = urlsplit(transport.base_url).path.endswith("/rest")
        self.begin()

    def begin(self) -> None:
        """A new read: count its requests, and take the store's clock from its first answer."""
        self._stopped.clear()
        self._counter = itertools.count(1)
        self.requests = 0
        self.store_time: datetime | None = None

    def get(
        self,
        path: str,
        *,
        params: Params = (),
        store: str | None = None,
        absent: Collection[int] = (),
        max_body_bytes: int | None = None,
    ) -> tuple[bytes, Any] | None:
        """Body and parsed JSON of one answer; None for a status of `absent`: the store does not offer it."""
        parsed: list[Any] = [None]

        def attempt() -> Answer:
            answer = self._send(path, params, store, max_body_bytes=max_body_bytes)
            if answer.status == 200:
                parsed[0] = parsed_json(self._what(path, store), answer.body)
            return answer

        answer = self._answered(path, store, attempt)
        if answer.status in absent:
            return None
        self._refuse_others(path, store, answer)
        return answer.body, parsed[0]

    def page(
        self,
        path: str,
        *,
        sizes: PageSize,
        take: Callable[[str, bytes], Taken],
        params: Callable[[int], Params] = lambda size: (),
        body: Callable[[int], bytes] | None = None,
        store: str | None = None,
        absent: Collection[int] = (),
    ) -> tuple[bytes, Taken, int] | None:
        """Body, what `take` makes of it, and asked size of one page; None for a status of `absent`.

        `params` makes the query for a size, `body` that of a look-up, which is a POST.
        `take`, given the request's name and the body, raises SourceAnswerError for another shape; that counts
        as a failed attempt.
        """
        results: list[tuple[Taken, int]] = []

        def attempt() -> Answer:
            while True:
                size = sizes.current
                try:
                    answer = self._send(path, params(size), store, body=body(size) if body else None)
                except AnswerTooLargeError as error:
                    sizes.failed(size)
                    raise SourceAnswerError(error.message, hint=error.hint) from None
                except ConnectionFailedError as error:
                    if error.reason in _BIG_PAGE_REASONS:
                        sizes.failed(size)
                    raise
                limit = page_size_limit(answer)
                if limit is not None and limit < size:
                    sizes.lower_to(limit)
                    continue
                if answer.status >= 500 and "Retry-After" not in answer.headers:
                    sizes.failed(size)
                if answer.status == 200:
                    results[:] = [(take(self._what(path, store), answer.body), size)]
                    sizes.succeeded(size)
                return answer

        answer = self._answered(path, store, attempt)
        if answer.status in absent:
            return None
        self._refuse_others(path, store, answer)
        return answer.body, *results[0]

    def ask(self, path: str, params: Params = (), *, store: str | None = None, body: bytes | None = None) -> Answer:
        """The answer to one request, whatever its status, after the attempts that its status is worth.

        Raises: SourceUnreachableError, SourceAnswerError.
        """
        return self._answered(path, store, lambda: self._send(path, params, store, body=body))

    def count(self, path: str, filters: Params, *, store: str | None = None) -> int:
        """How many items the store says match; cheap for the store, whatever the filters."""
        query = [*filters, ("searchCriteria[pageSize]", "1"), ("fields", "total_count")]
        total: list[int] = [0]

        def attempt() -> Answer:
            answer = self._send(path, query, store)
            if answer.status == 200:
                total[0] = total_of(self._what(path, store), parsed_json(self._what(path, store), answer.body))
            return answer

        self._refuse_others(path, store, self._answered(path, store, attempt))
        return total[0]

    def stop(self) -> None:
        """End the requests in flight and the pauses between attempts: all raise ReadStoppedError."""
        self._stopped.set()
        self._transport.abort()

    def close(self) -> None:
        """Close idle connections; the next request opens new ones."""
        self._transport.close()

    def _pause(self, seconds: float) -> None:
        self._stopped.wait(seconds)

    def _send(
        self,
        path: str,
        params: Params,
        store: str | None,
        *,
        body: bytes | None = None,
        max_body_bytes: int | None = None,
    ) -> Answer:
        if self._stopped.is_set():
            raise ReadStoppedError("The read was stopped on request.", hint="Run it again to go on.")
        self.requests = next(self._counter)
        headers = {"Store": store} if store and not self._has_codes_in_path else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        answer = self._transport.request(
            "GET" if body is None else "POST",
            self._scoped(path, store),
            params=params,
            headers=headers,
            body=body,
            max_body_bytes=max_body_bytes,
        )
        if self.store_time is None:
            self.store_time = _date_of(answer)
        return answer

    def _scoped(self, path: str, store: str | None) -> str:
        return f"/{store}{path}" if store and self._has_codes_in_path else path

    def _what(self, path: str, store: str | None) -> str:
        method = "POST" if path.endswith(LOOK_UP_ENDING) else "GET"
        return f"{method} {self._transport.base_url}{self._scoped(path, store)}"

    def _answered(self, path: str, store: str | None, attempt: Callable[[], Answer]) -> Answer:
        try:
            return self._policy.call(
                attempt, retry_on=(ConnectionFailedError, SourceAnswerError), not_on=(UnreadableRecordsError,)
            )
        except ConnectionFailedError as error:
            hint = error.hint or "The next run tries again; lower source.page_size if it keeps happening."
            raise SourceUnreachableError(error.message, hint=hint) from None
        except RedirectRefusedError as error:
            raise SourceAnswerError(error.message, hint=error.hint) from None
        except AnswerTooLargeError as error:
            raise SourceAnswerError(error.message, hint=error.hint) from None

    def _refuse_others(self, path: str, store: str | None, answer: Answer) -> None:
        if answer.status != 200:
            raise as_error(self._what(path, store), path, answer)


def _date_of(answer: Answer) -> datetime:
    """The store's clock when it answered, less the time it took; ours when it does not tell."""
    try:
        date = parsedate_to_datetime(answer.headers.get("Date", ""))
    except (ValueError, TypeError, IndexError):
        return answer.sent_at
    date = date.replace(tzinfo=UTC) if date.tzinfo is None else date
    return date - timedelta(seconds=answer.elapsed_seconds)


def parsed_json(what: str, body: bytes) -> Any:
    """`body` as JSON, strictly: no NaN, no broken text, nothing cut.

    Raises: SourceAnswerError saying what came instead.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if _WHOLE_LIST.fullmatch(body[:20] + body[-200:]):
            raise UnreadableRecordsError(
                f"{what} was answered with a record that is no valid JSON.",
                hint="An extension of the store may write it wrong; the log names products by id.",
            ) from None
        if body[:1] in (b"{", b"["):
            said = f"JSON that breaks off or is wrong at byte {error.pos} of {len(body)}"
        else:
            said = message_of(body)
        hint = "A proxy, a login or a maintenance page may answer instead of the store."
        raise SourceAnswerError(f"{what} was answered 200 with {said} instead of JSON records.", hint=hint) from None


def total_of(what: str, parsed: Any) -> int:
    """The `total_count` of a list answer.

    Raises: SourceAnswerError when there is none.
    """
    total = parsed.get("total_count") if isinstance(parsed, dict) else None
    if not isinstance(total, int) or isinstance(total, bool) or total < 0:
        raise SourceAnswerError(f"{what} was answered without a `total_count`.", hint="Is this a Commerce store?")
    return total


def items_of(what: str, parsed: Any) -> list[dict[str, Any]]:
    """The `items` of a list answer; null stands for none.

    Raises: SourceAnswerError when they are no list of objects.
    """
    items = parsed.get("items", False) if isinstance(parsed, dict) else False
    if items is None:
        return []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise SourceAnswerError(f"{what} was answered without a list of `items`.", hint="Is this a Commerce store?")
    return items
