"""The API's description in OpenAPI 3.1, made of the tables that its routes are made of.

`python -m ui.openapi` prints it; docs/openapi.json is that, and a test says when it is not any more.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from typing import Any

import orjson

import syncengine
from syncengine.inspection.download import FORMATS, MEDIA_TYPES
from ui.api_route import LONGEST_TEXT, ApiRoute, Parameter
from ui.api_table import TABLE
from ui.api_write import QUEUE, WRITES, ResyncBody, WriteRoute

ROUTES: tuple[ApiRoute, ...] = (*TABLE, *QUEUE)
_ERRORS = {
    400: "A parameter is missing, unknown or of another kind.",
    401: "Nobody says who asks, or the token is not known.",
    403: "Who asks may not do this.",
    404: "There is none of that name.",
    503: "Not now: nothing has been published yet, or a store is busy. Trying again helps.",
}
_TYPES: dict[str, dict[str, Any]] = {
    "text": {"type": "string", "maxLength": LONGEST_TEXT},
    "integer": {"type": "integer"},
    "price": {"type": "number"},
    "flag": {"type": "boolean"},
    "time": {"type": "string", "format": "date-time"},
    "choice": {"type": "string"},
}


@cache
def description() -> dict[str, Any]:
    """The whole description."""
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})["get"] = _get(route)
    for write in WRITES:
        paths.setdefault(write.path, {})["post"] = _post(write)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Catalog Sync",
            "version": syncengine.__version__,
            "description": "What the destinations hold beside what the catalog says, and asking for a resync.",
        },
        "servers": [{"url": "/api"}],
        "security": [{"token": []}, {}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Error": _error(), "Resync": ResyncBody.model_json_schema()},
        },
    }


def _get(route: ApiRoute) -> dict[str, Any]:
    answer: dict[str, Any] = {"application/json": {"schema": {"type": ["object", "array"]}}}
    if route.is_download:
        answer = {MEDIA_TYPES[kind]: {} for kind in FORMATS}
    return {
        "operationId": _name("get", route.path),
        "summary": route.about,
        "parameters": [_parameter(one) for one in route.parameters],
        "responses": {"200": {"description": "The answer.", "content": answer}, **_problems(_ERRORS)},
    }


def _post(route: WriteRoute) -> dict[str, Any]:
    answer = {"application/json": {"schema": {"type": "object"}}}
    more = {409: "Too late: a run has taken it, or it has ended.", 413: "The body is too large."}
    if route.takes_body:
        more = {422: "The body is not what is asked for.", 413: more[413]}
    operation: dict[str, Any] = {
        "operationId": _name("post", route.path),
        "summary": route.about,
        "security": [{"token": []}],
        "parameters": [_parameter(one) for one in _path_parameters(route.path)],
        "responses": {
            **{str(status): {"description": text, "content": answer} for status, text in route.statuses.items()},
            **_problems(_ERRORS | more | {429: "Too often within a minute: `api.writes_per_minute`."}),
        },
    }
    operation["responses"]["429"]["headers"] = {
        "Retry-After": {"description": "after how many seconds there is room again", "schema": {"type": "integer"}}
    }
    if route.takes_body:
        schema = {"$ref": "#/components/schemas/Resync"}
        operation["requestBody"] = {"required": False, "content": {"application/json": {"schema": schema}}}
    return operation


def _path_parameters(path: str) -> Sequence[Parameter]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return [Parameter(name=name, about=name.replace("_", " "), place="path", required=True) for name in names]


def _parameter(one: Parameter) -> dict[str, Any]:
    schema = dict(_TYPES[one.kind])
    if one.kind == "integer":
        schema |= {"minimum": one.least, "maximum": one.most}
    if one.kind == "choice":
        schema["enum"] = list(one.choices)
    if one.place == "path" and one.kind == "text":
        schema["minLength"] = 1
    if one.many:
        schema = {"type": "array", "items": schema}
    elif one.default is not None:
        schema["default"] = one.default
    found = {"name": one.name, "in": one.place, "description": one.about, "schema": schema}
    return found | ({"required": True} if one.required or one.place == "path" else {})


def _problems(statuses: dict[int, str]) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {str(status): {"description": text, "content": content} for status, text in sorted(statuses.items())}


def _error() -> dict[str, Any]:
    text = {"type": "string"}
    inner = {"code": {"type": "string", "pattern": r"^CS\d{4}$"}, "message": text, "hint": text}
    inner["run_id"] = {"type": ["string", "null"]}
    return {
        "type": "object",
        "required": ["error"],
        "properties": {"error": {"type": "object", "required": list(inner), "properties": inner}},
    }


def _name(verb: str, path: str) -> str:
    return "_".join([verb, *(part.strip("{}") for part in path.replace("-", "_").split("/") if part)])


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(description(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
