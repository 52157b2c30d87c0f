"""What everybody can look at: discovery, services and their definitions, in both formats."""

import json
from collections.abc import Callable

import pytest
from django.utils import translation

from grids.actions.policies import set_policy
from grids.models import Unit
from issues.districts import forget_rules
from issues.models import Category
from issues.policies.asking import own_key
from issues.questions import OF_CHOICES, TYPES
from tests.builders import Town
from tests.open311.conftest import HERE, LIFT, Reader, errors, tree


def test_discovery_says_where_and_in_which_formats(town: Town, reader: Reader) -> None:
    found = json.loads(reader.get("discovery.json").content)
    (endpoint,) = found["endpoints"]
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert endpoint["url"].endswith("/open311/v2") and endpoint["type"] == "test"
    assert endpoint["formats"] == ["text/xml", "application/json"]
    assert set(found) == {"changeset", "contact", "key_service", "endpoints"} and all(found.values())
    root = tree(reader.get("discovery.xml"))
    assert root.tag == "discovery"
    assert [one.text for one in root.findall("endpoints/endpoint/formats/format")] == endpoint["formats"]
    # Whoever comes to the address itself is told as well.
    assert tree(reader.get("")).tag == "discovery"


def test_the_changeset_moves_with_the_rules_of_a_district(town: Town, reader: Reader) -> None:
    before = json.loads(reader.get("discovery.json").content)["changeset"]
    set_policy(town.district, "categories", {"noise": {"active": "no"}}, by=None, now=town.now, reason="演示")
    assert json.loads(reader.get("discovery.json").content)["changeset"] >= before


@pytest.mark.parametrize(
    ("address", "accept", "is_json"),
    [
        ("services.xml", "application/json", False),
        ("services.json", "text/xml", True),
        ("services", "", False),
        ("services", "*/*", False),
        ("services", "text/html,application/xhtml+xml", False),
        ("services", "application/json", True),
        ("services", "text/xml", False),
        ("services?format=json", "", True),
        ("services?format=yaml", "", False),
    ],
)
def test_the_format_is_the_suffix_else_what_is_accepted_else_xml(
    town: Town, reader: Reader, address: str, accept: str, is_json: bool
) -> None:
    answer = reader.client.get(f"{HERE}{address}", headers={"accept": accept})
    assert answer.status_code == 200
    expected = "application/json; charset=utf-8" if is_json else "text/xml; charset=utf-8"
    assert answer.headers["Content-Type"] == expected


def test_services_are_what_residents_are_offered(town: Town, reader: Reader) -> None:
    rows = {row["service_code"]: row for row in reader.rows("services")}
    # No dispute, no complaint about somebody, nothing that staff alone register.
    assert set(rows) == {"litter", "noise", "road", "permit", "other", "fire", "lift", "care"}
    assert rows["litter"] == {
        "service_code": "litter",
        "service_name": "litter",
        "description": "litter",
        "metadata": False,
        "type": "realtime",
        "keywords": "litter, Request for help",
        "group": "litter",
    }
    assert (rows["other"]["type"], rows["fire"]["type"], rows["lift"]["metadata"]) == (
        "batch",
        "realtime",
        True,
    )
    root = tree(reader.get("services.xml"))
    assert root.tag == "services" and {one.tag for one in root} == {"service"}
    assert [one.findtext("service_code") for one in root] == list(rows)
    assert {one.findtext("metadata") for one in root} == {"true", "false"}


def test_services_speak_the_readers_language(town: Town, reader: Reader) -> None:
    names = {row["service_name"] for row in Reader("zh-hans").rows("services")}
    assert "演示litter" in names


def test_a_service_that_the_district_does_not_use_is_gone_and_its_type_follows_the_rules(
    town: Town, reader: Reader
) -> None:
    value = {
        "noise": {"active": "no"},
        "road": {"responsible": "screened"},
        "other": {"responsible": "street"},
    }
    set_policy(town.district, "categories", value, by=None, now=town.now, reason="演示")
    forget_rules()
    types = {row["service_code"]: row["type"] for row in reader.rows("services")}
    assert "noise" not in types and (types["road"], types["other"]) == ("batch", "realtime")
    assert reader.get("services/noise.json").status_code == 404


def test_a_district_has_services_and_questions_of_its_own(
    town: Town, west: Unit, reader: Reader, key: Callable[[str], str]
) -> None:
    bikes = {
        "name": "共享单车",
        "name_en": "Bikes",
        "kind": "help",
        "handled_at": "grid",
        "for_residents": "yes",
    }
    since = {
        "category": own_key(town.district.pk, "own_1"),
        "name": "哪天？",
        "name_en": "When?",
        "type": "date",
    }
    decided = {"by": None, "now": town.now, "reason": "演示"}
    set_policy(town.district, "own_categories", {"own_1": bikes}, **decided)
    set_policy(town.district, "questions", {"since": since | {"required": "yes"}}, **decided)
    forget_rules()
    code = since["category"]
    here, there = ({"jurisdiction_id": named} for named in ("220103", "621002"))
    rows = {row["service_code"]: row for row in reader.rows("services", **here)}
    assert (rows[code]["service_name"], rows[code]["metadata"], rows["lift"]["metadata"]) == (
        "Bikes",
        True,
        False,
    )
    (attribute,) = json.loads(reader.get(f"services/{code}.json", **here).content)["attributes"]
    assert (attribute["datatype"], attribute["required"]) == ("datetime", True)
    # Elsewhere the service does not exist, and the lift is asked about as the category itself asks.
    others = {row["service_code"]: row for row in reader.rows("services", **there)}
    assert code not in others and others["lift"]["metadata"]
    foreign, none = (reader.get(f"services/{one}.json", **there) for one in (code, "nothing"))
    assert (foreign.status_code, foreign.content) == (404, none.content)

    sent = {"api_key": key("spotter"), "service_code": code, "address_id": town.building.code} | here
    assert reader.post("requests.json", sent).status_code == 400
    answer = reader.post("requests.json", sent | {f"attribute[{attribute['code']}]": "2026-03-01"})
    assert answer.status_code == 200
    number = json.loads(answer.content)[0]["service_request_id"]
    (row,) = reader.rows(f"requests/{number}", api_key=key("spotter"), extensions="true", **here)
    assert [(one["name"], one["value"]) for one in row["attributes"]] == [("When?", "2026-03-01")]


def test_a_definition_has_the_questions_as_attributes(town: Town, reader: Reader) -> None:
    found = json.loads(reader.get("services/lift.json").content)
    assert found["service_code"] == "lift"
    trapped, which, number = found["attributes"]
    assert trapped == {
        "variable": True,
        "code": "trapped",
        "datatype": "singlevaluelist",
        "required": True,
        "datatype_description": "Choose one of the values.",
        "order": 1,
        "description": "Is somebody trapped?",
        "values": [{"key": "true", "name": "yes"}, {"key": "false", "name": "no"}],
    }
    assert which["values"] == [{"key": "east", "name": "East"}, {"key": "west", "name": "West"}]
    assert (number["datatype"], number["order"], "values" in number) == ("string", 3, False)
    root = tree(reader.get("services/lift.xml"))
    assert root.tag == "service_definition"
    assert [one.findtext("code") for one in root.findall("attributes/attribute")] == [
        "trapped",
        "which",
        "number",
    ]
    assert [one.text for one in root.findall("attributes/attribute/values/value/key")][:2] == [
        "true",
        "false",
    ]
    # One without questions has an empty list.
    assert json.loads(reader.get("services/litter.json").content)["attributes"] == []


def test_every_type_of_question_has_a_datatype(town: Town, reader: Reader) -> None:
    choices = LIFT[1]["choices"]
    questions = [
        {
            "key": key,
            "label": key,
            "label_en": key,
            "type": key,
            "choices": choices if key in OF_CHOICES else [],
        }
        for key in TYPES
    ]
    Category.objects.filter(key="lift").update(questions=questions)
    found = {one["code"]: one for one in json.loads(reader.get("services/lift.json").content)["attributes"]}
    assert {code: one["datatype"] for code, one in found.items()} == {
        "line": "string",
        "text": "text",
        "number": "number",
        "date": "datetime",
        "choice": "singlevaluelist",
        "several": "multivaluelist",
        "bool": "singlevaluelist",
    }
    assert {code for code, one in found.items() if "values" in one} == {"choice", "several", "bool"}


@pytest.mark.parametrize(
    "code", ["nothing", "quarrel", "staff", "visit", "%00", "lift%00", "a" * 5000, "..", "锁"]
)
@pytest.mark.parametrize("suffix", [".json", ".xml", ""])
def test_what_is_no_service_is_a_404(town: Town, reader: Reader, code: str, suffix: str) -> None:
    answer = reader.client.get(f"{HERE}services/{code}{suffix}")
    assert answer.status_code == 404
    assert errors(answer) == [(404, "There is no service with this service_code.")]


def test_an_address_that_there_is_not_answers_as_open311(town: Town, reader: Reader) -> None:
    for path in ("nothing", "nothing.json", "services/a/b", "requests/", "requests.yaml/x"):
        answer = reader.get(path)
        assert (answer.status_code, errors(answer)[0][0]) == (404, 404), path
    assert errors(reader.client.post(f"{HERE}services.xml"))[0][0] == 405


class TestJurisdictions:
    def test_one_district_need_not_be_named(self, town: Town, reader: Reader) -> None:
        assert reader.rows("services") == reader.rows("services", jurisdiction_id="220103")
        assert reader.rows("services", jurisdiction_id="") == reader.rows("services")

    def test_of_several_one_must_be_named(self, west: Unit, reader: Reader) -> None:
        for path in ("services", "services/lift", "requests", "requests/0000000000000000", "tokens/x"):
            answer = reader.get(f"{path}.xml")
            assert errors(answer) == [
                (400, "jurisdiction_id was not provided, and there are several jurisdictions here.")
            ]
            assert answer.status_code == 400
        assert reader.rows("services", jurisdiction_id="621002")

    @pytest.mark.parametrize("named", ["999999", "220103001", "nowhere.gov.cn", "2" * 9999, "' OR 1=1"])
    def test_one_that_there_is_not_is_a_404(self, west: Unit, reader: Reader, named: str) -> None:
        answer = reader.get("services.json", jurisdiction_id=named)
        assert (answer.status_code, errors(answer)) == (
            404,
            [(404, "There is no jurisdiction with this jurisdiction_id.")],
        )

    def test_settings_give_it_a_name_and_a_default(
        self, west: Unit, reader: Reader, settings: object
    ) -> None:
        settings.OPEN311_JURISDICTIONS = {"kuancheng.gov.cn": "220103"}  # type: ignore[attr-defined]
        assert reader.rows("services", jurisdiction_id="KuanCheng.gov.cn")
        settings.OPEN311_DEFAULT = "621002"  # type: ignore[attr-defined]
        assert reader.rows("services")

    def test_a_key_speaks_for_its_district(
        self, west: Unit, town: Town, reader: Reader, key: Callable[[str], str]
    ) -> None:
        set_policy(west, "categories", {"noise": {"active": "no"}}, by=None, now=town.now, reason="演示")
        codes = {row["service_code"] for row in reader.rows("services", api_key=key("west_spotter"))}
        assert "noise" not in codes and "litter" in codes


def test_services_come_in_pages_where_somebody_asks(town: Town, reader: Reader) -> None:
    codes = [row["service_code"] for row in reader.rows("services")]
    found = [row["service_code"] for n in (1, 2) for row in reader.rows("services", page=n, page_size=3)]
    assert found == codes[:6]
    assert Category.objects.count() > len(codes)


def test_the_language_of_errors_is_the_readers(town: Town, clock: object) -> None:
    with translation.override("zh-hans"):
        answer = Reader("zh-hans").get("services/nothing.json")
    assert errors(answer)[0][1] == "没有这个 service_code 对应的服务。"
