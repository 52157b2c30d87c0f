"""What the bench fills in is lawful, and what the faces ask of many records of service is answered from the indexes."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from bench import volunteers as bench
from grids.standing import forget_standings
from tests.builders import Town
from tests.towns import put_town
from tests.volunteers.hours_builders import opened
from tests.volunteers.points_builders import good, in_order
from volunteers.actions.points import expire_points
from volunteers.models import (
    Activity,
    Membership,
    PointAccount,
    PointEntry,
    PointTransfer,
    Redemption,
    Service,
    Shift,
    SignUp,
    Team,
    Volunteer,
)
from volunteers.points_check import faults
from volunteers.querysets import kept_by, run_by

PEOPLE, TEAMS, DEEDS, CHUNK = 400, 40, 6_000, 1_500
BIG = (
    *("volunteers_service", "volunteers_activity", "volunteers_volunteer", "volunteers_team"),
    *("volunteers_shift", "volunteers_signup"),
)
FILLED = (
    *("volunteers_volunteer", "volunteers_team", "volunteers_membership"),
    *("volunteers_activity", "volunteers_pointaccount"),
)
# Whoever has served had a place.
SIGN_UPS = """
    INSERT INTO volunteers_shift (activity_id, starts_at, ends_at, places, taken)
    SELECT id, starts_at, ends_at, 1000, 0 FROM volunteers_activity;
    INSERT INTO volunteers_signup (activity_id, shift_id, volunteer_id, state, signed_up_at)
    SELECT DISTINCT s.activity_id, h.id, s.volunteer_id, 'in', h.starts_at
    FROM volunteers_service s JOIN volunteers_shift h ON h.activity_id = s.activity_id
"""


class Place:
    """The town with volunteers; "leader" has an account and leads one of the teams, "helper" leads none."""

    def __init__(self) -> None:
        self.town: Town = put_town()
        by = self.town.people["community_secretary"].pk
        size = {"district": self.town.district.pk, "people": PEOPLE, "teams": TEAMS}
        with connection.cursor() as cursor:
            # The bench fills as the owner, whom nothing hurries.
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute(bench.FILL.read_text(), size)
            # As autovacuum would meanwhile: the ledger is filled by a plan for tables that are no longer empty.
            cursor.execute(f"ANALYZE {', '.join(FILLED)}")
            for first in range(0, DEEDS, CHUNK):
                rows = {
                    "first": first,
                    "last": first + CHUNK - 1,
                    "count": DEEDS,
                    "base": bench.BASE,
                    "by": by,
                }
                cursor.execute(bench.LEDGER.read_text(), rows)
                # As at a commit: each booking is weighed, once.
                cursor.execute("DROP TABLE deed; SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
                # The triggers keep a plan, and the one for an empty table reads all of it for each booking.
                cursor.execute(f"ANALYZE {', '.join(bench.NUMBERED)}")
            cursor.execute(bench.GOODS.read_text(), bench.goods_of(self.town.district.pk, DEEDS))
            cursor.execute("DROP TABLE taker; SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
            cursor.execute(bench.BALANCES, {"base": bench.BASE})
            cursor.execute(SIGN_UPS)
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
            for name in ("leader", "helper"):
                user = self.town.person(name)
                who = Volunteer.objects.filter(user=None, state="active").latest("pk")
                Volunteer.objects.filter(pk=who.pk).update(user=user)
            Team.objects.filter(pk=Team.objects.earliest("pk").pk).update(
                leader=Volunteer.objects.get(user__username="leader")
            )
            cursor.execute(f"ANALYZE {', '.join(BIG)}")

    def seen(self, name: str, model: Any = Service) -> QuerySet:
        return model.objects.visible_to(self.town.people[name], self.town.now)


# Goods over the counter, for whoever has an account in turn; without bookings, so for looking at alone.
REDEMPTIONS = """
    INSERT INTO volunteers_redemption (good_id, account_id, station_id, district_id, street_id, community_id, price, state,
        code, code_hash, key, reserved_at, until, ended_at)
    SELECT g.id, a.ids[1 + n %% cardinality(a.ids)], g.station_id, g.district_id, g.street_id, g.community_id, 1,
        'collected', '', '', '', %(now)s, %(now)s, %(now)s
    FROM volunteers_good g, generate_series(1, 6000) n,
        (SELECT array_agg(id ORDER BY id) ids FROM volunteers_pointaccount WHERE volunteer_id IS NOT NULL) a
    WHERE g.id = %(good)s;
    ANALYZE volunteers_redemption, volunteers_pointaccount
"""


@pytest.fixture(scope="module")
def _filled_once(django_db_setup: None, django_db_blocker: Any) -> Iterator[Place]:
    """Filled once for all tests here, inside a transaction that is undone at the end."""
    with django_db_blocker.unblock():
        with transaction.atomic():
            yield Place()
            transaction.set_rollback(True)
        forget_standings()
        # How large a table is, is kept past the end of a transaction.
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(BIG)}")


@pytest.fixture
def place(_filled_once: Place, db: None) -> Place:
    return _filled_once


def plan_of(queryset: QuerySet) -> set[str]:
    """Of the large tables those that are read from end to end."""
    read = {node["Relation Name"] for node in nodes_of(queryset) if node["Node Type"] == "Seq Scan"}
    return read & {"volunteers_service", "volunteers_signup", "volunteers_redemption"}


def nodes_of(queryset: QuerySet) -> list[dict[str, Any]]:
    """The steps of its plan."""
    (whole,) = json.loads(queryset.explain(format="json"))
    found, waiting = [], [whole["Plan"]]
    while waiting:
        node = waiting.pop()
        waiting += node.get("Plans", [])
        found.append(node)
    return found


def test_the_ledger_is_in_order_and_as_large_as_asked(place: Place) -> None:
    in_order()
    assert PointEntry.objects.filter(transfer__kind="earn").count() == 2 * DEEDS
    assert PointAccount.objects.of_volunteers().filter(balance__gt=0).count() == PEOPLE
    assert Service.objects.confirmed().count() == DEEDS
    assert Membership.objects.count() == PEOPLE - PEOPLE // 20
    days = Service.objects.order_by("pk").values_list("on", flat=True)
    assert days[0] < days[DEEDS - 1] <= timezone.localdate() < days[0] + timedelta(days=366)


def test_goods_were_collected_and_points_have_expired(place: Place) -> None:
    """Every third has collected one, or has it put aside; of what has expired a fourth is still to be booked."""
    states = Counter(Redemption.objects.values_list("state", flat=True))
    assert states == {"collected": PEOPLE // 3 - PEOPLE // 30, "reserved": PEOPLE // 30}
    booked = PointTransfer.objects.filter(kind="expire").count()
    due = PointAccount.objects.expiring(timezone.localdate())
    assert booked > PEOPLE // 2 and 0 < due.count() < booked
    with transaction.atomic():
        # Some have spent meanwhile what was to expire.
        assert (
            expire_points(now=timezone.now())
            > PointTransfer.objects.filter(kind="expire").count() - booked
            > 0
        )
        # But for the order of lines: those that were filled in have numbers far above the next one.
        assert [one for one in faults() if not one.startswith("entry")] == []
        transaction.set_rollback(True)


@pytest.mark.parametrize("name", ["leader", "helper", "district_dispatcher", "far_secretary", "grid_worker"])
def test_who_sees_which_records(place: Place, name: str) -> None:
    user, now = place.town.people[name], place.town.now
    mine = Q(volunteer__user=user.pk) | Q(activity__team__leader__user=user.pk) | run_by(user, now)
    wanted = set(Service.objects.filter(mine).values_list("pk", flat=True))
    found = list(place.seen(name).values_list("pk", flat=True))
    assert set(found) == wanted and len(found) == len(wanted)
    assert len(found) == {"district_dispatcher": DEEDS, "grid_worker": 0}.get(name, len(found))


@pytest.mark.parametrize("name", ["leader", "helper", "district_dispatcher", "far_secretary", "grid_worker"])
def test_who_sees_which_sign_ups(place: Place, name: str) -> None:
    user, now = place.town.people[name], place.town.now
    there = Q(team__leader__user=user.pk) | run_by(user, now)
    wanted = set(SignUp.objects.filter(volunteer__user=user.pk).values_list("pk", flat=True))
    wanted |= set(
        SignUp.objects.filter(activity__in=Activity.objects.filter(there)).values_list("pk", flat=True)
    )
    found = list(place.seen(name, SignUp).values_list("pk", flat=True))
    assert set(found) == wanted and len(found) == len(wanted)
    assert bool(found) == (name != "grid_worker")


@pytest.mark.parametrize("name", ["leader", "helper", "grid_worker"])
def test_few_records_are_found_without_reading_all(place: Place, name: str) -> None:
    for asked in (
        place.seen(name),
        place.seen(name).order_by("-on", "-pk")[:21],
        place.seen(name).order_by("-pk")[:21],
        place.seen(name, SignUp),
        place.seen(name, SignUp).order_by("-pk")[:21],
    ):
        assert plan_of(asked) == set(), name


@pytest.mark.parametrize("name", ["leader", "helper", "far_secretary", "grid_worker"])
def test_few_redemptions_are_found_without_reading_all(place: Place, name: str) -> None:
    """One's own, those at one's stations, and those of whom one keeps."""
    now, user = place.town.now, place.town.people[name]
    with connection.cursor() as cursor:
        cursor.execute(REDEMPTIONS, {"now": now, "good": good(place.town).pk})
    mine = (
        Q(account__volunteer__user=user.pk) | kept_by(user, now, "account__volunteer__") | run_by(user, now)
    )
    wanted = set(Redemption.objects.filter(mine).values_list("pk", flat=True))
    seen = place.seen(name, Redemption)
    assert set(seen.values_list("pk", flat=True)) == wanted
    assert bool(wanted) == (name != "grid_worker")
    for asked in (seen, seen.order_by("-pk")[:21]):
        assert plan_of(asked) == set(), name


# Of another community, all still to come, with a shift each.
ACTIVITIES = """
    WITH made AS (
        INSERT INTO volunteers_activity (title, what, place, result, unit_id, district_id, street_id, community_id, state,
            version, starts_at, ends_at, free_cancel_hours, secret, created_at, opened_at)
        SELECT '演示', '演示', '', '', u.id, u.district_id, u.street_id, u.id, 'open', 1, m.at, m.at + interval '2 hours',
            24, '', %(now)s, %(now)s
        FROM grids_unit u, generate_series(1, 20000) n,
            LATERAL (SELECT %(now)s + n * interval '1 minute' AS at) m
        WHERE u.id = %(unit)s
        RETURNING id, starts_at, ends_at
    )
    INSERT INTO volunteers_shift (activity_id, starts_at, ends_at, places, taken)
    SELECT id, starts_at, ends_at, 2, 0 FROM made;
    ANALYZE volunteers_activity, volunteers_shift
"""


def test_what_is_around_a_community_is_found_without_reading_all(place: Place) -> None:
    """Its own, and what its street and district hold as such: each from an index."""
    town = place.town
    with connection.cursor() as cursor:
        cursor.execute(ACTIVITIES, {"now": town.now, "unit": town.far_community.pk})
    for unit, by in ((town.other_community, "other_secretary"), (town.street, "street_leader")):
        opened(town, unit=unit, by=town.people[by])
    opened(town, unit=town.district, by=town.people["district_dispatcher"])
    coming = Activity.objects.around(town.other_community).coming(town.now)
    assert coming.count() == 3
    shifts = Shift.objects.filter(activity__in=coming.order_by().values("pk")).order_by("starts_at", "pk")
    for asked in (coming, coming[:20], shifts[:200]):
        nodes = nodes_of(asked)
        read = {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"}
        assert "volunteers_activity" not in read, nodes
