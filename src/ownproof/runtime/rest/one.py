"""One row's answer in as few steps as there are: nearly every request. It says what the long way says, byte for byte."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from ownproof.runtime.rest.model import Model

_encode = msgspec.json.Encoder().encode


class Made(msgspec.Struct, frozen=True):
    """An answer: what was asked as JSON, what was said, its flags, and the same as JSON for the journal and the caller."""

    sent: bytes
    answer: Mapping[str, Any]
    flags: Sequence[str]
    logged: bytes
    told: bytes


class OneRow:
    """Answers of one model to one row each."""

    def __init__(self, model: Model, size: int, logged: bytes, told: bytes, after: bytes) -> None:
        self._read, self._predictor = model.reader.one, model.predictor
        self._always, self._size = list(model.always), size
        self._logged, self._told, self._after = logged, told, after
        self._last = _encode(self._always) + after

    @classmethod
    def of(cls, model: Model) -> OneRow | None:
        """None where rules, the caller's ids or the kind of answer ask for more steps."""
        if not model.reader.reads_one or not model.plain:
            return None
        example = model.answers(model.reader.row(model.example))[0]
        threshold, said = example["threshold"], [n for n in example if n not in ("threshold", "flags")]
        if list(model.logged(example)) != said + ["threshold"] * (threshold is not None):
            return None
        logged = b"}" if threshold is None else b',"threshold":%b}' % _encode(threshold)
        told = b',"threshold":%b,"flags":' % _encode(threshold)
        return cls(model, len(said), logged, told, b',"model":%b}' % _encode(model.hash))

    def answer(self, body: bytes) -> Made | None:
        """The answer to a request; None for one that is not one sound row, which the long way looks at."""
        asked = self._read(body)
        if asked is None:
            return None
        sent, encoded, unseen = asked
        predictor = self._predictor
        answer = predictor.answers(predictor.raw_encoded(encoded))[0]
        core = _encode(answer)
        if len(answer) != self._size or b":null" in core:  # the journal leaves out what there is not
            return None
        core = core[:-1]
        if not unseen:
            return Made(sent, answer, self._always, core + self._logged, core[1:] + self._told + self._last)
        flags = [*(f"unseen:{name}" for name in unseen), *self._always]
        return Made(sent, answer, flags, core + self._logged, core[1:] + self._told + _encode(flags) + self._after)
