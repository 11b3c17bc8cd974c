"""Two samples as counts over the same cells: tests that hold their level far out in the tails, and sizes of effects."""
