"""Words for reading the supervision board (督办): what is late or supervised, who has it, and what it waits for."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from desk.lists import PARTS, Asked, held_within
from desk.rows import Row, in_post, late_by, moment, part_word, row_of
from grids.lineage import key_of
from issues import kinds
from issues.lifecycle import STATE
from issues.models import Deadline, Decision, Issue

REASONS = ("late", "rung", "letter")


def board(asked: Asked) -> QuerySet:
    """What is late or supervised by letter; the longest late first.

    The letters are asked for first, by themselves: an OR with a subquery would cost the rest its indexes.
    """
    seen = asked.seen().open()
    wanted = Q(due_at__lt=asked.now) if asked.why != "letter" else Q()
    if asked.why in ("", "letter"):
        letters = _letters().filter(issue__in=seen.order_by().values("pk"))
        wanted |= Q(pk__in=list(letters.values_list("issue_id", flat=True)))
    found = seen.filter(wanted, held_within(asked))
    if asked.why == "rung":
        found = found.filter(
            Exists(_rungs().filter(issue=OuterRef("pk"), fired_at__gte=OuterRef("assigned_at")))
        )
    if asked.state:
        found = found.filter(state=asked.state)
    return found.order_by("due_at", "-pk")


def board_rows(page: Iterable[Issue], asked: Asked) -> list[Row]:
    """Six queries, however many rows."""
    page = list(page)
    people = in_post([one.owner for one in page], asked.now)
    ids = [one.pk for one in page]
    letters, waits = _letters_of(ids), waits_of(page)
    fired = dict(_rungs().filter(issue__in=ids).order_by().values_list("issue").annotate(Max("fired_at")))
    return [
        row_of(
            one,
            asked,
            (
                one.number,
                one.category.label,
                one.place_label,
                str(STATE[one.state].label),
                str(one.owner),
                people[key_of(one.owner)],
                moment(one.assigned_at),
                moment(one.due_at),
                late_by(one, one.due_at, asked.now),
                _("; ").join(_reasons(one, asked.now, fired.get(one.pk), letters[one.pk])),
                _("; ").join(waits[one.pk]),
            ),
        )
        for one in page
    ]


def waits_of(page: Iterable[Issue]) -> dict[int, list[str]]:
    """Issue → everything that it waits for: those called, sub-tasks, decisions, information, a suspension's
    end. Three queries."""
    page = list(page)
    found: dict[int, list[str]] = defaultdict(list)
    for one in page:
        if one.state == "suspended":
            cause = {"cause": kinds.label(kinds.CAUSES, one.cause), "date": moment(one.due_at)}
            found[one.pk].append(_("suspended: %(cause)s, until %(date)s") % cause)
        if one.asked_at:
            found[one.pk].append(_("information, asked for %(date)s") % {"date": moment(one.asked_at)})
    for part, model in PARTS.items():
        rows = model.objects.waiting().filter(issue__in=[one.pk for one in page]).order_by("due_at", "pk")
        if part == "decision":
            rows = rows.exclude(kind="supervision").defer("text", "unit__boundary")
        named = rows.select_related("unit", "body", *(["whistle"] if part == "callee" else []))
        for row in named.defer("unit__boundary"):
            found[row.issue_id].append(_waits_for(part, row))
    return found


def _waits_for(part: str, row: Any) -> str:
    kind = row.whistle.kind if part == "callee" else getattr(row, "kind", "")
    words = {"what": part_word(part, kind), "who": str(row.party), "date": moment(row.due_at)}
    return _("%(who)s (%(what)s, due %(date)s)") % words


def _reasons(issue: Issue, now: datetime, fired: datetime | None, letters: list[Decision]) -> list[str]:
    """Why it stands on the board. The rung counts only at its present owner."""
    found = []
    if issue.due_at and issue.due_at < now:
        found.append(_("late"))
    if fired and fired >= issue.assigned_at:
        found.append(_("on the ladder's last rung since %(date)s") % {"date": moment(fired)})
    for letter in letters:
        words = {"number": letter.number or "—", "date": moment(letter.due_at)}
        found.append(_("letter %(number)s, answer due %(date)s") % words)
    return found


def _letters() -> Any:
    """Supervision letters that are not answered yet."""
    return Decision.objects.filter(kind="supervision", ended_at=None)


def _letters_of(ids: list[int]) -> dict[int, list[Decision]]:
    found: dict[int, list[Decision]] = defaultdict(list)
    for letter in _letters().filter(issue__in=ids).defer("text").order_by("asked_at"):
        found[letter.issue_id].append(letter)
    return found


def _rungs() -> Any:
    """Where the ladder has put a matter on the board."""
    return Deadline.objects.filter(rung="board", fired_at__isnull=False)
