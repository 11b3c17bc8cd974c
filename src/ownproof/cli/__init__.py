"""The command line: parse, ask the project, show the answer."""
