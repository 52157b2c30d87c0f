"""Figures of volunteering: equal to a plain count in Python on data that is made up, as many queries whatever there is,
nothing that would tell of one person, and each for those who run volunteering there alone."""

import io
import random
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from openpyxl import load_workbook

from grids.models import Unit
from tests.api.conftest import client_of
from tests.builders import LONG_AGO, Town
from tests.faces import stop_clock, visitor
from tests.volunteers.at_desk import desk
from tests.volunteers.hours_builders import some_volunteer
from tests.volunteers.points_builders import earn, good, station
from tests.volunteers.wishes_builders import claimed
from trail.models import Event
from volunteers.actions.joining import check_in_member, check_out
from volunteers.actions.redeem import collect_good, reserve_good
from volunteers.figures import FIGURES, HELD, KEYS, FigureRow, figure_rows, moments
from volunteers.models import (
    Activity,
    CheckIn,
    Claim,
    Offer,
    Organisation,
    Pairing,
    Service,
    Shift,
    SignUp,
    Station,
    Team,
    Transfer,
    Volunteer,
    Wish,
)
from volunteers.periods import days_asked
from volunteers.small_groups import hidden_places, too_few
from volunteers.stars import stars_of

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
PAGE = reverse("volunteers_desk:figures")
API = "/api/v1/statistics/volunteering/"
HOMES = ("community", "grid", "other_grid", "other_community", "far_community", "far_grid")


@pytest.fixture
def town(town: Town, monkeypatch: pytest.MonkeyPatch) -> Town:
    stop_clock(monkeypatch, town.now)
    return town


def lineage_for(model: Any, unit: Unit) -> dict[str, int | None]:
    """As much of it as the model has."""
    names = {field.attname for field in model._meta.concrete_fields}
    return {name: pk for name, pk in unit.lineage().items() if name in names}


class Chance:
    """Rows of every sort, at any place, on any day around the period."""

    def __init__(self, town: Town, seed: int, size: int) -> None:
        self.town, self.dice, self.size = town, random.Random(seed), size
        self.homes = [getattr(town, name) for name in HOMES]

    def moment(self) -> datetime:
        """Of ten weeks, the bounds of the period among them."""
        bounds = (*moments(FIRST, LAST), moments(FIRST, LAST)[1] - timedelta(seconds=1))
        some = self.town.now + timedelta(minutes=self.dice.randint(-50_000, 50_000))
        return self.dice.choice([*bounds, *[some] * 9])

    def home(self) -> Unit:
        return self.dice.choice(self.homes)

    def put(self, model: Any, place: Unit, /, **given: Any) -> Any:
        return model.objects.create(**lineage_for(model, place), **given)

    def fill(self) -> None:
        people = [self.volunteer() for _one in range(self.size)]
        for number in range(self.size):
            self.team(number)
            self.transfer(self.dice.choice(people))
            self.activity(people)
            for _more in range(2):
                self.service(self.dice.choice(people))
            self.wish(self.dice.choice(people))
            self.joining(number, self.dice.choice(people))
            self.pairing(number)

    def volunteer(self) -> Volunteer:
        home, state = self.home(), self.dice.choice(["active", "active", "left", "erased"])
        left = None if state == "active" else self.moment()
        given = {"home": home, "state": state, "left_at": left, "joined_at": self.moment()}
        return self.put(Volunteer, home, **given, consented_at=LONG_AGO)

    def team(self, number: int) -> None:
        for model, more in ((Team, {"topic": "elders"}), (Station, {})):
            at = self.home().community
            closed = self.dice.choice([None, None, self.moment()])
            given = {"name": f"演示{number}", "opened_at": LONG_AGO, "closed_at": closed}
            self.put(model, at, unit=at, **given, **more)

    def transfer(self, who: Volunteer) -> None:
        state = self.dice.choice(["taken", "taken", "refused", "withdrawn"])
        left, home = self.home(), self.home()
        given = {"volunteer": who, "left": left, "home": home, "state": state, "asked_at": LONG_AGO}
        self.put(Transfer, home, **given, decided_at=self.moment())

    def activity(self, people: list[Volunteer]) -> None:
        unit = self.dice.choice([*self.homes, self.town.district, self.town.street])
        state = self.dice.choice(["draft", "open", *HELD, "cancelled", "cancelled"])
        opened = None if state == "draft" else self.dice.choice([LONG_AGO, LONG_AGO, None])
        opened = opened if state in {"draft", "cancelled"} else LONG_AGO
        start = self.moment()
        times = {"starts_at": start, "ends_at": start + timedelta(hours=2)}
        settled = start + timedelta(days=1) if state == "settled" else None
        given = {"title": "演示", "what": "演示", "secret": "x", "created_at": LONG_AGO, "unit": unit}
        given |= {"state": state, "opened_at": opened, "settled_at": settled}
        made = self.put(Activity, unit, **given, **times)
        shift = Shift.objects.create(activity=made, places=99, **times)
        for who in self.dice.sample(people, min(3, len(people))):
            how = self.dice.choice(["in", "came", "waiting", "cancelled", "late_cancelled", "no_show"])
            state, came = ("in", start) if how == "came" else (how, None)
            signed = {"signed_up_at": LONG_AGO, "state": state, "checked_in_at": came}
            SignUp.objects.create(activity=made, shift=shift, volunteer=who, **signed)

    def service(self, who: Volunteer) -> None:
        unit, state = self.home(), self.dice.choice(["proposed", "confirmed", "confirmed", "refused"])
        decided = {} if state == "proposed" else {"decided_at": LONG_AGO, "decided_by": self.town.person("x")}
        on = timezone.localdate(self.moment()) - timedelta(days=self.dice.choice([0, 0, 400]))
        given = {"volunteer": who, "unit": unit, "on": on, "what": "演示", "source": "beside", "state": state}
        minutes = self.dice.choice([45, 1440])
        self.put(Service, unit, **given, minutes=minutes, proposed_at=LONG_AGO, **decided)

    def wish(self, who: Volunteer) -> None:
        unit, state = self.home(), self.dice.choice(["proposed", "open", "confirmed", "refused"])
        ended = self.moment() if state in {"confirmed", "refused"} else None
        given = {"unit": unit, "alias": "演示", "text": "演示", "state": state, "ended_at": ended}
        secret = f"{self.dice.random()}"
        made = self.put(Wish, unit, **given, secret_hash=secret, consented_at=LONG_AGO, made_at=self.moment())
        outcome = self.dice.choice(["overdue", "given_back", "kept", "dropped"])
        ended = {"ended_at": self.moment(), "outcome": outcome}
        Claim.objects.create(wish=made, volunteer=who, claimed_at=self.moment(), **ended)

    def joining(self, number: int, who: Volunteer) -> None:
        at = self.home().community
        ended = self.dice.choice([None, None, self.moment()])
        firm = Organisation.objects.create(
            name=f"演示{number}", kind="other", opened_at=LONG_AGO, district=self.town.district
        )
        given = {"unit": at, "since": LONG_AGO, "ended_at": ended}
        made = self.put(CheckIn, at, side="organisation", organisation=firm, **given)
        if not CheckIn.objects.filter(volunteer=who, unit=at, ended_at=None).exists():
            self.put(CheckIn, at, side="member", volunteer=who, **given)
        today = timezone.localdate(self.town.now)
        until = self.dice.choice([None, today, today - timedelta(days=1)])
        withdrawn = self.dice.choice([None, None, LONG_AGO])
        words = {"kind": "people", "words": "演示", "offered_at": LONG_AGO}
        minutes = self.dice.choice([None, 60])
        self.put(Offer, at, checkin=made, **words, minutes=minutes, until=until, withdrawn_at=withdrawn)

    def pairing(self, number: int) -> None:
        place = self.dice.choice([self.town.building, self.town.grid, self.town.far_community])
        today = timezone.localdate(self.town.now)
        ends = self.dice.choice([None, today, today + timedelta(days=1)])
        given = {"unit": place, "level": self.dice.randint(1, 2), "starts_on": date(2026, 1, 1)}
        official = self.town.person(f"official{number % 3}")
        self.put(Pairing, place, **given, official=official, ends_on=ends, made_at=LONG_AGO)


def lies_in(row: Any, unit: Unit) -> bool:
    return getattr(row, f"{unit.kind}_id") == unit.pk


def within(moment: Any) -> bool:
    return moment is not None and FIRST <= timezone.localdate(moment) <= LAST


def plain(town: Town, unit: Unit) -> Counter[str]:
    """The same by reading every row, one after the other."""
    found: Counter[str] = Counter()
    today = timezone.localdate(town.now)
    for one in Volunteer.objects.all():
        if lies_in(one, unit):
            found["active"] += one.state == "active"
            found["joined"] += within(one.joined_at)
            found["left"] += within(one.left_at)
            before = after = 0
            for row in one.services.filter(state="confirmed"):
                before += row.minutes if row.on < FIRST else 0
                after += row.minutes if row.on <= LAST else 0
            found["stars"] += stars_of(after) - stars_of(before)
    for one in Transfer.objects.filter(state="taken"):
        found["moved_in"] += lies_in(one, unit) and within(one.decided_at)
        found["moved_out"] += within(one.decided_at) and unit.pk in one.left.lineage().values()
    for key, model in (("teams", Team), ("stations", Station)):
        found[key] = sum(lies_in(one, unit) and one.closed_at is None for one in model.objects.all())
    for one in Activity.objects.all():
        if lies_in(one, unit) and within(one.starts_at):
            found["held"] += one.state in HELD
            found["called_off"] += one.state == "cancelled" and one.opened_at is not None
            for row in one.sign_ups.all():
                found["sign_ups"] += 1
                found["came"] += row.checked_in_at is not None
                found["absent"] += row.state == "no_show"
    for one in Service.objects.all():
        if lies_in(one, unit) and one.state == "confirmed" and FIRST <= one.on <= LAST:
            found["minutes"] += one.minutes
    for one in Wish.objects.all():
        if lies_in(one, unit):
            found["wishes"] += within(one.made_at)
            found["granted"] += one.state == "confirmed" and within(one.ended_at)
            for row in one.claims.all():
                found["claims"] += within(row.claimed_at)
                found["overdue"] += row.outcome == "overdue" and within(row.ended_at)
    for one in CheckIn.objects.filter(ended_at=None):
        found["members" if one.side == "member" else "organisations"] += lies_in(one, unit)
        if one.side == "member" and lies_in(one, unit):
            found["members_with_claim"] += has_claimed(one)
        for row in one.offers.filter(withdrawn_at=None):
            if lies_in(row, unit) and (row.until is None or row.until >= today):
                found["offers"] += 1
                found["offered_minutes"] += row.minutes or 0
    return found + paired(unit, today)


def has_claimed(one: CheckIn) -> bool:
    """The member of this check-in, in the period, without giving it back or being late."""
    theirs = Claim.objects.filter(volunteer=one.volunteer, outcome__in=("", "kept", "dropped"))
    return any(within(row.claimed_at) for row in theirs)


def paired(unit: Unit, today: date) -> Counter[str]:
    """Who answers for each building: itself, its grid or its community."""
    found: Counter[str] = Counter()
    standing = [
        one for one in Pairing.objects.all() if one.starts_on <= today and (one.ends_on or date.max) > today
    ]
    for building in Unit.objects.filter(kind="building", closed_at=None):
        if lies_in(building, unit):
            found["buildings"] += 1
            here = {building.pk, building.grid_id, building.community_id}
            for level in range(1, 5):
                found[f"gaps_{level}"] += not any(
                    one.level == level and one.unit_id in here for one in standing
                )
    at = Counter((one.level, one.unit_id) for one in standing)
    for one in standing:
        if lies_in(one, unit):
            found["pairings"] += 1
            found["overlaps"] += at[one.level, one.unit_id] > 1
    return found


def told(row: FigureRow) -> dict[str, int]:
    return {key: value for key, value in row.values.items() if value}


def wanted(town: Town, unit: Unit, row: FigureRow) -> dict[str, int]:
    """Without what is hidden in this row."""
    hidden = {key for key, value in row.values.items() if value is None}
    return {key: value for key, value in plain(town, unit).items() if value and key not in hidden}


def by_code(rows: list[FigureRow]) -> dict[str, FigureRow]:
    return {row.code or row.kind: row for row in rows}


class TestCount:
    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_as_a_plain_count(self, town, seed: int) -> None:
        Chance(town, seed, 30).fill()
        for unit in (town.district, town.street, town.other_street, town.community):
            rows = figure_rows(unit, FIRST, LAST, town.now)
            assert told(rows[-1]) == wanted(town, unit, rows[-1]), unit
            for row in rows[:-1]:
                if row.kind == "part":
                    part = Unit.objects.get(code=row.code)
                    assert told(row) == wanted(town, part, row), part
            for key in KEYS[:-1]:
                assert sum(row.values[key] or 0 for row in rows[:-1]) in {rows[-1].values[key], 0}

    def test_what_lies_at_the_unit_itself_has_a_row_of_its_own(self, town) -> None:
        start = town.now
        Chance(town, 1, 1).put(
            Activity,
            town.district,
            **{"title": "演示", "what": "演示", "secret": "x", "created_at": LONG_AGO, "unit": town.district},
            **{"state": "done", "opened_at": LONG_AGO},
            starts_at=start,
            ends_at=start + timedelta(hours=1),
        )
        with translation.override("en"):
            rows = figure_rows(town.district, FIRST, LAST, town.now)
        assert [(row.kind, row.values["held"]) for row in rows] == [
            ("part", 0),
            ("part", 0),
            ("own", 1),
            ("total", 1),
        ]
        assert rows[2].label == "宽城区 itself"

    def test_a_community_is_one_row_and_parts_without_anything_are_shown(self, town) -> None:
        assert [row.kind for row in figure_rows(town.community, FIRST, LAST, town.now)] == ["total"]
        rows = figure_rows(town.district, FIRST, LAST, town.now)
        assert [row.code for row in rows] == [
            town.street.code,
            town.other_street.code,
            town.district.code,
        ]
        assert set(rows[0].values) == set(KEYS) and len(KEYS) == len(set(KEYS)) == len(FIGURES)

    def test_as_many_queries_for_many_units_and_rows(self, town) -> None:
        def asked(unit: Unit) -> int:
            with CaptureQueriesContext(connection) as caught:
                figure_rows(unit, FIRST, LAST, town.now)
            return len(caught)

        few = asked(town.district)
        Chance(town, 4, 12).fill()
        assert asked(town.district) == few <= 30
        assert asked(town.street) == few - 1 and asked(town.community) <= few


class TestSpotters:
    def test_a_share_from_three_people_on(self, town) -> None:
        for number in range(3):
            town.appoint(f"rider{number}", "spotter", town.street)
            town.report(by=town.people[f"rider{number}"], source="spotter")
            row = figure_rows(town.street, FIRST, LAST, town.now)[-1].values
            assert row["spotted"] == number + 1
            assert row["accepted_percent"] == (100 if number == 2 else None)


class TestMembers:
    def test_how_many_have_claimed_and_not_how_many_claims(self, town) -> None:
        people = [some_volunteer(town) for _one in range(5)]
        for one in people[:3]:
            check_in_member(unit=town.community, volunteer=one, by=one.user, now=town.now)
        for one in [people[0], *[people[4]] * 4]:
            claimed(town, one)
        rows = by_code(figure_rows(town.street, FIRST, LAST, town.now))
        for code in (town.community.code, town.street.code):
            values = rows[code].values
            assert (values["claims"], values["members"], values["members_with_claim"]) == (5, 3, 1)
        check_out(CheckIn.objects.get(volunteer=people[2]), by=people[2].user, now=town.now)
        for unit in (town.community, town.street, town.district):
            values = figure_rows(unit, FIRST, LAST, town.now)[-1].values
            assert (values["members"], values["members_with_claim"]) == (2, None), unit


class TestPoints:
    def endowed(self, town: Town, home: Unit, number: int) -> list[Volunteer]:
        people = [some_volunteer(town, home=home) for _one in range(number)]
        for one in people:
            earn(one, 40, at=town.now)
        return people

    def issued(self, town: Town, unit: Unit) -> dict[str, int | None]:
        return {
            code: row.values["issued"]
            for code, row in by_code(figure_rows(unit, FIRST, LAST, town.now)).items()
        }

    def test_sums_of_what_came_and_went(self, town) -> None:
        first = self.endowed(town, town.community, 3)[0]
        self.endowed(town, town.far_community, 4)
        shop = station(town)
        towel = good(town, shop, price=30)
        kept = reserve_good(towel, volunteer=first, by=first.user, now=town.now)
        collect_good(shop, code=kept.code, by=town.people["community_worker"], now=town.now)
        row = by_code(figure_rows(town.district, FIRST, LAST, town.now))[town.street.code].values
        # Three have earned there, and one has spent: that would be theirs.
        assert (row["issued"], row["spent"], row["expired"]) == (120, None, 0)
        assert self.issued(town, town.district) == {
            town.street.code: 120,
            town.other_street.code: 160,
            town.district.code: 280,
        }
        before = date(2026, 2, 1), date(2026, 2, 28)
        assert figure_rows(town.district, *before, town.now)[-1].values["issued"] == 0

    def test_nothing_that_would_tell_of_one_or_two(self, town) -> None:
        self.endowed(town, town.community, 4)
        self.endowed(town, town.other_community, 1)
        self.endowed(town, town.far_community, 5)
        # The one is hidden, and so is the other: else the sum less the other would be theirs.
        assert self.issued(town, town.street) == {
            town.community.code: None,
            town.other_community.code: None,
            town.street.code: 200,
        }
        assert self.issued(town, town.community) == {town.community.code: None}
        assert self.issued(town, town.district)[town.street.code] == 200

    def test_no_page_says_what_another_one_hides(self, town) -> None:
        self.endowed(town, town.community, 4)
        self.endowed(town, town.far_community, 2)
        hidden = {town.street.code: None, town.other_street.code: None, town.district.code: 240}
        assert self.issued(town, town.district) == hidden
        for unit in (town.street, town.other_street, town.community, town.far_community):
            assert set(self.issued(town, unit).values()) <= {None, 0}, unit

    def test_of_groups(self) -> None:
        assert too_few({}) == too_few({"a": 3, "b": 9, "c": 0}) == frozenset()
        assert too_few({"a": 1, "b": 2, "c": 9}) == {"a", "b"}
        assert too_few({"a": 2, "b": 9, "c": 4, "d": 4}) == {"a", "c"}
        assert too_few({"a": 1, "b": 1}) == {"a", "b"}
        streets, communities = hidden_places({(1, 1): 1, (1, 2): 5, (2, 3): 2, (3, 4): 8})
        assert streets == {2, 1} and communities == {(1, 1), (1, 2), (2, 3)}


class TestPeriods:
    def test_named_and_free(self) -> None:
        today = date(2026, 3, 10)
        assert days_asked("", None, None, today) == ("month", date(2026, 3, 1), today)
        assert days_asked("last_year", None, None, today)[1:] == (date(2025, 1, 1), date(2025, 12, 31))
        assert days_asked("", date(2026, 2, 3), None, today) == ("free", date(2026, 2, 3), today)
        assert days_asked("free", None, date(2026, 2, 3), today)[1:] == (date(2026, 2, 1), date(2026, 2, 3))

    @pytest.mark.parametrize(
        ("asked", "code"),
        [
            (("free", date(2026, 3, 2), date(2026, 3, 1)), "order"),
            (("free", date(2020, 1, 1), date(2026, 1, 1)), "long"),
            (("ever", None, None), "period"),
        ],
    )
    def test_what_is_no_period(self, asked, code: str) -> None:
        with pytest.raises(ValueError, match=code):
            days_asked(*asked, date(2026, 3, 10))


class TestPage:
    def test_from_the_district_down_to_the_community(self, town) -> None:
        client = desk(town, "district_dispatcher")
        page = client.get(PAGE).content.decode()
        assert (
            page.count("<h1") == 1 and "新发街道" in page and PAGE in client.get("/admin/").content.decode()
        )
        below = f"?unit={town.street.code}&amp;period=month"
        assert below in page
        page = client.get(f"{PAGE}?unit={town.street.code}&period=month").content.decode()
        assert f"?unit={town.community.code}&amp;period=month" in page
        page = client.get(
            f"{PAGE}?unit={town.community.code}&first=2026-01-05&last=2026-02-06"
        ).content.decode()
        assert "2026-01-05 – 2026-02-06" in page
        assert f"?unit={town.street.code}&amp;period=free&amp;first=2026-01-05&amp;last=2026-02-06" in page

    def test_each_number_is_as_long_as_its_list(self, town) -> None:
        Chance(town, 5, 25).fill()
        Volunteer.objects.filter(state="erased").update(state="left")
        client, looked_at = desk(town, "district_dispatcher"), 0
        for unit in (town.district, town.street):
            sections = client.get(f"{PAGE}?unit={unit.code}&period=month").context["sections"]
            for line in (line for section in sections for line in section["lines"]):
                for number in line.numbers:
                    if number.link:
                        result = client.get(number.link).context["cl"]
                        many = (
                            [row.minutes for row in result.queryset] if "/service/" in number.link else None
                        )
                        assert int(number.text) == (result.result_count if many is None else sum(many)), (
                            number.link
                        )
                        looked_at += 1
        assert looked_at > 20

    def test_no_link_where_there_is_nothing(self, town) -> None:
        sections = desk(town, "district_dispatcher").get(PAGE).context["sections"]
        links = [number.link for section in sections for line in section["lines"] for number in line.numbers]
        assert len(links) == 3 * len(FIGURES) and not any(links)

    def test_days_that_are_none_find_nothing(self, town) -> None:
        some_volunteer(town)
        client = desk(town)
        far = ("joined=0001-01-01..0001-01-02", "joined=9999-12-30..9999-12-31")
        for query in (
            *far,
            "joined=x",
            "joined=2026-02-01",
            "joined=2026-02-01..",
            "within=x",
            "within=999999999",
        ):
            found = client.get(f"{reverse('admin:volunteers_volunteer_changelist')}?{query}").context["cl"]
            assert found.result_count == 0, query

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("unit=220103002", "unit"),
            ("unit=nothing", "unit"),
            ("period=ever", "period"),
            ("first=2026-03-05&last=2026-03-01", "last"),
            ("first=2020-01-01&last=2026-01-01", "first"),
            ("first=soon", "first"),
        ],
    )
    def test_what_cannot_be_asked_is_said(self, town, query: str, field: str) -> None:
        answer = desk(town, "street_leader").get(f"{PAGE}?{query}")
        assert answer.status_code == 422 and answer.context["form"].errors[field]
        assert "gz-errors" in answer.content.decode()

    def test_only_for_those_who_run_volunteering(self, town) -> None:
        assert desk(town, "grid_worker").get(PAGE).status_code == 403
        assert PAGE not in desk(town, "supervisor").get("/admin/").content.decode()
        assert desk(town, "supervisor").get(PAGE).status_code == 403
        assert visitor().get(PAGE).url.startswith("/admin/login/")
        context = desk(town, "community_worker").get(PAGE).context
        assert context["unit"] == town.community and len(context["sections"][0]["lines"]) == 1

    def test_taken_along_as_a_sheet_and_written_down(self, town) -> None:
        some_volunteer(town)
        client = desk(town, "street_leader")
        answer = client.post(f"{PAGE}?period=month", {"as": "xlsx"})
        rows = list(load_workbook(io.BytesIO(answer.content)).active.values)
        assert rows[0][:3] == ("Code", "Name", "Volunteers, teams and stations: Take part now")
        assert [row[:3] for row in rows[1:]] == [
            (town.community.code, town.community.name, 1),
            (town.other_community.code, town.other_community.name, 0),
            (town.street.code, "Together", 1),
        ]
        event = Event.objects.about("user", town.people["street_leader"].pk).last()
        asked = {"unit": town.street.code, "period": "month", "first": "2026-03-01", "last": "2026-03-10"}
        assert event.data == {"list": "volunteering", "rows": 3, "filter": asked, "file": "xlsx"}
        assert client.post(f"{PAGE}?period=ever", {"as": "xlsx"}).status_code == 422


class TestApi:
    def test_the_numbers_of_the_page(self, town) -> None:
        Chance(town, 6, 15).fill()
        answer = client_of(town.people["district_dispatcher"]).get(API).json()
        rows = figure_rows(town.district, FIRST, date(2026, 3, 10), town.now)
        assert {name: answer[name] for name in ("unit", "period", "first", "last")} == {
            "unit": town.district.code,
            "period": "month",
            "first": "2026-03-01",
            "last": "2026-03-10",
        }
        assert [(row["code"], row["kind"]) for row in answer["rows"]] == [
            (row.code, row.kind) for row in rows
        ]
        for told, row in zip(answer["rows"], rows, strict=True):
            assert {key: told[key] for key in KEYS} == row.values

    @pytest.mark.parametrize(
        ("who", "query", "status"),
        [
            ("street_leader", "", 200),
            ("street_leader", "unit=220103001001", 200),
            ("street_leader", "unit=220103002", 400),
            ("street_leader", "unit=220103001001001", 400),
            ("street_leader", "period=ever", 400),
            ("street_leader", "first=2026-03-05&last=2026-03-01", 400),
            ("street_leader", "first=2020-03-05&last=2026-03-01", 400),
            ("supervisor", "", 403),
            ("supervisor", "unit=220103001", 403),
            ("grid_worker", "", 403),
        ],
    )
    def test_who_may_ask_what(self, town, who: str, query: str, status: int) -> None:
        assert client_of(town.people[who]).get(f"{API}?{query}").status_code == status
