"""The door for data: a path, URL or frame in, a raw table out, or a clear error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ownproof.core.plain import clean_names, plain_columns
from ownproof.core.reader import RawTable, Reader
from ownproof.core.streams import head_of, unreadable
from ownproof.errors import InputError, did_you_mean, near

if TYPE_CHECKING:
    import polars as pl

FORMATS = "CSV/TSV (also .gz, .zst), Parquet, Arrow/Feather, JSONL, Excel or a database URL with ?query="
MAGICS: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "a PDF document", "export the table inside as CSV"),
    (b"SQLite format 3\x00", "a SQLite database", "name it as a URL: sqlite:///PATH?query=select * from TABLE"),
    (b"\x89PNG", "a picture (PNG)", "hand in the table that names the pictures"),
    (b"\xff\xd8\xff", "a picture (JPEG)", "hand in the table that names the pictures"),
    (b"BZh", "a bzip2 archive", "unpack it (bunzip2) or pack it as .gz or .zst"),
    (b"\xfd7zXZ", "an xz archive", "unpack it (unxz) or pack it as .gz or .zst"),
    (b"7z\xbc\xaf", "a 7-Zip archive", "unpack it first"),
    (b"\x89HDF", "an HDF5 file", "write it as Parquet"),
    (b"\x93NUMPY", "a NumPy array", "write it as Parquet, with column names"),
    (b"\x80\x04", "a Python pickle", "write it as Parquet; a pickle may run code and is never opened"),
    (b"\x80\x05", "a Python pickle", "write it as Parquet; a pickle may run code and is never opened"),
    (b"PK\x03\x04", "a zip archive", "unpack it first"),
    (b"\x7fELF", "a program", "name the data file"),
)


def read_table(
    where: Any, *, readers: Mapping[str, type], query: str | None = None, scratch: Path | None = None
) -> RawTable:
    """The raw table at a path or URL, or of a pandas, polars or Arrow frame.

    readers: reader classes by name. query: for a database. scratch: a folder for decoded copies of files that
    cannot be scanned as they are (packed, UTF-16 ...); it must outlive the table. Raises InputError.
    """
    if not isinstance(where, (str, Path)):
        return _frame(where)
    place = str(where)
    url = re.match(r"^[A-Za-z][A-Za-z0-9+.\-]*://", place)
    if url and not place.startswith("file://"):
        reader = _chosen(place, b"", readers)
        return reader.read(place, query=query, scratch=scratch)
    path = Path(place.removeprefix("file://")).expanduser()
    head = _head(path)
    reader = _chosen(str(path), head, readers)
    return reader.read(str(path), query=query, scratch=scratch)


def collected(frame: pl.LazyFrame, source: str = "") -> pl.DataFrame:
    """A lazy table in memory; damage inside the file that only shows now is an InputError too."""
    import polars as pl

    try:
        return frame.collect(engine="streaming")
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as why:
        raise damaged(source, why) from None


def damaged(source: str, why: BaseException) -> InputError:
    """The error for a file that has the right shape outside and cannot be decoded inside."""
    return InputError(
        f"the data cannot be decoded ({str(why).splitlines()[0][:160] if str(why) else type(why).__name__})",
        expected="an undamaged file",
        hint="copy or write it again",
        where=source,
        code="damaged",
    )


def no_rows(source: str, columns: int) -> InputError:
    """The error for a table that has a header and nothing below it."""
    return InputError(
        f"there is a header ({columns} column{'s' if columns != 1 else ''}) and no row below it",
        expected="at least one row of data",
        hint="check the export: was it cut off, or the filter too narrow?",
        where=source,
        code="no-rows",
    )


def _head(path: Path) -> bytes:
    try:
        if not path.exists():
            raise _missing(path)
        if path.is_dir():
            inside = sorted(p.name for p in path.iterdir() if p.is_file())[:5]
            raise InputError(
                f"{path} is a folder",
                expected=f"a file: {FORMATS}",
                hint="name a file in it: " + ", ".join(inside) if inside else "name a file",
                where=str(path),
                code="folder",
            )
        if not path.is_file():
            raise InputError(
                f"{path} is neither a file nor a folder",
                expected=f"a file: {FORMATS}",
                hint="write the data into a file first",
                where=str(path),
                code="not-a-file",
            )
        with path.open("rb") as stream:
            head = stream.read(1 << 16)
    except PermissionError:
        raise unreadable(path) from None
    except (OSError, ValueError) as why:  # a name too long, or with a NUL inside
        raise InputError(
            f"cannot open {str(path)[:80]!r} ({why})"[:300],
            expected=f"a file: {FORMATS}",
            hint="check the path",
            where=str(path)[:200],
            code="no-file",
        ) from None
    if not head:
        raise InputError(
            f"{path.name} is empty (0 bytes)",
            expected=f"a table: {FORMATS}",
            hint="check how it was written or downloaded",
            where=str(path),
            code="empty",
        )
    return head


def _missing(path: Path) -> InputError:
    folder = path.parent
    if not folder.is_dir():
        return InputError(
            f"there is no file {path.name!r}, nor a folder {str(folder)!r}",
            expected="a file that is there",
            hint="check the path; relative paths start where the command runs",
            where=str(path),
            code="no-file",
        )
    names = sorted(p.name for p in folder.iterdir())
    hint = did_you_mean(path.name, names) if near(path.name, names) else "check the path and the spelling"
    return InputError(
        f"there is no file {path.name!r} in {str(folder)!r}",
        expected="a file that is there",
        hint=hint,
        where=str(path),
        code="no-file",
    )


def _chosen(where: str, head: bytes, readers: Mapping[str, type]) -> Reader:
    made: dict[str, Reader] = {name: cls() for name, cls in sorted(readers.items())}
    scores = {name: reader.recognise(where, head) for name, reader in made.items()}
    best = max(scores, key=lambda n: scores[n], default="")
    if best and scores[best] >= 0.3:
        for start, what, hint in MAGICS:
            if head.startswith(start) and scores[best] < 1:
                raise InputError(
                    f"{Path(where).name} is {what}, whatever its name says",
                    expected=FORMATS,
                    hint=hint,
                    where=where,
                    code="not-a-table",
                )
        _no_html(where, head)
        return made[best]
    if not head:
        raise InputError(
            f"no reader knows the place {_bare(where)!r}",
            expected=FORMATS,
            hint="fetch the file first, or install the package that reads such URLs",
            where="DATA",
            code="not-a-table",
        )
    raise _not_a_table(where, head)


def _bare(url: str) -> str:
    """A URL without its query and without the name and password in it."""
    scheme, _, rest = url.partition("://")
    return scheme + "://" + rest.partition("?")[0].rpartition("@")[2]


def _no_html(where: str, head: bytes) -> None:
    start = (
        (head if head[:2] != b"\x1f\x8b" else head_of(Path(where), 4096)).lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    )
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<body", b"<!--")):
        what = "an XML document" if start.startswith(b"<?xml") else "a web page (HTML)"
        raise InputError(
            f"{Path(where).name} holds {what}, not a table",
            expected=FORMATS,
            hint="the download gave a login or error page: open it in a browser, then fetch the raw file",
            where=where,
            code="html",
        )


def _not_a_table(where: str, head: bytes) -> InputError:
    _no_html(where, head)
    for start, what, hint in MAGICS:
        if head.startswith(start):
            return InputError(
                f"{Path(where).name} is {what}", expected=FORMATS, hint=hint, where=where, code="not-a-table"
            )
    what = "bytes of no format known here" if b"\0" in head else "text without columns"
    return InputError(
        f"{Path(where).name} is not a table: {what}",
        expected=FORMATS,
        hint="if it is a table, give the file the ending of its format",
        where=where,
        code="not-a-table",
    )


def _frame(where: Any) -> RawTable:
    import polars as pl

    if isinstance(where, pl.LazyFrame):
        frame, names = where, None
    elif isinstance(where, pl.DataFrame):
        frame, names = where.lazy(), None
    elif type(where).__module__.split(".")[0] == "pandas" and hasattr(where, "columns"):
        frame, names = _pandas(where)
    elif hasattr(where, "__arrow_c_stream__"):
        frame, names = _arrow(where)
    else:
        raise InputError(
            f"a {type(where).__name__} is no table",
            expected="a path, a URL or a pandas, polars or Arrow frame",
            hint="pass a frame with named columns, or the path of a file",
            where="data",
            code="not-a-table",
        )
    plain, findings = plain_columns(frame)
    said = clean_names(names)[1] if names is not None else ()
    schema = plain.collect_schema()
    if not len(schema):
        raise InputError(
            "the frame has no column",
            expected="named columns",
            hint="pass the frame with its columns",
            where="data",
            code="empty",
        )
    if collected(plain.select(pl.len()), "data").item() == 0:
        raise no_rows("data", len(schema))
    return RawTable(plain, (*said, *findings), "a frame in memory")


def _arrow(where: Any) -> tuple[pl.LazyFrame, list[str] | None]:
    import polars as pl

    names = (
        [str(n) for n in where.schema.names] if hasattr(where, "schema") and hasattr(where.schema, "names") else None
    )
    if names is not None and hasattr(where, "rename_columns") and len(set(names)) < len(names):
        where = where.rename_columns(list(clean_names(names)[0]))
    else:
        names = None
    return pl.DataFrame(where).lazy(), names


def _pandas(where: Any) -> tuple[pl.LazyFrame, list[str]]:
    """A pandas frame, through Arrow and column by column, so that one odd column does not stop the others."""
    import polars as pl

    index = [] if where.index.names == [None] else [n for n in where.index.names if n is not None]
    names = [str(n) for n in where.columns]
    clean, _ = clean_names(names)
    columns: dict[str, Any] = {}
    for at, name in enumerate(clean):
        columns[name] = _pandas_column(where.iloc[:, at], name)
    for level in index:
        if str(level) not in columns:
            columns = {
                str(level): _pandas_column(where.index.get_level_values(level).to_series(), str(level)),
                **columns,
            }
    return pl.DataFrame(list(columns.values())).lazy(), names


def _pandas_column(column: Any, name: str) -> pl.Series:
    import polars as pl

    try:
        return pl.Series(name, column.reset_index(drop=True))
    except Exception:  # noqa: BLE001 - whatever Arrow says of a column of mixed objects, their text can be had
        missing = column.isna().tolist()
        cells = [None if gone else str(c) for gone, c in zip(missing, column.tolist(), strict=True)]
        return pl.Series(name, cells, dtype=pl.String)
