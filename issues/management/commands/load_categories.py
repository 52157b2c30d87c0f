"""A list of categories from a file, or the packaged one."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from calendars.rows import read_csv
from issues.actions.categories import BadRows, load_categories, packaged_rows
from issues.category_rows import COLUMNS
from issues.models import Category


class Command(BaseCommand):
    help = f"Load categories (CSV: {','.join(COLUMNS)}); without FILE the packaged list."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("file", nargs="?", type=Path, metavar="FILE.csv")
        parser.add_argument("--if-none", action="store_true", help="only where there are no categories yet")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_none"] and Category.objects.exists():
            self.stdout.write("categories are there already, left as they are")
            return
        rows = _rows_of(options["file"]) if options["file"] else packaged_rows()
        try:
            loaded = load_categories(rows, by=None, now=timezone.now())
        except BadRows as refusal:
            raise CommandError("\n".join([*(str(row) for row in refusal.rows), str(refusal)])) from refusal
        self.stdout.write(f"{loaded.added} categories added, {loaded.changed} changed")


def _rows_of(file: Path) -> list[dict[str, Any]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            rows = list(read_csv(opened))
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file}: {error}") from error
    if not rows or not set(COLUMNS) <= set(rows[0]):
        raise CommandError(f"{file}: the first line must name the columns {','.join(COLUMNS)}")
    return rows
