"""The dry run of every kind of policy: what a changed rule would have done to the last 30 days."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from grids.actions.policies import clean_value, set_policy
from grids.holding import holding_of
from grids.policies import KINDS
from issues.models import Category, Deadline, Issue
from issues.policies.asking import own_key
from issues.rehearsal import REPLAYS, rehearse
from tests.builders import Town
from tests.issues.acting import Acting
from tests.issues.sheets import row
from tests.issues.test_hotline import bring
from trail.models import Event

ITEM = {"group": "组", "name": "项", "state": "banned", "categories": ["litter"]}
QUESTION = {"category": "litter", "name": "多久？", "name_en": "How long?", "type": "line"}
TOPICS = {"own_1": {"name": "市容", "category": "noise"}}
OWN = {"name": "单车", "name_en": "Bikes", "kind": "help", "handled_at": "grid", "for_residents": "yes"}


def found(town: Town, key: str, value: dict[str, Any], now: Any = None) -> dict[str, list[tuple[str, str]]]:
    """Finding → (number of the issue, how), as a dispatcher of the district reads it."""
    kind, at = KINDS[key], now or town.now
    cleaned = clean_value(town.district, kind, value)
    assert kind.rehearse is not None
    seen = kind.rehearse(town.district, cleaned, town.people["district_dispatcher"], at)
    assert all(link for one in seen.findings for _text, link, _how in one.rows)
    return {str(one.label): [(text, str(how)) for text, _link, how in one.rows] for one in seen.findings}


@pytest.mark.parametrize("key", [key for key in KINDS if not key.startswith("test_")])
def test_every_kind_is_rehearsed_or_says_why_not(key) -> None:
    kind = KINDS[key]
    assert bool(kind.rehearse) != bool(str(kind.unreplayed))


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def lively(town: Town, act: Acting) -> Issue:
    """A street's matter with a review, a whistle, a request for more time and a result; and one that climbed."""
    town.report("noise")
    issue = act.handling("litter")
    act("ask_extension", issue, "grid_worker")
    shared = act.handling("road", "street_dispatcher")
    act("whistle", shared, "street_dispatcher", kind="tough", bodies=[town.office, town.posted])
    for _rung in range(14):
        act.now = Deadline.objects.open().earliest("due_at").due_at
        act.sweep()
    return shared


# Kind → a value under which something of the above would have been otherwise, and how that is called.
CHANGED: dict[str, tuple[dict[str, Any], set[str]]] = {
    "categories": (
        {"litter": {"responsible": "street", "photo": "required"}, "road": {"active": "no"}},
        {"Grid → Street", "Result due later", "Another photo asked for", "Could not have been chosen"},
    ),
    "questions": ({"own_1": QUESTION}, {"Would have been asked besides"}),
    "limits": ({"grid": {"submit": [1, "hours"]}}, {"Result due earlier"}),
    "duty_list": ({"a": ITEM}, {"Grid → Community"}),
    "whistle_times": (
        {"tough": {"acknowledge": [1, "working_hours"], "most": 1}},
        {"Acknowledging the whistle: due earlier", "Could not have called so many"},
    ),
    "decisions": ({"extension": {"within": [1, "working_days"]}}, {"Decision: due later"}),
    "extension": ({"all": {"times": 0}}, {"More time could not have been asked for so often"}),
    "ladder": (
        {"all": {"remind_percent": 50, "grace_percent": 100}},
        {"Reminder before the deadline: earlier", "Passed to the level above: later"},
    ),
    "rungs": (
        {"call_deputy": {"on": False}, "climb": {"audience": ["board", "owner"]}},
        {
            "Deputy called: would not have come",
            "Passed to the level above: would have heard of it too",
            "Passed to the level above: would not have heard of it any more",
        },
    ),
    "callable": ({"street:tough": {"office": False}}, {"Tough whistle: could not have been called"}),
    "whistle_review": ({"community": {"quick": True}}, set()),
}


@pytest.mark.usefixtures("lively")
class TestEveryKind:
    @pytest.mark.parametrize("key", CHANGED)
    def test_what_would_have_been_otherwise(self, town: Town, act: Acting, key: str) -> None:
        value, expected = CHANGED[key]
        before = list(Issue.objects.order_by("pk").values()), list(Deadline.objects.order_by("pk").values())
        seen = found(town, key, value, act.now)
        assert expected <= set(seen)
        assert before == (
            list(Issue.objects.order_by("pk").values()),
            list(Deadline.objects.order_by("pk").values()),
        )

    @pytest.mark.parametrize("key", REPLAYS)
    def test_the_same_again_would_have_changed_nothing(self, town: Town, act: Acting, key: str) -> None:
        held = holding_of(KINDS[key], town.district, act.now).value
        assert found(town, key, held if KINDS[key].whole and key != "duty_list" else {}, act.now) == {}

    @pytest.mark.parametrize("key", REPLAYS)
    def test_it_asks_the_same_however_many_and_stays_bounded(
        self, town: Town, act: Acting, key: str, monkeypatch
    ) -> None:
        value = CHANGED.get(key, ({},))[0]
        who = town.people["district_dispatcher"]
        counts = []
        for _round in range(2):
            with CaptureQueriesContext(
                connection,
            ) as asked:
                rehearse(key, town.district, value, who, act.now)
            counts.append(len(asked))
            act("sign", town.report("litter", now=act.now), "grid_worker")
            act.handling("road", "street_dispatcher")
        assert counts[0] <= 12
        assert counts[1] <= counts[0] + 1
        monkeypatch.setattr("issues.rehearsal.past.MOST", 1)
        seen = rehearse(key, town.district, value, who, act.now)
        assert (seen.looked_at, seen.complete) == (1, False)


class TestResults:
    def test_checks_and_samples(self, town: Town, act: Acting) -> None:
        set_policy(
            town.district, "sampling", {"all": {"percent": 0}}, by=None, now=town.now, reason="演示:不抽查"
        )
        issue = act("submit_result", act.handling("litter"), "grid_worker")
        assert found(town, "sampling", {"all": {"percent": 100}}) == {
            "Would have been checked on the spot": [(issue.number, "no check → drawn as a sample")]
        }
        assert found(town, "categories", {"litter": {"check": "yes"}}) == {
            "Would have been checked on the spot": [(issue.number, "no check → the category asks for it")]
        }
        Issue.objects.filter(pk=issue.pk).update(redo_count=1)
        assert list(found(town, "checks", {"disputed": {"asked": False}})) == [
            "Would not have been checked on the spot"
        ]

    def test_classifications_of_the_hotline(self, town: Town) -> None:
        town.report("litter")
        bring(town, row(category="城管->演示litter", number="GZ1"), row(category="市容->其他", number="GZ2"))
        [(number, how)] = found(town, "hotline_topics", TOPICS)["Would have come in as another category"]
        assert number == Issue.objects.get(hotline__number="GZ2").number
        assert how.startswith("市容->其他: ") and how.endswith(town.categories["noise"].label)
        set_policy(town.district, "hotline_topics", TOPICS, by=None, now=town.now, reason="演示")
        assert found(town, "hotline_topics", TOPICS) == {}

    def test_the_rating_window(self, town: Town, act: Acting) -> None:
        act("submit_result", act.handling("litter"), "grid_worker")
        assert set(found(town, "windows", {"rating": {"within": [1, "working_days"]}})) == {
            "Rating: due earlier"
        }

    def test_waiting_for_an_answer_and_looking_on_the_spot(self, town: Town, act: Acting) -> None:
        act("ask_info", act.handling("litter"), "grid_worker")
        act("submit_result", act.handling("fire"), "grid_worker")
        shorter = {row: {"within": [2, "hours"]} for row in ("supply", "check", "danger_check")}
        assert set(found(town, "windows", shorter)) == {
            "Information from the reporter: due earlier",
            "Check on the spot: due earlier",
        }
        only = {"check": {"within": [2, "hours"]}}
        assert found(town, "windows", only) == {}

    def test_returns_that_would_have_been_too_late(self, town: Town, act: Acting) -> None:
        issue = town.report("road")
        act("dispatch", act("sign", issue, "street_dispatcher"), "street_dispatcher", unit=town.community)
        act.now += timedelta(hours=5)
        act("return", issue, "community_worker")
        seen = found(town, "windows", {"return": {"within": [1, "hours"]}}, act.now)
        assert [number for number, _how in seen["Would have come too late to be returned"]] == [issue.number]


class TestPowersAndWhistles:
    def test_reviews(self, town: Town, act: Acting) -> None:
        issue = act.handling("noise", "community_worker")
        act("whistle", issue, "community_worker", kind="quick", bodies=[town.office])
        assert found(town, "whistle_review", {"community": {"quick": True}}) == {
            "Would have waited for the street's review": [(issue.number, "Community · Quick whistle")]
        }

    def test_powers(self, town: Town, act: Acting) -> None:
        issue = act.handling("road", "street_dispatcher")
        act("dispatch", issue, "street_dispatcher", body=town.posted)
        assert found(town, "powers", {"command": {"granted": False}}) == {
            "Could not have been given to those posted there": [(issue.number, town.posted.name)]
        }
        assert found(town, "powers", {"planning": {"granted": True}}) == {}

    def test_a_category_that_ends(self, town: Town) -> None:
        set_policy(town.district, "own_categories", {"own_1": OWN}, by=None, now=town.now, reason="演示:增设")
        town.categories["bikes"] = Category.objects.get(key=own_key(town.district.pk, "own_1"))
        issue = town.report("bikes")
        seen = found(town, "own_categories", {})
        assert [number for number, _how in seen["Could not have been chosen"]] == [issue.number]


def test_complaints_are_never_told_of(town: Town, act: Acting) -> None:
    issue = act.handling("litter")
    Issue.objects.filter(pk=issue.pk).update(about_unit=town.grid)
    assert Event.objects.about("issue", issue.pk).exists()
    assert found(town, "limits", {"grid": {"submit": [1, "hours"]}}) == {}
