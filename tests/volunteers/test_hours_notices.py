"""Who hears of activities and hours, through the real fan-out; and that no word of a person's is in a notice."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from grids.addressing import addressees
from notices.actions import fan_out_once
from notices.models import Notice
from notices.words import WORDS
from tests.builders import Town
from tests.volunteers.hours_builders import (
    AHEAD,
    a_shift,
    after,
    first_shift,
    handed_in,
    held,
    join,
    opened,
    some_team,
    some_volunteer,
)
from trail.actions import record_event
from trail.models import Delivery
from trail.outbox import HANDLERS
from volunteers.actions.activities import (
    NewShift,
    ask_volunteers,
    cancel_activity,
    change_activity,
    change_places,
    end_activity,
    move_by_clock,
    open_activity,
)
from volunteers.actions.attendance import mark_absent
from volunteers.actions.corrections import ask_correction, decide_correction
from volunteers.actions.hours import (
    confirm_hours,
    confirm_service,
    propose_hours,
    propose_service,
    refuse_service,
)
from volunteers.actions.series import end_series, make_next_of_series, repeat_activity
from volunteers.actions.settling import settle_activity
from volunteers.actions.sign_ups import cancel_sign_up, sign_up
from volunteers.actions.transfers import ask_transfer, take_in
from volunteers.export import service_sheet
from volunteers.models import Service, SignUp, Volunteer
from volunteers.notices.activities import OF_ONE
from volunteers.notices.hours import TO_ORGANISERS, TO_PERSON
from volunteers.notices.organisers import others_who_run
from volunteers.querysets import RUNS


class Hearing:
    """What was told since the last time: {(person, word)}."""

    def __init__(self) -> None:
        self.told = 0

    def __call__(self, now: Any) -> set[tuple[str, str]]:
        while fan_out_once(now=now):
            pass
        assert not Delivery.objects.filter(done_at=None).exists(), list(
            Delivery.objects.filter(done_at=None).values_list("handler", "last_error")
        )
        new = list(Notice.objects.filter(pk__gt=self.told).select_related("recipient").order_by("pk"))
        self.told = new[-1].pk if new else self.told
        for row in [row for row in new if row.key.startswith("volunteers.")]:
            with translation.override("en"):
                assert row.words and "—" not in row.words
            assert "演示" not in str(row.params)
        return {(row.recipient.username, row.key.removeprefix("volunteers.")) for row in new}


@pytest.fixture
def heard() -> Hearing:
    return Hearing()


def test_moving_up_and_being_signed_up_by_others(town: Town, heard: Hearing) -> None:
    one, two, three = (some_volunteer(town, name) for name in ("one", "two", "three"))
    alone = some_volunteer(town, account=False)
    activity, worker = opened(town, a_shift(town, places=1)), town.people["community_worker"]
    first = join(town, activity, one)
    join(town, activity, two)
    assert heard(town.now) == set(), "nobody is told of their own deed"
    cancel_sign_up(first, by=one.user, now=town.now)
    assert heard(town.now) == {("two", "moved_up")}
    shift = first_shift(activity)
    row = sign_up(shift, volunteer=three, by=worker, now=town.now)
    sign_up(shift, volunteer=alone, by=worker, now=town.now)
    assert heard(town.now) == {("three", "listed")}
    cancel_sign_up(row, by=worker, now=town.now)
    assert heard(town.now) == {("three", "signed_off")}


def test_other_words_another_place_and_no_activity_at_all(town: Town, heard: Hearing) -> None:
    people = [some_volunteer(town, name) for name in ("one", "two", "three")]
    activity, worker = opened(town, a_shift(town, places=1)), town.people["community_worker"]
    rows = [join(town, activity, one) for one in people]
    cancel_sign_up(rows[2], by=people[2].user, now=town.now)
    change_activity(activity, by=worker, now=town.now, what="演示:扫雪和撒盐")
    assert heard(town.now) == {("one", "changed"), ("two", "changed")}
    change_places(first_shift(activity), places=2, by=worker, now=town.now)
    assert heard(town.now) == {("two", "moved_up")}
    change_activity(activity, by=worker, now=town.now, place="演示:西门")
    assert heard(town.now) == {("one", "moved"), ("two", "moved")}
    later = town.now + timedelta(minutes=1)
    cancel_activity(activity, reason="演示:大雪", by=worker, now=later)
    assert heard(later) == {("one", "called_off"), ("two", "called_off")}


def test_the_leader_hands_in_and_the_community_confirms(town: Town, heard: Hearing) -> None:
    leader, who, now = some_volunteer(town, "leader"), some_volunteer(town, "one"), after(town)
    worker = town.people["community_worker"]
    activity = opened(town, team=some_team(town, leader))
    join(town, activity, who)
    while move_by_clock(now=now):
        pass
    assert heard(now) == {("leader", "to_hand_in")}
    mark_absent(activity, by=worker, now=now)
    activity = held(town, who, leader, team=activity.team)
    heard(now)
    propose_hours(activity, by=leader.user, now=now)
    asked = heard(now)
    assert {word for _who, word in asked} == {"to_confirm"}
    assert {"community_worker", "community_secretary"} <= {name for name, _word in asked}
    confirm_hours(activity, by=worker, now=now)
    assert heard(now) == {("one", "hours_confirmed"), ("leader", "hours_confirmed")}


def test_without_a_leader_those_who_run_it_hear(town: Town, heard: Hearing) -> None:
    activity = opened(town)
    move_by_clock(now=activity.starts_at)
    end_activity(activity, by=town.people["community_worker"], now=activity.ends_at)
    found = heard(activity.ends_at)
    assert ("community_secretary", "to_hand_in") in found
    assert ("community_worker", "to_hand_in") not in found, "nobody is told of their own deed"


def test_hours_and_corrections(town: Town, heard: Hearing) -> None:
    who, now = some_volunteer(town, "one"), after(town)
    worker, secretary = town.people["community_worker"], town.people["community_secretary"]
    given = {"on": town.now.date(), "minutes": 30, "what": "演示:值守", "unit": town.community}
    service = propose_service(who, by=who.user, now=now, **given)
    assert ("community_worker", "beside_to_confirm") in heard(now)
    confirm_service(service, by=worker, now=now)
    assert heard(now) == {("one", "hours_confirmed")}
    asked = ask_correction(service, minutes=40, reason="演示:更久", by=who.user, now=now)
    assert ("community_secretary", "to_correct") in heard(now)
    decide_correction(asked, granted=True, by=secretary, now=now)
    assert heard(now) == {("one", "hours_corrected")}
    told = Notice.objects.latest("pk")
    assert told.params == {"minutes": 40, "was": 30, "on": "2026-03-10"}
    asked = ask_correction(service, minutes=99, reason="演示:更久", by=who.user, now=now)
    heard(now)
    decide_correction(asked, granted=False, by=secretary, now=now)
    assert heard(now) == {("one", "correction_refused")}
    (other,) = handed_in(town, who)
    heard(now)
    refuse_service(other, reason="演示:没有来", by=secretary, now=now)
    assert heard(now) == {("one", "hours_refused")}


def test_many_at_once_in_as_many_queries_as_one(town: Town, heard: Hearing, monkeypatch: Any) -> None:
    # Points are booked one by one, under the lock of their account: not what is asked here.
    monkeypatch.delitem(HANDLERS, "volunteers.points")
    counted = []
    for number in (2, 6):
        people = [some_volunteer(town) for _one in range(number)]
        activity = held(town, *people)
        propose_hours(activity, by=town.people["community_worker"], now=after(town))
        heard(after(town))
        confirm_hours(activity, by=town.people["community_secretary"], now=after(town))
        with CaptureQueriesContext(connection) as asked:
            assert len(heard(after(town))) == number
        counted.append(len(asked))
    assert counted[0] == counted[1]


def test_no_boundary_is_read_on_the_way(town: Town, heard: Hearing, monkeypatch: Any) -> None:
    """They are large, and nobody here looks at one."""
    # Points are asked about elsewhere.
    monkeypatch.delitem(HANDLERS, "volunteers.points")
    leader, who, now = some_volunteer(town, "leader"), some_volunteer(town), after(town)
    worker, secretary = town.people["community_worker"], town.people["community_secretary"]
    with CaptureQueriesContext(connection) as asked:
        weekly, until = opened(town), town.now.date() + timedelta(days=40)
        series = repeat_activity(weekly, rhythm="weekly", until=until, by=worker, now=town.now)
        make_next_of_series(now=town.now)
        end_series(series, by=worker, now=town.now)
        activity = held(town, who, leader, team=some_team(town, leader))
        move_by_clock(now=now)
        services = propose_hours(activity, by=leader.user, now=now)
        confirm_service(services[0], by=worker, now=now)
        refuse_service(services[1], reason="演示:没有来", by=secretary, now=now)
        asked_for = ask_correction(services[0], minutes=9, reason="演示:早走", by=leader.user, now=now)
        decide_correction(asked_for, granted=True, by=secretary, now=now)
        settle_activity(activity, by=worker, now=now)
        take_in(
            ask_transfer(who, home=town.other_community, by=who.user, now=now),
            by=town.people["other_secretary"],
            now=now,
        )
        service_sheet(Service.objects.visible_to(worker, now))
        assert heard(now)
    ours = [query["sql"] for query in asked if '"volunteers_' in query["sql"]]
    assert ours and not [sql for sql in ours if '"boundary"' in sql]


def test_whoever_has_the_issue_hears_what_volunteers_did(town: Town, heard: Hearing) -> None:
    worker, now = town.people["community_worker"], town.now
    issue = town.report("road")
    shift = NewShift(now + AHEAD, after(town), 3)
    activity = ask_volunteers(issue, title="演示:铲雪", what="演示:路口", shifts=[shift], by=worker, now=now)
    open_activity(activity, by=worker, now=now)
    while move_by_clock(now=after(town)):
        pass
    heard(after(town))
    settle_activity(activity, by=worker, now=after(town))
    found = heard(after(town))
    assert found and {word for _who, word in found} == {"reported"}
    assert Notice.objects.latest("pk").link.endswith(f"/{issue.code}/")


@pytest.mark.parametrize("verb", ["leave", "erase"])
def test_who_has_left_gives_up_what_is_to_come(town: Town, heard: Hearing, verb: str) -> None:
    gone, waits = some_volunteer(town, "gone"), some_volunteer(town, "waits")
    activity = opened(town, a_shift(town, places=1))
    join(town, activity, gone)
    join(town, activity, waits)
    state = {"leave": "left", "erase": "erased"}[verb]
    Volunteer.objects.filter(pk=gone.pk).update(state=state, left_at=town.now)
    record_event("volunteer", gone.pk, verb, by=gone.user, now=town.now, district_id=town.district.pk)
    assert heard(town.now) == {("waits", "moved_up")}
    assert list(SignUp.objects.order_by("pk").values_list("state", flat=True)) == ["cancelled", "in"]


@pytest.mark.parametrize(
    "key",
    [*TO_PERSON.values(), *TO_ORGANISERS.values(), *(k for row in OF_ONE.values() for k in row.values())],
)
def test_every_word_is_there_and_names_no_title(key: str) -> None:
    assert key in WORDS and not WORDS[key].params & {"title", "what", "name", "reason"}


def test_where_one_alone_runs_it_those_above_are_asked(town: Town) -> None:
    """Whoever has handed in confirms nothing, and there is nobody beside them."""
    unit, alone = town.other_community, town.people["other_secretary"]
    assert [one.user_id for one in addressees(unit, RUNS, town.now)] == [alone.pk]
    found = others_who_run([(unit, alone.pk), (unit, None), (town.community, alone.pk)], town.now)
    assert found[unit.pk, None] == [alone.pk]
    above = {one.user_id for one in addressees(town.street, RUNS, town.now)}
    assert above and set(found[unit.pk, alone.pk]) == above - {alone.pk}
    assert town.people["community_worker"].pk in found[town.community.pk, alone.pk]
    with CaptureQueriesContext(connection) as caught:
        others_who_run([(town.community, None)], town.now)
    assert len(caught) == 1
