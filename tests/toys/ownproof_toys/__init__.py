"""Plug-ins of somebody else: an image input, a spans target, a learner and a scorer for each."""
