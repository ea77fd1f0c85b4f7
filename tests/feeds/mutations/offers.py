"""A change of each field of variants, prices and inventoryStockStatus."""

from __future__ import annotations

from .workshop import (
    NOTHING,
    STOCK_ITEM,
    Edit,
    Workshop,
    at,
    both,
    custom,
    extension,
    family,
    gone,
    group_code,
    price_item,
    product_item,
    values,
)


def add_variants(shop: Workshop) -> None:
    for field in ("id", "productSku"):
        parent, child, _ = family(shop, f"variants.{field}")
        sku, new = child["sku"], f"{child['sku']}.new"
        change = both(at("products", values(sku=new), sku=sku), at("stock_index", values(sku=new), sku=sku))
        follow = {of(name) for of in (product_item, price_item) for name in (sku, new)} | {product_item(parent["sku"])}
        own, becomes = (parent["sku"], sku), (parent["sku"], new)
        shop.mutate("variants", field, change, own, "id", "productSku", becomes=becomes, others=follow)
    parent, child, _ = family(shop, "variants.parentSku")
    sku, new = parent["sku"], f"{parent['sku']}.new"
    change = both(at("products", values(sku=new), sku=sku), at("stock_index", values(sku=new), sku=sku))
    follow = {product_item(name) for name in (sku, new, child["sku"])} | {price_item(child["sku"])}
    own, becomes = (sku, child["sku"]), (new, child["sku"])
    shop.mutate("variants", "parentSku", change, own, "id", "parentSku", becomes=becomes, others=follow)
    parent, child, _ = family(shop, "variants.parentId")
    change = at("products", values(id=shop.number()), sku=parent["sku"])
    shop.mutate("variants", "parentId", change, (parent["sku"], child["sku"]), others={product_item(parent["sku"])})
    parent, child, _ = family(shop, "variants.productId")
    new_id = shop.number()
    change = both(
        at("products", values(id=new_id), sku=child["sku"]),
        at("products", extension(configurable_product_links=[new_id]), sku=parent["sku"]),
    )
    own = {product_item(child["sku"]), price_item(child["sku"])}
    shop.mutate("variants", "productId", change, (parent["sku"], child["sku"]), others=own)
    parent, child, _ = family(shop, "variants.optionValues")
    change = at("products", custom("color", "42"), sku=child["sku"])
    follow = {product_item(child["sku"])}
    shop.mutate("variants", "optionValues", change, (parent["sku"], child["sku"]), others=follow)
    parent, child, other = family(shop, "variants.deleted")
    change = at("products", extension(configurable_product_links=[other["id"]]), sku=parent["sku"])
    follow = {of(name["sku"]) for of in (product_item, price_item) for name in (child, other)}
    follow |= {product_item(parent["sku"]), ("variants", (parent["sku"], other["sku"]))}
    shop.mutate("variants", "deleted", change, (parent["sku"], child["sku"]), others=follow)
    parent, child, _ = family(shop, "variants.modifiedAt")
    change = at("products", values(updated_at="2026-03-01 00:00:00"), sku=child["sku"])
    shop.mutate("variants", "modifiedAt", change, (parent["sku"], child["sku"]))


def add_prices(shop: Workshop) -> None:
    sku, new = shop.product("prices.sku")["sku"], "prices.sku.new"
    change = both(at("stock_index", values(sku=new), sku=sku), at("products", values(sku=new), sku=sku))
    follow = {product_item(sku), product_item(new)}
    shop.mutate("prices", "sku", change, (sku, "0", "base"), becomes=(new, "0", "base"), others=follow)
    edits: dict[str, tuple[Edit, bool]] = {
        "productId": (values(id=shop.number()), True),
        "type": (values(type_id="downloadable"), True),
        "regular": (values(price=11), False),
        "discounts": (custom("special_price", "8"), False),
        "updatedAt": (values(updated_at="2026-03-01 00:00:00"), False),
    }
    for field, (edit, changes_product) in edits.items():
        sku = shop.product(f"prices.{field}")["sku"]
        follow = {product_item(sku)} if changes_product else NOTHING
        shop.mutate("prices", field, at("products", edit, sku=sku), (sku, "0", "base"), others=follow)
    parent, child, other = family(shop, "prices.parents")
    change = at("products", extension(configurable_product_links=[child["id"], other["id"]]), sku=parent["sku"])
    follow = {product_item(parent["sku"]), product_item(other["sku"]), ("variants", (parent["sku"], other["sku"]))}
    shop.mutate("prices", "parents", change, (other["sku"], "0", "base"), others=follow)
    for field, edit in {"tierPrices": values(price=8), "customerGroupCode": values(customer_group="Group 2")}.items():
        sku = shop.product(f"prices.{field}")["sku"]
        tier = {"sku": sku, "price": 9, "price_type": "fixed", "website_id": 0, "quantity": 5}
        shop.records["tier_prices"][""].append({**tier, "customer_group": "Group 1"})
        after = (sku, group_code(2 if field == "customerGroupCode" else 1), "base")
        change = at("tier_prices", edit, sku=sku)
        shop.mutate("prices", field, change, (sku, group_code(1), "base"), becomes=after)
    sku = shop.product("prices.deleted")["sku"]
    shop.mutate("prices", "deleted", gone("products", sku=sku), (sku, "0", "base"), others={product_item(sku)})


def add_stock(shop: Workshop) -> None:
    def stocked(field: str) -> str:
        sku = shop.product(f"stock.{field}", extension={"stock_item": dict(STOCK_ITEM)})["sku"]
        shop.records["source_items"][""].append({"sku": sku, "source_code": "default", "quantity": 5, "status": 1})
        return str(sku)

    feed = "inventoryStockStatus"
    sku, new = stocked("sku"), "stock.sku.new"
    change = both(*(at(name, values(sku=new), sku=sku) for name in ("products", "stock_index", "source_items")))
    follow = {of(name) for of in (product_item, price_item) for name in (sku, new)}
    shop.mutate(feed, "sku", change, ("1", sku), becomes=("1", new), others=follow)
    sku = stocked("productId")
    change = at("products", values(id=shop.number()), sku=sku)
    shop.mutate(feed, "productId", change, ("1", sku), others={product_item(sku), price_item(sku)})
    for field in ("qty", "qtyForSale"):
        sku = stocked(field)
        change = at("stock_index", values(qty=6), sku=sku)
        shop.mutate(feed, field, change, ("1", sku), "qty", "qtyForSale", others={product_item(sku)})
    sku = stocked("isSalable")
    change = at("stock_index", values(is_salable=False), sku=sku)
    shop.mutate(feed, "isSalable", change, ("1", sku), others={product_item(sku)})
    for field, changed in {"infiniteStock": {"manage_stock": False}, "lowStock": {"notify_stock_qty": 9}}.items():
        sku = stocked(field)
        change = at("products", extension(stock_item={**STOCK_ITEM, **changed}), sku=sku)
        shop.mutate(feed, field, change, ("1", sku), others={product_item(sku)})
    sku = stocked("deleted")
    shop.mutate(feed, "deleted", gone("source_items", sku=sku), ("1", sku))
