"""A report inside a notebook's cell: the same content, chapters folded, style kept to itself."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from ownproof.core.report import Section
from ownproof.render.html import environment, view
from ownproof.render.sentence import Answer


def fragment(answer: Answer, sections: Sequence[Section] = ()) -> str:
    """What `_repr_html_` returns: one `<div>` without script that looks the same in every notebook.

    Names for screen readers are made from the answer, so that two reports in one notebook do not share any.
    """
    uid = "op" + hashlib.sha256(repr(answer).encode("utf-8", "replace")).hexdigest()[:8]
    return environment().get_template("fragment.html.j2").render(**view(answer, sections, uid=uid))
