"""Paths below /rest: store code, version, route and the permission it needs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote_plus

from syncengine.demo.store import inventory, lists, prices, products
from syncengine.demo.store.calls import Call, Result
from syncengine.demo.store.errors import cannot_be_processed, no_route
from syncengine.demo.store.state import Scope, StoreState

Handler = Callable[[Call], Result]
_VERSION = re.compile(r"^V\d+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A method and path pattern, its handler, and the resource its token must hold (None: open to all)."""

    method: str
    pattern: tuple[str, ...]
    handler: Handler
    resource: str | None

    def match(self, method: str, segments: tuple[str, ...]) -> dict[str, str] | None:
        """The path's arguments, or None when the route is another."""
        if method != self.method or len(segments) != len(self.pattern):
            return None
        arguments: dict[str, str] = {}
        for wanted, given in zip(self.pattern, segments, strict=True):
            if wanted.startswith("{"):
                arguments[wanted[1:-1]] = given
            elif wanted != given:
                return None
        return arguments


def _route(line: str, handler: Handler, resource: str | None) -> Route:
    method, path = line.split(" ")
    return Route(method=method, pattern=tuple(path.strip("/").split("/")), handler=handler, resource=resource)


_PRODUCTS = "Magento_Catalog::products"
_ATTRIBUTES = "Magento_Catalog::attributes_attributes"
_SETS = "Magento_Catalog::sets"
_CATEGORIES = "Magento_Catalog::categories"
_PRICES = "Magento_Catalog::catalog"
_STORES = "Magento_Backend::store"
_SOURCES = "Magento_InventoryApi::source"
_STOCKS = "Magento_InventoryApi::stock"

# The first match wins, so fixed paths stand before those with an argument.
ROUTES = (
    _route("GET /products", products.list_products, _PRODUCTS),
    _route("GET /products/attributes", lists.attributes, _ATTRIBUTES),
    _route("GET /products/attributes/{code}", lists.attribute, _ATTRIBUTES),
    _route("GET /products/attributes/{code}/options", lists.attribute_options, _ATTRIBUTES),
    _route("GET /products/attribute-sets/sets/list", lists.product_attribute_sets, _SETS),
    _route("GET /products/attribute-sets/{id}/attributes", lists.set_attributes, _SETS),
    _route("GET /eav/attribute-sets/list", lists.all_attribute_sets, _SETS),
    _route("POST /products/base-prices-information", prices.base_prices, _PRICES),
    _route("POST /products/special-price-information", prices.special_prices, _PRICES),
    _route("POST /products/tier-prices-information", prices.tier_prices, _PRICES),
    _route("POST /products/cost-information", prices.cost_prices, _PRICES),
    _route("GET /products/{sku}", products.get_product, _PRODUCTS),
    _route("GET /products/{sku}/options", products.product_options, _PRODUCTS),
    _route("GET /products/{sku}/links/{type}", products.product_links, _PRODUCTS),
    _route("GET /configurable-products/{sku}/children", products.configurable_children, _PRODUCTS),
    _route("GET /categories", lists.category_tree, _CATEGORIES),
    _route("GET /categories/list", lists.categories, _CATEGORIES),
    _route("GET /categories/{id}", lists.category, _CATEGORIES),
    _route("GET /store/websites", lists.websites, _STORES),
    _route("GET /store/storeGroups", lists.store_groups, _STORES),
    _route("GET /store/storeViews", lists.store_views, _STORES),
    _route("GET /store/storeConfigs", lists.store_configs, _STORES),
    _route("GET /customerGroups/search", lists.customer_groups, "Magento_Customer::group"),
    _route("GET /inventory/source-items", inventory.source_items, _SOURCES),
    _route("GET /inventory/sources", inventory.sources, _SOURCES),
    _route("GET /inventory/stocks", inventory.stocks, _STOCKS),
    _route("GET /inventory/stock-source-links", inventory.stock_source_links, _STOCKS),
    _route("GET /inventory/stock-resolver/website/{code}", inventory.stock_resolver, _STOCKS),
    _route("GET /inventory/dump-stock-index-data/website/{code}", inventory.stock_index_dump, _STOCKS),
    _route("GET /stockItems/{sku}", inventory.get_stock_item, "Magento_Catalog::catalog_inventory"),
    _route("GET /catalogSync/categoryPermissions", lists.category_permissions, _CATEGORIES),
    _route("POST /integration/admin/token", lists.admin_token, None),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a request goes."""

    route: Route
    scope: Scope
    arguments: dict[str, str]


def split_path(raw_path: str) -> tuple[str, ...]:
    """The decoded segments of a raw path: %2F stays inside its segment, `+` is a space, empty ones go."""
    return tuple(unquote_plus(segment) for segment in raw_path.split("/") if segment)


def find_target(state: StoreState, method: str, raw_path: str) -> Target:
    """The route of a path below /rest, and the scope its values come from.

    Raises: ApiError 400 for an unknown store code or no version, 404 for an unknown route.
    """
    segments = split_path(raw_path)[1:]
    code: str | None = None
    if segments and not _VERSION.match(segments[0]):
        code, segments = segments[0], segments[1:]
    scope = state.scope_of(code)
    if scope is None or not segments or not _VERSION.match(segments[0]):
        raise cannot_be_processed()
    if segments[0] == "V1":
        for route in ROUTES:
            arguments = route.match(method, segments[1:])
            if arguments is not None:
                return Target(route=route, scope=scope, arguments=arguments)
    raise no_route()
