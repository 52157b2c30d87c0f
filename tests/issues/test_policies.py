"""The rules of a district as one value: what is shipped, what a district or street overlays. No database."""

from datetime import date

import pytest
from django.utils import translation

from calendars.worktime import Span, hours, minutes, working_days, working_hours
from grids.policies import WrongValue
from issues import decisions, ladder, limits, whistles
from issues.hotline.columns import MEANINGS, USUAL
from issues.policies import KINDS, SHIPPED, DistrictRules, rules_from, times
from issues.policies.matters import DUTY_LIST, sample_duty_list

KIND = {kind.key: kind for kind in KINDS}
ITEM = {"group": "组", "name": "项", "state": "admitted"}


def rules(**values: dict) -> DistrictRules:
    """A district that has set these; each value passes its kind, as it does in set_policy."""
    return rules_from({key: (7, KIND[key].clean(value)) for key, value in values.items()})


class TestShipped:
    def test_limits_are_those_of_the_table(self) -> None:
        for place, row in (limits.BY_LEVEL | limits.BY_BODY).items():
            assert SHIPPED.limits_for(place, danger=False) == row
            assert SHIPPED.limits_for(place, danger=True) == limits.DANGER
        assert SHIPPED.rating_window == limits.RATING_WINDOW
        assert SHIPPED.return_within == limits.RETURN_WITHIN

    def test_whistles_and_who_is_called(self) -> None:
        for kind in whistles.KINDS:
            assert SHIPPED.whistle(kind.key) == kind
        for level, kinds in whistles.CALLABLE.items():
            for kind, callees in kinds.items():
                assert SHIPPED.callable_by(level, kind) == callees
        assert SHIPPED.reviewed == {("grid", "tough"), ("community", "tough")}

    def test_ladder_and_decisions(self) -> None:
        assert SHIPPED.ladder == ladder.SHIPPED
        for kind in decisions.KINDS:
            assert SHIPPED.decision_span(kind.key) == kind.within

    def test_the_sample_list_has_the_counts_of_the_source(self) -> None:
        """13 categories, 42 items (S4:9); ours are a sample and refuse nothing until a district takes it on."""
        sample = sample_duty_list()
        assert len(sample) == 42
        assert len({row["group"] for row in sample.values()}) == 13
        assert all(row["group_en"] and row["name_en"] for row in sample.values())
        assert DUTY_LIST.is_sample
        assert SHIPPED.is_grids_duty("anything", date(2026, 3, 10))

    def test_utilities_are_put_right_within_a_day(self) -> None:
        assert SHIPPED.limits_for("street", danger=False, category="supply_heat").submit == hours(24)
        assert SHIPPED.limits_for("street", danger=False, category="road_light").submit == working_days(7)

    def test_one_result_in_twenty_is_checked_by_sample(self) -> None:
        assert SHIPPED.sample_percent == 5


class TestOwn:
    def test_limits(self) -> None:
        own = rules(limits={"grid": {"submit": [5, "hours"]}, "danger": {"answer": [2, "minutes"]}})
        assert own.limits_for("grid", danger=False) == limits.Limits(working_hours(2), hours(5))
        assert own.limits_for("grid", danger=True) == limits.Limits(minutes(2), hours(2))
        assert own.limits_for("street", danger=False) == limits.BY_LEVEL["street"]
        assert own.versions == {"limits": 7}

    def test_a_categorys_own_times_go_before_the_levels_and_danger_before_all(self) -> None:
        own = rules(categories={"noise": {"answer": [1, "working_hours"]}})
        assert own.limits_for("street", danger=False, category="noise") == limits.Limits(
            working_hours(1), working_days(7)
        )
        assert own.limits_for("street", danger=True, category="noise") == limits.DANGER

    def test_whistle(self) -> None:
        own = rules(whistle_times={"quick": {"acknowledge": [30, "minutes"], "most": 3}})
        assert own.whistle("quick").acknowledge == minutes(30)
        assert own.whistle("quick").most == 3
        assert own.whistle("quick").done == whistles.BY_KEY["quick"].done
        assert own.whistle("tough") == whistles.BY_KEY["tough"]
        with pytest.raises(KeyError):
            own.whistle("loud")

    def test_who_is_called(self) -> None:
        own = rules(callable={"grid:quick": {"department": True, "community": False}})
        assert "department" in own.callable_by("grid", "quick")
        assert "community" not in own.callable_by("grid", "quick")
        assert own.callable_by("grid", "tough") == SHIPPED.callable_by("grid", "tough")
        assert own.callable_by("grid", "emergency") == whistles.ANYBODY

    def test_review(self) -> None:
        own = rules(whistle_review={"grid": {"tough": False}, "community": {"quick": True}})
        assert not own.needs_review("grid", "tough")
        assert own.needs_review("community", "quick")
        assert own.needs_review("community", "tough")
        assert not own.needs_review("grid", "emergency")

    def test_ladder(self) -> None:
        own = rules(
            ladder={"all": {"grace_percent": 100, "chase_again": [3, "working_hours"]}},
            rungs={"remind": {"on": False}},
        ).ladder
        assert not own.reminds(hours_left(9))
        assert SHIPPED.ladder.reminds(hours_left(9))
        assert own.grace(working_hours(4)) == working_hours(4)
        after = ladder.next_after("chase", "submit", working_days(1), danger=False, top=False, ladder=own)
        assert after == ladder.Next("chase", working_hours(3))
        after = ladder.next_after(
            "call_deputy", "sign", working_hours(4), danger=False, top=False, ladder=own
        )
        assert after == ladder.Next("climb", working_hours(4))

    def test_rungs_that_are_off_give_way_to_the_next(self) -> None:
        own = rules(rungs={"call_deputy": {"on": False}, "call_next": {"on": False}}).ladder
        due = ladder.rung_when_due
        assert due("sign", danger=False, top=False, ladder=own) == "climb"
        assert due("sign", danger=False, top=True, ladder=own) == "board"
        assert due("submit", danger=False, top=False, ladder=own) == "chase"
        assert due("acknowledge", danger=True, top=False, roster=True, ladder=own) == "climb"
        after = ladder.next_after("remind", "sign", working_hours(4), danger=False, top=False, ladder=own)
        assert after == ladder.Next("climb", None)

    def test_who_hears_of_a_rung(self) -> None:
        own = rules(rungs={"chase": {"audience": ["board", "owner"]}}).ladder
        assert own.told_of("chase") == ("owner", "board")
        for rung in ladder.RUNGS:
            assert SHIPPED.ladder.told_of(rung.key) == rung.audience

    @pytest.mark.parametrize("key", [rung.key for rung in ladder.RUNGS if rung.audience])
    def test_a_rung_that_an_open_matter_needs_stays(self, key) -> None:
        rung = ladder.BY_KEY[key]
        kind = times.RUNGS
        if rung.optional:
            assert kind.clean({key: {"on": False}}) == {key: {"on": False}}
        else:
            with pytest.raises(WrongValue) as caught:
                kind.clean({key: {"on": False}})
            assert set(caught.value.errors) == {f"{key}.on"}
        assert kind.clean({key: {"audience": list(rung.may_hear)}})
        others = sorted(set(ladder.AUDIENCES) - {rung.audience[0]})
        for audience in (others, [*rung.may_hear, *(set(ladder.AUDIENCES) - set(rung.may_hear))]):
            with pytest.raises(WrongValue) as caught:
                kind.clean({key: {"audience": audience}})
            assert set(caught.value.errors) == {f"{key}.audience"}

    def test_decisions_windows_extension_sampling(self) -> None:
        own = rules(
            decisions={"extension": {"within": [1, "working_hours"]}},
            windows={"rating": {"within": [9, "working_days"]}},
            extension={"all": {"times": 0}},
            sampling={"all": {"percent": 10}},
        )
        assert own.decision_span("extension") == working_hours(1)
        assert own.decision_span("review") == decisions.BY_KEY["review"].within
        assert own.rating_window == working_days(9)
        assert (own.extension.times, own.extension.longest) == (0, Span(15, "working_days"))
        assert own.sample_percent == 10

    def test_words(self) -> None:
        own = rules(
            rating_reasons={"late": {"about": "answered", "name": "太晚", "name_en": "Late"}},
            reply_templates={"a": {"outcome": "solved", "name": "模板", "text": "已办"}},
        )
        assert [(one.key, one.about, one.name_en) for one in own.rating_reasons] == [
            ("late", "answered", "Late")
        ]
        assert [one.text for one in own.reply_templates] == ["已办"]
        assert {one.about for one in SHIPPED.rating_reasons} == {"answered", "solved", "satisfied"}


def hours_left(count: int):
    from datetime import timedelta

    return timedelta(hours=count)


class TestCategories:
    def test_a_street_overlays_its_district_cell_by_cell(self) -> None:
        district = KIND["categories"].clean(
            {"noise": {"responsible": "street", "photo": "required", "check": "yes", "active": "no"}}
        )
        street = KIND["categories"].clean(
            {"noise": {"responsible": "grid", "photo": "none", "active": "yes"}}
        )
        found = rules_from({"categories": (3, district)}, {11: (4, street)})
        assert found.category("noise").version == 3
        assert found.category("noise", 99) == found.category("noise")
        assert found.photo_for("noise") == "required"
        assert not found.category("noise").active
        here = found.category("noise", 11)
        assert (here.responsible, here.version, here.check, here.active) == ("grid", 4, True, True)
        assert found.photo_for("noise", 11) == ""
        assert found.check_for("noise", 11)
        assert not found.check_for("road")

    def test_a_new_addressee_takes_the_old_body_along(self) -> None:
        district = KIND["categories"].clean({"heat": {"responsible": "body", "body": "heat-1"}})
        street = KIND["categories"].clean({"heat": {"responsible": "street"}})
        found = rules_from({"categories": (3, district)}, {11: (4, street)})
        assert (found.category("heat").body, found.category("heat", 11).body) == ("heat-1", "")

    @pytest.mark.parametrize(
        "row", [{"responsible": "body"}, {"body": "x"}, {"responsible": "grid", "body": "x"}]
    )
    def test_a_body_is_named_where_one_is_responsible(self, row) -> None:
        with pytest.raises(WrongValue) as caught:
            KIND["categories"].clean({"noise": row})
        assert set(caught.value.errors) == {"noise.body"}


class TestDutyList:
    def test_what_it_says(self) -> None:
        own = rules(
            duty_list={
                "yes": ITEM | {"categories": ["litter"]},
                "no": ITEM | {"state": "banned", "categories": ["road"]},
                "now": ITEM | {"state": "temporary", "until": "2026-03-10", "categories": ["noise"]},
            }
        )
        today = date(2026, 3, 10)
        assert own.duty_item("litter").key == "yes"
        assert own.is_grids_duty("litter", today)
        assert not own.is_grids_duty("road", today)
        assert own.is_grids_duty("noise", today)
        assert not own.is_grids_duty("noise", date(2026, 3, 11))
        assert own.duty_item("permit") is None
        assert not own.is_grids_duty("permit", today)

    def test_an_empty_list_refuses_nothing(self) -> None:
        assert rules(duty_list={}).is_grids_duty("road", date(2026, 3, 10))

    @pytest.mark.parametrize(
        ("value", "where"),
        [
            ({"a": ITEM | {"state": "temporary"}}, "a.until"),
            ({"a": ITEM | {"until": "2026-03-10"}}, "a.until"),
            ({"a": ITEM | {"categories": ["x"]}, "b": ITEM | {"categories": ["x"]}}, "b.categories"),
            ({"a": {"group": "组", "state": "admitted"}}, "a.name"),
        ],
    )
    def test_what_makes_no_sense_is_named(self, value, where) -> None:
        with pytest.raises(WrongValue) as caught:
            DUTY_LIST.clean(value)
        assert set(caught.value.errors) == {where}


def test_clocks_of_a_whistle_end_in_their_order() -> None:
    with pytest.raises(WrongValue) as caught:
        KIND["whistle_times"].clean({"emergency": {"arrive": [2, "minutes"]}})
    assert set(caught.value.errors) == {"emergency.arrive"}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.key)
def test_every_kind_is_complete(kind) -> None:
    assert str(kind.label)
    assert str(kind.help)
    assert kind.at <= {"district", "street"}
    assert kind.rows is None or set(kind.default) <= {key for key, _label in kind.rows}
    assert all(str(column.label) for column in kind.columns)
    assert kind.over(kind.clean(kind.default)) == kind.over(kind.default)


class TestHotlineColumns:
    def headings(self, **changes: str | None) -> dict[str, dict[str, str]]:
        """The shipped ones with some changed, or left out."""
        wanted = USUAL | changes
        return {meaning: {"heading": heading} for meaning, heading in wanted.items() if heading}

    def test_shipped_are_the_usual_ones_in_their_order(self) -> None:
        assert SHIPPED.hotline_columns.headers() == list(USUAL.values())

    def test_a_citys_own_replace_them(self) -> None:
        given = self.headings(number="诉求编号", caller="诉求人", tags=None)
        own = rules(hotline_columns=dict(reversed(given.items()))).hotline_columns
        assert (own.header("number"), own.header("caller")) == ("诉求编号", "诉求人")
        assert list(own.headings) == [name for name in MEANINGS if name != "tags"]

    @pytest.mark.parametrize("needed", ["number", "content", "deadline", "outcome", "answer"])
    def test_what_is_needed(self, needed: str) -> None:
        with pytest.raises(WrongValue) as caught:
            KIND["hotline_columns"].clean(self.headings(**{needed: None}))
        assert set(caught.value.errors) == {f"{needed}.heading"}

    def test_one_place_is_enough_but_needed(self) -> None:
        KIND["hotline_columns"].clean(self.headings(district=None, street=None))
        with pytest.raises(WrongValue) as caught:
            KIND["hotline_columns"].clean(self.headings(district=None, street=None, community=None))
        assert set(caught.value.errors) == {"district.heading"}

    @pytest.mark.parametrize("same", ["工单编号", " 工单 编号（必填）*", "工单编号:"])
    def test_no_heading_twice_however_it_is_written(self, same: str) -> None:
        with pytest.raises(WrongValue) as caught, translation.override("en"):
            KIND["hotline_columns"].clean(self.headings(title=same))
        assert set(caught.value.errors) == {"title.heading"}
        assert "Number of the order" in str(caught.value.errors["title.heading"])

    def test_brackets_alone_are_no_heading(self) -> None:
        with pytest.raises(WrongValue) as caught:
            KIND["hotline_columns"].clean(self.headings(title="（标题）", tags="*"))
        assert set(caught.value.errors) == {"title.heading", "tags.heading"}

    def test_no_classification_twice_however_it_is_written(self) -> None:
        def topics(*names: str) -> dict[str, dict[str, str]]:
            return {f"own_{n}": {"name": name, "category": "noise"} for n, name in enumerate(names, start=1)}

        own = rules(hotline_topics=topics("城管 → 噪声", "施工扰民")).hotline_topics
        assert own == {"城管->噪声": "noise", "施工扰民": "noise"} and SHIPPED.hotline_topics == {}
        with pytest.raises(WrongValue) as caught:
            KIND["hotline_topics"].clean(topics("城管->噪声", "城管-＞噪声", "->"))
        assert set(caught.value.errors) == {"own_2.name", "own_3.name"}

    def test_no_other_meanings(self) -> None:
        with pytest.raises(WrongValue):
            KIND["hotline_columns"].clean(self.headings() | {"colour": {"heading": "颜色"}})
