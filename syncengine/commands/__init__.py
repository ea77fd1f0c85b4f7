"""What a page, the API or the command line may ask for. Each is safe to ask twice, audited, and durable on return."""

from syncengine.commands.connection import request_connection_test
from syncengine.commands.requests import cancel_request, request_sync
from syncengine.commands.runs import approve_run, cancel_run, pause_run, refuse_run, resume_run

__all__ = [
    "approve_run",
    "cancel_request",
    "cancel_run",
    "pause_run",
    "refuse_run",
    "request_connection_test",
    "request_sync",
    "resume_run",
]
