"""Every way a store accepts credentials, and what is said when it does not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import pytest
import requests
import responses
from pydantic import SecretStr, ValidationError
from support.secrets import secret_file

from syncengine.catalog import open_client
from syncengine.catalog.commerce.auth import AdminSignIn, BearerToken, oauth_signature
from syncengine.errors import SettingsError, SourceAnswerError, SourceRefusedError, SourceUnreachableError
from syncengine.settings import SourceSettings, load_settings
from syncengine.transport import RetryPolicy, Transport

URL = "http://shop.example:18080/rest"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def jwt(ends_at: datetime) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"uid": 1, "exp": int(ends_at.timestamp())}).encode())
    return f"eyJ.{claims.decode().rstrip('=')}.signature"


class Clock:
    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def store():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(f"{URL}/V1/store/websites", json=[])
        yield mock


def ask(auth: requests.auth.AuthBase, path: str = "/V1/store/websites", params: tuple = ()) -> None:
    transport = Transport(URL, auth=auth)
    try:
        transport.request("GET", path, params=params)
    finally:
        transport.close()


def admin(clock: Clock) -> AdminSignIn:
    policy = RetryPolicy(attempts=2, sleep=lambda seconds: None)
    return AdminSignIn(Transport(URL, auth=None), "admin", "canary", policy=policy, now=clock)


def test_a_bearer_token_is_sent(store) -> None:
    ask(BearerToken("abc"))

    assert store.calls[-1].request.headers["Authorization"] == "Bearer abc"


def test_fact_7_an_admin_token_is_renewed_before_it_ends(store) -> None:
    clock = Clock()
    tokens = [jwt(NOW + timedelta(minutes=60)), jwt(NOW + timedelta(minutes=120))]
    sign_in = f"{URL}/V1/integration/admin/token"
    store.post(sign_in, json=tokens[0])
    store.post(sign_in, json=tokens[1])
    auth = admin(clock)

    for minutes in (0, 30, 57, 59):
        clock.time = NOW + timedelta(minutes=minutes)
        ask(auth)

    asked = [call.request for call in store.calls]
    used = [request.headers["Authorization"] for request in asked if request.method == "GET"]
    assert used == [f"Bearer {tokens[0]}"] * 3 + [f"Bearer {tokens[1]}"]
    assert json.loads(asked[0].body) == {"username": "admin", "password": "canary"}


def test_fact_7_a_token_that_does_not_tell_its_end_is_renewed_within_the_hour(store) -> None:
    clock = Clock()
    store.post(f"{URL}/V1/integration/admin/token", json="plain")
    auth = admin(clock)

    ask(auth)
    clock.time = NOW + timedelta(minutes=49)
    ask(auth)

    assert [call.request.method for call in store.calls] == ["POST", "GET", "POST", "GET"]


def test_fact_7_a_wrong_password_is_refused_with_a_hint_and_without_the_password(store) -> None:
    store.post(f"{URL}/V1/integration/admin/token", json={"message": "The sign-in was incorrect."}, status=401)

    with pytest.raises(SourceRefusedError) as caught:
        ask(admin(Clock()))

    assert "The sign-in was incorrect." in str(caught.value)
    assert "two-factor" in caught.value.hint
    assert "canary" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("body", ["<html></html>", "{}", '""', '"bad\\nheader"', '"\u00e9"'])
def test_an_answer_that_is_no_token_is_refused(store, body) -> None:
    store.post(f"{URL}/V1/integration/admin/token", body=body)

    with pytest.raises(SourceAnswerError, match="without a token"):
        ask(admin(Clock()))


def test_a_store_that_cannot_be_reached_for_signing_in_is_unreachable(store) -> None:
    store.post(f"{URL}/V1/integration/admin/token", body=requests.ConnectionError("canary"))

    with pytest.raises(SourceUnreachableError) as caught:
        ask(admin(Clock()))

    assert "canary" not in str(caught.value)


def expected_signature(header: str, url: str) -> str:
    """RFC 5849 by hand, with the base address as a store behind its web server sees it."""
    fields = dict(re.findall(r'(oauth_\w+)="([^"]*)"', header))
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    pairs += [(name, unquote(value)) for name, value in fields.items() if name != "oauth_signature"]
    encoded = sorted((quote(name, safe=""), quote(value, safe="")) for name, value in pairs)
    joined = "&".join(f"{name}={value}" for name, value in encoded)
    address = f"http://shop.example{parts.path.replace('%2F', '/')}"
    base = "&".join(quote(part, safe="") for part in ("GET", address, joined))
    digest = hmac.new(b"cs&ts", base.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/V1/store/websites", ()),
        ("/V1/products", (("searchCriteria[pageSize]", "1"), ("fields", "items[sku],total_count"))),
        ("/V1/products", (("searchCriteria[filterGroups][0][filters][0][value]", "a b&c=d+é"),)),
        ("/V1/products/A%2FB%20C", ()),
    ],
)
def test_fact_5_requests_are_signed_for_the_address_without_port_or_encoded_slash(store, path, params) -> None:
    store.get(re.compile(re.escape(URL) + "/V1/products.*"), json={})
    auth = oauth_signature(consumer_key="ck", consumer_secret="cs", access_token="at", access_token_secret="ts")

    ask(auth, path, params)

    request = store.calls[-1].request
    header = request.headers["Authorization"]
    header = header.decode() if isinstance(header, bytes) else header
    assert request.url.startswith(f"{URL}{path}")
    assert 'oauth_signature_method="HMAC-SHA256"' in header and 'oauth_token="at"' in header
    assert unquote(re.findall(r'oauth_signature="([^"]*)"', header)[0]) == expected_signature(header, request.url)


def test_fact_5_a_nonce_is_never_used_twice(store) -> None:
    auth = oauth_signature(consumer_key="ck", consumer_secret="cs", access_token="at", access_token_secret="ts")

    for _ in range(20):
        ask(auth)

    headers = [str(call.request.headers["Authorization"]) for call in store.calls]
    assert len({re.findall(r'oauth_nonce="(\w+)"', header)[0] for header in headers}) == 20


SECRET = SecretStr("canary")
FOUR = {"consumer_key": "ck", "consumer_secret": SECRET, "access_token": SECRET, "access_token_secret": SECRET}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"token": SECRET, "token_file": "x"}, "`token` and `token_file` are both set"),
        ({"token": SECRET, "username": "admin", "password": SECRET}, "credentials of 2 kinds"),
        ({"token": SECRET, **FOUR}, "credentials of 2 kinds"),
        ({"username": "admin"}, "`username` needs `password` beside it"),
        ({"password_file": "x"}, "`password` needs `username` beside it"),
        ({"access_token": SECRET}, "needs `consumer_key`, `consumer_secret`, `access_token_secret`"),
        ({name: FOUR[name] for name in list(FOUR)[:3]}, "needs `access_token_secret`"),
    ],
)
def test_credentials_that_conflict_or_are_half_given_are_refused(tmp_path, values, said) -> None:
    with pytest.raises(ValidationError, match=said) as caught:
        SourceSettings(url=URL, allow_http=True, **values)

    assert "canary" not in str(caught.value)


def test_conflicting_credentials_of_a_config_file_are_a_settings_error(tmp_path) -> None:
    config = tmp_path / "catalog-sync.toml"
    config.write_text(f'[source]\nurl = "{URL}"\nallow_http = true\ntoken = "canary"\nusername = "admin"\n')

    with pytest.raises(SettingsError, match="credentials of 2 kinds") as caught:
        load_settings(config)

    assert "canary" not in caught.value.message


@pytest.mark.parametrize(
    ("values", "kind", "header"),
    [
        ({}, "none", None),
        ({"token": SecretStr("abc")}, "token", "Bearer abc"),
        ({"username": "admin", "password": SecretStr("pw")}, "admin", "Bearer signed-in"),
        (FOUR, "oauth", "OAuth "),
    ],
)
def test_the_settings_pick_the_credentials(store, values, kind, header) -> None:
    store.post(f"{URL}/V1/integration/admin/token", json="signed-in")
    settings = SourceSettings(url=URL, allow_http=True, **values)
    client = open_client(settings)

    client.ask("/V1/store/websites")
    client.close()

    assert settings.credential_kind == kind
    sent = store.calls[-1].request.headers.get("Authorization")
    sent = sent.decode() if isinstance(sent, bytes) else sent
    assert (sent is None) if header is None else sent.startswith(header)


def test_a_secret_comes_from_its_file_and_an_empty_file_is_an_error(store, tmp_path) -> None:
    file = tmp_path / "token"
    secret_file(file, "from-a-file\n")
    settings = SourceSettings(url=URL, allow_http=True, token_file=file)

    open_client(settings).ask("/V1/store/websites")
    assert store.calls[-1].request.headers["Authorization"] == "Bearer from-a-file"

    file.write_text("\n")
    with pytest.raises(SettingsError, match=r"`source\.token` is empty"):
        open_client(settings)
