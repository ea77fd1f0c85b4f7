"""No secret leaves in a text: known values wherever they stand, credentials of headers, query strings."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

from pydantic import BaseModel, SecretStr

from syncengine.errors import SettingsError
from syncengine.settings import Settings, secret_value

HIDDEN = "[redacted]"
_SHORTEST = 4  # a shorter "secret" would stand in half of all words
_HEADERS = re.compile(
    r"(?i)\b((?:proxy-)?authorization|x-api-key|x-gw-signature|api[-_]?key|client[-_]secret|password|passwd|"
    r"(?:set-)?cookie|(?:access|refresh|id)?_?token)(['\"]?\s*[:=]\s*)(b?['\"])?(?:(?:bearer|basic|oauth|token)\s+)?"
    r"(?!\[redacted\])[^\s'\"&,;}]+"
)
_SCHEMES = re.compile(r"(?i)\b(bearer|basic)\s+(?!\[redacted\])[A-Za-z0-9._~+/=-]{6,}")
_USER_INFO = re.compile(r"//[^\s/@'\"]+@")
_QUERY = re.compile(r"(/[^\s?'\"<>]*)\?[^\s'\"<>]+")


class Redactor:
    """Takes secrets out of texts. Thread-safe; `learn` a secret before the first text that may hold it."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known: re.Pattern[str] | None = None
        self._values: frozenset[str] = frozenset()
        self.learn(*secrets)

    def learn(self, *secrets: str) -> None:
        """From now on these are secrets too, also as they stand in an address or a Basic header."""
        forms = {form for secret in secrets if len(secret) >= _SHORTEST for form in _forms(secret)}
        self._values |= forms
        if self._values:
            longest_first = sorted(self._values, key=lambda value: (-len(value), value))
            self._known = re.compile("|".join(re.escape(value) for value in longest_first))

    def clean(self, text: str) -> str:
        """`text` without secrets."""
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        if "?" in text and "/" in text:
            text = _QUERY.sub(rf"\1?{HIDDEN}", text)
        if "@" in text:
            text = _USER_INFO.sub(f"//{HIDDEN}@", text)
        text = _HEADERS.sub(rf"\1\2\3{HIDDEN}", text)
        return _SCHEMES.sub(rf"\1 {HIDDEN}", text)

    def clean_value(self, value: Any) -> Any:
        """`value` (anything JSON can hold) with every text in it cleaned, keys too."""
        if isinstance(value, str):
            return self.clean(value)
        if isinstance(value, dict):
            return {self.clean(str(key)): self.clean_value(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.clean_value(inner) for inner in value]
        if value is None or isinstance(value, int | float):
            return value
        return self.clean(str(value))


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield secret.encode("unicode_escape").decode("ascii")  # as repr() and JSON show it
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    if len(encoded) >= 2 * _SHORTEST:
        yield encoded


def secrets_of(settings: Settings) -> list[str]:
    """Every secret value that the settings hold or name a file of; a file that cannot be read is left out."""
    return sorted({value for value in _secrets(settings) if value})


def _secrets(value: Any) -> Iterator[str]:
    if isinstance(value, SecretStr):
        secret = value.get_secret_value()
        yield secret
        if secret.startswith("http"):  # of an address that is a secret, what tells it from its host's others
            yield urlsplit(secret).path
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _secrets(inner)
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            inner = getattr(value, name)
            yield from _secrets(inner)
            if name.endswith("_file") and inner is not None and name.removesuffix("_file") in type(value).model_fields:
                try:
                    yield secret_value(None, inner, name) or ""
                except SettingsError:
                    continue  # whoever needs the secret says that its file cannot be read
