"""What one page about an issue holds, for whom."""

from datetime import timedelta

import pytest

from issues.actions import PERFORM
from issues.page import issue_page
from tests.builders import CONTACT


def page(town, issue, name, **later):
    issue.refresh_from_db()
    return issue_page(issue, town.people[name], town.now + timedelta(**later))


def keys(found):
    return {verb.key for verb in found.verbs}


def whistled(town, **callees):
    issue = town.report("noise", contact=CONTACT)
    PERFORM["sign"](issue, by=town.people["community_worker"], now=town.now)
    given = {"kind": "quick", "text": "来", "bodies": [town.department]} | callees
    PERFORM["whistle"](issue, by=town.people["community_worker"], now=town.now, **given)
    for review in issue.decisions.waiting():
        PERFORM["grant"](review, by=town.people["street_dispatcher"], now=town.now)
    return issue


@pytest.mark.parametrize(
    ("category", "name", "primary"),
    [
        ("litter", "grid_worker", "sign"),
        ("other", "community_worker", "screen"),
        ("litter", "building_head", None),
        ("litter", "supervisor", None),
    ],
)
def test_the_primary_button(town, category, name, primary):
    found = page(town, town.report(category), name)
    assert (found.primary.key if found.primary else None) == primary


def test_who_only_reads_has_no_verbs(town):
    assert keys(page(town, town.report(), "building_head")) == set()


def test_the_callee_is_the_officers_own(town):
    found = page(town, whistled(town), "body_officer")
    assert found.primary.key == "acknowledge"
    assert [verb.key for verb in found.callees[0].verbs][:2] == ["acknowledge", "report_in"]
    assert found.callees[0].due.kind in {"minutes", "today", "tomorrow", "later"}


def test_the_caller_waits(town):
    found = page(town, whistled(town), "community_worker")
    assert not {verb.key for verb in found.callees[0].verbs} & {"acknowledge", "report_in", "done"}
    assert "submit_result" not in keys(found)


def test_a_callee_that_is_done_is_asked_for_no_more_than_its_verdict(town):
    issue = whistled(town)
    callee = issue.callees.get()
    officer = {"by": town.people["body_officer"], "now": town.now}
    PERFORM["report_in"](callee, mode="on_spot", **officer)
    PERFORM["done"](callee, text="好了", **officer)
    found = page(town, issue, "body_officer")
    assert [verb.key for verb in found.callees[0].verbs] == ["judge"] and found.callees[0].due is None


def test_lateness(town):
    issue = town.report()
    assert not page(town, issue, "grid_worker").late
    late = page(town, issue, "grid_worker", days=3)
    assert late.late and late.due.late


def test_an_ended_issue_has_no_deadline(town):
    issue = town.report("other")
    PERFORM["reject"](issue, by=town.people["community_worker"], now=town.now, channel="法院", text="诉讼中")
    found = page(town, issue, "community_worker")
    assert found.due is None and not found.late and keys(found) == set()


@pytest.mark.parametrize(
    ("name", "sees"),
    [
        ("grid_worker", True),
        ("street_dispatcher", True),
        ("body_officer", True),
        ("building_head", False),
        ("supervisor", False),
        ("property_officer", False),
    ],
)
def test_contact_data(town, name, sees):
    issue = whistled(town, kind="tough", bodies=[town.posted, town.property])
    if name == "body_officer":
        issue = whistled(town)
    found = page(town, issue, name)
    assert (found.reporter is not None) is sees
    if sees:
        assert found.reporter.masked_phone == "138****1234"


def test_erased_contact_data_is_gone(town):
    issue = town.report(contact=CONTACT)
    type(issue.reporter).objects.filter(issue=issue).update(erased_at=town.now)
    assert page(town, issue, "grid_worker").reporter is None


def test_an_outside_body_reads_no_internal_note(town):
    issue = whistled(town, kind="tough", bodies=[town.posted, town.property])
    PERFORM["note"](issue, by=town.people["community_worker"], now=town.now, text="secret", internal=True)
    notes = {
        name: [note.text for line in page(town, issue, name).lines for note in line.notes]
        for name in ("posted_officer", "property_officer")
    }
    assert "secret" in notes["posted_officer"] and "secret" not in notes["property_officer"]
