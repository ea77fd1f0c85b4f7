"""A catalog in which every field of every feed has a record of its own to be changed, and those changes."""

from .offers import add_prices, add_stock, add_variants
from .permissions import add_overrides, add_permissions
from .products import add_products
from .structure import add_attributes, add_categories, add_scopes
from .workshop import Workshop


def workshop() -> Workshop:
    """The catalog and its mutations."""
    shop = Workshop()
    for add in (
        add_products,
        add_attributes,
        add_categories,
        add_variants,
        add_prices,
        add_stock,
        add_scopes,
        add_permissions,
        add_overrides,
    ):
        add(shop)
    return shop
