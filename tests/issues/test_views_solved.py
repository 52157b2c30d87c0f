"""What was solved in a community, as a page and as an Atom feed: for everybody, about nobody."""

import re
from datetime import datetime, timedelta
from xml.etree import ElementTree

import pytest

from calendars.midnight import midnight
from issues.models import Category, Issue
from tests.builders import CONTACT
from tests.faces import stop_clock, visitor

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(autouse=True)
def clock(monkeypatch, town):
    stop_clock(monkeypatch, town.now)


def solved(town, category="litter", **more):
    issue = town.report(category, contact=CONTACT, spot="三单元402室", text="演示:张三家门口", **more)
    values = {
        "state": "closed",
        "outcome": "solved",
        "due_at": None,
        "due_what": "",
        "resolved_at": town.now,
        "closed_at": town.now,
    }
    fields = {field.attname for field in Issue._meta.concrete_fields}
    Issue.objects.filter(pk=issue.pk).update(
        **{name: value for name, value in values.items() if name in fields}
    )
    return issue


def address(unit) -> str:
    return f"/r/at/{unit.code}/solved.atom"


def entries(response) -> list[str]:
    root = ElementTree.fromstring(response.content)
    return [entry.findtext(f"{ATOM}title") for entry in root.iter(f"{ATOM}entry")]


def test_it_says_what_where_and_when_and_nothing_of_persons(town):
    issue = solved(town)
    town.report()
    response = visitor().get(address(town.community))
    assert response.status_code == 200 and response["Content-Type"].startswith("application/atom+xml")
    assert entries(response) == [f"{issue.category.name_en} · 第一网格"]
    text = response.content.decode()
    assert "2026-03-10" in text
    told = ("张三", "402", CONTACT.name, CONTACT.phone, issue.code, issue.number, "1号楼", "02:00")
    assert not [word for word in told if word in text]
    assert "max-age=900" in response["Cache-Control"] and "public" in response["Cache-Control"]


def test_the_same_is_not_sent_again(town):
    solved(town)
    first = visitor().get(address(town.community))
    assert visitor().get(address(town.community), headers={"if-none-match": first["ETag"]}).status_code == 304


@pytest.mark.parametrize("how_many", [0, 1])
def test_it_has_what_every_feed_must_have(town, how_many):
    """RFC 4287, 4.1.1 and 4.1.2."""
    for _one in range(how_many):
        solved(town)
    root = ElementTree.fromstring(visitor().get(address(town.community)).content)
    assert root.tag == f"{ATOM}feed"
    assert [author.findtext(f"{ATOM}name") for author in root.findall(f"{ATOM}author")] == [
        town.community.name
    ]
    for element in (root, *root.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            (found,) = element.findall(f"{ATOM}{name}")
            assert found.text
        assert datetime.fromisoformat(element.findtext(f"{ATOM}updated")).tzinfo
    assert [link.get("href") for link in root.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert len(list(root.iter(f"{ATOM}entry"))) == how_many


def test_an_empty_one_is_not_sent_again_either(town):
    """It says since when there is the community, and not the second in which it was asked."""
    first = visitor().get(address(town.community))
    assert entries(first) == []
    said = ElementTree.fromstring(first.content).findtext(f"{ATOM}updated")
    assert datetime.fromisoformat(said) == midnight(town.community.created_at)
    assert visitor().get(address(town.community), headers={"if-none-match": first["ETag"]}).status_code == 304


@pytest.mark.parametrize(
    "hidden",
    [
        {"kind": "dispute"},
        {"outcome": "explained"},
        {"community": "other"},
        {"about_unit": "grid"},
        {"category": {"for_residents": False}},
        {"category": {"about_somebody": True}},
        {"category": {"kind": "dispute"}},
        {"resolved_at": timedelta(days=-91)},
    ],
)
def test_what_is_not_for_everybody_never_stands_in_it(town, hidden):
    issue = solved(town)
    for name, value in hidden.items():
        if name == "category":
            Category.objects.filter(pk=issue.category_id).update(**value)
            continue
        named = {"other": town.other_community, "grid": town.grid}
        value = town.now + value if isinstance(value, timedelta) else named.get(value, value)
        Issue.objects.filter(pk=issue.pk).update(**{name: value})
    assert entries(visitor().get(address(town.community))) == []


def test_where_it_is_says_who_needs_care_so_only_the_community_is_told(town):
    issue = solved(town)
    Category.objects.filter(pk=issue.category_id).update(key="care")
    assert entries(visitor().get(address(town.community))) == [issue.category.name_en]


def test_only_a_community_has_one(town):
    for unit in (town.district, town.street, town.grid, town.building):
        assert visitor().get(address(unit)).status_code == 404
    assert visitor().get("/r/at/999999999999/solved.atom").status_code == 404


def test_its_page_leads_to_it(town):
    page = visitor().get(f"/r/at/{town.community.code}/").content.decode()
    assert re.search(
        rf'<link rel="alternate" type="application/atom\+xml"[^>]+{address(town.community)}', page
    )
    assert "solved.atom" not in visitor().get(f"/r/at/{town.street.code}/").content.decode()


def test_few_queries_and_no_more_than_it_holds(town, monkeypatch, django_assert_max_num_queries):
    for _unused in range(3):
        solved(town)
    with django_assert_max_num_queries(3):
        assert len(entries(visitor().get(address(town.community)))) == 3
    monkeypatch.setattr("issues.views.solved.MOST", 2)
    assert len(entries(visitor().get(address(town.community)))) == 2


# --- the page -----------------------------------------------------------------------------------------------
def page_of(unit) -> str:
    return f"/r/at/{unit.code}/solved/"


def lines(response) -> list[str]:
    return [f"{row.category} · {row.grid}" for row in response.context["rows"]]


def test_the_page_says_the_same_as_the_feed(town):
    issue = solved(town)
    town.report()
    response = visitor().get(page_of(town.community))
    assert lines(response) == entries(visitor().get(address(town.community)))
    text = response.content.decode()
    assert issue.category.name_en in text and "第一网格" in text and address(town.community) in text
    told = ("张三", "402", CONTACT.name, CONTACT.phone, issue.code, issue.number, "1号楼", "02:00", "10:00")
    assert not [word for word in told if word in text]


@pytest.mark.parametrize(
    "hidden",
    [
        {"kind": "dispute"},
        {"outcome": "explained"},
        {"about_unit_id": 1},
        {"resolved_at": timedelta(days=-91)},
    ],
)
def test_what_is_not_for_everybody_never_stands_on_it(town, hidden):
    issue = solved(town)
    values = {
        key: town.now + value if isinstance(value, timedelta) else value for key, value in hidden.items()
    }
    values = {key: town.grid.pk if key == "about_unit_id" else value for key, value in values.items()}
    Issue.objects.filter(pk=issue.pk).update(**values)
    response = visitor().get(page_of(town.community))
    assert lines(response) == [] and "Nothing yet" in response.content.decode()


def test_only_a_community_has_a_page(town):
    for unit in (town.district, town.street, town.grid, town.building):
        assert visitor().get(page_of(unit)).status_code == 404


def test_page_by_page_each_once_even_of_one_moment(town, monkeypatch):
    monkeypatch.setattr("issues.views.solved.PER_PAGE", 2)
    made = [solved(town) for _unused in range(5)]
    Issue.objects.filter(pk=made[0].pk).update(resolved_at=town.now - timedelta(days=3))
    seen, path = [], page_of(town.community)
    for _page in range(3):
        response = visitor().get(path)
        seen += response.context["rows"]
        mark = response.context["more"]
        assert not re.search(rf"\b{made[0].pk}\b", mark) and made[0].code not in mark
        path = f"{page_of(town.community)}?before={mark}"
    assert len(seen) == 5 and not mark and seen[-1].ended_at == town.now - timedelta(days=3)


@pytest.mark.parametrize("mark", ["", "x", "é", "x" * 400, "gAAAAA", "%00", "1 2"])
def test_a_mark_of_somebody_else_leads_nowhere(town, mark):
    assert visitor().get(page_of(town.community), {"before": mark}).status_code == 404


def test_a_secret_of_another_purpose_is_no_mark(town):
    from accounts.secrets import encrypt

    mark = encrypt(f"{town.now.isoformat()} 1").rstrip("=")
    assert visitor().get(page_of(town.community), {"before": mark}).status_code == 404


def test_the_page_costs_the_same_for_one_and_three(town, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    solved(town)
    visitor().get(page_of(town.community))
    with CaptureQueriesContext(connection) as one:
        visitor().get(page_of(town.community))
    solved(town), solved(town)
    with django_assert_num_queries(len(one)):
        assert len(lines(visitor().get(page_of(town.community)))) == 3


def test_its_community_and_the_page_after_reporting_lead_to_it(town):
    from issues.views.follow import follow_link

    assert page_of(town.community) in visitor().get(f"/r/at/{town.community.code}/").content.decode()
    assert page_of(town.community) in visitor().get(f"{follow_link(town.report())}sent/").content.decode()
