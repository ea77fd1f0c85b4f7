"""The app's launcher: `streamlit run app.py`, `python app.py --config FILE`, or `catalog-sync ui`.

Nothing is drawn here. The main script is ui/router.py, which has no `pages/` beside it: so a page can only be reached
through the router, on the first request to a fresh server too.
"""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

ROOT = Path(__file__).resolve().parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from ui.assets import Assets, warm_assets  # noqa: E402
from ui.deep_link import DeepLink  # noqa: E402
from ui.gate import Gate  # noqa: E402  (the project's folder must be on the path first)
from ui.launch import server_options, settings_or_none, sign_in_secrets, watched  # noqa: E402
from ui.routes import ROUTES  # noqa: E402
from ui.warm import warm  # noqa: E402
from ui.warm_data import worked_out_in_advance  # noqa: E402

warm()
warm_assets()
settings = settings_or_none()
app = st.App(
    "ui/router.py",
    routes=ROUTES,
    middleware=[Middleware(Gate, settings=settings), Middleware(DeepLink, settings=settings), Middleware(Assets)],
    secrets=sign_in_secrets(settings),
)

if __name__ == "__main__":
    with watched(settings), worked_out_in_advance(settings):
        app.run(config=server_options())
