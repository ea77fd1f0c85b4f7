"""What the pages share: routing, the start of a page, wording, cards, the diff."""
