"""Alerts: an incident is told once when it is raised, when it asks for retraining, and when it is over."""
