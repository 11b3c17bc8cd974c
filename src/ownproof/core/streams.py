"""Bytes of a file as they come: unpacked, decoded to UTF-8, in pieces, with a clear error when they break off."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, cast

from ownproof.errors import InputError

PIECE = 256 << 10  # fits a processor cache: counting is twice as fast as with megabytes
GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def packing(head: bytes) -> str:
    """`gzip`, `zstd` or "" by the first bytes of a file."""
    return "gzip" if head.startswith(GZIP) else "zstd" if head.startswith(ZSTD) else ""


def pieces(path: Path, size: int = PIECE) -> Iterator[bytes]:
    """The unpacked bytes of a file. Raises InputError when the file is cut off, damaged or may not be read."""
    try:
        with path.open("rb") as raw:
            kind = packing(raw.read(4))
        with _opened(path, kind) as stream:
            while piece := stream.read(size):
                yield piece
    except PermissionError:
        raise unreadable(path) from None
    except (EOFError, zlib.error, gzip.BadGzipFile, OSError) as why:
        raise InputError(
            f"{path.name} breaks off or is damaged ({type(why).__name__}: {str(why)[:120]})",
            expected=f"a whole {kind or 'readable'} file",
            hint="copy or download it again, then compare its size with the source's",
            where=str(path),
            code="truncated",
        ) from None


def head_of(path: Path, size: int = 1 << 16) -> bytes:
    """The first unpacked bytes of a file, as many as can be had: damage further on does not matter here."""
    found = b""
    try:
        for piece in pieces(path, size):
            found += piece
            if len(found) >= size:
                break
    except InputError as why:
        if why.name != "truncated":
            raise
    return found[:size]


def unreadable(path: Path) -> InputError:
    """The error for a file that may not be read."""
    return InputError(
        f"{path.name} may not be read (permission denied)",
        expected="a file you may read",
        hint=f"chmod u+r {path.name}, or run as its owner",
        where=str(path),
        code="no-permission",
    )


def encoding_of(head: bytes) -> str:
    """The encoding by byte order mark or by the pattern of zero bytes; `utf-8` when nothing speaks against it."""
    for mark, name in BOMS:
        if head.startswith(mark):
            return name
    pairs = len(head) // 2
    if pairs >= 4:
        even, odd = head[0 : 2 * pairs : 2].count(0) / pairs, head[1 : 2 * pairs : 2].count(0) / pairs
        if odd > 0.4 and even < 0.05:
            return "utf-16-le"
        if even > 0.4 and odd < 0.05:
            return "utf-16-be"
    return "utf-8"


def one_byte(head: bytes) -> str:
    """The name of the old one-byte encoding for bytes that are not UTF-8: cp1252, or latin-1 where that has gaps."""
    return "latin-1" if any(gap in head for gap in (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d")) else "cp1252"


def decoded(parts: Iterable[bytes], encoding: str, where: str, *, guessed: bool = False) -> Iterator[bytes]:
    """The same text in UTF-8 without a byte order mark; lone carriage returns become line ends.

    guessed: bytes that the encoding does not know become �; otherwise they raise InputError.
    """
    decoder = codecs.getincrementaldecoder(encoding)("replace" if guessed else "strict")
    held = ""
    try:
        for part in parts:
            text = held + decoder.decode(part)
            held = "\r" if text.endswith("\r") else ""
            yield _line_ends(text[: len(text) - len(held)])
        yield _line_ends(held + decoder.decode(b"", final=True))
    except UnicodeError as why:
        raise InputError(
            f"the file is not {encoding}: {why}"[:300],
            expected="UTF-8, UTF-16, cp1252 or latin-1",
            hint="save it as UTF-8",
            where=where,
            code="encoding",
        ) from None


def no_copy(path: Path, folder: Path, why: OSError) -> InputError:
    """The error when the decoded copy of a file cannot be written: the disk is full, the folder read-only ..."""
    return InputError(
        f"{path.name} must be decoded into {folder}, which cannot be written ({why.strerror or why})",
        expected="a folder with room for the unpacked file",
        where=str(folder),
        code="no-space",
        hint="make room, or write the file as plain UTF-8 CSV or Parquet, which needs no copy",
    )


def _line_ends(text: str) -> bytes:
    return text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")


def _opened(path: Path, kind: str) -> IO[bytes]:
    if kind == "gzip":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    if kind == "zstd":
        import pyarrow as pa

        return cast("IO[bytes]", pa.input_stream(str(path), compression="zstd"))
    return path.open("rb")
