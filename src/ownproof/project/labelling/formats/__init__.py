"""The files of other labelling tools, one format a file: what they hold becomes items and answers, and back."""

from ownproof.project.labelling.formats.choose import FORMATS, format_for, format_named

__all__ = ["FORMATS", "format_for", "format_named"]
