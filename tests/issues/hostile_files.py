"""Files that somebody made to hurt: sheets that unpack without end, pictures that are none."""

import io
import struct
import zipfile
import zlib
from functools import cache

from PIL import Image

from tests.issues.sheets import row, workbook

SHEET, STRINGS, KINDS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "[Content_Types].xml"
OF_STRINGS = (
    b'<Override PartName="/xl/sharedStrings.xml" ContentType='
    b'"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
)
ROWS = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
STRINGS_OF = '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</sst>'
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY a0 "哈哈哈哈哈哈哈哈哈哈">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    + ']><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&a11;</t></si></sst>'
)
OUTSIDE = (
    '<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&x;</t></si></sst>'
)


def changed(parts: dict[str, bytes]) -> bytes:
    """A good workbook with these parts instead of its own."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook([row()]))) as good,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        own = {name: good.read(name) for name in good.namelist()}
        if STRINGS in parts and STRINGS not in own:
            own[KINDS] = own[KINDS].replace(b"</Types>", OF_STRINGS)
        for name, content in (own | parts).items():
            made.writestr(name, content)
    return out.getvalue()


@cache
def gigabyte() -> bytes:
    """A sheet of 1 GB of zeros, a megabyte when packed."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made,
        made.open(SHEET, "w", force_zip64=True) as part,
    ):
        for _megabyte in range(1024):
            part.write(bytes(1 << 20))
    return out.getvalue()


def lying() -> bytes:
    """The same of 40 MB, which says of itself that it is of ten bytes."""
    content = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = content.compress(bytes(40 << 20)) + content.flush()
    good = changed({SHEET: b"0123456789"})
    out = io.BytesIO(good)
    with zipfile.ZipFile(out, "a") as made:
        found = made.getinfo(SHEET)
        made.fp.seek(made.start_dir)
        found.header_offset = made.start_dir
        found.compress_size, found.file_size = len(packed), 10
        made.fp.write(found.FileHeader())
        made.fp.write(packed)
        made.start_dir = made.fp.tell()
        made._didModify = True
    return out.getvalue()


def with_row(line: int) -> bytes:
    """A good workbook that has one row more, at this line."""
    with zipfile.ZipFile(io.BytesIO(workbook([row()]))) as good:
        sheet = good.read(SHEET)
    more = f'<row r="{line}"><c r="A{line}"><v>1</v></c></row></sheetData>'
    return changed({SHEET: sheet.replace(b"</sheetData>", more.encode())})


def sheets() -> dict[str, bytes]:
    """What it is → the file."""
    return {
        "a gigabyte": gigabyte(),
        "a lie": lying(),
        "laughs": changed({STRINGS: LAUGHS.encode(), SHEET: LAUGHS.encode()}),
        "laughs in strings": changed({STRINGS: LAUGHS.encode()}),
        "an entity from outside": changed({STRINGS: OUTSIDE.encode()}),
        # Small when packed, and below what a file may unpack into: each of them an object of the reader's.
        "strings of nothing": changed({STRINGS: STRINGS_OF.format("<si/>" * 700_000).encode()}),
        "strings by another name": changed(
            {
                STRINGS: STRINGS_OF.replace("xmlns", "xmlns:x")
                .replace("<sst", "<x:sst")
                .replace("</sst", "</x:sst")
                .format("<x:si/>" * 700_000)
                .encode()
            }
        ),
        "strings in two bytes": changed({STRINGS: STRINGS_OF.format("<si/>" * 700_000).encode("utf-16")}),
        "an encoding of machines": changed(
            {STRINGS: b'<?xml version="1.0" encoding="cp037"?>' + STRINGS_OF.format("").encode("cp037")}
        ),
        "one row for ever": changed({SHEET: ROWS.format('<row r="1"/>' * 250_000).encode()}),
        "rows without end": with_row(2_000_000_000),
        "a column far out": changed(
            {SHEET: ROWS.format('<row r="1"><c r="ZZZZZZ1"><v>1</v></c></row>').encode()}
        ),
        "a row of no number": changed(
            {SHEET: ROWS.format('<row r="x"><c r="A1"><v>1</v></c></row>').encode()}
        ),
        "a cell of no place": changed(
            {SHEET: ROWS.format('<row r="1"><c r="1A!"><v>1</v></c></row>').encode()}
        ),
        "a string there is not": changed(
            {SHEET: ROWS.format('<row r="1"><c r="A1" t="s"><v>99999</v></c></row>').encode()}
        ),
        "half an XML": changed({SHEET: ROWS.format('<row r="1"><c').encode()}),
        "deep XML": changed({SHEET: b"<a>" * 200_000}),
        "another content": b"PK\x03\x04" + bytes(3000),
        "not packed": b"<html><script>alert(1)</script></html>",
        "nothing": b"",
    }


def png(width: int, height: int, content: bytes = b"") -> bytes:
    """A PNG that says it is so large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(content or bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def picture(form: str, **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(out, form, **options)
    return out.getvalue()


def pictures() -> dict[str, bytes]:
    """What it is → a file that is no photo, or none that we take."""
    return {
        "60,000 by 60,000": png(60_000, 60_000),
        "two thousand million wide": png(2**31 - 1, 1),
        "nothing wide": png(0, 0),
        "cut off": picture("PNG")[:-30],
        "SVG": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        "HTML": b"<html><script>alert(1)</script></html>",
        "a GIF": picture("GIF"),
        "GIF and script": b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)",
        "a BMP": picture("BMP"),
        "a TIFF": picture("TIFF"),
        "PDF": b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj",
        "sheet": workbook([row()]),
        "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n",
        "nothing": b"",
    }


def harmless() -> dict[str, bytes]:
    """What it is → a file that is a photo, and more: the more is gone when it is kept."""
    moving = [Image.new("RGB", (40, 30), color) for color in ("red", "blue", "black")]
    return {
        "photo and page": picture("JPEG") + b"<script>alert(1)</script>",
        "photo and archive": picture("PNG") + workbook([row()]),
        "comment": picture("JPEG", comment=b"<script>alert(1)</script>"),
        "moving WebP": picture("WEBP", save_all=True, append_images=moving),
        "moving PNG": picture("PNG", save_all=True, append_images=moving),
    }
