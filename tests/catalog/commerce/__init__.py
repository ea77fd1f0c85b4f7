"""Tests of reading a Commerce store."""
