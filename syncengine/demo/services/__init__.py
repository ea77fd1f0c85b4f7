"""Commerce services on a laptop: receives feeds, checks them, answers as docs/services-api.md says."""
