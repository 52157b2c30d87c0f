"""Text messages to reporters without an account: who is told of what, in which words, and who never is."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import User
from issues.actions.erase import erase_contacts
from issues.actions.intake import Contact
from issues.actions.join import join_issue
from issues.contacts import KEPT_AFTER_END
from issues.links import follow_link
from issues.models import Issue, Reporter
from issues.notices.reporters import TEXTS
from issues.reporters import notice_name
from notices.actions import Telling, deliver_once, notify_all, revive_notices
from notices.models import Notice
from tests.faces import signed_in, stop_clock, visitor
from tests.issues.acting import Acting
from tests.notices.receiver import Answer, Receiver, gateway_for_texts

PHONE = "13800001234"
REACHED = Contact("演示居民", PHONE)
EVENING = datetime(2026, 3, 10, 13, 30, tzinfo=UTC)
MORNING = datetime(2026, 3, 11, 0, 0, tzinfo=UTC)


@pytest.fixture
def gateway(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    yield from gateway_for_texts(settings, monkeypatch)


def texts(issue: Issue) -> list[str]:
    """What its reporter was told, in order."""
    rows = Notice.objects.to_contact(notice_name(issue.pk)).order_by("pk")
    return [row.key.removeprefix("issues.reporter.") for row in rows]


def reported(act: Acting, category: str = "litter", **more: Any) -> Issue:
    return act.town.report(category, now=act.now, contact=REACHED, **more)


def solved(act: Acting, **more: Any) -> Issue:
    issue = act("sign", reported(act, **more), "grid_worker")
    return act("submit_result", issue, "grid_worker")


def sent(act: Acting) -> None:
    act.heard()
    while deliver_once(now=act.now):
        pass


class TestWhatIsTold:
    def test_a_result(self, act: Acting, gateway: Receiver) -> None:
        issue = solved(act)
        sent(act)
        (got,) = gateway.got
        told = Notice.objects.get(contact=notice_name(issue.pk))
        with translation.override("zh-hans"):
            text = f"【格治】{told.about}：{told.words} https://gezhi.example{follow_link(issue)}"
        assert got.data == {"id": f"notice-{told.pk}", "to": PHONE, "text": text}
        assert issue.number in text and told.state == "sent"
        assert visitor().get(follow_link(issue)).status_code == 200

    def test_nothing_of_what_or_where_it_is(self, act: Acting, gateway: Receiver) -> None:
        issue = solved(act, spot="演示:三单元门口")
        sent(act)
        text = gateway.got[0].data["text"]
        for kept in (issue.text, issue.place_label, issue.category.label, issue.spot, "演示居民"):
            assert kept not in text

    def test_the_number_is_kept_where_it_was(self, act: Acting, gateway: Receiver) -> None:
        issue = solved(act)
        act.heard()
        row = Notice.objects.filter(contact=notice_name(issue.pk)).values().get()
        assert PHONE not in str(row) and follow_link(issue) not in str(row)

    def test_merged_and_taken_out_again(self, act: Acting, gateway: Receiver) -> None:
        main, other = reported(act), reported(act)
        act("merge", other, "grid_worker", main=main)
        act("unmerge", Issue.objects.get(pk=other.pk), "grid_worker")
        act.heard()
        assert (texts(other), texts(main)) == (["merge", "unmerge"], [])

    def test_the_main_issue_is_withdrawn(self, act: Acting, gateway: Receiver) -> None:
        main, other = reported(act), reported(act)
        act("merge", other, "grid_worker", main=main)
        act("withdraw", main, None)
        act.heard()
        assert (texts(other), texts(main)) == (["merge", "release"], [])

    def test_solved_with_it_and_what_did_not_hold(self, act: Acting, gateway: Receiver) -> None:
        main, other = reported(act), reported(act)
        main = act("sign", main, "grid_worker")
        act("merge", other, "grid_worker", main=main)
        main = act("submit_result", main, "grid_worker")
        act("rate", main, None, answered=True, solved=False, satisfied=False)
        act("redo", Issue.objects.get(pk=main.pk), "community_worker")
        act.heard()
        assert texts(main) == ["submit_result"]
        assert texts(other) == ["merge", "resolve_with", "follow_again"]

    def test_not_accepted_alone_and_with_another(self, act: Acting, gateway: Receiver) -> None:
        main, other = reported(act), reported(act)
        act("merge", other, "grid_worker", main=main)
        act("reject", main, "grid_worker")
        act.heard()
        assert (texts(main), texts(other)) == (["reject"], ["merge", "reject_with"])

    def test_closed_after_a_review(self, act: Acting, gateway: Receiver) -> None:
        issue = solved(act)
        act("rate", issue, None, answered=True, solved=False, satisfied=False)
        act("close", Issue.objects.get(pk=issue.pk), "community_worker")
        act.heard()
        assert texts(issue) == ["submit_result", "close"]

    def test_not_that_it_ended_by_their_own_verdict(self, act: Acting, gateway: Receiver) -> None:
        issue = solved(act)
        act("rate", issue, None, answered=True, solved=True, satisfied=True)
        act.heard()
        assert texts(issue) == ["submit_result"]

    def test_every_word_has_a_chinese_and_an_english_one(self) -> None:
        for verb, text in TEXTS.items():
            with translation.override("zh-hans"):
                chinese = str(text)
            with translation.override("en"):
                assert str(text) != chinese, verb
            # One message of 70 characters with signature and number, before the address.
            assert len(chinese) <= 40, verb


class TestQuestions:
    def test_it_is_asked(self, act: Acting, gateway: Receiver) -> None:
        issue = act("sign", reported(act), "grid_worker")
        act("ask_info", issue, "grid_worker")
        sent(act)
        assert texts(issue) == ["ask_info"] and len(gateway.got) == 1

    def test_not_once_it_was_answered(self, act: Acting, gateway: Receiver) -> None:
        act.now = EVENING
        issue = act("sign", reported(act), "grid_worker")
        issue = act("ask_info", issue, "grid_worker")
        sent(act)
        assert gateway.got == []
        act("supply_info", issue, None)
        act.now = MORNING
        sent(act)
        assert gateway.got == [] and Notice.objects.get(contact=notice_name(issue.pk)).state == "spared"


class TestWhoIsTold:
    def test_nobody_where_no_text_message_goes_out(self, act: Acting) -> None:
        issue = solved(act)
        with CaptureQueriesContext(connection) as asked:
            act.heard()
        assert texts(issue) == []
        assert not [one for one in asked if "issues_reporter" in one["sql"]]

    @pytest.mark.parametrize("phone", ["", "043188001234"])
    def test_not_a_number_that_takes_none(self, act: Acting, gateway: Receiver, phone: str) -> None:
        act.town.report(contact=Contact("演示居民", phone))
        issue = act.town.report(contact=Contact("演示居民", phone))
        act("submit_result", act("sign", issue, "grid_worker"), "grid_worker")
        act.heard()
        assert texts(issue) == []

    def test_not_who_hears_by_an_account(self, act: Acting, gateway: Receiver) -> None:
        issue = solved(act, by=act.town.people["community_worker"])
        act.heard()
        assert texts(issue) == []

    def test_whom_it_was_registered_for(self, act: Acting, gateway: Receiver) -> None:
        worker = act.town.people["community_worker"]
        issue = solved(act, by=worker, source="visit", on_behalf=True)
        assert ("community_worker", "submit_result.on_behalf") in act.heard()
        assert texts(issue) == ["submit_result"]

    def test_not_whom_another_system_reports_for(self, act: Acting, gateway: Receiver) -> None:
        worker = act.town.people["community_worker"]
        issue = solved(act, by=worker, source="visit", on_behalf=True)
        User.objects.filter(pk=worker.pk).update(is_service=True, password="!")
        act.heard()
        assert texts(issue) == []

    def test_not_callers_of_the_hotline(self, act: Acting, gateway: Receiver) -> None:
        issue = reported(act)
        Issue.objects.filter(pk=issue.pk).update(source="hotline")
        act("submit_result", act("sign", issue, "grid_worker"), "grid_worker")
        act.heard()
        assert texts(issue) == []

    def test_not_who_chose_to_follow_it(self, act: Acting, gateway: Receiver) -> None:
        main = reported(act)
        given = {
            "place": act.town.building,
            "category": main.category,
            "text": "演示:同一件事",
            "contact": REACHED,
        }
        joined = join_issue(main, by=None, now=act.now, **given)
        act.heard()
        assert texts(joined) == []

    def test_not_once_the_number_is_erased(self, act: Acting, gateway: Receiver) -> None:
        act.now = EVENING
        issue = solved(act)
        act.heard()
        Issue.objects.filter(pk=issue.pk).update(closed_at=act.now - KEPT_AFTER_END * 2)
        assert erase_contacts(now=act.now) == 1
        act.now = MORNING
        sent(act)
        assert gateway.got == [] and Notice.objects.get(contact=notice_name(issue.pk)).state == "spared"


class TestWhatIsNotSoAnyMore:
    @pytest.mark.parametrize("how", ["rated", "sent back"])
    def test_a_result(self, act: Acting, gateway: Receiver, how: str) -> None:
        act.now = EVENING
        issue = solved(act)
        act.heard()
        if how == "rated":
            act("rate", issue, None, answered=True, solved=True, satisfied=True)
        else:
            act("send_back", issue, "community_worker")
        act.now = MORNING
        sent(act)
        first = Notice.objects.to_contact(notice_name(issue.pk)).order_by("pk")[0]
        assert (first.key, first.state) == ("issues.reporter.submit_result", "spared")
        assert texts(issue)[1:] == ([] if how == "rated" else ["follow_again"])
        assert len(gateway.got) == len(texts(issue)) - 1

    def test_a_merger(self, act: Acting, gateway: Receiver) -> None:
        act.now = EVENING
        main, other = reported(act), reported(act)
        act("merge", other, "grid_worker", main=main)
        act.heard()
        act("unmerge", Issue.objects.get(pk=other.pk), "grid_worker")
        act.now = MORNING
        sent(act)
        states = (
            Notice.objects.to_contact(notice_name(other.pk)).order_by("pk").values_list("state", flat=True)
        )
        assert list(states) == ["spared", "sent"]


class TestSending:
    def test_the_night_is_waited_out(self, act: Acting, gateway: Receiver) -> None:
        act.now = EVENING
        solved(act)
        sent(act)
        assert gateway.got == []
        act.now = MORNING
        sent(act)
        assert len(gateway.got) == 1

    def test_but_not_by_whoever_reported_a_danger(self, act: Acting, gateway: Receiver) -> None:
        act.now = EVENING
        act("submit_result", act("sign", reported(act, "fire"), "grid_worker"), "grid_worker")
        sent(act)
        assert len(gateway.got) == 1

    def test_an_event_is_told_once(self, act: Acting, gateway: Receiver) -> None:
        issue = solved(act)
        act.heard()
        told = Notice.objects.get(contact=notice_name(issue.pk))
        row = Notice(event=told.event, contact=told.contact, channel="text", key=told.key, state="queued")
        row.urgency, row.created_at, row.next_try_at = "info", act.now, act.now
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()

    def test_a_notice_is_for_one(self, act: Acting, gateway: Receiver) -> None:
        solved(act)
        act.heard()
        told = Notice.objects.exclude(contact="").get()
        for more in ({"contact": ""}, {"recipient": act.town.people["grid_worker"]}):
            with pytest.raises(IntegrityError), transaction.atomic():
                Notice.objects.filter(pk=told.pk).update(**more)

    def test_what_the_gateway_never_took_is_for_somebody_to_call(
        self, act: Acting, gateway: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stop_clock(monkeypatch, act.now)
        gateway.answers = [Answer(status=500)] * 10
        issue = solved(act)
        act.heard()
        told = Notice.objects.get(contact=notice_name(issue.pk))
        for _each in range(10):
            told.refresh_from_db()
            deliver_once(now=told.next_try_at)
        told.refresh_from_db()
        assert told.state == "dead" and [got.data["id"] for got in gateway.got] == [f"notice-{told.pk}"] * 10
        page = signed_in(act.town, "grid_worker").get(f"/i/{issue.code}/").content.decode()
        with translation.override("en"):
            assert "could not be sent, please call" in page and told.words in page
        assert revive_notices([told.pk], by=None, now=act.now) == 1
        assert deliver_once(now=act.now) == 1
        told.refresh_from_db()
        assert told.state == "sent"

    def test_as_many_queries_for_many_as_for_one(self, act: Acting, gateway: Receiver) -> None:
        counted = []
        for many in (1, 6):
            for _each in range(many):
                solved(act)
            with CaptureQueriesContext(connection) as asked:
                act.heard()
            counted.append(sum("issues_reporter" in one["sql"] for one in asked))
        assert counted == [1, 1]


class TestPages:
    @pytest.fixture(autouse=True)
    def clock(self, act: Acting, monkeypatch: pytest.MonkeyPatch) -> None:
        stop_clock(monkeypatch, act.now)

    def page(self, act: Acting, issue: Issue) -> str:
        return signed_in(act.town, "grid_worker").get(f"/i/{issue.code}/").content.decode()

    def test_staff_read_what_was_told(self, act: Acting, gateway: Receiver) -> None:
        issue = solved(act)
        assert "by text message" in self.page(act, issue)
        act.heard()
        assert "on its way:" in self.page(act, issue)
        sent(act)
        assert "sent:" in self.page(act, issue)

    def test_or_that_they_must_call(self, act: Acting, gateway: Receiver) -> None:
        issue = reported(act)
        Reporter.objects.filter(pk=issue.pk).update(phone="043188001234")
        assert "takes no text messages" in self.page(act, issue)

    def test_nothing_of_it_where_nobody_is_told(self, act: Acting) -> None:
        assert "text message" not in self.page(act, reported(act))

    def test_the_reporter_reads_how_they_hear_of_it(self, act: Acting, gateway: Receiver) -> None:
        address = follow_link(reported(act)).rstrip("/") + "/sent/"
        assert "You get a text message" in visitor().get(address).content.decode()

    def test_and_is_promised_nothing_that_does_not_come(self, act: Acting) -> None:
        address = follow_link(reported(act)).rstrip("/") + "/sent/"
        assert "text message" not in visitor().get(address).content.decode()


def test_a_word_may_keep_only_the_number(act: Acting) -> None:
    event = reported(act).pk
    with pytest.raises(ValueError, match="may not keep"):
        notify_all(
            [
                Telling(
                    event,
                    (),
                    "issues.reporter.answer",
                    {"number": "1", "place": "演示"},
                    contacts=("reporter:1",),
                )
            ],
            now=act.now,
        )
