"""Monitoring on disk: what the journal brought, window by window, and what was made of it."""
