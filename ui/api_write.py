"""What programs may ask for over the API: a resync, and what is to become of requests and of runs.

Each route names the user that the guard found (ui/api_guard.py), and the action asks for the role once more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from syncengine.access import actions
from syncengine.access.roles import User
from syncengine.access.wish import ResyncWish
from syncengine.errors import CatalogSyncError
from syncengine.inspection.requests import find_request, list_requests, next_window
from syncengine.inspection.runs import run_json
from syncengine.inspection.times import iso
from syncengine.inspection.view import CatalogView
from ui.api_errors import error_response, json_response
from ui.api_route import ApiRoute, Parameter, WrongParameterError


class ResyncBody(ResyncWish):
    """A resync, as `POST /api/resync` takes it."""

    start_now: bool = Field(False, description="not with the next window, but as soon as the engine is free")


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteRoute:
    """Something that is asked for with POST. `change` gives the status and what is answered as JSON.

    `statuses`: those of success, and what they say. `takes_body`: a ResyncBody; the others take nothing.
    """

    path: str
    about: str
    change: Callable[[CatalogView, User, Mapping[str, str], bytes], tuple[int, Any]]
    statuses: Mapping[int, str]
    takes_body: bool = False


_ID = Parameter(name="request_id", about="the request's id", place="path", required=True)

QUEUE: tuple[ApiRoute, ...] = (
    ApiRoute(
        path="/requests", about="What was asked for, newest first.",
        question=lambda view, values: [row.as_json() for row in list_requests(view, limit=values["limit"])],
        parameters=(
            Parameter(name="limit", about="how many, 1 to 1,000", kind="integer", least=1, most=1_000, default=50),
        ),
    ),
    ApiRoute(
        path="/requests/{request_id}", about="One request, and the run that served it.", parameters=(_ID,),
        question=lambda view, values: find_request(view, values["request_id"]).as_json(),
    ),
)  # fmt: skip


def _resync(view: CatalogView, user: User, _: Mapping[str, str], body: bytes) -> tuple[int, Any]:
    wish = _body_of(body)
    options = wish.options()
    if options.destination is not None:
        view.destination_id(options.destination)  # refuses a name that there is not
    waiting = {row.request_id for row in list_requests(view, limit=1_000) if row.is_waiting}
    request = actions.ask_for_sync(view.control, options, user=user, start_now=wish.start_now)
    window = next_window(view)
    known = request.request_id in waiting
    answer = {
        **find_request(view, request.request_id).as_json(),
        "already_waiting": known,
        "next_window_at": iso(window.at),
        "engine_running": window.engine_runs,
    }
    return (200 if known else 202), answer


def _body_of(body: bytes) -> ResyncBody:
    try:
        value = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        raise WrongParameterError("The body is not JSON.", hint="See /api/openapi.json for what it holds.") from None
    try:
        return ResyncBody.model_validate(value)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)[:3]
        told = "; ".join(f"`{'.'.join(map(str, one['loc'])) or 'body'}`: {one['msg']}" for one in problems)
        raise UnprocessableError(f"{told}.", hint="See /api/openapi.json for what it holds.") from None


class UnprocessableError(WrongParameterError):
    """A body that is JSON, and not what is asked for."""


def _of_request(
    act: Callable[..., bool],
) -> Callable[[CatalogView, User, Mapping[str, str], bytes], tuple[int, Any]]:
    def change(view: CatalogView, user: User, path: Mapping[str, str], _: bytes) -> tuple[int, Any]:
        done = act(view.control, path["request_id"], user=user)
        row = find_request(view, path["request_id"])
        if not done:
            raise actions.TooLateError(
                f"Request `{row.request_id}` does not wait any more: it is {row.state}.",
                hint="GET /api/requests tells what became of it.",
            )
        return 200, row.as_json()

    return change


def _of_run(act: Callable[..., Any]) -> Callable[[CatalogView, User, Mapping[str, str], bytes], tuple[int, Any]]:
    def change(view: CatalogView, user: User, path: Mapping[str, str], _: bytes) -> tuple[int, Any]:
        done = act(view.control, path["run_id"], user=user)
        run = run_json(view, path["run_id"])
        if done is False:
            raise actions.TooLateError(
                f"Run `{run['run_id']}` cannot do that: it is {run['status']}.", hint="GET /api/runs tells more."
            )
        return 200, run

    return change


_REQUEST, _RUN = {200: "The request as it is now."}, {200: "The run as it is now."}
WRITES: tuple[WriteRoute, ...] = (
    WriteRoute(
        path="/resync", about="Ask for a resync.", change=_resync, takes_body=True,
        statuses={202: "It is queued.", 200: "The same was asked for before and still waits: nothing new is queued."},
    ),
    WriteRoute(
        path="/requests/{request_id}/cancel", about="Take a request back that no run has taken.",
        change=_of_request(actions.cancel_request), statuses=_REQUEST,
    ),
    WriteRoute(
        path="/requests/{request_id}/start", about="Let a request start now that waits for its window.",
        change=_of_request(actions.start_now), statuses=_REQUEST,
    ),
    *(
        WriteRoute(path=f"/runs/{{run_id}}/{verb}", about=about, change=_of_run(act), statuses=_RUN)
        for verb, about, act in (
            ("approve", "Approve the removals that a run was held for: just this set.", actions.approve_run),
            ("refuse", "Refuse the removals that a run was held for.", actions.refuse_run),
            ("pause", "Let a run in progress stand still.", actions.pause_run),
            ("resume", "Let a paused run go on.", actions.resume_run),
            ("cancel", "Let a run in progress end at its next batch.", actions.cancel_run),
        )
    ),
)  # fmt: skip


def write_endpoint(route: WriteRoute, view: Callable[[], CatalogView]) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that makes the route's change on a worker thread."""

    async def endpoint(request: Request) -> Response:
        body = await request.body()
        try:
            if route.takes_body and body and not _is_json(request):
                raise WrongParameterError("The body must be JSON.", hint="Send `Content-Type: application/json`.")
            status, answer = await run_in_threadpool(
                lambda: route.change(view(), request.state.user, request.path_params, body)
            )
        except CatalogSyncError as error:
            return error_response(error, status=422 if isinstance(error, UnprocessableError) else None)
        return json_response(answer, status)

    return endpoint


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").split(";")[0].strip().lower() == "application/json"


def write_routes(view: Callable[[], CatalogView]) -> list[Route]:
    """The routes of everything that can be asked for."""
    return [Route(route.path, write_endpoint(route, view), methods=["POST"]) for route in WRITES]
