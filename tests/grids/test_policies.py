"""Kinds of policies: what a value may be (without a database), and setting one (with)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from grids import policies
from grids.actions.policies import BadValue, set_policy, withdraw_policy
from grids.models import Policy
from grids.policies import Column, PolicyKind, WrongValue, clean_cell, differences
from trail.models import Event
from trail.refusals import NotAllowed, Refused, Stale

SPAN = Column("within", "within", "span")
TABLE = PolicyKind(
    "test_times",
    "Times",
    "",
    (SPAN, Column("on", "on", "flag"), Column("note", "note", "line", most=10, required=False)),
    {"a": {"within": [2, "hours"], "on": True}, "b": {"within": [1, "working_days"], "on": False}},
    rows=(("a", "A"), ("b", "B")),
    rule=lambda value: {"b.within": "too long"} if value["b"]["within"] == [9, "hours"] else {},
)
WORDS = PolicyKind(
    "test_words",
    "Words",
    "",
    (Column("name", "name", "line"),),
    {"x": {"name": "X"}},
    whole=True,
    at=frozenset({"district", "street"}),
)


@pytest.fixture
def kinds(monkeypatch):
    monkeypatch.setattr(policies, "KINDS", dict(policies.KINDS))
    monkeypatch.setattr("grids.actions.policies.KINDS", policies.KINDS)
    policies.register(TABLE, WORDS)


class TestValues:
    def test_what_is_left_out_holds_as_shipped(self) -> None:
        cleaned = TABLE.clean({"a": {"within": [3, "hours"], "note": "  "}})
        assert cleaned == {"a": {"within": [3, "hours"]}}
        assert TABLE.over(cleaned) == {
            "a": {"within": [3, "hours"], "on": True},
            "b": {"within": [1, "working_days"], "on": False},
        }

    def test_a_whole_value_replaces_the_shipped_one(self) -> None:
        assert WORDS.over(WORDS.clean({"y": {"name": "Y"}})) == {"y": {"name": "Y"}}
        assert WORDS.over(WORDS.clean({})) == {}

    @pytest.mark.parametrize(
        ("value", "where"),
        [
            ([], ""),
            ({"c": {}}, "c"),
            ({"a": 3}, "a"),
            ({"a": {"colour": "red"}}, "a.colour"),
            ({"a": {"within": 3}}, "a.within"),
            ({"a": {"within": [0, "hours"]}}, "a.within"),
            ({"a": {"within": [True, "hours"]}}, "a.within"),
            ({"a": {"within": [1.5, "hours"]}}, "a.within"),
            ({"a": {"within": [1, "moons"]}}, "a.within"),
            ({"a": {"within": [501, "working_days"]}}, "a.within"),
            ({"a": {"on": "yes"}}, "a.on"),
            ({"a": {"note": "x" * 11}}, "a.note"),
            ({"b": {"within": [9, "hours"]}}, "b.within"),
        ],
    )
    def test_a_wrong_cell_is_named(self, value, where) -> None:
        with pytest.raises(WrongValue) as caught:
            TABLE.clean(value)
        assert list(caught.value.errors) == [where]
        assert str(caught.value.errors[where])

    def test_all_wrong_cells_are_named_at_once(self) -> None:
        with pytest.raises(WrongValue) as caught:
            TABLE.clean({"a": {"within": [0, "hours"], "on": 1}, "b": {"on": 0}})
        assert set(caught.value.errors) == {"a.within", "a.on", "b.on"}

    def test_a_whole_value_lacks_nothing(self) -> None:
        with pytest.raises(WrongValue) as caught:
            WORDS.clean({"y": {"name": " "}})
        assert set(caught.value.errors) == {"y.name"}

    @pytest.mark.parametrize(
        ("column", "given", "kept"),
        [
            (Column("n", "", "number", least=0, most=5), 0, 0),
            (Column("n", "", "percent", least=0, most=100), 100, 100),
            (Column("c", "", "choice", (("a", "A"),)), "a", "a"),
            (Column("d", "", "date"), "2026-12-31", "2026-12-31"),
            (Column("k", "", "keys"), ["b", "a", "b"], ["a", "b"]),
            (Column("k", "", "keys"), [], None),
            (SPAN, (2, "hours"), [2, "hours"]),
        ],
    )
    def test_cells(self, column, given, kept) -> None:
        assert clean_cell(column, given) == kept

    @pytest.mark.parametrize(
        ("column", "given"),
        [
            (Column("n", "", "number", least=0, most=5), 6),
            (Column("c", "", "choice", (("a", "A"),)), "b"),
            (Column("d", "", "date"), "2026-02-30"),
            (Column("d", "", "date"), 20260230),
            (Column("k", "", "keys", (("a", "A"),)), ["b"]),
            (Column("k", "", "keys"), "abc"),
            (Column("k", "", "keys"), [3]),
            (Column("t", "", "text", most=3), ["a"]),
        ],
    )
    def test_cells_that_are_wrong(self, column, given) -> None:
        with pytest.raises(ValueError, match=r".+"):
            clean_cell(column, given)

    def test_differences_name_every_cell(self) -> None:
        found = differences({"a": {"x": 1, "y": 2}, "b": {"x": 1}}, {"a": {"x": 1, "y": 3}, "c": {"x": 5}})
        assert [(one.row, one.column, one.before, one.after) for one in found] == [
            ("a", "y", 2, 3),
            ("b", "x", 1, None),
            ("c", "x", None, 5),
        ]

    def test_every_kind_takes_its_own_default(self) -> None:
        assert policies.KINDS
        for kind in policies.KINDS.values():
            assert kind.over(kind.clean(kind.default)) == kind.over(kind.default)
            assert str(kind.label)
            assert str(kind.help)


@pytest.fixture
def admin(town, person, now):
    from grids.actions.posts import appoint

    appoint(
        person("policy_admin"), role="system_admin", unit=town.district, by=None, now=now - timedelta(days=9)
    )
    return person("policy_admin")


@pytest.mark.usefixtures("kinds")
class TestSetting:
    def test_a_change_is_a_new_version(self, town, admin, now) -> None:
        heard = []
        policies.when_changed(lambda: heard.append(1))
        first = set_policy(
            town.district, TABLE.key, {"a": {"on": False}}, by=admin, now=now, reason="演示:试行"
        )
        later = now + timedelta(days=1)
        second = set_policy(
            town.district, TABLE.key, {}, by=admin, now=now, effective_from=later, reason="演示:撤回"
        )
        assert heard
        assert Policy.objects.in_force(town.district, now).get() == first
        assert Policy.objects.in_force(town.district, later).get() == second
        assert not Policy.objects.in_force(town.district, now - timedelta(seconds=1)).exists()
        assert list(Policy.objects.history(town.district, TABLE.key)) == [second, first]
        event = Event.objects.about("policy", second.pk).get()
        assert (event.verb, event.actor, event.unit_id) == ("set", admin, town.district.pk)
        assert event.data == {
            "key": TABLE.key,
            "policy": second.pk,
            "effective_from": later.isoformat(),
        }

    def test_of_two_that_begin_together_the_later_one_holds(self, town, admin, now) -> None:
        set_policy(town.district, TABLE.key, {}, by=admin, now=now, reason="演示:一")
        second = set_policy(town.district, TABLE.key, {}, by=admin, now=now, reason="演示:二")
        assert Policy.objects.in_district(town.district.pk, now).get() == second

    def test_districts_and_streets_stand_side_by_side(self, town, admin, now) -> None:
        set_policy(town.district, WORDS.key, {"y": {"name": "Y"}}, by=admin, now=now, reason="演示:区")
        set_policy(town.a, WORDS.key, {"z": {"name": "Z"}}, by=admin, now=now, reason="演示:街道")
        found = {row.unit_id: row.value for row in Policy.objects.in_district(town.district.pk, now)}
        assert found == {town.district.pk: {"y": {"name": "Y"}}, town.a.pk: {"z": {"name": "Z"}}}

    def test_what_has_not_begun_may_be_withdrawn(self, town, admin, now) -> None:
        later = now + timedelta(days=1)
        policy = set_policy(
            town.district, TABLE.key, {}, by=admin, now=now, effective_from=later, reason="演示:误设"
        )
        assert Policy.objects.to_come(now).get() == policy
        withdraw_policy(policy, by=admin, now=now)
        assert not Policy.objects.in_force(town.district, later).exists()
        assert [event.verb for event in Event.objects.about("policy", policy.pk)] == ["set", "withdraw"]
        with pytest.raises(Refused) as caught:
            withdraw_policy(policy, by=admin, now=now)
        assert caught.value.code == "withdrawn"

    def test_what_holds_may_not(self, town, admin, now) -> None:
        policy = set_policy(town.district, TABLE.key, {}, by=admin, now=now, reason="演示:已生效")
        with pytest.raises(Refused) as caught:
            withdraw_policy(policy, by=admin, now=now)
        assert caught.value.code == "begun"

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"key": "nothing"}, "policy"),
            ({"reason": " "}, "reason"),
            ({"reason": "长" * 301}, "reason"),
            ({"effective_from": -1}, "backdated"),
            ({"value": {"a": {"on": 3}}}, "value"),
        ],
    )
    def test_refused(self, town, admin, now, given, code) -> None:
        usual = {"key": TABLE.key, "value": {}, "reason": "演示:试行"} | given
        if "effective_from" in given:
            usual["effective_from"] = now - timedelta(seconds=1)
        key, value = usual.pop("key"), usual.pop("value")
        with pytest.raises(Refused) as caught:
            set_policy(town.district, key, value, by=admin, now=now, **usual)
        assert caught.value.code == code
        assert not Policy.objects.exists()

    def test_a_wrong_value_names_its_cells(self, town, admin, now) -> None:
        with pytest.raises(BadValue) as caught:
            set_policy(
                town.district, TABLE.key, {"b": {"within": [0, "hours"]}}, by=admin, now=now, reason="演示"
            )
        assert set(caught.value.errors) == {"b.within"}

    def test_not_at_this_level(self, town, admin, now) -> None:
        for key, unit in ((TABLE.key, town.a), (WORDS.key, town.x)):
            with pytest.raises(Refused) as caught:
                set_policy(unit, key, {}, by=admin, now=now, reason="演示")
            assert caught.value.code == "level"

    def test_somebody_was_faster(self, town, admin, now) -> None:
        first = set_policy(town.district, TABLE.key, {}, by=admin, now=now, reason="演示:一", seen=0)
        with pytest.raises(Stale):
            set_policy(town.district, TABLE.key, {}, by=admin, now=now, reason="演示:二", seen=0)
        set_policy(town.district, TABLE.key, {}, by=admin, now=now, reason="演示:三", seen=first.pk)
        assert Policy.objects.count() == 2

    def test_only_for_those_whose_post_says_so(self, town, person, now) -> None:
        from grids.actions.posts import appoint

        appoint(person("leader"), role="street_leader", unit=town.a, by=None, now=now - timedelta(days=9))
        set_policy(town.a, WORDS.key, {}, by=person("leader"), now=now, reason="演示:本街道")
        for unit in (town.b, town.district):
            with pytest.raises(NotAllowed):
                set_policy(unit, WORDS.key, {}, by=person("leader"), now=now, reason="演示:越权")
        with pytest.raises(NotAllowed):
            set_policy(town.a, WORDS.key, {}, by=person("nobody"), now=now, reason="演示:越权")

    def test_the_database_keeps_time_in_order(self, town, admin, now) -> None:
        policy = set_policy(town.district, TABLE.key, {}, by=admin, now=now, reason="演示:试行")
        for change in (
            {"effective_from": now - timedelta(days=1)},
            {"withdrawn_at": now + timedelta(days=1)},
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                Policy.objects.filter(pk=policy.pk).update(**change)

    def test_seen_by_those_of_the_district_alone(self, town, admin, person, now) -> None:
        from grids.actions.posts import appoint
        from grids.actions.tree import add_unit

        far = add_unit(None, code="990102", name="试二区", by=None, now=now - timedelta(days=9))
        appoint(person("far"), role="system_admin", unit=far, by=None, now=now - timedelta(days=9))
        policy = set_policy(town.district, TABLE.key, {}, by=admin, now=now, reason="演示:试行")
        assert Policy.objects.visible_to(admin, now).get() == policy
        assert not Policy.objects.visible_to(person("far"), now).exists()
