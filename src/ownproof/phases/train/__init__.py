"""From folds and learners to models: a fixed plan of work, out-of-fold answers, a choice, a refit."""
