"""Giving and ending posts, leave, deputies, duty: what is allowed, what is not, what the trail learns."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from grids.actions.appointments import Appointment, appoint_many
from grids.actions.posts import (
    appoint,
    drop_shift,
    end_leave,
    end_post,
    record_leave,
    set_deputy,
    set_shift,
)
from grids.models import Leave, Post
from tests.grids.conftest import NOW
from trail.models import Event
from trail.refusals import NotAllowed, Refused

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TODAY = NOW.date()


def refusal(call, *args, by=None, **kwargs) -> str:
    with pytest.raises(Refused) as caught:
        call(*args, by=by, now=NOW, **kwargs)
    return caught.value.code


def test_an_appointment_stands_and_is_told(town, post) -> None:
    held = post("li", "grid_chief", town.g1)
    assert (held.starts_on, held.ends_on, held.sole) == (TODAY, None, False)
    event = Event.objects.about("post", held.pk).get()
    assert (event.verb, event.unit_id, event.unit_label) == ("appoint", town.g1.pk, "第一网格")
    assert event.data == {"role": "grid_chief", "user": held.user_id, "starts_on": "2026-11-20"}
    assert "grid" in str(held).lower() or "网格" in str(held)


def test_appointments_that_are_refused(town, post, person) -> None:
    li = person("li")
    assert refusal(appoint, li, role="grid_chief") == "place"
    assert refusal(appoint, li, role="grid_chief", unit=town.g1, body=town.office) == "place"
    assert refusal(appoint, li, role="emperor", unit=town.g1) == "role"
    assert refusal(appoint, li, role="grid_chief", unit=town.x) == "role"
    assert refusal(appoint, li, role="grid_chief", body=town.office) == "role"
    assert refusal(appoint, li, role="grid_chief", unit=town.g1, ends_on=TODAY - DAY) == "dates"
    assert refusal(appoint, li, role="grid_chief", unit=town.g1, deputy=li) == "deputy"
    post("li", "grid_chief", town.g1)
    assert refusal(appoint, li, role="grid_chief", unit=town.g1) == "twice"
    gone = person("gone")
    gone.is_active = False
    gone.save()
    assert refusal(appoint, gone, role="grid_chief", unit=town.g1) == "inactive"
    assert refusal(appoint, li, role="grid_chief", unit=town.g2, deputy=gone) == "deputy"


def test_one_full_time_worker_per_basic_grid_at_a_time(town, post, person) -> None:
    first = post("gong", "grid_worker", town.g1)
    assert first.sole
    assert refusal(appoint, person("wang"), role="grid_worker", unit=town.g1) == "taken"
    next_month = TODAY + timedelta(days=30)
    assert refusal(appoint, person("wang"), role="grid_worker", unit=town.g1, starts_on=next_month) == "taken"
    end_post(first, on=next_month, by=None, now=NOW)
    assert post("wang", "grid_worker", town.g1, starts_on=next_month).sole
    post("zhao", "grid_worker", town.g2)


def test_the_database_itself_refuses_a_second_one(town, post, person) -> None:
    post("gong", "grid_worker", town.g1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.create(
            user=person("wang"), unit=town.g1, role="grid_worker", starts_on=TODAY + 9 * DAY, sole=True
        )
    Post.objects.create(user=person("wang"), unit=town.g2, role="grid_worker", starts_on=TODAY, sole=True)


@pytest.mark.django_db(transaction=True)
def test_two_appointments_at_once_give_one_worker(town, person) -> None:
    people = [person("gong"), person("wang")]
    start = threading.Barrier(2)
    outcome = []

    def one(user) -> None:
        start.wait()
        try:
            outcome.append(appoint(user, role="grid_worker", unit=town.g1, by=None, now=NOW).user_id)
        except Refused as refused:
            outcome.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(user,)) for user in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcome.count("taken") == 1 and Post.objects.filter(unit=town.g1).count() == 1


def test_a_list_of_staff_is_appointed_whole_or_not_at_all(town, person) -> None:
    wanted = [
        Appointment(person("li"), "grid_chief", town.g1, deputy=person("zhang")),
        Appointment(person("jing"), "body_officer", town.squad),
        Appointment(person("gong"), "grid_worker", town.g1),
    ]
    posts = appoint_many(wanted, by=None, now=NOW)
    assert [post.role for post in posts] == ["grid_chief", "body_officer", "grid_worker"]
    assert Event.objects.filter(subject_type="post", verb="appoint").count() == 3
    twice = [
        Appointment(person("a"), "grid_worker", town.g2),
        Appointment(person("b"), "grid_worker", town.g2),
    ]
    assert refusal(appoint_many, twice) == "taken"
    assert refusal(appoint_many, wanted[:1]) == "twice"
    assert Post.objects.count() == 3
    assert appoint_many([], by=None, now=NOW) == []


def test_somebody_must_stand_behind_a_district(town, post, person) -> None:
    first = post("diao", "district_dispatcher", town.district)
    post("guan", "system_admin", town.district)
    assert refusal(end_post, first) == "last"
    second = post("tiao", "district_dispatcher", town.district)
    end_post(first, by=None, now=NOW)
    assert refusal(end_post, second) == "last"
    assert Post.objects.active(NOW).filter(pk=second.pk).exists()
    third = post("xin", "district_dispatcher", town.district, starts_on=TODAY + 5 * DAY)
    assert refusal(end_post, second) == "last", "the successor has not begun"
    end_post(second, on=TODAY + 5 * DAY, by=None, now=NOW)
    assert refusal(end_post, third, on=TODAY + 9 * DAY) == "last"


def test_a_successor_whose_account_is_closed_does_not_count(town, post, person) -> None:
    first, second = (post(name, "district_dispatcher", town.district) for name in ("a", "b"))
    user = person("b")
    user.is_active = False
    user.save()
    assert refusal(end_post, first) == "last"
    end_post(second, by=None, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_two_last_ones_cannot_both_leave_at_once(town, post) -> None:
    held = [post(name, "district_dispatcher", town.district) for name in ("a", "b")]
    start = threading.Barrier(2)
    outcome = []

    def leave(one) -> None:
        start.wait()
        try:
            outcome.append(end_post(one, by=None, now=NOW).ends_on)
        except Refused as refused:
            outcome.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=leave, args=(one,)) for one in held]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcome.count("last") == 1 and Post.objects.active(NOW).count() == 1


def test_other_posts_end_freely_and_only_once(town, post) -> None:
    held = post("li", "grid_chief", town.g1)
    assert end_post(held, by=None, now=NOW).ends_on == TODAY
    end_post(held, by=None, now=NOW)
    assert Event.objects.about("post", held.pk).filter(verb="end").count() == 1
    future = post("wang", "grid_chief", town.g1, starts_on=TODAY + 5 * DAY)
    assert end_post(future, by=None, now=NOW).ends_on == future.starts_on, "it never begins"
    assert not Post.objects.active(NOW + 9 * DAY).exists()
    assert post("li", "grid_chief", town.g1).pk, "the same person may come back"


def test_leave_is_recorded_ended_and_cancelled(town, post) -> None:
    held = post("li", "grid_chief", town.g1)
    leave = record_leave(held, starts_at=NOW - DAY, ends_at=NOW + DAY, by=held.user, now=NOW)
    assert Leave.objects.at(NOW).get() == leave
    assert end_leave(leave, by=held.user, now=NOW).ends_at == NOW
    assert not Leave.objects.at(NOW).exists()
    later = record_leave(held, starts_at=NOW + DAY, ends_at=NOW + 2 * DAY, by=None, now=NOW)
    end_leave(later, by=None, now=NOW)
    assert not Leave.objects.filter(pk=later.pk).exists()
    assert refusal(record_leave, held, starts_at=NOW, ends_at=NOW) == "dates"
    assert refusal(record_leave, held, starts_at=NOW - 3 * DAY, ends_at=NOW - DAY) == "dates"
    verbs = list(Event.objects.about("post", held.pk).values_list("verb", flat=True))
    assert verbs == ["appoint", "leave", "end_leave", "leave", "end_leave"]


def test_deputies_are_named_changed_and_taken_away(town, post, person) -> None:
    held = post("li", "grid_chief", town.g1)
    assert set_deputy(held, deputy=person("zhang"), by=held.user, now=NOW).deputy == person("zhang")
    assert refusal(set_deputy, held, deputy=held.user) == "deputy"
    assert set_deputy(held, deputy=None, by=None, now=NOW).deputy is None


def test_shifts_are_set_changed_and_dropped(town, post) -> None:
    held = post("li", "grid_chief", town.g1)
    shift = set_shift(held, starts_at=NOW, ends_at=NOW + DAY, by=None, now=NOW)
    again = set_shift(held, starts_at=NOW, ends_at=NOW + 2 * DAY, rank=2, by=None, now=NOW)
    assert (again.pk, again.rank, again.ends_at) == (shift.pk, 2, NOW + 2 * DAY)
    assert refusal(set_shift, held, starts_at=NOW, ends_at=NOW) == "dates"
    assert refusal(set_shift, held, starts_at=NOW, ends_at=NOW + DAY, rank=0) == "rank"
    drop_shift(again, by=None, now=NOW)
    drop_shift(again, by=None, now=NOW)
    assert Event.objects.about("post", held.pk).filter(verb="drop_shift").count() == 1


def test_only_who_manages_posts_may(town, post, person) -> None:
    manager = post("guan", "system_admin", town.district).user
    leader = post("wang", "street_leader", town.a)
    assert appoint(person("li"), role="grid_chief", unit=town.g1, by=manager, now=NOW).pk
    held = Post.objects.get(user=person("li"))
    for call in (
        lambda by: appoint(person("x"), role="grid_chief", unit=town.g1, by=by, now=NOW),
        lambda by: end_post(held, by=by, now=NOW),
        lambda by: record_leave(held, starts_at=NOW, ends_at=NOW + DAY, by=by, now=NOW),
        lambda by: set_deputy(held, deputy=person("x"), by=by, now=NOW),
    ):
        with pytest.raises(NotAllowed):
            call(leader.user)
    with pytest.raises(NotAllowed):
        end_post(held, by=held.user, now=NOW)
