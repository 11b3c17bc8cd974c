"""What ships: the bundle, and what answers for it."""
