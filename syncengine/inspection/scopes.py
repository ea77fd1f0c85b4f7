"""The scopes a shop has: its websites and their store views."""

from __future__ import annotations

from dataclasses import dataclass

from syncengine.feeds.feed import Feed
from syncengine.inspection.view import CatalogView, rows, sql_text

_WEBSITE = "website:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One store view, or a website with all of its store views. `key` is what a link says: `de`, `website:europe`."""

    website: str | None
    store_view: str | None
    store_views: tuple[str, ...]

    @property
    def key(self) -> str:
        """What names it in a link."""
        return f"{_WEBSITE}{self.website}" if self.store_view is None else self.store_view

    def holds(self, store_view: str | None, website: str | None) -> bool:
        """Whether an item is in it: what has no store view or website of its own is in each."""
        return (store_view is None or store_view in self.store_views) and (
            website is None or self.website is None or website == self.website
        )


def scope_columns(feed: Feed) -> dict[str, str]:
    """The columns of a feed's identity that name a store view and a website, as SQL: the column, or NULL."""
    columns = {"store_view": "store_view_code", "website": "website_code"}
    return {word: f'"{name}"' if name in feed.identity_columns else "NULL" for word, name in columns.items()}


def store_scopes(view: CatalogView) -> tuple[Scope, ...]:
    """Each website followed by its store views; none before the first publication.

    Raises: LakeUnavailableError (retriable).      Source: inspection/sql/store_scopes.sql
    """
    reader = view.reader_or_none()
    if reader is None:
        return ()

    def found() -> tuple[Scope, ...]:
        by_website: dict[str | None, list[str]] = {}
        for website, store_view in rows(reader, sql_text("store_scopes.sql")).iter_rows():
            by_website.setdefault(website, []).append(store_view)
        scopes: list[Scope] = []
        for website, views in by_website.items():
            if website is not None:
                scopes.append(Scope(website=website, store_view=None, store_views=tuple(views)))
            scopes += [Scope(website=website, store_view=name, store_views=(name,)) for name in views]
        return tuple(scopes)

    return view.remembered(reader, "store scopes", found)


def synced_in_scope(view: CatalogView, scope: Scope) -> int:
    """How many products the default destination holds in a scope, counted by SKU; 0 before the first publication.

    Raises: LakeUnavailableError (retriable).      Source: inspection/sql/synced_in_scope.sql
    """
    reader = view.reader_or_none()
    if reader is None:
        return 0
    parameters = {"destination": view.default_destination, "store_views": list(scope.store_views)}

    def counted() -> int:
        return int(rows(reader, sql_text("synced_in_scope.sql"), parameters)["products"][0])

    return view.remembered(reader, ("synced in scope", view.default_destination, scope.store_views), counted)
