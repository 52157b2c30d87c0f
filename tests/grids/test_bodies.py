"""Bodies, tokens on doors, and what a district decides for itself."""

import pytest

from grids.actions.bodies import add_body, change_body, close_body
from grids.actions.districts import set_profile
from grids.actions.policies import set_policy
from grids.actions.tokens import issue_token, issue_tokens, revoke_token
from grids.actions.tree import add_unit, close_unit
from grids.body_kinds import BODY_KINDS
from grids.models import BuildingToken, LevelProfile, Post
from tests.grids.conftest import NOW
from trail.models import Event
from trail.refusals import NotAllowed, Refused

pytestmark = pytest.mark.django_db


def refusal(call, *args, by=None, **kwargs) -> str:
    with pytest.raises(Refused) as caught:
        call(*args, by=by, now=NOW, **kwargs)
    return caught.value.code


@pytest.mark.parametrize("kind", BODY_KINDS)
def test_every_kind_at_its_levels_and_nowhere_else(kind: str, town) -> None:
    for unit in (town.district, town.a, town.x):
        if unit.kind in BODY_KINDS[kind].at:
            body = add_body(unit, kind=kind, code=f"X-{unit.pk}", name="某单位", by=None, now=NOW)
            assert (body.district_id, body.street_id) == (unit.district_id, unit.street_id)
            assert body.is_outside == BODY_KINDS[kind].outside
        else:
            assert refusal(add_body, unit, kind=kind, code="X-9", name="某单位") == "level"


def test_bodies_that_are_refused(town) -> None:
    assert refusal(add_body, town.a, kind="office", code="A-SQ", name="重号") == "code"
    assert refusal(add_body, town.a, kind="office", code="街道 1", name="坏号") == "code"
    assert refusal(add_body, town.a, kind="office", code="A-1", name=" ") == "name"
    assert refusal(change_body, town.squad, name=" ") == "name"
    empty = add_unit(town.district, code="990101003", name="丙街道", by=None, now=NOW)
    close_unit(empty, by=None, now=NOW)
    assert refusal(add_body, empty, kind="office", code="C-1", name="办公室") == "closed"


def test_whether_the_head_approves_replies_is_a_fact_of_the_body(town) -> None:
    assert not town.squad.approves_replies
    changed = change_body(town.squad, approves_replies=True, by=None, now=NOW)
    assert changed.approves_replies
    assert Event.objects.about("body", town.squad.pk).last().data == {"fields": ["approves_replies"]}
    kept = change_body(town.squad, name="甲街道综合执法队", by=None, now=NOW)
    assert kept.approves_replies
    made = add_body(
        town.a, kind="office", code="A-2", name="便民中心", by=None, now=NOW, approves_replies=True
    )
    made.refresh_from_db()
    assert made.approves_replies


def test_a_body_is_changed_and_closed_with_its_posts(town, post) -> None:
    held = post("jing", "body_officer", town.squad)
    changed = change_body(town.squad, name="甲街道综合执法队", phone=" 0431-8888 ", by=None, now=NOW)
    assert (changed.name, changed.phone) == ("甲街道综合执法队", "0431-8888")
    event = Event.objects.about("body", town.squad.pk).last()
    assert (event.verb, event.data, event.unit_label) == (
        "change",
        {"fields": ["name", "phone"]},
        "甲街道执法中队",
    )
    change_body(town.squad, phone="0431-8888", by=None, now=NOW)
    assert Event.objects.about("body", town.squad.pk).last() == event
    close_body(town.squad, by=None, now=NOW)
    assert close_body(town.squad, by=None, now=NOW).closed_at == NOW
    assert not Post.objects.active(NOW).filter(pk=held.pk).exists()
    assert refusal(change_body, town.squad, name="新") == "closed"
    close_unit(add_unit(town.b, code="990101002009", name="x", by=None, now=NOW), by=None, now=NOW)


def test_only_who_manages_units_may(town, post) -> None:
    leader = post("wang", "street_leader", town.a).user
    with pytest.raises(NotAllowed):
        add_body(town.a, kind="office", code="A-1", name="x", by=leader, now=NOW)
    with pytest.raises(NotAllowed):
        issue_token(town.h, by=leader, now=NOW)
    with pytest.raises(NotAllowed):
        set_policy(
            town.district, "powers", {"rate": {"granted": True}}, by=leader, now=NOW, reason="演示:试行"
        )


def test_a_token_is_random_revocable_and_unknown_to_the_trail(town) -> None:
    first, second = (issue_token(town.h, by=None, now=NOW) for _ in range(2))
    assert len(first.token) >= 22 and first.token != second.token
    assert set(BuildingToken.objects.live()) == {first, second}
    revoke_token(first, by=None, now=NOW)
    revoke_token(first, by=None, now=NOW)
    assert set(BuildingToken.objects.live()) == {second}
    told = list(Event.objects.about("token", first.pk))
    assert [event.verb for event in told] == ["issue", "revoke"]
    assert first.token not in repr([event.__dict__ for event in told]) and first.token not in str(first)
    assert refusal(issue_token, town.g1) == "building"


def test_tokens_for_many_buildings_pass_over_those_that_have_one(town) -> None:
    other = add_unit(town.g1, code="99010100100100002", name="2号楼", by=None, now=NOW)
    issue_token(town.h, by=None, now=NOW)
    (token,) = issue_tokens([town.h, other, town.g1], by=None, now=NOW)
    assert token.unit == other
    assert issue_tokens([town.h, other], by=None, now=NOW) == []


def test_a_closed_buildings_token_is_dead(town) -> None:
    token = issue_token(town.h, by=None, now=NOW)
    close_unit(town.h, by=None, now=NOW)
    assert token not in BuildingToken.objects.live()
    assert refusal(issue_token, town.h) == "building"


def test_a_district_names_its_levels(town) -> None:
    assert str(town.x.label()) and town.x.party_label()
    words = {"level": "community", "line": "urban", "label": "社区", "party_label": "社区党总支"}
    set_profile(town.district, **words, by=None, now=NOW)
    set_profile(town.district, **words, by=None, now=NOW)
    assert Event.objects.about("unit", town.district.pk).filter(verb="set_profile").count() == 1
    fresh = type(town.x).objects.get(pk=town.x.pk)
    assert (fresh.label(), fresh.party_label()) == ("社区", "社区党总支")
    fresh.label_override = "片区"
    assert fresh.label() == "片区"
    assert refusal(set_profile, town.district, **words | {"level": "planet"}) == "profile"
    assert refusal(set_profile, town.a, **words) == "level"
    assert LevelProfile.objects.get().is_sample is False
