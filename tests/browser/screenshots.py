"""Pictures of every page, for the README: `python -m tests.browser.screenshots OUT_DIR`.

The demo store's generated catalog is synced into a temporary directory by `catalog-sync`, changed as a merchant would
change it, and synced again with its deletes held, so that the pictures show what the program really made.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from syncengine.demo.embedded import embedded_demo
from syncengine.settings import DemoSettings, Settings
from tests.browser.serving import CHROMIUM_FLAGS, app_server, chromium

SIZE, PHONE = {"width": 1440, "height": 960}, {"width": 390, "height": 844}
COLOURS = 256  # more than these pages have but for the blends of letters: a third of the bytes


def main() -> None:
    """Make the data, serve the app, take the pictures."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screenshots", description=main.__doc__)
    parser.add_argument("out", type=Path, help="where the pictures go")
    parser.add_argument("--products", type=int, default=300, help="size of the generated catalog")
    options = parser.parse_args()
    executable = chromium()
    if executable is None:
        sys.exit("no Chromium is installed")
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="catalog-sync-pictures-") as name, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        take_all(browser, Path(name), options.out, products=options.products)
        browser.close()


def take_all(browser: Browser, directory: Path, out: Path, *, products: int) -> None:
    """Two syncs with a merchant's changes between them, their pictures; then a held one, and a product that differs."""
    environment = {"CATALOG_SYNC_DATA_DIR": str(directory / "data")}
    settings = Settings(
        data_dir=directory / "data", demo=DemoSettings(products=products, store_port=0, services_port=0)
    )
    with embedded_demo(settings) as demo, app_server(environment, directory=directory) as address:
        connected = {
            **environment,
            "CATALOG_SYNC_SOURCE__URL": demo.store_url,
            "CATALOG_SYNC_SOURCE__TOKEN": demo.store_token,
            "CATALOG_SYNC_DESTINATION__URL": demo.services_url,
            "CATALOG_SYNC_DESTINATION__API_KEY": demo.api_key,
            "CATALOG_SYNC_DESTINATION__ENVIRONMENT_ID": demo.environment_id,
            "CATALOG_SYNC_DESTINATION__DATA_SPACE_ID": "demo",
            "CATALOG_SYNC_DESTINATION__KNOWN_AS": "demo",
        }
        change = ["demo", "change", "--store", demo.store_url.removesuffix("/rest"), "--token", demo.store_token]
        take(browser, address, {"first-run": "/"}, out)
        command(["sync"], connected)
        command([*change, "--price", "7", "--add", "2"], connected)
        command(["sync"], connected)
        take(browser, address, {"status": "/", "synced-products": "/products", "runs": "/runs"}, out)
        take(browser, address, {"settings": "/settings"}, out)
        touched = command([*change, "--rename", "6", "--delete", "1", "--json"], connected)
        guard = {"CATALOG_SYNC_GUARD__DELETE_PERCENT": "0", "CATALOG_SYNC_GUARD__DELETE_ITEMS": "0"}
        command(["sync"], {**connected, **guard})
        sku = plain_product(json.loads(touched)["rename"], connected)
        product = f"/product?sku={quote(sku)}"
        pictures = {
            "held": "/",
            "product-diff": product,
            "product-history": f"{product}&tab=History",
            "discrepancies": "/discrepancies",
            "discrepancy": "/discrepancies?field=products:name",
            "hot-fields": "/discrepancies?tab=Hot+fields",
            "comparison": "/compare",
            "run-detail": f"/run?run={newest_run(connected)}",
            "categories": "/products?feed=categories&side=catalog",
        }
        take(browser, address, pictures, out)


def newest_run(environment: dict[str, str]) -> str:
    """The id of the run that ended last."""
    return str(json.loads(command(["runs", "list", "--json"], environment))[0]["run_id"])


def plain_product(skus: list[str], environment: dict[str, str]) -> str:
    """The first of these SKUs with a name that every machine has the letters for."""
    for sku in skus:
        found = json.loads(command(["products", "search", sku, "--catalog", "--json"], environment))
        if found["items"] and all((item["name"] or "").isascii() for item in found["items"]):
            return sku
    return skus[0]


def command(arguments: list[str], environment: dict[str, str]) -> str:
    """What a `catalog-sync` command prints; a held run (6) and rejected items (3) are no failure here."""
    plain = {key: value for key, value in os.environ.items() if not key.startswith("CATALOG_SYNC_")}
    done = subprocess.run(
        [sys.executable, "-m", "syncengine.cli", *arguments],
        env={**plain, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 3, 6):
        sys.exit(f"catalog-sync {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def take(browser: Browser, address: str, paths: dict[str, str], out: Path) -> None:
    """These pages, in both themes, and as a phone shows them."""
    for scheme, size, kind in (("light", SIZE, "light"), ("dark", SIZE, "dark"), ("light", PHONE, "phone")):
        page = browser.new_page(viewport=size, color_scheme=scheme, device_scale_factor=1.5)  # type: ignore[arg-type]
        for name, path in paths.items():
            page.goto(address + path)
            page.wait_for_selector("h1", timeout=60_000)
            page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=60_000)
            page.wait_for_timeout(1_500)  # fonts and pictures come a little after their page
            save(page.screenshot(), out / f"{name}-{kind}.png")
        page.close()


def save(picture: bytes, path: Path) -> None:
    """A picture, small enough for a README."""
    with Image.open(io.BytesIO(picture)) as image:
        few = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(path, optimize=True)


if __name__ == "__main__":
    main()
