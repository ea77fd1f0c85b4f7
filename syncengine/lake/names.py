"""What the lake's modules share: the names it is attached under, and the text of its statements."""

from __future__ import annotations

from syncengine.lake.statements import statements_beside

LAKE = "lake"
METADATA = f"__ducklake_metadata_{LAKE}"  # DuckLake's own tables
sql_text = statements_beside(__file__)
