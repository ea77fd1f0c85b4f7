"""The Commerce Optimizer Data Ingestion API on a laptop, under its real paths, for `{tenantId}` of the settings."""
