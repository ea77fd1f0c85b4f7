"""The seam to HTTP against a peer that behaves as badly as peers do."""

from __future__ import annotations

import gzip
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from syncengine.transport import (
    Answer,
    AnswerTooLargeError,
    ConnectionFailedError,
    RedirectRefusedError,
    RetryPolicy,
    Transport,
    retry_after_seconds,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Peer:
    """A listening socket; each connection is served by the next script, the last one for ever."""

    def __init__(self, *scripts: Callable[[socket.socket, bytes], None]) -> None:
        self.requests: list[bytes] = []
        self.stopping = threading.Event()
        self.greeting = b""
        self._scripts = list(scripts)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        while not self.stopping.is_set():
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(client,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            try:
                client.sendall(self.greeting)
                while head := self._request(client):
                    self.requests.append(head)
                    script = self._scripts[min(len(self.requests), len(self._scripts)) - 1]
                    script(client, head)
            except OSError:
                pass

    @staticmethod
    def _request(client: socket.socket) -> bytes:
        head = b""
        while b"\r\n\r\n" not in head:
            piece = client.recv(65536)
            if not piece:
                return b""
            head += piece
        return head

    def close(self) -> None:
        self.stopping.set()
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for thread in self._threads:
            thread.join(5)


@pytest.fixture
def peers() -> Iterator[Callable[..., Peer]]:
    started: list[Peer] = []

    def start(*scripts: Callable[[socket.socket, bytes], None]) -> Peer:
        started.append(Peer(*scripts))
        return started[-1]

    yield start
    for peer in started:
        peer.close()


@pytest.fixture
def transports() -> Iterator[Callable[..., Transport]]:
    opened: list[Transport] = []

    def open_one(url: str, **options: object) -> Transport:
        options.setdefault("auth", None)
        opened.append(Transport(url, **options))  # type: ignore[arg-type]
        return opened[-1]

    yield open_one
    for transport in opened:
        transport.close()


def says(answer: bytes) -> Callable[[socket.socket, bytes], None]:
    return lambda client, _: client.sendall(answer)


def says_and_closes(answer: bytes) -> Callable[[socket.socket, bytes], None]:
    def script(client: socket.socket, _: bytes) -> None:
        client.sendall(answer)
        client.shutdown(socket.SHUT_RDWR)

    return script


def drips(peer_of: list[Peer], start: bytes, drop: bytes) -> Callable[[socket.socket, bytes], None]:
    """Sends `start`, then one `drop` every 20 ms until the peer is closed or the client leaves."""

    def script(client: socket.socket, _: bytes) -> None:
        client.sendall(start)
        while not peer_of[0].stopping.wait(0.02):
            client.sendall(drop)

    return script


def body_of(encoded: bytes, headers: str = "") -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(encoded)}\r\n{headers}\r\n".encode() + encoded


class Bearer(requests.auth.AuthBase):
    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = "Bearer canary"
        return request


def test_every_status_is_returned_with_its_body(peers, transports) -> None:
    peer = peers(says(b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nwait"))

    answer = transports(peer.url).request("GET", "/V1/x", params=[("searchCriteria[pageSize]", "3")])

    assert (answer.status, answer.body, answer.headers["retry-after"]) == (503, b"wait", "7")
    assert peer.requests[0].startswith(b"GET /V1/x?searchCriteria%5BpageSize%5D=3 HTTP/1.1")
    assert answer.sent_at.tzinfo is UTC and answer.elapsed_seconds >= 0


def test_a_connection_is_used_again(peers, transports) -> None:
    sources: list[int] = []

    def script(client: socket.socket, _: bytes) -> None:
        sources.append(client.getpeername()[1])
        client.sendall(OK)

    transport = transports(peers(script).url)
    for _ in range(3):
        transport.request("GET", "/")

    assert len(set(sources)) == 1


def test_an_encoded_slash_in_a_path_stays_encoded(peers, transports) -> None:
    peer = peers(says(OK))

    transports(peer.url).request("GET", "/V1/products/A%2FB%20C")

    assert peer.requests[0].startswith(b"GET /V1/products/A%2FB%20C HTTP/1.1")


def test_netrc_does_not_replace_or_add_credentials(peers, transports, tmp_path: Path, monkeypatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    peer = peers(says(OK))

    transports(peer.url, auth=Bearer()).request("GET", "/")
    transports(peer.url, auth=None).request("GET", "/")

    assert b"Authorization: Bearer canary" in peer.requests[0]
    assert b"Authorization" not in peer.requests[1]


def test_a_cookie_is_not_kept(peers, transports) -> None:
    peer = peers(says(b"HTTP/1.1 200 OK\r\nSet-Cookie: PHPSESSID=1; path=/\r\nContent-Length: 2\r\n\r\n{}"))
    transport = transports(peer.url)

    transport.request("GET", "/")
    transport.request("GET", "/")

    assert b"PHPSESSID" not in peer.requests[1]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused_and_names_only_the_target_host(peers, transports, status: int) -> None:
    thief = peers(says(OK))
    location = f"http://localhost:{thief.port}/login?secret=canary"
    peer = peers(says(f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()))

    with pytest.raises(RedirectRefusedError) as caught:
        transports(peer.url, auth=Bearer()).request("POST", "/V1/x", body=b"{}")

    assert thief.requests == []
    assert caught.value.target_host == "localhost"
    assert "canary" not in str(caught.value)


def test_a_refused_connection_was_not_sent(transports) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    with pytest.raises(ConnectionFailedError) as caught:
        transports(f"http://127.0.0.1:{port}").request("GET", "/V1/x")

    assert (caught.value.was_sent, caught.value.reason) == (False, "refused")
    assert "connection refused" in str(caught.value)


def test_an_unknown_name_was_not_sent(transports) -> None:
    with pytest.raises(ConnectionFailedError) as caught:
        transports("http://no-such-host.invalid").request("GET", "/V1/x")

    assert (caught.value.was_sent, caught.value.reason) == (False, "address")


def test_a_plain_server_behind_https_is_a_tls_failure(peers, transports) -> None:
    peer = peers()
    peer.greeting = b"SSH-2.0-this is not TLS\r\n"

    with pytest.raises(ConnectionFailedError) as caught:
        transports(f"https://127.0.0.1:{peer.port}").request("GET", "/V1/x")

    assert (caught.value.was_sent, caught.value.reason) == (False, "tls")


CUT = {
    "before the answer": b"",
    "in the headers": b"HTTP/1.1 200 OK\r\nContent-Le",
    "after a header": b"HTTP/1.1 200 OK\r\nServer: nginx\r\n",
    "in the body": b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"items":[',
    "in a chunk": b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{"items":',
    "between chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
    "too many headers": b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(300)) + b"\r\n",
    "an endless header": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("answer", CUT.values(), ids=CUT.keys())
def test_a_cut_answer_is_an_unknown_outcome(peers, transports, answer: bytes) -> None:
    peer = peers(says_and_closes(answer))

    with pytest.raises(ConnectionFailedError) as caught:
        transports(peer.url).request("GET", "/V1/x")

    assert (caught.value.was_sent, caught.value.reason) == (True, "cut")


def test_a_gzip_body_is_decoded(peers, transports) -> None:
    plain = b'{"items":[1,2,3]}' * 100_000
    peer = peers(says(body_of(gzip.compress(plain), "Content-Encoding: gzip\r\n")))

    assert transports(peer.url).request("GET", "/").body == plain
    assert b"Accept-Encoding: gzip\r\n" in peer.requests[0]


@pytest.mark.parametrize(
    "encoded",
    [
        gzip.compress(b'{"items":[]}' * 999)[:-20],
        gzip.compress(b'{"items":[]}' * 999)[:-4],
        gzip.compress(b'{"items":[]}' * 999)[:-8] + b"badcrc!!",
        b"garbage that is no gzip",
    ],
    ids=["cut body", "cut trailer", "wrong checksum", "garbage"],
)
def test_a_damaged_gzip_body_is_never_passed_off_as_complete(peers, transports, encoded: bytes) -> None:
    peer = peers(says(body_of(encoded, "Content-Encoding: gzip\r\n")))

    with pytest.raises(ConnectionFailedError) as caught:
        transports(peer.url).request("GET", "/")

    assert (caught.value.was_sent, caught.value.reason) == (True, "encoding")


def test_an_empty_body_with_an_encoding_is_empty(peers, transports) -> None:
    peer = peers(says(body_of(b"", "Content-Encoding: gzip\r\n")))

    assert transports(peer.url).request("GET", "/").body == b""


@pytest.mark.parametrize("is_compressed", [True, False])
def test_a_body_beyond_the_cap_is_dropped(peers, transports, is_compressed: bool) -> None:
    bomb = zlib.compress(bytes(50 * 2**20)) if is_compressed else bytes(3 * 2**20)
    peer = peers(says(body_of(bomb, "Content-Encoding: deflate\r\n" if is_compressed else "")))

    with pytest.raises(AnswerTooLargeError):
        transports(peer.url, max_body_bytes=2 * 2**20).request("GET", "/")


DRIPPED = {
    "silence": (b"", b""),
    "slow headers": (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
    "slow body": (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" "),
    "slow chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
}


@pytest.mark.parametrize(("start", "drop"), DRIPPED.values(), ids=DRIPPED.keys())
def test_a_slow_peer_ends_at_the_total_deadline(peers, transports, start: bytes, drop: bytes) -> None:
    holder: list[Peer] = []
    holder.append(peers(drips(holder, start, drop)))

    with pytest.raises(ConnectionFailedError) as caught:
        transports(holder[0].url, timeout_seconds=0.3).request("GET", "/V1/x")

    assert (caught.value.was_sent, caught.value.reason) == (True, "timeout")
    assert "0.3 seconds" in str(caught.value)


def test_errors_hold_no_query(transports) -> None:
    with pytest.raises(ConnectionFailedError) as caught:
        transports("http://127.0.0.1:9").request("GET", "/V1/x", params=[("token", "canary")])

    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


def answer_of(status: int, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    fields = requests.structures.CaseInsensitiveDict(named)
    return Answer(status=status, headers=fields, body=b"", elapsed_seconds=0, sent_at=NOW)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2", 2.0),
        ("0", 0.0),
        ("86400", 120.0),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("Sun, 01 Mar 2026 12:00:05 -0000", 5.0),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("9" * 400, None),
        ("١٢", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(value: str, seconds: float | None) -> None:
    assert retry_after_seconds(answer_of(503, Retry_After=value), now=NOW) == seconds


def policy(sleeps: list[float], **changes: object) -> RetryPolicy:
    options = {"sleep": sleeps.append, "now": lambda: NOW, "jitter": lambda low, high: high, **changes}
    return RetryPolicy(**options)  # type: ignore[arg-type]


def test_pauses_double_up_to_the_cap_and_the_last_answer_is_returned() -> None:
    sleeps: list[float] = []

    answer = policy(sleeps, cap_seconds=3).call(lambda: answer_of(502))

    assert answer.status == 502
    assert sleeps == [0.5, 1.0, 2.0, 3.0, 3.0]


def test_retry_after_is_honoured_and_success_ends_the_attempts() -> None:
    sleeps: list[float] = []
    answers = iter([answer_of(429, Retry_After="7"), answer_of(503, Retry_After="soon"), answer_of(200)])

    assert policy(sleeps).call(lambda: next(answers)).status == 200
    assert sleeps == [7.0, 1.0]


def test_a_peer_that_asks_for_a_day_is_left_for_the_next_run() -> None:
    sleeps: list[float] = []
    later = (NOW + timedelta(days=1)).strftime("%a, %d %b %Y %H:%M:%S GMT")

    assert policy(sleeps).call(lambda: answer_of(503, Retry_After="86400")).status == 503
    assert policy(sleeps).call(lambda: answer_of(429, Retry_After=later)).status == 429
    assert sleeps == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 422])
def test_other_client_errors_are_not_repeated(status: int) -> None:
    sleeps: list[float] = []

    assert policy(sleeps).call(lambda: answer_of(status)).status == status
    assert sleeps == []


def test_connection_failures_are_repeated_then_raised() -> None:
    sleeps: list[float] = []

    def fail() -> Answer:
        raise ConnectionFailedError("cut", was_sent=True, reason="cut")

    with pytest.raises(ConnectionFailedError):
        policy(sleeps, attempts=3).call(fail)
    assert len(sleeps) == 2


def test_other_errors_are_raised_at_once() -> None:
    sleeps: list[float] = []

    def fail() -> Answer:
        raise RedirectRefusedError("no", target_host="x", status=301)

    with pytest.raises(RedirectRefusedError):
        policy(sleeps).call(fail)
    assert sleeps == []
