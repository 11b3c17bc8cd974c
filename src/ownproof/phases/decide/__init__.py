"""What to build before anything is trained: rules, money, time, and what to try next."""
