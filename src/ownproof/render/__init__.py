"""A report in, a page out: charts, one HTML file, Markdown, a terminal's screenful; knows no metric's formula and no task."""
