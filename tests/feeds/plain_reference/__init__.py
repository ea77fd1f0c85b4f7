"""A slow, plain second opinion on the feeds: ordinary Python over ordinary REST records.

It shares no code with `syncengine/feeds` and reads the records itself, so that the compile SQL cannot
agree with it by construction. It recomputes prices, variants, the composite status and the url paths of
categories, for every item.
"""
