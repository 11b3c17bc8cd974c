"""Random bits for ids."""

from __future__ import annotations

import os

from ownproof.runtime.rest.chance import WORDS, chance


def test_no_word_comes_twice_and_all_64_bits_are_used():
    words = [chance() for _ in range(3 * WORDS)]
    assert len(set(words)) == len(words)
    union, common = 0, (1 << 64) - 1
    for word in words:
        union |= word
        common &= word
    assert (union, common) == ((1 << 64) - 1, 0)


def test_a_forked_child_has_words_of_its_own():
    chance()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, chance().to_bytes(8, "little"))
        os._exit(0)
    os.waitpid(child, 0)
    assert int.from_bytes(os.read(reading, 8), "little") != chance()
