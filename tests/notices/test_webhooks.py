"""Webhooks from the event to the receiver: signed, in order, at least once, and only what the account may see."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import WebhookVerificationError

from accounts.actions import close_account
from grids.actions.posts import end_post
from grids.actions.tree import merge_units, move_unit, rename_unit
from issues.actions import PERFORM
from issues.models import Issue
from notices import webhook_actions as actions
from notices import webhook_sending as sending
from notices.actions import fan_out_once
from notices.models import Attempt, Message, Notice, Subscription
from notices.webhook_actions import Wanted
from notices.webhooks import MOST_ATTEMPTS, MOST_FAILURES, OVERLAP, REQUEST_CHARS, WAITS, kept_body
from notices.wire import Outcome
from tests.builders import CONTACT, Town
from tests.notices.receiver import Answer, Receiver
from tests.towns import put_town
from trail.models import Event
from trail.refusals import NotAllowed, Refused

pytestmark = pytest.mark.django_db
# The stock library verifies by the clock of the machine.
NOW = datetime.now(UTC)
Subscribe = Callable[..., Subscription]


@pytest.fixture
def town(db: None, monkeypatch: pytest.MonkeyPatch) -> Town:
    """What a test has written counts as committed: that a late commit is waited for, another file shows."""
    monkeypatch.setattr("trail.windows.settled_below", lambda: 2**62)
    return put_town()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.stop()


@pytest.fixture
def subscribe(town: Town, receiver: Receiver) -> Subscribe:
    """A subscription from this moment on, with the sight of the street's dispatcher unless said otherwise."""

    def add(account: str = "street_dispatcher", *, at: str = "district", **more: Any) -> Subscription:
        wanted = Wanted(
            **{"name": "演示系统", "address": receiver.address, "account": town.people[account]} | more
        )
        made = actions.add_subscription(
            wanted, unit=town.units[at], by=town.people["system_admin"], now=town.now
        )
        last = Event.objects.order_by("-pk").values_list("xact_id", "pk").first()
        Subscription.objects.filter(pk=made.pk).update(after_xact=last[0], after_id=last[1])
        return made

    return add


def do(issue: Issue, verb: str, by: Any, town: Town, **more: Any) -> Issue:
    PERFORM[verb](issue, by=by, now=town.now, **more)
    return issue


def spread() -> None:
    while sending.spread_once(now=NOW):
        pass


def send(now: datetime = NOW) -> None:
    while sending.send_once(now=now):
        pass


def run(now: datetime = NOW) -> None:
    spread()
    send(now)


def test_what_happens_is_told_signed_and_thin(town: Town, subscribe: Subscribe, receiver: Receiver) -> None:
    subscription = subscribe()
    issue = town.report("litter", contact=CONTACT, text="演示:住户张三,电话13800001234")
    run()
    first = receiver.got[0]
    data = first.verified(subscription.secret)
    assert first.path == "/hook?from=gezhi" and first.headers["content-type"] == "application/json"
    assert data == {
        "id": str(Event.objects.about("issue", issue.pk).first().pk),
        "type": "issue.report",
        "occurred_at": "2026-03-10T10:00:00+08:00",
        "recorded_at": data["recorded_at"],
        "subject": issue.code,
        "seq": 1,
        "district": "220103",
        "unit": "22010300100100001",
        "data": data["data"],
    }
    assert data["data"]["state"] and "张三" not in first.body.decode() and b"13800001234" not in first.body
    assert [got.data["seq"] for got in receiver.got] == list(range(1, len(receiver.got) + 1))
    assert {message.state for message in Message.objects.all()} == {"sent"}
    with pytest.raises(WebhookVerificationError):
        first.verified(actions.new_secret())


def test_numbers_of_units_go_out_as_codes_and_accounts_not_at_all(
    town: Town, subscribe: Subscribe, receiver: Receiver
) -> None:
    subscribe("community_secretary")
    issue = town.report("noise")
    secretary = town.people["community_secretary"]
    do(issue, "sign", secretary, town)
    body = town.bodies["department"]
    do(issue, "whistle", secretary, town, kind="quick", text="演示", bodies=[body])
    run()
    last = receiver.got[-1].data
    assert last["type"] == "issue.whistle" and last["data"]["owner"] == {"unit": town.community.code}
    assert last["data"]["callees"][0].keys() >= {"callee", "body"} or last["data"]["callees"][0]["callee"]
    sent = json.dumps([got.data["data"] for got in receiver.got])
    assert f'"unit": {town.community.pk}' not in sent and '"officer"' not in sent


def test_a_message_keeps_its_id_over_retries_and_waits_longer_each_time(
    town: Town, subscribe: Subscribe, receiver: Receiver
) -> None:
    subscribe(types=["issue.report"])
    receiver.answers = [Answer(500, b"no: 13812345678\0!")] * 3
    town.report()
    now, waited = NOW, []
    spread()
    for _number in range(4):
        send(now)
        message = Message.objects.get()
        waited.append(message.next_try_at - now)
        now = message.next_try_at
    assert waited[:3] == list(WAITS[:3]) and message.state == "sent"
    assert len({got.id for got in receiver.got}) == 1 and len(receiver.got) == 4
    tries = list(Attempt.objects.order_by("pk").values_list("status", "error", "answer"))
    assert tries == [(500, "status", "no: ***********!")] * 3 + [(204, "", "")]


def test_the_log_has_each_request_as_it_was_sent_but_for_its_signature(
    town: Town, subscribe: Subscribe, receiver: Receiver
) -> None:
    subscription, admin = subscribe(types=["issue.report"]), town.people["system_admin"]
    receiver.answers = [Answer(500)]
    town.report(contact=CONTACT, text="演示:住户张三,电话13800001234")
    run()
    actions.rotate_secret(subscription, by=admin, now=NOW)
    moved = receiver.address.replace("/hook", "/moved")
    wanted = Wanted("演示系统", moved, subscription.account, ["issue.report"])
    actions.change_subscription(subscription, wanted, by=admin, now=NOW)
    send(NOW + timedelta(seconds=1))

    tries = list(Attempt.objects.order_by("pk"))
    assert [(one.address, one.secrets) for one in tries] == [(receiver.address, [1]), (moved, [2, 1])]
    for one, got in zip(tries, receiver.got, strict=True):
        assert one.body == got.body.decode() and one.address.endswith(got.path)
        for name in ("content-type", "webhook-id", "webhook-timestamp"):
            assert {key.lower(): value for key, value in one.headers.items()}[name] == got.headers[name]
        assert got.headers["webhook-signature"] not in str(one.headers)
    assert tries[0].headers["webhook-timestamp"] != tries[1].headers["webhook-timestamp"]
    kept = str([(one.address, one.headers, one.body) for one in tries])
    assert "whsec_" not in kept and "signature" not in kept
    assert "13800001234" not in kept and "张三" not in kept and CONTACT.phone not in kept


def test_of_a_long_request_the_beginning_is_kept() -> None:
    assert kept_body(("街" * 5000).encode()) == "街" * REQUEST_CHARS


def test_a_version_that_keeps_no_requests_logs_on_beside_this_one(
    town: Town, subscribe: Subscribe, receiver: Receiver
) -> None:
    from django.db import connection

    message = actions.ping_subscription(subscribe(), by=town.people["system_admin"], now=NOW)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO notices_attempt (message_id, at, error, answer, milliseconds) VALUES (%s, %s, '', '', 1)",
            [message.pk, NOW],
        )
    kept = Attempt.objects.get()
    assert (kept.address, kept.headers, kept.body, kept.secrets) == ("", {}, "", [])


def test_nothing_is_tried_before_its_time(town: Town, subscribe: Subscribe, receiver: Receiver) -> None:
    subscribe(types=["issue.report"])
    receiver.answers = [Answer(503)]
    town.report()
    run()
    send(NOW + WAITS[0] - timedelta(seconds=1))
    assert len(receiver.got) == 1
    send(NOW + WAITS[0])
    assert len(receiver.got) == 2


def test_the_next_of_a_subject_waits_others_do_not(
    town: Town, subscribe: Subscribe, receiver: Receiver
) -> None:
    subscribe("community_secretary")
    stuck, other = town.report("noise"), town.report("noise")
    do(stuck, "sign", town.people["community_secretary"], town)
    refused = {(stuck.code, 2)}
    receiver.judge = lambda got: Answer(500) if (got.data["subject"], got.data["seq"]) in refused else None
    spread()
    now = NOW
    for _number in range(6):
        send(now)
        now += WAITS[0]
    seen = [(got.data["subject"], got.data["seq"]) for got in receiver.got]
    assert (stuck.code, 2) in seen and (stuck.code, 3) not in seen
    assert {seq for code, seq in seen if code == other.code} == set(range(1, other.version + 1))
    refused.clear()
    for _number in range(6):
        now += timedelta(minutes=20)
        send(now)
    final = [
        seq
        for code, seq in [(got.data["subject"], got.data["seq"]) for got in receiver.got]
        if code == stuck.code
    ]
    assert final == sorted(final) and final[-1] == Issue.objects.get(pk=stuck.pk).version


def test_what_is_given_up_lets_the_next_pass_and_can_be_sent_again(
    town: Town, subscribe: Subscribe, receiver: Receiver
) -> None:
    subscription = subscribe("community_secretary", types=["issue.report", "issue.sign"])
    issue = town.report("noise")
    do(issue, "sign", town.people["community_secretary"], town)
    bad = [True]
    receiver.judge = lambda got: Answer(422) if bad[0] and got.data["type"] == "issue.report" else None
    spread()
    Message.objects.filter(seq=1).update(attempts=MOST_ATTEMPTS - 1)
    send()
    first = Message.objects.get(seq=1)
    assert first.state == "dead" and first.ended_at == NOW
    send(NOW + WAITS[0])
    assert [got.data["type"] for got in receiver.got] == ["issue.report", "issue.sign"]

    bad[0] = False
    assert actions.resend_dead(subscription, by=town.people["system_admin"], now=NOW) == 1
    send(NOW + WAITS[0])
    assert Message.objects.get(seq=1).state == "sent" and receiver.got[-1].id == receiver.got[0].id
    actions.resend_message(first, by=town.people["system_admin"], now=NOW)
    send(NOW + WAITS[0])
    assert len(receiver.got) == 4 and {got.id for got in receiver.got[2:]} == {receiver.got[0].id}


def test_a_crash_between_sending_and_marking_sends_it_again_under_the_same_id(
    town: Town, subscribe: Subscribe, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(types=["issue.report"])
    town.report()
    spread()
    with monkeypatch.context() as patched:
        patched.setattr(sending, "_settle", crash)
        with pytest.raises(Killed):
            send()
    send(NOW + sending.LEASE - timedelta(seconds=1))
    assert len(receiver.got) == 1 and Message.objects.get().state == "queued"
    send(NOW + sending.LEASE)
    assert len(receiver.got) == 2 and receiver.got[0].id == receiver.got[1].id
    assert Message.objects.get().state == "sent"


class Killed(BaseException):
    """No handler of errors stops it."""


def crash(*_unused: object, **_more: object) -> None:
    raise Killed


def test_a_sender_that_dies_of_a_message_does_not_die_for_ever(
    town: Town, subscribe: Subscribe, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(types=["issue.report"])
    town.report()
    spread()
    monkeypatch.setattr(sending, "post_all", crash)
    now = NOW
    for _number in range(MOST_ATTEMPTS):
        with pytest.raises(Killed):
            sending.send_once(now=now)
        now += sending.LEASE
    assert sending.send_once(now=now) == 0 and Message.objects.get().state == "dead"


def test_a_crash_while_messages_are_written_writes_them_once(
    town: Town, subscribe: Subscribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscription = subscribe(types=["issue.report"])
    town.report()
    with monkeypatch.context() as patched:
        patched.setattr(Subscription, "save", crash)
        with pytest.raises(Killed):
            spread()
    assert not Message.objects.exists()
    spread()
    Subscription.objects.filter(pk=subscription.pk).update(after_xact=0, after_id=0)
    spread()
    assert Message.objects.count() == 1


def test_a_new_secret_signs_beside_the_old_one_for_a_day(
    town: Town, subscribe: Subscribe, receiver: Receiver
) -> None:
    subscription = subscribe(types=["issue.report"])
    old = subscription.secret
    now = NOW - OVERLAP
    new = actions.rotate_secret(subscription, by=town.people["system_admin"], now=now).secret
    assert old != new and new.startswith("whsec_")
    town.report()
    spread()
    Message.objects.update(next_try_at=now)
    send(NOW - timedelta(seconds=1))
    assert receiver.got[0].verified(old) == receiver.got[0].verified(new)
    town.report()
    run()
    assert receiver.got[1].verified(new)
    with pytest.raises(WebhookVerificationError):
        receiver.got[1].verified(old)


def test_secrets_are_encrypted_at_rest(town: Town, subscribe: Subscribe) -> None:
    from django.db import connection

    subscription = subscribe()
    actions.rotate_secret(subscription, by=town.people["system_admin"], now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret, old_secret FROM notices_subscription")
        (stored,) = cursor.fetchall()
    assert not any("whsec_" in text or subscription.secret[6:] in text for text in stored)


def test_a_receiver_that_fails_ten_times_in_a_row_is_paused_and_its_owner_hears_of_it(
    town: Town, subscribe: Subscribe, receiver: Receiver
) -> None:
    subscription = subscribe(types=["issue.report"])
    receiver.judge = lambda got: Answer(500)
    for _number in range(3):
        town.report()
    spread()
    now = NOW
    for failures in range(1, MOST_FAILURES + 1):
        assert sending.send_once(now=now) >= 1
        subscription.refresh_from_db()
        assert subscription.failures == failures
        now = max(now, subscription.rest_until or now)
    assert subscription.state == "paused" and subscription.paused_because == "failures"
    assert sending.send_once(now=now + timedelta(days=9)) == 0
    fan_out_once(now=now)
    notice = Notice.objects.get(recipient=town.people["system_admin"])
    assert notice.key == "webhook.paused" and "演示系统" in notice.about and notice.words
    assert notice.link == f"/admin/notices/subscription/{subscription.pk}/change/"

    # What happened meanwhile is told in order, and nothing is missing.
    town.report()
    spread()
    sent = len(receiver.got)
    receiver.judge = lambda got: None
    actions.resume_subscription(subscription, by=town.people["system_admin"], now=now)
    run(now)
    assert Message.objects.filter(state="sent").count() == 4 and len(receiver.got) == sent + 4


def test_the_pause_is_told_to_the_district_s_administrators_and_to_whoever_added_it(
    town: Town, subscribe: Subscribe, receiver: Receiver
) -> None:
    """Whoever added it may be gone: then nobody would know that another system hears nothing any more."""
    subscription = subscribe(types=["issue.report"])
    town.appoint("second_admin", "system_admin", town.district)
    end_post(town.posts["system_admin"], by=None, now=NOW)
    actions.put_to_rest(subscription, "failures", by=None, now=NOW)
    fan_out_once(now=NOW)
    told = Notice.objects.filter(key="webhook.paused").values_list("recipient__username", flat=True)
    assert sorted(told) == ["second_admin", "system_admin"]
    Notice.objects.all().delete()
    Subscription.objects.update(created_by=None)
    subscription.refresh_from_db()
    actions.put_to_rest(subscription, "failures", by=None, now=NOW)
    fan_out_once(now=NOW)
    assert Notice.objects.get(key="webhook.paused").recipient == town.people["second_admin"]


def test_a_corrected_address_is_tried_at_once(town: Town, subscribe: Subscribe, receiver: Receiver) -> None:
    """What failed failed at the other one: it neither rests nor counts here."""
    subscription = subscribe(types=["issue.report"], address=f"{receiver.address}&wrong=1")
    receiver.judge = lambda got: Answer(500) if "wrong" in got.path else None
    town.report()
    spread()
    for wait in (timedelta(0), *WAITS[:3]):
        send(NOW + wait)
    subscription.refresh_from_db()
    assert subscription.failures and subscription.rest_until > NOW
    admin, sent = town.people["system_admin"], len(receiver.got)
    wanted = {"name": "新名", "account": town.people["street_dispatcher"], "types": ["issue.report"]}
    actions.change_subscription(
        subscription, Wanted(address=subscription.address, **wanted), by=admin, now=NOW
    )
    send()
    assert len(receiver.got) == sent, "another name is no other receiver"
    actions.change_subscription(subscription, Wanted(address=receiver.address, **wanted), by=admin, now=NOW)
    subscription.refresh_from_db()
    message = subscription.messages.get()
    assert (subscription.failures, subscription.rest_until, message.attempts) == (0, None, 0)
    send()
    message.refresh_from_db()
    assert message.state == "sent" and len(receiver.got) == sent + 1
    assert Event.objects.filter(verb="change").order_by("-pk")[0].data == {"fields": ["address"]}


def test_one_success_begins_the_count_anew(town: Town, subscribe: Subscribe, receiver: Receiver) -> None:
    subscription = subscribe(types=["issue.report"])
    Subscription.objects.update(failures=MOST_FAILURES - 1)
    town.report()
    run()
    subscription.refresh_from_db()
    assert (subscription.failures, subscription.state) == (0, "running") and subscription.reached_at == NOW


def test_gone_is_gone_at_once(town: Town, subscribe: Subscribe, receiver: Receiver) -> None:
    subscription = subscribe(types=["issue.report"])
    receiver.answers = [Answer(410)]
    town.report()
    run()
    subscription.refresh_from_db()
    assert subscription.paused_because == "gone"


def test_a_closed_account_pauses_what_had_its_sight(
    town: Town, subscribe: Subscribe, receiver: Receiver
) -> None:
    subscription = subscribe("street_leader")
    close_account(town.people["street_leader"], by=town.people["security_admin"], now=NOW)
    town.report()
    run()
    subscription.refresh_from_db()
    assert subscription.paused_because == "account" and receiver.got == []
    with pytest.raises(Refused) as refused:
        actions.resume_subscription(subscription, by=town.people["system_admin"], now=NOW)
    assert refused.value.code == "account"


def test_a_pause_keeps_and_a_resume_may_leave_out(
    town: Town, subscribe: Subscribe, receiver: Receiver
) -> None:
    admin, subscription = town.people["system_admin"], subscribe(types=["issue.report"])
    actions.pause_subscription(subscription, by=admin, now=NOW)
    with pytest.raises(Refused):
        actions.pause_subscription(subscription, by=admin, now=NOW)
    kept = town.report()
    run()
    assert receiver.got == []
    actions.resume_subscription(subscription, by=admin, now=NOW)
    run()
    assert [got.data["subject"] for got in receiver.got] == [kept.code]
    with pytest.raises(Refused):
        actions.resume_subscription(subscription, by=admin, now=NOW)

    actions.pause_subscription(subscription, by=admin, now=NOW)
    town.report()
    actions.resume_subscription(subscription, by=admin, now=NOW, from_now=True)
    # In one transaction everything has the same number; what a test sees as "now" is the last event.
    last = Event.objects.order_by("-pk").values_list("xact_id", "pk").first()
    Subscription.objects.update(after_xact=last[0], after_id=last[1])
    fresh = town.report()
    run()
    assert [got.data["subject"] for got in receiver.got] == [kept.code, fresh.code]


def test_a_ping_tells_nothing_and_is_tried_once_even_while_paused(
    town: Town, subscribe: Subscribe, receiver: Receiver
) -> None:
    admin, subscription = town.people["system_admin"], subscribe()
    actions.pause_subscription(subscription, by=admin, now=NOW)
    actions.ping_subscription(subscription, by=admin, now=NOW)
    run()
    data = receiver.got[0].verified(subscription.secret)
    assert data["type"] == "ping" and data["subject"] is None and data["data"] == {}
    assert (data["district"], data["unit"]) == ("220103", "220103")
    receiver.answers = [Answer(500)]
    message = actions.ping_subscription(subscription, by=admin, now=NOW)
    run()
    message.refresh_from_db()
    assert message.state == "dead" and receiver.got[1].id == message.webhook_id == f"ping_{message.pk}"


def test_an_ended_one_is_told_nothing_and_keeps_no_secret(
    town: Town, subscribe: Subscribe, receiver: Receiver
) -> None:
    admin, subscription = town.people["system_admin"], subscribe()
    town.report()
    spread()
    actions.end_subscription(subscription, by=admin, now=NOW)
    run()
    assert receiver.got == [] and Subscription.objects.get().secret == ""
    assert {message.state for message in Message.objects.all()} == {"withheld"}
    for act in (actions.ping_subscription, actions.rotate_secret, actions.end_subscription):
        with pytest.raises(Refused) as refused:
            act(subscription, by=admin, now=NOW)
        assert refused.value.code == "ended"


# --- who is told what ---------------------------------------------------------------------------------------
def test_only_what_the_account_sees_and_only_below_the_unit(
    town: Town, subscribe: Subscribe, receiver: Receiver
) -> None:
    subscribe("street_dispatcher", types=["issue.report"])
    subscribe("district_dispatcher", at="community", types=["issue.report"])
    near, far = town.report(), town.report(place=town.far_building)
    aside = town.report(place=town.other_community)
    run()
    told: dict[str, set[str]] = {}
    for got in receiver.got:
        told.setdefault(got.id.rpartition("_")[2], set()).add(got.data["subject"])
    street, community = (told[str(one.pk)] for one in Subscription.objects.order_by("pk"))
    assert street == {near.code, aside.code} and community == {near.code} and far.code not in street


def test_types_choose(town: Town, subscribe: Subscribe, receiver: Receiver) -> None:
    subscribe("community_secretary", types=["issue.sign"])
    issue = town.report("noise")
    do(issue, "sign", town.people["community_secretary"], town)
    run()
    assert [got.data["type"] for got in receiver.got] == ["issue.sign"]


def test_what_is_not_to_be_seen_any_more_when_it_is_sent_is_withheld(
    town: Town, subscribe: Subscribe, receiver: Receiver
) -> None:
    subscribe("community_secretary", types=["issue.report"])
    issue = town.report("noise")
    spread()
    assert Message.objects.waiting().count() == 1
    Issue.objects.filter(pk=issue.pk).update(about_unit=town.community)
    send()
    assert receiver.got == [] and Message.objects.get().state == "withheld"


def test_a_complaint_is_kept_from_those_it_is_about(
    town: Town, subscribe: Subscribe, receiver: Receiver
) -> None:
    subscribe("community_secretary")
    subscribe("district_dispatcher")
    issue = town.report("noise")
    Issue.objects.filter(pk=issue.pk).update(about_unit=town.community)
    run()
    theirs, above = Subscription.objects.order_by("pk")
    assert not theirs.messages.exists() and above.messages.filter(state="sent").exists()
    assert Message.objects.visible_to(town.people["system_admin"], NOW).count() == above.messages.count()


def test_somebody_outside_hears_what_stands_on_their_timeline(
    town: Town, subscribe: Subscribe, receiver: Receiver
) -> None:
    from issues.sights import sight_of
    from issues.timeline import timeline

    secretary, firm = town.people["community_secretary"], town.people["property_officer"]
    subscribe("property_officer")
    issue = town.report("noise")
    do(issue, "sign", secretary, town)
    do(issue, "note", secretary, town, text="演示内部", internal=True)
    do(issue, "whistle", secretary, town, kind="quick", text="演示", bodies=[town.bodies["property"]])
    run()
    issue.refresh_from_db()
    lines = timeline(issue, sight=sight_of(issue, firm, town.now))
    assert [got.data["seq"] for got in receiver.got] == [line.seq for line in lines]
    assert "issue.note" not in {got.data["type"] for got in receiver.got}
    of_others = [got.data for got in receiver.got if got.data["type"] != "issue.whistle"]
    assert of_others and all(set(data["data"]) == {"state"} for data in of_others)


def test_a_renamed_unit_is_told_to_whoever_sees_it(
    town: Town, subscribe: Subscribe, receiver: Receiver
) -> None:
    subscription, elsewhere = subscribe("district_dispatcher"), subscribe("far_dispatcher")
    chosen = subscribe("district_dispatcher", types=["unit.close"])
    rename_unit(town.grid, name="改过名的网格", by=town.people["system_admin"], now=NOW)
    run()
    (got,) = receiver.got
    data = got.verified(subscription.secret)
    assert (data["type"], data["subject"]) == ("unit.rename", town.grid.code)
    assert data["data"] == {"fields": ["name"]} and "改过名" not in got.body.decode()
    assert not elsewhere.messages.exists() and not chosen.messages.exists()


def test_both_ends_hear_of_a_unit_that_moves(town: Town, subscribe: Subscribe, receiver: Receiver) -> None:
    for place in ("community", "other_community", "other_street"):
        subscribe("district_dispatcher", at=place, types=["unit.move"])
    move_unit(town.other_grid, to=town.other_community, by=None, now=NOW)
    run()
    heard = Message.objects.order_by("pk").values_list("subscription__unit__code", flat=True)
    assert sorted(heard) == [town.community.code, town.other_community.code]
    assert {got.data["data"]["was"] for got in receiver.got} == {town.community.code}


def test_a_unit_that_merges_takes_along_who_is_told_of_it(
    town: Town, subscribe: Subscribe, receiver: Receiver
) -> None:
    theirs = subscribe("district_dispatcher", at="other_community", types=["unit.merge"])
    subscription = subscribe(at="other_community", types=["issue.report"])
    merge_units(town.other_community, into=town.community, by=None, now=NOW)
    while fan_out_once(now=NOW):
        pass
    subscription.refresh_from_db()
    assert subscription.unit == town.community
    run()
    (got,) = receiver.got
    assert got.verified(theirs.secret)["data"] == {"into": town.community.code}
    assert got.data["subject"] == town.other_community.code
    receiver.got.clear()
    issue = town.report(now=NOW)
    run()
    assert [got.data["subject"] for got in receiver.got] == [issue.code]


# --- slow and broken ones -----------------------------------------------------------------------------------
def test_a_slow_receiver_holds_up_nobody(
    town: Town, subscribe: Subscribe, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notices.wire.SECONDS", 0.4)
    slow = Receiver()
    try:
        slow.judge = lambda got: Answer(trickles=0.1)
        one = subscribe(address=slow.address, types=["issue.report"])
        two = subscribe(types=["issue.report"])
        for _number in range(6):
            town.report()
        spread()
        for _number in range(2):
            sending.send_once(now=NOW)
        assert two.messages.filter(state="sent").count() == 6
        assert not one.messages.filter(state="sent").exists()
        assert set(Attempt.objects.exclude(error="").values_list("error", flat=True)) == {"timeout"}
        # Nor is it tried by all that waits for it: it rests, then one message looks.
        one.refresh_from_db()
        assert one.failures == 1 and one.rest_until == NOW + WAITS[0]
        assert len(slow.got) <= sending.SEND_TO_ONE
        sending.send_once(now=NOW + WAITS[0])
        assert one.messages.filter(attempts__gt=0).count() <= sending.SEND_TO_ONE + 1
    finally:
        slow.stop()


def test_whoever_was_tried_longest_ago_comes_first(
    town: Town, subscribe: Subscribe, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    monkeypatch.setattr(sending, "post_all", lambda requests: [Outcome(204, "") for _one in requests])
    busy = [subscribe(types=["issue.report"]).pk for _number in range(4)]
    for _number in range(8):
        town.report()
    spread()
    for number in range(8):
        before = set(Message.objects.filter(state="sent").values_list("pk", flat=True))
        sending.send_once(now=NOW + timedelta(seconds=number), limit=4)
        new = Message.objects.filter(state="sent").exclude(pk__in=before)
        taken += sorted(set(new.values_list("subscription_id", flat=True)))
    assert taken == busy * 2


def test_one_whose_secret_no_key_opens_hurts_nobody_else(
    town: Town, subscribe: Subscribe, receiver: Receiver
) -> None:
    from django.db import connection

    broken, well = subscribe(types=["issue.report"]), subscribe(types=["issue.report"])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE notices_subscription SET secret = 'nonsense' WHERE id = %s", [broken.pk])
    town.report()
    run()
    assert well.messages.get().state == "sent" and broken.messages.get().state == "queued"
    tried = Attempt.objects.get(message__subscription=broken)
    assert (tried.error, tried.address, tried.body, tried.secrets) == ("internal", "", "", [])


def test_only_so_much_waits_the_rest_stays_in_the_feed(
    town: Town, subscribe: Subscribe, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "MOST_WAITING", 3)
    subscribe(types=["issue.report"])
    codes = [town.report().code for _number in range(7)]
    spread()
    assert Message.objects.waiting().count() == 3
    for _number in range(3):
        run()
    assert sorted(got.data["subject"] for got in receiver.got) == sorted(codes)


def test_a_tick_without_webhooks_costs_one_statement_and_an_idle_one_three(
    town: Town, subscribe: Subscribe, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        sending.spread_once(now=NOW)
    subscribe()
    subscribe()
    spread()
    # Two, since the oldest transaction under way is not asked for here.
    with django_assert_num_queries(2):
        sending.spread_once(now=NOW)


# --- who may ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("person", ["street_leader", "district_dispatcher", "security_admin", "audit_admin"])
def test_only_who_connects_systems_in_the_district(town: Town, subscribe: Subscribe, person: str) -> None:
    subscription, by = subscribe(), town.people[person]
    wanted = Wanted("演示", "http://127.0.0.1:9/", town.people["street_dispatcher"])
    with pytest.raises(NotAllowed):
        actions.add_subscription(wanted, unit=town.district, by=by, now=NOW)
    for act in (
        actions.rotate_secret,
        actions.pause_subscription,
        actions.ping_subscription,
        actions.end_subscription,
        actions.resend_dead,
    ):
        with pytest.raises(NotAllowed):
            act(subscription, by=by, now=NOW)
    assert not Subscription.objects.visible_to(by, NOW).exists()


def test_a_district_sees_and_gives_sight_of_nothing_of_another(town: Town, subscribe: Subscribe) -> None:
    from tests.builders import add_west

    add_west(town)
    subscription = subscribe()
    town.report()
    spread()
    west = town.people["west_system_admin"]
    assert not Subscription.objects.visible_to(west, NOW).exists()
    assert not Message.objects.visible_to(west, NOW).exists()
    with pytest.raises(NotAllowed):
        actions.pause_subscription(subscription, by=west, now=NOW)
    wanted = Wanted("演示", subscription.address, town.people["street_dispatcher"])
    with pytest.raises(Refused) as refused:
        actions.add_subscription(wanted, unit=town.west, by=west, now=NOW)
    assert refused.value.code == "account"


def test_what_is_refused_anyway_is_not_looked_up(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may not connect systems learns no names by it."""
    asked: list[str] = []
    monkeypatch.setattr(actions, "check_address", asked.append)
    account, admin = town.people["street_dispatcher"], town.people["system_admin"]
    for wanted, by in (
        (Wanted("演示", "http://example.cn/", account), town.people["district_dispatcher"]),
        (Wanted("", "http://example.cn/", account), admin),
        (Wanted("演示", "ftp://example.cn/", account), admin),
        (Wanted("演示", "http://example.cn/", None), admin),
    ):
        with pytest.raises(Refused):
            actions.look_up_address(wanted, unit=town.district, by=by, now=NOW)
    assert asked == []
    actions.look_up_address(
        Wanted("演示", "http://example.cn/", account), unit=town.district, by=admin, now=NOW
    )
    assert asked == ["http://example.cn/"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 61])
def test_a_name_is_needed(town: Town, name: str) -> None:
    wanted = Wanted(name, "http://127.0.0.1:9/", town.people["street_dispatcher"])
    with pytest.raises(Refused) as refused:
        actions.add_subscription(wanted, unit=town.district, by=town.people["system_admin"], now=NOW)
    assert refused.value.code == "name"


def test_sent_messages_are_dropped_after_their_time_given_up_ones_stay(
    town: Town, subscribe: Subscribe, receiver: Receiver
) -> None:
    subscribe(types=["issue.report"])
    town.report()
    town.report()
    run()
    Message.objects.filter(pk=Message.objects.first().pk).update(state="dead")
    assert actions.forget_messages(before=NOW) == 0
    assert actions.forget_messages(before=NOW + timedelta(seconds=1)) == 1
    assert Message.objects.get().state == "dead" and Attempt.objects.count() == 1
