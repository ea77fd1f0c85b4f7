"""The `optimizer` destination: the public Commerce Optimizer Data Ingestion API. The mapping: docs/optimizer.md."""

from syncengine.export.destinations.optimizer.destination import OptimizerDestination
from syncengine.export.destinations.optimizer.scopes import Scopes
from syncengine.export.destinations.optimizer.token import ImsToken

__all__ = ["ImsToken", "OptimizerDestination", "Scopes"]
