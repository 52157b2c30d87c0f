"""Teams and stations: opened, changed, closed, led, joined and left; every refusal, who is told, who sees them."""

import pytest

from accounts.models import User
from grids.actions.tree import add_unit, merge_units
from notices.actions import fan_out_once
from notices.models import Notice
from tests.builders import LONG_AGO, add_west
from tests.volunteers.people_builders import CHILD, code_of, forbidden, station, team, volunteer, written_down
from trail.models import Event
from volunteers.actions.people import leave
from volunteers.actions.stations import change_station, close_station
from volunteers.actions.teams import change_team, close_team, join_team, leave_team, set_leader
from volunteers.models import Membership, Station, Team

NOT_HERE = ("grid_worker", "other_secretary", "far_dispatcher", "system_admin", "supervisor")


@pytest.fixture
def by(town) -> dict:
    return {"by": town.people["community_worker"], "now": town.now}


def verbs(subject: str, pk: int) -> list[str]:
    return list(Event.objects.about(subject, pk).order_by("seq").values_list("verb", flat=True))


class TestTeams:
    def test_opened_by_the_community(self, town) -> None:
        made = team(town)
        assert (made.unit, made.community, made.street, made.district) == (
            town.community,
            town.community,
            town.street,
            town.district,
        )
        assert (made.leader, made.closed_at) == (None, None)
        event = Event.objects.about("team", made.pk).get()
        assert (event.verb, event.unit_id, event.data) == ("open", town.community.pk, {})
        for name in NOT_HERE:
            assert forbidden(team, town, by=name, name="演示另一队")

    @pytest.mark.parametrize(
        ("facts", "code"),
        [
            ({"name": " x "}, "name"),
            ({"name": "x" * 41}, "name"),
            ({"topic": "war"}, "topic"),
            ({"about": "x" * 201}, "about"),
        ],
    )
    def test_what_is_wrong_is_said(self, town, facts, code: str) -> None:
        assert code_of(team, town, **facts) == code

    def test_one_name_once_in_a_community(self, town, by) -> None:
        made = team(town)
        assert code_of(team, town) == "name_taken"
        assert team(town, by="other_secretary", unit=town.other_community).name == made.name
        second = team(town, name="演示第二队")
        again = {"name": made.name, "topic": "elders", "about": ""}
        assert code_of(change_team, second, **again, **by) == "name_taken"
        close_team(made, **by)
        assert team(town).pk != made.pk

    def test_only_of_a_community(self, town) -> None:
        assert code_of(team, town, by="street_leader", unit=town.street) == "community"
        assert code_of(team, town, unit=town.grid) == "community"

    def test_changed_and_closed(self, town, by) -> None:
        made = team(town)
        member = volunteer(town)
        join_team(made, member, by=town.people["helper"], now=town.now)
        facts = {"name": "演示敬老队", "topic": "health", "about": "演示:量血压"}
        for name in NOT_HERE:
            assert forbidden(change_team, made, **facts, by=town.people[name], now=town.now)
            assert forbidden(close_team, made, by=town.people[name], now=town.now)
        assert change_team(made, **facts, **by).topic == "health"
        assert Event.objects.about("team", made.pk).last().data == {"fields": ["about", "topic"]}
        change_team(made, **facts, **by)
        closed = close_team(made, **by)
        assert closed.closed_at == town.now
        assert not Membership.objects.current().filter(team=made).exists()
        assert verbs("team", made.pk) == ["open", "join", "change", "close"]
        for act in (
            lambda: close_team(made, **by),
            lambda: change_team(made, **facts, **by),
            lambda: set_leader(made, leader=member, **by),
            lambda: join_team(made, member, by=town.people["helper"], now=town.now),
        ):
            assert code_of(act) == "closed"


class TestMembers:
    def test_whoever_volunteers_joins_and_leaves(self, town) -> None:
        made, one = team(town), volunteer(town)
        own = {"by": town.people["helper"], "now": town.now}
        assert code_of(leave_team, made, one, **own) == "no_member"
        join_team(made, one, **own)
        assert code_of(join_team, made, one, **own) == "member"
        assert Team.objects.with_members().get(pk=made.pk).members == 1
        leave_team(made, one, **own)
        join_team(made, one, **own)
        assert Team.objects.with_members().get(pk=made.pk).members == 1
        assert verbs("team", made.pk) == ["open", "join", "leave", "join"]

    def test_of_another_community_too_but_not_of_another_district(self, town) -> None:
        made = team(town)
        own = {"by": town.person("helper"), "now": town.now}
        join_team(made, volunteer(town, home=town.far_community), **own)
        add_west(town)
        street = add_unit(town.west, code="621002001", name="西街", by=None, now=LONG_AGO)
        west = add_unit(street, code="621002001001", name="西社区", by=None, now=LONG_AGO)
        there = volunteer(town, "westerner", home=west)
        assert code_of(join_team, made, there, by=town.people["westerner"], now=town.now) == "district"

    def test_nobody_puts_others_in_but_the_community_those_it_sees(self, town, by) -> None:
        made, one = team(town), volunteer(town)
        far = written_down(town, home=town.far_community, by="far_secretary")
        assert forbidden(join_team, made, one, by=town.person("second"), now=town.now)
        assert forbidden(join_team, made, far, **by)
        assert forbidden(join_team, made, one, by=town.people["far_secretary"], now=town.now)
        assert join_team(made, written_down(town), **by)

    def test_whoever_has_left_cannot(self, town) -> None:
        made, one = team(town), volunteer(town)
        own = {"by": town.people["helper"], "now": town.now}
        leave(one, **own)
        assert code_of(join_team, made, one, **own) == "not_active"

    def test_taken_out_by_leader_or_community_and_told(self, town, by) -> None:
        made, one, chief = team(town), volunteer(town), volunteer(town, "chief")
        set_leader(made, leader=chief, **by)
        for taker in ("chief", "community_worker"):
            join_team(made, one, by=town.people["helper"], now=town.now)
            assert forbidden(leave_team, made, one, by=town.person("second"), now=town.now)
            leave_team(made, one, by=town.people[taker], now=town.now)
        while fan_out_once(now=town.now):
            pass
        told = Notice.objects.filter(key="volunteers.team_removed")
        assert set(told.values_list("recipient__username", flat=True)) == {"helper"}

    def test_whoever_leaves_volunteering_altogether_is_not_told_of_teams(self, town, by) -> None:
        made, one = team(town), volunteer(town)
        join_team(made, one, by=town.people["helper"], now=town.now)
        leave(one, **by)
        assert verbs("team", made.pk) == ["open", "join", "leave"]
        while fan_out_once(now=town.now):
            pass
        assert not Notice.objects.filter(key="volunteers.team_removed").exists()


class TestLeaders:
    def test_named_by_the_community_and_a_member_from_then_on(self, town, by) -> None:
        made, one = team(town), volunteer(town)
        led = set_leader(made, leader=one, **by)
        assert led.leader == one and Membership.objects.current().filter(team=made, volunteer=one).exists()
        assert code_of(set_leader, made, leader=one, **by) == "same"
        while fan_out_once(now=town.now):
            pass
        notice = Notice.objects.filter(key="volunteers.team_lead").get()
        assert (notice.recipient, notice.params) == (town.people["helper"], {"team": made.name})
        assert set_leader(made, leader=None, **by).leader is None

    def test_handed_over_to_a_member(self, town, by) -> None:
        made, one, second = team(town), volunteer(town), volunteer(town, "second")
        set_leader(made, leader=one, **by)
        own = {"by": town.people["helper"], "now": town.now}
        assert code_of(set_leader, made, leader=second, **own) == "member"
        join_team(made, second, by=town.people["second"], now=town.now)
        assert forbidden(set_leader, made, leader=second, by=town.people["second"], now=town.now)
        assert forbidden(set_leader, made, leader=None, **own)
        assert set_leader(made, leader=second, **own).leader == second
        assert forbidden(set_leader, made, leader=one, **own)

    def test_not_a_child_nor_whoever_has_left(self, town, by) -> None:
        made, child, gone = team(town), volunteer(town, **CHILD), volunteer(town, "gone")
        assert code_of(set_leader, made, leader=child, **by) == "not_active"
        leave(gone, by=town.people["gone"], now=town.now)
        assert code_of(set_leader, made, leader=gone, **by) == "not_active"

    def test_who_goes_leads_no_more(self, town, by) -> None:
        made, one = team(town), volunteer(town)
        set_leader(made, leader=one, **by)
        leave_team(made, one, by=town.people["helper"], now=town.now)
        made.refresh_from_db()
        assert made.leader is None

    def test_whoever_is_nobody_leads_nothing(self, town, by) -> None:
        """A leader without an account is not taken for a visitor without one."""
        made, old = team(town), written_down(town)
        set_leader(made, leader=old, **by)
        second = volunteer(town)
        join_team(made, second, by=town.people["helper"], now=town.now)
        nobody = User(username="nobody")
        assert forbidden(leave_team, made, second, by=nobody, now=town.now)


class TestStations:
    def test_opened_changed_closed(self, town, by) -> None:
        made = station(town, phone="0431-0000 0000")
        assert (made.unit, made.community, made.phone) == (town.community, town.community, "043100000000")
        for name in NOT_HERE:
            assert forbidden(station, town, by=name, name="演示另一站")
            assert forbidden(close_station, made, by=town.people[name], now=town.now)
        facts = {"name": made.name, "place": "演示路2号", "hours": "", "phone": ""}
        assert forbidden(change_station, made, **facts, by=town.people["grid_worker"], now=town.now)
        assert change_station(made, **facts, **by).place == "演示路2号"
        change_station(made, **facts, **by)
        assert close_station(made, **by).closed_at == town.now
        assert code_of(close_station, made, **by) == "closed"
        assert code_of(change_station, made, **facts, **by) == "closed"
        assert verbs("station", made.pk) == ["open", "change", "close"]

    @pytest.mark.parametrize(
        ("facts", "code"),
        [
            ({"name": "x"}, "name"),
            ({"place": ""}, "place"),
            ({"place": "x" * 101}, "place"),
            ({"hours": "x" * 101}, "hours"),
            ({"phone": "none"}, "phone"),
        ],
    )
    def test_what_is_wrong_is_said(self, town, facts, code: str) -> None:
        assert code_of(station, town, **facts) == code

    def test_one_name_once(self, town, by) -> None:
        made, second = station(town), station(town, name="演示第二站")
        assert code_of(station, town) == "name_taken"
        facts = {"name": made.name, "place": "演示路2号", "hours": "", "phone": ""}
        assert code_of(change_station, second, **facts, **by) == "name_taken"
        assert code_of(station, town, unit=town.grid) == "community"


def test_who_sees_them(town, by) -> None:
    """Open ones everybody; closed ones whoever runs them. At a desk each has their own."""
    made, place = team(town), station(town)

    def seen(model, name: str) -> tuple[bool, bool]:
        user = town.person(name)
        return model.objects.visible_to(user, town.now).exists(), model.objects.run_by(
            user, town.now
        ).exists()

    for model in (Team, Station):
        assert [seen(model, name) for name in ("community_worker", "far_dispatcher", "helper")] == [
            (True, True),
            (True, False),
            (True, False),
        ]
    close_team(made, **by)
    close_station(place, **by)
    for model in (Team, Station):
        assert [seen(model, name) for name in ("community_worker", "far_dispatcher", "helper")] == [
            (True, True),
            (False, False),
            (False, False),
        ]


def test_they_follow_a_merged_community_and_are_told_apart(town) -> None:
    first, theirs = team(town), team(town, by="other_secretary", unit=town.other_community)
    place = station(town)
    merge_units(town.community, into=town.other_community, by=None, now=town.now)
    while fan_out_once(now=town.now):
        pass
    for row in (first, theirs, place):
        row.refresh_from_db()
        assert row.unit == row.community == town.other_community
    assert theirs.name == "演示敬老队" and first.name == "演示敬老队 · 天光社区"
