"""A small shop whose catalog is synced by the real pipeline: what the pages are shown in these tests."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from syncengine.control.engine import ENGINE, beat, release_engine, take_engine
from syncengine.control.runs import Run, Step, begin_run, set_progress, set_step
from syncengine.control.schema import utc_now
from syncengine.control.store import ControlStore, open_control_store
from syncengine.engine import open_workshop
from syncengine.pipeline import SyncOptions, run_sync
from syncengine.progress import SilentObserver
from syncengine.settings import DestinationSettings, GuardSettings, Settings, SourceSettings

# what a page must show as it is, and never as markup, a picture, a link, a formula or another direction
HOSTILE_NAME = (
    '<img src="http://198.51.100.7/p.png" onerror="alert(1)"> ![p](http://198.51.100.7/p.png) **b** :red[r] $x^2$'
)
FORMULA_NAME = '=HYPERLINK("http://198.51.100.7","x")'
RTL_NAME = "\u202e\u062a\u0645\u0631 abc"
LONG_NAME = "long " * 1_000
HOSTILE_NAMES = (HOSTILE_NAME, FORMULA_NAME, RTL_NAME, LONG_NAME)
OpenPage = Callable[..., AppTest]


class Shop:
    """Records on disk, a folder as destination, and a data directory, all below one directory."""

    def __init__(self, directory: Path, products: int = 6, *, more_views: tuple[str, ...] = ()) -> None:
        self.directory, self.more_views = directory, more_views
        self.products = {product["sku"]: product for product in map(_product, range(1, products + 1))}
        self.categories: list[dict[str, Any]] = []

    def settings(self, **more: Any) -> Settings:
        """The settings of this shop."""
        return Settings(
            data_dir=self.directory / "data",
            source=SourceSettings(kind="files", path=self.directory / "records"),
            destination=DestinationSettings(kind="folder", path=self.directory / "sent", known_as="test"),
            **more,
        )

    @property
    def environment(self) -> dict[str, str]:
        """The same settings in the form of the environment."""
        return {
            "CATALOG_SYNC_DATA_DIR": str(self.directory / "data"),
            "CATALOG_SYNC_SOURCE__KIND": "files",
            "CATALOG_SYNC_SOURCE__PATH": str(self.directory / "records"),
            "CATALOG_SYNC_DESTINATION__KIND": "folder",
            "CATALOG_SYNC_DESTINATION__PATH": str(self.directory / "sent"),
            "CATALOG_SYNC_DESTINATION__KNOWN_AS": "test",
        }

    def sync(self, *, settings: Settings | None = None, **options: Any) -> Run:
        """Write the records and run one sync."""
        self.write_records()
        with open_workshop(
            settings or self.settings(), SilentObserver(), kind="command", should_stop=lambda: False
        ) as shop:
            return run_sync(shop, SyncOptions(**options))

    def hold_changes(self, **options: Any) -> Run:
        """A sync whose deletes are held for review: the catalog is new, nothing of it was sent."""
        self.products.popitem()
        return self.sync(settings=self.settings(guard=GuardSettings(delete_percent=0, delete_items=0)), **options)

    @contextmanager
    def sync_in_progress(self) -> Iterator[str]:
        """A run that this process is in the middle of."""
        store = open_control_store(self.directory / "data")
        try:
            with store.write() as connection:
                take_engine(connection, pid=os.getpid(), host=socket.gethostname(), kind="command")
                run = begin_run(
                    connection, trigger="cli", mode="changes", dry_run=False, requested_by="test", feeds=("products",)
                )
                set_step(connection, run.run_id, Step.EXPORT)
                set_progress(
                    connection,
                    run.run_id,
                    {
                        "step": "export",
                        "subject": "products",
                        "done": 40,
                        "total": 120,
                        "rate": 4.0,
                        "seconds_left": 20.0,
                    },
                )
            yield run.run_id
        finally:
            store.close()

    def write_records(self) -> None:
        """The catalog as a directory of records."""
        place = self.directory / "records"
        place.mkdir(parents=True, exist_ok=True)
        scopes = _scopes_with(self.more_views)
        for entity, records in {
            **scopes,
            "categories": self.categories,
            "products": list(self.products.values()),
        }.items():
            lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
            (place / f"{entity}.jsonl").write_text(lines, "utf-8")
        prices = [{"price": p["price"], "store_id": 0, "sku": p["sku"]} for p in self.products.values() if "price" in p]
        (place / "base_prices.jsonl").write_text("".join(json.dumps(price) + "\n" for price in prices), "utf-8")


@contextmanager
def engine_running(shop: Shop) -> Iterator[ControlStore]:
    """An engine that says it is there, and when its next window is."""
    store = open_control_store(shop.directory / "data")
    try:
        with store.write() as connection:
            take_engine(connection, pid=os.getpid(), host=socket.gethostname(), kind="engine")
            beat(connection, next_sync_at=utc_now() + timedelta(minutes=23))
        yield store
    finally:
        store.close()


def copy_of(shop: Shop, place: Path) -> Shop:
    """The same shop in another place, to go on with."""
    shutil.copytree(shop.directory, place, dirs_exist_ok=True)
    copy = Shop(place, products=0, more_views=shop.more_views)
    copy.products = {sku: dict(product) for sku, product in shop.products.items()}
    return copy


def opened(app: AppTest, key: str) -> AppTest:
    """The page after a click on the popover of that key."""
    app.session_state[key] = True
    return app.run()


@contextmanager
def engine_of(shop: Shop, *, silent_seconds: float = 0) -> Iterator[None]:
    """This process is the shop's engine, last heard of so many seconds ago."""
    store = open_control_store(shop.directory / "data")
    try:
        with store.write() as connection:
            take_engine(connection, pid=os.getpid(), host=socket.gethostname(), kind="engine")
            beat(connection, next_sync_at=utc_now() + timedelta(minutes=23))
            at = utc_now() - timedelta(seconds=silent_seconds)
            connection.execute(update(ENGINE).values(heartbeat_at=at))
        yield
        with store.write() as connection:
            release_engine(connection)
    finally:
        store.close()


def html_of(app: AppTest) -> str:
    """All HTML of ours on the page."""
    bodies = (element.proto.body for element in app.get("html"))
    return "\n".join(body for body in bodies if not body.startswith("<style"))


def table_of(app: AppTest, heading: str) -> list[dict[str, str]]:
    """The rows of our own table that begins with that heading, after the ticks if it has some, as text."""
    return next((rows for names, rows in _tables(app) if next(filter(None, names), "") == heading), [])


def tables_of(app: AppTest) -> list[dict[str, str]]:
    """The rows of all our own tables."""
    return [row for _, rows in _tables(app) for row in rows]


def _tables(app: AppTest) -> Iterator[tuple[list[str], list[dict[str, str]]]]:
    for table in re.findall(r"<table.*?</table>", html_of(app), re.DOTALL):
        rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in table.split("<tr>")[1:]]
        names, *cells = [[_text_of(cell) for cell in row] for row in rows]
        yield names, [dict(zip(names, row, strict=True)) for row in cells]


def _text_of(cell: str) -> str:
    shown = re.sub(r'<span class="cs-tip".*?</span>|<i aria-hidden.*?</i>', "", cell)
    return html.unescape(re.sub(r"<[^>]+>", "", shown)).strip()


_NAMES = ("Anchor Mug", "Birch Tray", "Cedar Bowl", "Dune Lamp", "Ember Candle", "Fjord Blanket")


def _product(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "sku": f"SKU-{number:03}",
        "name": _NAMES[(number - 1) % len(_NAMES)] + ("" if number <= len(_NAMES) else f" {number}"),
        "attribute_set_id": 4,
        "price": 10 + number,
        "status": 1,
        "visibility": 4,
        "type_id": "simple",
        "created_at": "2026-01-12 08:00:01",
        "updated_at": "2026-01-12 08:00:01",
        "weight": 1.5,
        "extension_attributes": {"website_ids": [1], "category_links": []},
        "product_links": [],
        "options": [],
        "media_gallery_entries": [],
        "tier_prices": [],
        "custom_attributes": [{"attribute_code": "description", "value": f"<p>Description {number}</p>"}],
    }


def _attribute(number: int, code: str, label: str) -> dict[str, Any]:
    return {
        "attribute_id": number,
        "attribute_code": code,
        "default_frontend_label": label,
        "frontend_input": "text",
        "backend_type": "varchar",
        "scope": "store",
        "is_required": False,
        "is_user_defined": False,
        "is_visible": True,
        "options": [],
        "frontend_labels": [],
    }


_SCOPES: dict[str, list[dict[str, Any]]] = {
    "websites": [
        {"id": 0, "code": "admin", "name": "Admin", "default_group_id": 0},
        {"id": 1, "code": "base", "name": "Main Website", "default_group_id": 1},
    ],
    "store_groups": [
        {"id": 0, "website_id": 0, "root_category_id": 0, "default_store_id": 0, "name": "Default", "code": "default"},
        {"id": 1, "website_id": 1, "root_category_id": 2, "default_store_id": 1, "name": "Main", "code": "main"},
    ],
    "store_views": [
        {"id": 0, "code": "admin", "name": "Admin", "website_id": 0, "store_group_id": 0, "is_active": 1},
        {"id": 1, "code": "default", "name": "English", "website_id": 1, "store_group_id": 1, "is_active": 1},
    ],
    "store_configs": [
        {
            "id": 1,
            "code": "default",
            "website_id": 1,
            "locale": "en_US",
            "base_currency_code": "EUR",
            "default_display_currency_code": "EUR",
            "timezone": "Europe/Berlin",
            "weight_unit": "kgs",
            "base_url": "https://shop.example/",
            "base_media_url": "https://shop.example/media/",
            "secure_base_url": "https://shop.example/",
            "secure_base_media_url": "https://shop.example/media/",
        }
    ],
    "customer_groups": [{"id": 0, "code": "NOT LOGGED IN", "tax_class_id": 3, "tax_class_name": "Retail Customer"}],
    "attribute_sets": [{"attribute_set_id": 4, "attribute_set_name": "Default", "sort_order": 1, "entity_type_id": 4}],
    "attributes": [_attribute(73, "name", "Product Name"), _attribute(75, "description", "Description")],
    "categories": [],
}


def _scopes_with(views: tuple[str, ...]) -> dict[str, list[dict[str, Any]]]:
    """The scopes, with further store views of the website."""
    found = dict(_SCOPES)
    for name in ("store_views", "store_configs"):
        last = _SCOPES[name][-1]
        more = [{**last, "id": 2 + place, "code": view} for place, view in enumerate(views)]
        found[name] = [*_SCOPES[name], *more]
    return found
