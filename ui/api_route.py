"""What a route of the API is: its path, its typed parameters and the question it asks; reading and refusing values.

OpenAPI is made from the same table (ui/api.py), so that no parameter can be undocumented.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from starlette.datastructures import QueryParams

from syncengine.errors import SettingsError
from syncengine.inspection.view import CatalogView

Kind = Literal["text", "integer", "price", "flag", "time", "choice"]
LONGEST_TEXT = 2_000
_HIGHEST_PRICE = Decimal(10) ** 8
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


class WrongParameterError(SettingsError):
    """A parameter of a request that is missing, unknown or of another kind."""

    code = "CS1003"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One value of a request. `many`: it may stand several times. `least`, `most`: of an integer.

    Without a `default` a parameter that is not `required` is None (or no values, where it may stand several times).
    """

    name: str
    about: str
    kind: Kind = "text"
    place: Literal["path", "query"] = "query"
    many: bool = False
    required: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 1_000_000_000

    def read(self, texts: list[str]) -> Any:
        """The value that the texts of a request stand for. Raises: WrongParameterError."""
        if self.many:
            return tuple(self._one(text) for text in texts)
        if not texts:
            if self.required:
                raise WrongParameterError(f"`{self.name}` is missing.", hint=self.about)
            return self.default
        if len(texts) > 1:
            raise WrongParameterError(f"`{self.name}` stands {len(texts)} times.", hint="Give it once.")
        return self._one(texts[0])

    def _one(self, text: str) -> Any:
        try:
            return getattr(self, f"_{self.kind}")(text)
        except (ValueError, OverflowError, InvalidOperation):
            raise WrongParameterError(
                f"`{self.name}` cannot be `{text[:60]}`.", hint=f"It is {self.about.rstrip('.')}."
            ) from None

    def _text(self, text: str) -> str:
        if len(text) > LONGEST_TEXT:
            raise ValueError(text)
        return text

    def _integer(self, text: str) -> int:
        if not text.isascii() or not text.isdecimal() or len(text) > 18 or not self.least <= int(text) <= self.most:
            raise ValueError(text)
        return int(text)

    def _price(self, text: str) -> Decimal:
        price = Decimal(text)
        if not price.is_finite() or abs(price) >= _HIGHEST_PRICE:
            raise ValueError(text)
        return price

    def _flag(self, text: str) -> bool:
        if text not in _FLAGS:
            raise ValueError(text)
        return _FLAGS[text]

    def _time(self, text: str) -> datetime:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)

    def _choice(self, text: str) -> str:
        if text not in self.choices:
            raise WrongParameterError(
                f"`{self.name}` cannot be `{text[:60]}`.", hint=f"There are: {', '.join(self.choices)}."
            )
        return text


Values = Mapping[str, Any]
Question = Callable[[CatalogView, Values], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRoute:
    """One question that can be asked under /api with GET. `path` names its path parameters in braces.

    `question` gives what is answered as JSON; with `is_download`, a `Download`, answered as a file.
    """

    path: str
    about: str
    question: Question
    parameters: tuple[Parameter, ...] = ()
    is_download: bool = False

    @property
    def starlette_path(self) -> str:
        """The path as Starlette routes it; a SKU may hold slashes."""
        return self.path.replace("{sku}", "{sku:path}")

    def values(self, path: Mapping[str, str], query: QueryParams) -> dict[str, Any]:
        """The typed values of a request. Raises: WrongParameterError."""
        known = {one.name for one in self.parameters if one.place == "query"}
        if unknown := [name for name in query if name not in known]:
            raise WrongParameterError(
                f"`{unknown[0][:60]}` is no parameter here.",
                hint=f"There are: {', '.join(sorted(known))}." if known else "There are none.",
            )
        return {
            one.name: one.read([path[one.name]] if one.place == "path" else query.getlist(one.name))
            for one in self.parameters
        }
