"""Routes beside the pages: health, metrics and the API.

Any path that is not listed answers 200 with the app itself: a probe must read the body.
"""

from __future__ import annotations

from starlette.routing import BaseRoute, Mount

from syncengine.monitoring.routes import monitoring_routes
from ui.api import API_GUARD, API_ROUTES, any_text, the_view

ROUTES: list[BaseRoute] = [
    *monitoring_routes(the_view),
    any_text(Mount("/api", routes=API_ROUTES, middleware=[API_GUARD])),
]
