"""Contract suites that our plug-ins and other people's must pass."""
