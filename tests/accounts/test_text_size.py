"""Large text: asked for with one button, remembered by the server, and what the pages make of it."""

import re

import pytest
from django.test import Client

from accounts.actions import set_text_size
from accounts.models import User
from accounts.reading import COOKIE, KEPT, LARGE, LARGER, LONGEST, SIZES, STANDARD, others, size_of
from tests.builders import Town
from tests.faces import signed_in, visitor
from tests.towns import put_town
from trail.refusals import Refused


@pytest.fixture
def town(db: None) -> Town:
    return put_town()


@pytest.mark.parametrize(
    ("account", "browser", "size"),
    [
        ("", "", ""),
        ("", LARGE, LARGE),
        (LARGER, LARGE, LARGER),
        (STANDARD, LARGE, ""),
        ("", "huge", ""),
        ("", STANDARD, ""),
    ],
)
def test_the_account_wins_over_the_browser(account: str, browser: str, size: str) -> None:
    assert size_of(account, browser) == size


def test_one_button_until_it_is_found_then_the_two_others() -> None:
    assert [key for key, _label in others("")] == [LARGE]
    assert {key for key, _label in others(LARGE)} == {LARGER, STANDARD}
    assert {key for key, _label in others(LARGER)} == {LARGE, STANDARD}
    assert max(map(len, SIZES)) <= LONGEST


def choose(client: Client, size: str, path: str = "/r/") -> object:
    return client.post("/accounts/text/", {"size": size, "next": path})


def mode(client: Client, path: str = "/r/") -> str:
    found = re.search(r'<html [^>]*data-text="(\w+)"', client.get(path).content.decode())
    return found[1] if found else ""


@pytest.mark.django_db
def test_a_resident_is_remembered_by_a_cookie_of_the_server() -> None:
    client = visitor()
    page = client.get("/r/").content.decode()
    assert not mode(client) and 'action="/accounts/text/"' in page and ">Large text</button>" in page
    answer = choose(client, LARGE, "/f/?x=1")
    assert answer.status_code == 302 and answer.url == "/f/?x=1"
    cookie = answer.cookies[COOKIE]
    assert (
        cookie["max-age"] == int(KEPT.total_seconds()) and cookie["httponly"] and cookie["samesite"] == "Lax"
    )
    assert (
        mode(client) == LARGE and mode(client, "/f/") == LARGE and mode(client, "/accounts/login/") == LARGE
    )
    choose(client, LARGER)
    assert mode(client) == LARGER
    choose(client, STANDARD)
    assert mode(client) == ""


@pytest.mark.django_db
@pytest.mark.parametrize("size", ["", "huge", "<b>", "x" * 500])
def test_what_is_no_size_changes_nothing(town, size) -> None:
    client = signed_in(town, "grid_worker")
    assert COOKIE not in choose(client, size).cookies
    assert User.objects.get(pk=town.people["grid_worker"].pk).text_size == ""
    with pytest.raises(Refused) as refused:
        set_text_size(town.people["grid_worker"], size=size, by=town.people["grid_worker"], now=town.now)
    assert refused.value.code == "size"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["https://elsewhere.example/", "//elsewhere.example", ""])
def test_it_leads_nowhere_else(path) -> None:
    assert choose(visitor(), LARGE, path).url == "/"


@pytest.mark.django_db
def test_staff_find_it_on_every_device(town) -> None:
    choose(signed_in(town, "grid_worker"), LARGER, "/")
    another = signed_in(town, "grid_worker")
    assert COOKIE not in another.cookies and mode(another, "/") == LARGER
    assert mode(signed_in(town, "grid_chief"), "/") == ""


@pytest.mark.django_db
def test_with_a_first_password_one_may_still_ask_for_large_text(town) -> None:
    User.objects.filter(pk=town.people["grid_worker"].pk).update(must_change_password=True)
    client = signed_in(town, "grid_worker")
    assert choose(client, LARGE, "/accounts/password/").url == "/accounts/password/"
    assert mode(client, "/accounts/password/") == LARGE


@pytest.mark.django_db
def test_it_is_a_form_that_no_other_site_can_send() -> None:
    client = Client(enforce_csrf_checks=True)
    assert choose(client, LARGE).status_code == 403 and COOKIE not in client.cookies
    assert visitor().get("/accounts/text/").status_code == 405


@pytest.mark.django_db
def test_large_text_folds_what_is_seldom_and_keeps_everything(town) -> None:
    client, address = visitor(), f"/r/at/{town.grid.code}/report/"
    before = client.get(address).content.decode()
    choose(client, LARGE)
    after = client.get(address).content.decode()
    words = [name for name in re.findall(r'name="([\w-]+)"', before) if name != "size"]
    assert not [name for name in words if f'name="{name}"' not in after]
    assert "<summary>Language and signing in</summary>" in after and "Language and signing in" not in before
    groups = re.findall(r'<details class="group( danger)?"( open)?>', after)
    assert len(groups) > 1 and [bool(is_open) for danger, is_open in groups] == [bool(d) for d, _o in groups]
    # A browser cannot point to what is folded: it would refuse to send without a word.
    assert not re.search(r'type="radio"[^>]*required', after) and re.search(
        r'type="radio"[^>]*required', before
    )
    refused = client.post(address, {"category": "litter", "text": ""})
    assert refused.status_code == 422 and refused.content.decode().count(" open>") >= 2


@pytest.mark.django_db
def test_it_costs_no_query(town, django_assert_num_queries) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = signed_in(town, "grid_worker")
    client.get("/")
    with CaptureQueriesContext(connection) as standard:
        client.get("/")
    before = len(standard)
    choose(client, LARGE, "/")
    with django_assert_num_queries(before):
        client.get("/")


@pytest.mark.django_db
def test_a_refused_step_can_be_read_in_another_size(town) -> None:
    """The switch leads back to the address of the page, which took a form there."""
    from issues.views.follow import follow_link

    issue = town.report()
    assert visitor().get(f"{follow_link(issue)}chase/").url == follow_link(issue)
    revealed = signed_in(town, "grid_worker").get(f"/i/{issue.code}/contact/reveal/")
    assert revealed.url == f"/i/{issue.code}/"
