"""The one seam to HTTP: one attempt a request, bounded in time and size, foreign exceptions become ours here.

`Transport.request` returns every status as an `Answer`; what a status means is the caller's business.
`RetryPolicy` is the one retry layer (the library's own retries are off).
"""

from __future__ import annotations

import http.client
import http.cookiejar
import random
import socket
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

import requests
import tenacity
import urllib3.exceptions
from requests.structures import CaseInsensitiveDict

from syncengine.errors import CatalogSyncError, Fatal, Retriable
from syncengine.traffic import TRAFFIC, log_exchange
from syncengine.wire import Watchdog, WatchedAdapter, decoded, exchange, raw_chunks, watched

MAX_BODY_BYTES = 32 * 2**20
MAX_RETRY_AFTER_SECONDS = 120.0
CONNECT_TIMEOUT_SECONDS = 10.0
RETRIED_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})


class ConnectionFailedError(CatalogSyncError, Retriable):
    """No complete answer arrived.

    `was_sent` False: the peer never saw the request; True: the outcome is unknown.
    `reason` is one of address, refused, tls, timeout, cut, encoding.
    """

    code = "CS2011"
    exit_code = 5

    def __init__(self, message: str, *, was_sent: bool, reason: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.was_sent = was_sent
        self.reason = reason


class AnswerTooLargeError(CatalogSyncError, Fatal):
    """The decoded body grew beyond the cap and was dropped."""

    code = "CS2012"


class RedirectRefusedError(CatalogSyncError, Fatal):
    """The peer answered with a redirect; credentials do not follow it."""

    code = "CS2013"
    default_hint = "If the new host is yours, set it as the address; else look at the proxy or web server."

    def __init__(self, message: str, *, target_host: str | None, status: int) -> None:
        super().__init__(message)
        self.target_host = target_host
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One complete answer, whatever its status; `headers` are looked up without case, `body` is decoded."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed_seconds: float
    sent_at: datetime


class _NoAuth(requests.auth.AuthBase):
    """Adds nothing; being set, it keeps a .netrc file from adding something."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class Transport:
    """Requests to one base address. Thread-safe; `connections` is the size of the pool that threads share.

    `target`: in a word what is asked there, for the count of requests.
    """

    def __init__(
        self,
        base_url: str,
        *,
        auth: requests.auth.AuthBase | None,
        headers: Mapping[str, str] | None = None,
        timeout_seconds: float = 60,
        max_body_bytes: int = MAX_BODY_BYTES,
        connections: int = 4,
        target: str = "other",
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.target = target
        self.host = urlsplit(self.base_url).netloc
        self._timeout_seconds = timeout_seconds
        self._max_body_bytes = max_body_bytes
        self._in_flight: set[Watchdog] = set()
        self._session = requests.Session()
        self._session.auth = auth or _NoAuth()
        # proxies and certificates of the environment, looked up once: requests would go through all of it each time
        found = self._session.merge_environment_settings(self.base_url, {}, None, None, None)
        self._session.trust_env = False
        self._session.proxies.update(found["proxies"])
        self._session.verify = found["verify"]
        # br and zstd are not asked for: decoding is ours, so that it can be bounded and checked to the end
        own = {"Accept": "application/json", "Accept-Encoding": "gzip"}
        self._session.headers.update({**own, **(headers or {})})
        self._session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        adapter = WatchedAdapter(max_retries=0, pool_connections=2, pool_maxsize=connections, pool_block=True)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        max_body_bytes: int | None = None,
    ) -> Answer:
        """The answer to one attempt. `path` is appended to the base address and must be encoded already.

        Raises: ConnectionFailedError, AnswerTooLargeError, RedirectRefusedError.
        """
        with self._counted(method) as answered:
            answered.append(self._exchanged(method, path, params, headers, body, max_body_bytes))
        got = answered[0]
        log_exchange(
            self.target, f"{method} {path}", got.status, sent=body or b"", got=got.body, seconds=got.elapsed_seconds
        )
        return got

    def _exchanged(
        self,
        method: str,
        path: str,
        params: Sequence[tuple[str, str]],
        headers: Mapping[str, str] | None,
        body: bytes | None,
        max_body_bytes: int | None,
    ) -> Answer:
        what = f"{method} {path}"
        sent_at = datetime.now(UTC)
        started = time.monotonic()
        with watched(self._timeout_seconds) as watchdog, self._listed(what, watchdog):
            response = self._session.request(
                method,
                f"{self.base_url}{path}",
                params=list(params),
                headers=dict(headers or {}),
                data=body,
                timeout=(min(CONNECT_TIMEOUT_SECONDS, self._timeout_seconds), self._timeout_seconds),
                allow_redirects=False,
                stream=True,
            )
            try:
                self._refuse_redirect(what, response)
                decoded_body = self._decoded_body(what, response, max_body_bytes or self._max_body_bytes)
                if watchdog.expired or _is_cut_in_headers(response, decoded_body):
                    raise http.client.IncompleteRead(b"")
            except BaseException:
                response.raw.close()  # never hand a half-read connection back to the pool
                raise
            finally:
                response.close()
        return Answer(
            status=response.status_code,
            headers=CaseInsensitiveDict(response.headers),
            body=decoded_body,
            elapsed_seconds=time.monotonic() - started,
            sent_at=sent_at,
        )

    @contextmanager
    def _counted(self, method: str) -> Iterator[list[Answer]]:
        """Counts one request by how it ended: the status of the answer put into the list, or why none came."""
        began, code = time.monotonic(), "failed"
        answered: list[Answer] = []
        try:
            yield answered
            code = str(answered[0].status)
        except ConnectionFailedError as error:
            code = error.reason
            raise
        except AnswerTooLargeError:
            code = "too_large"
            raise
        except RedirectRefusedError as error:
            code = str(error.status)
            raise
        finally:
            TRAFFIC.count(self.target, method, code, time.monotonic() - began)

    def abort(self) -> None:
        """End every request in flight: each raises ConnectionFailedError in its own thread."""
        for watchdog in list(self._in_flight):
            watchdog.expire()

    def close(self) -> None:
        """Close the idle connections."""
        self._session.close()

    def _refuse_redirect(self, what: str, response: requests.Response) -> None:
        if not 300 <= response.status_code < 400:
            return
        target = urljoin(f"{self.base_url}/", response.headers.get("Location", ""))
        host = urlsplit(target).hostname if "Location" in response.headers else None
        where = f"a redirect to the host `{host}`" if host else "a redirect to nowhere"
        raise RedirectRefusedError(
            f"{what}: `{self.host}` answered {response.status_code}, {where}; it was not followed.",
            target_host=host,
            status=response.status_code,
        )

    def _decoded_body(self, what: str, response: requests.Response, cap_bytes: int) -> bytes:
        """The whole body, decompressed. urllib3's own decoding passes a cut gzip stream off as complete."""
        encoding = response.headers.get("Content-Encoding", "").strip().lower()
        chunks: list[bytes] = []
        size = 0
        for chunk in decoded(raw_chunks(response), encoding):
            size += len(chunk)
            if size > cap_bytes:
                raise AnswerTooLargeError(
                    f"{what}: the answer of `{self.host}` exceeds {cap_bytes / 2**20:g} MiB and was dropped.",
                    hint="Ask for fewer items a request, or look what answers at this address.",
                )
            chunks.append(chunk)
        return b"".join(chunks)

    @contextmanager
    def _listed(self, what: str, watchdog: Watchdog) -> Iterator[None]:
        """Lets `abort` find the exchange, and makes foreign errors ours; their text is not kept."""
        self._in_flight.add(watchdog)
        try:
            yield
        except (
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            http.client.HTTPException,
            zlib.error,
            EOFError,
            OSError,
        ) as error:
            raise self._failure(what, error, expired=watchdog.expired) from None
        finally:
            self._in_flight.discard(watchdog)

    def _failure(self, what: str, error: BaseException, *, expired: bool) -> ConnectionFailedError:
        chain = list(_causes(error))
        reason, text, hint = "cut", "the connection was cut before the answer was complete", None
        if expired or any(_is_timeout(e) for e in chain):
            reason, text = "timeout", f"no complete answer within {self._timeout_seconds:g} seconds"
            if not exchange.was_sent and not expired:
                text = "no connection within the time limit"
        elif any(isinstance(e, urllib3.exceptions.SSLError | requests.exceptions.SSLError) for e in chain):
            reason, text = "tls", f"no secure connection ({_tls_text(chain)})"
            hint = "Renew or complete the server's certificate, or correct the host name in the address."
        elif any(isinstance(e, urllib3.exceptions.NameResolutionError | socket.gaierror) for e in chain):
            reason, text, hint = "address", "its name is not known", "Check the host name in the address."
        elif not exchange.was_sent:
            said = [e.strerror for e in chain if isinstance(e, OSError) and e.strerror]
            reason, text = "refused", f"no connection ({said[-1].lower() if said else 'failed'})"
            hint = "Check the address and whether the server runs."
        elif any(isinstance(e, zlib.error | EOFError | urllib3.exceptions.DecodeError) for e in chain):
            reason, text = "encoding", "the compressed answer is cut or damaged"
        return ConnectionFailedError(
            f"{what}: `{self.host}`: {text}.", was_sent=exchange.was_sent, reason=reason, hint=hint
        )


def _is_cut_in_headers(response: requests.Response, body: bytes) -> bool:
    """http.client takes the end of the stream for the end of the headers: no length, no body."""
    framed = "Content-Length" in response.headers or "Transfer-Encoding" in response.headers
    return not body and not framed and response.status_code not in (204, 304)


def _is_timeout(error: BaseException) -> bool:
    # urllib3 counts a refused connection among its time-outs
    is_refused = isinstance(error, urllib3.exceptions.NewConnectionError)
    return isinstance(error, TimeoutError | urllib3.exceptions.TimeoutError) and not is_refused


def _causes(error: BaseException) -> Iterator[BaseException]:
    """`error` and all it wraps: causes, contexts, arguments and urllib3's `reason`."""
    pending, seen = [error], set()
    while pending:
        current = pending.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        inner = [current.__cause__, current.__context__, getattr(current, "reason", None), *current.args]
        pending.extend(e for e in inner if isinstance(e, BaseException))


def _tls_text(chain: list[BaseException]) -> str:
    for error in chain:
        message = getattr(error, "verify_message", None)
        if message:
            return str(message)
    return "the server's certificate or protocol was not accepted"


def _asked_seconds(answer: Answer, now: datetime) -> float | None:
    value = answer.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit() and len(value) < 10:
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return max(0.0, (at - now).total_seconds())


def retry_after_seconds(answer: Answer, *, now: datetime, cap_seconds: float = MAX_RETRY_AFTER_SECONDS) -> float | None:
    """How long the peer asks us to wait, at most `cap_seconds`; None without a readable Retry-After."""
    asked = _asked_seconds(answer, now)
    return None if asked is None else min(asked, cap_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often and how soon an attempt is repeated: full jitter on a doubling pause, Retry-After honoured.

    A peer that asks for more than `retry_after_cap_seconds` ends the attempts: its answer is returned as
    it is, and the next run tries again.
    """

    attempts: int = 6
    base_seconds: float = 0.5
    cap_seconds: float = 30.0
    total_seconds: float = 300.0
    retry_after_cap_seconds: float = MAX_RETRY_AFTER_SECONDS
    statuses: frozenset[int] = RETRIED_STATUSES
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    jitter: Callable[[float, float], float] = random.uniform

    def call(
        self,
        attempt: Callable[[], Answer],
        *,
        retry_on: tuple[type[Exception], ...] = (ConnectionFailedError,),
        not_on: tuple[type[Exception], ...] = (),
    ) -> Answer:
        """The answer of the first attempt that need not be repeated, else that of the last one.

        Raises what the last attempt raised, when that was one of `retry_on` and none of `not_on`; any other
        exception at once.
        """

        def is_retried(error: BaseException) -> bool:
            return isinstance(error, retry_on) and not isinstance(error, not_on)

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(is_retried) | tenacity.retry_if_result(self._is_retried),
            wait=self._wait_seconds,
            stop=tenacity.stop_after_attempt(self.attempts) | tenacity.stop_after_delay(self.total_seconds),
            sleep=self.sleep,
            before_sleep=lambda _state: TRAFFIC.count_retry(),
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
        )
        return retrying(attempt)

    def _is_retried(self, answer: Answer) -> bool:
        if answer.status not in self.statuses:
            return False
        asked = _asked_seconds(answer, self.now())
        return asked is None or asked <= self.retry_after_cap_seconds

    def _wait_seconds(self, state: tenacity.RetryCallState) -> float:
        outcome = state.outcome
        if outcome is not None and not outcome.failed:
            asked = _asked_seconds(outcome.result(), self.now())
            if asked is not None:
                return asked  # within the cap: _is_retried saw to it
        return self.jitter(0.0, min(self.cap_seconds, self.base_seconds * 2.0 ** (state.attempt_number - 1)))
