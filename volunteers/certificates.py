"""The certificate of service: what stands on it, and whether a code on one is true."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db.models import Count, Max, Min, Sum
from django.utils import timezone

from accounts.secrets import keyed_hash
from volunteers.certificate_codes import Claim, read_code, write_code
from volunteers.models import Service
from volunteers.star_rules import rule_of
from volunteers.stars import counted, stars_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from volunteers.models import Volunteer

PURPOSE = "volunteer certificate"


@dataclass(frozen=True)
class Certificate:
    """`minutes` confirmed up to the day `on`, `records` of them between the days `first_on` and `last_on` (None
    without any); `by_year`: calendar year → minutes; `stars` by the rule of the district; `code` to be asked about."""

    volunteer_id: int
    name: str
    minutes: int
    records: int
    first_on: date | None
    last_on: date | None
    by_year: Mapping[int, int]
    stars: int
    on: date
    code: str


def certificate_of(volunteer: Volunteer, now: datetime) -> Certificate:
    """As it stands today. The name is personal data: the face that shows it to anybody but the person records that.
    Three queries."""
    on = timezone.localdate(now)
    theirs = Service.objects.counting().filter(volunteer=volunteer, on__lte=on)
    told = theirs.aggregate(records=Count("pk"), sum=Sum("minutes"), first=Min("on"), last=Max("on"))
    by_year = theirs.minutes_by_year(volunteer)
    rule, minutes = rule_of(volunteer.district_id, now), told["sum"] or 0
    return Certificate(
        volunteer_id=volunteer.pk,
        name=volunteer.name,
        minutes=minutes,
        records=told["records"],
        first_on=told["first"],
        last_on=told["last"],
        by_year=by_year,
        stars=stars_of(counted(by_year, rule, on.year), rule),
        on=on,
        code=code_of(Claim(volunteer.pk, minutes, on)),
    )


def code_of(claim: Claim) -> str:
    """The verification code of this claim, as long as the platform keeps its secret key."""
    return write_code(claim, _digest)


def check_code(text: str) -> Claim | None:
    """What a code vouches for; None for one that the platform never wrote. No query: whoever wants to know whether the
    minutes still stand compares them with `standing_now`."""
    return read_code(text, _digest)


def standing_now(claim: Claim) -> int:
    """Confirmed minutes of that volunteer up to that day as they stand now: a correction may have changed them."""
    return Service.objects.filter(volunteer=claim.volunteer, on__lte=claim.on).minutes()


def _digest(text: str) -> str:
    return keyed_hash(text, purpose=PURPOSE)
