"""Sockets with a deadline, and bodies decoded to their checked end: what `transport` needs below requests."""

from __future__ import annotations

import socket
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

READ_CHUNK_BYTES = 64 * 2**10


class Watchdog:
    """Shuts the socket in use at the deadline: per-read time-outs never end a peer that drips bytes."""

    def __init__(self, seconds: float) -> None:
        self.expired = False
        self._sock: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(max(seconds, 0.001), self.expire)
        self._timer.daemon = True
        self._timer.start()

    def watch(self, sock: socket.socket | None) -> None:
        """Take `sock` as the one to end; at once, when the deadline has passed."""
        with self._lock:
            self._sock = sock
            if self.expired:
                self._end()

    def expire(self) -> None:
        """End the exchange now, as its deadline would."""
        with self._lock:
            self.expired = True
            self._end()

    def _end(self) -> None:
        if self._sock is not None:
            with suppress(OSError):
                # the plain socket's method: the TLS one also drops the session another thread is reading
                socket.socket.shutdown(self._sock, socket.SHUT_RDWR)

    def stop(self) -> None:
        """The exchange is over; the socket may serve another one."""
        self._timer.cancel()
        with self._lock:
            self._sock = None


class Exchange(threading.local):
    """What the connection in use by this thread tells the transport."""

    was_sent: bool = False
    watchdog: Watchdog | None = None


exchange = Exchange()


class _Watched:
    """Connection mix-in: shows its socket to the watchdog, and notes when the request starts to leave."""

    sock: Any

    def _new_conn(self) -> socket.socket:
        sock: socket.socket = super()._new_conn()  # type: ignore[misc]
        if exchange.watchdog is not None:
            exchange.watchdog.watch(sock)  # from here on, so that a TLS handshake has an end too
        return sock

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()  # type: ignore[attr-defined]
        if exchange.watchdog is not None:
            exchange.watchdog.watch(self.sock)
        exchange.was_sent = True
        super().send(data)  # type: ignore[misc]


class _WatchedHTTPConnection(_Watched, HTTPConnection):
    pass


class _WatchedHTTPSConnection(_Watched, HTTPSConnection):
    pass


class _WatchedHTTPPool(HTTPConnectionPool):
    ConnectionCls = _WatchedHTTPConnection


class _WatchedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedHTTPSConnection


_POOL_CLASSES = {"http": _WatchedHTTPPool, "https": _WatchedHTTPSPool}


class WatchedAdapter(HTTPAdapter):
    """A requests adapter whose connections the watchdog can end."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOL_CLASSES

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = _POOL_CLASSES
        return manager

    def close(self) -> None:
        # clearing the manager closes a pool only once nothing, not even a traceback, refers to it
        for manager in (self.poolmanager, *self.proxy_manager.values()):
            for key in manager.pools.keys():  # noqa: SIM118  (the container refuses to be iterated)
                pool = manager.pools.get(key)
                if pool is not None:
                    pool.close()
        super().close()


@contextmanager
def watched(seconds: float) -> Iterator[Watchdog]:
    """One exchange of this thread, ended `seconds` from now whatever the peer does."""
    watchdog = Watchdog(seconds)
    outer = exchange.was_sent, exchange.watchdog  # a sign-in may happen inside another request
    exchange.was_sent, exchange.watchdog = False, watchdog
    try:
        yield watchdog
    finally:
        exchange.was_sent, exchange.watchdog = outer
        watchdog.stop()


def raw_chunks(response: requests.Response) -> Iterator[bytes]:
    """The body's bytes as they arrive, still compressed."""
    while chunk := response.raw.read1(READ_CHUNK_BYTES, decode_content=False):
        yield chunk


def decoded(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Decompressed pieces of bounded size; EOFError when a compressed stream ends early."""
    if encoding in ("", "identity"):
        yield from chunks
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise zlib.error(f"unknown encoding {encoding[:20]}")
    decoder = zlib.decompressobj(wbits=47)  # gzip or zlib, by its header
    any_bytes = False
    for chunk in chunks:
        pending, any_bytes = chunk, True
        while pending:
            if decoder.eof:  # a second gzip member
                decoder = zlib.decompressobj(wbits=47)
            yield decoder.decompress(pending, READ_CHUNK_BYTES * 16)
            pending = decoder.unused_data if decoder.eof else decoder.unconsumed_tail
    yield decoder.flush()
    if any_bytes and not decoder.eof:
        raise EOFError("compressed stream is cut")
