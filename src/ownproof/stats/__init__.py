"""Arrays in, numbers out: every measure takes weights of shape (B, n) and answers (B,); numpy only."""
