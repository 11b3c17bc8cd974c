"""How the weights of a bundle answer: one file a format, no training library."""
