"""工单性质 and 关联单号: what the hotline asks of the district, and which orders it ties together, on every face."""

import pytest

from issues.hotline.cells import numbers_of
from issues.hotline.columns import DEFAULT
from issues.hotline.parcels import orders_in, parcels_of
from issues.hotline.replies import reply_row
from issues.hotline_results import replies
from issues.likely import likely_of
from issues.models import HotlineOrder, Issue
from issues.page import issue_page
from tests.api.conftest import client_of
from tests.faces import signed_in, stop_clock
from tests.issues.sheets import row
from tests.issues.test_hotline import bring
from tests.issues.test_hotline_rows import check


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        (None, []),
        ("无", []),
        ("—", []),
        ("GZ1", ["GZ1"]),
        ("GZ1、GZ2", ["GZ1", "GZ2"]),
        ("GZ1,GZ2;GZ3 GZ4\nGZ5", ["GZ1", "GZ2", "GZ3", "GZ4", "GZ5"]),
        ("GZ1; GZ1 ；GZ2", ["GZ1", "GZ2"]),
        ("ＧＺ１", ["GZ1"]),
        (20260310000001, ["20260310000001"]),
        (1.2345678901234567e20, []),
        ("1" * 41, []),
    ],
)
def test_several_numbers_in_one_cell(cell, numbers):
    assert numbers_of(cell) == numbers


def test_an_order_is_not_related_to_itself_and_survives_packing():
    [order] = check(row(number="GZ1", related="GZ1、GZ2")).orders
    assert order.related == ("GZ2",)
    [packed] = [one for parcel in parcels_of([order]) for one in orders_in(parcel)]
    assert packed == order


def order(number, **more):
    return row(category="演示litter", number=number, **more)


def issue_of(number):
    return Issue.objects.get(hotline__number=number)


@pytest.fixture
def tied(town):
    """GZ1 names GZ2, which is there, and GZ9, which is not; GZ3 has nothing to do with them."""
    bring(town, order("GZ2"), order("GZ3", content="演示:路灯不亮"), order("GZ1", related="GZ2、GZ9"))
    return issue_of("GZ1")


def page_of(town, number, who="community_secretary"):
    return issue_page(issue_of(number), town.people[who], town.now).order


def test_both_ends_lead_to_each_other(town, tied):
    assert HotlineOrder.objects.get(number="GZ1").related == ["GZ2", "GZ9"]
    one, other = page_of(town, "GZ1"), page_of(town, "GZ2")
    assert [[found.hotline.number for found in page.related] for page in (one, other)] == [["GZ2"], ["GZ1"]]
    assert (one.unknown, other.unknown, page_of(town, "GZ3").related) == (("GZ9",), (), ())


def test_it_is_found_by_its_number(town, tied):
    found = Issue.objects.matching("GZ1")
    assert list(Issue.objects.matching("ｇｚ１")) == [tied]
    assert list(found) == [tied] and not Issue.objects.matching("GZ9")
    assert list(Issue.objects.matching("GZ3 路灯")) == [issue_of("GZ3")]


def test_only_those_that_one_may_see(town, tied):
    Issue.objects.filter(pk=issue_of("GZ2").pk).update(
        community=town.far_community, street=town.other_street, owner_unit=town.far_community
    )
    issue_of("GZ2").concerns.all().delete()
    page = page_of(town, "GZ1")
    assert (page.related, page.unknown) == ((), ("GZ2", "GZ9"))


def test_another_file_ties_them_later_and_unties_them(town):
    bring(town, order("GZ1"), order("GZ2"))
    bring(town, order("GZ1", related="GZ2"))
    assert [one.hotline.number for one in page_of(town, "GZ2").related] == ["GZ1"]
    bring(town, order("GZ1"))
    assert not page_of(town, "GZ2").related


def test_what_the_hotline_names_comes_first_among_what_may_be_the_same(town, tied):
    seen = Issue.objects.visible_to(town.people["community_secretary"], town.now)
    [first, *others] = likely_of(tied, now=town.now, seen=seen)
    assert (first.issue, first.named) == (issue_of("GZ2"), True)
    assert not any(one.named or one.issue == first.issue for one in others)
    Issue.objects.filter(pk=issue_of("GZ2").pk).update(kind="dispute")
    assert issue_of("GZ2") not in [one.issue for one in likely_of(tied, now=town.now, seen=seen)]


# --- what is asked of the district --------------------------------------------------------------------------
def test_assisting_stands_on_every_staff_face(town, monkeypatch):
    stop_clock(monkeypatch, town.now)
    bring(town, order("GZ1", nature="协办", related="GZ2"), order("GZ2", nature="主办"))
    issue = issue_of("GZ1")
    user = town.people["community_secretary"]
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    client = signed_in(town, "community_secretary")
    for address in (f"/i/{issue.code}/", f"/admin/issues/issue/{issue.pk}/change/"):
        page = client.get(address).content.decode()
        assert "We only assist" in page and "GZ2" in page, address
    for address in ("/admin/issues/issue/", "/admin/issues/hotlineorder/", "/"):
        assert client.get(address).content.decode().count("We only assist") >= 1, address
    for address, number in (("/admin/issues/issue/", issue.number), ("/admin/issues/hotlineorder/", "GZ1")):
        assert number in client.get(f"{address}?nature=协办").content.decode()
        assert number not in client.get(f"{address}?nature=主办").content.decode()
    listed = client.get("/admin/lists/issues/?nature=协办").content.decode()
    assert "12345 hotline · We only assist" in listed and issue_of("GZ2").number not in listed


def test_assisting_over_rest(town, monkeypatch):
    stop_clock(monkeypatch, town.now)
    bring(town, order("GZ1", nature="协办", related="GZ2、GZ9"), order("GZ2", nature="主办"))
    api = client_of(town.people["community_secretary"])
    told = api.get(f"/api/v1/issues/{issue_of('GZ1').code}/").json()["hotline"]
    assert told["nature"]["key"] == "协办"
    assert told["related"] == [
        {"number": "GZ2", "issue": issue_of("GZ2").code},
        {"number": "GZ9", "issue": None},
    ]
    found = api.get("/api/v1/issues/", {"nature": "协办"}).json()["results"]
    assert [one["code"] for one in found] == [issue_of("GZ1").code]
    assert api.get("/api/v1/issues/", {"nature": "?"}).status_code == 400
    assert client_of(town.people["property_officer"]).get("/api/v1/issues/").json()["results"] == []


def test_the_result_goes_back_with_what_was_asked(town):
    bring(town, order("GZ1", nature="协办", related="GZ2"))
    [reply] = replies(HotlineOrder.objects.all())
    cells = dict(zip(DEFAULT.headings, reply_row(reply, DEFAULT), strict=True))
    assert (cells["nature"], cells["related"], cells["outcome"]) == ("协办", "GZ2", "办理中")
