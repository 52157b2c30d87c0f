"""A hotline order follows another matter: the hint beside it, its deadline meanwhile, and the result that goes back."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from desk.board import board, board_rows
from desk.lists import Asked
from issues.hotline.columns import DEFAULT
from issues.hotline.replies import reply_row
from issues.hotline_results import replies
from issues.likely import likely_duplicates
from issues.models import Deadline, HotlineOrder, Issue, Reporter
from issues.models.clock import OF_ISSUE
from issues.page import issue_page, with_background
from tests.api.conftest import client_of
from tests.builders import Town
from tests.faces import signed_in, stop_clock
from tests.issues.acting import Acting, events, last
from tests.issues.invariants import check_invariants
from tests.issues.sheets import row
from tests.issues.test_hotline import bring

WORDS = "演示:楼下垃圾三天没有清运。"
UNTIL = timezone.make_aware(datetime(2026, 3, 11, 12))
SCREENER = "community_worker"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, town: Town) -> None:
    stop_clock(monkeypatch, town.now)


def order(number: str = "GZ1", **more: Any) -> dict[str, Any]:
    given = {"category": "演示other", "deadline": "2026-03-11 12:00", "title": "", "content": WORDS}
    return row(number=number, **given | more)


def brought(town: Town, *rows: dict[str, Any]) -> Issue:
    """The first of these orders, as the issue that it has become."""
    rows = rows or (order(),)
    bring(town, *rows)
    return issue_of(rows[0]["number"])


def issue_of(number: str) -> Issue:
    return Issue.objects.get(hotline__number=number)


def followed(act: Acting, *rows: dict[str, Any]) -> tuple[Issue, Issue]:
    """A matter in hand at the community, and an order that follows it."""
    main = signed(act, act.town.report("other", text=WORDS, now=act.now))
    return main, act("merge", brought(act.town, *rows), SCREENER, main=main)


def signed(act: Acting, issue: Issue) -> Issue:
    """Screened, and signed for at the community."""
    screened = act("screen", issue, SCREENER, category=act.town.categories["other"])
    return act("sign", screened, SCREENER)


def of_order(issue: Issue) -> list[Deadline]:
    return list(Deadline.objects.open().filter(OF_ISSUE, issue=issue))


def exported(number: str = "GZ1") -> dict[str, Any]:
    [reply] = replies(HotlineOrder.objects.filter(number=number))
    return dict(zip(DEFAULT.headings, reply_row(reply, DEFAULT), strict=True))


class TestHint:
    @pytest.mark.parametrize("face", ["phone", "admin"])
    def test_whoever_screens_an_order_sees_what_may_be_the_same(self, town: Town, face: str) -> None:
        issue = brought(town, order("GZ1", related="GZ2"), order("GZ2", content="演示:路灯不亮"))
        alike, named = town.report("other", text=WORDS, place=town.community), issue_of("GZ2")
        User.objects.filter(username=SCREENER).update(is_staff=True)
        client = signed_in(town, SCREENER)
        address = f"/i/{issue.code}/" if face == "phone" else f"/admin/issues/issue/{issue.pk}/change/"
        page = client.get(address).content.decode()
        assert "Perhaps the same" in page and page.count("Named by the hotline") == 1
        for main in (alike, named):
            assert f'name="main" value="{main.code}"' in page
        joined = client.post(f"/i/{issue.code}/merge/", {"main": named.code})
        assert joined.status_code == 302 and issue_of("GZ1").main == named

    def test_a_secret_caller_stands_alone(self, town: Town, act: Acting) -> None:
        secret = brought(town, order(secret="是"))
        other = town.report("other", text=WORDS, place=town.community)
        assert act.refused("merge", secret, SCREENER, main=other).code == "not_confidential"
        assert act.refused("merge", other, SCREENER, main=secret).code == "main"
        client = signed_in(town, SCREENER)
        for one in (secret, other):
            assert "Perhaps the same" not in client.get(f"/i/{one.code}/").content.decode()
        Issue.objects.filter(pk__in=(secret.pk, other.pk)).update(building=town.building, grid=town.grid)
        given = {"now": town.now, "seen": Issue.objects.all()}
        found = likely_duplicates(town.building, town.categories["other"], WORDS, **given)
        assert [one.issue for one in found] == [other]

    def test_nor_does_a_complaint_about_somebody(self, town: Town, act: Acting) -> None:
        issue = brought(town)
        about = town.report("other", text=WORDS, place=town.community)
        Issue.objects.filter(pk=about.pk).update(about_unit=town.grid)
        assert act.refused("merge", issue, SCREENER, main=about).code == "main"
        assert "Perhaps the same" not in signed_in(town, SCREENER).get(f"/i/{issue.code}/").content.decode()


class TestDeadline:
    def test_the_hotlines_runs_on_and_asks_whoever_has_the_main_issue(self, town: Town, act: Acting) -> None:
        main, issue = followed(act)
        act.heard()
        [running] = of_order(issue)
        assert (running.clock, running.limit_at, issue.promised_at) == ("promise", UNTIL, UNTIL)
        shown = client_of(town.people[SCREENER]).get(f"/api/v1/issues/{issue.code}/").json()
        assert [one["clock"]["key"] for one in shown["clocks"]] == ["promise"]
        assert issue.due_at is None and Issue.objects.get(pk=main.pk).due_at > UNTIL
        # It is handed up meanwhile: the street has it now.
        main = act("hand_up", main, SCREENER)
        act("sign", main, "street_dispatcher")
        act.heard()
        act.now = UNTIL
        act.sweep()
        act.later(seconds=2)
        act.sweep()
        assert (last(issue).verb, last(issue).data["asked"]) == ("chase", {"unit": town.street.pk})
        assert ("street_dispatcher", "chase.owner") in act.heard()
        assert Issue.objects.get(pk=issue.pk).state == "merged"
        check_invariants(act.now)

    def test_the_board_shows_the_main_issue(self, town: Town, act: Acting) -> None:
        main, _issue = followed(act)
        asked = Asked(town.people["district_dispatcher"], UNTIL + timedelta(hours=1))
        assert main in board(asked)
        [shown] = [one for one in board_rows(board(asked), asked) if main.number in one.cells]
        assert any("GZ1" in str(cell) for cell in shown.cells)
        assert main not in board(Asked(asked.user, UNTIL - timedelta(hours=1)))

    def test_whoever_reads_the_main_issue_reads_it_too(self, town: Town, act: Acting) -> None:
        main, _issue = followed(act)
        page = signed_in(town, SCREENER).get(f"/i/{main.code}/").content.decode()
        assert "12345 order GZ1, until" in page
        shown = with_background(
            issue_page(Issue.objects.get(pk=main.pk), town.people[SCREENER], act.now),
            town.people[SCREENER],
            act.now,
        )
        assert [one.hotline.number for one in shown.followers] == ["GZ1"]

    def test_another_deadline_moves_it(self, town: Town, act: Acting) -> None:
        main, issue = followed(act)
        act.heard()
        later = UNTIL + timedelta(days=1)
        bring(town, order(deadline="2026-03-12 12:00", dispatched="2026-03-10 09:00"))
        [running] = of_order(issue)
        issue = issue_of("GZ1")
        assert (running.limit_at, issue.promised_at, issue.main) == (later, later, main)
        assert (issue.state, last(issue).verb) == ("merged", "hotline_update")
        assert (SCREENER, "hotline_update.moved") in act.heard()


class TestResult:
    def test_it_goes_back_in_the_hotlines_columns(self, act: Acting) -> None:
        main, _issue = followed(act)
        assert exported()["outcome"] == "办理中" and not exported().get("closed")
        act("submit_result", main, SCREENER, outcome="solved", text="演示:已清运")
        cells = exported()
        assert (cells["outcome"], cells["answer"], cells["closed"]) == ("已解决", "演示:已清运", act.now)
        assert cells["deadline"] == UNTIL
        issue = issue_of("GZ1")
        assert (issue.state, [one.clock for one in of_order(issue)]) == ("resolved", ["rate"])

    def test_not_while_it_does_not_hold(self, town: Town, act: Acting) -> None:
        """It follows again, with the hotline's deadline, and has no result."""
        main, issue = followed(act)
        main = act("submit_result", main, SCREENER)
        act("send_back", main, "street_dispatcher")
        issue = issue_of("GZ1")
        assert (issue.state, [one.limit_at for one in of_order(issue)]) == ("merged", [UNTIL])
        assert exported()["outcome"] == "办理中" and not exported().get("closed")

    def test_orders_that_follow_an_order(self, town: Town, act: Acting) -> None:
        """What the hotline ties together is done once and answered twice."""
        first = brought(town, order("GZ1"), order("GZ2", related="GZ1"))
        act("merge", issue_of("GZ2"), SCREENER, main=first)
        act("submit_result", signed(act, first), SCREENER, text="演示:已清运")
        assert [exported(number)["answer"] for number in ("GZ1", "GZ2")] == ["演示:已清运"] * 2

    def test_sent_again_it_is_redone_by_itself(self, town: Town, act: Acting) -> None:
        main, _issue = followed(act)
        act("submit_result", main, SCREENER)
        bring(town, order(deadline="2026-03-20 12:00", dispatched="2026-03-10 09:00"))
        issue = issue_of("GZ1")
        assert (issue.state, issue.main, last(issue).verb) == ("assigned", None, "hotline_again")

    def test_the_main_issue_and_its_order_in_one_file(self, town: Town, act: Acting) -> None:
        """Whichever comes first in it."""
        first = brought(town, order("GZ1"), order("GZ2"))
        act("merge", first, SCREENER, main=issue_of("GZ2"))
        batch = bring(town, *(order(number, content=WORDS + "急") for number in ("GZ1", "GZ2")))
        assert (batch.updated, issue_of("GZ1").text) == (2, WORDS + "急")


class TestOut:
    def test_taken_out_it_runs_towards_its_own_deadline(self, town: Town, act: Acting) -> None:
        _main, issue = followed(act)
        issue = act("unmerge", issue, SCREENER)
        assert (issue.state, issue.main, issue.promised_at) == ("assigned", None, UNTIL)
        assert [one.clock for one in of_order(issue)] == ["sign"]
        issue = act("sign", issue, SCREENER)
        assert [(one.clock, one.limit_at) for one in of_order(issue)] == [("submit", UNTIL)]
        act("return_to_hotline", issue, "community_secretary")

    @pytest.mark.parametrize(("verb", "who"), [("reject", SCREENER), ("withdraw", None)])
    def test_what_is_not_ours_leaves_the_order_to_be_returned(
        self, town: Town, act: Acting, verb: str, who: str | None
    ) -> None:
        main = town.report("other", text=WORDS, now=act.now)
        act("merge", brought(town), SCREENER, main=main)
        act(verb, main, who)
        issue = issue_of("GZ1")
        assert (issue.state, issue.main, events(issue)[-1]) == ("assigned", None, "release")
        act("return_to_hotline", issue, "community_secretary")
        assert exported()["outcome"] == "退回热线"

    def test_a_caller_kept_secret_later_stays_where_it_is(self, town: Town, act: Acting) -> None:
        _main, issue = followed(act)
        bring(town, order(secret="是"))
        assert issue_of("GZ1").state == "merged" and Reporter.objects.get(issue=issue).is_secret
