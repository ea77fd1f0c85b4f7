"""One payload written in the order of another, for a comparison in which order does not count."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from syncengine.changes.payload_diff import is_records, named_records


def in_order_of(like: Any, value: Any, name: str = "") -> Any:
    """`value` with its fields, records and entries in the order in which `like` has them; the others come last.

    Records are matched by what names them, other entries by their content. Nothing is added, lost or altered.
    """
    if isinstance(like, Mapping) and isinstance(value, Mapping):
        names = dict.fromkeys((*(key for key in like if key in value), *value))
        return {key: in_order_of(like.get(key), value[key], key) for key in names}
    if is_records(like) and is_records(value):
        before, after = named_records(name, like), named_records(name, value)
        labels = dict.fromkeys((*(label for label in before if label in after), *after))
        return [in_order_of(before.get(label), after[label], name) for label in labels]
    if isinstance(like, list) and isinstance(value, list):
        return _entries_in_order(like, value)
    return value


def _entries_in_order(like: list[Any], value: list[Any]) -> list[Any]:
    places: dict[str, list[int]] = defaultdict(list)
    for position, entry in reversed(list(enumerate(value))):
        places[_text(entry)].append(position)
    taken = [places[text].pop() for entry in like if places.get(text := _text(entry))]
    left = sorted(set(range(len(value))) - set(taken))
    return [value[position] for position in (*taken, *left)]


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
