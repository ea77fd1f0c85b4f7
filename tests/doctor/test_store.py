"""What the doctor says of a store: in order, wrong, half granted, or not there; and never a secret."""

from __future__ import annotations

import datetime as dt
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from catalog.fake_store import FakeStore, Reply, Request, refused
from pydantic import SecretStr

from syncengine.demo.store.server import StoreOptions, running
from syncengine.doctor import Finding, Verdict, examine
from syncengine.doctor.checks import check_source
from syncengine.doctor.store import check_store
from syncengine.settings import Settings, SourceSettings

CANARY = "canary-token"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate and its key that nobody vouches for."""
    file = tmp_path / "server.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2"]
    subprocess.run([*command, "-keyout", tmp_path / "key.pem", "-out", file], check=True, capture_output=True)
    file.write_bytes(file.read_bytes() + (tmp_path / "key.pem").read_bytes())
    return file


@pytest.fixture
def ask() -> Iterator[Callable[..., dict[str, Finding]]]:
    """The findings at a fake store, by check."""
    with ExitStack() as stack:

        def found(store: FakeStore, **options: object) -> dict[str, Finding]:
            url = stack.enter_context(store.running())
            values = {"token": SecretStr(CANARY), "timeout_seconds": 5.0, **options}
            settings = Settings(source=SourceSettings(url=url, **values))
            findings = list(examine(settings, [("store", check_source)]))
            assert CANARY not in str(findings)
            return {finding.check: finding for finding in findings}

        yield found


def verdicts(findings: dict[str, Finding]) -> set[Verdict]:
    return {finding.verdict for finding in findings.values()}


def test_a_store_in_order_is_told_check_by_check(ask) -> None:
    found = ask(FakeStore(), page_size=300)

    assert {check for check, finding in found.items() if finding.verdict is not Verdict.ok} == {"TLS", "time zone"}
    assert found["products"].sentence == "The store counts 25 products."
    assert found["store views"].sentence == "1: default."
    assert found["page size"].sentence == "300 products a request."


def test_the_demo_store_passes() -> None:
    with running(StoreOptions(port=0, products=40)) as url:
        settings = SourceSettings(url=f"{url}/rest", token=SecretStr("demo-token"))
        found = {finding.check: finding for finding in check_store(settings)}

    assert verdicts(found) == {Verdict.ok, Verdict.warning}
    assert [check for check, finding in found.items() if finding.verdict is Verdict.warning] == ["TLS"]
    assert found["store views"].sentence == "4: default, fr, de, es (inactive: es)."
    assert "Europe/Paris" in found["time zone"].sentence


@pytest.mark.parametrize(
    ("path", "check", "resource", "verdict"),
    [
        ("/V1/store/storeViews", "websites, store groups, store views", "Magento_Backend::store", Verdict.failed),
        ("/V1/products", "products", "Magento_Catalog::products", Verdict.failed),
        ("/V1/products/attributes", "attributes", "Magento_Catalog::attributes_attributes", Verdict.failed),
        ("/V1/products/attribute-sets/sets/list", "attribute sets", "Magento_Catalog::sets", Verdict.failed),
        ("/V1/categories/list", "categories", "Magento_Catalog::categories", Verdict.failed),
        ("/V1/customerGroups/search", "customer groups", "Magento_Customer::group", Verdict.failed),
        ("/V1/products/tier-prices-information", "price look-ups", "Magento_Catalog::catalog", Verdict.warning),
        ("/V1/inventory/source-items", "source items", "Magento_InventoryApi::source", Verdict.warning),
        ("/V1/inventory/stocks", "stocks", "Magento_InventoryApi::stock", Verdict.warning),
    ],
)
def test_fact_8_a_missing_permission_is_named_as_the_resource_to_grant(ask, path, check, resource, verdict) -> None:
    found = ask(FakeStore(hook=lambda request: refused(resource) if request.path == path else None))

    finding = found[f"permission for {check}"]
    assert finding.verdict is verdict
    assert f"`{resource}`" in finding.hint
    assert found["token"].verdict is Verdict.ok
    others = [found[name] for name in found if name.startswith("permission") and found[name] is not finding]
    assert {other.verdict for other in others} == {Verdict.ok}


def test_fact_6_a_token_that_opens_nothing_is_told_once_with_the_setting_to_look_at(ask) -> None:
    found = ask(FakeStore(token="another"))

    assert found["token"].verdict is Verdict.failed
    assert "enable_integration_as_bearer" in found["token"].hint
    assert "`Magento_Catalog::catalog`" in found["token"].hint
    assert not [name for name in found if name.startswith("permission")]


def test_no_credentials_at_all_are_named(ask) -> None:
    found = ask(FakeStore(token="another"), token=None)

    assert found["token"].sentence == "No credentials are set."


def test_a_store_without_inventory_modules_skips_them(ask) -> None:
    gone = Reply.of({"message": "Request does not match any route."}, 404)
    found = ask(FakeStore(hook=lambda request: gone if request.path.startswith("/V1/inventory") else None))

    assert found["permission for stocks"].verdict is Verdict.skipped
    assert Verdict.failed not in verdicts(found)


def test_fact_20_a_page_size_beyond_the_stores_limit_is_told_with_the_number(ask) -> None:
    found = ask(FakeStore(max_page_size=50), page_size=300)

    assert found["page size"].verdict is Verdict.warning
    assert "`source.page_size` to 50" in found["page size"].hint


@pytest.mark.parametrize(("hours", "word"), [(2, "ahead of"), (-2, "behind")])
def test_a_clock_that_is_off_is_told(ask, hours, word) -> None:
    def off(request: Request) -> Reply | None:
        if request.path != "/V1/store/storeViews":
            return None
        date = format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours), usegmt=True)
        return Reply.of([{"id": 1, "code": "default"}], 200, Date=date)

    found = ask(FakeStore(hook=off))

    assert found["clock"].verdict is Verdict.warning
    assert word in found["clock"].sentence


def test_an_address_without_a_store_is_told_with_what_to_check(ask) -> None:
    found = ask(FakeStore(hook=lambda request: Reply.of({"message": "Request does not match any route."}, 404)))

    assert found["store"].verdict is Verdict.failed
    assert "source.url" in found["store"].hint


def test_a_store_that_is_not_there_is_told() -> None:
    settings = Settings(source=SourceSettings(url="http://127.0.0.1:9/rest", token=SecretStr(CANARY)))

    (*_, last) = examine(settings, [("store", check_source)])

    assert last.verdict is Verdict.failed
    assert "refused" in last.sentence
    assert last.hint


def test_a_certificate_nobody_knows_is_a_tls_failure(tmp_path, certificate) -> None:
    class Silent(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            return None

    server = HTTPServer(("127.0.0.1", 0), Silent)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        url = f"https://127.0.0.1:{server.server_address[1]}/rest"
        settings = Settings(source=SourceSettings(url=url, token=SecretStr(CANARY)))
        (*_, last) = examine(settings, [("store", check_source)])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

    assert last.verdict is Verdict.failed
    assert "no secure connection" in last.sentence
    assert "certificate" in last.hint


def test_a_directory_of_records_is_looked_at_too(tmp_path) -> None:
    settings = Settings(source=SourceSettings(kind="files", path=tmp_path))

    (finding,) = examine(settings, [("store", check_source)])

    assert finding.verdict is Verdict.failed
    assert "holds no websites" in finding.sentence
