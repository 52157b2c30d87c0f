"""An account is not closed while its person is the last to stand behind a district."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from accounts.actions import close_account
from accounts.models import User
from grids.actions.posts import end_post
from tests.grids.conftest import NOW
from trail.models import Event
from trail.refusals import Refused

pytestmark = pytest.mark.django_db


def refused(user: User) -> str:
    with pytest.raises(Refused) as caught:
        close_account(user, by=None, now=NOW)
    assert User.objects.get(pk=user.pk).is_active
    assert not Event.objects.filter(verb="close_account").exists()
    return caught.value.code


def test_the_last_one_stays_until_another_is_there(town, post, person) -> None:
    post("first", "district_dispatcher", town.district)
    assert refused(person("first")) == "last"
    second = post("second", "district_dispatcher", town.district)
    end_post(second, by=None, now=NOW, on=NOW.date() + timedelta(days=9))
    close_account(person("first"), by=None, now=NOW)
    assert not User.objects.get(username="first").is_active
    assert refused_only(person("second"))


def refused_only(user: User) -> bool:
    with pytest.raises(Refused):
        close_account(user, by=None, now=NOW)
    return User.objects.get(pk=user.pk).is_active


def test_a_colleague_whose_account_is_closed_does_not_count(town, post, person) -> None:
    post("first", "district_dispatcher", town.district)
    post("second", "district_dispatcher", town.district)
    User.objects.filter(username="second").update(is_active=False)
    assert refused(person("first")) == "last"


def test_nor_one_who_begins_later_or_can_neither_handle_nor_dispatch(town, post, person) -> None:
    post("first", "district_dispatcher", town.district)
    post("later", "district_dispatcher", town.district, starts_on=NOW.date() + timedelta(days=1))
    post("admin", "system_admin", town.district)
    assert refused(person("first")) == "last"


@pytest.mark.parametrize("role", ["system_admin", "security_admin"])
def test_others_at_the_root_may_go(town, post, person, role) -> None:
    post("first", "district_dispatcher", town.district)
    post("other", role, town.district)
    close_account(person("other"), by=None, now=NOW)
    assert not User.objects.get(username="other").is_active


def test_those_below_may_go(town, post, person) -> None:
    post("worker", "grid_worker", town.g1)
    close_account(person("worker"), by=None, now=NOW)
    assert not User.objects.get(username="worker").is_active


def test_closed_twice_is_recorded_once(person) -> None:
    for _unused in range(2):
        close_account(person("one"), by=None, now=NOW)
    assert Event.objects.filter(verb="close_account").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_the_last_two_at_the_same_moment_one_stays(town, post, person) -> None:
    people = [person(name) for name in ("first", "second")]
    for name in ("first", "second"):
        post(name, "district_dispatcher", town.district)
    start, outcome = threading.Barrier(2), []

    def close(user: User) -> None:
        start.wait(10)
        try:
            with transaction.atomic():
                close_account(user, by=None, now=NOW)
            outcome.append("closed")
        except Refused as refusal:
            outcome.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=close, args=(user,)) for user in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcome) == ["closed", "last"]
    assert User.objects.filter(is_active=True).count() == 1
