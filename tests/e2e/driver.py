"""A sync that kills its own process, as the kernel would, when its run passes a given moment.

python driver.py MOMENT OCCURRENCE
"""

from __future__ import annotations

import os
import signal
import sys

from syncengine.cli.without_pandas import do_without_pandas
from syncengine.engine import open_workshop
from syncengine.pipeline import SyncOptions, resume_left_behind, run_sync
from syncengine.progress import Moment, SilentObserver
from syncengine.settings import load_settings


class Killer(SilentObserver):
    """Sends SIGKILL to this process at the n-th time a moment is passed."""

    def __init__(self, moment: Moment, occurrence: int) -> None:
        self._moment = moment
        self._left = occurrence

    def at(self, moment: Moment, detail: str = "") -> None:
        """Count down, then die."""
        if moment is self._moment:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """One sync of the configured store."""
    do_without_pandas()
    killer = Killer(Moment(sys.argv[1]), int(sys.argv[2]))
    with open_workshop(load_settings(), killer, kind="command", should_stop=lambda: False) as shop:
        resume_left_behind(shop)
        run_sync(shop, SyncOptions())


main()
