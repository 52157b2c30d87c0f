"""What a template of replies leaves open is filled in before the resident reads it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from grids.actions.bodies import change_body
from grids.actions.policies import set_policy
from issues.actions.settle import settle_at_once
from issues.kinds import REPLY_CHECKS
from issues.models import Decision, Issue
from issues.policies import SHIPPED
from tests.builders import Town
from tests.issues.acting import Acting
from trail.refusals import Refused

TEMPLATE = SHIPPED.reply_templates[0].text
HALF = "您反映的“楼道堆物”，我们于（日期）到现场办理，结果：（结果）。如仍有问题，请联系社区。"
FILLED = "您反映的“楼道堆物”，我们于3月10日到现场办理，结果：已清走（含地下室）。请联系社区（88880000）。"


def templates(town: Town, **texts: str) -> None:
    """The district has these, and no others."""
    value = {key: {"outcome": "solved", "name": key, "text": text} for key, text in texts.items()}
    set_policy(town.district, "reply_templates", value, by=None, now=town.now, reason="演示:试行")


class TestWhatIsRefused:
    def test_each_blank_that_is_left_is_named_in_its_order(self, act: Acting) -> None:
        issue = act.handling()
        with override("en"):
            refused = act.refused("submit_result", issue, "grid_worker", text=HALF)
        assert refused.code == "unfilled"
        assert str(refused) == ("Fill in what the template leaves open, or take it out: （日期）, （结果）.")
        with override("zh-hans"):
            refused = act.refused("submit_result", issue, "grid_worker", text=HALF)
        assert str(refused) == "模板中还有未填写的内容，请填写或删去：（日期）、（结果）。"

    def test_brackets_of_ones_own_are_words_like_others(self, act: Acting) -> None:
        assert act("submit_result", act.handling(), "grid_worker", text=FILLED).outcome == "solved"

    @pytest.mark.parametrize(
        ("verb", "category", "who", "more"),
        [
            ("answer", "litter", "grid_worker", {}),
            ("reject", "other", "community_worker", {}),
            ("note", "litter", "grid_worker", {}),
            ("ask_info", "litter", "grid_worker", {}),
        ],
    )
    def test_of_all_that_is_written_to_the_resident(
        self, town: Town, act: Acting, verb: str, category: str, who: str, more: dict[str, Any]
    ) -> None:
        issue = (
            act("sign", town.report(category), who) if verb in {"note", "ask_info"} else town.report(category)
        )
        assert act.refused(verb, issue, who, text=TEMPLATE, **more).code == "unfilled"

    def test_of_a_review(self, act: Acting) -> None:
        issue = act("submit_result", act.handling(), "grid_worker")
        issue = act("rate", issue, None, answered=True, solved=False, satisfied=False)
        assert act.refused("close", issue, "community_secretary", text=HALF).code == "unfilled"

    def test_of_a_lift_that_the_resident_reads_the_reason_of(self, act: Acting) -> None:
        issue = act.handling()
        told = {"text": HALF, "for_resident": True}
        assert act.refused("lift", issue, "street_leader", **told).code == "unfilled"
        assert act("lift", issue, "street_leader", text=HALF).owner == act.town.street

    def test_not_of_what_staff_write_to_each_other(self, act: Acting) -> None:
        issue = act("note", act.handling(), "grid_worker", text=HALF, internal=True)
        issue = act("submit_result", issue, "grid_worker", text=FILLED, internal_text=HALF)
        assert issue.state == "resolved"

    def test_nor_of_what_the_resident_writes(self, act: Acting) -> None:
        issue = act("ask_info", act.handling(), "grid_worker")
        assert act("supply_info", issue, None, text="演示:（日期）写的是哪天？").asked_at is None

    def test_what_was_settled_at_once(self, town: Town) -> None:
        given = {"place": town.building, "category": town.categories["litter"], "text": "演示:垃圾没有清运"}
        with pytest.raises(Refused) as caught:
            settle_at_once(by=town.people["grid_worker"], now=town.now, result=HALF, **given)
        assert caught.value.code == "unfilled"
        assert not Issue.objects.exists()


class TestWhichOnes:
    """Those of the templates that hold in the district now."""

    def test_its_own(self, town: Town, act: Acting) -> None:
        templates(town, a="已于（办结日）办结。")
        issue = act.handling()
        refused = act.refused("submit_result", issue, "grid_worker", text="已于（办结日）办结。")
        assert "（办结日）" in str(refused)
        # What is shipped holds here no more.
        assert act("submit_result", issue, "grid_worker", text=HALF).state == "resolved"

    def test_none_where_it_has_none(self, town: Town, act: Acting) -> None:
        templates(town)
        assert act("submit_result", act.handling(), "grid_worker", text=TEMPLATE).state == "resolved"

    def test_brackets_of_ascii_may_stay(self, town: Town, act: Acting) -> None:
        templates(town, a="请联系社区(工作日)，（姓名）。")
        assert act("submit_result", act.handling(), "grid_worker", text="请联系社区(工作日)，演示。")


class TestBodies:
    @pytest.fixture
    def permit(self, town: Town, act: Acting) -> Issue:
        issue = act("sign", town.report("permit"), "district_dispatcher")
        issue = act("dispatch", issue, "district_dispatcher", body=town.department)
        return act("sign", issue, "body_officer")

    def test_before_the_head_is_asked(self, town: Town, act: Acting, permit: Issue) -> None:
        change_body(town.department, approves_replies=True, by=None, now=act.now)
        assert act.refused("submit_result", permit, "body_officer", text=HALF).code == "unfilled"
        assert not Decision.objects.exists()

    def test_what_was_asked_already_is_the_heads_to_judge(
        self, town: Town, act: Acting, permit: Issue
    ) -> None:
        """A template that is set meanwhile refuses nobody's grant."""
        change_body(town.department, approves_replies=True, by=None, now=act.now)
        act("submit_result", permit, "body_officer", text="演示:（甲）已办")
        templates(town, a="（甲）")
        assert act("grant", Decision.objects.get(), "body_head").state == "resolved"

    def test_the_page_says_so_beside_the_words(
        self, town: Town, act: Acting, permit: Issue, client: Client
    ) -> None:
        client.force_login(town.people["body_officer"])
        address = reverse("issues:act", args=[permit.code, "submit_result"])
        checks = [word.key for word in REPLY_CHECKS]
        answer = client.post(address, {"outcome": "solved", "text": HALF, "checks": checks})
        assert answer.status_code == 409
        assert "（日期）" in str(answer.context["tried"].form.errors["text"])
        # Nothing that was written is lost.
        assert HALF in answer.content.decode()
