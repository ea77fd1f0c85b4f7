"""Names, descriptions and prices of generated products."""

from __future__ import annotations

import html
import random
import re
import unicodedata

from syncengine.demo.store.generator.words import ADJECTIVES, BULLETS, SENTENCES, Noun, Words

_NOT_SLUG = re.compile(r"[^a-z0-9]+")


def slug(text: str) -> str:
    """A URL key of a name: ASCII letters and digits, joined by hyphens."""
    plain = unicodedata.normalize("NFKD", html.unescape(text)).encode("ascii", "ignore").decode("ascii")
    return _NOT_SLUG.sub("-", plain.lower()).strip("-") or "product"


def product_names(dice: random.Random, noun: Noun, brand: str, number: int) -> Words:
    """The name in each language."""
    adjective = ADJECTIVES[dice.randrange(len(ADJECTIVES))]
    english, french, german = noun.words
    model = f"{noun.prefix}{number % 1000}"
    return (
        f"{brand} {adjective[0]} {english} {model}",
        f"{french} {adjective[1]} {brand} {model}",
        f"{adjective[2]} {german} {brand} {model}",
    )


def descriptions(dice: random.Random) -> Words:
    """A description in each language: two or three sentences and a list, with HTML and entities."""
    sentences = dice.sample(SENTENCES, 3)
    bullets = dice.sample(BULLETS, 3)

    def text(language: int) -> str:
        lead = " ".join(sentence[language] for sentence in sentences)
        points = "".join(f"<li>{bullet[language]}</li>\n" for bullet in bullets)
        return f"<p>{lead}</p>\n<ul>\n{points}</ul>"

    return text(0), text(1), text(2)


def price_in_dollars(dice: random.Random) -> float:
    """A price as a merchant sets it, mostly ending in .95 or .99."""
    whole = dice.randrange(4, 400)
    return round(whole + dice.choice((0, 0.5, 0.95, 0.99, 0.99)), 2)


def price_in_euros(dollars: float) -> float:
    """The second website's own price, rounded up to the next .90."""
    return round(int(dollars * 0.92) + 0.9, 2)
