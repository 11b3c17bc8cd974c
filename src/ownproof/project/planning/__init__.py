"""Planning: the fits behind a learning curve, and what is made of them."""
