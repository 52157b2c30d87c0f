"""Webhooks in the staff admin: every form, who sees the pages, and a secret that is shown once."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from issues.models import Issue
from notices import webhook_actions as actions
from notices import webhook_sending as sending
from notices.models import Attempt, Message, Subscription
from notices.webhook_actions import Wanted
from tests.builders import Town, add_west
from tests.faces import hidden, signed_in
from tests.towns import put_town
from trail.models import Event, IdempotencyKey

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
LIST, ADD = "/admin/notices/subscription/", "/admin/notices/subscription/add/"
DEAF = "http://127.0.0.1:9/"


@pytest.fixture
def town(db: None, monkeypatch: pytest.MonkeyPatch) -> Town:
    monkeypatch.setattr("trail.windows.settled_below", lambda: 2**62)
    return put_town()


@pytest.fixture
def admin(town: Town) -> Client:
    town.people["system_admin"].is_staff = True
    town.people["system_admin"].save()
    return signed_in(town, "system_admin")


def subscribe(town: Town, **more: Any) -> Subscription:
    wanted = Wanted(
        **{"name": "演示系统", "address": DEAF, "account": town.people["street_dispatcher"]} | more
    )
    made = actions.add_subscription(wanted, unit=town.district, by=town.people["system_admin"], now=town.now)
    last = Event.objects.latest("pk")
    Subscription.objects.filter(pk=made.pk).update(after_xact=last.xact_id, after_id=last.pk)
    return made


def page(subject: Any) -> str:
    return reverse(f"admin:notices_{subject._meta.model_name}_change", args=[subject.pk])


def forms(response: Any) -> dict[str, Any]:
    return {step["form"].key: step["form"] for step in response.context["steps"]}


def do(client: Client, subject: Any, key: str, **answers: Any) -> Any:
    """Fill in and send a form of the subject's page."""
    form = forms(client.get(page(subject)))[key]
    typed = {f"{key}-{name}": value for name, value in answers.items()}
    address = reverse(f"admin:notices_{subject._meta.model_name}_do", args=[subject.pk, key])
    return client.post(address, hidden(form) | typed)


def add(client: Client, **more: Any) -> Any:
    answers = {
        "name": "市民热线",
        "address": DEAF,
        "unit": "220103001",
        "account": "street_dispatcher",
    } | more
    form = forms(client.get(ADD))["add"]
    return client.post(ADD, hidden(form) | {f"add-{name}": value for name, value in answers.items()})


def test_a_secret_is_shown_once_and_kept_nowhere_in_the_open(town: Town, admin: Client) -> None:
    answer = add(admin, types=["issue.report", "issue.close"])
    made = Subscription.objects.get()
    assert answer.status_code == 200 and made.secret in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    assert (made.name, made.unit, made.account.username) == ("市民热线", town.street, "street_dispatcher")
    assert made.types == ["issue.close", "issue.report"] and made.created_by == town.people["system_admin"]
    shown = admin.get(page(made)).content.decode() + admin.get(LIST).content.decode()
    assert made.secret not in shown and "市民热线" in shown
    assert not any(made.secret in str(row.answer) for row in IdempotencyKey.objects.all())
    assert Event.objects.filter(subject_type="webhook", verb="add", district_id=town.district.pk).count() == 1

    answer = do(admin, made, "rotate", sure="on")
    made.refresh_from_db()
    assert made.secret in answer.content.decode() and made.old_secret not in answer.content.decode()


def test_events_to_choose_from_stand_under_what_they_happen_to(town: Town, admin: Client) -> None:
    offered = admin.get(ADD).content.decode()
    groups = re.findall(r'<optgroup label="([^"]+)">(.*?)</optgroup>', offered, re.S)
    values = {label: re.findall(r'value="([^"]+)"', options) for label, options in groups}
    assert set(values) == {"Issue", "Unit", "Body"} and values["Body"] == [
        "body.add",
        "body.change",
        "body.close",
    ]
    assert add(admin, types=["unit.move", "issue.report"]).status_code == 200
    shown = admin.get(page(Subscription.objects.get())).content.decode()
    assert "Unit · Moved" in shown and "Issue · " in shown


def test_a_form_sent_twice_makes_one_and_shows_no_secret_again(town: Town, admin: Client) -> None:
    form = forms(admin.get(ADD))["add"]
    typed = {"add-name": "演示", "add-address": DEAF, "add-unit": "220103", "add-account": "grid_worker"}
    admin.post(ADD, hidden(form) | typed)
    again = admin.post(ADD, hidden(form) | typed)
    assert Subscription.objects.count() == 1 and again.url == page(Subscription.objects.get())


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"address": "https://10.0.0.1/"}, "network"),
        ({"address": "ftp://example.cn/"}, "https://host"),
        ({"account": "nobody"}, "posts are in this district"),
        ({"account": "west_dispatcher"}, "posts are in this district"),
        ({"account": "street_dispatcher_deputy"}, "posts are in this district"),
        ({"unit": "999"}, "no unit with this code"),
        ({"unit": "621002"}, "no unit with this code"),
        ({"types": ["issue.nonsense"]}, "Select a valid choice"),
        ({"name": ""}, "required"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    town: Town, admin: Client, wrong: dict[str, Any], why: str
) -> None:
    add_west(town)
    answer = add(admin, **wrong)
    assert answer.status_code == 422 and why in answer.content.decode()
    assert not Subscription.objects.exists() and "add-name" in answer.content.decode()


def test_every_form_does_what_it_says(town: Town, admin: Client) -> None:
    made = subscribe(town)
    assert do(admin, made, "change", name="新名", address=DEAF, account="grid_worker").status_code == 302
    made.refresh_from_db()
    assert (made.name, made.account.username, made.types) == ("新名", "grid_worker", [])
    changed = Event.objects.filter(subject_type="webhook").latest("seq")
    assert changed.data == {"fields": ["account", "name"]}

    do(admin, made, "ping")
    sending.send_once(now=datetime.now(UTC))
    ping = Message.objects.get()
    assert ping.state == "dead" and Attempt.objects.get().error == "connection"
    assert do(admin, ping, "again").status_code == 302
    ping.refresh_from_db()
    assert ping.state == "queued" and set(forms(admin.get(page(ping)))) == set()

    do(admin, made, "pause")
    made.refresh_from_db()
    assert made.paused_because == "person" and "pause" not in forms(admin.get(page(made)))
    do(admin, made, "resume", from_now="on")
    made.refresh_from_db()
    assert made.paused_at is None
    Message.objects.update(state="dead")
    do(admin, made, "resend")
    assert Message.objects.get().state == "queued"
    do(admin, made, "end", sure="on")
    made.refresh_from_db()
    assert made.ended_at and set(forms(admin.get(page(made)))) == set()


@pytest.mark.parametrize("person", ["street_leader", "security_admin", "audit_admin", "west_system_admin"])
def test_nobody_else_sees_the_pages(town: Town, admin: Client, person: str) -> None:
    add_west(town)
    made = subscribe(town)
    message = actions.ping_subscription(made, by=town.people["system_admin"], now=NOW)
    town.people[person].is_staff = True
    town.people[person].save()
    client = signed_in(town, person)
    for subject in (made, message):
        assert client.get(page(subject)).status_code == 404
        missing = client.get(page(subject).replace(str(subject.pk), "999999"))
        assert missing.status_code == 404
    for address in (LIST, ADD, "/admin/notices/message/"):
        answer = client.get(address)
        if person == "west_system_admin":
            assert answer.status_code == 200 and "演示系统" not in answer.content.decode()
        else:
            assert answer.status_code == 403


def test_a_message_shows_what_each_attempt_sent_folded_away(town: Town, admin: Client) -> None:
    made = subscribe(town, types=["issue.report"])
    issue = town.report()
    sending.spread_once(now=NOW)
    sending.send_once(now=NOW)
    message = Message.objects.get()
    Attempt.objects.create(message=message, at=NOW, error="internal")
    shown = admin.get(page(message)).content.decode()
    folded = re.findall(r"<details class=\"gz-sent\">(.*?)</details>", shown, re.S)
    assert len(folded) == 1 and f"POST {DEAF}" in folded[0] and issue.code in folded[0]
    assert f"webhook-id: {message.webhook_id}" in folded[0]
    assert f"webhook-timestamp: {int(NOW.timestamp())}" in folded[0]
    assert made.secret not in shown and "webhook-signature" not in shown


def test_messages_about_a_complaint_are_kept_from_whom_it_is_about(town: Town, admin: Client) -> None:
    made = subscribe(town, account=town.people["district_dispatcher"], types=["issue.report"])
    issue = town.report()
    sending.spread_once(now=NOW)
    message = Message.objects.get()
    text = admin.get(page(made)).content.decode()
    assert page(message) in text and issue.code not in text
    Issue.objects.filter(pk=issue.pk).update(about_unit=town.street, about_user=town.people["system_admin"])
    assert page(message) not in admin.get(page(made)).content.decode()
    assert admin.get(page(message)).status_code == 404


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_pages_have_words_for_everything(town: Town, admin: Client, language: str) -> None:
    made = subscribe(town, types=["issue.report"])
    town.report()
    sending.spread_once(now=NOW)
    sending.send_once(now=NOW)
    message = Message.objects.get()
    made.refresh_from_db()
    assert made.state == "failing"
    for address in (LIST, f"{LIST}?q=x", page(made), "/admin/notices/message/", page(message), ADD):
        answer = admin.get(address, headers={"accept-language": language})
        assert answer.status_code == 200
        words = re.sub(r"<[^>]+>", " ", answer.content.decode())
        assert ("事件推送" in words) == (language == "zh-hans"), address


def test_a_page_with_many_messages_costs_what_one_costs(
    town: Town, admin: Client, django_assert_max_num_queries: Any
) -> None:
    made = subscribe(town, types=["issue.report"])
    counts = []
    for number in (1, 4):
        for _number in range(number):
            town.report()
        sending.spread_once(now=NOW)
        admin.get(page(made))
        with django_assert_max_num_queries(20) as queries:
            admin.get(page(made))
        with django_assert_max_num_queries(20) as listed:
            admin.get("/admin/notices/message/")
        counts.append((len(queries), len(listed)))
    assert counts[0] == counts[1]
