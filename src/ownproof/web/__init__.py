"""The faces in a browser, over the project."""
