"""One row's answer in as few steps as there are: nearly every request. It says what the long way says, byte for byte."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from ownproof.runtime.predictor import Predictor
from ownproof.runtime.rest.request import Reader

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

    def __init__(
        self, reader: Reader, predictor: Predictor, always: Sequence[str], *, size: int, threshold: float | None
    ) -> None:
        self._read, self._predictor = reader.one, predictor
        self._always, self._size = always, size
        self._logged = b"}" if threshold is None else b',"threshold":%b}' % _encode(threshold)
        self._told = b',"threshold":%b,"flags":' % _encode(threshold)
        self._after = b',"model":%b}' % _encode(predictor.bundle.hash)
        self._last = _encode(always) + self._after

    @classmethod
    def of(
        cls,
        reader: Reader,
        predictor: Predictor,
        always: Sequence[str],
        *,
        example: Mapping[str, Any],
        logged: Iterable[str],
    ) -> OneRow | None:
        """None where the caller's ids or the kind of answer ask for more steps.

        always: the flags of every answer; example: an answer, and logged: what the journal keeps of it, in its order.
        """
        threshold, said = example["threshold"], [n for n in example if n not in ("threshold", "flags")]
        if not reader.reads_one or list(logged) != said + ["threshold"] * (threshold is not None):
            return None
        return cls(reader, predictor, always, size=len(said), threshold=threshold)

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
