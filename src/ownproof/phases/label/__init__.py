"""Label: the guide is looked over, items are drawn for the raters, and disputes are put in order."""
