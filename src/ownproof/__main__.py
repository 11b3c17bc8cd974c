"""`python -m ownproof`."""

from ownproof.cli.main import entry

if __name__ == "__main__":
    entry()
