"""API tokens: who makes whose, with which scopes and end; what the trail keeps; when their use is noted."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from knox.models import AuthToken

from accounts.actions import (
    NewAccount,
    change_account,
    close_account,
    issue_token,
    note_use,
    open_accounts,
    rename_service,
    reopen_account,
    revoke_token,
    revoke_tokens,
    set_first_password,
)
from accounts.actions.tokens import MOST_TOKENS
from accounts.models import Grant, ServiceAccount, User
from accounts.passwords import quick_hash
from grids.actions.systems import open_service
from tests.builders import NOW, Town, add_west
from tests.towns import put_town
from trail.models import Event
from trail.refusals import NotAllowed, Refused
from trail.scopes import SCOPES

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(days=30)


@pytest.fixture
def town() -> Town:
    return put_town()


@pytest.fixture
def system(town: Town) -> User:
    """Another system that reports in street A."""
    admin = town.people["system_admin"]
    return open_service(
        "sensors", display_name="演示·传感", role="spotter", place=town.street, by=admin, now=NOW
    )


def refusal(act: Any, *given: Any, **more: Any) -> str:
    with pytest.raises(Refused) as refused, transaction.atomic():
        act(*given, now=NOW, **more)
    return refused.value.code


def test_a_token_has_a_name_scopes_and_an_end(town: Town) -> None:
    worker = town.people["grid_worker"]
    token = issue_token(
        worker, by=worker, now=NOW, name="  my  script ", scopes=["report", "read"], expires_at=SOON
    )
    grant = Grant.objects.of(worker).get()
    assert (grant.name, grant.scopes, grant.last_used_at) == ("my script", "read report", None)
    assert token not in str(AuthToken.objects.values()) and token not in str(Grant.objects.values())
    event = Event.objects.about("user", worker.pk).last()
    assert event.data == {
        "token": grant.pk,
        "scopes": ["read", "report"],
        "expires_at": SOON.isoformat(timespec="seconds"),
    }
    revoke_token(grant.token, by=worker, now=NOW)
    assert not Grant.objects.exists() and not AuthToken.objects.exists()
    assert Event.objects.about("user", worker.pk).last().data == {"token": grant.pk}


def test_without_scopes_named_it_is_good_for_all(town: Town) -> None:
    issue_token(town.people["grid_worker"], by=None, now=NOW)
    assert Grant.objects.get().scope_set == set(SCOPES)


def test_what_no_token_can_be(town: Town) -> None:
    worker = town.people["grid_worker"]
    assert refusal(issue_token, worker, by=worker, scopes=[]) == "scopes"
    assert refusal(issue_token, worker, by=worker, scopes=["read", "root"]) == "scopes"
    assert refusal(issue_token, worker, by=worker, expires_at=NOW) == "expiry"
    assert refusal(issue_token, worker, by=worker, name="x" * 61) == "name"


def test_a_system_s_needs_a_name_and_an_end_within_the_longest(
    town: Town, system: User, settings: Any
) -> None:
    by = {"by": town.people["system_admin"]}
    assert refusal(issue_token, system, name="", expires_at=SOON, **by) == "name"
    assert refusal(issue_token, system, name="one", **by) == "expiry"
    settings.SERVICE_TOKEN_DAYS = 29
    assert refusal(issue_token, system, name="one", expires_at=SOON, **by) == "expiry"
    settings.SERVICE_TOKEN_DAYS = 30
    for number in range(MOST_TOKENS):
        issue_token(system, name=str(number), expires_at=SOON, now=NOW, **by)
    assert refusal(issue_token, system, name="one more", expires_at=SOON, **by) == "too_many"


def test_who_makes_and_revokes_those_of_a_system(town: Town, system: User) -> None:
    add_west(town)
    wanted = {"now": NOW, "name": "one", "expires_at": SOON}
    for name in ("security_admin", "west_system_admin", "street_dispatcher"):
        with pytest.raises(NotAllowed):
            issue_token(system, by=town.people[name], **wanted)
    # Not even the system itself: a stolen token would make its successor.
    with pytest.raises(NotAllowed):
        issue_token(system, by=system, **wanted)
    issue_token(system, by=town.people["system_admin"], **wanted)
    token = AuthToken.objects.get()
    for name in ("security_admin", "west_system_admin"):
        with pytest.raises(NotAllowed):
            revoke_token(token, by=town.people[name], now=NOW)
        with pytest.raises(NotAllowed):
            revoke_tokens(system, by=town.people[name], now=NOW)
    revoke_token(token, by=system, now=NOW)
    assert not AuthToken.objects.exists()


def test_use_is_noted_once_a_minute(town: Town) -> None:
    issue_token(town.people["grid_worker"], by=None, now=NOW)

    def cost(seconds: int) -> int:
        grant = Grant.objects.get()
        with CaptureQueriesContext(connection) as found:
            note_use(grant, now=NOW + timedelta(seconds=seconds))
        return len(found)

    assert [cost(0), cost(1), cost(59), cost(60), cost(61)] == [1, 0, 0, 1, 0]
    assert Grant.objects.get().last_used_at == NOW + timedelta(seconds=60)


def test_of_two_that_note_it_at_once_the_earlier_does_not_undo_the_later(town: Town) -> None:
    issue_token(town.people["grid_worker"], by=None, now=NOW)
    before = Grant.objects.get()
    note_use(Grant.objects.get(), now=NOW + timedelta(seconds=61))
    note_use(before, now=NOW + timedelta(seconds=60))
    assert Grant.objects.get().last_used_at == NOW + timedelta(seconds=61)


def test_closing_a_system_ends_its_tokens_for_good(town: Town, system: User) -> None:
    admin = town.people["system_admin"]
    issue_token(system, by=admin, now=NOW, name="one", expires_at=SOON)
    with pytest.raises(NotAllowed):
        close_account(system, by=town.people["security_admin"], now=NOW)
    close_account(system, by=admin, now=NOW)
    assert not AuthToken.objects.exists() and not User.objects.get(pk=system.pk).is_active
    verbs = list(Event.objects.about("user", system.pk).values_list("verb", "district_id"))
    here = town.district.pk
    assert verbs == [("open_service", here), ("issue_token", here), ("close_account", here)]
    assert refusal(issue_token, system, by=admin, name="two", expires_at=SOON) == "closed"
    assert refusal(reopen_account, system, by=None, password="x") == "service"


def test_a_system_is_renamed_by_whoever_connects_it(town: Town, system: User) -> None:
    admin = town.people["system_admin"]
    for by in (town.people["security_admin"], town.people["street_dispatcher"], system):
        with pytest.raises(NotAllowed):
            rename_service(system, display_name="演示·别名", by=by, now=NOW)
    with pytest.raises(NotAllowed):
        add_west(town)
        rename_service(system, display_name="演示·别名", by=town.people["west_system_admin"], now=NOW)
    renamed = rename_service(system, display_name="  演示·井盖传感 ", by=admin, now=NOW)
    kept = User.objects.get(pk=system.pk)
    assert (renamed.display_name, kept.display_name, kept.username) == (
        "演示·井盖传感",
        "演示·井盖传感",
        "sensors",
    )
    event = Event.objects.about("user", system.pk).last()
    assert (event.verb, event.actor_id, event.district_id, event.data) == (
        "rename_service",
        admin.pk,
        town.district.pk,
        {"fields": ["display_name"]},
    )
    # The same once more is nothing new.
    rename_service(system, display_name="演示·井盖传感", by=admin, now=NOW)
    assert Event.objects.about("user", system.pk).last().pk == event.pk


def test_a_name_that_cannot_be_one_a_person_and_what_is_closed_are_refused(town: Town, system: User) -> None:
    admin = town.people["system_admin"]
    for name in ("", "  ", "长" * 61):
        assert refusal(rename_service, system, by=admin, display_name=name) == "display_name"
    person = town.people["grid_worker"]
    assert refusal(rename_service, person, by=None, display_name="演示") == "person"
    close_account(system, by=admin, now=NOW)
    assert refusal(rename_service, system, by=admin, display_name="演示") == "closed"
    assert User.objects.get(pk=system.pk).display_name == "演示·传感"


def test_nobody_signs_in_as_a_system(town: Town, system: User) -> None:
    assert not system.has_usable_password()
    assert refusal(set_first_password, system, by=None, password="x") == "service"
    facts = {"display_name": "x", "phone": None, "language": "", "is_staff": True}
    assert refusal(change_account, system, by=None, **facts) == "service"
    # However a password got there.
    User.objects.filter(pk=system.pk).update(password=quick_hash("abcd-efgh"))
    assert authenticate(username="sensors", password="abcd-efgh") is None


@pytest.mark.parametrize(
    "wrong",
    [{"is_staff": True}, {"is_superuser": True}, {"must_change_password": True}, {"phone_hash": "0" * 64}],
)
def test_the_database_knows_that_a_system_is_no_person(system: User, wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=system.pk).update(**wrong)


def test_each_list_has_its_own(town: Town, system: User) -> None:
    add_west(town)
    root = User.objects.create_superuser("root", display_name="root")
    people = town.people
    seen = {
        name: (
            User.objects.visible_to(user, NOW).filter(pk=system.pk).exists(),
            ServiceAccount.objects.visible_to(user, NOW).filter(pk=system.pk).exists(),
        )
        for name, user in {**people, "root": root}.items()
    }
    assert {name for name, (_people, service) in seen.items() if service} == {"system_admin", "root"}
    assert not any(of_people for of_people, _service in seen.values())
    assert not ServiceAccount.objects.visible_to(root, NOW).filter(is_service=False).exists()


def test_a_list_of_staff_opens_no_system(town: Town) -> None:
    wanted = [NewAccount("sly", "演示", is_service=True)]
    with pytest.raises(NotAllowed):
        open_accounts(wanted, by=town.people["security_admin"], now=NOW)
