"""One person's deadlines and duty hours as a calendar (RFC 5545): number, category, place and what is due; of nobody
who reported anything a word."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext as _

from calendars.ics import Entry, calendar_file
from desk.querysets import Day
from desk.rows import part_word
from grids.models import DutyShift
from issues.lifecycle import VERB
from issues.models import Issue

# Of each sort, what is due first; and so long a duty that is over stays.
MOST = 200
PAST = timedelta(days=7)
# What is due stands before its moment, where a calendar shows it.
LENGTH = timedelta(minutes=30)


def entries_of(user: Any, now: datetime) -> list[Entry]:
    """What is due from this person, and when they are on duty. A fixed number of queries."""
    day = Day(user, now)
    mine = _named(day.mine().order_by("due_at", "pk"))[:MOST]
    calls = list(day.calls()[:MOST])
    asked = list(day.asked()[:MOST])
    about = _named(Issue.objects.all()).in_bulk(
        {one.about for one in asked} | {one.issue_id for one in calls}
    )
    found = [_due("issue", issue.pk, _("Due"), issue, issue.due_at) for issue in mine]
    found += [_due("call", one.pk, _("Answer the whistle"), about[one.issue_id], one.due_at) for one in calls]
    found += [_due(one.part, one.id, _what(one), about[one.about], one.due_at) for one in asked]
    return [entry for entry in found if entry] + list(_duties(user, now))


def calendar_of(entries: Iterable[Entry], *, host: str, now: datetime) -> bytes:
    """As a file."""
    return calendar_file(entries, name=_("Gezhi: my deadlines"), product="Deadlines", host=host, now=now)


def _named(issues: Any) -> Any:
    """With what an entry says of them."""
    around = ("street", "community", "grid")
    return issues.select_related("category", *around).defer(*(f"{name}__boundary" for name in around))


def _due(part: str, pk: int, what: str, issue: Issue, due_at: datetime | None) -> Entry | None:
    if due_at is None:
        return None
    place = " · ".join(unit.name for unit in (issue.street, issue.community, issue.grid) if unit)
    said = _("%(what)s: %(number)s %(category)s") % {
        "what": what,
        "number": issue.number,
        "category": issue.category.label,
    }
    return Entry(f"{part}-{pk}", said, due_at - LENGTH, due_at, place)


def _what(one: Any) -> str:
    return str(VERB["verify"].label) if one.part == "check" else str(part_word(one.part, one.what))


def _duties(user: Any, now: datetime) -> Iterator[Entry]:
    # A post that ends takes the shifts with it that would begin later; its last day is the one before.
    held = Q(post__ends_on=None) | Q(starts_at__date__lt=F("post__ends_on"))
    shifts = DutyShift.objects.filter(held, post__user=user, ends_at__gt=now - PAST)
    shifts = shifts.select_related("post__unit", "post__body")
    for shift in shifts.order_by("starts_at", "pk")[:MOST]:
        yield Entry(f"duty-{shift.pk}", _("On duty"), shift.starts_at, shift.ends_at, str(shift.post.place))
