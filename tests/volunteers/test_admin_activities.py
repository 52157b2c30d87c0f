"""Activities at a desk: from the draft to the settlement by forms alone; only one's own; as cheap with many."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.faces import stop_clock
from tests.issues.acting import Acting
from tests.volunteers.at_desk import add, desk, do, listed, offered, page_of
from tests.volunteers.hours_builders import (
    AHEAD,
    LONG,
    a_shift,
    draft,
    first_shift,
    held,
    join,
    opened,
    some_team,
    some_volunteer,
)
from tests.volunteers.people_builders import station
from volunteers.actions.activities import move_by_clock
from volunteers.actions.hours import propose_service
from volunteers.actions.teams import join_team
from volunteers.models import Activity, Service, SignUp

LATER = timedelta(days=1)


@pytest.fixture(autouse=True)
def clock(monkeypatch, town) -> None:
    stop_clock(monkeypatch, town.now)


def written(at) -> str:
    return f"{timezone.localtime(at):%Y-%m-%dT%H:%M}"


def told(town, **more) -> dict:
    starts = town.now + AHEAD
    return {
        "unit": town.community.code,
        "title": "演示:清雪",
        "what": "演示:清理人行道",
        "starts_at": written(starts),
        "ends_at": written(starts + LONG),
        "places": 5,
        "place": "",
        "team": "",
        "station": "",
        "issue": "",
        "free_cancel_hours": 12,
    } | more


class TestMaking:
    def test_a_draft_with_its_first_shift(self, town) -> None:
        team, there = some_team(town, None), station(town)
        answer = add(desk(town), "activity", **told(town, team=team.pk, station=there.pk, place="南门"))
        made = Activity.objects.get()
        assert answer.url == page_of(made)
        assert (made.state, made.unit, made.team, made.station) == ("draft", town.community, team, there)
        shift = first_shift(made)
        assert (shift.starts_at, shift.ends_at, shift.places) == (
            town.now + AHEAD,
            town.now + AHEAD + LONG,
            5,
        )

    def test_what_is_wrong_is_said_and_what_was_typed_stays(self, town) -> None:
        client = desk(town)
        starts = town.now + AHEAD
        for wrong in (
            {"title": ""},
            {"unit": town.far_community.code},
            {"places": 0},
            {"ends_at": written(starts)},
            {"issue": "20200101-000001"},
        ):
            answer = add(client, "activity", **told(town, **wrong))
            assert answer.status_code in {409, 422}, wrong
            assert "演示:清理人行道" in answer.content.decode()
        assert not Activity.objects.exists()

    def test_from_an_issue(self, town) -> None:
        act = Acting(town, town.now)
        issue = act.handling("litter")
        add(desk(town), "activity", **told(town, issue=issue.number))
        made = Activity.objects.get()
        assert made.issue == issue
        assert issue.number in desk(town).get(page_of(made)).content.decode()
        # To whoever does not see the issue it is unknown.
        foreign = add(desk(town, "other_secretary"), "activity", **told(town, issue=issue.number))
        assert foreign.status_code == 422 and Activity.objects.count() == 1


class TestSteps:
    def test_from_the_draft_to_the_settlement(self, town, monkeypatch) -> None:
        client, street = desk(town), desk(town, "street_leader")
        made, people = draft(town, a_shift(town, places=3)), [some_volunteer(town) for _number in range(4)]
        assert offered(client, made) == {
            *("open", "cancel", "change", "shift", "places", "move_shift", "repeat")
        }
        assert do(client, made, "open").status_code == 302
        shift = first_shift(made)
        for one in people:
            answer = do(client, made, "sign_up", volunteer=f"#{one.pk}", shift=shift.pk)
            assert answer.status_code == 302
        rows = list(SignUp.objects.order_by("pk"))
        assert [row.state for row in rows] == ["in", "in", "in", "waiting"]
        assert do(client, made, "cancel_sign_up", who=[rows[0].pk]).status_code == 302
        assert SignUp.objects.get(pk=rows[3].pk).state == "in"

        stop_clock(monkeypatch, shift.starts_at)
        client = desk(town)
        assert do(client, made, "check_in", who=[rows[1].pk, rows[2].pk]).status_code == 302
        assert do(client, made, "absent").status_code == 422
        assert do(client, made, "absent", sure="on").status_code == 302
        assert SignUp.objects.get(pk=rows[3].pk).state == "no_show"
        stop_clock(monkeypatch, shift.ends_at)
        client = desk(town)
        assert do(client, made, "end").status_code == 302
        assert do(client, made, "propose", who=rows[1].pk).status_code == 422
        assert do(client, made, "propose", who=rows[1].pk, minutes=30).status_code == 302
        assert set(Service.objects.values_list("minutes", flat=True)) == {30, 120}
        # Whoever has handed them in does not confirm them.
        assert do(client, made, "confirm", sure="on").status_code == 422
        street = desk(town, "street_leader")
        assert do(street, made, "confirm", sure="on").status_code == 302
        assert do(client, made, "settle", result="演示:扫了两条街").status_code == 302
        made.refresh_from_db()
        assert (made.state, made.result) == ("settled", "演示:扫了两条街")
        assert offered(client, made) == {"repeat"}

    def test_nobody_is_checked_in_when_one_of_them_cannot_be(self, town, monkeypatch) -> None:
        made = opened(town, a_shift(town, places=2))
        one, other = (join(town, made, some_volunteer(town)) for _number in range(2))
        stop_clock(monkeypatch, first_shift(made).starts_at)
        client = desk(town)
        answer = do(client, made, "check_in", who=[one.pk, 10**6])
        assert answer.status_code == 422
        assert not SignUp.objects.came().exists()
        assert do(client, made, "check_in", who=[one.pk, other.pk]).status_code == 302
        assert SignUp.objects.came().count() == 2

    def test_what_was_ticked_by_mistake_is_undone(self, town, monkeypatch) -> None:
        made = opened(town, a_shift(town, places=2))
        one, other = (join(town, made, some_volunteer(town)) for _number in range(2))
        stop_clock(monkeypatch, first_shift(made).starts_at)
        client = desk(town)
        assert "undo_check" not in offered(client, made)
        assert do(client, made, "check_in", who=[one.pk, other.pk]).status_code == 302
        assert do(client, made, "check_out", who=[other.pk]).status_code == 302
        page = client.get(page_of(made)).content.decode()
        assert "Undo: has come" in page and "Undo: has gone" in page
        assert do(client, made, "undo_check", who=[one.pk, other.pk]).status_code == 302
        one.refresh_from_db(), other.refresh_from_db()
        assert one.checked_in_at is None and other.checked_in_at and other.checked_out_at is None
        assert do(client, made, "cancel_sign_up", who=[one.pk]).status_code == 302

    def test_the_paper_list_of_the_evening_is_entered(self, town, monkeypatch) -> None:
        """Of the team too who is at home elsewhere, as its page shows them; until hours are handed in."""
        team = some_team(town, some_volunteer(town))
        made = opened(town, a_shift(town, places=2), team=team)
        one, member = some_volunteer(town), some_volunteer(town, home=town.other_community)
        join_team(team, member, by=member.user, now=town.now)
        stop_clock(monkeypatch, first_shift(made).ends_at)
        while move_by_clock(now=first_shift(made).ends_at):
            pass
        client = desk(town)
        for who in (one, member):
            told = {"volunteer": f"#{who.pk}", "shift": first_shift(made).pk, "has_come": "on"}
            assert do(client, made, "sign_up", **told).status_code == 302
        assert SignUp.objects.came().count() == 2
        assert do(client, made, "propose").status_code == 302
        assert not {"sign_up", "undo_check"} & offered(client, made)

    def test_shifts_added_enlarged_and_removed(self, town) -> None:
        client, made = desk(town), opened(town, a_shift(town, places=1))
        row = join(town, made, some_volunteer(town))
        assert "drop_shift" not in offered(client, made)
        more = town.now + AHEAD + LATER
        times = {"starts_at": written(more), "ends_at": written(more + LONG)}
        assert do(client, made, "shift", places=4, **times).status_code == 302
        first, second = made.shifts.all()
        assert do(client, made, "places", shift=first.pk, places=2).status_code == 302
        assert do(client, made, "places", shift=second.pk, places=0).status_code == 422
        first.refresh_from_db()
        assert first.places == 2
        # Somebody has signed up for the first one.
        assert do(client, made, "drop_shift", shift=row.shift_id).status_code == 422
        assert do(client, made, "drop_shift", shift=second.pk).status_code == 302
        assert list(made.shifts.all()) == [first]

    def test_a_shift_is_moved_and_called_off_and_then_the_rest(self, town, monkeypatch) -> None:
        client = desk(town)
        made = opened(town, *(a_shift(town, timedelta(hours=4 * step)) for step in range(3)))
        first, second, third = made.shifts.all()
        assert {"move_shift", "cancel_shift"} <= offered(client, made)
        assert "cancel_rest" not in offered(client, made)
        times = {"starts_at": written(second.starts_at + LONG), "ends_at": written(second.ends_at + LONG)}
        assert do(client, made, "move_shift", shift=second.pk, **times).status_code == 302
        assert do(client, made, "cancel_shift", shift=second.pk, reason="").status_code == 422
        assert do(client, made, "cancel_shift", shift=second.pk, reason="演示:停电").status_code == 302
        assert "演示:停电" in client.get(page_of(made)).content.decode()
        while move_by_clock(now=first.starts_at):
            pass
        stop_clock(monkeypatch, first.starts_at)
        assert {"change", "cancel_rest"} <= offered(client, made)
        assert do(client, made, "cancel_shift", shift=first.pk, reason="演示:停电").status_code == 422
        assert do(client, made, "cancel_rest", reason="演示:下雨").status_code == 302
        third.refresh_from_db()
        assert third.reason == "演示:下雨"
        assert not {"change", "places", "move_shift", "cancel_shift", "cancel_rest"} & offered(client, made)

    def test_whose_day_is_full_is_named(self, town, monkeypatch) -> None:
        full, free = some_volunteer(town), some_volunteer(town)
        made, now = held(town, full, free), town.now + AHEAD + LONG
        told = {"on": timezone.localdate(now), "what": "演示:探望", "unit": town.community}
        propose_service(full, minutes=1400, by=full.user, now=now, **told)
        stop_clock(monkeypatch, now)
        client = desk(town)
        assert do(client, made, "propose").status_code == 302
        said = [str(message) for message in get_messages(client.get(page_of(made)).wsgi_request)]
        assert Service.objects.filter(activity=made).count() == 1
        assert any(full.shown_name in message for message in said), said

    def test_cancelled_with_a_reason(self, town) -> None:
        client, made = desk(town), opened(town)
        assert do(client, made, "cancel", reason="").status_code == 422
        assert do(client, made, "cancel", reason="演示:下雨").status_code == 302
        made.refresh_from_db()
        assert made.state == "cancelled" and "演示:下雨" in client.get(page_of(made)).content.decode()

    def test_repeated_until_it_is_ended(self, town) -> None:
        client, made = desk(town), opened(town)
        until = timezone.localdate(town.now) + timedelta(days=60)
        assert do(client, made, "repeat", rhythm="weekly", until="2020-01-01").status_code == 422
        assert do(client, made, "repeat", rhythm="weekly", until=f"{until:%Y-%m-%d}").status_code == 302
        made.refresh_from_db()
        assert made.series is not None and "repeat" not in offered(client, made)
        assert {
            row.pk
            for row in client.get(listed("activity", f"?series={made.series_id}")).context["cl"].result_list
        } == {made.pk}
        assert do(client, made, "end_series").status_code == 302
        made.series.refresh_from_db()
        assert made.series.ended_at and "end_series" not in offered(client, made)
        assert do(client, made, "repeat", rhythm="monthly", until=f"{until:%Y-%m-%d}").status_code == 302
        made.series.refresh_from_db()
        assert (made.series.rhythm, made.series.ended_at) == ("monthly", None)

    def test_who_is_signed_up_is_found_by_alias_number_or_record(self, town) -> None:
        client = desk(town)
        made = opened(town, a_shift(town, places=9))
        shift = first_shift(made)
        people = [some_volunteer(town) for _number in range(3)]
        for one, alias in zip(people, ("演示甲", "演示乙", "演示乙"), strict=True):
            type(one).objects.filter(pk=one.pk).update(alias=alias)
        assert do(client, made, "sign_up", volunteer="演示甲", shift=shift.pk).status_code == 302
        assert do(client, made, "sign_up", volunteer="演示乙", shift=shift.pk).status_code == 422
        assert do(client, made, "sign_up", volunteer=f"#{people[1].pk}", shift=shift.pk).status_code == 302
        for unknown in ("#0", "#x", "演示丙", "13899999999"):
            assert do(client, made, "sign_up", volunteer=unknown, shift=shift.pk).status_code == 422
        # Somebody at home elsewhere is unknown at this desk.
        foreign = some_volunteer(town, home=town.other_community)
        assert do(client, made, "sign_up", volunteer=f"#{foreign.pk}", shift=shift.pk).status_code == 422
        assert set(SignUp.objects.values_list("volunteer", flat=True)) == {people[0].pk, people[1].pk}


class TestWho:
    def test_a_foreign_one_is_as_unknown_as_none(self, town) -> None:
        made = opened(town)
        client = desk(town, "far_secretary")
        assert client.get(page_of(made)).status_code == 404
        assert not client.get(listed("activity")).context["cl"].result_count
        for name in ("grid_worker", "system_admin", "supervisor"):
            assert desk(town, name).get(listed("activity")).status_code == 403

    def test_a_leader_without_a_post_has_no_desk(self, town) -> None:
        """A leader of a team runs its activities on the phone."""
        leader = some_volunteer(town)
        made = opened(town, team=some_team(town, leader), by=leader.user)
        town.people["leader"] = leader.user
        assert desk(town, "leader").get(page_of(made)).status_code == 404

    def test_nobodys_name_on_the_page(self, town) -> None:
        one = some_volunteer(town, "wang")
        made = opened(town)
        join(town, made, one)
        content = desk(town).get(page_of(made)).content.decode()
        assert "演示wang" not in content and "演*" in content


def test_lists_and_pages_are_as_cheap_with_many(town) -> None:
    client = desk(town, "street_leader")
    team = some_team(town, some_volunteer(town))
    made = opened(town, a_shift(town, places=9), team=team)
    join(town, made, some_volunteer(town))
    addresses = [listed("activity"), page_of(made)]

    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        return len(asked)

    [cost(address) for address in addresses]
    few = [cost(address) for address in addresses]
    for _number in range(4):
        join(town, made, some_volunteer(town))
        opened(town, team=team)
    assert [cost(address) for address in addresses] == few


def test_hours_stand_on_the_page_and_lead_to_their_list(town) -> None:
    people = [some_volunteer(town) for _number in range(2)]
    made = held(town, *people)
    content = desk(town).get(page_of(made)).content.decode()
    assert "演*" in content and f"?activity={made.pk}" not in content
    Service.objects.create(
        volunteer=people[0],
        activity=made,
        unit=made.unit,
        on=timezone.localdate(made.starts_at),
        minutes=60,
        source="set",
        proposed_at=town.now,
        community_id=made.community_id,
        district_id=made.district_id,
        street_id=made.street_id,
    )
    assert f"?activity={made.pk}" in desk(town).get(page_of(made)).content.decode()
