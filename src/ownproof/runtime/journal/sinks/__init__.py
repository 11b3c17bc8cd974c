"""Where compacted files are delivered to: a database, or any place that fsspec knows."""
