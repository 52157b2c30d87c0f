"""Who hears of the week: whoever looks after a district's supervision board, and each what is with them."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from grids.models import Post, Unit
from grids.querysets import HELD_BY_A_PERSON
from grids.roles import roles_that
from issues.answering import ANSWERS
from issues.models import Issue
from issues.subjects import ABOUT_SOMEBODY
from notices.actions import Telling, notify_all
from notices.group_actions import groups_told, tell_groups
from notices.models import Preference
from notices.words import word
from trail import words
from trail.outbox import handler

if TYPE_CHECKING:
    from trail.models import Event

WEEK = timedelta(days=7)
# As the ladder's last rung (issues.ladder): supervisors of every level, and the district's dispatchers.
READERS = ("supervisor", "district_dispatcher")

words.HANDLERS["desk.groups"] = _("Sum up the supervision board for groups")
words.HANDLERS["desk.digest"] = _("Sum up the supervision board")
word(
    "desk.board_digest",
    _("This week on the supervision board: %(late)s overdue, of these %(new)s in the last seven days"),
    *("unit", "late", "new"),
    about=_("Supervision board of %(unit)s"),
    urgency="late",
)
word(
    "desk.own_week",
    _("This week with you: %(open)s open, %(late)s of them late"),
    *("open", "late"),
    about=_("Your desk"),
)


@handler("desk.digest", "unit.board_digest")
def tell_of_board(event: "Event", now: datetime) -> None:
    """Each reader how many are late of what they may see; nobody where nothing is."""
    root = Unit.objects.get(pk=event.subject_id)
    tellings = []
    for user in get_user_model().objects.filter(pk__in=_readers(root, now)).order_by("pk"):
        seen: Any = Issue.objects.visible_to(user, now)
        late = list(seen.within(root).overdue(now).order_by().values_list("due_at", flat=True))
        if late:
            link = reverse("desk:list", args=["board"])
            tellings.append(Telling(event, [user.pk], "desk.board_digest", _counted(root, late, now), link))
    # Nobody is told of one event twice: who hears of the board hears nothing of the own desk besides.
    notify_all([*tellings, *_own_weeks(event, root, now)], now=now)


def _own_weeks(event: "Event", root: Unit, now: datetime) -> list[Telling]:
    """Whoever has something open at the places they answer for: how much, and how much of it is late."""
    counted = _mine(root, now)
    spared = Preference.objects.without_weekly(counted)
    return [
        Telling(event, [user_id], "desk.own_week", {"open": open_, "late": late}, reverse("desk:today"))
        for user_id, (open_, late) in sorted(counted.items())
        if user_id not in spared
    ]


def _mine(root: Unit, now: datetime) -> dict[int, tuple[int, int]]:
    """Person (id) → (open, of these late) at their places in this district, without complaints about somebody. Two
    queries, however many people and matters."""
    issues: Any = Issue.objects.open().within(root).exclude(ABOUT_SOMEBODY).order_by()
    rows = issues.values_list("owner_unit_id", "owner_body_id").annotate(
        all=Count("pk"), late=Count("pk", filter=Q(due_at__lte=now))
    )
    held = {(unit, body): (number, late) for unit, body, number, late in rows}
    here = Q(unit__in={unit for unit, _body in held if unit}) | Q(
        body__in={body for _unit, body in held if body}
    )
    posts: Any = Post.objects.active(now).with_absence(now).filter(here, role__in=roles_that(*ANSWERS))
    places: dict[int, set[tuple[int | None, int | None]]] = {}
    for row, person in _addressed(posts):
        places.setdefault(person, set()).add((row.unit_id, row.body_id))
    return {user: _summed(held[place] for place in found) for user, found in places.items()}


def _summed(counts: Iterable[tuple[int, int]]) -> tuple[int, int]:
    numbers = list(counts)
    return sum(number for number, _late in numbers), sum(late for _number, late in numbers)


@handler("desk.groups", "unit.board_digest")
def tell_groups_of_board(event: "Event", now: datetime) -> None:
    """The district's groups how many are late in it, without complaints about somebody; none where nothing is."""
    root = Unit.objects.get(pk=event.subject_id)
    if (root.pk, "digest") not in groups_told():
        return
    open_to_all: Any = Issue.objects.exclude(ABOUT_SOMEBODY)
    late = list(open_to_all.within(root).overdue(now).order_by().values_list("due_at", flat=True))
    if late:
        link = reverse("desk:list", args=["board"])
        tell_groups(event, root.pk, "digest", "desk.board_digest", _counted(root, late, now), link, now=now)


def _counted(root: Unit, late: list[datetime], now: datetime) -> dict[str, Any]:
    return {"unit": root.name, "late": len(late), "new": sum(now - due <= WEEK for due in late)}


def _readers(root: Unit, now: datetime) -> set[int]:
    """Ids of the people, the deputy of whoever is on leave."""
    here = Q(unit__district=root) | Q(unit=root) | Q(body__district=root)
    posts: Any = Post.objects.active(now).with_absence(now).filter(here, role__in=READERS)
    return {person for _post, person in _addressed(posts)}


def _addressed(posts: Any) -> Iterator[tuple[Post, int]]:
    """Of these posts, with who is away known, whoever is reached by each: its holder or, on leave, the deputy."""
    for row in posts.annotate(there=HELD_BY_A_PERSON & Q(away=False)):
        if row.there or row.deputy_there:
            yield row, row.user_id if row.there else row.deputy_id
