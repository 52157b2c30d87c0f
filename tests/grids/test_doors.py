"""Sheets of QR codes: who prints them, what stands on them, codes for the doors that have none."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from grids.actions.tokens import issue_token, revoke_token
from grids.actions.tree import add_unit, close_unit
from grids.models import BuildingToken
from grids.qr_codes import DOOR, door_address, qr_svg
from trail.idempotency import FIELD
from trail.models import Event


def address(unit) -> str:
    return reverse("admin:grids_unit_qr", args=[unit.pk])


def add(town, number: int):
    code = f"{town.g1.code}{number:02d}"
    return add_unit(town.g1, code=code, name=f"{number}号楼", by=None, now=timezone.now())


def doors(response) -> list[str]:
    return re.findall(r'<p class="name">([^<]+)</p>', response.content.decode())


def test_the_address_on_doors_is_the_one_that_answers() -> None:
    assert reverse("issues:resident") == DOOR
    assert (
        door_address("https://city.example", "tok")
        == f"https://city.example{reverse('issues:scan', args=['tok'])[:-1]}"
    )


def test_a_code_is_one_svg_without_style_or_size_of_its_own() -> None:
    svg = qr_svg(door_address("https://gezhi.example.gov.cn", "abcdefghijklmnopqrstuv"))
    assert svg.startswith("<svg ") and svg.count("<path") == 1
    assert "style=" not in svg and "width=" not in svg and "<?xml" not in svg
    assert svg == qr_svg(door_address("https://gezhi.example.gov.cn", "abcdefghijklmnopqrstuv"))
    assert svg != qr_svg(door_address("https://gezhi.example.gov.cn", "abcdefghijklmnopqrstuw"))


def test_each_door_says_where_it_is_what_it_is_for_and_whom_to_call(manager, town, settings) -> None:
    settings.BASE_URL = "https://city.example"
    token = issue_token(town.h, by=None, now=timezone.now())
    page = manager.get(address(town.x))
    text = page.content.decode()
    assert page.status_code == 200 and doors(page) == [town.h.name]
    for words in (town.x.name, town.g1.name, town.h.code, "扫码反映问题", "Scan to report", "12345", "119"):
        assert words in text, words
    assert qr_svg(f"https://city.example/r/{token.token}") in text
    assert token.token not in text, "only in the code itself"
    assert "css/print.css" in text and " style=" not in text and "<script>" not in text
    assert (
        address(town.x) in manager.get(reverse("admin:grids_unit_change", args=[town.x.pk])).content.decode()
    )


def test_only_codes_that_work_the_newest_of_each(manager, town, settings) -> None:
    old, new = (issue_token(town.h, by=None, now=timezone.now()) for _ in range(2))
    closed, revoked = add(town, 2), add(town, 3)
    issue_token(closed, by=None, now=timezone.now())
    revoke_token(issue_token(revoked, by=None, now=timezone.now()), by=None, now=timezone.now())
    close_unit(closed, by=None, now=timezone.now())
    page = manager.get(address(town.g1))
    assert doors(page) == [town.h.name] and [one.name for one in page.context["missing"]] == [revoked.name]
    assert qr_svg(door_address(settings.BASE_URL, new.token)) in page.content.decode()
    assert qr_svg(door_address(settings.BASE_URL, old.token)) not in page.content.decode()


def test_twelve_on_a_sheet(manager, town) -> None:
    for number in range(2, 15):
        issue_token(add(town, number), by=None, now=timezone.now())
    page = manager.get(address(town.a))
    assert [len(sheet) for sheet in page.context["sheets"]] == [12, 1]
    assert page.content.decode().count('class="sheet"') == 2


def test_missing_ones_are_issued_after_a_tick_once_and_each_in_the_trail(manager, town) -> None:
    add(town, 2)
    form = manager.get(address(town.x)).context["form"]
    sent = {FIELD: form[FIELD].value()}
    assert manager.post(address(town.x), sent).status_code == 422 and not BuildingToken.objects.exists()
    sent = {FIELD: manager.get(address(town.x)).context["form"][FIELD].value(), "tokens-sure": "on"}
    for _tap in range(2):
        answer = manager.post(address(town.x), sent)
        assert answer.status_code == 302 and answer.url == address(town.x)
    assert BuildingToken.objects.count() == 2
    issued = Event.objects.filter(subject_type="token", verb="issue")
    assert sorted(issued.values_list("subject_id", flat=True)) == sorted(
        BuildingToken.objects.values_list("pk", flat=True)
    )
    page = manager.get(address(town.x))
    assert len(doors(page)) == 2 and page.context["form"] is None


def test_what_is_too_large_is_printed_part_by_part(manager, town, monkeypatch) -> None:
    for module in ("grids.admin.doors", "grids.forms.doors"):
        monkeypatch.setattr(f"{module}.MOST_DOORS", 1)
    issue_token(add(town, 2), by=None, now=timezone.now())
    page = manager.get(address(town.x))
    assert not doors(page) and address(town.g1) in page.content.decode()
    assert manager.post(address(town.x), {"tokens-sure": "on"}).status_code == 422
    assert BuildingToken.objects.count() == 1


def test_staff_of_the_place_print_and_issue_nothing(sign_in, town) -> None:
    issue_token(town.h, by=None, now=timezone.now())
    add(town, 2)
    client = sign_in("she", "community_worker", town.x)
    page = client.get(address(town.x))
    assert doors(page) == [town.h.name] and page.context["form"] is None
    assert client.post(address(town.x), {"tokens-sure": "on"}).status_code == 404
    assert BuildingToken.objects.count() == 1


@pytest.mark.parametrize("role", ["supervisor", "security_admin", "audit_admin"])
def test_nobody_else_sees_a_code(sign_in, town, role) -> None:
    issue_token(town.h, by=None, now=timezone.now())
    client = sign_in("du", role, town.district)
    assert client.get(address(town.x)).status_code == 404


def test_what_one_does_not_see_is_unknown(sign_in, town) -> None:
    client = sign_in("she", "community_worker", town.x)
    for unit in (town.y, town.g3, town.z, town.a, town.district):
        assert client.get(address(unit)).status_code == 404
    assert client.get("/admin/grids/unit/999999999/qr/").status_code == 404
    close_unit(town.g2, by=None, now=timezone.now())
    assert client.get(address(town.g2)).status_code == 404


def test_the_cost_does_not_grow_with_the_doors(manager, town, django_assert_num_queries) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    issue_token(town.h, by=None, now=timezone.now())
    add(town, 2)
    manager.get(address(town.x))
    with CaptureQueriesContext(connection) as one:
        manager.get(address(town.x))
    for number in (3, 4, 5, 6):
        issue_token(add(town, number), by=None, now=timezone.now())
    with django_assert_num_queries(len(one)):
        assert len(doors(manager.get(address(town.x)))) == 5
