"""Upkeep of a data directory: nightly maintenance, checking it, repairing it."""
