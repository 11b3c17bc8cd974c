"""What a file of labels holds, whatever tool wrote it; and what such a file is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from ownproof.core.labelling import Answer, Item, LabelSchema
from ownproof.errors import InputError


@dataclass(frozen=True, slots=True)
class Given:
    """One answer in a file. value: as the file spells it, None where there is none; skip: the reason of a skip.

    at: seconds since 1970, None where the file has no time. why: why the value cannot be carried (several classes for
    one item ...); such an answer is kept with its item and written again in the same format. extra: everything else
    that the file says of the answer, as the format needs it to write the answer again.
    """

    rater: str
    value: Any = None
    skip: str | None = None
    at: float | None = None
    seconds: float | None = None
    note: str = ""
    why: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Carried:
    """One thing to be labelled in a file, with its answers. key: the id that the file gives it, None for none."""

    text: str | None
    fields: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    answers: tuple[Given, ...] = ()


@dataclass(frozen=True, slots=True)
class Brought:
    """All that was read from a file. notes: what a person should know of it, in sentences."""

    items: tuple[Carried, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """One file: its name, without the folder, and its bytes, unpacked; path: where it lies, for those who read tables."""

    name: str
    data: bytes
    path: str = ""

    @property
    def stem(self) -> str:
        """The name without its ending."""
        bare = self.name.removesuffix(".gz")
        return bare.rpartition(".")[0] or bare

    def text(self) -> str:
        """The file as text. Raises InputError where it is not UTF-8."""
        try:
            return self.data.decode("utf-8-sig")
        except UnicodeDecodeError as why:
            raise InputError(
                f"byte {why.start} of {self.name} is not UTF-8",
                expected="text in UTF-8",
                hint="export it as UTF-8, or convert it: iconv -t UTF-8",
                where=self.name,
                code="encoding",
            ) from why


@dataclass(frozen=True, slots=True)
class Asked:
    """How a file is to be read or written.

    rater: who answered, where the file does not say; text: the name of the text in the file; columns: of a table, by
    what they hold (`item`, `rater`, `label`, `at`); empty: an empty list of marks is an answer (nothing to mark) and no
    gap; scheme: of the tags of a CoNLL file; ending: of the file to be written.
    """

    schema: LabelSchema
    rater: str | None = None
    text: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    empty: bool = False
    scheme: str | None = None
    ending: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """One item on its way out. final: the answer is the one that holds, not a rater's own. how: how it came about."""

    item: Item
    answers: tuple[Answer, ...]
    how: Mapping[str, Any] = field(default_factory=dict)


class Format(Protocol):
    """One format. name: as `--format` says it; what: as a person says it; ending: of the files it writes."""

    name: ClassVar[str]
    what: ClassVar[str]
    ending: ClassVar[str]

    def recognises(self, source: Source) -> bool:
        """Whether the file looks like one of this format."""

    def read(self, source: Source, asked: Asked) -> Brought:
        """What the file holds. Raises InputError for what is not of this format."""

    def write(self, sent: Sequence[Sent], asked: Asked, *, final: bool) -> bytes:
        """The file. final: one answer an item. Raises UsageError for what the format cannot hold."""


def unchanged(extra: Mapping[str, Any], name: str, value: Any) -> Any:
    """What a format kept of an answer, where the answer is still the one that it came from; else None."""
    kept = extra.get(name)
    return kept if isinstance(kept, Mapping) and "value" in kept and kept["value"] == value else None


def place_of(extra: Mapping[str, Any], name: str) -> float:
    """Where an item or answer stood in its file, infinite for what came later."""
    kept = extra.get(name)
    place = kept.get("place") if isinstance(kept, Mapping) else None
    return float(place) if isinstance(place, (int, float)) else float("inf")


def broken(name: str, what: str, expected: str, hint: str = "export the file again") -> InputError:
    """The error for a file that is not what its format says."""
    return InputError(what, expected=expected, hint=hint, where=name, code="label-file")
