"""A model that somebody else trained becomes a bundle: opened without running its code, matched, compared, written."""
