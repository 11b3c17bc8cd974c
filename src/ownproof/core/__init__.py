"""Nouns and protocols; frozen, and no file is written here."""
