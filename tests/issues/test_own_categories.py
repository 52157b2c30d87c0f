"""What a district adds to the list of categories, and what it asks besides: versioned, and its own alone."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import translation
from rest_framework.test import APIClient

from grids.actions.policies import BadValue, set_policy, withdraw_policy
from grids.holding import holding_of
from grids.models import Policy
from grids.policies import KINDS
from issues.actions.categories import load_categories, packaged_rows
from issues.actions.report import BadAnswers
from issues.districts import questions_of, rules_of
from issues.forms.report import ReportForm
from issues.models import Category, Issue
from issues.policies import asking
from issues.questions import LINE, OF_CHOICES, TYPES
from tests.builders import Town, add_west
from tests.faces import stop_clock
from trail.models import Event
from trail.refusals import Refused

BIKES = {
    "name": "共享单车乱停",
    "name_en": "Shared bicycles",
    "kind": "help",
    "handled_at": "grid",
    "for_residents": "yes",
}
SINCE = {
    "category": "litter",
    "name": "多久了？",
    "name_en": "Since when?",
    "type": "choice",
    "required": "yes",
    "choices": "今天 | today\n一周以上 | over a week | week",
}


def decide(town: Town, key: str, value: dict, **more) -> Policy:
    usual = {"by": town.people["system_admin"], "now": town.now, "reason": "演示:试行"} | more
    return set_policy(town.district, key, value, **usual)


def added(town: Town) -> Category:
    return Category.objects.get(key=asking.own_key(town.district.pk, "own_1"))


@pytest.fixture(autouse=True)
def _now(town, monkeypatch) -> None:
    stop_clock(monkeypatch, town.now)


def test_a_question_may_be_of_any_type(town) -> None:
    """As the table offers them, and as the categories themselves have them."""
    assert [key for key, _label in asking.TYPES] == list(TYPES)
    value = {
        kind: {"category": "litter", "name": kind, "name_en": kind, "type": kind}
        | ({"choices": SINCE["choices"]} if kind in OF_CHOICES else {})
        for kind in TYPES
    }
    decide(town, "questions", value)
    asked = rules_of(town.district.pk, town.now).questions_for("litter", ())
    assert {one.type for one in asked} == set(TYPES)
    assert [one.key for one in asked if one.choices] == [one.key for one in asked if one.type in OF_CHOICES]


class TestOwnCategories:
    def test_it_is_reported_routed_and_offered_like_any_other(self, town) -> None:
        decide(town, "own_categories", {"own_1": BIKES})
        bikes = added(town)
        assert Event.objects.about("category", bikes.pk).get().verb == "add"
        town.categories["bikes"] = bikes
        issue = town.report("bikes")
        assert (issue.owner, issue.category) == (town.grid, bikes)
        form = ReportForm(place=town.building, now=town.now)
        assert bikes.key in form.fields["category"].rows
        assert bikes.key not in ReportForm().fields["category"].rows
        decide(town, "categories", {bikes.key: {"responsible": "street"}})
        assert town.report("bikes").owner == town.street

    def test_elsewhere_it_is_unknown(self, town) -> None:
        decide(town, "own_categories", {"own_1": BIKES})
        bikes = added(town)
        assert not rules_of(0, town.now).offers(bikes.key, bikes.district_id)
        assert bikes.key not in {row.key for row in Category.objects.in_use()}
        assert bikes not in Category.objects.of_district(0)
        assert bikes in Category.objects.visible_to(town.people["grid_worker"], town.now)

    def test_over_rest_one_of_another_district_reads_like_none(self, town) -> None:
        decide(town, "own_categories", {"own_1": BIKES})
        west = add_west(town)
        client = APIClient()
        client.force_authenticate(town.people["west_dispatcher"])
        answers = [
            client.post(
                "/api/v1/issues/",
                {"place": west.code, "category": key, "text": "演示:单车"},
                format="json",
                headers={"Idempotency-Key": key},
            )
            for key in (added(town).key, "nothing")
        ]
        assert [one.status_code for one in answers] == [400, 400]
        assert answers[0].json()["errors"] == answers[1].json()["errors"]

    def test_it_ends_and_what_was_reported_stays(self, town) -> None:
        decide(town, "own_categories", {"own_1": BIKES})
        town.categories["bikes"] = added(town)
        issue = town.report("bikes")
        decide(town, "own_categories", {})
        with pytest.raises(Refused) as refused:
            town.report("bikes")
        assert refused.value.code == "inactive_category"
        assert Issue.objects.get(pk=issue.pk).category.name == "共享单车乱停"

    def test_before_it_holds_it_is_not_offered(self, town) -> None:
        coming = decide(town, "own_categories", {"own_1": BIKES}, effective_from=town.now + timedelta(days=1))
        town.categories["bikes"] = added(town)
        with pytest.raises(Refused):
            town.report("bikes")
        withdraw_policy(coming, by=town.people["system_admin"], now=town.now)
        assert added(town).key not in rules_of(town.district.pk, town.now + timedelta(days=2)).own

    def test_one_that_was_used_keeps_its_name(self, town) -> None:
        decide(town, "own_categories", {"own_1": BIKES})
        decide(town, "own_categories", {"own_1": BIKES | {"name": "单车乱停"}})
        assert added(town).name == "单车乱停"
        town.categories["bikes"] = added(town)
        town.report("bikes")
        decide(town, "own_categories", {"own_1": BIKES | {"name": "单车乱停", "handled_at": "community"}})
        with pytest.raises(BadValue) as wrong:
            decide(town, "own_categories", {"own_1": BIKES})
        assert set(wrong.value.errors) == {"own_1.name"}

    def test_a_name_means_one_thing(self, town) -> None:
        taken = Category.objects.get(key="litter").name
        with pytest.raises(BadValue) as wrong:
            decide(town, "own_categories", {"own_1": BIKES | {"name": taken}})
        assert set(wrong.value.errors) == {"own_1.name"}
        with pytest.raises(BadValue) as wrong:
            decide(town, "own_categories", {"own_1": BIKES, "own_2": BIKES, "o:3": BIKES | {"name": "x"}})
        assert set(wrong.value.errors) == {"own_2.name", "o:3"}
        with pytest.raises(BadValue) as wrong:
            decide(town, "own_categories", {"own_1": BIKES | {"part_of": "litter"}})
        assert set(wrong.value.errors) == {"own_1.part_of"}


class TestQuestions:
    def test_they_are_asked_and_answers_stay_readable(self, town) -> None:
        old = [{"key": "old", "label": "旧问题", "label_en": "Old", "type": LINE, "required": False}]
        Category.objects.filter(key="litter").update(questions=old)
        town.categories["litter"].refresh_from_db()
        decide(town, "questions", {"own_1": SINCE})
        (question,) = rules_of(town.district.pk, town.now).questions_for("litter", ())
        assert [one.label_en for one in question.choices] == ["today", "over a week"]
        assert question.choices[1].key == "week"
        with pytest.raises(BadAnswers):
            town.report("litter", answers={})
        with pytest.raises(BadAnswers):
            town.report("litter", answers={"own_1": "week", "old": "x"})
        issue = town.report("litter", answers={"own_1": "week"})
        form = ReportForm(place=town.building, now=town.now)
        assert "answer-litter-own_1" in form.fields and "answer-litter-old" not in form.fields
        later = town.now + timedelta(days=1)
        decide(town, "questions", {}, now=later)
        issue.category = Category.objects.get(key="litter")
        with translation.override("zh-hans"):
            read = issue.category.read(issue.answers, questions_of(issue, later))
        assert read == [("多久了？", "一周以上")]
        assert rules_of(town.district.pk, later).questions_for("litter", issue.category.asked) == ()

    def test_the_table_begins_with_what_the_categories_ask(self, town) -> None:
        old = [{"key": "old", "label": "旧问题", "label_en": "Old", "type": LINE, "required": True}]
        Category.objects.filter(key="litter").update(questions=old)
        held = holding_of(KINDS["questions"], town.district, town.now)
        assert held.own is None and list(held.value) == ["litter:old"]
        kept = KINDS["questions"].clean(held.value)
        assert kept["litter:old"]["required"] == "yes"
        decide(town, "questions", kept)
        (question,) = rules_of(town.district.pk, town.now).questions_for("litter", ())
        assert (question.key, question.required) == ("old", True)

    def test_an_answer_may_be_a_danger(self, town) -> None:
        """By its words in either language or its key; yes and no as they are said."""
        stuck = {"category": "litter", "name": "有人受伤？", "name_en": "Hurt?", "type": "bool", "order": 1}
        trapped = SINCE | {"danger": "over a week\n今天"}
        decide(town, "questions", {"own_1": trapped, "own_2": stuck | {"danger": "是"}})
        hurt, since = rules_of(town.district.pk, town.now).questions_for("litter", ())
        assert hurt.danger == (True,)
        assert set(since.danger) == {one.key for one in since.choices}
        safe = {"own_1": SINCE | {"required": "no"}, "own_2": stuck}
        assert town.report("litter", answers={"own_1": "week", "own_2": False}).is_danger
        decide(town, "questions", safe)
        assert not town.report("litter", answers={"own_1": "week", "own_2": True}).is_danger

    def test_the_same_question_stays_a_danger_where_nothing_is_said_of_it(self, town) -> None:
        """A district that had set its questions before answers could be one."""
        old = {"key": "old", "label": "旧问题", "label_en": "Old", "type": "bool", "danger": [True]}
        Category.objects.filter(key="litter").update(questions=[old])
        town.categories["litter"].refresh_from_db()
        kept = KINDS["questions"].clean(holding_of(KINDS["questions"], town.district, town.now).value)
        assert kept["litter:old"].pop("danger") == "yes"
        decide(town, "questions", kept)
        assert town.report("litter", answers={"old": True}).is_danger
        decide(town, "questions", {"litter:old": kept["litter:old"] | {"danger": "no"}})
        assert not town.report("litter", answers={"old": True}).is_danger

    @pytest.mark.parametrize(
        ("change", "where"),
        [
            ({"category": "nothing"}, "own_1.category"),
            ({"danger": "昨天"}, "own_1.danger"),
            ({"type": "line", "choices": "", "danger": "yes"}, "own_1.danger"),
            ({"choices": ""}, "own_1.choices"),
            ({"choices": "只有中文"}, "own_1.choices"),
            ({"type": "bool"}, "own_1.choices"),
            ({"name": "问" * 121}, "own_1.name"),
        ],
    )
    def test_a_question_that_nobody_can_answer_is_refused(self, town, change, where) -> None:
        with pytest.raises(BadValue) as wrong:
            decide(town, "questions", {"own_1": SINCE | change})
        assert where in wrong.value.errors

    def test_over_rest_too(self, town) -> None:
        decide(town, "questions", {"own_1": SINCE})
        client = APIClient()
        client.force_authenticate(town.people["grid_worker"])
        rows = client.get("/api/v1/categories/").json()["results"]
        litter = next(row for row in rows if row["key"] == "litter")
        assert [one["key"] for one in litter["questions"]] == ["own_1"]


class TestHints:
    """What belongs to a category, in the reader's language; in the other, marked as such, where there is only that."""

    def tiles(self, town: Town, language: str) -> list[tuple[str, str]]:
        """(language that is named, hint) of the tiles that a resident sees."""
        client = Client(headers={"accept-language": language})
        text = client.get(f"/r/at/{town.grid.code}/report/").content.decode()
        return re.findall(r'</strong><small(?: lang="([^"]+)")?>([^<]*)</small>', text)

    @pytest.mark.parametrize(
        ("hints", "chinese", "english"),
        [
            ({"hint": "挡道的单车", "hint_en": "In the way"}, ("", "挡道的单车"), ("", "In the way")),
            ({"hint": "挡道的单车"}, ("", "挡道的单车"), ("zh-Hans", "挡道的单车")),
            ({"hint_en": "In the way"}, ("en", "In the way"), ("", "In the way")),
            ({}, None, None),
        ],
    )
    def test_on_the_tiles_of_residents(self, town, hints, chinese, english) -> None:
        decide(town, "own_categories", {"own_1": BIKES | hints})
        for language, wanted in (("zh-hans", chinese), ("en", english)):
            assert self.tiles(town, language) == ([wanted] if wanted else [])

    def test_all_that_is_shipped_speaks_both(self, town) -> None:
        load_categories(packaged_rows(), by=None, now=town.now)
        english, chinese = self.tiles(town, "en"), self.tiles(town, "zh-hans")
        assert ("", "Call 119 first") in english and ("", "先拨打119") in chinese
        assert len(english) == len(chinese) > 30
        assert all(not named and hint.isascii() for named, hint in english)
        assert all(not named and not hint.isascii() for named, hint in chinese)

    @pytest.mark.parametrize(("language", "advice"), [("en", "In the way"), ("zh-hans", "挡道的单车")])
    def test_over_rest(self, town, language, advice) -> None:
        decide(town, "own_categories", {"own_1": BIKES | {"hint": "挡道的单车", "hint_en": "In the way"}})
        client = APIClient(headers={"accept-language": language})
        client.force_authenticate(town.people["grid_worker"])
        rows = client.get("/api/v1/categories/").json()["results"]
        (row,) = [one for one in rows if one["key"] == added(town).key]
        assert (row["advice"], row["hint"], row["hint_en"]) == (advice, "挡道的单车", "In the way")
