"""WATCH: what tells people and machines whether all is well: logs, metrics, health, notifications, support bundle."""
