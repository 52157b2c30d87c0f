"""Text messages: who gets one, when, what it says, and what a gateway can do to it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.secrets import keyed_hash
from notices.actions import choose_notices, deliver_once, forget_notices, mark_read, notify, take_back
from notices.channels import TEXT
from notices.models import Notice
from notices.notices import GROUP_PAUSED
from notices.wire import Outcome, Request
from notices.wishes import Wishes
from notices.words import name
from tests.notices.conftest import KEY
from tests.notices.receiver import Answer, Receiver, gateway_for_texts
from trail.models import Event
from trail.refusals import Refused

PHONE = "13800000001"
DAY = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
NIGHT = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
EVENING = datetime(2026, 3, 10, 13, 55, tzinfo=UTC)
MORNING = datetime(2026, 3, 10, 23, 0, tzinfo=UTC)
LATE = Wishes(frozenset({"late"}))


@pytest.fixture
def gateway(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """The house's own, switched on."""
    yield from gateway_for_texts(settings, monkeypatch)


@pytest.fixture
def reader(person: User) -> User:
    """With a telephone."""
    person.phone, person.phone_hash = PHONE, keyed_hash(PHONE, purpose="phone")
    person.save()
    return person


def tell(event: Event, user: User, urgency: str, now: datetime, link: str = "/i/abc/") -> None:
    notify(event, [user.pk], KEY, {"place": "演示楼"}, link, now=now, urgency=urgency)


def texts() -> list[Notice]:
    return list(Notice.objects.filter(channel=TEXT))


def test_it_says_what_and_where_in_the_readers_language(
    gateway: Receiver, reader: User, happen: Callable[..., Event]
) -> None:
    tell(happen(), reader, "danger", DAY)
    assert deliver_once(now=DAY) == 1
    (got,) = gateway.got
    assert got.headers["authorization"] == "Bearer demo-token"
    assert got.data == {
        "id": f"notice-{texts()[0].pk}",
        "to": PHONE,
        "text": "【格治】hello from 演示楼 https://gezhi.example/i/abc/",
    }
    assert texts()[0].state == "sent"


def test_what_it_is_about_stands_in_front_as_the_language_writes_it(
    gateway: Receiver, reader: User, happen: Callable[..., Event]
) -> None:
    told = {"name": "演示群"}
    for number, (language, colon) in enumerate((("zh-hans", "："), ("en", ": ")), start=1):
        User.objects.filter(pk=reader.pk).update(language=language)
        notify(happen(number), [reader.pk], GROUP_PAUSED, told, now=DAY, urgency="danger")
        deliver_once(now=DAY)
        with translation.override(language):
            about = name(GROUP_PAUSED, told)
        assert "演示群" in about and gateway.got[-1].data["text"].startswith(f"【格治】{about}{colon}")


def test_only_danger_rings_unless_it_was_chosen(
    gateway: Receiver, reader: User, happen: Callable[..., Event]
) -> None:
    for number, urgency in enumerate(("info", "action", "late", "danger"), start=1):
        tell(happen(number), reader, urgency, DAY)
    assert [one.urgency for one in texts()] == ["danger"]
    choose_notices(LATE, by=reader, now=DAY)
    tell(happen(9), reader, "late", DAY)
    tell(happen(10), reader, "action", DAY)
    assert sorted(one.urgency for one in texts()) == ["danger", "late"]
    assert Notice.objects.filter(channel="inbox").count() == 6


def test_the_night_is_waited_out_but_not_by_danger(
    gateway: Receiver, reader: User, happen: Callable[..., Event]
) -> None:
    choose_notices(LATE, by=reader, now=DAY)
    tell(happen(1), reader, "late", NIGHT)
    tell(happen(2), reader, "danger", NIGHT)
    assert deliver_once(now=NIGHT) == 1
    assert deliver_once(now=MORNING - timedelta(seconds=1)) == 0
    assert deliver_once(now=MORNING) == 1
    assert len(gateway.got) == 2
    # The inbox waits for nobody.
    assert not Notice.objects.filter(channel="inbox").exclude(state="sent").exists()


def test_what_was_read_meanwhile_is_not_sent(
    gateway: Receiver, reader: User, happen: Callable[..., Event]
) -> None:
    choose_notices(LATE, by=reader, now=DAY)
    tell(happen(), reader, "late", NIGHT)
    mark_read(Notice.objects.get(channel="inbox"), by=reader, now=NIGHT)
    assert deliver_once(now=MORNING) == 1
    assert gateway.got == [] and texts()[0].state == "spared"


def test_nobody_without_a_telephone_or_with_a_closed_account(
    gateway: Receiver, reader: User, other: User, happen: Callable[..., Event]
) -> None:
    tell(happen(1), other, "danger", DAY)
    assert texts() == []
    tell(happen(2), reader, "danger", DAY)
    User.objects.filter(pk=reader.pk).update(is_active=False)
    deliver_once(now=DAY)
    assert gateway.got == [] and texts()[0].state == "spared"


def test_a_gateway_that_fails_is_asked_again_with_the_same_id(
    gateway: Receiver, reader: User, happen: Callable[..., Event]
) -> None:
    gateway.answers = [Answer(status=500)]
    tell(happen(), reader, "danger", DAY)
    deliver_once(now=DAY)
    failed = texts()[0]
    assert failed.state == "queued" and failed.last_error == "status" and PHONE not in failed.last_error
    deliver_once(now=failed.next_try_at)
    assert [got.data["id"] for got in gateway.got] == [f"notice-{failed.pk}"] * 2
    assert texts()[0].state == "sent"


def test_danger_goes_before_what_the_night_has_held_back(
    gateway: Receiver, reader: User, happen: Callable[..., Event]
) -> None:
    choose_notices(LATE, by=reader, now=DAY)
    for number in range(1, 4):
        tell(happen(number), reader, "late", NIGHT)
    tell(happen(9), reader, "danger", MORNING)
    assert deliver_once(now=MORNING, limit=1) == 1
    assert Notice.objects.get(channel=TEXT, state="sent").urgency == "danger"


def test_what_failed_in_the_evening_does_not_ring_at_night(
    gateway: Receiver, reader: User, happen: Callable[..., Event]
) -> None:
    choose_notices(LATE, by=reader, now=DAY)
    gateway.answers = [Answer(status=500)]
    tell(happen(), reader, "late", EVENING)
    deliver_once(now=EVENING)
    deliver_once(now=NIGHT)
    waits = texts()[0]
    assert (len(gateway.got), waits.state, waits.next_try_at, waits.attempts) == (1, "queued", MORNING, 1)
    deliver_once(now=MORNING)
    assert len(gateway.got) == 2 and texts()[0].state == "sent"


def test_what_could_not_be_sent_in_a_day_is_no_news(
    gateway: Receiver, reader: User, happen: Callable[..., Event]
) -> None:
    tell(happen(), reader, "danger", DAY)
    deliver_once(now=DAY + timedelta(days=1, seconds=1))
    assert gateway.got == [] and texts()[0].state == "spared"


def test_what_was_taken_back_meanwhile_is_not_sent(
    gateway: Receiver, reader: User, happen: Callable[..., Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = happen(1), happen(2)
    tell(first, reader, "danger", DAY)
    tell(second, reader, "danger", DAY)
    sent = []

    def takes_back(request: Request) -> Outcome:
        sent.append(request)
        take_back("thing", 2, [reader.pk])
        return Outcome(204, "")

    monkeypatch.setattr("notices.text_messages.post", takes_back)
    deliver_once(now=DAY)
    assert len(sent) == 1 and [one.event_id for one in texts()] == [first.pk]


def test_a_gateway_that_is_away_is_asked_once_in_a_round(
    gateway: Receiver, reader: User, happen: Callable[..., Event], settings: Any
) -> None:
    settings.SMS_URL = "http://127.0.0.1:9/"
    for number in range(1, 4):
        tell(happen(number), reader, "danger", DAY)
    deliver_once(now=DAY)
    rows = (
        Notice.objects.filter(channel=TEXT)
        .order_by("pk")
        .values_list("attempts", "last_error", "lease_until")
    )
    assert sorted(rows) == [(0, "", None), (0, "", None), (1, "connection", None)]


def test_however_many_are_told_wishes_cost_one_query(
    gateway: Receiver,
    reader: User,
    happen: Callable[..., Event],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    crowd = [reader]
    for number in range(8):
        user = User.objects.create_user(f"crowd{number}", display_name="演示", phone=PHONE)
        User.objects.filter(pk=user.pk).update(phone_hash=f"{number:064}")
        crowd.append(user)
    choose_notices(LATE, by=reader, now=DAY)
    event = happen()
    # Whose accounts are systems', their wishes, and the rows.
    with django_assert_num_queries(3):
        notify(event, [user.pk for user in crowd], KEY, {"place": "演示"}, now=DAY, urgency="danger")
    assert len(texts()) == len(crowd)


def test_switched_off_nobody_is_asked(
    reader: User, happen: Callable[..., Event], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    event = happen()
    with django_assert_num_queries(2):
        tell(event, reader, "danger", DAY)
    assert texts() == []


def test_what_was_sent_long_ago_goes(gateway: Receiver, reader: User, happen: Callable[..., Event]) -> None:
    tell(happen(), reader, "danger", DAY)
    deliver_once(now=DAY)
    assert forget_notices(before=DAY) == 0
    later = datetime.now(UTC) + timedelta(days=1)
    assert forget_notices(before=later) == 1
    assert [one.channel for one in Notice.objects.all()] == ["inbox"]


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        (Wishes(frozenset({"info"})), "urgency"),
        (Wishes(quiet_from=time(7), quiet_until=time(6)), "quiet"),
    ],
)
def test_what_cannot_be_chosen(reader: User, wishes: Wishes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        choose_notices(wishes, by=reader, now=DAY)
    assert refused.value.code == code


# --- the page ---------------------------------------------------------------------------------------------
@pytest.fixture
def mine(reader: User, client: Client) -> Client:
    client.force_login(reader)
    return client


def test_the_page_keeps_what_was_chosen(gateway: Receiver, mine: Client, reader: User) -> None:
    assert "notices/mine" in mine.get("/notices/").content.decode()
    chosen = {"by_text": ["late"], "quiet_from": "21:00", "quiet_until": "08:00"}
    answer = mine.post("/notices/mine/", chosen, follow=True)
    assert answer.status_code == 200 and "已保存" in answer.content.decode()
    reader.refresh_from_db()
    assert reader.notice_preference.wishes == Wishes(frozenset({"late"}), time(21), time(8), False)
    assert Event.objects.filter(subject_type="user", subject_id=reader.pk, verb="choose_notices").count() == 1
    shown = mine.get("/notices/mine/").content.decode()
    assert 'value="21:00"' in shown and "checked" in shown


def test_one_chooses_the_language_in_which_one_is_told(mine: Client, reader: User) -> None:
    """Not only whoever opens the accounts does: text messages, calendar and sheets ask what stands there."""
    User.objects.filter(pk=reader.pk).update(language="")
    shown = mine.get("/notices/mine/").content.decode()
    assert '<option value="zh-hans" selected>' in shown and '<option value="en">' in shown
    assert mine.post("/notices/mine/", {"weekly": "on", "language": "en"}).status_code == 302
    reader.refresh_from_db()
    assert reader.language == "en"
    assert '<option value="en" selected>' in mine.get("/notices/mine/").content.decode()
    assert mine.post("/notices/mine/", {"weekly": "on", "language": "fr"}).status_code == 422
    assert mine.post("/notices/mine/", {"weekly": "on"}).status_code == 302
    reader.refresh_from_db()
    assert reader.language == "en", "who is not asked changes nothing"


def test_too_many_quiet_hours_are_refused_with_words(gateway: Receiver, mine: Client) -> None:
    answer = mine.post("/notices/mine/", {"quiet_from": "07:00", "quiet_until": "06:00", "weekly": "on"})
    assert answer.status_code == 409 and "16" in answer.content.decode()
    answer = mine.post("/notices/mine/", {"quiet_from": "noon", "quiet_until": "06:00"})
    assert answer.status_code == 422


def test_without_a_gateway_only_the_week_is_asked(mine: Client, reader: User) -> None:
    assert "quiet_from" not in mine.get("/notices/mine/").content.decode()
    mine.post("/notices/mine/", {"weekly": "on"})
    reader.refresh_from_db()
    assert reader.notice_preference.wishes == Wishes()
