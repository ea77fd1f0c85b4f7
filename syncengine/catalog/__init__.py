"""Reading the catalog: from a Commerce store or a directory of records into staged files, as record views."""

from syncengine.catalog.source import (
    ENTITIES,
    CatalogSource,
    ReadProgress,
    ReadStoppedError,
    StagedCatalog,
    StagedPart,
    Touched,
    create_record_views,
    credentials_of,
    open_client,
    open_source,
)

__all__ = [
    "ENTITIES",
    "CatalogSource",
    "ReadProgress",
    "ReadStoppedError",
    "StagedCatalog",
    "StagedPart",
    "Touched",
    "create_record_views",
    "credentials_of",
    "open_client",
    "open_source",
]
