"""Catalog Sync: read a Commerce catalog, find what changed, export only that, and show the difference."""

__version__ = "0.1.0"
