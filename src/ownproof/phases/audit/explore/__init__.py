"""What is there, for a person to look at: one file a chapter, each from what was seen to findings and a section."""
