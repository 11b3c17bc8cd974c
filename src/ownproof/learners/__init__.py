"""One file, one way to learn; what several share lies in `parts`."""
