"""What leaks: one file a kind of leak, each from nouns to findings."""
