"""One file a kind of input: recognised, typed, keyed, described, encoded."""
