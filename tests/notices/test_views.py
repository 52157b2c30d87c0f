"""The inbox page: one's own, grouped, paged, readable without JavaScript."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from notices.actions import notify
from notices.models import Notice
from notices.views import PAGE
from tests.notices.conftest import KEY
from trail.models import Event

pytestmark = pytest.mark.django_db
Happen = Callable[..., Event]


@pytest.fixture
def reader(client: Client, person: User) -> Client:
    person.language = "en"
    person.save()
    client.force_login(person)
    return client


def put(
    happen: Happen, *people: User, count: int = 1, now: datetime | None = None, link: str = "/issues/x/"
) -> None:
    last = Event.objects.count()
    for number in range(last + 1, last + count + 1):
        notify(
            happen(number),
            [one.pk for one in people],
            KEY,
            {"place": f"P{number}"},
            link,
            now=now or timezone.now(),
        )


def shown(client: Client, **query: object) -> str:
    answer = client.get(reverse("notices:inbox"), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_visitor_is_asked_to_sign_in(client: Client) -> None:
    for name, args in (("inbox", []), ("read-all", []), ("read", [1])):
        answer = client.post(reverse(f"notices:{name}", args=args))
        assert answer.status_code == 302 and reverse("accounts:login") in answer["Location"]


def test_it_shows_mine_newest_first_and_not_another_s(
    reader: Client, happen: Happen, person: User, other: User
) -> None:
    put(happen, person, count=2)
    put(happen, other)
    html = shown(reader)
    assert re.findall(r"hello from (P\d)", html) == ["P2", "P1"]
    assert html.count('<button class="target" name="open" value="/issues/x/">') == 2


def test_today_stands_before_earlier(reader: Client, happen: Happen, person: User) -> None:
    put(happen, person, now=timezone.now() - timedelta(days=2))
    put(happen, person)
    html = shown(reader)
    order = re.findall(r'id="inbox-\w+"|hello from P\d', html)
    assert order == ['id="inbox-today"', "hello from P2", 'id="inbox-earlier"', "hello from P1"]


def test_what_is_said_is_escaped(reader: Client, happen: Happen, person: User) -> None:
    notify(happen(), [person.pk], KEY, {"place": "<b>x</b>"}, now=timezone.now())
    assert "<b>x</b>" not in shown(reader)


def test_a_notice_without_a_link_is_no_link(reader: Client, happen: Happen, person: User) -> None:
    put(happen, person, link="")
    html = shown(reader)
    assert "hello from P1" in html and 'name="open"' not in html


def test_older_ones_by_keyset_without_a_count(reader: Client, happen: Happen, person: User) -> None:
    put(happen, person, count=PAGE + 2)
    first = reader.get(reverse("notices:inbox"))
    assert first.context["older"] == Notice.objects.inbox(person)[PAGE - 1].pk
    second = shown(reader, before=first.context["older"])
    assert re.findall(r"hello from (P\d+)", second) == ["P2", "P1"]
    assert 'rel="next"' not in second


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "²"])
def test_a_strange_page_is_the_first_one(reader: Client, happen: Happen, person: User, before: str) -> None:
    put(happen, person)
    assert "hello from P1" in shown(reader, before=before)


def test_an_empty_inbox_says_so(reader: Client) -> None:
    assert "Nothing here yet" in shown(reader)
    assert "nothing older" in shown(reader, before=1)


def test_the_page_asks_the_same_for_one_row_and_for_three(
    reader: Client, happen: Happen, person: User
) -> None:
    asked = []
    for count in (1, 2):
        put(happen, person, count=count)
        with CaptureQueriesContext(connection) as queries:
            shown(reader)
        asked.append([one["sql"] for one in queries])
    assert len(asked[0]) == len(asked[1])
    assert sum("notices_notice" in sql for sql in asked[1]) == 2  # the rows, and the number on the bell
    assert len(asked[1]) <= 7  # with the session, the person and what the frame needs


def test_reading_marks_and_goes_back_or_opens(reader: Client, happen: Happen, person: User) -> None:
    put(happen, person, count=2)
    newer, older = Notice.objects.inbox(person)
    assert reader.post(reverse("notices:read", args=[newer.pk]))["Location"] == reverse("notices:inbox")
    opened = reader.post(reverse("notices:read", args=[older.pk]), {"open": "1"})
    assert opened["Location"] == "/issues/x/"
    assert Notice.objects.unread_count(person) == 0
    html = shown(reader)
    assert "Mark as read" not in html and html.count('href="/issues/x/"') == 2


def test_the_row_itself_opens_and_marks(reader: Client, happen: Happen, person: User) -> None:
    """Nobody looks for a small button besides: else the number never falls, and the text message comes all the same."""
    put(happen, person)
    action, link = re.search(
        r'<form[^>]*action="(/notices/\d+/read/)">.*?<button[^>]*name="open" value="([^"]+)">.*?hello from P1',
        shown(reader),
        re.DOTALL,
    ).groups()
    assert 'href="/issues/x/"' not in shown(reader)
    assert reader.post(action, {"open": link})["Location"] == "/issues/x/"
    assert Notice.objects.get().read_at is not None


def test_where_it_leads_is_what_was_told_not_what_the_form_says(
    reader: Client, happen: Happen, person: User
) -> None:
    put(happen, person)
    opened = reader.post(
        reverse("notices:read", args=[Notice.objects.get().pk]), {"open": "https://example.org/"}
    )
    assert opened["Location"] == "/issues/x/"


@pytest.mark.parametrize(
    "page", ["/", "/outbox/", "/accounts/calendar/", "/accounts/password/", "/notices/mine/"]
)
def test_every_page_of_somebody_signed_in_has_the_number_by_one_query(
    reader: Client, happen: Happen, person: User, page: str
) -> None:
    put(happen, person, count=3)
    with CaptureQueriesContext(connection) as queries:
        html = reader.get(page).content.decode()
    assert re.search(r'class="count">3<', html)
    assert sum("COUNT(*)" in one["sql"] and "notices_notice" in one["sql"] for one in queries) == 1


def test_a_visitor_s_page_asks_for_no_inbox(client: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/r/").status_code == 200
    assert not [one for one in queries if "notices_notice" in one["sql"]]


def test_another_s_notice_does_not_exist(reader: Client, happen: Happen, other: User) -> None:
    put(happen, other)
    for pk in (Notice.objects.get().pk, 10**9, 10**30):
        assert reader.post(reverse("notices:read", args=[pk])).status_code == 404
    assert Notice.objects.get().read_at is None


def test_reading_is_a_form_with_a_token_not_a_link(reader: Client, happen: Happen, person: User) -> None:
    put(happen, person)
    notice = Notice.objects.get()
    for url in (reverse("notices:read", args=[notice.pk]), reverse("notices:read-all")):
        assert reader.get(url).status_code == 405
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(person)
        assert strict.post(url).status_code == 403
    forms = re.findall(r"<form[^>]*action=\"/notices/.*?</form>", shown(reader), re.DOTALL)
    assert len(forms) == 2 and all("csrfmiddlewaretoken" in form for form in forms)


def test_all_read_leaves_what_came_meanwhile(reader: Client, happen: Happen, person: User) -> None:
    put(happen, person)
    up_to = re.search(r'name="up_to" value="(\d+)"', shown(reader))
    put(happen, person)
    reader.post(reverse("notices:read-all"), {"up_to": up_to[1]})
    assert [row.params["place"] for row in Notice.objects.inbox(person).unread()] == ["P2"]
    assert "Mark all as read" in shown(reader)
    reader.post(reverse("notices:read-all"))
    assert "Mark all as read" not in shown(reader)
