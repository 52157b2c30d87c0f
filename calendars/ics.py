"""What happens when, as a calendar file (RFC 5545). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.timezone import get_default_timezone_name
from icalendar import Calendar, Event, Timezone

from calendars.midnight import midnight

MEDIA_TYPE = "text/calendar; charset=utf-8"


@dataclass(frozen=True)
class Entry:
    """`key` stays the same as long as it is the same thing; `url`: the page about it, "" for none."""

    key: str
    summary: str
    starts_at: datetime
    ends_at: datetime
    place: str = ""
    url: str = ""


def calendar_file(entries: Iterable[Entry], *, name: str, product: str, host: str, now: datetime) -> bytes:
    """As a file called `name`. The same entries are the same bytes for a day."""
    calendar = Calendar()
    calendar.add("prodid", f"-//Gezhi//{product}//ZH")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    stamp = midnight(now).astimezone(UTC)
    for entry in entries:
        event = Event()
        event.add("uid", f"{entry.key}@{host}")
        event.add("dtstamp", stamp)
        event.add("dtstart", entry.starts_at.astimezone(UTC))
        event.add("dtend", entry.ends_at.astimezone(UTC))
        event.add("summary", entry.summary)
        if entry.place:
            event.add("location", entry.place)
        if entry.url:
            event.add("url", entry.url)
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    if not calendar.subcomponents:
        # A calendar of nothing is none (RFC 5545, 3.6).
        calendar.add_component(Timezone.from_tzid(get_default_timezone_name()))
    return calendar.to_ical()
