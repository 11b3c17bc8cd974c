"""Deciding before anything is trained: answers and data in, a verdict that the project keeps and can replay."""
