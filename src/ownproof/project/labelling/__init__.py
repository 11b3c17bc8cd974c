"""A label folder on disk: its schema and guide, items and queues, the raters' answers, and the decisions on disputes."""
