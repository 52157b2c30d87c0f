"""Moving to another community: who asks, who decides, who is told; the record stays with the person."""

import pytest
from django.contrib.auth.models import AnonymousUser

from grids.actions.tree import add_unit, close_unit, merge_units
from notices.actions import fan_out_once
from notices.models import Notice
from tests.builders import LONG_AGO, add_west
from tests.volunteers.people_builders import code_of, forbidden, team, volunteer, written_down
from trail.models import Event
from volunteers.actions.people import leave
from volunteers.actions.teams import join_team
from volunteers.actions.transfers import ask_transfer, refuse_transfer, take_in, withdraw_transfer
from volunteers.models import Membership, Transfer


def heard(town, key: str) -> set[str]:
    """Names of those who were told this."""
    while fan_out_once(now=town.now):
        pass
    return set(Notice.objects.filter(key=key).values_list("recipient__username", flat=True))


@pytest.fixture
def asked(town) -> Transfer:
    one = volunteer(town, home=town.grid)
    return ask_transfer(one, home=town.other_community, by=town.people["helper"], now=town.now)


class TestAsking:
    def test_by_the_volunteer(self, town, asked) -> None:
        assert (asked.left, asked.home, asked.community, asked.state) == (
            town.grid,
            town.other_community,
            town.other_community,
            "asked",
        )
        event = Event.objects.about("volunteer", asked.volunteer_id).last()
        assert event.verb == "ask_transfer"
        assert event.data == {"transfer": asked.pk, "from": town.grid.pk, "to": town.other_community.pk}
        assert heard(town, "volunteers.transfer_asked") == {"other_secretary"}
        notice = Notice.objects.filter(key="volunteers.transfer_asked").first()
        assert notice.params == {"left": town.grid.name, "home": town.other_community.name}

    def test_for_whoever_does_not_sign_in_the_community_asks(self, town) -> None:
        one = written_down(town)
        by = {"home": town.other_community, "now": town.now}
        assert forbidden(ask_transfer, one, by=town.people["other_secretary"], **by)
        assert ask_transfer(one, by=town.people["community_worker"], **by).state == "asked"
        # Whoever has not signed in is nobody, not one of those without an account.
        assert not Transfer.objects.visible_to(AnonymousUser(), town.now).exists()
        # Whoever signs in asks alone.
        signed_in = volunteer(town)
        assert forbidden(ask_transfer, signed_in, by=town.people["community_worker"], **by)

    def test_what_is_refused(self, town, asked) -> None:
        by = {"by": town.people["helper"], "now": town.now}
        one = asked.volunteer
        assert code_of(ask_transfer, one, home=town.far_community, **by) == "asked"
        withdraw_transfer(asked, **by)
        assert code_of(ask_transfer, one, home=town.street, **by) == "home"
        assert code_of(ask_transfer, one, home=town.other_grid, **by) == "same"
        add_west(town)
        street = add_unit(town.west, code="621002001", name="西街", by=None, now=LONG_AGO)
        west = add_unit(street, code="621002001001", name="西社区", by=None, now=LONG_AGO)
        assert code_of(ask_transfer, one, home=west, **by) == "district"
        leave(one, **by)
        assert code_of(ask_transfer, one, home=town.far_community, **by) == "left"


class TestDeciding:
    def test_the_new_community_takes_in(self, town, asked) -> None:
        for name in ("community_secretary", "far_secretary", "grid_worker", "helper"):
            assert forbidden(take_in, asked, by=town.people[name], now=town.now)
            assert forbidden(refuse_transfer, asked, by=town.people[name], now=town.now)
        mine = team(town)
        join_team(mine, asked.volunteer, by=town.people["helper"], now=town.now)
        done = take_in(asked, by=town.people["other_secretary"], now=town.now)
        one = done.volunteer
        one.refresh_from_db()
        assert (done.state, done.decided_by, done.decided_at) == (
            "taken",
            town.people["other_secretary"],
            town.now,
        )
        assert (one.home, one.community, one.grid) == (town.other_community, town.other_community, None)
        # The record, and the team.
        assert one.joined_at == town.now and Membership.objects.current().filter(volunteer=one).exists()
        assert code_of(take_in, done, by=town.people["other_secretary"], now=town.now) == "decided"
        assert heard(town, "volunteers.transfer_taken") == {"helper"}
        old = heard(town, "volunteers.transfer_left")
        assert "community_secretary" in old and "other_secretary" not in old

    def test_or_not(self, town, asked) -> None:
        done = refuse_transfer(asked, by=town.people["other_secretary"], now=town.now)
        done.volunteer.refresh_from_db()
        assert (done.state, done.volunteer.home) == ("refused", town.grid)
        assert heard(town, "volunteers.transfer_refused") == {"helper"}
        assert heard(town, "volunteers.transfer_left") == set()
        assert code_of(refuse_transfer, done, by=town.people["other_secretary"], now=town.now) == "decided"

    def test_withdrawn_by_whoever_asked(self, town, asked) -> None:
        assert forbidden(withdraw_transfer, asked, by=town.people["community_worker"], now=town.now)
        assert withdraw_transfer(asked, by=town.people["helper"], now=town.now).state == "withdrawn"
        assert code_of(withdraw_transfer, asked, by=town.people["helper"], now=town.now) == "decided"
        assert code_of(take_in, asked, by=town.people["other_secretary"], now=town.now) == "decided"

    def test_of_a_community_that_was_merged_meanwhile(self, town, asked) -> None:
        merge_units(town.other_community, into=town.far_community, by=None, now=town.now)
        assert (
            take_in(asked, by=town.people["far_secretary"], now=town.now).volunteer.home == town.far_community
        )
        while fan_out_once(now=town.now):
            pass
        asked.refresh_from_db()
        assert asked.community == asked.home == town.far_community

    def test_of_a_grid_that_was_closed_meanwhile(self, town) -> None:
        one = volunteer(town, home=town.far_community)
        asked = ask_transfer(one, home=town.other_grid, by=town.people["helper"], now=town.now)
        close_unit(town.other_building, by=None, now=town.now)
        close_unit(town.other_grid, by=None, now=town.now)
        done = take_in(asked, by=town.people["community_secretary"], now=town.now)
        assert (done.volunteer.home, done.volunteer.grid_id) == (town.community, None)


def test_who_sees_a_transfer(town, asked) -> None:
    for name in ("helper", "other_secretary", "street_dispatcher"):
        assert Transfer.objects.visible_to(town.people[name], town.now).exists(), name
    for name in ("community_secretary", "far_dispatcher", "grid_worker"):
        assert not Transfer.objects.visible_to(town.people[name], town.now).exists(), name
    assert not Transfer.objects.run_by(town.people["helper"], town.now).exists()
