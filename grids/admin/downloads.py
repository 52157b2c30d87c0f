"""A table that leaves the house as a file: under its name, kept by nobody on the way."""

from django.http import HttpResponse

from grids.workbook import CSV_TYPE, XLSX_TYPE, Sheet, csv_file, xlsx_file

KINDS = ("csv", "xlsx")


def download(name: str, *sheets: Sheet, kind: str = "xlsx") -> HttpResponse:
    """`name` without its ending; as CSV the first sheet alone."""
    if kind == "csv":
        data, content_type = csv_file(sheets[0].header, sheets[0].rows), CSV_TYPE
    else:
        data, content_type = xlsx_file(*sheets), XLSX_TYPE
    answer = HttpResponse(data, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    answer["Cache-Control"] = "no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
