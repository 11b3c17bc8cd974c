"""Reads the first sheet of a spreadsheet, with an extra."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from ownproof.core.plain import plain_columns
from ownproof.core.reader import RawTable
from ownproof.core.reading import no_rows
from ownproof.core.report import Finding
from ownproof.errors import InputError
from ownproof.optional import need

ENDINGS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


class ExcelReader:
    """A spreadsheet; its first sheet, headed by its first row."""

    name: ClassVar[str] = "excel"

    def recognise(self, where: str, head: bytes) -> float:
        """By the ending and the first bytes of a zip or OLE container."""
        ours = head and where.lower().endswith(ENDINGS)
        if head.startswith((ZIP, OLE)):
            return 1.0 if ours else 0.0
        return 0.6 if ours else 0.0

    def read(self, where: str, *, query: str | None = None, scratch: Path | None = None) -> RawTable:
        """The raw table. Raises MissingExtra without the reader library, InputError for a damaged or empty sheet."""
        import polars as pl

        del query, scratch
        fastexcel = need("fastexcel", extra="excel", wanted_by="reading spreadsheets")
        path = Path(where)
        try:
            book = fastexcel.read_excel(path)
            names = list(book.sheet_names)
            sheet = book.load_sheet(0)
            frame = pl.DataFrame(sheet)
        except Exception as why:  # noqa: BLE001 - the library has no class of its own that holds for all it raises
            raise InputError(
                f"{path.name} cannot be read as a spreadsheet ({(str(why).splitlines() or [type(why).__name__])[0][:160]})",
                expected="an .xlsx, .xls or .ods file with a table on its first sheet",
                hint="open it and save it anew, or export the sheet as CSV",
                where=where,
                code="damaged",
            ) from None
        if not frame.height:
            raise no_rows(where, frame.width)
        plain, findings = plain_columns(frame.lazy())
        said = list(findings)
        if len(names) > 1:
            said.append(
                Finding(
                    "quality.sheets",
                    "ok",
                    (),
                    len(names),
                    f"the first of {len(names)} sheets was read: {names[0]!r}",
                    "export another sheet as CSV if that is not the one",
                )
            )
        return RawTable(plain, tuple(said), where)
