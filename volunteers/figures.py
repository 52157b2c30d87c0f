"""What is counted of volunteering in a unit and a period: a row for each part of the unit, and the sum. Places are counted,
and of people how many they are; what would be a mark of one of them is left out (volunteers.small_groups)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, Count, F, Func, IntegerField, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from calendars.midnight import start_of
from grids.lineage import column, inside
from grids.models import Unit
from volunteers.joining import PAIRING_LEVELS
from volunteers.models import Activity, Service, SignUp, Station, Team, Transfer, Volunteer
from volunteers.per_unit import (
    Spotted,
    checkins_per_unit,
    child_column,
    claimed_per_unit,
    counts,
    few_spotters,
    hidden_parts,
    pairings_per_unit,
    spotted_per_unit,
    wishes_per_unit,
)
from volunteers.points_sums import sums_of_homes
from volunteers.star_rules import rule_of
from volunteers.stars import YEAR, StarRule

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

HELD = ("under_way", "done", "settled")
POINTS = ("issued", "spent", "expired")
CLAIMED = "members_with_claim"


EARLIEST, LATEST = date(1900, 1, 1), date(9000, 1, 1)


class Figure(NamedTuple):
    """One number. `part`: key of the section that it stands in; `told`: what it counts, for programs."""

    key: str
    part: str
    label: "StrOrPromise"
    told: str


PARTS = {
    "people": gettext_lazy("Volunteers, teams and stations"),
    "deeds": gettext_lazy("Activities and hours"),
    "points": gettext_lazy("Points"),
    "wishes": gettext_lazy("Micro-wishes"),
    "joining": gettext_lazy("Dual check-in"),
    "pairings": gettext_lazy("Responsibility pairings"),
    "spotters": gettext_lazy("Spotters"),
}
FIGURES = (
    Figure(
        "active",
        "people",
        gettext_lazy("Take part now"),
        "Volunteers who take part now and are at home there.",
    ),
    Figure(
        "joined",
        "people",
        gettext_lazy("New in the period"),
        "Volunteers at home there who began in the period.",
    ),
    Figure("left", "people", pgettext_lazy("figures", "Left"), "Of those at home there: left in the period."),
    Figure(
        "moved_in",
        "people",
        pgettext_lazy("figures", "Taken in"),
        "Transfers into it, decided in the period.",
    ),
    Figure("moved_out", "people", gettext_lazy("Moved away"), "Transfers out of it, decided in the period."),
    Figure("teams", "people", gettext_lazy("Teams now"), "Teams that are open now."),
    Figure("stations", "people", gettext_lazy("Stations now"), "Stations that are open now."),
    Figure(
        "held",
        "deeds",
        gettext_lazy("Activities held"),
        "Activities that began in the period and took place, those under way included.",
    ),
    Figure(
        "called_off",
        "deeds",
        gettext_lazy("Called off"),
        "Activities that were open for sign-up, would have begun in the period, and were called off.",
    ),
    Figure(
        "sign_ups", "deeds", gettext_lazy("Sign-ups"), "To activities of the period, whatever became of them."
    ),
    Figure("came", "deeds", gettext_lazy("Came"), "Of these sign-ups: checked in."),
    Figure("absent", "deeds", gettext_lazy("Did not come"), "Of these sign-ups: noted as not having come."),
    Figure(
        "minutes",
        "deeds",
        gettext_lazy("Minutes confirmed"),
        "Confirmed minutes of days of the period, by where it was done.",
    ),
    Figure(
        "stars",
        "deeds",
        gettext_lazy("Stars reached"),
        "By volunteers at home there, with the hours of the period, by the district's rule of now.",
    ),
    Figure(
        "issued",
        "points",
        pgettext_lazy("points", "Issued"),
        "Points, less what was taken back, by the day of the deed; what could not be taken then, since it was spent, is "
        "taken on the day on which it was settled. Null where the sum would tell of one person.",
    ),
    Figure(
        "spent",
        "points",
        pgettext_lazy("points", "Spent"),
        "Points for goods that were collected; null as above.",
    ),
    Figure("expired", "points", pgettext_lazy("points", "Expired"), "Points; null as above."),
    Figure("wishes", "wishes", pgettext_lazy("wish", "Made"), "Wishes made in the period."),
    Figure(
        "granted",
        "wishes",
        pgettext_lazy("wish", "Confirmed as fulfilled"),
        "Wishes confirmed as fulfilled in the period.",
    ),
    Figure("overdue", "wishes", gettext_lazy("Claims run out"), "Claims that ran out of time in the period."),
    Figure("claims", "wishes", gettext_lazy("Claims"), "Claims made in the period, whoever made them."),
    Figure("members", "wishes", gettext_lazy("Party members checked in"), "Who are checked in now."),
    Figure(
        CLAIMED,
        "wishes",
        gettext_lazy("Of these members: have claimed one"),
        "Of these members: have claimed a wish in the period, each once; not what was given back or ran out of time. Null "
        "where so few are checked in that it would tell of one of them.",
    ),
    Figure(
        "organisations",
        "joining",
        gettext_lazy("Organisations"),
        "Check-ins of organisations that stand now.",
    ),
    Figure("offers", "joining", gettext_lazy("Offers"), "Offers that stand now."),
    Figure(
        "offered_minutes",
        "joining",
        gettext_lazy("Minutes offered a month"),
        "What the offers of time come to.",
    ),
    Figure("buildings", "pairings", gettext_lazy("Buildings"), "Open buildings."),
    Figure("pairings", "pairings", gettext_lazy("Pairings"), "Pairings in force today."),
    *(
        Figure(
            f"gaps_{level}",
            "pairings",
            format_lazy(gettext_lazy("Nobody of level {level}"), level=level),
            f"Buildings for which nobody of level {level} answers today.",
        )
        for level in PAIRING_LEVELS
    ),
    Figure(
        "overlaps",
        "pairings",
        gettext_lazy("Overlaps"),
        "Pairings beside which another one of the same level stands at the same place.",
    ),
    Figure(
        "spotted", "spotters", pgettext_lazy("spotters", "Reported"), "What spotters reported in the period."
    ),
    Figure(
        "accepted_percent",
        "spotters",
        gettext_lazy("Accepted, percent"),
        "Of what was looked at; null where nothing was, or while fewer than three people report.",
    ),
)
KEYS = tuple(figure.key for figure in FIGURES)
Numbers = dict[str, int | None]


@dataclass(frozen=True)
class FigureRow:
    """`kind`: part, own (what lies at the unit itself) or total. `pk`: of the unit, None of what is its own. `values`:
    key of a figure → number, None where it is not shown."""

    pk: int | None
    code: str
    label: str
    kind: str
    values: Numbers


def moments(first: date, last: date) -> tuple[datetime, datetime]:
    """From when to when these days are, the last one included: [since, until). Days so far off that no moment of theirs
    can be compared count as the nearest that can."""
    first, last = (min(max(day, EARLIEST), LATEST) for day in (first, last))
    return start_of(first), start_of(last + timedelta(days=1))


def figure_rows(unit: Unit, first: date, last: date, now: datetime) -> list[FigureRow]:
    """The parts of a district or street by code, those without any figure too; what is the unit's own, if anything; the
    sum comes last. Of a community the sum alone. As many queries whatever there is."""
    found: dict[int | None, Counter[str]] = {}
    for rows in _counted(unit, first, last, now):
        for pk, numbers in rows.items():
            _add(found, pk, numbers)
    since, until = moments(first, last)
    hidden: dict[int | None, set[str]] = defaultdict(set)
    points, few = _points(unit, first, last)
    claimed, few[CLAIMED] = claimed_per_unit(unit, since, until)
    few["accepted_percent"] = few_spotters(unit, since, until)
    for sums in (points, claimed):
        for pk, numbers in sums.items():
            _add(found, pk, numbers)
    for key, places in few.items():
        for pk in places:
            hidden[pk].add(key)
    spotted = spotted_per_unit(unit, since, until)
    whole = spotted_per_unit(unit, since, until, by=column(unit.kind)).get(unit.pk)
    total: Counter[str] = Counter()
    for numbers in found.values():
        total.update(numbers)
    rows = [
        FigureRow(pk, code, name, "part", _shown(found.get(pk, Counter()), spotted.get(pk), hidden[pk]))
        for pk, code, name in _parts(unit, {*found, *spotted})
    ]
    own = found.get(None, Counter())
    if any(own.values()) or None in spotted:
        name = _("%(name)s itself") % {"name": unit.name}
        rows.append(FigureRow(None, "", name, "own", _shown(own, spotted.get(None), hidden[None])))
    return [
        *rows,
        FigureRow(unit.pk, unit.code, _("Together"), "total", _shown(total, whole, hidden[unit.pk])),
    ]


def _add(found: dict[int | None, Counter[str]], pk: int | None, numbers: Mapping[str, int]) -> None:
    row = found.setdefault(pk, Counter())
    for key, number in numbers.items():
        row[key] += number


def _parts(unit: Unit, found: Iterable[int | None]) -> list[tuple[int, str, str]]:
    """(id, code, name) of the open ones, and of those that have closed since where there is something to count."""
    if unit.kind == "community":
        return []
    below = Unit.objects.filter(Q(parent=unit, closed_at=None) | Q(pk__in=[pk for pk in found if pk]))
    return list(below.exclude(pk=unit.pk).order_by("code").values_list("pk", "code", "name"))


def _shown(numbers: Mapping[str, int], spotted: Spotted | None, hidden: Iterable[str]) -> Numbers:
    share = spotted.share if spotted else None
    shown: Numbers = {key: numbers.get(key, 0) for key in KEYS}
    shown["spotted"] = spotted.reported if spotted else 0
    shown["accepted_percent"] = None if share is None else round(100 * share)
    return shown | dict.fromkeys(hidden)


def _counted(
    unit: Unit, first: date, last: date, now: datetime
) -> Iterable[Mapping[int | None, Mapping[str, int]]]:
    """Of each subject: id of the part, None of the unit itself → numbers."""
    by, days = child_column(unit), moments(first, last)
    yield counts(
        Volunteer.objects.within(unit),
        by,
        active=Count("pk", filter=Q(state="active")),
        joined=Count("pk", filter=_in("joined_at", days)),
        left=Count("pk", filter=_in("left_at", days)),
    )
    moved = Transfer.objects.filter(_in("decided_at", days), state="taken")
    yield counts(moved.filter(inside(unit)), by, moved_in=Count("pk"))
    yield counts(
        moved.filter(**{f"left__{column(unit.kind)}": unit.pk}), f"left__{by}", moved_out=Count("pk")
    )
    yield counts(Team.objects.open().within(unit), by, teams=Count("pk"))
    yield counts(Station.objects.open().within(unit), by, stations=Count("pk"))
    begun = Activity.objects.within(unit).filter(_in("starts_at", days))
    called_off = Q(state="cancelled", opened_at__isnull=False)
    yield counts(
        begun, by, held=Count("pk", filter=Q(state__in=HELD)), called_off=Count("pk", filter=called_off)
    )
    signed_up = SignUp.objects.filter(
        _in("activity__starts_at", days), **{f"activity__{column(unit.kind)}": unit.pk}
    )
    yield counts(
        signed_up,
        f"activity__{by}",
        sign_ups=Count("pk"),
        came=Count("pk", filter=Q(checked_in_at__isnull=False)),
        absent=Count("pk", filter=Q(state="no_show")),
    )
    served = Service.objects.confirmed().within(unit).between(first, last)
    yield counts(served, by, minutes=Sum("minutes"))
    yield counts(_reached(unit, first, last, rule_of(unit.district_id, now)), by, stars=Sum("reached"))
    for pk, row in wishes_per_unit(unit, *days).items():
        yield {pk: {"wishes": row["made"]} | {key: row[key] for key in ("granted", "overdue", "claims")}}
    yield checkins_per_unit(unit, timezone.localdate(now))
    yield from _paired(unit, timezone.localdate(now))


def _reached(unit: Unit, first: date, last: date, rule: StarRule) -> Any:
    """Those at home there who served in the period, each with the stars that they have `reached` with it."""
    confirmed = Service.objects.confirmed()
    begin = date(last.year, 1, 1) if rule.basis == YEAR else date.min
    mine = confirmed.filter(volunteer=OuterRef("pk"), on__gte=begin).order_by().values("volunteer")

    def minutes(**until: date) -> Any:
        return Coalesce(Subquery(mine.filter(**until).annotate(sum=Sum("minutes")).values("sum")), 0)

    served = confirmed.between(max(first, begin), last).order_by().values("volunteer")
    found = Volunteer.objects.within(unit).filter(pk__in=served)
    found = found.annotate(before=minutes(on__lt=first), after=minutes(on__lte=last))
    return found.annotate(reached=_stars("after", rule) - _stars("before", rule))


def _stars(minutes: str, rule: StarRule) -> Any:
    """How many stars so many minutes are, as volunteers.stars.stars_of reckons it. The sum stands in it once: a comparison
    with each step would add it up as often."""
    steps = Cast(Value([hours * 60 for hours in rule.hours]), ArrayField(BigIntegerField()))
    return Func(F(minutes), steps, function="width_bucket", output_field=IntegerField())


def _paired(unit: Unit, today: date) -> Iterable[dict[int | None, dict[str, int]]]:
    """Pairings are known by community; a district shows them by street."""
    of_communities = pairings_per_unit(unit, today)
    part_of = {pk: pk for pk in of_communities}
    if unit.kind == "district":
        part_of = dict(Unit.objects.filter(pk__in=of_communities).values_list("pk", "street_id"))
    for pk, row in of_communities.items():
        gaps = {f"gaps_{level}": row.gaps[level] for level in PAIRING_LEVELS}
        numbers = {"buildings": row.buildings, "pairings": row.pairings, "overlaps": row.overlaps.total()}
        yield {part_of.get(pk): numbers | gaps}


def _points(
    unit: Unit, first: date, last: date
) -> tuple[dict[int | None, Counter[str]], dict[str, frozenset[int | None]]]:
    """Points by the parts of the unit; and of each sort the ids of those (of the unit itself too) whose sums may not be
    shown. What is hidden is reckoned for the whole district, so that no page says what another one hides; each sort by the
    people that it comes from, for ten may have earned where one has spent. One query."""
    homes = sums_of_homes(unit.district_id, first, last, POINTS)
    shown: dict[int | None, Counter[str]] = {}
    for home in homes:
        line = {"district": unit.district_id, "street": home.street, "community": home.community}
        if line[unit.kind] == unit.pk:
            _add(shown, home.street if unit.kind == "district" else home.community, home.points)
    return shown, {
        kind: hidden_parts(unit, {(home.street, home.community): home.people[kind] for home in homes})
        for kind in POINTS
    }


def _in(field: str, days: tuple[datetime, datetime]) -> Q:
    since, until = days
    return Q(**{f"{field}__gte": since, f"{field}__lt": until})
