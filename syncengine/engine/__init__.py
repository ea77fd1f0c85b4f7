"""The scheduled process: opens the workshop under the lock, runs at its windows, answers requests and events."""

from syncengine.engine.listener import events_route, events_token, listening
from syncengine.engine.live_progress import ProgressInControlStore
from syncengine.engine.loop import Engine
from syncengine.engine.timetable import Timetable
from syncengine.engine.workshop import HEARTBEAT_SECONDS, connected, open_workshop

__all__ = [
    "HEARTBEAT_SECONDS",
    "Engine",
    "ProgressInControlStore",
    "Timetable",
    "connected",
    "events_route",
    "events_token",
    "listening",
    "open_workshop",
]
