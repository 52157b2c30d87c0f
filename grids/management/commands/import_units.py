"""manage.py import_units [FILE.csv] [--dry-run]"""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.actions.importer import DIVISIONS, BadRows, import_units
from grids.management.progress import bar
from grids.sheets import decode, read_sheet


class Command(BaseCommand):
    help = (
        "Import units from a CSV: divisions, grids or buildings, told apart by their kind. "
        "Everything or nothing; a second time nothing. "
        "Columns: code, kind, name; parent_code, households, boundary (GeoJSON), lon, lat."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", nargs="?", type=Path, default=DIVISIONS, help="default: the five districts"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, write nothing")

    def handle(self, *args: Any, file: Path, dry_run: bool, **options: Any) -> None:
        try:
            sheet = read_sheet(decode(file.read_bytes()))
        except OSError as error:
            raise CommandError(
                _("Cannot read %(file)s: %(error)s") % {"file": file, "error": error}
            ) from error
        try:
            report = import_units(
                sheet, by=None, now=timezone.now(), dry_run=dry_run, progress=bar(sys.stderr)
            )
        except BadRows as refused:
            for problem in refused.problems:
                self.stderr.write(str(problem))
            raise CommandError(str(refused)) from refused
        for passed_over in report.notes:
            self.stdout.write(str(passed_over))
        counts = {"added": report.added, "changed": report.changed, "unchanged": report.unchanged}
        self.stdout.write(_("%(added)d added, %(changed)d changed, %(unchanged)d unchanged.") % counts)
        if dry_run:
            self.stdout.write(_("Nothing was written (--dry-run)."))
