"""The app's shell and its scripts, for a browser that has seen nothing yet.

Streamlit's page fetches some sixty small scripts, asks the server twice where it is, and finds out only then, one after
the other, which further scripts the elements of a page need. Here all scripts are answered out of memory, before the
rest of the server is bothered, and the shell names at once what the page will need and where the server is.
"""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

import streamlit
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.deep_link import PAGES
from ui.escape import esc

STATIC = Path(streamlit.__file__).parent / "static"
_PREFIX = "/static/"
_KINDS = MappingProxyType({".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2"})
_FOREVER = "public, immutable, max-age=31536000"  # as Streamlit says of them: their names change with their content
_IMPORTED = re.compile(r"""(?:from|import)\s*["'`]\./([\w.-]+\.js)["'`]""")
_LARGEST = 4_000_000  # what is larger belongs to elements that no page of ours has
_LEAST_ZIPPED = 2_000

# the elements of each page, by the names of their scripts; what these import is found out
_EVERYWHERE = ("Html", "ButtonGroup", "Selectbox", "Button")
_ELEMENTS = MappingProxyType(
    {
        "products": ("TextInput", "Pagination"),
        "runs": ("Multiselect", "DateInput", "Checkbox", "Pagination"),
        "discrepancies": ("TextInput", "PageLink"),
        "settings": ("Radio", "Checkbox"),
    }
)
_SCRIPTS = tuple(Path(__file__).parent / name for name in ("when_drawn.js", "in_app_links.js", "list_places.js"))
STYLE = Path(__file__).parent / "style.css"
# where the server is, and what it would answer when asked for its host's wishes: the pages stand side by side
_WHERE = (
    "<script>window.__streamlit={BACKEND_BASE_URL:new URL('./',location.href).href,"
    "HOST_CONFIG:{allowedOrigins:[location.origin],useExternalAuthToken:false,enableCustomParentMessages:false,"
    "enforceDownloadInNewTab:false,metricsUrl:'',blockErrorDialogs:false}}</script>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file as it is sent; `zipped` for browsers that take gzip over a line that is worth it."""

    body: bytes
    kind: str
    zipped: bytes | None


@dataclass(frozen=True, slots=True)
class Assets:
    """The app, with Streamlit's scripts and shell answered before it."""

    app: ASGIApp
    shells: dict[str, tuple[bytes, str]] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer scripts and the shells of pages, leave all else to the app."""
        answer = self._answer(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
        await (answer or self.app)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response | None:
        path, headers = scope["path"], Headers(scope=scope)
        if path.startswith(_PREFIX) and "range" not in headers:
            found = asset(path.removeprefix(_PREFIX))
            return None if found is None else _sent(found, headers)
        if path[1:] in PAGES and (shell := _shell(path[1:])) is not None:
            body, tag = shell
            kept = {"cache-control": "no-cache", "etag": tag}
            if headers.get("if-none-match") == tag:
                return Response(status_code=304, headers=kept)
            return Response(body, media_type="text/html", headers=kept)
        return None


def _sent(found: Asset, headers: Headers) -> Response:
    kept = {"cache-control": _FOREVER, "vary": "accept-encoding"}
    if found.zipped is not None and "gzip" in headers.get("accept-encoding", "") and not _is_here(headers):
        return Response(found.zipped, media_type=found.kind, headers={**kept, "content-encoding": "gzip"})
    return Response(found.body, media_type=found.kind, headers=kept)


def _is_here(headers: Headers) -> bool:
    """Whether the browser is on this machine: unzipping would take longer than sending."""
    host = headers.get("host", "").rpartition(":")[0] or headers.get("host", "")
    return host in ("127.0.0.1", "localhost", "[::1]") and "x-forwarded-for" not in headers


@cache
def asset(name: str) -> Asset | None:
    """One of Streamlit's own scripts, styles and fonts by its path below `static/`; None for anything else."""
    kind = _KINDS.get(Path(name).suffix)
    place = _listed().get(name)
    if kind is None or place is None:
        return None
    body = place.read_bytes()
    zipped = gzip.compress(body, 6) if kind != "font/woff2" and len(body) >= _LEAST_ZIPPED else None
    return Asset(body=body, kind=kind, zipped=zipped)


@cache
def _listed() -> dict[str, Path]:
    """What there is, by name: a name that is not among these is not looked for on the disk."""
    root = STATIC / "static"
    return {
        path.relative_to(root).as_posix(): path
        for path in root.rglob("*")
        if path.suffix in _KINDS and path.stat().st_size <= _LARGEST
    }


@cache
def _shell(page: str) -> tuple[bytes, str] | None:
    """Streamlit's own page with our style, and with what this page needs named in its head; and its tag.

    None when it is not as known: then Streamlit answers.
    """
    text = (STATIC / "index.html").read_text("utf-8")
    if any(text.count(known) != 1 for known in ("</head>", "</body>", '<script type="module"')):
        return None
    links = "".join(
        f'<link rel="modulepreload" crossorigin href="./static/js/{esc(name)}">'
        for name in needed(page)
        if name not in text
    )
    fonts = "".join(
        f'<link rel="preload" as="font" type="font/woff2" crossorigin href="./static/{esc(name)}">'
        for name in _listed()
        if Path(name).name.startswith("MaterialSymbols-Rounded.")
    )
    body = text.replace('<script type="module"', _WHERE + _own_scripts() + '<script type="module"', 1)
    body = body.replace("</head>", fonts + links + "</head>", 1)
    # ours stands behind those that Streamlit adds to the head, and so before them where two say the same
    body = body.replace("</body>", "".join(("<style>", STYLE.read_text("utf-8"), "</style></body>")), 1)
    data = body.encode()
    return data, f'"{sha256(data).hexdigest()[:20]}"'


def has_shell(url: str | None) -> bool:
    """Whether the page at this address came with our style; at an address that is none of ours Streamlit draws one."""
    page = "" if url is None else urlsplit(url).path.rpartition("/")[2]
    return page in PAGES and _shell(page) is not None


def _own_scripts() -> str:
    names = json.dumps(sorted(PAGES))
    texts = "".join(path.read_text("utf-8") for path in _SCRIPTS)
    return "".join(("<script>", texts.replace("PAGES)", f"{names})", 1), "</script>"))


def needed(page: str) -> list[str]:
    """The scripts of a page's elements with all that these import, as Streamlit's build has named them."""
    scripts = {Path(name).name: path for name, path in _listed().items() if name.startswith("js/")}
    wanted = (*_EVERYWHERE, *_ELEMENTS.get(page, ()))
    open_ones = [name for name in scripts if name.split(".")[0] in wanted and name.count(".") == 2]
    found: dict[str, None] = {}
    while open_ones:
        name = open_ones.pop()
        if name in scripts and name not in found:
            found[name] = None
            open_ones.extend(_IMPORTED.findall(scripts[name].read_text("utf-8")))
    return list(found)


def warm_assets() -> None:
    """Read everything before the first visitor comes."""
    for page in PAGES:
        _shell(page)
    for page in _ELEMENTS:
        for name in needed(page):
            asset(f"js/{name}")
