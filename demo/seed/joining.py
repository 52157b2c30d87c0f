"""Dual check-in and responsibility pairing in the demo's community: two organisations and three members with what they
offer; and who answers for its buildings, with a gap, an overlap and a pairing whose duties are still open."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from demo.seed.people import Home
from demo.seed.texts import phrases
from grids.models import Unit
from volunteers.actions.joining import (
    add_organisation,
    check_in_member,
    check_in_organisation,
    offer_resource,
)
from volunteers.actions.pairings import note_duty, pair_place
from volunteers.joining import DUTIES
from volunteers.models import Organisation, Volunteer

# Of the four levels: the official of the community, and who answers for each building.
OF_THE_COMMUNITY, OF_BUILDINGS = 1, 4
EVIDENCE = "演示：见社区公告栏"
# Kind of organisation, its name, and what it offers: kind, words, how many, minutes a month.
SECOND = "演示·红帆物业服务企业"
OFFERS_OF_FIRST = (
    ("venue", "演示：周六可借用三楼会议室，坐得下三十人", 1, None),
    ("people", "演示：党员先锋队，参加清雪和应急值守", 12, 720),
)
OFFERS_OF_SECOND = (("parking", "演示：夜间向居民开放的错时车位", 20, None),)
# What members offer, with the minutes a month.
SKILLS = (("skill", "演示：解答劳动合同方面的问题", 120), ("people", "演示：辅导小学生作业", 240))


def seed_joining(home: Home, secretary: Any, *, now: datetime) -> None:
    """All by the community's secretary. Whoever serves in the demo's department speaks for the first organisation."""
    by = {"by": secretary, "now": now}
    first = _organisation(
        home, f"{home.department.name}机关", "agency", OFFERS_OF_FIRST, body=home.department, **by
    )
    second = _organisation(home, SECOND, "two_new", OFFERS_OF_SECOND, **by)
    people = list(Volunteer.objects.active().filter(community=home.community).order_by("pk")[:3])
    for number, (one, employer) in enumerate(zip(people, (first, second, None), strict=True)):
        checkin = check_in_member(unit=home.community, volunteer=one, employer=employer, **by)
        if number < len(SKILLS):
            kind, words, minutes = SKILLS[number]
            offer_resource(checkin, kind=kind, words=words + phrases()["mark"], minutes=minutes, **by)
    _pair(home, first, second, secretary, now)


def _organisation(
    home: Home, name: str, kind: str, offers: Any, *, by: Any, now: datetime, **more: Any
) -> Organisation:
    made = add_organisation(name=name, kind=kind, district=home.district, by=by, now=now, **more)
    checkin = check_in_organisation(made, unit=home.community, by=by, now=now)
    for sort, words, quantity, minutes in offers:
        told = {"words": words + phrases()["mark"], "quantity": quantity, "minutes": minutes}
        offer_resource(checkin, kind=sort, by=by, now=now, **told)
    return made


def _pair(home: Home, first: Organisation, second: Organisation, secretary: Any, now: datetime) -> None:
    """The secretary answers for the community. Of the demo's grid each building has its own pairing but the last, the gap;
    the first has two. The other grids have one each, so that nothing else is missing."""
    by, since = {"by": secretary, "now": now}, timezone.localdate(now) - timedelta(days=30)
    pair_place(home.community, level=OF_THE_COMMUNITY, official=secretary, starts_on=since, **by)
    grids = Unit.objects.open().at("grid").filter(community=home.community).exclude(pk=home.grid.pk)
    both = (first, second)
    for number, grid in enumerate(grids):
        pair_place(grid, level=OF_BUILDINGS, organisation=both[number % 2], starts_on=since, **by)
    buildings = list(Unit.objects.open().at("building").filter(grid=home.grid))
    for number, building in enumerate(buildings[:-1]):
        told = {"level": OF_BUILDINGS, "starts_on": since}
        one = pair_place(building, organisation=both[number % 2], **told, **by)
        # Of the first all duties are done, of the others the first two.
        for word in DUTIES[: 2 if number else len(DUTIES)]:
            note_duty(one, word.key, done_on=since + timedelta(days=10), note=EVIDENCE, **by)
        if not number:
            pair_place(building, organisation=second, **told, **by)
