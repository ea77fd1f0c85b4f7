"""`catalog-sync products search|show`: products as people look for them, and one with all its feed items."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from syncengine.cli.common import JsonFlag, current_settings, print_json
from syncengine.cli.files import OutputOption, write_download
from syncengine.cli.payloads import print_story_item
from syncengine.cli.tables import print_lines, print_table
from syncengine.errors import SettingsError
from syncengine.inspection.as_of import find_moment
from syncengine.inspection.download import FORMATS
from syncengine.inspection.products import (
    SORTS,
    ProductFilters,
    ProductPage,
    ProductQuery,
    explain_no_match,
    product_story,
    search_products,
)
from syncengine.inspection.reasons import Reason
from syncengine.inspection.states import STATES
from syncengine.inspection.takeaway import products_download
from syncengine.inspection.view import CatalogView

products_app = typer.Typer(
    name="products",
    help="Search products, and see what the catalog says of one beside what was exported.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

DestinationOption = Annotated[str | None, typer.Option("--destination", help="at this destination")]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", help="as it was then: a time, a run id, `last`, `previous`, a snapshot number")
]


@products_app.command("search")
def search(
    text: Annotated[
        str, typer.Argument(metavar="Q", help="part of name, SKU or ID; after `--` it may begin with -")
    ] = "",
    catalog: Annotated[bool, typer.Option("--catalog", help="the store catalog, synced or not")] = False,
    limit: Annotated[int, typer.Option("--limit", help="how many")] = 50,
    offset: Annotated[int, typer.Option("--offset", help="after how many")] = 0,
    sort: Annotated[str, typer.Option("--sort", help=f"{', '.join(SORTS)}; with - before it, the other way")] = "",
    store_view: Annotated[str | None, typer.Option("--store-view", help="this store view only")] = None,
    kind: Annotated[list[str] | None, typer.Option("--type", help="simple, configurable …; may be repeated")] = None,
    visibility: Annotated[list[str] | None, typer.Option("--visibility", help="in words; may be repeated")] = None,
    state: Annotated[list[str] | None, typer.Option("--state", help=f"{', '.join(STATES)}; may be repeated")] = None,
    price: Annotated[str | None, typer.Option("--price", help="a range: 10-20, 10- or -20")] = None,
    attribute: Annotated[str | None, typer.Option("--attribute", help="code, or code=value")] = None,
    category: Annotated[str | None, typer.Option("--category", help="a category's path, and what is below it")] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="a code of `why`")] = None,
    run: Annotated[str | None, typer.Option("--run", help="sent in this run")] = None,
    changed_field: Annotated[str | None, typer.Option("--changed-field", help="a sent update changed it")] = None,
    json_text: Annotated[str | None, typer.Option("--json-text", help="anywhere in the product's JSON")] = None,
    destination: DestinationOption = None,
    as_of: AsOfOption = None,
    file_format: Annotated[
        str | None, typer.Option("--format", help=f"all of it as a file: {', '.join(FORMATS)}")
    ] = None,
    to: OutputOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Search synced products, or with --catalog the whole store catalog.

    Example: catalog-sync products search "yoga pants" --sort -price
    """
    view = CatalogView(current_settings())
    name = sort.removeprefix("-") or "last_exported"
    query = ProductQuery(
        text=text,
        side="catalog" if catalog else "synced",
        destination=destination,
        store_view=store_view,
        sort=name,
        # times are sorted newest first, everything else from A; a minus turns it round
        descending=name.startswith("last_") != sort.startswith("-") if sort else True,
        limit=limit,
        offset=offset,
        types=tuple(kind or ()),
        visibilities=tuple(visibility or ()),
        states=tuple(state or ()),
        snapshot=find_moment(view, as_of).snapshot_id if as_of else None,
        more=_filters(price, attribute, category, reason, run, changed_field, json_text),
    )
    if file_format is not None:
        write_download(products_download(view, query), file_format, to)
        return
    page = search_products(view, query)
    if as_json:
        print_json({**page.as_json(), "facets": page.facets})
        return
    _print_page(page, offset)
    if not page.total:
        _print_no_match(view, query)


def _filters(
    price: str | None,
    attribute: str | None,
    category: str | None,
    reason: str | None,
    run: str | None,
    changed_field: str | None,
    json_text: str | None,
) -> ProductFilters:
    """The conditions that the options stand for. Raises: SettingsError for a range or a reason there is not."""
    code, has_value, value = (attribute or "").partition("=")
    price_from, price_to = _price_range(price)
    return ProductFilters(
        price_from=price_from,
        price_to=price_to,
        attribute=code or None,
        attribute_value=value if has_value else None,
        category=category,
        reason=_reason(reason),
        run=run,
        changed_field=changed_field,
        json_text=json_text,
    )


def _print_page(page: ProductPage, offset: int) -> None:
    print_table(
        ("ID", "Name", "Type", "Last Exported", "Last Modified", "SKU", "Price", "Visibility", "Store view", "State"),
        [
            (str(row["id"]), row["name"], row["type"], row["last_exported"] or "Never", row["last_modified"],
             row["sku"], None if row["price"] is None else f"{row['price']:,.2f} {row['currency'] or ''}".strip(),
             row["visibility"], row["store_view"], row["state"])
            for row in page.rows.iter_rows(named=True)
        ],
        numbers=("ID", "Price"),
    )  # fmt: skip
    if not page.total:
        return
    print_lines(f"{min(offset + 1, page.total):,}-{min(offset + len(page.rows), page.total):,} of {page.total:,}")
    for name, counts in page.facets.items():
        print_lines(f"{name}: " + ", ".join(f"{value} {rows:,}" for value, rows in counts.items()))


def _price_range(text: str | None) -> tuple[Decimal | None, Decimal | None]:
    """`10-20`, `10-` or `-20`. Raises: SettingsError for anything else."""
    if text is None:
        return None, None
    low, dash, high = text.partition("-")
    try:
        if not dash or not (low or high):
            raise InvalidOperation
        return Decimal(low) if low else None, Decimal(high) if high else None
    except InvalidOperation:
        raise SettingsError(f"`{text}` is no price range.", hint="Write 10-20, 10- or -20.") from None


def _reason(code: str | None) -> str | None:
    """The code, if it is one of the closed list. Raises: SettingsError listing them."""
    if code is not None and code not in list(Reason):
        raise SettingsError(f"There is no reason `{code}`.", hint=f"There are: {', '.join(Reason)}.")
    return code


def _print_no_match(view: CatalogView, query: ProductQuery) -> None:
    found = explain_no_match(view, query)
    where = "In the store catalog" if query.side == "synced" else "Among the synced products"
    print_lines(f"No product matches `{query.text}`." if query.text else "No product matches.")
    if found.elsewhere:
        print_lines(f"{where} {'is 1' if found.elsewhere == 1 else f'are {found.elsewhere:,}'}.")
    if found.nearest:
        print_lines(f"Nearest SKUs: {', '.join(found.nearest)}")


@products_app.command("show")
def show(
    sku: Annotated[str, typer.Argument(metavar="SKU", help="after `--` it may begin with -")],
    destination: DestinationOption = None,
    as_of: AsOfOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Show every feed item of a SKU: what the catalog says, and what was exported.

    Example: catalog-sync products show 24-MB01
    """
    view = CatalogView(current_settings())
    snapshot = find_moment(view, as_of).snapshot_id if as_of else None
    story = product_story(view, sku, destination=destination, snapshot=snapshot)
    if as_json:
        print_json(story.as_json())
        return
    print_lines(story.sku)
    print_table(
        ("Feed", "Scope", "State", "Last Exported"),
        [(item.feed, item.scope, item.state, item.last_exported_at or "Never") for item in story.items],
    )
    for record in story.set_aside:
        print_lines(f"Set aside: {record.feed} {record.scope or ''} {record.code}: {record.message}")
    for item in story.items:
        print_story_item(item)
