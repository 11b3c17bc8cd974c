"""Target kinds: each says how its truth is read, answered, measured and decided."""
