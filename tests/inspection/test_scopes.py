"""The scopes a shop has."""

from __future__ import annotations

from syncengine.inspection.scopes import store_scopes, synced_in_scope
from syncengine.inspection.view import CatalogView

from .lake_of import LakeOf, product


def test_before_the_first_publication_there_are_none(view: CatalogView) -> None:
    assert store_scopes(view) == ()


def test_each_website_is_followed_by_its_store_views(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a"), product("a", view="french"), product("b")])
    scopes = store_scopes(view)
    website = scopes[0]
    assert website.store_view is None
    assert website.key == f"website:{website.website}"
    assert [scope.store_view for scope in scopes[1:]] == list(website.store_views) == ["default", "french"]
    assert [scope.key for scope in scopes[1:]] == ["default", "french"]


def test_products_are_counted_within_a_scope(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a"), product("a", view="french"), product("b")])
    website, default, french = store_scopes(view)
    assert [synced_in_scope(view, scope) for scope in (website, default, french)] == [2, 2, 1]
