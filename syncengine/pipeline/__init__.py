"""One sync, in order: read, index, snapshot, diff, export, acknowledge, publish.

Each step leaves its result on disk before the next starts. From the moment the outboxes are recorded a killed run is
gone on with; before that it is closed, and the next run starts anew: nothing that counts has happened yet.
"""

from syncengine.pipeline.options import SyncOptions
from syncengine.pipeline.sync import resume_left_behind, run_sync
from syncengine.pipeline.workshop import Workshop

__all__ = ["SyncOptions", "Workshop", "resume_left_behind", "run_sync"]
