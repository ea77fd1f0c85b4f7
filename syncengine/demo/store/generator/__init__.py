"""A made-up shop: clothing and outdoor equipment, in three languages, two websites and two currencies.

Everything follows from the number of products and the seed, through `random.Random` alone: the same on every machine.
"""
