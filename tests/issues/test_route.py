"""Moving an issue to whoever shall have it: screen, dispatch, hand up, reject."""

from datetime import timedelta

import pytest

from grids.actions.bodies import close_body
from grids.actions.policies import set_policy
from issues.models import Concern, Deadline, Issue, Note
from tests.builders import Town
from tests.issues.acting import Acting, events, last
from trail.refusals import NotAllowed


def sign_clock(issue: Issue) -> Deadline:
    return Deadline.objects.open().get(issue=issue, clock="sign")


class TestScreen:
    @pytest.mark.parametrize(
        ("category", "owner"),
        [("litter", "grid"), ("road", "street"), ("other", "community"), ("permit", "district")],
    )
    def test_says_what_it_is_and_the_rule_hands_it_out(
        self, town: Town, act: Acting, category: str, owner: str
    ) -> None:
        issue = town.report("other")
        assert issue.promised_at is None
        screened = act("screen", issue, "community_worker", category=town.categories[category])
        assert (screened.state, screened.owner) == ("assigned", town.units[owner])
        assert screened.category == town.categories[category]
        assert screened.kind == town.categories[category].kind
        assert last(screened).data["promised_at"] == screened.promised_at.isoformat()

    def test_a_kind_of_its_own(self, town: Town, act: Acting) -> None:
        issue = act(
            "screen",
            town.report("other"),
            "community_secretary",
            category=town.categories["noise"],
            kind="dispute",
        )
        assert issue.kind == "dispute"

    def test_danger_that_was_not_reported_as_one(self, town: Town, act: Acting) -> None:
        issue = act("screen", town.report("other"), "community_worker", category=town.categories["fire"])
        assert (issue.is_danger, issue.owner) == (True, town.grid)
        assert events(issue)[-2:] == ["screen", "alarm"]
        assert issue.due_at == act.now + timedelta(minutes=5)

    @pytest.mark.parametrize(
        ("kind", "active", "code"), [("gossip", True, "kind"), ("", False, "inactive_category")]
    )
    def test_refused(self, town: Town, act: Acting, kind: str, active: bool, code: str) -> None:
        category = town.categories["noise"]
        category.is_active = active
        refused = act.refused(
            "screen", town.report("other"), "community_worker", category=category, kind=kind
        )
        assert refused.code == code

    @pytest.mark.parametrize(
        "name", ["grid_worker", "other_secretary", "street_dispatcher", "body_officer", "spotter"]
    )
    def test_not_by_others(self, town: Town, act: Acting, name: str) -> None:
        refused = act.refused("screen", town.report("other"), name, category=town.categories["noise"])
        assert isinstance(refused, NotAllowed)


class TestDispatch:
    @pytest.mark.parametrize(
        ("category", "who", "to"),
        [
            ("other", "community_worker", "grid"),
            ("noise", "community_worker", "other_grid"),
            ("road", "street_dispatcher", "community"),
            ("road", "street_dispatcher", "other_community"),
            ("road", "street_leader", "grid"),
            ("road", "street_leader", "office"),
            ("road", "street_leader", "posted"),
            ("permit", "district_dispatcher", "street"),
            ("permit", "district_dispatcher", "department"),
            ("permit", "district_dispatcher", "utility"),
            ("permit", "second_dispatcher", "centre"),
            ("permit", "district_dispatcher", "office"),
        ],
    )
    def test_to_one_of_ones_own(self, town: Town, act: Acting, category: str, who: str, to: str) -> None:
        target = getattr(town, to)
        issue = act("dispatch", town.report(category), who, **{target._meta.model_name: target})
        assert (issue.state, issue.owner) == ("assigned", target)
        assert last(issue).data["to"] == {target._meta.model_name: target.pk}
        assert sign_clock(issue).limit_at == issue.due_at

    @pytest.mark.parametrize(
        ("category", "who", "to"),
        [
            ("noise", "community_worker", "community"),  # itself
            ("noise", "community_worker", "street"),  # above
            ("noise", "community_worker", "far_grid"),  # not its own
            ("noise", "community_worker", "office"),  # the street's
            ("noise", "community_worker", "building"),  # handles nothing
            ("road", "street_dispatcher", "department"),
            ("road", "street_dispatcher", "property"),
            ("road", "street_dispatcher", "owners"),
            ("road", "street_dispatcher", "utility"),
            ("road", "street_dispatcher", "far_office"),
            ("road", "street_dispatcher", "far_community"),
            ("permit", "district_dispatcher", "district"),
        ],
    )
    def test_not_to_others(self, town: Town, act: Acting, category: str, who: str, to: str) -> None:
        target = getattr(town, to)
        refused = act.refused("dispatch", town.report(category), who, **{target._meta.model_name: target})
        assert refused.code == "not_below"
        assert target.name in str(refused)

    def test_posted_squads_only_where_the_district_gave_the_street_command(
        self, town: Town, act: Acting
    ) -> None:
        set_policy(
            town.district, "powers", {"command": {"granted": False}}, by=None, now=act.now, reason="演示:试行"
        )
        issue = town.report("road")
        assert act.refused("dispatch", issue, "street_dispatcher", body=town.posted).code == "not_below"
        assert act("dispatch", issue, "street_dispatcher", body=town.office).owner == town.office

    def test_a_centre_dispatches_for_its_unit(self, town: Town, act: Acting) -> None:
        issue = act("dispatch", town.report("permit"), "district_dispatcher", body=town.centre)
        refused = act.refused("dispatch", issue, "centre_dispatcher", body=town.centre)
        assert refused.code == "not_below"
        assert act("dispatch", issue, "centre_dispatcher", body=town.department).owner == town.department

    def test_other_bodies_command_nobody(self, town: Town, act: Acting) -> None:
        town.appoint("odd", "district_dispatcher", town.department)
        issue = act("dispatch", town.report("permit"), "district_dispatcher", body=town.department)
        assert act.refused("dispatch", issue, "odd", unit=town.street).code == "not_below"

    @pytest.mark.parametrize("to", [{}, {"unit": "grid", "body": "office"}])
    def test_either_a_unit_or_a_body(self, town: Town, act: Acting, to: dict) -> None:
        given = {key: getattr(town, name) for key, name in to.items()}
        assert act.refused("dispatch", town.report("road"), "street_dispatcher", **given).code == "target"

    def test_not_to_what_is_closed(self, town: Town, act: Acting) -> None:
        closed = close_body(town.office, by=None, now=act.now)
        refused = act.refused("dispatch", town.report("road"), "street_dispatcher", body=closed)
        assert refused.code == "closed_target"

    def test_the_first_receiver_keeps_it_until_the_next_has_signed(self, town: Town, act: Acting) -> None:
        issue = act(
            "dispatch", act.handling("road", "street_dispatcher"), "street_leader", unit=town.community
        )
        assert (issue.keeper_unit, issue.owner) == (town.street, town.community)
        assert events(act("note", issue, "street_dispatcher"))[-1] == "note"
        assert act("sign", issue, "community_worker").keeper_unit is None

    def test_the_promised_date_stays_when_it_goes_down(self, town: Town, act: Acting) -> None:
        issue = town.report("road")
        down = act("dispatch", issue, "street_dispatcher", unit=town.grid)
        assert down.promised_at == issue.promised_at
        assert "promised_at" not in last(down).data

    def test_a_unit_of_another_place_and_those_above_it_are_concerned(self, town: Town, act: Acting) -> None:
        issue = act("dispatch", town.report("permit"), "district_dispatcher", unit=town.far_grid)
        concerned = Concern.objects.filter(issue=issue).values_list("unit", flat=True)
        assert set(concerned) == {town.far_grid.pk, town.far_community.pk, town.other_street.pk}

    def test_a_body_is_concerned_once(self, town: Town, act: Acting) -> None:
        issue = act("dispatch", town.report("road"), "street_dispatcher", body=town.office)
        issue = act(
            "dispatch", act("hand_up", issue, "office_officer"), "street_dispatcher", body=town.office
        )
        assert Concern.objects.filter(issue=issue, body=town.office).count() == 1

    def test_an_internal_word_for_the_next(self, town: Town, act: Acting) -> None:
        issue = act(
            "dispatch", town.report("road"), "street_dispatcher", body=town.office, internal_text="演示:急"
        )
        assert Note.objects.get(issue=issue).internal is True


class TestHandUp:
    @pytest.mark.parametrize(
        ("category", "who", "to"),
        [
            ("litter", "grid_worker", "community"),
            ("noise", "community_worker", "street"),
            ("road", "street_leader", "district"),
        ],
    )
    @pytest.mark.parametrize("signed", [False, True])
    def test_one_level_with_a_reason(
        self, town: Town, act: Acting, category: str, who: str, to: str, signed: bool
    ) -> None:
        issue = act.handling(category, who) if signed else town.report(category)
        up = act("hand_up", issue, who, text="演示:需要上级")
        assert (up.state, up.owner) == ("assigned", town.units[to])
        assert (up.keeper_unit == issue.owner) is signed
        assert last(up).data["from"] == {"unit": issue.owner.pk}
        assert Note.objects.get(issue=up).internal is False

    def test_the_promised_date_moves_and_the_event_says_so(self, town: Town, act: Acting) -> None:
        issue = act.handling()
        up = act("hand_up", issue, "grid_worker")
        assert up.promised_at > issue.promised_at
        assert last(up).data["promised_at"] == up.promised_at.isoformat()

    def test_not_above_the_district(self, town: Town, act: Acting) -> None:
        town.appoint("odd", "street_leader", town.street)
        issue = act.handling("permit", "district_dispatcher")
        assert isinstance(act.refused("hand_up", issue, "district_dispatcher"), NotAllowed)

    @pytest.mark.parametrize(("category", "sender", "body", "officer", "to"), [
        ("road", "street_dispatcher", "office", "office_officer", "street"),
        ("permit", "district_dispatcher", "department", "body_officer", "district"),
    ])  # fmt: skip
    def test_a_body_hands_it_back_to_its_unit(
        self, town: Town, act: Acting, category: str, sender: str, body: str, officer: str, to: str
    ) -> None:
        issue = act("dispatch", town.report(category), sender, body=getattr(town, body))
        assert act("hand_up", issue, officer).owner == town.units[to]

    def test_not_without_a_reason(self, town: Town, act: Acting) -> None:
        assert act.refused("hand_up", town.report(), "grid_worker", text=" ").code == "text"


class TestReject:
    @pytest.mark.parametrize(
        ("category", "who"),
        [("other", "community_worker"), ("litter", "grid_worker"), ("permit", "district_dispatcher")],
    )
    def test_names_the_right_channel(self, town: Town, act: Acting, category: str, who: str) -> None:
        issue = act("reject", town.report(category), who, channel="演示法院", text="演示:正在诉讼")
        assert (issue.state, issue.closed_at, issue.due_at) == ("rejected", act.now, None)
        notes = Note.objects.filter(issue=issue, internal=False)
        assert set(notes.values_list("text", flat=True)) == {"演示法院", "演示:正在诉讼"}
        assert "法院" not in str(last(issue).data)

    @pytest.mark.parametrize(("given", "code"), [({"channel": " "}, "channel"), ({"text": ""}, "text")])
    def test_not_without_channel_and_reason(self, town: Town, act: Acting, given: dict, code: str) -> None:
        assert act.refused("reject", town.report("other"), "community_worker", **given).code == code

    def test_a_hotline_order_goes_back_to_the_hotline(self, town: Town, act: Acting) -> None:
        issue = town.report("other", source="hotline")
        assert act.refused("reject", issue, "community_worker").code == "not_hotline"

    def test_not_once_somebody_has_taken_it(self, town: Town, act: Acting) -> None:
        assert act.refused("reject", act.handling(), "grid_worker").code == "wrong_state"
