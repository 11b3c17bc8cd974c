import zipfile

import pytest

from ownproof.core.reading import collected
from ownproof.errors import InputError, MissingExtra
from ownproof.readers.excel import ExcelReader

READER = ExcelReader()
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def workbook(path, sheets):
    """The smallest spreadsheet there is: sheets by name, each a list of rows of cells."""
    numbers = range(1, len(sheets) + 1)
    with zipfile.ZipFile(path, "w") as book:
        kinds = "".join(
            f'<Override PartName="/xl/worksheets/sheet{i}.xml" ContentType="application/vnd.openxmlformats-'
            'officedocument.spreadsheetml.worksheet+xml"/>'
            for i in numbers
        )
        book.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType='
            '"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
            'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
            + kinds
            + "</Types>",
        )
        book.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type='
            f'"{DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        named = "".join(f'<sheet name="{n}" sheetId="{i}" r:id="r{i}"/>' for i, n in enumerate(sheets, start=1))
        book.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}"><sheets>{named}</sheets></workbook>'
        )
        links = "".join(
            f'<Relationship Id="r{i}" Type="{DOCUMENT}/worksheet" Target="worksheets/sheet{i}.xml"/>' for i in numbers
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>'
        )
        for i, rows in enumerate(sheets.values(), start=1):
            book.writestr(
                f"xl/worksheets/sheet{i}.xml",
                f'<worksheet xmlns="{MAIN}"><sheetData>{_rows(rows)}</sheetData></worksheet>',
            )
    return str(path)


def _rows(rows):
    def cell(at, row, value):
        place = f"{chr(65 + at)}{row}"
        if isinstance(value, str):
            return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
        return f'<c r="{place}"><v>{value}</v></c>'

    return "".join(
        f'<row r="{i}">{"".join(cell(at, i, v) for at, v in enumerate(row))}</row>'
        for i, row in enumerate(rows, start=1)
    )


def test_the_first_sheet_is_read_and_the_others_are_mentioned(tmp_path):
    pytest.importorskip("fastexcel")
    path = workbook(tmp_path / "x.xlsx", {"First": [["a", "b"], [1.5, "007"], [2, "x"]], "Second": [["c"], [1]]})
    raw = READER.read(path)
    assert collected(raw.frame).to_dict(as_series=False) == {"a": [1.5, 2.0], "b": ["007", "x"]}
    assert "First" in raw.findings[0].evidence


@pytest.mark.parametrize("content", [b"PK\x03\x04 broken", b"a,b\n1,2\n", b"\xd0\xcf\x11\xe0 broken"])
def test_a_damaged_spreadsheet_is_said_to_be_one(tmp_path, content):
    pytest.importorskip("fastexcel")
    (tmp_path / "x.xlsx").write_bytes(content)
    with pytest.raises(InputError) as caught:
        READER.read(str(tmp_path / "x.xlsx"))
    assert caught.value.name == "damaged"


def test_a_sheet_with_a_header_only_is_refused(tmp_path):
    pytest.importorskip("fastexcel")
    with pytest.raises(InputError) as caught:
        READER.read(workbook(tmp_path / "x.xlsx", {"S": [["a", "b"]]}))
    assert caught.value.name == "no-rows"


def test_without_the_extra_the_command_that_installs_it_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "fastexcel", None)
    with pytest.raises(MissingExtra) as caught:
        READER.read(str(tmp_path / "x.xlsx"))
    assert "ownproof[excel]" in caught.value.hint


def test_a_zip_is_a_spreadsheet_only_by_its_ending():
    assert READER.recognise("x.xlsx", b"PK\x03\x04") == 1.0
    assert READER.recognise("x.zip", b"PK\x03\x04") == 0.0
