"""Street A sees nothing of street B, on any endpoint; a foreign id answers like one that does not exist."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from grids.models import Unit
from grids.querysets import units_seen
from issues.actions import PERFORM
from issues.lifecycle import ISSUE_VERBS, VERBS_ON
from issues.models import PART_MODELS, Issue, Part, Task
from tests.api.conftest import ISSUES, photo
from tests.builders import Town
from tests.issues.acting import Acting

Api = Callable[[str], APIClient]
NOBODYS = "0" * 16
FAR = ("far_dispatcher", "far_secretary", "far_worker", "far_officer")
NEAR = ("street_dispatcher", "community_secretary", "grid_worker", "supervisor", "office_officer")


@pytest.fixture
def near(town: Town) -> Issue:
    """An issue of street A with a whistle open."""
    issue = town.report("noise")
    secretary = town.people["community_secretary"]
    PERFORM["sign"](issue, by=secretary, now=town.now)
    PERFORM["whistle"](
        issue, by=secretary, now=town.now, kind="quick", text="演示", bodies=[town.bodies["department"]]
    )
    return Issue.objects.get(pk=issue.pk)


def whole(answer: Any) -> tuple[int, bytes, dict[str, str]]:
    return answer.status_code, answer.content, dict(answer.headers)


def codes(client: APIClient, address: str, **query: Any) -> list[str]:
    found, url = [], address
    while url:
        page = client.get(url, query).json()
        found += [row["code"] for row in page["results"]]
        url, query = page["next"], {}
    return found


def test_lists_hold_only_what_is_below_ones_posts(town: Town, api: Api, near: Issue) -> None:
    far = town.report(place=town.far_building)
    for person in NEAR[:-1]:
        assert codes(api(person), ISSUES) == [near.code], person
    for person in FAR[:-1]:
        assert codes(api(person), ISSUES) == [far.code], person
    assert codes(api("office_officer"), ISSUES) == codes(api("far_officer"), ISSUES) == []
    assert codes(api("body_officer"), ISSUES) == [near.code]
    assert set(codes(api("district_dispatcher"), ISSUES)) == {near.code, far.code}
    assert codes(api("building_head"), ISSUES) == [near.code]
    assert codes(api("system_admin"), ISSUES) == []


@pytest.mark.parametrize(
    "query", [{"q": "演示"}, {"street": "220103001"}, {"owner_unit": "220103001001"}, {"open": "true"}]
)
def test_no_filter_opens_a_window(town: Town, api: Api, near: Issue, query: dict) -> None:
    assert codes(api("far_dispatcher"), ISSUES, **query) == []
    assert codes(api("street_dispatcher"), ISSUES, **query) == [near.code]


def test_a_search_for_a_foreign_code_or_number_finds_nothing(town: Town, api: Api, near: Issue) -> None:
    for words in (near.code, near.number):
        assert codes(api("far_dispatcher"), ISSUES, q=words) == []
        assert codes(api("grid_worker"), ISSUES, q=words) == [near.code]


@pytest.mark.parametrize("person", FAR)
def test_a_foreign_issue_reads_like_none(town: Town, api: Api, near: Issue, person: str) -> None:
    foreign, none = (api(person).get(f"{ISSUES}{code}/") for code in (near.code, NOBODYS))
    assert whole(foreign) == whole(none) and foreign.status_code == 404
    assert foreign.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("verb", ISSUE_VERBS)
def test_a_foreign_issue_moves_like_none(town: Town, api: Api, near: Issue, verb: str) -> None:
    before = Issue.objects.get(pk=near.pk).version
    foreign, none = (api("far_dispatcher").post(f"{ISSUES}{code}/{verb}/") for code in (near.code, NOBODYS))
    assert whole(foreign) == whole(none) and foreign.status_code == 404
    assert Issue.objects.get(pk=near.pk).version == before


def test_every_verb_is_asked_here() -> None:
    """As a neighbour, with nothing; tests/governance/test_foreign_pages.py asks as every role, with what fits."""
    assert set(PERFORM) <= {verb for verbs in VERBS_ON.values() for verb in verbs}
    assert set(VERBS_ON) == {"issue", *PART_MODELS}


@pytest.fixture
def parts(town: Town, near: Issue) -> dict[str, Part]:
    """One of each kind in street A."""
    act, worker = Acting(town, town.now), "community_worker"
    extended = act("ask_extension", act.handling(), "grid_worker")
    act("split", act.handling("noise", worker), worker, units=[town.grid, town.other_grid])
    task = Task.objects.order_by("pk").first()
    return {"callee": near.callees.get(), "task": task, "decision": extended.decisions.get()}


@pytest.mark.parametrize(("kind", "verb"), [(kind, verb) for kind in PART_MODELS for verb in VERBS_ON[kind]])
def test_a_foreign_part_moves_like_none(
    town: Town, api: Api, parts: dict[str, Part], kind: str, verb: str
) -> None:
    part = parts[kind]
    own = town.report(place=town.far_building)
    answers = [
        api("far_dispatcher").post(address)
        for address in (
            f"/api/v1/{kind}s/{part.pk}/{verb}/",
            f"/api/v1/{kind}s/{part.pk + 999}/{verb}/",
            f"{ISSUES}{part.issue.code}/{kind}s/{part.pk}/{verb}/",
            f"{ISSUES}{own.code}/{kind}s/{part.pk}/{verb}/",
        )
    ]
    assert len({answer.content for answer in answers}) == 1
    assert {answer.status_code for answer in answers} == {404}
    assert PART_MODELS[kind].objects.get(pk=part.pk).state == part.state


def test_a_callee_belongs_to_its_issue_alone(town: Town, api: Api, near: Issue) -> None:
    other = town.report("noise")
    address = f"{ISSUES}{other.code}/callees/{near.callees.get().pk}/acknowledge/"
    assert api("district_dispatcher").post(address).status_code == 404


def test_units_and_bodies(town: Town, api: Api) -> None:
    mine = set(codes(api("grid_worker"), "/api/v1/units/"))
    assert mine == {
        *("220103", "220103001", "220103001001"),
        *("220103001001001", "22010300100100001"),
    }
    for code in (town.far_grid.code, town.other_grid.code, town.other_street.code):
        foreign, none = (api("grid_worker").get(f"/api/v1/units/{one}/") for one in (code, "999999"))
        assert whole(foreign) == whole(none) and foreign.status_code == 404
    assert "far_office-1" not in codes(api("grid_worker"), "/api/v1/bodies/")
    foreign, none = (api("grid_worker").get(f"/api/v1/bodies/{one}/") for one in ("far_office-1", "nobody"))
    assert whole(foreign) == whole(none) and foreign.status_code == 404
    assert codes(api("property_officer"), "/api/v1/bodies/") == ["property-1"]
    assert api("far_officer").get("/api/v1/bodies/far_office-1/").json()["unit"] == "220103002"


@pytest.mark.parametrize(
    ("verb", "body", "foreign", "none"),
    [
        ("dispatch", {}, {"unit": "220103002001"}, {"unit": "220103009009"}),
        ("dispatch", {}, {"body": "far_office-1"}, {"body": "far_office-9"}),
        (
            "whistle",
            {"kind": "tough", "text": "演示"},
            {"units": ["220103002001"]},
            {"units": ["220103009009"]},
        ),
        (
            "whistle",
            {"kind": "tough", "text": "演示"},
            {"bodies": ["far_office-1"]},
            {"bodies": ["far_office-9"]},
        ),
    ],
)
def test_what_a_body_names_passes_the_same_door(
    town: Town, api: Api, verb: str, body: dict, foreign: dict, none: dict
) -> None:
    issue = town.report("road")
    PERFORM["sign"](issue, by=town.people["street_dispatcher"], now=town.now)
    answers = [
        api("street_dispatcher").post(f"{ISSUES}{issue.code}/{verb}/", body | named).json()
        for named in (foreign, none)
    ]
    (field,) = foreign
    told = [answer["errors"][field] for answer in answers]
    named = [str(one[field] if isinstance(one[field], str) else one[field][0]) for one in (foreign, none)]
    assert [answer["status"] for answer in answers] == [400, 400]
    assert str(told[0]).replace(named[0], "") == str(told[1]).replace(named[1], "")


def test_a_report_names_only_places_one_sees(town: Town, api: Api) -> None:
    body = {"category": "litter", "text": "演示"}
    answers = [
        api("grid_worker").post(ISSUES, body | {"place": code})
        for code in (town.far_grid.code, "220103999999999")
    ]
    assert [answer.status_code for answer in answers] == [400, 400]


def test_photos(town: Town, api: Api, near: Issue) -> None:
    address = f"{ISSUES}{near.code}/note/"
    for internal in ("true", "false"):
        body = {"text": "演示", "internal": internal, "photos": [photo()]}
        assert api("community_secretary").post(address, body, format="multipart").status_code == 200
    inside, outside = (row.pk for row in near.attachments.order_by("pk"))
    link = "/api/v1/attachments/{}/".format
    for person in ("grid_worker", "body_officer"):
        assert [api(person).get(link(pk)).status_code for pk in (inside, outside)] == [200, 200]
    assert [api("building_head").get(link(pk)).status_code for pk in (inside, outside)] == [404, 200]
    foreign, none = (api("far_worker").get(link(pk)) for pk in (outside, outside + 999))
    assert whole(foreign) == whole(none) and foreign.status_code == 404


def test_internal_notes_and_contact_data_are_for_those_whose_post_includes_them(
    town: Town, api: Api, near: Issue
) -> None:
    PERFORM["note"](near, by=town.people["community_secretary"], now=town.now, text="内部意见", internal=True)
    PERFORM["note"](near, by=town.people["community_secretary"], now=town.now, text="公开进展")
    shown = {
        person: str(api(person).get(f"{ISSUES}{near.code}/").json())
        for person in ("grid_worker", "building_head")
    }
    assert "内部意见" in shown["grid_worker"] and "内部意见" not in shown["building_head"]
    assert all("公开进展" in text for text in shown.values())


def test_contact_data_is_masked_and_only_where_the_post_includes_it(town: Town, api: Api) -> None:
    from tests.builders import CONTACT

    issue = town.report(contact=CONTACT)
    found = {
        person: api(person).get(f"{ISSUES}{issue.code}/")
        for person in ("grid_worker", "street_dispatcher", "supervisor", "building_head")
    }
    masked = {"name": "演**", "phone": "138****1234"}
    assert [found[person].json()["reporter"] for person in found] == [masked, masked, None, None]
    assert all("13800001234" not in answer.content.decode() for answer in found.values())
    (row,) = api("grid_worker").get(ISSUES).json()["results"]
    assert "reporter" not in row


def test_units_named_by_code_are_those_that_are_visible(town: Town) -> None:
    codes = [unit.code for unit in town.units.values()]
    for name, user in town.people.items():
        found = {unit.pk for unit in units_seen(codes, user, town.now)}
        assert found == set(Unit.objects.visible_to(user, town.now).values_list("pk", flat=True)), name


def test_asked_about_one_issue_the_door_answers_as_for_all(town: Town) -> None:
    here, far = town.report("litter"), town.report("noise", place=town.far_building)
    PERFORM["whistle"](
        sign_by(town, town.report("noise")),
        by=town.people["community_secretary"],
        now=town.now,
        kind="quick",
        text="演示",
        bodies=[town.bodies["department"]],
    )
    town.report("litter", by=town.people["spotter"], place=town.far_building)
    issues = list(Issue.objects.all())
    assert {here, far} < set(issues)
    for name, user in town.people.items():
        seen = set(Issue.objects.visible_to(user, town.now))
        alone = {one for one in issues if Issue.objects.visible_to(user, town.now, code=one.code).exists()}
        assert alone == seen, name


def sign_by(town: Town, issue: Issue) -> Issue:
    return PERFORM["sign"](issue, by=town.people["community_secretary"], now=town.now)
