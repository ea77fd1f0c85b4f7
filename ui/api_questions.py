"""What the routes of the API ask: the functions behind the commands, with the values of a request."""

from __future__ import annotations

from typing import Any

from syncengine.control.run_history import RunFilter
from syncengine.control.runs import RunStatus
from syncengine.control.schema import utc_now
from syncengine.inspection.as_of import find_moment
from syncengine.inspection.changes import changes_between
from syncengine.inspection.discrepancies import discrepancy_report
from syncengine.inspection.discrepancy_list import discrepancy_page
from syncengine.inspection.discrepancy_table import DiscrepancyQuery
from syncengine.inspection.download import Download, json_rows
from syncengine.inspection.item_search import ItemSearch, item_stories, search_items
from syncengine.inspection.products import (
    ProductFilters,
    ProductQuery,
    explain_no_match,
    product_diff,
    product_story,
    search_products,
)
from syncengine.inspection.requests import runs_to_come
from syncengine.inspection.restless import flapping_fields, hot_fields
from syncengine.inspection.run_charts import field_changes
from syncengine.inspection.run_items import RunItemsQuery, run_items
from syncengine.inspection.run_list import search_runs, timeline
from syncengine.inspection.runs import run_errors
from syncengine.inspection.scopes import Scope, store_scopes
from syncengine.inspection.takeaway import (
    discrepancies_download,
    feed_download,
    products_download,
    run_items_download,
)
from syncengine.inspection.timeline import product_timeline
from syncengine.inspection.view import CatalogView
from syncengine.inspection.why import why_product
from ui.api_route import Values, WrongParameterError

FILTERS = (
    "price_from", "price_to", "attribute", "attribute_value", "category", "reason", "run", "changed_field", "json_text",
)  # fmt: skip


def _snapshot(view: CatalogView, values: Values) -> int | None:
    return find_moment(view, values["as_of"]).snapshot_id if values.get("as_of") else None


# -- products ---------------------------------------------------------------------------------------------------------


def product_query(view: CatalogView, values: Values) -> ProductQuery:
    """The search that a request asks for."""
    sort = values["sort"]
    return ProductQuery(
        text=values["q"],
        side=values["side"],
        destination=values["destination"],
        store_views=values["store_view"],
        types=values["type"],
        visibilities=values["visibility"],
        states=values["state"],
        sort=sort.removeprefix("-"),
        descending=sort.startswith("-"),
        limit=values.get("limit", 50),
        offset=values.get("offset", 0),
        more=ProductFilters(**{name: values[name] for name in FILTERS}),
        snapshot=_snapshot(view, values),
    )


def products(view: CatalogView, values: Values) -> Any:
    """A page of products with facets; where none matches, what matches elsewhere and the nearest SKUs."""
    query = product_query(view, values)
    page = search_products(view, query)
    answer = {**page.as_json(), "facets": page.facets}
    if not page.total:
        found = explain_no_match(view, query)
        answer["no_match"] = {"elsewhere": found.elsewhere, "nearest": list(found.nearest)}
    return answer


def product(view: CatalogView, values: Values) -> Any:
    """Every feed item of a SKU."""
    return product_story(
        view, values["sku"], destination=values["destination"], snapshot=_snapshot(view, values)
    ).as_json()


def diff(view: CatalogView, values: Values) -> Any:
    """What differs between catalog and export for a SKU."""
    return product_diff(
        view, values["sku"], destination=values["destination"], snapshot=_snapshot(view, values)
    ).as_json()


def why(view: CatalogView, values: Values) -> Any:
    """The reasons of a SKU."""
    return why_product(view, values["sku"], destination=values["destination"]).as_json()


def product_history(view: CatalogView, values: Values) -> Any:
    """What was sent of a SKU."""
    return product_timeline(view, values["sku"], destination=values["destination"]).as_json()


# -- items of any feed ------------------------------------------------------------------------------------------------


def items(view: CatalogView, values: Values) -> Any:
    """A page of a feed's items with facets."""
    sort = values["sort"]
    return search_items(
        view,
        ItemSearch(
            feed=values["feed"],
            text=values["q"],
            side=values["side"],
            destination=values["destination"],
            states=values["state"],
            scopes=values["scope"],
            websites=values["website"],
            json_text=values["json_text"],
            sort=sort.removeprefix("-"),
            descending=sort.startswith("-"),
            limit=values["limit"],
            offset=values["offset"],
            snapshot=_snapshot(view, values),
        ),
    ).as_json()


def item(view: CatalogView, values: Values) -> Any:
    """One item of a feed from every side."""
    found = item_stories(
        view,
        values["feed"],
        [values["feed_id"]],
        destination=values["destination"],
        snapshot=_snapshot(view, values),
    )
    return found[0].as_json()


# -- discrepancies and changes ----------------------------------------------------------------------------------------


def discrepancies(view: CatalogView, values: Values) -> Any:
    """The whole report."""
    return discrepancy_report(
        view,
        feeds=values["feed"],
        destination=values["destination"],
        snapshot=_snapshot(view, values),
        scope=_scope(view, values),
    ).as_json()


def discrepancy_query(view: CatalogView, values: Values) -> DiscrepancyQuery:
    """The discrepancies that a request asks for."""
    feed = values["feed"]
    return DiscrepancyQuery(
        feeds=feed if isinstance(feed, tuple) else (feed,),
        destination=values["destination"],
        kinds=values["kind"],
        states=values["state"],
        reasons=values["reason"],
        ages=values["age"],
        field=values["field"],
        text=values["q"],
        waiting=values["waiting"],
        scope=_scope(view, values),
        snapshot=_snapshot(view, values),
        now=utc_now(),
    )


def discrepant_items(view: CatalogView, values: Values) -> Any:
    """A page of the items of a feed that disagree, the oldest first."""
    query = discrepancy_query(view, values)
    page = discrepancy_page(view, query, limit=values["limit"], offset=values["offset"], columns_of=values["feed"])
    return {"feed": values["feed"], "total": page.total, "items": json_rows(page.rows)}


def _scope(view: CatalogView, values: Values) -> Scope | None:
    """The scope that a request names. Raises: SettingsError when there is none of that name."""
    wanted = values["scope"]
    if wanted is None:
        return None
    known = {scope.key: scope for scope in store_scopes(view)}
    if wanted not in known:
        raise WrongParameterError(f"There is no scope `{wanted[:60]}`.", hint=f"There are: {', '.join(known)}.")
    return known[wanted]


def changes(view: CatalogView, values: Values) -> Any:
    """What changed between two moments."""
    return changes_between(
        view,
        before=values["from"],
        after=values["to"],
        side=values["side"],
        feeds=values["feed"],
        destination=values["destination"],
        limit=values["limit"],
    ).as_json()


def hot(view: CatalogView, values: Values) -> Any:
    """The fields that cause sends."""
    found = hot_fields(view, feeds=values["feed"], destination=values["destination"])
    return {"hot_fields": [one.as_json() for one in found]}


def flapping(view: CatalogView, values: Values) -> Any:
    """The fields that change and come back."""
    found = flapping_fields(view, feeds=values["feed"], destination=values["destination"])
    return {"flapping": [one.as_json() for one in found]}


# -- runs -------------------------------------------------------------------------------------------------------------


def runs(view: CatalogView, values: Values) -> Any:
    """Runs in the run shape, newest first; asked for requested or queued ones: what is to become one."""
    if values["status"] and set(values["status"]) <= {RunStatus.REQUESTED.value, RunStatus.QUEUED.value}:
        words = {RunStatus(status).shown for status in values["status"]}
        to_come = [row.as_run() for row in runs_to_come(view, limit=1_000) if row.state in words]
        return to_come[values["offset"] : values["offset"] + values["limit"]]
    wanted = RunFilter(
        statuses=tuple(RunStatus(status) for status in values["status"]),
        triggers=values["trigger"],
        feed=values["feed"],
        since=values["since"],
        until=values["until"],
        sent_something=values["sent_something"],
    )
    return search_runs(view, wanted, limit=values["limit"], offset=values["offset"]).as_json(view)["runs"]


def errors(view: CatalogView, values: Values) -> Any:
    """What went wrong in a run, by cause."""
    return [group.as_json() for group in run_errors(view, values["run_id"])]


def run_items_query(values: Values) -> RunItemsQuery:
    """The list of a run that a request asks for."""
    return RunItemsQuery(
        run_id=values["run_id"],
        which=values["list"],
        feed=values["feed"],
        destination=values["destination"],
        text=values["q"],
        cause=values["cause"],
        limit=values.get("limit", 50),
        offset=values.get("offset", 0),
    )


def items_of_run(view: CatalogView, values: Values) -> Any:
    """A page of a list of a run."""
    return run_items(view, run_items_query(values)).as_json()


def fields_of_run(view: CatalogView, values: Values) -> Any:
    """In how many updates of a run each field differed."""
    found = field_changes(view, values["run_id"], feed=values["feed"], destination=values["destination"])
    return json_rows(found)


def happenings(view: CatalogView, values: Values) -> Any:
    """Runs and what people asked for, newest first."""
    return [one.as_json() for one in timeline(view, RunFilter(since=values["since"]), limit=values["limit"])]


# -- files ------------------------------------------------------------------------------------------------------------


def products_file(view: CatalogView, values: Values) -> Download:
    """A search, whole."""
    return products_download(view, product_query(view, values))


def discrepancies_file(view: CatalogView, values: Values) -> Download:
    """The discrepancies that are asked for, whole."""
    return discrepancies_download(view, discrepancy_query(view, values))


def items_file(view: CatalogView, values: Values) -> Download:
    """The items of a feed that are asked for, whole."""
    return feed_download(
        view,
        values["feed"],
        side=values["side"],
        destination=values["destination"],
        snapshot=_snapshot(view, values),
        text=values["q"],
        states=values["state"],
        scopes=values["scope"],
        websites=values["website"],
    )


def run_items_file(view: CatalogView, values: Values) -> Download:
    """A list of a run, whole."""
    return run_items_download(view, run_items_query(values))
