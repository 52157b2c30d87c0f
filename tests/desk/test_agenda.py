"""One's own calendar: what is due and when one is on duty; the address, shown once, revoked at once; nobody's words."""

from datetime import timedelta

import pytest
from django.utils.timezone import localdate
from icalendar import Calendar

from accounts.actions import close_account, make_address, revoke_address
from accounts.models import CalendarAddress
from calendars.midnight import midnight
from desk.agenda import MOST, calendar_of, entries_of
from grids.actions.posts import end_post, set_shift
from issues.actions import PERFORM
from tests.builders import CONTACT
from tests.faces import signed_in, stop_clock, visitor
from trail.models import Event

PAGE = "/accounts/calendar/"


@pytest.fixture(autouse=True)
def clock(monkeypatch, town):
    stop_clock(monkeypatch, town.now)


def made_by(town, name: str) -> str:
    return f"/calendar/{make_address(town.people[name], now=town.now)}.ics"


def events(response) -> list:
    return Calendar.from_ical(response.content).walk("VEVENT")


def test_what_is_due_stands_in_it_without_a_word_of_who_reported_it(town):
    issue = town.report(contact=CONTACT, text="演示:张三家门口", spot="三单元402室")
    town.report("noise")
    response = visitor().get(made_by(town, "grid_worker"))
    assert (response.status_code, response["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    [event] = events(response)
    assert issue.number in event["SUMMARY"] and issue.category.label in event["SUMMARY"]
    assert event.end == issue.due_at
    assert event["LOCATION"] == "新发街道 · 天光社区 · 第一网格"
    text = response.content.decode().replace("\r\n ", "")
    assert not [word for word in ("张三", "402", CONTACT.name, CONTACT.phone, issue.code) if word in text]


def test_whistles_parts_and_duty_stand_in_it_too(town):
    act = {"by": town.people["community_worker"], "now": town.now}
    issue = PERFORM["sign"](town.report("noise"), **act)
    PERFORM["whistle"](issue, kind="quick", text="来", bodies=[town.department], **act)
    other = PERFORM["sign"](town.report("noise"), **act)
    PERFORM["split"](other, text="查", units=[town.grid], **act)
    hours = {"starts_at": town.now, "ends_at": town.now + timedelta(hours=8)}
    set_shift(town.posts["body_officer"], by=None, now=town.now, **hours)
    keys = {
        name: {entry.key.partition("-")[0] for entry in entries_of(town.people[name], town.now)}
        for name in ("body_officer", "grid_worker")
    }
    assert keys == {"body_officer": {"call", "duty"}, "grid_worker": {"task"}}
    assert entries_of(town.people["far_worker"], town.now) == []


def test_duty_ends_with_the_post(town):
    """The day a post ends is the first without it: what begins then, by our clock, stands in nobody's calendar."""
    post, last = town.posts["body_officer"], midnight(town.now) + timedelta(days=3)
    hours = [
        (last - timedelta(hours=9), last - timedelta(hours=1)),
        (last - timedelta(hours=1), last + timedelta(hours=7)),
        (last, last + timedelta(hours=8)),
        (last + timedelta(hours=9), last + timedelta(hours=17)),
    ]
    for starts_at, ends_at in hours:
        set_shift(post, starts_at=starts_at, ends_at=ends_at, by=None, now=town.now)
    assert len(entries_of(town.people["body_officer"], town.now)) == 4
    end_post(post, on=localdate(last), by=None, now=town.now)
    found = entries_of(town.people["body_officer"], town.now)
    assert [entry.starts_at for entry in found] == [starts_at for starts_at, _ends_at in hours[:2]]


def test_what_is_done_is_gone_and_the_same_is_not_sent_again(town):
    issue, address = town.report(), made_by(town, "grid_worker")
    first = visitor().get(address)
    assert visitor().get(address, headers={"if-none-match": first["ETag"]}).status_code == 304
    act = {"by": town.people["grid_worker"], "now": town.now}
    PERFORM["sign"](issue, **act)
    again = visitor().get(address, headers={"if-none-match": first["ETag"]})
    assert again.status_code == 200  # another date is due now
    assert "Set-Cookie" not in again.headers


def test_an_unknown_a_revoked_and_an_old_address_are_404_alike(town):
    old = made_by(town, "grid_worker")
    new = made_by(town, "grid_worker")
    assert CalendarAddress.objects.count() == 1
    answers = [
        visitor().get(address) for address in (old, "/calendar/nothing.ics", f"/calendar/{'x' * 500}.ics")
    ]
    assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}
    assert visitor().get(new).status_code == 200
    assert revoke_address(town.people["grid_worker"], now=town.now)
    assert visitor().get(new).status_code == 404
    assert not revoke_address(town.people["grid_worker"], now=town.now)
    verbs = Event.objects.about("user", town.people["grid_worker"].pk).values_list("verb", flat=True)
    assert list(verbs) == ["make_address", "make_address", "revoke_address"]


def test_a_closed_account_has_none(town):
    address = made_by(town, "spotter")
    close_account(town.people["spotter"], by=None, now=town.now)
    assert visitor().get(address).status_code == 404
    assert not CalendarAddress.objects.exists()


def test_the_secret_is_shown_once_and_kept_nowhere(town):
    client = signed_in(town, "grid_worker")
    assert "made on" not in client.get(PAGE).content.decode()
    response = client.post(PAGE, {"idempotency_key": "k" * 20, "do": "make"})
    address = response.context["made"]
    assert address in response.content.decode()
    secret = address.rpartition("/")[2].removesuffix(".ics")
    assert client.get(address).status_code == 200
    assert secret not in str(CalendarAddress.objects.values()) + str(list(Event.objects.values_list("data")))
    # The same form once more makes no other.
    assert client.post(PAGE, {"idempotency_key": "k" * 20, "do": "make"}).status_code == 302
    assert client.get(address).status_code == 200
    assert secret not in client.get(PAGE).content.decode()
    assert client.post(PAGE, {"idempotency_key": "l" * 20, "do": "revoke"}).status_code == 302
    assert client.get(address).status_code == 404
    assert visitor().get(PAGE).status_code == 302


def test_the_cost_does_not_grow_with_what_is_due(town, django_assert_max_num_queries):
    for _unused in range(5):
        town.report()
    address = made_by(town, "grid_worker")
    visitor().get(address)
    with django_assert_max_num_queries(14):
        assert len(events(visitor().get(address))) == 5
    assert MOST >= 5


def test_long_and_odd_names_make_a_lawful_file(town):
    issue = town.report()
    type(issue.category).objects.filter(pk=issue.category_id).update(name="很;长,的\n" * 10)
    entries = entries_of(town.people["grid_worker"], town.now)
    lines = calendar_of(entries, host="h", now=town.now).split(b"\r\n")
    assert max(map(len, lines)) <= 75
    [event] = Calendar.from_ical(b"\r\n".join(lines)).walk("VEVENT")
    assert "很;长,的\n很" in event["SUMMARY"]
