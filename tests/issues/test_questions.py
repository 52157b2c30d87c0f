"""Extra questions of a category: the list itself, the answers, and every face that asks."""

import importlib
import json
from datetime import date, datetime, timedelta

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import translation

from calendars.worktime import SHANGHAI
from grids.actions.policies import set_policy
from issues.actions.categories import BadRows, load_categories, packaged_rows
from issues.actions.report import BadAnswers
from issues.actions.settle import settle_at_once
from issues.category_rows import check_rows
from issues.forms import ResidentReportForm, StaffReportForm
from issues.models import Category, Issue
from issues.questions import WrongAnswers, check_questions, clean_answers, questions_of
from tests.faces import hidden, signed_in, stop_clock, visitor
from tests.issues.acting import events
from tests.issues.invariants import check_invariants
from trail.refusals import Refused

TRAPPED = {"key": "trapped", "label": "有人被困吗?", "label_en": "Trapped?", "type": "bool", "required": True}
FLOOR = {"key": "floor", "label": "几楼", "label_en": "Floor", "type": "line"}
EXTENT = {
    "key": "extent",
    "label": "范围",
    "label_en": "Extent",
    "type": "choice",
    "choices": [
        {"key": "home", "label": "一户", "label_en": "one home"},
        {"key": "all", "label": "整栋", "label_en": "all"},
    ],
}
ASKED = [TRAPPED, FLOOR, EXTENT]
STORY = {"key": "story", "label": "经过", "label_en": "Story", "type": "text"}
DEGREES = {"key": "degrees", "label": "温度", "label_en": "Degrees", "type": "number"}
SINCE = {"key": "since", "label": "从哪天起", "label_en": "Since", "type": "date"}
PARTS = EXTENT | {"key": "parts", "label": "部位", "label_en": "Parts", "type": "several"}
MORE = [STORY, DEGREES, SINCE, PARTS]
DANGEROUS = [TRAPPED | {"danger": [True]}, EXTENT | {"danger": ["all"]}, PARTS | {"danger": ["all"]}]


class TestList:
    def test_a_good_one(self) -> None:
        assert check_questions(ASKED) is None
        assert check_questions([]) is None
        assert check_questions(MORE) is None
        assert check_questions(DANGEROUS) is None
        assert [one.key for one in questions_of(ASKED)] == ["trapped", "floor", "extent"]

    @pytest.mark.parametrize(
        "wrong",
        [
            "text",
            {},
            [TRAPPED] * 2,
            [FLOOR | {"key": f"k{number}"} for number in range(9)],
            ["text"],
            [TRAPPED | {"colour": "red"}],
            [TRAPPED | {"key": "No"}],
            [TRAPPED | {"key": 3}],
            [TRAPPED | {"label_en": " "}],
            [TRAPPED | {"type": "essay"}],
            [TRAPPED | {"required": "yes"}],
            [EXTENT | {"choices": []}],
            [PARTS | {"choices": []}],
            [DEGREES | {"choices": EXTENT["choices"]}],
            [FLOOR | {"choices": EXTENT["choices"]}],
            [EXTENT | {"choices": "ab"}],
            [EXTENT | {"choices": [{"key": "home"}]}],
            *([TRAPPED | {"danger": danger}] for danger in (True, ["yes"], [1], [[True]])),
            *([EXTENT | {"danger": danger}] for danger in (["street"], [True], "all")),
            [FLOOR | {"danger": ["3"]}],
        ],
    )
    def test_a_wrong_one_is_told(self, wrong) -> None:
        assert str(check_questions(wrong))


class TestAnswers:
    def test_kept_without_empty_ones(self) -> None:
        given = {"trapped": False, "floor": " 3楼 ", "extent": ""}
        assert clean_answers(questions_of(ASKED), given) == {"trapped": False, "floor": "3楼"}

    @pytest.mark.parametrize(
        ("given", "where"),
        [
            ({}, "trapped"),
            ({"trapped": None}, "trapped"),
            ({"trapped": "yes"}, "trapped"),
            ({"trapped": True, "extent": "street"}, "extent"),
            ({"trapped": True, "extent": ["home"]}, "extent"),
            ({"trapped": True, "floor": "x" * 201}, "floor"),
            ({"trapped": True, "floor": "a\x00b"}, "floor"),
            ({"trapped": True, "floor": 3}, "floor"),
            ({"trapped": True, "weather": "wet"}, "weather"),
        ],
    )
    def test_each_wrong_one_is_named(self, given, where) -> None:
        with pytest.raises(WrongAnswers) as caught:
            clean_answers(questions_of(ASKED), given)
        assert set(caught.value.errors) == {where}

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ({"story": "a\r\nb"}, {"story": "a\nb"}),
            ({"degrees": 18}, {"degrees": 18}),
            ({"degrees": " 18.50 "}, {"degrees": 18.5}),
            ({"degrees": "-3"}, {"degrees": -3}),
            ({"degrees": 18.0}, {"degrees": 18}),
            ({"degrees": 0}, {"degrees": 0}),
            ({"since": "2026-03-10"}, {"since": "2026-03-10"}),
            ({"since": date(2026, 3, 10)}, {"since": "2026-03-10"}),
            ({"parts": ["all", "home", "all"]}, {"parts": ["home", "all"]}),
            ({"parts": "all"}, {"parts": ["all"]}),
            ({"parts": [], "degrees": "", "since": None}, {}),
        ],
    )
    def test_each_type_is_kept_in_one_way(self, given, kept) -> None:
        assert clean_answers(questions_of(MORE), given) == kept

    @pytest.mark.parametrize(
        ("key", "answer"),
        [
            *(("story", answer) for answer in ("x" * 1001, "a\x00b", "a\x0bb", 3, ["a"], {})),
            *(
                ("degrees", answer)
                for answer in ("warm", "1e3", "nan", float("nan"), float("inf"), 10**10, True)
            ),
            *(("degrees", answer) for answer in ("٣", "1_0", "0x1", "9" * 400, [1], "1.1234567", "1,5")),
            *(
                ("since", answer)
                for answer in ("10.3.2026", "2026-02-30", "20260310", "2026-W10-1", 20260310)
            ),
            *(("since", answer) for answer in ("9999-01-01", "2026-03-10T00:00:00Z", ["2026-03-10"])),
            *(("parts", answer) for answer in (["street"], [["home"]], {"home": 1}, [None], 1)),
        ],
    )
    def test_what_is_no_such_thing_is_named(self, key, answer) -> None:
        with pytest.raises(WrongAnswers) as caught:
            clean_answers(questions_of(MORE), {key: answer})
        assert set(caught.value.errors) == {key} and str(caught.value.errors[key])

    def test_they_are_read_as_words(self) -> None:
        *_others, parts = questions_of(MORE)
        with translation.override("en"):
            assert parts.answer_words(["home", "all"], english=True) == "one home, all"


@pytest.fixture
def lift(town) -> Category:
    Category.objects.filter(key="road").update(questions=ASKED)
    town.categories["road"].refresh_from_db()
    return town.categories["road"]


@pytest.fixture
def dangerous(lift) -> Category:
    """Some answers say that it is a danger."""
    Category.objects.filter(pk=lift.pk).update(questions=DANGEROUS)
    lift.refresh_from_db()
    return lift


@pytest.mark.usefixtures("lift")
class TestAction:
    def test_kept_with_the_issue(self, town) -> None:
        issue = town.report("road", answers={"trapped": True, "extent": "all"})
        assert Issue.objects.get(pk=issue.pk).answers == {"trapped": True, "extent": "all"}

    def test_refused_if_they_do_not_fit(self, town) -> None:
        with pytest.raises(BadAnswers) as caught:
            town.report("road", answers={})
        assert set(caught.value.errors) == {"trapped"}
        assert not Issue.objects.exists()

    def test_where_nobody_could_be_asked(self, town) -> None:
        assert town.report("road").answers == {}

    def test_an_answer_says_that_it_is_a_danger(self, town, dangerous) -> None:
        """Friday, 20:00, somebody is trapped: not on Monday."""
        friday = datetime(2026, 3, 13, 20, 0, tzinfo=SHANGHAI)
        issue = town.report("road", answers={"trapped": True}, now=friday)
        assert (issue.is_danger, issue.owner, issue.state) == (True, town.grid, "assigned")
        assert issue.due_at == friday + timedelta(minutes=5)
        assert events(issue) == ["report", "dispatch", "alarm"]
        check_invariants(friday)

    @pytest.mark.parametrize(
        ("answers", "danger"),
        [
            ({"trapped": False}, False),
            ({"trapped": False, "extent": "home"}, False),
            ({"trapped": False, "extent": "all"}, True),
            ({"trapped": False, "parts": ["home"]}, False),
            ({"trapped": False, "parts": ["home", "all"]}, True),
        ],
    )
    def test_only_the_answers_that_are_named(self, town, dangerous, answers, danger) -> None:
        issue = town.report("road", answers=answers)
        assert (issue.is_danger, issue.owner == town.street) == (danger, not danger)

    def test_of_a_complaint_it_calls_nobody_near_them(self, town, dangerous) -> None:
        assert not town.report("road", answers={"trapped": True}, about=town.grid).is_danger

    def test_it_never_waits_for_a_photo_and_is_never_settled_at_once(self, town, dangerous) -> None:
        by = town.people["system_admin"]
        value = {"road": {"photo": "required", "responsible": "grid"}}
        set_policy(town.district, "categories", value, by=by, now=town.now, reason="演示")
        told = {"by": town.people["grid_worker"], "source": "patrol", "answers": {"trapped": True}}
        assert town.report("road", **told).is_danger
        with pytest.raises(Refused) as refused:
            settle_at_once(
                place=town.building,
                category=dangerous,
                text="演示:电梯",
                now=town.now,
                result="演示:放出",
                **told,
            )
        assert refused.value.code == "settle_danger" and Issue.objects.count() == 1

    def test_nobody_takes_it_back_alone_but_the_level_above_does(self, town, act, dangerous) -> None:
        issue = act("sign", town.report("road", answers={"trapped": True}), "grid_worker")
        litter = town.categories["litter"]
        assert act.refused("correct", issue, "grid_worker", category=litter).code == "danger_stays"
        calm = act("all_clear", issue, "community_secretary", category=dangerous)
        assert (calm.is_danger, calm.category) == (False, dangerous)

    def test_read_in_the_readers_language(self, town, lift) -> None:
        answers = {"trapped": True, "extent": "all", "gone": "x"}
        with translation.override("en"):
            assert lift.read(answers, lift.asked) == [("Trapped?", "yes"), ("Extent", "all"), ("gone", "x")]
        with translation.override("zh-hans"):
            assert lift.read({"extent": "all"}, lift.asked) == [("范围", "整栋")]


@pytest.mark.usefixtures("lift")
class TestForms:
    USUAL = {"category": "road", "text": "演示:电梯停了", "source": "patrol", "idempotency_key": "k" * 20}

    @pytest.mark.parametrize("form_class", [ResidentReportForm, StaffReportForm])
    def test_asked_and_taken(self, form_class) -> None:
        answers = {"answer-road-trapped": "no", "answer-road-floor": "3", "answer-road-extent": "home"}
        form = form_class(self.USUAL | answers, {})
        assert form.is_valid(), form.errors
        assert form.arguments()["answers"] == {"trapped": False, "floor": "3", "extent": "home"}
        assert not any(name.startswith("answer-") for name in form.arguments())

    def test_every_type_has_a_field(self) -> None:
        Category.objects.filter(key="road").update(questions=MORE)
        answers = {"story": "a\nb", "degrees": "18.5", "since": "2026-03-10", "parts": ["all", "home"]}
        form = ResidentReportForm(
            self.USUAL | {f"answer-road-{key}": one for key, one in answers.items()}, {}
        )
        assert form.is_valid(), form.errors
        given = form.arguments()["answers"]
        kept = {"story": "a\nb", "degrees": 18.5, "since": "2026-03-10", "parts": ["home", "all"]}
        assert clean_answers(questions_of(MORE), given) == kept
        assert not ResidentReportForm(self.USUAL | {"answer-road-degrees": "warm"}, {}).is_valid()
        shown = str(form["answer-road-since"])
        assert 'type="date"' in shown and "2026-03-10" in shown

    def test_whoever_may_say_that_it_is_a_danger_reads_to_call_first(self, town, client) -> None:
        address = reverse("issues:report_at", args=[town.building.code])
        page = client.get(address).content.decode()
        Category.objects.filter(key="road").update(questions=DANGEROUS[:1])
        assert client.get(address).content.decode().count("tel:119") == page.count("tel:119") + 1

    def test_a_danger_is_sent_without_a_question_about_likeness(self, town, client, monkeypatch) -> None:
        Category.objects.filter(key="road").update(questions=DANGEROUS[:1])
        stop_clock(monkeypatch, town.now)
        address = reverse("issues:report_at", args=[town.building.code])
        for trapped, state in (("no", 302), ("no", 200), ("yes", 302)):
            form = client.get(address).context["form"]
            told = {"category": "road", "text": "演示:电梯停了", "answer-road-trapped": trapped}
            response = client.post(address, hidden(form) | told)
            assert response.status_code == state
        assert b"tel:119" in client.get(response.url).content
        assert [one.is_danger for one in Issue.objects.order_by("pk")] == [False, True]

    def test_what_must_be_answered_says_so_beside_it(self) -> None:
        form = ResidentReportForm(self.USUAL, {})
        assert not form.is_valid()
        assert set(form.errors) == {"answer-road-trapped"}

    def test_of_another_category_nothing_counts(self) -> None:
        form = ResidentReportForm(self.USUAL | {"category": "litter", "answer-road-floor": "3"}, {})
        assert form.is_valid(), form.errors
        assert form.arguments()["answers"] == {}

    def test_the_browser_demands_no_hidden_answer(self) -> None:
        form = ResidentReportForm()
        assert "required" not in str(form["answer-road-floor"])
        assert "required" not in str(form["answer-road-trapped"])
        asked = [
            asked for group in form.tiles() for row, _chosen, asked in group["tiles"] if row.key == "road"
        ]
        assert [field.label for field in asked[0]["fields"]]


@pytest.mark.usefixtures("lift")
class TestFaces:
    def test_a_resident_is_asked_and_it_is_shown(self, town, client, monkeypatch) -> None:
        stop_clock(monkeypatch, town.now)
        address = reverse("issues:report_at", args=[town.building.code])
        guest = visitor()
        page = guest.get(address)
        assert b"Trapped?" in page.content
        sent = hidden(page.context["form"]) | {"category": "road", "text": "演示:电梯停了"}
        refused = guest.post(address, sent)
        assert refused.status_code == 422
        assert refused.context["form"].errors["answer-road-trapped"]
        again = hidden(refused.context["form"]) | {"category": "road", "text": "演示:电梯停了"}
        assert guest.post(address, again | {"answer-road-trapped": "yes"}).status_code == 302
        issue = Issue.objects.get()
        assert issue.answers == {"trapped": True}
        shown = signed_in(town, "street_leader").get(reverse("issues:issue", args=[issue.code]))
        assert b"Trapped?" in shown.content


class TestLoading:
    ROW = {
        "key": "lift", "parent": "", "name": "电梯", "name_en": "Lift", "hint": "", "hint_en": "",
        "kind": "help", "handled_at": "grid", "is_danger": "", "for_residents": "yes",
    }  # fmt: skip

    def test_from_the_column(self, town) -> None:
        rows = [self.ROW | {"questions": json.dumps(ASKED, ensure_ascii=False)}]
        assert load_categories(rows, by=None, now=town.now).added == 1
        assert load_categories(rows, by=None, now=town.now).changed == 0
        assert [one.key for one in Category.objects.get(key="lift").asked] == ["trapped", "floor", "extent"]
        assert load_categories([self.ROW], by=None, now=town.now).changed == 1
        assert Category.objects.get(key="lift").questions == []

    @pytest.mark.parametrize("text", ["no json", '{"key": 1}', '[{"key": "a"}]'])
    def test_a_wrong_cell_is_told(self, text) -> None:
        good, bad = check_rows([self.ROW | {"questions": text}])
        assert not good
        assert len(bad) == 1
        assert str(bad[0].reason)

    def test_nothing_is_loaded_then(self, town) -> None:
        with pytest.raises(BadRows):
            load_categories([self.ROW | {"questions": "["}], by=None, now=town.now)


def test_somebody_trapped_in_a_lift_is_a_danger_in_the_list_that_is_there_already(town) -> None:
    """As it is shipped, and as the migration leaves a list that was loaded before."""
    load_categories(packaged_rows(), by=None, now=town.now)
    kept = Category.objects.get(key="home_lift").questions
    assert kept[0]["danger"] == [True]
    before = [{name: cell for name, cell in kept[0].items() if name != "danger"}]
    Category.objects.filter(key="home_lift").update(questions=before)
    importlib.import_module("issues.migrations.0021_dangerous_answers").mark(apps, None)
    assert Category.objects.get(key="home_lift").questions == kept
