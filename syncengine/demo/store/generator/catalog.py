"""The generated catalog (stub)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from syncengine.demo.store.content import ProductContent


class GeneratedCatalog:
    """A catalog of `products` products that follows from the seed alone."""

    def __init__(self, *, products: int, seed: int) -> None:
        self._products = products
        self._seed = seed

    def identity(self) -> dict[str, str]:
        """What makes this catalog another one."""
        return {"kind": "generated", "products": str(self._products), "seed": str(self._seed)}

    def entities(self) -> Iterable[tuple[str, int, int, dict[str, Any]]]:
        """Nothing yet."""
        return ()

    def products(self) -> Iterator[ProductContent]:
        """Nothing yet."""
        return iter(())
