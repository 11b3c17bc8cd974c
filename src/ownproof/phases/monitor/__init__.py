"""Monitor: whether later rows are still like those that the model was made from."""
