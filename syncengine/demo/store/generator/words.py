"""The shop's vocabulary: English, French, German."""

from __future__ import annotations

from dataclasses import dataclass

Words = tuple[str, str, str]

BRANDS = (
    "Aurora",
    "Björk & Söhne",
    "Café Noir",
    "Łódź Wear",
    "Northpeak",
    "O&apos;Neal",
    "Peña",
    "Ridgeway",
    "Solstice",
    "Trailhead&trade;",
    "Ærø",
    "山の道",
)

ADJECTIVES: tuple[Words, ...] = (
    ("Light", "léger", "Leichter"),
    ("Warm", "chaud", "Warmer"),
    ("Waterproof", "imperméable", "Wasserdichter"),
    ("Compact", "compact", "Kompakter"),
    ("Classic", "classique", "Klassischer"),
    ("Rugged", "robuste", "Robuster"),
    ("Recycled", "recyclé", "Recycelter"),
    ("Reflective", "réfléchissant", "Reflektierender"),
    ("Breathable", "respirant", "Atmungsaktiver"),
    ("Everyday", "quotidien", "Alltäglicher"),
    ("Alpine", "alpin", "Alpiner"),
    ("Foldable", "pliable", "Faltbarer"),
    ("Insulated", "isolé", "Isolierter"),
    ("Seamless", "sans couture", "Nahtloser"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """A kind of product: its name, category, attribute set, SKU prefix, and how it varies."""

    words: Words
    category: str
    attribute_set: int
    prefix: str
    sizes: str  # letters | shoes | none
    weight: float


NOUNS = (
    Noun(
        words=("Jacket", "Veste", "Anorak"),
        category="jackets",
        attribute_set=9,
        prefix="JK",
        sizes="letters",
        weight=0.8,
    ),
    Noun(
        words=("Parka", "Parka", "Parka"), category="jackets", attribute_set=9, prefix="PK", sizes="letters", weight=1.2
    ),
    Noun(
        words=("Shirt", "Chemise", "Pullover"),
        category="tops",
        attribute_set=9,
        prefix="SH",
        sizes="letters",
        weight=0.3,
    ),
    Noun(
        words=("Hoodie", "Sweat à capuche", "Hoodie"),
        category="tops",
        attribute_set=9,
        prefix="HO",
        sizes="letters",
        weight=0.6,
    ),
    Noun(
        words=("Trousers", "Pantalon", "Hosenrock"),
        category="trousers",
        attribute_set=9,
        prefix="TR",
        sizes="letters",
        weight=0.5,
    ),
    Noun(
        words=("Boot", "Botte", "Stiefel"),
        category="footwear",
        attribute_set=11,
        prefix="BT",
        sizes="shoes",
        weight=1.4,
    ),
    Noun(
        words=("Trail Shoe", "Chaussure de trail", "Laufschuh"),
        category="footwear",
        attribute_set=11,
        prefix="TS",
        sizes="shoes",
        weight=0.7,
    ),
    Noun(
        words=("Backpack", "Sac à dos", "Rucksack"),
        category="bags",
        attribute_set=10,
        prefix="BP",
        sizes="none",
        weight=0.9,
    ),
    Noun(
        words=("Duffel", "Sac de voyage", "Seesack"),
        category="bags",
        attribute_set=10,
        prefix="DF",
        sizes="none",
        weight=1.1,
    ),
    Noun(
        words=("Tent", "Tente", "Zeltpavillon"),
        category="tents",
        attribute_set=10,
        prefix="TN",
        sizes="none",
        weight=2.9,
    ),
    Noun(
        words=("Stove", "Réchaud", "Kocher"),
        category="cooking",
        attribute_set=10,
        prefix="ST",
        sizes="none",
        weight=0.4,
    ),
    Noun(words=("Mug", "Tasse", "Becher"), category="cooking", attribute_set=10, prefix="MG", sizes="none", weight=0.2),
    Noun(
        words=("Headlamp", "Lampe frontale", "Scheinwerfer"),
        category="lights",
        attribute_set=10,
        prefix="HL",
        sizes="none",
        weight=0.1,
    ),
    Noun(
        words=("Lantern", "Lanterne", "Leuchter"),
        category="lights",
        attribute_set=10,
        prefix="LN",
        sizes="none",
        weight=0.3,
    ),
)

COLOURS: tuple[tuple[str, Words], ...] = (
    ("BLK", ("Black", "Noir", "Schwarz")),
    ("BLU", ("Blue", "Bleu", "Blau")),
    ("GRN", ("Green", "Vert", "Grün")),
    ("GRY", ("Gray", "Gris", "Grau")),
    ("ORG", ("Orange", "Orange", "Orange")),
    ("RED", ("Red", "Rouge", "Rot")),
    ("WHT", ("White", "Blanc", "Weiß")),
    ("YEL", ("Yellow", "Jaune", "Gelb")),
)
LETTER_SIZES = ("XS", "S", "M", "L", "XL", "XXL")
SHOE_SIZES = ("37", "38", "39", "40", "41", "42", "43", "44 ½")

MATERIALS: tuple[Words, ...] = (
    ("Cotton", "Coton", "Baumwolle"),
    ("Wool", "Laine", "Wolle"),
    ("Nylon", "Nylon", "Nylon"),
    ("Leather", "Cuir", "Leder"),
    ("Steel", "Acier", "Stahl"),
    ("Bamboo", "Bambou", "Bambus"),
)
SEASONS: tuple[Words, ...] = (
    ("Spring", "Printemps", "Frühling"),
    ("Summer", "Été", "Sommer"),
    ("Autumn", "Automne", "Herbst"),
    ("Winter", "Hiver", "Winter"),
)
FORMATS: tuple[Words, ...] = (
    ("Download", "Téléchargement", "Herunterladen"),
    ("Streaming", "Diffusion", "Streaming"),
)

SENTENCES: tuple[Words, ...] = (
    (
        "Made for long days outdoors, whatever the weather brings.",
        "Conçu pour les longues journées dehors, quel que soit le temps.",
        "Gemacht für lange Tage draußen, was auch immer das Wetter bringt.",
    ),
    (
        "Tested by guides between &minus;20&deg;C and +35&deg;C.",
        "Testé par des guides entre &minus;20&deg;C et +35&deg;C.",
        "Von Bergführern zwischen &minus;20&deg;C und +35&deg;C geprüft.",
    ),
    (
        "Every seam is double stitched &amp; taped.",
        "Chaque couture est doublée &amp; étanche.",
        "Jede Naht ist doppelt genäht &amp; verklebt.",
    ),
    (
        'It packs down to 12" x 5" and weighs less than you think.',
        "Il se range dans 30 × 12 cm et pèse moins qu’on ne croit.",
        "Klein verpackt auf 30 × 12 cm und leichter als gedacht.",
    ),
    (
        "The fabric is 100% recycled, and so is the box.",
        "Le tissu est 100 % recyclé, et la boîte aussi.",
        "Der Stoff ist zu 100 % recycelt, der Karton auch.",
    ),
    (
        "Repairs are free for as long as you own it.",
        "Les réparations sont gratuites tant que vous le possédez.",
        "Reparaturen sind kostenlos, solange Sie es besitzen.",
    ),
    (
        "Pockets where you need them &mdash; and none where you do not.",
        "Des poches là où il faut &mdash; et aucune ailleurs.",
        "Taschen, wo man sie braucht &mdash; und sonst keine.",
    ),
    (
        "Our bestseller since 2009; customers call it “the one”.",
        "Notre meilleure vente depuis 2009 ; nos clients l’appellent « le bon ».",
        "Seit 2009 unser Verkaufsschlager; Kunden nennen es „das Richtige“.",
    ),
)
BULLETS: tuple[Words, ...] = (
    ("Two-way zipper", "Fermeture à double sens", "Zwei-Wege-Reißverschluss"),
    ("Machine wash 30&deg;", "Lavable en machine 30&deg;", "Maschinenwäsche 30&deg;"),
    ("Adjustable straps", "Sangles réglables", "Verstellbare Riemen"),
    ("Fits most car boots", "Entre dans la plupart des coffres", "Passt in die meisten Kofferräume"),
    ("2-year warranty", "Garantie 2 ans", "2 Jahre Garantie"),
    ("Made in the EU", "Fabriqué dans l’UE", "Hergestellt in der EU"),
)
COURSES: tuple[Words, ...] = (
    ("Map Reading", "Lecture de carte", "Kartenlesen"),
    ("First Aid", "Premiers secours", "Erste Hilfe"),
    ("Yoga at Dawn", "Yoga à l’aube", "Yoga im Morgengrauen"),
    ("Knots & Ropes", "Nœuds et cordes", "Knoten und Seile"),
)
SERVICES: tuple[Words, ...] = (
    ("Gift Card", "Carte cadeau", "Geschenkkarte"),
    ("Repair Plan", "Forfait réparation", "Reparaturpaket"),
    ("Guided Tour", "Visite guidée", "Geführte Tour"),
)
