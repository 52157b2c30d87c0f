"""Group channels from the event to the group: once, in plain words, and nobody waits for one that does not answer."""

import json
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from issues.actions import PERFORM
from issues.models import Issue
from notices import group_actions as actions
from notices import group_line
from notices.actions import fan_out_once
from notices.group_actions import WantedGroup
from notices.group_sending import send_groups_once
from notices.groups import MOST_FAILURES, PACE, SORTS, mask, schema_of
from notices.models import GroupChannel, GroupMessage, Notice
from tests.builders import CONTACT, Town, add_west
from tests.faces import hidden, signed_in
from tests.notices.receiver import Answer, Receiver
from tests.towns import put_town
from trail.models import Event, IdempotencyKey
from trail.refusals import NotAllowed, Refused
from trail.retries import MOST_ATTEMPTS

pytestmark = pytest.mark.django_db
LIST, ADD = "/admin/notices/groupchannel/", "/admin/notices/groupchannel/add/"
TOKEN = "demo-token-9f2c"
Tell = Callable[..., GroupChannel]


@pytest.fixture
def town(db: None) -> Town:
    return put_town()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.stop()


def sink(receiver: Receiver, path: str = "group") -> str:
    return f"json://{receiver.address.removeprefix('http://').partition('/')[0]}/{path}"


@pytest.fixture
def group(town: Town, receiver: Receiver) -> Tell:
    def add(
        name: str = "演示群", *, at: str = "district", by: str = "system_admin", **more: Any
    ) -> GroupChannel:
        usual = {"address": sink(receiver), "sorts": list(SORTS), "language": "en"}
        wanted = WantedGroup(**{"name": name} | usual | more)
        return actions.add_group(wanted, district=town.units[at], by=town.people[by], now=town.now)

    return add


def fan_out(now: datetime) -> None:
    while fan_out_once(now=now):
        pass


def send(now: datetime) -> int:
    """Everything that may go out, a message after the other. How many."""
    sent = 0
    while count := send_groups_once(now=now):
        sent, now = sent + count, now + PACE
    return sent


def fire(town: Town, **more: Any) -> Issue:
    issue = town.report("fire", contact=CONTACT, text="演示:住户张三说楼道着火,电话13800001234", **more)
    fan_out(town.now)
    return issue


def bodies(receiver: Receiver) -> list[str]:
    return [got.data["message"] for got in receiver.got]


# --- what is told ---------------------------------------------------------------------------------------------
def test_a_danger_is_told_once_in_the_groups_language_and_without_the_reporters_words(
    town: Town, group: Tell, receiver: Receiver, settings: Any
) -> None:
    settings.BASE_URL = "https://gezhi.example"
    group()
    group("中文群", language="zh-hans")
    issue = fire(town)
    assert send(town.now) == 2 and send(town.now + timedelta(hours=2)) == 0
    english, chinese = sorted(bodies(receiver), key=lambda text: "Danger" in text, reverse=True)
    for text in (english, chinese):
        assert issue.number in text and town.community.name in text
        assert f"https://gezhi.example{reverse('issues:issue', args=[issue.code])}" in text
        assert not any(word in text for word in ("张三", "1380000", "楼道", town.building.name, "%("))
    assert "Danger" in english and "119" in english and "Danger" not in chinese
    assert receiver.got[0].data["title"] == "格治 Gezhi"
    assert {message.state for message in GroupMessage.objects.all()} == {"sent"}


def test_an_emergency_whistle_is_told_and_a_quick_one_is_not(
    town: Town, group: Tell, receiver: Receiver
) -> None:
    group()
    by = town.people["community_secretary"]
    for kind, body in (("quick", "department"), ("emergency", "property")):
        issue = town.report("noise")
        PERFORM["sign"](issue, by=by, now=town.now)
        PERFORM["whistle"](
            issue, by=by, now=town.now, kind=kind, text="演示:李四", bodies=[town.bodies[body]]
        )
    fan_out(town.now)
    send(town.now)
    (text,) = bodies(receiver)
    assert town.property.name in text and "李四" not in text and "acknowledged by" in text


def test_what_comes_on_the_board_is_told_by_sort_and_never_a_complaint_about_somebody(
    town: Town, group: Tell, receiver: Receiver
) -> None:
    from issues.notices.groups import tell

    loud, late = group("响", sorts=["alarm"]), group("晚", sorts=["late"])
    issue = town.report("litter")
    data = {"clock": "sign", "asked": {"unit": town.grid.pk}, "issue": issue.pk}
    shape: dict[str, Any] = {"subject_type": "issue", "subject_id": issue.pk, "verb": "board", "data": data}
    event = Event.objects.create(**shape, seq=90, occurred_at=town.now)
    tell(event, town.now)
    tell(event, town.now)
    assert not loud.messages.exists() and late.messages.count() == 1
    send(town.now)
    assert "On the supervision board" in bodies(receiver)[0]
    Issue.objects.filter(pk=issue.pk).update(about_unit=town.street)
    tell(Event.objects.create(**shape, seq=91, occurred_at=town.now), town.now)
    assert GroupMessage.objects.count() == 1


def test_the_week_is_summed_up_for_the_group(town: Town, group: Tell, receiver: Receiver) -> None:
    from desk.notices import tell_groups_of_board

    group(sorts=["digest"])
    town.report("litter")
    later, about = town.now + timedelta(days=60), ("unit", town.district.pk, "board_digest")
    shape = dict(zip(("subject_type", "subject_id", "verb"), about, strict=True))
    tell_groups_of_board(Event.objects.create(**shape, seq=90, occurred_at=town.now), town.now)
    assert not GroupMessage.objects.exists()
    tell_groups_of_board(Event.objects.create(**shape, seq=91, occurred_at=later), later)
    send(later)
    assert "1 overdue" in bodies(receiver)[0]


def test_groups_of_another_district_hear_nothing_and_neither_do_paused_ones(
    town: Town, group: Tell, receiver: Receiver
) -> None:
    add_west(town)
    west, paused = group("西", at="west", by="west_system_admin"), group()
    admin = town.people["system_admin"]
    actions.pause_group(paused, by=admin, now=town.now)
    fire(town)
    assert not GroupMessage.objects.exists() and send(town.now) == 0 and not receiver.got
    actions.resume_group(paused, by=admin, now=town.now)
    fire(town)
    actions.pause_group(paused, by=admin, now=town.now)
    assert send(town.now) == 0 and not west.messages.exists()
    actions.resume_group(paused, by=admin, now=town.now)
    assert send(town.now) == 1
    fire(town)
    actions.remove_group(paused, by=admin, now=town.now)
    assert send(town.now + PACE) == 0 and paused.messages.filter(state="dead").count() == 1


# --- groups that fail -----------------------------------------------------------------------------------------
def test_one_that_fails_is_tried_again_later_and_holds_up_nobody(
    town: Town, group: Tell, receiver: Receiver
) -> None:
    receiver.judge = lambda got: Answer(500) if got.path.startswith("/bad") else None
    bad, good = group("坏", address=sink(receiver, "bad")), group("好", address=sink(receiver, "good"))
    fire(town)
    fire(town)
    send(town.now)
    assert good.messages.filter(state="sent").count() == 2
    first = bad.messages.order_by("pk").first()
    assert (first.state, first.last_error) == ("queued", "refused") and first.next_try_at > town.now
    bad.refresh_from_db()
    assert bad.state == "failing"
    receiver.judge = lambda got: None
    send(bad.rest_until)
    bad.refresh_from_db()
    assert bad.messages.filter(state="sent").count() == 2 and bad.failures == 0 and bad.last_error == ""


def test_one_that_never_answers_in_full_ends_dead_paused_and_its_administrator_hears(
    town: Town, group: Tell, receiver: Receiver
) -> None:
    receiver.judge = lambda got: Answer(302, headers={"Location": sink(receiver).replace("json", "http")})
    made, now = group(), town.now
    fire(town)
    for _number in range(MOST_ATTEMPTS):
        assert send_groups_once(now=now) == 1
        now += timedelta(hours=2)
    assert len(receiver.got) == MOST_ATTEMPTS == MOST_FAILURES, "redirects are not followed"
    message = made.messages.get()
    assert (message.state, message.attempts, message.last_error) == ("dead", MOST_ATTEMPTS, "refused")
    made.refresh_from_db()
    assert made.state == "paused" and made.paused_because == "failures"
    fan_out(now)
    told = Notice.objects.get(key="group.paused")
    assert told.recipient == town.people["system_admin"] and str(made.pk) in told.link


def test_who_hangs_is_not_waited_for(
    town: Town, group: Tell, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_line, "SECONDS", 0.6)
    receiver.judge = lambda got: Answer(200, waits=2.0) if got.path.startswith("/slow") else None
    slow, quick = group("慢", address=sink(receiver, "slow")), group("快", address=sink(receiver, "quick"))
    fire(town)
    assert send_groups_once(now=town.now) == 2
    assert slow.messages.get().last_error == "timeout" and quick.messages.get().state == "sent"


def test_a_sender_that_dies_leaves_the_message_to_the_next_one(
    town: Town, group: Tell, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = group()
    fire(town)
    with monkeypatch.context() as broken:
        broken.setattr("notices.group_sending.send_all", lambda letters: [][0])
        with pytest.raises(IndexError):
            send_groups_once(now=town.now)
    assert made.messages.get().lease_until and send_groups_once(now=town.now + PACE) == 0
    assert send_groups_once(now=town.now + timedelta(minutes=1)) == 1
    assert made.messages.get().state == "sent" and made.messages.get().attempts == 2


def test_the_library_is_imported_by_the_first_message_and_its_lack_is_said(
    town: Town, group: Tell, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name == "apprise" or name.startswith("apprise.")]:
        monkeypatch.delitem(sys.modules, name)
    made = group()
    send_groups_once(now=town.now)
    assert "apprise" not in sys.modules
    monkeypatch.setattr(group_line, "installed", lambda: False)
    monkeypatch.setattr(actions, "installed", lambda: False)
    with pytest.raises(Refused) as refused:
        group()
    assert refused.value.code == "missing"
    fire(town)
    send_groups_once(now=town.now)
    assert made.messages.get().last_error == "missing" and made.messages.get().state == "queued"


def test_an_idle_tick_asks_once(
    town: Town, group: Tell, receiver: Receiver, django_assert_num_queries: Any
) -> None:
    group()
    fire(town)
    send(town.now)
    with django_assert_num_queries(1):
        send_groups_once(now=town.now + timedelta(hours=1))


# --- where it may go ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "address",
    [
        f"wecombot://{TOKEN}",
        "dingtalk://SECdemosecret00@demotoken000",
        "dingtalk://demotoken000/",
        f"feishu://{TOKEN}",
        f"lark://{TOKEN}",
    ],
)
def test_bots_of_the_four_may_be_told(address: str) -> None:
    from apprise import Apprise

    assert schema_of(address) and group_line.may_tell(address)
    line = Apprise.instantiate(f"{address.rstrip('/')}/?redirect=no&verify=yes&cto=2.0&rto=3.0")
    assert line is not None and not line.redirects and line.verify_certificate
    assert (line.socket_connect_timeout, line.socket_read_timeout) == (2.0, 3.0)
    assert mask(address).endswith(address.rstrip("/")[-4:]) and len(mask(address)) < 20


@pytest.mark.parametrize(
    "address",
    [
        *(
            "",
            "https://example.cn/hook",
            "http://127.0.0.1:80/",
            "json://10.0.0.1:80/",
            "jsons://127.0.0.1:80/",
        ),
        *("json://127.0.0.1@example.cn:80/", "json://127.0.0.1:80/?redirect=yes", "json://localhost:80/"),
        *(
            f"feishu://{TOKEN}?verify=no",
            f"feishu://{TOKEN}\njson://127.0.0.1:1",
            "dingtalk://demotoken000/13800001234",
        ),
        *(
            "mailto://a:b@example.cn",
            "syslog://",
            "file:///etc/passwd",
            f"feishu://{TOKEN}, json://127.0.0.1:1",
        ),
    ],
)
def test_any_other_address_is_refused(town: Town, group: Tell, address: str) -> None:
    with pytest.raises(Refused) as refused:
        group(address=address)
    assert refused.value.code == "address" and not GroupChannel.objects.exists()


def test_a_sink_on_this_machine_only_where_webhooks_may_go_there(
    town: Town, group: Tell, receiver: Receiver, settings: Any
) -> None:
    made = group()
    settings.WEBHOOK_PRIVATE_NETWORKS = ()
    with pytest.raises(Refused):
        group()
    fire(town)
    send_groups_once(now=town.now)
    assert made.messages.get().last_error == "address" and not receiver.got


# --- who may, and what is kept --------------------------------------------------------------------------------
@pytest.mark.parametrize("person", ["street_leader", "security_admin", "audit_admin", "west_system_admin"])
def test_only_who_connects_systems_in_the_district(town: Town, group: Tell, person: str) -> None:
    add_west(town)
    made, by = group(), town.people[person]
    with pytest.raises(NotAllowed):
        group(by=person)
    for act in (actions.pause_group, actions.resume_group, actions.remove_group, actions.test_group):
        with pytest.raises(NotAllowed):
            act(made, by=by, now=town.now)
    assert not GroupChannel.objects.visible_to(by, town.now).exists()
    by.is_staff = True
    by.save()
    client = signed_in(town, person)
    assert client.get(page(made)).status_code == 404
    assert client.get(LIST).status_code == (200 if person == "west_system_admin" else 403)


def page(made: GroupChannel) -> str:
    return reverse("admin:notices_groupchannel_change", args=[made.pk])


@pytest.fixture
def admin(town: Town) -> Client:
    town.people["system_admin"].is_staff = True
    town.people["system_admin"].save()
    return signed_in(town, "system_admin")


def do(client: Client, made: GroupChannel, key: str, **answers: Any) -> Any:
    form = next(step["form"] for step in client.get(page(made)).context["steps"] if step["form"].key == key)
    typed = {f"{key}-{name}": value for name, value in answers.items()}
    address = reverse("admin:notices_groupchannel_do", args=[made.pk, key])
    return client.post(address, hidden(form) | typed)


def add(client: Client, **more: Any) -> Any:
    usual = {"name": "值班群", "district": "220103", "address": f"feishu://{TOKEN}", "language": "zh-hans"}
    answers = usual | {"sorts": ["alarm", "late"]} | more
    form = client.get(ADD).context["steps"][0]["form"]
    return client.post(ADD, hidden(form) | {f"add-{name}": value for name, value in answers.items()})


def test_the_address_is_encrypted_masked_and_not_in_the_trail(town: Town, admin: Client) -> None:
    answer = add(admin)
    made = GroupChannel.objects.get()
    assert answer.status_code == 302 and answer.url == page(made) and made.address == f"feishu://{TOKEN}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT address FROM notices_groupchannel")
        assert TOKEN not in cursor.fetchone()[0]
    do(admin, made, "test")
    do(admin, made, "pause")
    do(admin, made, "resume")
    shown = "".join(admin.get(address).content.decode() for address in (page(made), LIST))
    assert "feishu://…9f2c" in shown and TOKEN not in shown
    assert do(admin, made, "end").status_code == 422
    assert do(admin, made, "end", sure="on").status_code == 302
    made.refresh_from_db()
    assert made.address == "" and made.state == "ended" and not admin.get(page(made)).context["steps"]
    trail = Event.objects.filter(subject_type="group", subject_id=made.pk).order_by("seq")
    assert [event.verb for event in trail] == ["add", "test", "pause", "resume", "end"]
    kept = json.dumps([event.data for event in trail]) + str(IdempotencyKey.objects.values_list())
    assert TOKEN not in kept and {event.district_id for event in trail} == {town.district.pk}


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"address": f"https://open.feishu.cn/{TOKEN}"}, "no address of a WeCom"),
        ({"district": "220103001"}, "This is no district"),
        ({"district": "621002"}, "no unit with this code"),
        ({"sorts": []}, "required"),
        ({"name": " "}, "required"),
    ],
)
def test_what_is_wrong_is_said_and_the_address_not_sent_back(
    town: Town, admin: Client, wrong: dict[str, Any], why: str
) -> None:
    add_west(town)
    answer = add(admin, **wrong)
    text = answer.content.decode()
    assert answer.status_code == 422 and why in text and TOKEN not in text
    assert not GroupChannel.objects.exists()


def test_a_test_message_goes_out_even_while_paused_and_its_answer_is_shown(
    town: Town, group: Tell, admin: Client, receiver: Receiver
) -> None:
    made = group()
    actions.pause_group(made, by=town.people["system_admin"], now=town.now)
    receiver.answers = [Answer(403)]
    for state, answer in (("dead", "Not taken"), ("sent", "taken")):
        do(admin, made, "test")
        message = made.messages.latest("pk")
        send_groups_once(now=message.next_try_at)
        message.refresh_from_db()
        assert message.state == state and answer in admin.get(page(made)).content.decode()
    assert "Test message" in bodies(receiver)[-1] and made.messages.count() == 2


@pytest.mark.parametrize(("language", "word"), [("en", "Group channels"), ("zh-hans", "群消息")])
def test_pages_have_words_for_everything_and_say_when_the_library_is_missing(
    town: Town, admin: Client, language: str, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notices.admin.groups.installed", lambda: False)
    for address in (LIST, ADD):
        text = admin.get(address, headers={"accept-language": language}).content.decode()
        assert word in text
    assert "apprise" in text


def test_a_page_with_many_messages_costs_what_one_costs(
    town: Town, group: Tell, admin: Client, django_assert_max_num_queries: Any
) -> None:
    made, counts = group(), []
    for number in (1, 4):
        for _number in range(number):
            fire(town)
        admin.get(page(made))
        with django_assert_max_num_queries(20) as queries:
            admin.get(page(made))
        with django_assert_max_num_queries(20) as listed:
            admin.get(LIST)
        counts.append((len(queries), len(listed)))
    assert counts[0] == counts[1]


def test_what_was_sent_long_ago_is_dropped(town: Town, group: Tell, receiver: Receiver) -> None:
    made = group()
    fire(town)
    send(town.now)
    fire(town)
    assert actions.forget_group_messages(before=town.now) == 0
    assert actions.forget_group_messages(before=town.now + timedelta(days=31)) == 1
    assert made.messages.get().state == "queued"
