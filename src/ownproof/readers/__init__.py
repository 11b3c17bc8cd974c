"""One file a format: how raw tables are read."""
