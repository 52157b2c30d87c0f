"""Service accounts: opened with a post, looked at and ended in the staff admin, and never taken for a person."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from knox.models import AuthToken

from accounts.actions import issue_token
from accounts.models import Grant, ServiceAccount, User
from desk.querysets import Day
from grids.actions.posts import appoint, end_post, set_deputy, set_shift
from grids.actions.systems import open_service
from grids.addressing import addressees, duty_addressees
from grids.models import DutyShift, Post
from grids.standing import standing_of
from issues.actions import PERFORM
from issues.actions.officer import check_officer
from notices.actions import Telling, fan_out_once, notify_all
from notices.models import Notice
from tests.api.conftest import ISSUES, client_of
from tests.builders import NOW, Town, add_west
from tests.faces import signed_in, stop_clock
from tests.towns import put_town
from trail.models import Event, IdempotencyKey
from trail.refusals import NotAllowed, Refused

pytestmark = pytest.mark.django_db
LIST = "/admin/accounts/serviceaccount/"
ADD = f"{LIST}add/"
Open = Callable[..., Any]


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Town:
    stop_clock(monkeypatch, NOW)
    return put_town()


@pytest.fixture
def opened(town: Town) -> Open:
    """opened("district_dispatcher", town.district): the account of a system with this post."""

    def make(role: str, place: Any, name: str = "platform") -> User:
        admin = town.people["system_admin"]
        return open_service(name, display_name=f"演示·{name}", role=role, place=place, by=admin, now=NOW)

    return make


@pytest.fixture
def manager(town: Town) -> Client:
    User.objects.update(is_staff=True)
    return signed_in(town, "system_admin")


def refusal(act: Any, *given: Any, **more: Any) -> str:
    with pytest.raises(Refused) as refused, transaction.atomic():
        act(*given, by=None, now=NOW, **more)
    return refused.value.code


# --- no person --------------------------------------------------------------------------------------------
def test_it_may_what_its_post_may(town: Town, opened: Open) -> None:
    issue = town.report("noise")
    system = opened("community_secretary", town.community)
    assert standing_of(system, NOW).can("dispatch")
    assert client_of(system).get(f"{ISSUES}{issue.code}/").status_code == 200
    assert client_of(system).post(f"{ISSUES}{issue.code}/sign/").status_code == 200


def test_nobody_is_addressed_by_it(town: Town, opened: Open) -> None:
    """Where only a system stands, the nearest person above answers."""
    opened("street_dispatcher", town.other_street)
    Post.objects.filter(user=town.people["far_dispatcher"]).update(ends_on=NOW.date())
    above = addressees(town.other_street, "dispatch", NOW)
    assert {one.covering for one in above} == {"above"}
    assert {one.user_id for one in above} <= {
        town.people[name].pk for name in ("district_dispatcher", "second_dispatcher")
    }


def test_it_stands_behind_nothing(town: Town) -> None:
    """The last person who can dispatch in a district stays, whatever systems there are; these may go."""
    west = add_west(town)
    system = open_service(
        "platform", display_name="演示", role="district_dispatcher", place=west, by=None, now=NOW
    )
    assert refusal(end_post, town.posts["west_dispatcher"]) == "last"
    assert [one.user_id for one in addressees(west, "dispatch", NOW)] == [town.people["west_dispatcher"].pk]
    end_post(Post.objects.get(user=system), by=None, now=NOW)


def test_it_is_no_deputy_has_none_and_is_not_on_duty(town: Town, opened: Open) -> None:
    system = opened("community_secretary", town.community)
    post = Post.objects.get(user=system)
    person = town.people["community_worker"]
    assert refusal(set_deputy, town.posts["community_worker"], deputy=system) == "deputy"
    assert refusal(set_deputy, post, deputy=person) == "deputy"
    assert refusal(appoint, person, role="spotter", unit=town.street, deputy=system) == "deputy"
    times = {"starts_at": NOW - timedelta(hours=1), "ends_at": NOW + timedelta(hours=8)}
    assert refusal(set_shift, post, **times) == "service"
    # A shift of before it was one.
    DutyShift.objects.create(post=post, rank=1, **times)
    assert system.pk not in {one.user_id for one in duty_addressees(town.community, NOW)}


def test_it_is_nobody_s_full_time_worker(town: Town) -> None:
    by = town.people["system_admin"]
    with pytest.raises(Refused) as refused, transaction.atomic():
        open_service("robot", display_name="演示", role="grid_worker", place=town.far_grid, by=by, now=NOW)
    assert refused.value.code == "role" and not User.objects.filter(username="robot").exists()


def test_it_works_for_one_district_alone(town: Town, opened: Open) -> None:
    system, west = opened("spotter", town.street), add_west(town)
    assert refusal(appoint, system, role="spotter", unit=west) == "district"
    appoint(system, role="supervisor", unit=town.other_street, by=None, now=NOW)
    for post in Post.objects.filter(user=system):
        end_post(post, by=None, now=NOW)
    assert refusal(appoint, system, role="spotter", unit=west) == "district"


def test_it_is_told_nothing(town: Town, opened: Open) -> None:
    """Not even as the one who registered something; the feed and webhooks are its inbox."""
    system = opened("spotter", town.street)
    issue = town.report("litter", by=system, on_behalf=True)
    worker = town.people["grid_worker"]
    PERFORM["sign"](issue, by=worker, now=NOW)
    PERFORM["submit_result"](issue, by=worker, now=NOW, outcome="solved", text="演示")
    while fan_out_once(now=NOW):
        pass
    assert Notice.objects.exists() and not Notice.objects.filter(recipient=system).exists()
    event = Event.objects.about("issue", issue.pk).last()
    notify_all([Telling(event, [system.pk], "issues.vacant_root", {"unit": "演示"})], now=NOW)
    assert not Notice.objects.filter(recipient=system).exists()


def test_nobody_names_it_as_a_person(town: Town, opened: Open) -> None:
    system = opened("body_officer", town.department)
    assert refusal_of_officer(system, town) == "officer"
    body = {"place": town.building.code, "category": "noise", "text": "演示:投诉", "about_person": "platform"}
    answer = client_of(town.people["spotter"]).post(ISSUES, body)
    assert answer.status_code == 400 and "about_person" in answer.json()["errors"]


def refusal_of_officer(system: User, town: Town) -> str:
    with pytest.raises(Refused) as refused:
        check_officer(system, town.department, NOW)
    return refused.value.code


def test_a_desk_with_a_system_alone_is_vacant(town: Town, opened: Open) -> None:
    """What lies there is shown to the person above, as if nobody stood there."""
    opened("grid_chief", town.far_grid)
    issue = town.report("litter", place=town.far_building)
    Post.objects.filter(user=town.people["far_worker"]).update(ends_on=NOW.date())
    secretary = town.people["far_secretary"]
    assert issue in list(Day(secretary, NOW).mine())


# --- pages ------------------------------------------------------------------------------------------------
def page(account: User) -> str:
    return f"{LIST}{account.pk}/change/"


def do(client: Client, account: User, key: str, **data: Any) -> Any:
    return client.post(
        f"{LIST}{account.pk}/do/{key}/", {f"{key}-{name}": value for name, value in data.items()}
    )


def test_opened_on_its_page(town: Town, manager: Client) -> None:
    assert ADD in manager.get(LIST).content.decode() and manager.get(ADD).status_code == 200
    sent = {"username": "gateway", "display_name": "演示·网关", "role": "spotter", "place": town.street.code}
    answer = manager.post(ADD, {f"open-{name}": value for name, value in sent.items()})
    account = ServiceAccount.objects.get()
    assert (answer.status_code, answer.url) == (302, page(account))
    assert account.is_service and not account.has_usable_password()
    post = Post.objects.get(user=account)
    assert (post.role, post.unit, post.starts_on) == ("spotter", town.street, NOW.date())
    text = manager.get(page(account)).content.decode()
    assert "No API token." in text and "Spotter" in text and "Revoke a token" not in text
    assert "演示·网关" in manager.get(LIST).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"place": "999"},
        {"place": "621002"},
        {"role": "grid_worker"},
        {"role": "grid_chief"},
        {"username": "spotter"},
        {"username": "a b"},
        {"display_name": ""},
    ],
)
def test_a_wrong_one_is_not_opened(town: Town, manager: Client, wrong: dict[str, str]) -> None:
    add_west(town)
    sent = {"username": "gateway", "display_name": "演示", "role": "spotter", "place": town.street.code}
    answer = manager.post(ADD, {f"open-{name}": value for name, value in (sent | wrong).items()})
    assert answer.status_code == 422 and not ServiceAccount.objects.filter(is_service=True).exists()


def test_a_token_is_shown_once(town: Town, manager: Client, opened: Open) -> None:
    account = opened("spotter", town.street)
    sent = {
        "token-name": "网关",
        "token-scopes": ["read", "report"],
        "token-days": "90",
        "idempotency_key": "k",
    }
    answer = manager.post(f"{LIST}{account.pk}/do/token/", sent)
    secret = answer.context["token"]
    assert secret in answer.content.decode() and "no-store" in answer.headers["Cache-Control"]
    assert "only this once" in answer.content.decode()
    kept = [
        *Event.objects.values_list("data", flat=True),
        *IdempotencyKey.objects.values_list("answer", flat=True),
    ]
    assert secret not in str(kept) and secret not in str(AuthToken.objects.values())
    again = manager.post(f"{LIST}{account.pk}/do/token/", sent, follow=True)
    assert secret not in again.content.decode() and AuthToken.objects.count() == 1
    text = manager.get(page(account)).content.decode()
    assert "网关" in text and "read, report" in text and secret[:8] in text and secret not in text
    assert "not yet" in text
    token = AuthToken.objects.get()
    assert timedelta(days=89) < token.expiry - NOW <= timedelta(days=90)
    # Used, and revoked.
    api = client_of(account)
    api.credentials(HTTP_AUTHORIZATION=f"Token {secret}")
    assert api.get(ISSUES).status_code == 200
    assert Grant.objects.get().last_used_at == NOW
    refused = do(manager, account, "revoke", token_id=Grant.objects.get().pk)
    assert refused.status_code == 422 and api.get(ISSUES).status_code == 200
    assert do(manager, account, "revoke", token_id=Grant.objects.get().pk, sure="on").status_code == 302
    assert api.get(ISSUES).status_code == 401


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"scopes": []}, {"scopes": ["root"]}, {"days": "1000"}, {"days": ""}]
)
def test_a_wrong_token_is_not_made(town: Town, manager: Client, opened: Open, wrong: dict[str, Any]) -> None:
    sent = {"name": "网关", "scopes": ["read"], "days": "90"} | wrong
    assert do(manager, opened("spotter", town.street), "token", **sent).status_code == 422
    assert not AuthToken.objects.exists()


def test_no_longer_than_the_settings_allow(town: Town, manager: Client, opened: Open, settings: Any) -> None:
    account = opened("spotter", town.street)
    settings.SERVICE_TOKEN_DAYS = 14
    assert "14 days" in manager.get(page(account)).content.decode()
    settings.SERVICE_TOKEN_DAYS = 100
    text = manager.get(page(account)).content.decode()
    assert "90 days" in text and "180 days" not in text


def test_another_account_s_token_is_not_revoked_here(town: Town, manager: Client, opened: Open) -> None:
    one, other = opened("spotter", town.street), opened("spotter", town.street, "other")
    for account in (one, other):
        issue_token(account, by=None, now=NOW, name="one", expires_at=NOW + timedelta(days=1))
    answer = do(manager, one, "revoke", token_id=Grant.objects.of(other)[0].pk, sure="on")
    assert answer.status_code == 422 and AuthToken.objects.count() == 2


def test_renamed_on_its_page(town: Town, manager: Client, opened: Open) -> None:
    account = opened("spotter", town.street)
    assert 'value="演示·platform"' in manager.get(page(account)).content.decode()
    assert do(manager, account, "rename", display_name=" ").status_code == 422
    assert do(manager, account, "rename", display_name="演示·新平台").status_code == 302
    text = manager.get(LIST).content.decode()
    assert "演示·新平台" in text and "演示·platform" not in text and "platform" in text
    close = do(manager, account, "close", sure="on")
    assert close.status_code == 302
    # What is closed keeps its name.
    assert do(manager, account, "rename", display_name="演示·再改").status_code == 404
    assert User.objects.get(pk=account.pk).display_name == "演示·新平台"


def test_closed_when_somebody_is_sure(town: Town, manager: Client, opened: Open) -> None:
    account = opened("spotter", town.street)
    assert do(manager, account, "close").status_code == 422
    assert do(manager, account, "close", sure="on").status_code == 302
    assert not User.objects.get(pk=account.pk).is_active
    text = manager.get(page(account)).content.decode()
    assert "closed" in text and "Add a token" not in text


def test_who_sees_it(town: Town, manager: Client, opened: Open) -> None:
    account = opened("spotter", town.street)
    add_west(town)
    User.objects.filter(is_service=False).update(is_staff=True)
    codes = {
        name: [signed_in(town, name).get(address).status_code for address in (LIST, page(account), ADD)]
        for name in ("system_admin", "security_admin", "west_system_admin", "street_dispatcher")
    }
    assert codes == {
        "system_admin": [200, 200, 200],
        "security_admin": [403, 404, 403],
        "west_system_admin": [200, 404, 200],
        "street_dispatcher": [403, 404, 403],
    }
    west = signed_in(town, "west_system_admin")
    assert "platform" not in west.get(LIST).content.decode()
    assert do(west, account, "close", sure="on").status_code == 404
    assert do(west, account, "rename", display_name="演示").status_code == 404
    # Among people's accounts there is none.
    text = signed_in(town, "security_admin").get("/admin/accounts/user/?q=platform").content.decode()
    assert f"/admin/accounts/user/{account.pk}/" not in text


def test_an_empty_list_says_so(manager: Client) -> None:
    assert manager.get(LIST).status_code == 200 and manager.get(f"{LIST}?q=nothing").status_code == 200


def test_nobody_opens_one_without_both_rights(town: Town) -> None:
    for name in ("security_admin", "street_leader"):
        with pytest.raises(NotAllowed):
            open_service(
                "x", display_name="演示", role="spotter", place=town.street, by=town.people[name], now=NOW
            )


def test_the_list_costs_the_same_with_more(town: Town, manager: Client, opened: Open) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as found:
            assert manager.get(LIST).status_code == 200
        return len(found)

    def add(name: str) -> None:
        account = opened("spotter", town.street, name)
        for number in range(2):
            issue_token(account, by=None, now=NOW, name=str(number), expires_at=NOW + timedelta(days=1))

    add("one")
    manager.get(LIST)
    one = cost()
    add("two")
    add("three")
    assert cost() == one
