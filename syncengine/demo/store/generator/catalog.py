"""The generated catalog: so many products, by a seed."""

from __future__ import annotations

from collections.abc import Iterator

from syncengine.demo.store.content import ProductContent
from syncengine.demo.store.generator.attributes import attribute_entities
from syncengine.demo.store.generator.awkward import AWKWARD
from syncengine.demo.store.generator.composites import CompositeMaker
from syncengine.demo.store.generator.shop import Entity, shop_entities

GENERATOR = "1"  # raise it when the same seed gives other bytes
_FIRST_SIMPLES = 10
_SMALLEST_FAMILY = 3
_KINDS = ("simple", "family", "virtual", "downloadable", "dynamic", "fixed", "grouped")
_WEIGHTS = (52, 28, 5, 5, 3, 3, 4)


class GeneratedCatalog:
    """A catalog of exactly `products` products that follows from the seed alone, made one after another."""

    def __init__(self, *, products: int, seed: int) -> None:
        self._products = products
        self._seed = seed

    def identity(self) -> dict[str, str]:
        """What makes this catalog another one."""
        return {
            "kind": "generated",
            "generator": GENERATOR,
            "products": str(self._products),
            "seed": str(self._seed),
        }

    def entities(self) -> Iterator[Entity]:
        """Everything small."""
        yield from shop_entities()
        yield from attribute_entities()

    def products(self) -> Iterator[ProductContent]:
        """One of each type first, then the awkward ones, then a mix in which most are variants."""
        for made, content in enumerate(self._endless(), start=1):
            yield content
            if made == self._products:
                return

    def _endless(self) -> Iterator[ProductContent]:
        maker = CompositeMaker(self._seed)
        for _ in range(_FIRST_SIMPLES):
            yield maker.simple()
        for kind in _KINDS:
            yield from self._some(maker, kind)
        for one in AWKWARD:
            yield maker.awkward(one)
        while True:
            yield from self._some(maker, maker.dice.choices(_KINDS, _WEIGHTS)[0])

    def _some(self, maker: CompositeMaker, kind: str) -> Iterator[ProductContent]:
        room = self._products - maker.last_id
        if kind == "family" and room >= _SMALLEST_FAMILY:
            yield from maker.family(room)
        elif kind == "virtual":
            yield maker.virtual()
        elif kind == "downloadable":
            yield maker.downloadable()
        elif kind in ("dynamic", "fixed"):
            yield maker.bundle(is_fixed=kind == "fixed")
        elif kind == "grouped":
            yield maker.grouped()
        else:
            yield maker.simple()
