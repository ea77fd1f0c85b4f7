"""The server around the answers: compression, kept connections, state, reading while it is edited."""

from __future__ import annotations

import http.client
import re
import socket
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from syncengine.demo.store.process import listen

from .asking import Api

Start = Callable[..., AbstractContextManager[Api]]
LIST = "/rest/V1/products?searchCriteria[pageSize]=50"


def test_an_answer_is_compressed_when_asked_and_only_then(shop: Api) -> None:
    packed = shop.answer(LIST, headers={"Accept-Encoding": "gzip"})
    plain = shop.answer(LIST, headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.content == plain.content
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"]) / 2


def test_answers_are_ascii_with_escaped_slashes_as_php_writes_them(shop: Api) -> None:
    body = shop.answer("/rest/fr/V1/products?searchCriteria=").content
    assert body.isascii()
    assert b"<\\/p>" in body
    assert not re.search(rb"[^\\]/", body)


def test_a_connection_is_kept_and_small_answers_are_not_delayed(shop: Api) -> None:
    with listen(0) as listening:
        assert listening.proto == socket.IPPROTO_TCP  # or asyncio leaves Nagle's algorithm on
    host, port = shop.base.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    connection.connect()
    first = connection.sock
    for _ in range(3):
        connection.request("GET", "/rest/V1/store/websites", headers={"Authorization": "Bearer demo-token"})
        assert connection.getresponse().read()
        assert connection.sock is first
    connection.close()


def test_nothing_is_cached(shop: Api) -> None:
    headers = shop.answer("/rest/V1/store/websites").headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert "ETag" not in headers


def test_the_token_is_the_one_the_store_was_started_with(start: Start) -> None:
    with start(products=12, token="other") as api:
        assert api.answer(LIST).status_code == 401
        api.session.headers["Authorization"] = "bearer other"
        assert api.answer(LIST).status_code == 200


def test_an_admin_gets_the_token_for_its_name_and_password(shop: Api) -> None:
    path = "/rest/V1/integration/admin/token"
    assert shop.post(path, {"username": "admin", "password": "demo-token"}) == "demo-token"
    wrong = shop.session.post(shop.base + path, json={"username": "admin", "password": "x"}, timeout=10)
    assert wrong.status_code == 401


def test_the_state_survives_a_restart_and_another_catalog_replaces_it(start: Start, tmp_path: Path) -> None:
    state = tmp_path / "deep" / "store.sqlite"
    with start(products=60, state=state) as api:
        touched = api.change(delete=2, rename=1)
        kept = list(api.every_product())
    with start(products=60, state=state) as api:
        assert list(api.every_product()) == kept
        assert not set(touched["delete"]) & set(api.products())
    with start(products=61, state=state) as api:
        assert len(list(api.every_product())) == 61


def test_a_damaged_state_is_built_anew(start: Start, tmp_path: Path) -> None:
    state = tmp_path / "store.sqlite"
    state.write_bytes(b"not a database at all")
    with start(products=15, state=state) as api:
        assert len(api.products()) == 15


def test_a_reader_never_sees_half_of_an_edit(start: Start) -> None:
    with start(products=120) as api:
        seen: list[tuple[int, int]] = []

        def read() -> None:
            reader = Api(api.base)
            for _ in range(30):
                answer = reader.get("/rest/all/V1/products?searchCriteria=&fields=items[id],total_count")
                seen.append((len(answer["items"]), answer["total_count"]))
            reader.close()

        threads = [threading.Thread(target=read) for _ in range(2)]
        for thread in threads:
            thread.start()
        for seed in range(10):
            api.change(delete=2, add=3, seed=seed)
        for thread in threads:
            thread.join()
        assert len(seen) == 60
        assert all(size == total for size, total in seen)
        assert len(api.products()) == 130
