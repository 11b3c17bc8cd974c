"""What was answered, refused and came true, kept: one JSON line each, appended before the answer goes out."""
