"""Before the first page: what stays for good is not looked through after every run of a page."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
COUNT = """
import gc, sys
import app
print(gc.get_freeze_count(), len(gc.get_objects()), "pandas" in sys.modules, "ui.router" in sys.modules)
"""


def test_the_app_sets_its_modules_apart_before_the_first_page() -> None:
    done = subprocess.run([sys.executable, "-c", COUNT], cwd=PROJECT, capture_output=True, text=True, check=True)
    apart, left, with_pandas, with_router = done.stdout.split()
    assert int(apart) > 50_000 > 10 * int(left)
    assert (with_pandas, with_router) == ("True", "False")
