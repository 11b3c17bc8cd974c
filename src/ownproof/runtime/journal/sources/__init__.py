"""Journals that are read where they lie: in their folder, or as a copy in an object store or a database."""
