"""Runs the numbered migrations on the connection that `open_control_store` hands over."""

from __future__ import annotations

from alembic import context

from syncengine.control.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
