"""The steps of the trade, each a pure function from nouns to nouns; they never import each other."""
