"""What leaves the house as a file: rows by one function, which writes down who took them; nothing else but what the
tables of house.py name."""

from collections.abc import Iterator

from tests.architecture.house import OTHER_ANSWERS, SHEETS_TO_FILL_IN, Room
from tests.architecture.source import House, Module, Violation, last_name

WRITER, DOOR = "grids.workbook", "grids.admin.downloads"
# Who makes a file of rows here, and what would in a face of its own.
MAKERS = {f"{WRITER}.csv_file", f"{WRITER}.xlsx_file"}
OTHER_MAKERS = {"csv.writer", "csv.DictWriter", "openpyxl.Workbook", "openpyxl.workbook.Workbook"}
STREAMS = {"FileResponse", "StreamingHttpResponse", "Feed"}
# How such a file is announced.
WORDS = ("Content-Disposition", "text/csv", "spreadsheetml", "ms-excel")
INSTEAD = f"Give rows out by {DOOR}.hand_over, which records who took them; an empty sheet by its blank."


def check(house: House) -> Iterator[Violation]:
    """Files are made in one place and leave by one door."""
    for module in house.modules:
        if module.name in {WRITER, DOOR} or module.app == "demo":  # its seed makes files that are brought in
            continue
        found = [*made(module)]
        found += [] if module.name in OTHER_ANSWERS else answered(module)
        found += [] if module.name in SHEETS_TO_FILL_IN else blank(module)
        for line, what in found:
            yield Violation(module.path, line, what, INSTEAD)


def made(module: Module) -> Iterator[tuple[int, str]]:
    """(line, what) of files of rows that are made elsewhere."""
    for call in module.calls:
        name = module.dotted(call.func)
        if name in MAKERS or (name in OTHER_MAKERS and module.room is Room.FACE):
            yield call.lineno, f"{last_name(call.func)}() makes a file of rows that nobody records."


def answered(module: Module) -> Iterator[tuple[int, str]]:
    """(line, what) of answers that are neither a page nor plain JSON."""
    for imported in module.imports:
        if imported.target.startswith("django.") and imported.target.rpartition(".")[2] in STREAMS:
            yield imported.line, f"answers with a {imported.local}."
    for call in module.calls:
        name = last_name(call.func)
        if "Response" in name and "content_type" in {keyword.arg for keyword in call.keywords}:
            yield call.lineno, f"{name}(… content_type=…) answers with something of its own."
    for line, text in module.texts:
        if module.room is Room.FACE and any(word in text for word in WORDS):
            yield line, f"«{text[:40]}» announces a file."


def blank(module: Module) -> Iterator[tuple[int, str]]:
    """(line, what) of what is given out without a record, as an empty sheet."""
    for call in module.calls:
        if module.dotted(call.func) == f"{DOOR}.blank":
            yield call.lineno, "blank() is for sheets to fill in: nobody is told who took them."
