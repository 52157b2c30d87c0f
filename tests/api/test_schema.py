"""The description is complete and true: no warning, every field explained, every answer fits it."""

import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from rest_framework import serializers
from rest_framework.test import APIClient

from desk.tables import TABLE
from issues.actions import PERFORM
from issues.api.detail import find_issue, sheet_of
from issues.api.read import IssueRowSerializer, IssueSerializer
from issues.lifecycle import ISSUE_VERBS, VERB, VERBS_ON
from issues.models import PART_MODELS, Callee, Issue
from tests.api.conftest import ISSUES
from tests.builders import CONTACT, Town
from trail.api.fields import EXTENSIBLE

Api = Callable[[str], APIClient]
# It makes code of a picture only where it is told that one is bytes, and then runs no linter on it.
CONFIG = "post_hooks: []\ncontent_type_overrides: {image/jpeg: application/octet-stream}\n"
JSON, MULTIPART = "application/json", "multipart/form-data"


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """As a client reads it: from its JSON."""
    with translation.override("en"):
        return json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str))


def request_of(schema: dict[str, Any], address: str, media: str = JSON) -> dict[str, Any]:
    shape = schema["paths"][address]["post"]["requestBody"]["content"][media]["schema"]
    return schema["components"]["schemas"][shape["$ref"].rpartition("/")[2]]


def test_it_is_made_without_a_warning_and_is_valid() -> None:
    out = io.StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out, stderr=out)
    assert "openapi: 3" in out.getvalue()


def test_every_verb_has_an_address_and_asks_exactly_what_its_row_asks(schema: dict[str, Any]) -> None:
    addresses = {verb: f"{ISSUES}{{code}}/{verb}/" for verb in ISSUE_VERBS}
    for kind in PART_MODELS:
        addresses |= {verb: f"/api/v1/{kind}s/{{id}}/{verb}/" for verb in VERBS_ON[kind]}
    for verb, address in addresses.items():
        row = VERB[verb]
        photos = [one for one in row.inputs if one.type == "photos"]
        shapes = {JSON: {one.key for one in row.inputs if one not in photos}}
        if photos:
            shapes[MULTIPART] = {one.key for one in row.inputs}
        assert set(schema["paths"][address]["post"]["requestBody"]["content"]) == set(shapes), verb
        for media, keys in shapes.items():
            shape = request_of(schema, address, media)
            assert set(shape["properties"]) - {"version", "occurred_at"} == keys, verb
            assert set(shape.get("required", ())) == {one.key for one in row.inputs if one.required}, verb
            for one in row.inputs:
                if one.choices:
                    assert {word.key for word in one.choices} <= set(enum_of(shape["properties"][one.key])), (
                        verb
                    )


def enum_of(field: dict[str, Any]) -> list[str]:
    field = field.get("items", field)
    return field.get("enum") or [value for part in field["oneOf"] for value in part.get("enum", ())]


def test_parts_are_found_below_their_issue_too(schema: dict[str, Any]) -> None:
    for kind in PART_MODELS:
        for verb in VERBS_ON[kind]:
            short = schema["paths"][f"/api/v1/{kind}s/{{id}}/{verb}/"]["post"]["requestBody"]
            below = schema["paths"][f"{ISSUES}{{code}}/{kind}s/{{id}}/{verb}/"]["post"]["requestBody"]
            assert below == short


def properties(node: Any, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        fields = node.get("properties")
        if isinstance(fields, dict):
            yield from ((f"{where}.{name}", field) for name, field in fields.items())
        for name, part in node.items():
            # A field may itself be called "properties", as in GeoJSON.
            for below in part.values() if part is fields and isinstance(fields, dict) else [part]:
                yield from properties(below, f"{where}/{name}")
    elif isinstance(node, list):
        for part in node:
            yield from properties(part, where)


def test_every_field_and_parameter_is_explained(schema: dict[str, Any]) -> None:
    found = list(properties(schema["components"]))
    assert len(found) > 150
    assert [where for where, field in found if not field.get("description")] == []
    operations = [one for methods in schema["paths"].values() for one in methods.values()]
    silent = [
        (one["operationId"], parameter["name"])
        for one in operations
        for parameter in one.get("parameters", ())
        if not parameter.get("description") and parameter["in"] != "path"
    ]
    assert silent == [] and all(one["summary"] and one["tags"] for one in operations)


def test_every_post_takes_a_key_but_signing_in_and_out(schema: dict[str, Any]) -> None:
    for address, methods in schema["paths"].items():
        if "post" in methods and address not in ("/api/v1/auth/login/", "/api/v1/auth/logout/"):
            named = {one["name"] for one in methods["post"]["parameters"]}
            assert "Idempotency-Key" in named, address


# Under these names an answer holds what opens something.
SECRETS = {"token", "secret", "password"}


def test_what_is_shown_once_says_when_it_was(schema: dict[str, Any]) -> None:
    """So that nothing which a key keeps has it: trail.idempotency.shown_once. Signing in takes no key."""
    shown = {
        name
        for methods in schema["paths"].values()
        for operation in methods.values()
        for answer in operation["responses"].values()
        for media in answer.get("content", {}).values()
        if (name := media["schema"].get("$ref", "").rpartition("/")[2])
    }
    shapes = {name: set(schema["components"]["schemas"][name].get("properties", ())) for name in shown}
    once = {name for name, fields in shapes.items() if SECRETS & fields} - {"SignedIn"}
    assert once == {name for name, fields in shapes.items() if "shown_already" in fields}
    assert {"MadeToken", "WebhookWithSecret", "StatementWithSecret"} <= once


def test_whatever_can_be_asked_whether_it_is_the_same_may_answer_so(schema: dict[str, Any]) -> None:
    asked = [
        operation
        for methods in schema["paths"].values()
        for operation in methods.values()
        if "If-None-Match" in {one["name"] for one in operation.get("parameters", ())}
    ]
    assert len(asked) > 15
    assert [one["operationId"] for one in asked if "304" not in one["responses"]] == []


def test_what_was_made_says_where_it_stands_and_a_list_where_it_goes_on(schema: dict[str, Any]) -> None:
    described = [
        (operation, code, set(answer.get("headers", ())))
        for methods in schema["paths"].values()
        for operation in methods.values()
        for code, answer in operation["responses"].items()
    ]
    made = [(one["operationId"], headers) for one, code, headers in described if code == "201"]
    assert len(made) > 20
    assert [name for name, headers in made if "Location" not in headers] == ["make_token"]
    for one, code, headers in described:
        takes = {parameter["name"] for parameter in one.get("parameters", ())}
        assert ("Link" in headers) == (code == "200" and "cursor" in takes), one["operationId"]
        assert ("Idempotency-Replayed" in headers) == (code in {"200", "201"} and "Idempotency-Key" in takes)


def validator(schema: dict[str, Any], shape: dict[str, Any]) -> jsonschema.Draft202012Validator:
    """OpenAPI 3.0 says `nullable` where JSON Schema has a list of types; nothing undescribed may come, nor a word that
    is not among today's."""

    def plain(node: Any) -> Any:
        if isinstance(node, list):
            return [plain(part) for part in node]
        if not isinstance(node, dict):
            return node
        made = {name: plain(part) for name, part in node.items()}
        if isinstance(made.get("properties"), dict):
            made["additionalProperties"] = False
        if EXTENSIBLE in made:
            made["enum"] = made.pop(EXTENSIBLE)
        if made.pop("nullable", False) is True:
            return {"anyOf": [made, {"type": "null"}]}
        return made

    return jsonschema.Draft202012Validator(plain(shape) | {"components": plain(schema["components"])})


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/api/v1/units/", "/api/v1/units/"),
        ("/api/v1/units/{code}/", "/api/v1/units/220103001001001/"),
        ("/api/v1/bodies/", "/api/v1/bodies/"),
        ("/api/v1/bodies/{code}/", "/api/v1/bodies/department-1/"),
        ("/api/v1/categories/", "/api/v1/categories/"),
        ("/api/v1/issues/", "/api/v1/issues/"),
        ("/api/v1/issues/{code}/", ""),
        ("/api/v1/issues/{code}/why/", "why/"),
        ("/api/v1/posts/", "/api/v1/posts/"),
        ("/api/v1/whistles/", "/api/v1/whistles/"),
        ("/api/v1/callees/", "/api/v1/callees/"),
        ("/api/v1/tasks/", "/api/v1/tasks/"),
        ("/api/v1/decisions/", "/api/v1/decisions/"),
        ("/api/v1/deadlines/", "/api/v1/deadlines/"),
        ("/api/v1/ratings/", "/api/v1/ratings/"),
        ("/api/v1/notices/", "/api/v1/notices/"),
        ("/api/v1/notices/unread/", "/api/v1/notices/unread/"),
        ("/api/v1/me/preferences/", "/api/v1/me/preferences/"),
        ("/api/v1/statistics/day/", "/api/v1/statistics/day/"),
        ("/api/v1/statistics/issues/", "/api/v1/statistics/issues/?by=unit&of=reported"),
        ("/api/v1/statistics/whistles/", "/api/v1/statistics/whistles/?by=body"),
        ("/api/v1/statistics/assessment/", "/api/v1/statistics/assessment/"),
        ("/api/v1/lists/", "/api/v1/lists/"),
        *((f"/api/v1/lists/{key}/", f"/api/v1/lists/{key}/") for key in TABLE),
        ("/api/v1/snapshots/", "/api/v1/snapshots/"),
        ("/api/v1/units/{code}/policies/", "/api/v1/units/220103/policies/"),
        *(
            ("/api/v1/units/{code}/policies/{key}/", f"/api/v1/units/220103/policies/{key}/")
            for key in ("categories", "limits", "duty_list", "rating_reasons", "own_categories")
        ),
    ],
)
def test_answers_are_as_described(
    town: Town, api: Api, schema: dict[str, Any], path: str, address: str
) -> None:
    issue = whole_issue(town)
    town.report("fire")
    there = address if address.startswith("/") else f"{ISSUES}{issue.code}/{address}"
    answer = api("community_secretary").get(there)
    shape = schema["paths"][path]["get"]["responses"]["200"]["content"][JSON]["schema"]
    errors = list(validator(schema, shape).iter_errors(answer.json()))
    assert answer.status_code == 200 and errors == []


def test_rows_are_written_by_hand_exactly_as_their_fields_describe_them(town: Town) -> None:
    rows = [whole_issue(town), town.report("fire", lon=125.3, lat=43.9, spot="三楼"), town.report("other")]
    PERFORM["reject"](rows[2], by=town.people["community_worker"], now=town.now, channel="12345", text="演示")
    for issue in [Issue.objects.get(pk=row.pk) for row in rows]:
        for language in ("en", "zh-hans"):
            with translation.override(language):
                serializer = IssueRowSerializer(issue, context={"now": town.now + timedelta(hours=1)})
                assert serializer.data == serializers.Serializer.to_representation(serializer, issue)
                assert list(serializer.data) == list(serializer.fields)


@pytest.mark.parametrize("person", ["community_secretary", "grid_worker", "body_officer"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_detail_is_written_by_hand_exactly_as_its_fields_describe_it(
    town: Town, person: str, language: str
) -> None:
    user, now = town.people[person], town.now + timedelta(hours=1)
    for code in (whole_issue(town).code, town.report("litter", place=town.street).code):
        if not Issue.objects.visible_to(user, now, code=code).exists():
            continue
        with translation.override(language):
            sheet = sheet_of(find_issue(code, user, now), user, now)
            context = {"now": now, "request": SimpleNamespace(user=user)}
            serializer = IssueSerializer(sheet, context=context)
            assert serializer.data == serializers.Serializer.to_representation(serializer, sheet)
            assert list(serializer.data) == list(serializer.fields)


def whole_issue(town: Town) -> Any:
    """One with a keeper, a whistle, contact data, a rating and notes."""
    issue = town.report("litter", contact=CONTACT)
    secretary, officer = town.people["community_secretary"], town.people["body_officer"]
    for verb, by, more in (
        ("contact", town.people["grid_worker"], {"way": "phone"}),
        ("hand_up", town.people["grid_worker"], {"text": "演示"}),
        ("sign", secretary, {}),
        ("submit_result", secretary, {"outcome": "solved", "text": "演示"}),
        ("rate", None, {"answered": True, "solved": False, "satisfied": False}),
        ("redo", town.people["street_dispatcher"], {"text": "演示"}),
        ("sign", secretary, {}),
        ("whistle", secretary, {"kind": "quick", "text": "演示", "bodies": [town.bodies["department"]]}),
    ):
        PERFORM[verb](issue, by=by, now=town.now, **more)
    PERFORM["supervise"](
        issue, by=town.people["supervisor"], now=town.now, until=date(2026, 3, 20), text="演示"
    )
    PERFORM["acknowledge"](Callee.objects.get(issue=issue), by=officer, now=town.now, text="演示")
    return Issue.objects.get(pk=issue.pk)


def test_every_body_has_an_example_that_fits(schema: dict[str, Any]) -> None:
    seen = 0
    for address, methods in schema["paths"].items():
        for operation in methods.values():
            for media, content in operation.get("requestBody", {}).get("content", {}).items():
                wrong = list(validator(schema, content["schema"]).iter_errors(content["example"]))
                assert wrong == [], (address, media, wrong[0].message)
                seen += 1
    assert seen > 100


def test_a_new_issue_links_to_what_is_there(schema: dict[str, Any]) -> None:
    known = {one["operationId"] for methods in schema["paths"].values() for one in methods.values()}
    links = schema["paths"]["/api/v1/issues/"]["post"]["responses"]["201"]["links"]
    assert {"get_issue", "sign_issue"} <= set(links) <= known


def test_a_generator_of_clients_takes_it_without_a_warning(schema: dict[str, Any], tmp_path: Any) -> None:
    (tmp_path / "schema.json").write_text(json.dumps(schema))
    (tmp_path / "config.yml").write_text(CONFIG)
    words = ["generate", "--path", "schema.json", "--config", "config.yml", "--fail-on-warning"]
    command = [sys.executable, "-m", "openapi_python_client", *words, "--output-path", "client"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(tmp_path.glob("client/*/api/issues/report_issue.py"))


@pytest.mark.parametrize(("accept", "begins"), [("application/json", b"{"), ("*/*", b"openapi:")])
def test_it_is_served_to_anybody(town: Town, accept: str, begins: bytes) -> None:
    answer = Client().get("/api/schema/", headers={"Accept": accept})
    assert answer.status_code == 200 and answer.content.startswith(begins)


def test_its_page_has_no_inline_script_or_style_and_nothing_from_elsewhere(town: Town) -> None:
    page = Client().get("/api/docs/")
    text = page.content.decode()
    assert page.status_code == 200 and "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert text.count("<script") == text.count("<script src=") == 3
    assert "<style" not in text and "style=" not in text and "http" not in text
    script = Client().get("/api/docs/?script=")
    assert (
        script.headers["Content-Type"].startswith("application/javascript")
        and b"/api/schema/" in script.content
    )
