"""The labelling page: a rater's items one at a time, the guide beside them, every answer on the disk at once."""
