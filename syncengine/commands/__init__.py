"""What a page, the API or the command line may ask for. Each is safe to ask twice, audited, and durable on return."""

from syncengine.commands.connection import request_connection_test
from syncengine.commands.live_check import request_live_check
from syncengine.commands.requests import cancel_request, request_sync, start_now
from syncengine.commands.runs import approve_run, cancel_run, pause_run, refuse_run, resume_run
from syncengine.commands.schedule import TouchReceipt, pause_schedule, resume_schedule, schedule_pause, touch
from syncengine.control.schedule_pause import SchedulePause

__all__ = [
    "SchedulePause",
    "TouchReceipt",
    "approve_run",
    "cancel_request",
    "cancel_run",
    "pause_run",
    "pause_schedule",
    "refuse_run",
    "request_connection_test",
    "request_live_check",
    "request_sync",
    "resume_run",
    "resume_schedule",
    "schedule_pause",
    "start_now",
    "touch",
]
