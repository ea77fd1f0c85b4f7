"""The ways to people: a signed webhook and e-mail. Each ends within its time limits and tells why it failed."""

from __future__ import annotations

import hashlib
import hmac
import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

import orjson

from syncengine import __version__
from syncengine.errors import CatalogSyncError
from syncengine.monitoring.notifications import Channel, Notification, NotifyError
from syncengine.settings import NotifySettings, secret_value
from syncengine.transport import RetryPolicy, Transport

SIGNATURE_HEADER = "X-Catalog-Sync-Signature"
TIMESTAMP_HEADER = "X-Catalog-Sync-Timestamp"
ID_HEADER = "X-Catalog-Sync-Id"
_POLICY = RetryPolicy(attempts=3, total_seconds=30.0, cap_seconds=5.0, retry_after_cap_seconds=10.0)


def channels_of(settings: NotifySettings) -> list[Channel]:
    """The channels that the settings name. Raises: SettingsError when a secret's file cannot be read."""
    found: list[Channel] = []
    if settings.webhook_url is not None:
        secret = secret_value(settings.webhook_secret, settings.webhook_secret_file, "notify.webhook_secret_file")
        found.append(Webhook(settings=settings, url=settings.webhook_url.get_secret_value(), secret=secret))
    if settings.smtp_host is not None:
        password = secret_value(settings.smtp_password, settings.smtp_password_file, "notify.smtp_password_file")
        found.append(Mail(settings=settings, password=password))
    return found


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What a receiver computes too: `v1=` and the HMAC-SHA256 of timestamp, a dot, and the body, in hex."""
    return "v1=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """POSTs each notification as JSON."""

    settings: NotifySettings
    url: str
    secret: str | None
    policy: RetryPolicy = _POLICY
    clock: Callable[[], float] = time.time

    @property
    def name(self) -> str:
        """Its name in the control store."""
        return "webhook"

    def send(self, notification: Notification) -> None:
        """Deliver it, in up to three attempts. Raises: NotifyError."""
        body = orjson.dumps(asdict(notification) | {"host": socket.gethostname(), "link": _link(self.settings)})
        headers = {"Content-Type": "application/json", ID_HEADER: notification.id}
        headers["User-Agent"] = f"catalog-sync/{__version__}"
        if self.secret:
            stamp = str(int(self.clock()))
            headers |= {TIMESTAMP_HEADER: stamp, SIGNATURE_HEADER: signature(self.secret, stamp, body)}
        transport = Transport(
            self.url, auth=None, timeout_seconds=self.settings.timeout_seconds, max_body_bytes=2**20, connections=1,
            target="webhook",
        )  # fmt: skip
        with closing(transport):
            try:
                answer = self.policy.call(lambda: transport.request("POST", "", headers=headers, body=body))
            except CatalogSyncError as error:
                raise NotifyError(f"The webhook could not be told: {error.message}", hint=error.hint) from None
        if not 200 <= answer.status < 300:
            raise NotifyError(
                f"The webhook at `{transport.host}` answered {answer.status}.", hint="Look at what receives it."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """Sends each notification as a plain text e-mail."""

    settings: NotifySettings
    password: str | None

    @property
    def name(self) -> str:
        """Its name in the control store."""
        return "mail"

    def send(self, notification: Notification) -> None:
        """Deliver it. Raises: NotifyError."""
        settings = self.settings
        try:
            with self._server() as server:
                if settings.smtp_security == "starttls":
                    server.starttls(context=ssl.create_default_context())
                if settings.smtp_username is not None:
                    server.login(settings.smtp_username, self.password or "")
                server.send_message(self._message(notification))
        except (smtplib.SMTPException, OSError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise NotifyError(
                f"The mail server `{settings.smtp_host}:{settings.smtp_port}` did not take the e-mail: {reason}.",
                hint="Check the settings `notify.smtp_*`.",
            ) from None

    def _server(self) -> smtplib.SMTP:
        settings = self.settings
        host, port, seconds = settings.smtp_host or "", settings.smtp_port, settings.timeout_seconds
        if settings.smtp_security == "tls":
            return smtplib.SMTP_SSL(host, port, timeout=seconds, context=ssl.create_default_context())
        return smtplib.SMTP(host, port, timeout=seconds)

    def _message(self, notification: Notification) -> EmailMessage:
        message = EmailMessage()
        message["Subject"] = f"[Catalog Sync] {' '.join(notification.title.split())}"
        message["From"] = self.settings.mail_from
        message["To"] = ", ".join(self.settings.mail_to)
        message["Date"] = formatdate(usegmt=True)
        message["Message-ID"] = make_msgid(idstring=notification.id, domain="catalog-sync.invalid")
        message["X-Catalog-Sync-Event"] = f"{notification.event} {notification.state}"
        lines = [notification.message, notification.hint]
        lines += [f"Run: {notification.run_id}" if notification.run_id else "", _link(self.settings) or ""]
        lines += [f"Host: {socket.gethostname()}", f"At: {notification.at} (since {notification.since})"]
        message.set_content("\n\n".join(line for line in lines if line))
        return message


def _link(settings: NotifySettings) -> str | None:
    return settings.app_url
