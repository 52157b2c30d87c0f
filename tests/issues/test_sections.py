"""What higher apps add to an issue's page: on the phone and at a desk, for whom it is, in words alone."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User
from issues import sections
from issues.models import Issue
from issues.sections import Link, Row, Section, add_section
from tests.builders import Town
from tests.faces import signed_in, stop_clock

HELP = Section(
    "help",
    "演示:帮手",
    [Row("<b>演示:邻居</b>", "/one/", "演示:在办", "info", ["演示:三人"])],
    [Link("演示:再请", "/more/")],
)


@pytest.fixture(autouse=True)
def clock(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_clock(monkeypatch, town.now)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """(who looked, on which face); the grid's worker is told nothing."""
    found: list[tuple[str, str]] = []

    def tell(issue: Issue, user: Any, now: Any, face: str) -> Section | None:
        found.append((user.username, face))
        return None if user.username == "grid_worker" else HELP

    monkeypatch.setattr(sections, "SECTIONS", [tell])
    return found


def pages(town: Town, name: str) -> dict[str, str]:
    """Face → the page of an issue as this person reads it."""
    issue = town.report()
    User.objects.filter(pk=town.people[name].pk).update(is_staff=True)
    client = signed_in(town, name)
    addresses = {
        "phone": reverse("issues:issue", args=[issue.code]),
        "desk": reverse("admin:issues_issue_change", args=[issue.pk]),
    }
    return {face: client.get(address).content.decode() for face, address in addresses.items()}


def test_a_section_stands_on_both_pages(town: Town, asked: list[tuple[str, str]]) -> None:
    for face, content in pages(town, "community_worker").items():
        for words in ("演示:帮手", "演示:在办", "演示:三人", "演示:再请", 'href="/one/"', 'href="/more/"'):
            assert words in content, (face, words)
        assert "&lt;b&gt;演示:邻居" in content and "<b>演示:邻居" not in content
    assert asked == [("community_worker", "phone"), ("community_worker", "desk")]


def test_whoever_is_told_nothing_reads_nothing(town: Town, asked: list[tuple[str, str]]) -> None:
    for content in pages(town, "grid_worker").values():
        assert "演示:帮手" not in content and "section-help" not in content
    assert len(asked) == 2


def test_added_twice_it_stands_there_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sections, "SECTIONS", [])

    def tell(issue: Issue, user: Any, now: Any, face: str) -> Section | None:
        return HELP

    assert add_section(add_section(tell)) is tell
    assert [tell] == sections.SECTIONS
