"""Notifications: a change of state is told once, whoever looks, and again only until it got through."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from inspection.lake_of import Answer, LakeOf, product
from pydantic import SecretStr, ValidationError

from syncengine.control.engine import release_engine, take_engine
from syncengine.control.runs import RunStatus, finish_run
from syncengine.errors import CatalogSyncError
from syncengine.inspection.view import CatalogView
from syncengine.monitoring.channels import Mail, Webhook, channels_of
from syncengine.monitoring.conditions import Trouble, conditions
from syncengine.monitoring.notifications import (
    GIVEN_UP_AFTER,
    Notification,
    NotifyError,
    deliver_pending,
    note_changes,
)
from syncengine.monitoring.watcher import look_and_tell, watching
from syncengine.settings import MonitoringSettings, NotifySettings
from syncengine.transport import RetryPolicy

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
EVENTS = ("failed", "not_running", "held", "drift")
BROKEN = Trouble(title="Sync failed", message="The store is away.", hint="Wait.", run_id="r-1")
TOLD = Notification(
    id="n-1", event="failed", state="problem", at=NOW.isoformat(), since=NOW.isoformat(), title="Sync failed",
    message="The store is away.", hint="Wait.", run_id="r-1",
)  # fmt: skip


@dataclass
class Listener:
    """A channel that keeps what it is told, or fails."""

    name: str = "webhook"
    heard: list[Notification] = field(default_factory=list)
    is_deaf: bool = False

    def send(self, notification: Notification) -> None:
        if self.is_deaf:
            raise NotifyError("deaf")
        self.heard.append(notification)


def noted(lake: LakeOf, trouble: Trouble | None, *, event: str = "failed", after: float = 0) -> list[str]:
    at = NOW + timedelta(minutes=after)
    changes = note_changes(lake.control, {event: trouble}, EVENTS, ["webhook"], now=at)
    return [f"{change.event} {change.state}" for change in changes]


# -- the state machine --------------------------------------------------------------------------------------------


def test_a_problem_is_told_once_and_its_end_once(lake: LakeOf) -> None:
    assert noted(lake, BROKEN) == ["failed problem"]
    assert noted(lake, BROKEN, after=60) == []
    assert noted(lake, None, after=90) == ["failed recovered"]
    assert noted(lake, None, after=120) == []
    assert noted(lake, BROKEN, after=180) == ["failed problem"]


def test_another_run_that_fails_is_no_news(lake: LakeOf) -> None:
    noted(lake, BROKEN)

    assert noted(lake, Trouble(title="Sync failed", message="Another reason.", run_id="r-2"), after=60) == []


def test_an_engine_that_is_only_restarted_is_not_told(lake: LakeOf) -> None:
    gone = Trouble(title="Sync not running", message="No engine.")

    assert noted(lake, gone, event="not_running") == []
    assert noted(lake, None, event="not_running", after=4) == []
    assert noted(lake, gone, event="not_running", after=5) == []
    assert noted(lake, gone, event="not_running", after=9) == []
    assert noted(lake, gone, event="not_running", after=10) == ["not_running problem"]
    assert noted(lake, None, event="not_running", after=11) == ["not_running recovered"]


def test_what_nobody_asked_for_is_not_told(lake: LakeOf) -> None:
    assert note_changes(lake.control, {"failed": BROKEN}, ["held"], ["webhook"], now=NOW) == []


def test_a_condition_that_cannot_be_judged_now_stays_as_it_was(lake: LakeOf) -> None:
    noted(lake, BROKEN)

    assert note_changes(lake.control, {}, EVENTS, ["webhook"], now=NOW) == []
    assert noted(lake, BROKEN, after=1) == []


def test_two_processes_that_look_at_once_tell_it_once(lake: LakeOf) -> None:
    found: list[str] = []
    barrier = threading.Barrier(8)

    def look() -> None:
        barrier.wait()
        found.extend(noted(lake, BROKEN))

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == ["failed problem"]


def test_what_a_channel_did_not_take_is_told_at_a_later_look_with_the_same_id(lake: LakeOf) -> None:
    listener = Listener(is_deaf=True)
    noted(lake, BROKEN)
    (error,) = deliver_pending(lake.control, [listener], now=lambda: NOW)
    assert error.code == "CS0008"

    listener.is_deaf = False
    assert deliver_pending(lake.control, [listener], now=lambda: NOW) == []
    assert deliver_pending(lake.control, [listener], now=lambda: NOW) == []
    assert [change.event for change in listener.heard] == ["failed"]


def test_what_was_being_sent_when_its_process_died_is_sent_after_a_while(lake: LakeOf) -> None:
    class Dying(Listener):
        def send(self, notification: Notification) -> None:
            raise KeyboardInterrupt

    noted(lake, BROKEN)
    with pytest.raises(KeyboardInterrupt):
        deliver_pending(lake.control, [Dying()], now=lambda: NOW)
    listener = Listener()

    deliver_pending(lake.control, [listener], now=lambda: NOW + timedelta(minutes=1))
    assert listener.heard == []
    deliver_pending(lake.control, [listener], now=lambda: NOW + timedelta(minutes=6))
    assert len(listener.heard) == 1


def test_what_nobody_takes_for_two_days_is_given_up(lake: LakeOf) -> None:
    listener = Listener(is_deaf=True)
    noted(lake, BROKEN)
    deliver_pending(lake.control, [listener], now=lambda: NOW + GIVEN_UP_AFTER + timedelta(minutes=1))
    listener.is_deaf = False
    deliver_pending(lake.control, [listener], now=lambda: NOW + GIVEN_UP_AFTER + timedelta(minutes=10))

    assert listener.heard == []


# -- what is found ------------------------------------------------------------------------------------------------


def told(view: CatalogView, now: datetime) -> dict[str, bool]:
    return {event: trouble is not None for event, trouble in conditions(view, now=now).items()}


def test_conditions_follow_the_runs(lake: LakeOf, view: CatalogView) -> None:
    now = datetime.now(UTC)
    lake.synced(products=[product("a")])
    assert told(view, now) == {"failed": False, "held": False, "not_running": True}

    broken = lake.begin()
    with lake.control.write() as connection:
        error = CatalogSyncError("Away.", code="CS2002", hint="Wait.")
        finish_run(connection, broken.run_id, RunStatus.FAILED, error=error)
    trouble = conditions(view, now=now)["failed"]
    assert trouble is not None
    assert (trouble.message, trouble.hint, trouble.run_id) == ("CS2002 Away.", "Wait.", broken.run_id)

    held = lake.begin()
    with lake.control.write() as connection:
        finish_run(connection, held.run_id, RunStatus.HELD)
    assert told(view, now) == {"held": True, "not_running": True}  # held is neither failed nor recovered


def test_drift_is_counted_in_feed_items_and_not_while_a_run_sends(lake: LakeOf) -> None:
    notify = NotifySettings(drift_items=1)
    view = CatalogView(lake.settings.model_copy(update={"notify": notify}))
    now = datetime.now(UTC)
    lake.synced(products=[product("a"), product("b")], answers={"a": Answer("rejected", "BAD", "no")})
    assert told(view, now)["drift"] is False

    lake.synced(
        products=[product("a"), product("b", name="x")],
        answers={"a": Answer("rejected", "BAD", "no"), "b": Answer("rejected", "BAD", "no")},
    )
    assert told(view, now)["drift"] is True
    lake.begin()
    assert "drift" not in told(view, now)


def test_an_engine_that_died_is_told_by_another_process(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a")])
    with lake.control.write() as connection:
        take_engine(connection, pid=2**22 - 3, host="elsewhere", kind="engine")
        release_engine(connection)
    listener = Listener()
    later = datetime.now(UTC)

    look_and_tell(view, [listener], now=later)
    look_and_tell(CatalogView(lake.settings), [listener], now=later + timedelta(minutes=6))

    assert [(change.event, change.state) for change in listener.heard] == [("not_running", "problem")]


# -- the channels -------------------------------------------------------------------------------------------------


@dataclass
class Sink:
    url: str = ""
    answers: list[int] = field(default_factory=list)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def http_sink(*answers: int) -> Iterator[Sink]:
    sink = Sink(answers=list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            sink.requests.append((dict(self.headers.items()), body))
            self.send_response(sink.answers.pop(0) if sink.answers else 204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        sink.url = f"http://127.0.0.1:{server.server_port}/hooks/abc"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield sink
        finally:
            server.shutdown()
            thread.join()


def webhook(url: str, *, secret: str | None = "hook-secret") -> Webhook:
    policy = RetryPolicy(attempts=3, sleep=lambda seconds: None)
    settings = NotifySettings(webhook_url=SecretStr(url), app_url="https://sync.example")
    return Webhook(settings=settings, url=url, secret=secret, policy=policy, clock=lambda: 1_777_000_000.5)


def test_a_webhook_is_signed_so_that_its_receiver_can_check_it() -> None:
    with http_sink() as sink:
        webhook(sink.url).send(TOLD)

    ((headers, body),) = sink.requests
    said = json.loads(body)
    assert (said["event"], said["state"], said["run_id"], said["link"]) == (
        "failed", "problem", "r-1", "https://sync.example",
    )  # fmt: skip
    assert headers["X-Catalog-Sync-Id"] == said["id"] == "n-1"
    stamp = headers["X-Catalog-Sync-Timestamp"]
    wanted = hmac.new(b"hook-secret", f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert (stamp, headers["X-Catalog-Sync-Signature"]) == ("1777000000", f"v1={wanted}")


def test_a_webhook_without_a_secret_is_not_signed() -> None:
    with http_sink() as sink:
        webhook(sink.url, secret=None).send(TOLD)

    assert "X-Catalog-Sync-Signature" not in sink.requests[0][0]


def test_a_webhook_that_is_busy_is_asked_again_with_the_same_bytes() -> None:
    with http_sink(503, 500, 200) as sink:
        webhook(sink.url).send(TOLD)

    assert len(sink.requests) == 3
    assert len({body for _, body in sink.requests}) == 1


@pytest.mark.parametrize("answers", [(404,), (302,), (503, 503, 503)])
def test_a_webhook_that_does_not_take_it_is_an_error_without_its_address(answers: tuple[int, ...]) -> None:
    with http_sink(*answers) as sink, pytest.raises(NotifyError) as caught:
        webhook(sink.url).send(TOLD)

    assert "/hooks/abc" not in caught.value.message
    assert str(answers[-1]) in caught.value.message


def test_a_webhook_that_is_not_there_is_an_error() -> None:
    with pytest.raises(NotifyError, match="could not be told"):
        webhook("http://127.0.0.1:9/x").send(TOLD)


class Mailbox:
    """An SMTP server's handler that keeps what arrives."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.recipients: list[list[str]] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.messages.append(message_from_bytes(envelope.content))
        self.recipients.append(envelope.rcpt_tos)
        return "250 OK"


def mail_settings(port: int, **more: Any) -> NotifySettings:
    return NotifySettings(
        smtp_host="127.0.0.1", smtp_port=port, smtp_security="none", mail_from="sync@shop.example",
        mail_to=("ops@shop.example", "two@shop.example"), timeout_seconds=5, **more,
    )  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_an_e_mail_says_what_happened_and_what_to_do() -> None:
    mailbox = Mailbox()
    server = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        Mail(settings=mail_settings(server.port), password=None).send(TOLD)
    finally:
        server.stop()

    (message,) = mailbox.messages
    assert mailbox.recipients == [["ops@shop.example", "two@shop.example"]]
    assert message["Subject"] == "[Catalog Sync] Sync failed"
    text = message.get_payload()
    assert isinstance(text, str)
    assert "The store is away." in text
    assert "Wait." in text
    assert "Run: r-1" in text


def test_a_mail_server_that_is_not_there_is_an_error() -> None:
    with pytest.raises(NotifyError, match="did not take the e-mail"):
        Mail(settings=mail_settings(9), password=None).send(TOLD)


def test_a_title_with_a_line_break_cannot_add_a_header() -> None:
    mail = Mail(settings=mail_settings(25), password=None)
    message = mail._message(Notification(**{**{name: getattr(TOLD, name) for name in TOLD.__slots__},
                                            "title": "Sync\r\nBcc: thief@evil.example"}))  # fmt: skip

    assert message["Bcc"] is None


def test_the_settings_name_the_channels() -> None:
    settings = mail_settings(25, webhook_url=SecretStr("https://hooks.example/x"))

    assert [channel.name for channel in channels_of(settings)] == ["webhook", "mail"]
    assert channels_of(NotifySettings()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"webhook_url": SecretStr("http://hooks.example/x")},
        {"smtp_host": "mail.example"},
        {"webhook_secret": SecretStr("x"), "webhook_secret_file": "/x"},
        {"smtp_host": "m", "mail_from": "a@b", "mail_to": ("c@d\nBcc: e@f",)},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        NotifySettings(**wrong)


def test_the_watcher_tells_by_itself(lake: LakeOf) -> None:
    lake.synced(products=[product("a")])
    broken = lake.begin()
    with lake.control.write() as connection:
        finish_run(connection, broken.run_id, RunStatus.FAILED)
    with http_sink() as sink:
        notify = NotifySettings(webhook_url=SecretStr(sink.url))
        cron = MonitoringSettings(engine_expected=False)
        settings = lake.settings.model_copy(update={"notify": notify, "monitoring": cron})
        arrived = threading.Event()
        sink.requests = Arriving(arrived)
        with watching(settings, every_seconds=0.05):
            assert arrived.wait(20)

    assert [json.loads(body)["event"] for _, body in sink.requests] == ["failed"]


class Arriving(list[tuple[dict[str, str], bytes]]):
    """A list that says when something was added."""

    def __init__(self, arrived: threading.Event) -> None:
        super().__init__()
        self._arrived = arrived

    def append(self, item: tuple[dict[str, str], bytes]) -> None:
        super().append(item)
        self._arrived.set()
