"""`catalog-sync demo store|services|change`: the counterparts of a sync, on this machine."""

from __future__ import annotations

import http.client
import json
import sys
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from syncengine.errors import SettingsError, SourceAnswerError, SourceRefusedError, SourceUnreachableError

demo_app = typer.Typer(
    name="demo",
    help="A Commerce store and Commerce services on this machine, to try everything without a real one.",
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_EDITS = ("price", "rename", "delete", "add", "sku_rename", "move")


@demo_app.callback(invoke_without_command=True)
def everything(context: typer.Context) -> None:
    """Run it all on this machine: demo store and services where nothing real is configured, first sync, engine, app.

    Example: catalog-sync demo
    """
    if context.invoked_subcommand is None:
        from syncengine.cli.engine import run_everything

        run_everything()


@demo_app.command("store")
def store(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one")] = 8601,
    token: Annotated[str, typer.Option(help="the Bearer token that requests must carry")] = "demo-token",  # noqa: S107
    products: Annotated[int, typer.Option(min=1, help="size of the generated catalog")] = 600,
    seed: Annotated[int, typer.Option(help="another seed is another catalog")] = 7,
    catalog: Annotated[Path | None, typer.Option(help="a directory of records instead")] = None,
    latency_ms: Annotated[int, typer.Option(min=0, help="wait before every answer")] = 0,
    fault: Annotated[list[str] | None, typer.Option(help="NAME[=RATE], may be repeated")] = None,
    state: Annotated[Path | None, typer.Option(help="keep the store in this file")] = None,
) -> None:
    """Serve a Commerce store's REST API on 127.0.0.1 until stopped.

    Example: catalog-sync demo store --products 5000 --fault status-503=0.1
    """
    from syncengine.demo.store.faults import FaultError, parse_fault
    from syncengine.demo.store.loading import RecordsError
    from syncengine.demo.store.server import StoreOptions, serve

    try:
        faults = tuple(parse_fault(text) for text in fault or ())
        serve(
            StoreOptions(
                port=port,
                token=token,
                products=products,
                seed=seed,
                catalog=catalog,
                latency_ms=latency_ms,
                faults=faults,
                state=state,
            )
        )
    except (FaultError, RecordsError) as error:
        raise SettingsError(str(error), hint="See `catalog-sync demo store --help`.") from None
    except OSError as error:
        raise SettingsError(
            f"The demo store cannot listen on port {port}: {error.strerror}.",
            hint="Choose another with `--port`, or `--port 0` for a free one.",
        ) from None


@demo_app.command("services")
def services(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one")] = 8602,
    api_key: Annotated[str, typer.Option(help="the key that requests must carry")] = "demo-key",
    environment_id: Annotated[str, typer.Option(help="the environment that requests must name")] = "demo-env",
    fault: Annotated[list[str] | None, typer.Option(help="NAME[=RATE], may be repeated")] = None,
    rate: Annotated[float | None, typer.Option(help="requests a second, then 429")] = None,
    state: Annotated[Path | None, typer.Option(help="keep what is received in this file")] = None,
) -> None:
    """Serve the feed ingestion API on 127.0.0.1 until stopped.

    Example: catalog-sync demo services --rate 5
    """
    from syncengine.demo.services.server import main

    arguments = ["--port", str(port), f"--api-key={api_key}", f"--environment-id={environment_id}"]
    arguments += [f"--fault={text}" for text in fault or ()]
    if rate is not None:
        arguments.append(f"--rate={rate}")
    if state is not None:
        arguments.append(f"--state={state}")
    main(arguments)


@demo_app.command("change")
def change(
    store_address: Annotated[str, typer.Option("--store", help="the store's address")] = "http://127.0.0.1:8601",
    token: Annotated[str, typer.Option(help="the store's token")] = "demo-token",  # noqa: S107
    price: Annotated[int, typer.Option(min=0, help="products that get a new price")] = 0,
    rename: Annotated[int, typer.Option(min=0, help="products that get a new name")] = 0,
    delete: Annotated[int, typer.Option(min=0, help="products to delete")] = 0,
    add: Annotated[int, typer.Option(min=0, help="new products")] = 0,
    sku_rename: Annotated[int, typer.Option(min=0, help="products that get a new SKU")] = 0,
    move: Annotated[int, typer.Option(min=0, help="products to put into another category")] = 0,
    seed: Annotated[int, typer.Option(help="another seed takes other products")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON value on stdout")] = False,
) -> None:
    """Edit the running demo store as a merchant would, and say which SKUs were touched.

    Example: catalog-sync demo change --price 5 --delete 1 --json
    """
    counts = (price, rename, delete, add, sku_rename, move)
    asked = dict(zip(_EDITS, counts, strict=True)) | {"seed": seed}
    touched = request_change(store_address, token, asked)
    if as_json:
        sys.stdout.write(json.dumps(touched, ensure_ascii=False) + "\n")
        return
    for kind in _EDITS:
        names = [" -> ".join(one) if isinstance(one, list) else one for one in touched[kind]]
        if names:
            sys.stdout.write(f"{kind.replace('_', '-')}: {', '.join(names)}\n")
    if not any(touched[kind] for kind in _EDITS):
        sys.stdout.write("Nothing changed: name how many of which edit, for example `--price 5`.\n")


def request_change(address: str, token: str, asked: dict[str, int]) -> dict[str, list[Any]]:
    """What the store at `address` (with or without /rest) touched.

    Raises: SourceUnreachableError, SourceRefusedError, SourceAnswerError.
    """
    parts = urlsplit(address if "//" in address else f"http://{address}")
    connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port or 80, timeout=120)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        connection.request("POST", "/demo/change", json.dumps(asked), headers)
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException):
        raise SourceUnreachableError(
            f"No demo store answers at `{parts.hostname}:{parts.port}`.",
            hint="Start one with `catalog-sync demo store`.",
        ) from None
    finally:
        connection.close()
    if answer.status == 401:
        raise SourceRefusedError("The demo store refused the token.", hint="Give its token with `--token`.")
    if answer.status != 200:
        raise SourceAnswerError(
            f"The store at `{parts.hostname}:{parts.port}` answered {answer.status} to a change.",
            hint="Only a demo store can be changed this way.",
        )
    touched: dict[str, list[Any]] = json.loads(body)
    return touched
