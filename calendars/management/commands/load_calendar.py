"""Days off and make-up workdays from a file, or from the packaged calendar."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from calendars.actions import BadRows, Loaded, load_calendar, set_office_hours
from calendars.following import count_followers
from calendars.hours import read_hours
from calendars.models import CalendarDay
from calendars.querysets import DEFAULT_NAME
from calendars.rows import COLUMNS, PACKAGED_SOURCE, packaged_rows, read_csv
from trail.refusals import Refused


class Command(BaseCommand):
    help = "Load days off and make-up workdays (CSV: date,kind,name,note); without FILE the packaged ones."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("file", nargs="?", type=Path, metavar="FILE.csv")
        parser.add_argument("--if-none", action="store_true", help="only where this calendar has no days yet")
        parser.add_argument("--calendar", default=DEFAULT_NAME, help="name of the calendar (%(default)s)")
        parser.add_argument("--source", help="the notice that the days come from (default: the file's name)")
        parser.add_argument(
            "--year",
            type=int,
            action="append",
            help="a year that the file is the whole notice of (default: each year whose 1 October it names)",
        )
        parser.add_argument("--hours", type=read_hours, help="set office hours: 08:30-12:00,13:30-17:30")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path | None = options["file"]
        if options["if_none"] and CalendarDay.objects.filter(calendar__name=options["calendar"]).exists():
            self.stdout.write(f"{options['calendar']}: loaded before, left as it is")
            return
        source = options["source"] or (file.name if file else PACKAGED_SOURCE)
        rows = _rows_of(file) if file else packaged_rows()
        now = timezone.now()
        try:
            loaded = load_calendar(
                options["calendar"], rows, by=None, now=now, source=source, years=options["year"]
            )
        except BadRows as refusal:
            raise CommandError("\n".join([*(str(row) for row in refusal.rows), refusal.reason])) from refusal
        except Refused as refusal:
            raise CommandError(refusal.reason) from refusal
        if options["hours"]:
            set_office_hours(loaded.calendar, options["hours"], by=None, now=now)
        self._say(loaded)
        if count := count_followers(loaded.calendar):
            self.stdout.write(
                f"{count} open deadlines go by it; if a day or the hours changed, a job reckons them anew"
            )

    def _say(self, loaded: Loaded) -> None:
        if not loaded.years:
            self.stderr.write("No year is known by this file: it names no 1 October. See --year.")
        years = f"{loaded.years[0]}-{loaded.years[-1]}" if loaded.years else "none"
        done = f"{loaded.added} days added, {loaded.changed} changed"
        self.stdout.write(f"{loaded.calendar}: {done}; whole years in the file: {years}")


def _rows_of(file: Path) -> list[dict[str, Any]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            rows = list(read_csv(opened))
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file}: {error}") from error
    if rows and not set(COLUMNS[:2]) <= set(rows[0]):
        raise CommandError(f"{file}: the first line must name the columns {','.join(COLUMNS)}")
    return rows
