"""Stable 64-bit hashes of cells, rows and ranks: the same on every platform and numpy version, for ever.

The constants are published on purpose: whoever holds the rows can draw the same set again, and nobody can shop for
a better one.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Hashes = NDArray[np.uint64]

TEXT_KEY = b"ownproof/text/1"
GOLDEN = 0x9E3779B97F4A7C15  # splitmix64's increment, 2**64 / phi (Steele, Lea, Flood 2014)
MIX_1 = 0xBF58476D1CE4E5B9
MIX_2 = 0x94D049BB133111EB
NAN_BITS = 0x7FF8000000000000
MASK = 0xFFFFFFFFFFFFFFFF
BLOCK = 16_384  # hashes that are mixed at a time, so that they stay in the cache


def text_hash(text: str | bytes) -> int:
    """A text (UTF-8; lone surrogates kept) or bytes as an integer 0..2**64-1: keyed BLAKE2b of 8 bytes, little-endian.

    >>> hex(text_hash("abc"))
    '0x12c43c172201885e'
    """
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return int.from_bytes(hashlib.blake2b(data, digest_size=8, key=TEXT_KEY).digest(), "little")


def text_hashes(texts: Iterable[str]) -> Hashes:
    """`text_hash` of each, (n,) uint64; the key is mixed in once for all.

    >>> text_hashes(["abc"])[0] == text_hash("abc")
    np.True_
    """
    keyed = hashlib.blake2b(digest_size=8, key=TEXT_KEY)
    digests = bytearray()
    for text in texts:
        one = keyed.copy()
        one.update(text.encode("utf-8", "surrogatepass"))
        digests += one.digest()
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def mixed(bits: Hashes) -> Hashes:
    """One step of splitmix64 on each element: a bijection of the 64-bit integers."""
    return _mix(np.array(bits, dtype=np.uint64))


def _mix(whole: Hashes) -> Hashes:
    """In place, a part that stays in the cache after the other."""
    flat = whole.reshape(-1)
    for start in range(0, len(flat), BLOCK):
        z = flat[start : start + BLOCK]
        z += np.uint64(GOLDEN)
        for shift, factor in ((30, MIX_1), (27, MIX_2)):
            z ^= z >> np.uint64(shift)
            z *= np.uint64(factor)
        z ^= z >> np.uint64(31)
    return whole


def mixed_one(bits: int) -> int:
    """`mixed` of one Python integer (its low 64 bits).

    >>> hex(mixed_one(0))
    '0xe220a8397b1dcdaf'
    """
    z = (bits + GOLDEN) & MASK
    z = ((z ^ (z >> 30)) * MIX_1) & MASK
    z = ((z ^ (z >> 27)) * MIX_2) & MASK
    return z ^ (z >> 31)


def number_hash(numbers: ArrayLike) -> Hashes:
    """Float64 numbers as hashes, (n,): -0.0 is 0.0 and every NaN is the same.

    Integers beyond 2**53 are not told apart; hash those as texts.
    """
    column = np.atleast_1d(np.asarray(numbers, dtype=np.float64)) + 0.0
    bits = column.view(np.uint64)
    bits[np.isnan(column)] = np.uint64(NAN_BITS)
    return _mix(bits)


def combine(columns: Mapping[str, Hashes]) -> Hashes:
    """One hash a row from the hashes of its cells, (n,).

    The order of the columns does not count, their names do: a cell is mixed with its column's name before the
    (wrapping) sum, so equal cells of two columns neither cancel nor trade places. Raises ValueError without columns.
    """
    if not columns:
        raise ValueError("at least one column is needed to combine hashes")
    whole: Hashes | None = None
    for name, cells in columns.items():
        part = _mix(np.asarray(cells, dtype=np.uint64) ^ np.uint64(mixed_one(text_hash(name))))
        whole = part if whole is None else np.add(whole, part, out=part)
    assert whole is not None  # noqa: S101 - there are columns
    return _mix(whole)


def ranked(key: int, hashes: Hashes) -> Hashes:
    """The hashes mixed anew under a key, (n,): sort by it to draw the share with the lowest ranks.

    A bijection for each key: distinct hashes never tie.
    """
    return _mix(_mix(np.asarray(hashes, dtype=np.uint64) ^ np.uint64(mixed_one(key & MASK))))
