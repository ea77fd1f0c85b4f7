"""What differs between two payloads of one feed item, field by field, for people to read.

The diff sees what the content hash sees: fields that are not hashed are left out, a number is the number as written,
null is not absence, and order counts, because a list that means a set is sorted when it is compiled. So there is no
difference exactly when the canonical content of both sides is the same text.

Lists of records are matched by what names a record (`attributes[color].value`), not by position.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import orjson

from syncengine.feeds.feed import Feed

_LABEL = re.compile(r"\[[^\[\]]*\]")
_PLAIN = (str, int, bool, type(None))

# list of records -> the fields that name one of them; a dotted field lies inside a record
_NAMED_BY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "attributes": ("attributeCode",),
        "categoryData": ("categoryId",),
        "discounts": ("code",),
        "images": ("resource.url",),
        "links": ("sku", "type"),
        "media_gallery": ("url",),
        "optionValues": ("attributeCode",),
        "optionsV2": ("id",),
        "parameters": ("name",),
        "parents": ("sku",),
        "samples": ("resource.url",),
        "shopperInputOptions": ("id",),
        "stores": ("storeId",),
        "storeViews": ("storeViewId",),
        "tierPrices": ("qty",),
        "urlRewrites": ("url",),
        "values": ("id",),
        "variants": ("sku",),
        "videos": ("video.videoUrl",),
    }
)


@dataclass(frozen=True, slots=True)
class FieldAdded:
    """Only the later side has it."""

    path: str
    after: Any
    before: None = None
    change = "added"


@dataclass(frozen=True, slots=True)
class FieldRemoved:
    """Only the earlier side has it."""

    path: str
    before: Any
    after: None = None
    change = "removed"


@dataclass(frozen=True, slots=True)
class FieldChanged:
    """Both sides have it, with different values."""

    path: str
    before: Any
    after: Any
    change = "changed"


@dataclass(frozen=True, slots=True)
class OrderChanged:
    """Both sides have the same entries, in another order; the values name the entries in order."""

    path: str
    before: Any
    after: Any
    change = "reordered"


FieldDifference = FieldAdded | FieldRemoved | FieldChanged | OrderChanged


def diff_payloads(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, feed: Feed
) -> tuple[FieldDifference, ...]:
    """The edits that turn the content of `before` into that of `after`, in payload order; () when they agree.

    A side that is None holds no item: the whole other side is then one edit with an empty path.
    """
    if before is None and after is None:
        return ()
    if before is None:
        return (FieldAdded("", content_of(after or {}, feed)),)
    if after is None:
        return (FieldRemoved("", content_of(before, feed)),)
    return tuple(_objects("", content_of(before, feed), content_of(after, feed)))


def content_of(payload: Mapping[str, Any], feed: Feed) -> dict[str, Any]:
    """The part of a payload that the content hash covers; fields the contract does not know are part of it."""
    left_out = {field.name for field in feed.fields if not field.hashed}
    return {name: value for name, value in payload.items() if name not in left_out}


def field_of(path: str) -> str:
    """The field that a path lies in, the same for every item: `variants[24-MB01]` -> `variants[]`.

    An attribute keeps its name (`attributes[color].value`): each is a field of its own.
    """
    return path if path.startswith("attributes[") else _LABEL.sub("[]", path)


def _same(before: Any, after: Any) -> bool:
    """Whether two values are the same JSON text: 1, 1.0, true and "1" are four values."""
    kind = type(before)
    if kind is type(after) and kind in _PLAIN:
        return bool(before == after)
    return _text(before) == _text(after)


def _text(value: Any) -> str | bytes:
    try:
        return orjson.dumps(value)
    except TypeError:  # a number beyond 64 bits, half a surrogate pair
        return json.dumps(value, separators=(",", ":"))


def _values(path: str, name: str, before: Any, after: Any) -> Iterator[FieldDifference]:
    if _same(before, after):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _objects(path, before, after)
    elif is_records(before) and is_records(after):
        yield from _records(path, name, before, after)
    else:
        yield FieldChanged(path, before, after)


def _objects(path: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[FieldDifference]:
    for name in dict.fromkeys((*after, *before)):
        inner = f"{path}.{name}" if path else name
        if name not in before:
            yield FieldAdded(inner, after[name])
        elif name not in after:
            yield FieldRemoved(inner, before[name])
        else:
            yield from _values(inner, name, before[name], after[name])
    yield from _order(path, tuple(before), tuple(after))


def _records(
    path: str, name: str, before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> Iterator[FieldDifference]:
    named_before, named_after = named_records(name, before), named_records(name, after)
    for label in dict.fromkeys((*named_after, *named_before)):
        inner = f"{path}[{label}]"
        if label not in named_before:
            yield FieldAdded(inner, named_after[label])
        elif label not in named_after:
            yield FieldRemoved(inner, named_before[label])
        elif not _same(named_before[label], named_after[label]):
            yield from _objects(inner, named_before[label], named_after[label])
    yield from _order(path, tuple(named_before), tuple(named_after))


def _order(path: str, before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[FieldDifference]:
    """An edit when what both sides have stands in another order."""
    shared = set(before) & set(after)
    shared_before, shared_after = ([label for label in side if label in shared] for side in (before, after))
    if shared_before != shared_after:
        yield OrderChanged(path, shared_before, shared_after)


def is_records(value: Any) -> bool:
    """Whether a value is a list of records, and not an empty one."""
    return isinstance(value, list) and bool(value) and all(isinstance(entry, Mapping) for entry in value)


def named_records(name: str, records: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The records by label: what names them, else their position; a name that stands again is numbered (`url #2`)."""
    fields = _NAMED_BY.get(name)
    named: dict[str, Mapping[str, Any]] = {}
    for position, record in enumerate(records):
        parts = None if fields is None else [_inside(record, field) for field in fields]
        base = str(position) if parts is None or None in parts else ", ".join(_label(part) for part in parts)
        label, count = base, 1
        while label in named:
            count += 1
            label = f"{base} #{count}"
        named[label] = record
    return named


def _inside(record: Mapping[str, Any], field: str) -> Any:
    value: Any = record
    for name in field.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def _label(part: Any) -> str:
    return part if isinstance(part, str) else json.dumps(part, separators=(",", ":"))
