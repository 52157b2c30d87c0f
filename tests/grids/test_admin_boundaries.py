"""Boundaries by file in the staff admin: seen first, saved then, given back after that."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation

from grids.coordinates import BD09, WGS84, geometry_from_wgs84
from grids.models import FormerBoundary, Unit
from tests.grids.test_admin import do, keys_on, page
from tests.grids.test_boundaries import BOW_TIE, box, collection, feature
from trail.idempotency import FIELD
from trail.models import Event

pytestmark = pytest.mark.django_db
LEFT, RIGHT = box(125.0, 43.0, 125.01, 43.01), box(125.01, 43.0, 125.02, 43.01)
UPLOAD, SAVE = "admin:grids_unit_boundaries", "admin:grids_unit_save_boundaries"


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def check(client, document, *, crs=WGS84, code=""):
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    file = SimpleUploadedFile("边界.geojson", data)
    return client.post(
        reverse(UPLOAD), {"file": file, "crs": crs, "code": code}, headers={"Accept-Language": "en"}
    )


def save(client, answer, once="key-1"):
    document = answer.context["save"].initial["document"]
    return client.post(reverse(SAVE), {"document": document, FIELD: once}, headers={"Accept-Language": "en"})


def both(town):
    return collection(feature(town.g1.code, LEFT), feature(town.g2.code, RIGHT))


def test_what_changes_is_shown_and_nothing_is_saved(town, manager) -> None:
    answer = check(manager, both(town))
    said = answer.content.decode()
    assert answer.status_code == 200 and "Save the boundaries" in said
    assert (
        said.count('class="gz-map-new"') == 2
        and "<svg" in said
        and "style=" not in said.split("<svg")[1].split("</svg>")[0]
    )
    assert [(unit.code, before) for unit, before, _after in answer.context["changes"]] == [
        (town.g1.code, None),
        (town.g2.code, None),
    ]
    assert not Unit.objects.exclude(boundary=None).exists() and not FormerBoundary.objects.exists()


def test_then_saved_once(town, manager) -> None:
    answer = check(manager, both(town))
    first = save(manager, answer)
    assert first.status_code == 302 and first.url == reverse("admin:grids_unit_changelist")
    assert Unit.objects.exclude(boundary=None).count() == 2
    events = Event.objects.count()
    assert save(manager, answer).url == first.url and Event.objects.count() == events


def test_in_the_system_of_the_file(town, manager) -> None:
    answer = check(manager, geometry_from_wgs84(LEFT, BD09), crs=BD09, code=town.g1.code)
    assert save(manager, answer).url == page(town.g1)
    saved = Unit.objects.get(pk=town.g1.pk).boundary["coordinates"][0]
    assert sorted(map(tuple, saved)) == sorted((lon, lat) for lon, lat in LEFT["coordinates"][0])


def test_faults_are_named_and_marked_and_cannot_be_saved(town, manager) -> None:
    wrong = collection(
        feature(town.g1.code, LEFT),
        feature(town.g2.code, box(125.005, 43.0, 125.02, 43.01)),
        feature(town.g3.code, BOW_TIE),
        feature("nowhere", LEFT),
    )
    answer = check(manager, wrong)
    said = answer.content.decode()
    assert answer.status_code == 422 and answer.context["save"] is None
    assert said.count('class="gz-map-fault"') == 2, "the overlap and the crossing"
    assert [fault.number for fault in answer.context["faults"]] == [2, 3, 4]
    assert town.g1.name in said and "crosses or touches itself" in said and "There is no nowhere" in said


@pytest.mark.parametrize("data", [b"", b"{}", b"PK\x03\x04", b"[" * 100_000, b'{"type":"FeatureCollection"}'])
def test_what_is_no_geojson(town, manager, data) -> None:
    assert check(manager, data).status_code == 422


def test_too_large(town, manager) -> None:
    answer = check(manager, b" " * 1_500_001)
    assert answer.status_code == 422 and "too large" in answer.content.decode()


def test_what_changed_meanwhile_is_judged_again(town, manager) -> None:
    first = check(manager, feature(town.g1.code, LEFT))
    save(manager, check(manager, feature(town.g2.code, LEFT)), "other")
    refused = save(manager, first)
    assert refused.status_code == 409 and "overlaps" in refused.content.decode()
    assert Unit.objects.get(pk=town.g1.pk).boundary is None


@pytest.mark.parametrize("document", ["", "{", "7"])
def test_a_made_up_confirmation(town, manager, document) -> None:
    answer = manager.post(reverse(SAVE), {"document": document, FIELD: "k"})
    assert answer.status_code in {409, 422} and manager.get(reverse(SAVE)).status_code == 405


def test_the_earlier_one_is_offered_on_the_units_page(town, manager) -> None:
    assert "give_back_boundary" not in keys_on(manager, town.g1)
    assert f"{reverse(UPLOAD)}?code={town.g1.code}" in manager.get(page(town.g1)).content.decode()
    save(manager, check(manager, LEFT, code=town.g1.code))
    save(manager, check(manager, box(125.0, 43.0, 125.005, 43.01), code=town.g1.code), "key-2")
    assert "give_back_boundary" in keys_on(manager, town.g1)
    former = FormerBoundary.objects.filter(unit=town.g1).latest("pk")
    assert do(manager, town.g1, "give_back_boundary", former=former.pk).status_code == 302
    assert Unit.objects.get(pk=town.g1.pk).boundary == former.boundary
    foreign = FormerBoundary.objects.create(unit=town.g4, boundary=LEFT, replaced_at=former.replaced_at)
    assert do(manager, town.g1, "give_back_boundary", former=foreign.pk).status_code == 422


def test_who_may(town, sign_in) -> None:
    leader = sign_in("jie", "street_leader", town.a)
    assert leader.get(reverse(UPLOAD)).status_code == 403
    assert leader.post(reverse(SAVE), {"document": "{}"}).status_code == 403


def test_only_in_ones_own_district(town, manager, now) -> None:
    from grids.actions.tree import add_unit

    other = add_unit(None, code="990102", name="试二区", by=None, now=now)
    answer = check(manager, LEFT, code=other.code)
    assert answer.status_code == 422 and "There is no 990102, or it is not yours" in answer.content.decode()
