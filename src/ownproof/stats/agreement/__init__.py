"""How far people agree beyond chance: coefficients, their intervals and what they decide."""
