"""The app's launcher: `streamlit run app.py`, `python app.py --config FILE`, or `catalog-sync ui`.

Nothing is drawn here. The main script is ui/router.py, which has no `pages/` beside it: so a page can only be reached
through the router, on the first request to a fresh server too.
"""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st

ROOT = Path(__file__).resolve().parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from ui.launch import server_options  # noqa: E402  (the project's folder must be on the path first)
from ui.routes import ROUTES  # noqa: E402

app = st.App("ui/router.py", routes=ROUTES)

if __name__ == "__main__":
    app.run(config=server_options())
