"""Label folders for the files beside this one."""

from pathlib import Path

from ownproof.project.labelling.answers import read
from ownproof.project.labelling.bringing import Wanted, bring
from ownproof.project.labelling.folder import LabelFolder
from ownproof.project.labelling.making import init

FILES = Path(__file__).parent / "files"
CLASSES = {"label": ["complaint", "question"], "spans": ["PER", "ORG", "LOC", "MISC"], "number": []}
NOW = 1_800_000_000.0


def made(root, kind="label", *, classes=None, text="text"):
    """An empty label folder."""
    init(root, kind=kind, question="What is it?", classes=CLASSES[kind] if classes is None else classes, text=text)
    return LabelFolder(root)


def brought(root, name, kind="label", **said):
    """A folder with what one of the files holds, and what the import answered."""
    folder = made(root, kind)
    path = name if isinstance(name, Path) else FILES / name
    return folder, bring(root, str(path), Wanted(**said), now=NOW)


def held(folder):
    """What every rater said of every text: `{(text, rater): value or skip}`."""
    texts = {i.item: i.text for i in folder.items()}
    current = read(folder).current()
    return {(texts[item], rater): a.skip or a.value for (item, rater), a in current.items()}
