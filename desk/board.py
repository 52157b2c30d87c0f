"""Words for reading the supervision board (督办): what is late, itself or in a part, or supervised, who has it, and what
it waits for."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from desk.lists import PARTS, Asked, held_within
from desk.rows import Row, in_post, late_by, moment, part_word, row_of
from grids.lineage import key_of
from issues import kinds
from issues.lifecycle import STATE, UNRESOLVED_STATES
from issues.models import Deadline, Decision, Issue, Task

# What it is a part as (PARTS), and its row.
Waiting = tuple[str, Any]
REASONS = ("late", "rung", "letter")


def board(asked: Asked) -> QuerySet:
    """What is late or supervised by letter; the longest late first. An issue is late with a sub-task, a decision, the
    date that was promised or a hotline order that follows it too: its own date does not show those, but their ladder ends
    here as well.

    Letters and parts are asked for first, by themselves: an OR with a subquery would cost the rest its indexes.
    """
    seen = asked.seen().open()
    ids = seen.order_by().values("pk")
    wanted = Q(due_at__lt=asked.now) if asked.why != "letter" else Q()
    named: set[int] = set()
    if asked.why != "letter":
        for rows in _late_parts(asked.now):
            named |= set(rows.filter(issue__in=ids).values_list("issue_id", flat=True))
        named |= _promises_broken_to(ids, asked.now)
    if asked.why in ("", "letter"):
        named |= set(_letters().filter(issue__in=ids).values_list("issue_id", flat=True))
    if named or asked.why == "letter":
        wanted |= Q(pk__in=named)
    found = seen.filter(wanted, held_within(asked))
    if asked.why == "rung":
        found = found.filter(
            Exists(_rungs().filter(issue=OuterRef("pk"), fired_at__gte=OuterRef("assigned_at")))
        )
    if asked.state:
        found = found.filter(state=asked.state)
    return found.order_by("due_at", "-pk")


def board_rows(page: Iterable[Issue], asked: Asked) -> list[Row]:
    """Six queries, however many rows; one more where something follows one of them."""
    page = list(page)
    people = in_post([one.owner for one in page], asked.now)
    ids = [one.pk for one in page]
    letters, parts = _letters_of(ids), _parts_of(ids)
    waits = waits_of(page, parts)
    orders = _late_orders_of(page, asked.now)
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
                late_by(one, one.due_at, asked.now),
                _("; ").join(
                    (
                        *_reasons(one, asked.now, fired.get(one.pk), letters[one.pk], parts[one.pk]),
                        *orders[one.pk],
                    )
                ),
                _("; ").join(waits[one.pk]),
                moment(one.assigned_at),
                moment(one.due_at),
            ),
        )
        for one in page
    ]


def waits_of(page: Iterable[Issue], parts: Mapping[int, list[Waiting]]) -> dict[int, list[str]]:
    """Issue → everything that it waits for: those called, sub-tasks, decisions, information, a suspension's end."""
    found: dict[int, list[str]] = defaultdict(list)
    for one in page:
        if one.state == "suspended":
            cause = {"cause": kinds.label(kinds.CAUSES, one.cause), "date": moment(one.due_at)}
            found[one.pk].append(_("suspended: %(cause)s, until %(date)s") % cause)
        if one.asked_at:
            found[one.pk].append(_("information, asked for %(date)s") % {"date": moment(one.asked_at)})
        found[one.pk] += [
            _("%(who)s (%(what)s, due %(date)s)") % _words(*waiting) for waiting in parts[one.pk]
        ]
    return found


def _parts_of(ids: list[int]) -> dict[int, list[Waiting]]:
    """Issue → those called, sub-tasks and decisions that wait, by what they are. Three queries."""
    found: dict[int, list[Waiting]] = defaultdict(list)
    for part, model in PARTS.items():
        rows = model.objects.waiting().filter(issue__in=ids).order_by("due_at", "pk")
        if part == "decision":
            rows = rows.exclude(kind="supervision").defer("text", "unit__boundary")
        named = rows.select_related("unit", "body", *(["whistle"] if part == "callee" else []))
        for row in named.defer("unit__boundary"):
            found[row.issue_id].append((part, row))
    return found


def _words(part: str, row: Any) -> dict[str, str]:
    kind = row.whistle.kind if part == "callee" else getattr(row, "kind", "")
    return {"what": part_word(part, kind), "who": str(row.party), "date": moment(row.due_at)}


def _reasons(
    issue: Issue, now: datetime, fired: datetime | None, letters: list[Decision], parts: list[Waiting]
) -> list[str]:
    """Why it stands on the board. The rung counts only at its present owner; of those called the issue's own date
    says it."""
    found = []
    if issue.due_at and issue.due_at < now:
        found.append(_("late"))
    if issue.promised_at and issue.promised_at < now and issue.state in UNRESOLVED_STATES:
        found.append(_("promised to the reporter for %(date)s") % {"date": moment(issue.promised_at)})
    late = [one for one in parts if one[0] != "callee" and one[1].due_at and one[1].due_at < now]
    found += [_("%(who)s late since %(date)s (%(what)s)") % _words(*one) for one in late]
    if fired and fired >= issue.assigned_at:
        found.append(_("on the ladder's last rung since %(date)s") % {"date": moment(fired)})
    for letter in letters:
        words = {"number": letter.number or "—", "date": moment(letter.due_at), "who": str(letter.party)}
        said = _("letter %(number)s, answer due %(date)s")
        if not letter.goes_with_matter:
            said = _("letter %(number)s to %(who)s, answer due %(date)s")
        found.append(said % words)
    return found


def _late_parts(now: datetime) -> tuple[Any, ...]:
    """Sub-tasks and decisions that wait and are late; their indexes hold just those that wait. Of the letters it is
    enough that they wait."""
    tasks, decisions = (model.objects.waiting().filter(due_at__lt=now) for model in (Task, Decision))
    return tasks, decisions.exclude(kind="supervision")


def _broken_promises(now: datetime) -> Any:
    """The promised date has passed while the handler's own clock stands still; its index holds no others."""
    return Deadline.objects.open().filter(clock="promise", limit_at__lt=now)


def _promises_broken_to(ids: Any, now: datetime) -> set[int]:
    """Those among these issues whose own date, or that of an order which follows them, has passed."""
    own, of_order = Q(issue__in=ids), Q(issue__state="merged", issue__main__in=ids)
    found = _broken_promises(now).filter(own | of_order)
    rows = found.values_list("issue_id", "issue__state", "issue__main")
    return {main if state == "merged" else issue for issue, state, main in rows}


def _late_orders(now: datetime) -> Any:
    """Hotline orders that follow another matter, and the hotline's deadline has passed (docs/adr/0018)."""
    return _broken_promises(now).filter(issue__state="merged")


def _late_orders_of(page: Iterable[Issue], now: datetime) -> dict[int, list[str]]:
    """Issue → those that follow it, in words. No query where nothing follows any of them."""
    found: dict[int, list[str]] = defaultdict(list)
    followed = [one.pk for one in page if one.follower_count]
    if followed:
        rows = _late_orders(now).filter(issue__main__in=followed).order_by("limit_at", "pk")
        for main, number, at in rows.values_list("issue__main", "issue__hotline__number", "limit_at"):
            said = _("12345 order %(number)s, which follows it, was due %(date)s")
            found[main].append(said % {"number": number, "date": moment(at)})
    return found


def _letters() -> Any:
    """Supervision letters that are not answered yet."""
    return Decision.objects.filter(kind="supervision", ended_at=None)


def _letters_of(ids: list[int]) -> dict[int, list[Decision]]:
    found: dict[int, list[Decision]] = defaultdict(list)
    named = _letters().select_related("unit", "body").defer("text", "unit__boundary")
    for letter in named.filter(issue__in=ids).order_by("asked_at"):
        found[letter.issue_id].append(letter)
    return found


def _rungs() -> Any:
    """Where the ladder has put a matter on the board."""
    return Deadline.objects.filter(rung="board", fired_at__isnull=False)
