"""Selftest: what each gate is there for is planted, and must be refused; the sound twin of it must pass."""
