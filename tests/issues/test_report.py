"""An issue comes in: where it goes, what is promised, what is kept and what is not."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from grids.actions.tree import close_unit
from issues.actions import Contact, report_issue
from issues.models import Concern, Deadline, Issue, Reporter
from issues.worktimes import forget_worktimes
from tests.builders import CONTACT, Town
from tests.issues.invariants import check_invariants
from trail.models import Event
from trail.refusals import NotAllowed, Refused


def verbs(issue: Issue) -> list[str]:
    return list(Event.objects.about("issue", issue.pk).values_list("verb", flat=True))


@pytest.mark.parametrize(
    ("category", "state", "owner", "sign_hours"),
    [
        ("litter", "assigned", "grid", 2),
        ("noise", "assigned", "community", 2),
        ("road", "assigned", "street", 4),
        ("permit", "assigned", "district", None),
        ("other", "reported", "community", 2),
    ],
)
def test_the_category_says_where_it_goes(
    town: Town, category: str, state: str, owner: str, sign_hours: int | None
) -> None:
    issue = town.report(category)
    assert (issue.state, issue.owner) == (state, town.units[owner])
    if sign_hours:
        # 10:00; four working hours reach over the noon break.
        assert issue.due_at == town.now + timedelta(
            hours=2 if sign_hours == 2 else 5, minutes=0 if sign_hours == 2 else 30
        )
    assert verbs(issue) == (["report", "dispatch"] if state == "assigned" else ["report"])
    assert (issue.promised_at is not None) == (state == "assigned")
    check_invariants(town.now)


def test_the_place_is_kept_as_it_was_called(town: Town) -> None:
    issue = town.report(spot="北门")
    assert issue.place_code == town.building.code
    assert issue.place_label == "新发街道 天光社区 第一网格 1号楼"
    assert issue.lineage() == town.building.lineage()


@pytest.mark.parametrize(
    ("place", "category", "owner"),
    [
        ("street", "litter", "street"),
        ("street", "other", "street"),
        ("community", "litter", "community"),
        ("district", "fire", "district"),
        ("grid", "road", "street"),
    ],
)
def test_a_place_without_such_a_level_goes_to_the_nearest_above(
    town: Town, place: str, category: str, owner: str
) -> None:
    issue = town.report(category, place=town.units[place])
    assert issue.owner == town.units[owner]
    check_invariants(town.now)


def test_danger_skips_screening_and_calls_three_levels(town: Town) -> None:
    issue = town.report("fire")
    assert (issue.state, issue.owner, issue.is_danger) == ("assigned", town.grid, True)
    assert verbs(issue) == ["report", "dispatch", "alarm"]
    alarm = Event.objects.about("issue", issue.pk).last()
    assert alarm.data["units"] == [town.grid.pk, town.community.pk, town.street.pk]
    assert issue.due_at == town.now + timedelta(minutes=5)
    assert issue.promised_at == town.now + timedelta(hours=2)
    check_invariants(town.now)


def test_danger_on_a_street_calls_who_is_there(town: Town) -> None:
    issue = town.report("fire", place=town.street)
    assert Event.objects.about("issue", issue.pk).last().data["units"] == [town.street.pk]


@pytest.mark.parametrize("category", ["litter", "noise", "fire"])
def test_what_is_put_down_two_weeks_later_has_its_whole_time(town: Town, category: str) -> None:
    """Nobody here could have answered before: nothing is promised for a day gone by, nothing late at once."""
    at_once = town.report(category)
    issue = town.report(category, occurred_at=town.now - timedelta(days=14), source="visit")
    assert (issue.reported_at, issue.received_at) == (town.now - timedelta(days=14), town.now)
    assert (issue.assigned_at, issue.due_at) == (town.now, at_once.due_at)
    assert issue.promised_at == at_once.promised_at
    assert issue.deadlines.get().started_at == town.now
    assert Event.objects.about("issue", issue.pk).first().occurred_at == issue.reported_at


def test_nothing_is_reported_from_the_future(town: Town) -> None:
    issue = town.report(occurred_at=town.now + timedelta(days=3))
    assert issue.reported_at == town.now


def test_contact_data_is_encrypted_and_found_by_hash(town: Town) -> None:
    issue = town.report(contact=CONTACT)
    reporter = Reporter.objects.get(issue=issue)
    assert (reporter.name, reporter.phone) == ("演示居民", "13800001234")
    assert reporter.masked_phone == "138****1234"
    with connection.cursor() as cursor:
        cursor.execute("SELECT r::text FROM issues_reporter r WHERE issue_id = %s", [issue.pk])
        row = cursor.fetchone()[0]
    assert "13800001234" not in row
    assert "演示居民" not in row


def test_the_same_last_four_digits_of_two_issues_have_different_hashes(town: Town) -> None:
    one, two = town.report(contact=CONTACT), town.report(contact=CONTACT)
    hashes = Reporter.objects.filter(issue__in=[one, two]).values_list("last_four_hash", flat=True)
    assert len(set(hashes)) == 2
    assert len(set(Reporter.objects.values_list("phone_hash", flat=True))) == 1


@pytest.mark.parametrize("contact", [None, Contact(), Contact(name="  ")])
def test_nobody_has_to_say_who_they_are(town: Town, contact: Contact | None) -> None:
    issue = town.report(contact=contact)
    reporter = Reporter.objects.filter(issue=issue).first()
    assert reporter is None or (reporter.phone_hash, reporter.last_four_hash) == ("", "")


@pytest.mark.parametrize(
    "name",
    [
        "grid_worker",
        "part_time_grid_worker",
        "spotter",
        "building_head",
        "street_dispatcher",
        "district_dispatcher",
    ],
)
def test_whoever_is_on_duty_may_report(town: Town, name: str) -> None:
    issue = town.report(by=town.people[name], source="patrol")
    event = Event.objects.about("issue", issue.pk).first()
    assert (issue.registered_by, event.actor) == (town.people[name], town.people[name])
    assert event.actor_label.startswith(town.posts[name].role)


@pytest.mark.parametrize(
    "name", ["system_admin", "audit_admin", "supervisor", "body_officer", "grid_worker_deputy"]
)
def test_others_may_not(town: Town, name: str) -> None:
    with pytest.raises(NotAllowed):
        town.report(by=town.people[name])
    assert not Issue.objects.exists()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"text": " "}, "text_length"),
        ({"text": "长" * 2001}, "text_length"),
        ({"kind": "gossip"}, "kind"),
        ({"source": "rumour"}, "source"),
        ({"contact": Contact(phone="call me")}, "phone"),
    ],
)
def test_bad_input_is_refused_and_leaves_nothing(town: Town, given: dict, code: str) -> None:
    with pytest.raises(Refused) as refused:
        town.report(**given)
    assert refused.value.code == code
    assert not Issue.objects.exists()
    assert not Deadline.objects.exists()


def test_a_category_out_of_use_is_refused(town: Town) -> None:
    category = town.categories["litter"]
    category.is_active = False
    with pytest.raises(Refused) as refused:
        report_issue(place=town.building, category=category, text="演示", by=None, now=town.now)
    assert refused.value.code == "inactive_category"


def test_a_closed_place_is_refused_even_if_the_caller_still_holds_it_open(town: Town) -> None:
    close_unit(town.building, by=None, now=town.now)
    with pytest.raises(Refused) as refused:
        town.report(place=town.building)
    assert refused.value.code == "closed_place"


def test_no_words_and_no_contact_data_in_events(town: Town) -> None:
    issue = town.report(text="张三家漏水", spot="厨房", contact=CONTACT)
    told = str(list(Event.objects.about("issue", issue.pk).values()))
    for word in ("张三", "厨房", "13800001234", "演示居民", issue.code):
        assert word not in told


def test_codes_and_numbers(town: Town) -> None:
    one, two = town.report(), town.report()
    assert len(one.code) == 16
    assert one.code != two.code
    assert one.number == f"20260310-{one.pk:06d}"
    assert str(one) == one.number


def test_units_of_the_place_need_no_concern(town: Town) -> None:
    town.report()
    assert not Concern.objects.exists()


@pytest.mark.parametrize(("given", "most"), [({}, 5), ({"contact": CONTACT}, 6)])
def test_intake_costs_few_statements(town: Town, given: dict, most: int) -> None:
    town.report()
    with CaptureQueriesContext(connection) as asked:
        town.report(**given)
    statements = [one["sql"] for one in asked if "SAVEPOINT" not in one["sql"]]
    assert len(statements) <= most, statements
    forget_worktimes()
