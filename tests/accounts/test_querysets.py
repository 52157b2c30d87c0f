"""Which accounts a security administrator sees: the people of the district, and those who have no post yet."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actions import close_account, open_account
from accounts.models import User
from grids.actions.posts import end_post
from grids.models import Post
from tests.builders import Town, add_west
from tests.faces import ENGLISH, stop_clock
from tests.towns import put_town

pytestmark = pytest.mark.django_db
HERE, WEST = "security_admin", "west_security_admin"


@pytest.fixture
def town(db: None) -> Town:
    made = put_town()
    add_west(made)
    return made


def seen_by(town: Town, user: User) -> set[str]:
    """Which of the two security administrators sees the account."""
    return {name for name in (HERE, WEST) if _seen(town.people[name], town).filter(pk=user.pk).exists()}


def _seen(user: Any, town: Town, **later: Any) -> Any:
    return User.objects.visible_to(user, town.now + timedelta(**later))


def opened(town: Town, by: str | None) -> User:
    return open_account("new", display_name="演示", by=town.people[by] if by else None, now=town.now)


def test_all_people_of_the_district_and_no_others(town: Town) -> None:
    """Holders and deputies, at units and at bodies of the district and of its streets."""
    west = {name for name in town.people if name.startswith("west_")}
    assert set(_seen(town.people[WEST], town).values_list("username", flat=True)) == west
    here = _seen(town.people[HERE], town)
    assert set(here.values_list("username", flat=True)) == set(town.people) - west


@pytest.mark.parametrize("name", ["system_admin", "audit_admin", "district_dispatcher", "grid_worker"])
def test_nobody_else_sees_accounts(town: Town, name: str) -> None:
    assert not _seen(town.people[name], town).exists()
    assert not _seen(AnonymousUser(), town).exists()


def test_a_new_account_is_seen_where_it_was_opened(town: Town) -> None:
    assert seen_by(town, opened(town, HERE)) == {HERE}


@pytest.mark.parametrize("by", [None, "root"])
def test_one_that_nobody_of_a_district_opened_is_seen_everywhere_until_it_holds_a_post(
    town: Town, by: str | None
) -> None:
    town.people["root"] = User.objects.create_superuser("root", display_name="root")
    town.people["new"] = opened(town, by)
    assert seen_by(town, town.people["new"]) == {HERE, WEST}
    town.appoint("new", "spotter", town.street)
    assert seen_by(town, town.people["new"]) == {HERE}


def test_made_without_any_event_it_is_seen_everywhere(town: Town) -> None:
    assert seen_by(town, User.objects.create_user("bare", display_name="演示")) == {HERE, WEST}


def test_with_posts_in_both_it_is_seen_in_both(town: Town) -> None:
    town.appoint("far_worker", "supervisor", town.west)
    assert seen_by(town, town.people["far_worker"]) == {HERE, WEST}


def test_who_has_left_is_seen_where_they_were_and_who_moved_where_they_are(town: Town) -> None:
    worker = town.people["far_worker"]
    end_post(town.posts["far_worker"], by=None, now=town.now)
    close_account(worker, by=town.people[HERE], now=town.now)
    assert seen_by(town, worker) == {HERE}
    chief = town.people["grid_chief"]
    end_post(town.posts["grid_chief"], by=None, now=town.now)
    town.appoint("grid_chief", "supervisor", town.west)
    assert seen_by(town, chief) == {WEST}


def test_a_post_that_ends_by_its_date_counts_until_then(town: Town) -> None:
    today = timezone.localdate(town.now)
    Post.objects.filter(pk=town.posts["far_worker"].pk).update(ends_on=today + timedelta(days=1))
    town.appoint("far_worker", "supervisor", town.west)
    assert seen_by(town, town.people["far_worker"]) == {HERE, WEST}
    later = _seen(town.people[HERE], town, days=1)
    assert not later.filter(username="far_worker").exists()


def test_a_deputy_is_of_the_district_too(town: Town) -> None:
    """Who holds no post of their own, and is somebody's deputy there."""
    assert seen_by(town, town.people["body_officer_deputy"]) == {HERE}


def test_a_superuser_is_seen_by_superusers_alone(town: Town) -> None:
    root = User.objects.create_superuser("root", display_name="root")
    assert seen_by(town, root) == set()
    assert _seen(root, town).count() == User.objects.count()


def test_a_foreign_account_has_the_page_of_none(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_clock(monkeypatch, town.now)
    User.objects.update(is_staff=True)
    client = Client(headers=ENGLISH)
    client.force_login(town.people[WEST], backend="grids.backends.PostBackend")
    pages = [
        client.get(reverse("admin:accounts_user_change", args=[pk]))
        for pk in (town.people[WEST].pk, town.people["grid_worker"].pk, 10**9)
    ]
    assert [page.status_code for page in pages] == [200, 404, 404]
    listed = client.get(reverse("admin:accounts_user_changelist")).content.decode()
    assert WEST in listed and "grid_worker" not in listed
    found = client.get(reverse("admin:accounts_user_changelist"), {"q": "grid_worker"}).content.decode()
    assert ">grid_worker<" not in found
