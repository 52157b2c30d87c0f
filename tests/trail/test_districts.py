"""Whose events, deliveries and jobs are whose: the administrators of each district see their own."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.actions import NewAccount, close_account, open_account, open_accounts
from accounts.models import User
from calendars.actions import copy_calendar
from calendars.models import Calendar
from grids.actions.posts import appoint, end_post
from grids.belonging import homes_of_people
from tests.builders import Town, add_west
from tests.faces import signed_in, stop_clock
from tests.towns import put_town
from trail.actions import record_event
from trail.districts import districts_of
from trail.job_actions import retry_job, start_job
from trail.jobs import KINDS, job
from trail.models import Delivery, Event, Job
from trail.words import subjects_of_all

pytestmark = pytest.mark.django_db
SEES_TRAIL = {"audit_admin", "west_audit_admin"}


@pytest.fixture
def town(db: None) -> Town:
    made = put_town()
    add_west(made)
    return made


def readers(town: Town, row: Any) -> set[str]:
    """Names of those in the town and beside it who see this row."""
    rows = type(row).objects
    return {
        name
        for name, user in town.people.items()
        if rows.visible_to(user, town.now).filter(pk=row.pk).exists()
    }


def happen(town: Town, **more: Any) -> Event:
    return record_event("thing", 1, "happen", by=None, now=town.now, **more)


class TestReach:
    def test_capabilities_reach_as_far_as_the_district_of_the_post(self, town: Town) -> None:
        def reach(name: str, *capabilities: str) -> frozenset[int]:
            return districts_of(town.people[name], town.now, *capabilities)

        assert reach("audit_admin", "read_trail") == {town.district.pk}
        assert reach("west_audit_admin", "read_trail", "manage_units") == {town.west.pk}
        assert reach("grid_worker", "handle") == reach("office_officer", "handle") == {town.district.pk}
        assert reach("audit_admin", "manage_units") == reach("audit_admin") == frozenset()
        assert districts_of(AnonymousUser(), town.now, "read_trail") == frozenset()

    def test_whoever_holds_posts_in_two_reads_both(self, town: Town) -> None:
        town.appoint("audit_admin", "audit_admin", town.west)
        assert districts_of(town.people["audit_admin"], town.now, "read_trail") == {
            town.district.pk,
            town.west.pk,
        }


class TestEvents:
    def test_of_a_district_for_its_auditor_alone(self, town: Town) -> None:
        assert readers(town, happen(town, district_id=town.district.pk)) == {"audit_admin"}
        assert readers(town, happen(town, district_id=town.west.pk)) == {"west_audit_admin"}

    def test_of_no_district_and_of_no_known_subject_for_nobody(self, town: Town) -> None:
        root = User.objects.create_superuser("root", display_name="root")
        event = happen(town)
        assert readers(town, event) == set()
        assert Event.objects.visible_to(root, town.now).filter(pk=event.pk).exists()
        root.is_active = False
        assert not Event.objects.visible_to(root, town.now).exists()

    def test_recorded_before_events_had_a_district_by_their_unit(self, town: Town) -> None:
        assert readers(town, happen(town, unit_id=town.far_grid.pk)) == {"audit_admin"}
        assert readers(town, happen(town, unit_id=town.west.pk)) == {"west_audit_admin"}

    def test_of_calendars_and_categories_for_every_auditor(self, town: Town) -> None:
        admin = town.people["system_admin"]
        copied = copy_calendar(Calendar.objects.get(), "宽城区", by=admin, now=town.now)
        assert readers(town, Event.objects.about("calendar", copied.pk).get()) == SEES_TRAIL

    def test_what_happens_at_a_place_carries_its_district(self, town: Town) -> None:
        """Of all that was recorded while the town was built and an issue was reported."""
        town.report("fire")
        bare = Event.objects.filter(district_id=None)
        assert set(bare.values_list("subject_type", flat=True)) <= set(subjects_of_all())
        assert set(Event.objects.filter(subject_type="issue").values_list("district_id", flat=True)) == {
            town.district.pk
        }


class TestAccounts:
    def opened(self, town: Town, by: str | None) -> Event:
        user = open_account("new", display_name="演示", by=town.people[by] if by else None, now=town.now)
        return Event.objects.about("user", user.pk).get()

    def test_opened_there_it_is_in_the_trail_there(self, town: Town) -> None:
        assert readers(town, self.opened(town, "security_admin")) == {"audit_admin"}

    def test_opened_by_nobody_of_a_district_it_is_in_every_trail(self, town: Town) -> None:
        assert readers(town, self.opened(town, None)) == SEES_TRAIL

    def test_later_it_is_where_the_person_stands(self, town: Town) -> None:
        west = open_account("new", display_name="演示", by=town.people["west_security_admin"], now=town.now)
        appoint(west, role="grid_chief", unit=town.other_grid, by=None, now=town.now)
        close_account(west, by=None, now=town.now)
        first, last = Event.objects.about("user", west.pk)
        assert (first.district_id, last.district_id) == (town.west.pk, town.district.pk)

    def test_many_at_once_are_asked_for_at_once(self, town: Town) -> None:
        def statements(number: int) -> int:
            new = [NewAccount(f"n{number}-{one}", "演示") for one in range(number)]
            with CaptureQueriesContext(connection) as captured:
                open_accounts(new, by=None, now=town.now)
            return len(captured)

        assert statements(1) == statements(3)

    def test_home_is_where_the_last_post_is(self, town: Town) -> None:
        deputy, worker = town.people["grid_worker_deputy"], town.people["far_worker"]
        security = town.people["west_security_admin"]
        post = town.appoint("far_worker", "district_dispatcher", town.west)

        def home(user: User, by: User | None = None) -> int | None:
            return homes_of_people([user.pk], by, town.now).get(user.pk)

        assert home(deputy) == town.district.pk
        assert home(worker) == home(worker, security) == town.west.pk, "the newest of several"
        assert home(worker, town.people["security_admin"]) == town.district.pk, "the one of who does it"
        end_post(post, by=None, now=town.now)
        assert home(worker) == town.district.pk, "what lasts comes before what has ended"
        assert home(User.objects.create_user("new")) is None


class TestDeliveries:
    @pytest.fixture(autouse=True)
    def heard(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Somebody wants to hear of everything."""
        monkeypatch.setattr("trail.actions.handlers_of", lambda *_unused: ["test"])

    def test_all_for_the_auditor_and_what_was_given_up_for_who_mends(self, town: Town) -> None:
        happen(town, district_id=town.district.pk)
        delivery = Delivery.objects.get(event__subject_type="thing")
        assert readers(town, delivery) == {"audit_admin"}
        Delivery.objects.update(dead_at=town.now)
        assert readers(town, delivery) == {"audit_admin", "system_admin"}


class TestJobs:
    @pytest.fixture(autouse=True)
    def kinds(self) -> Iterator[None]:
        for key, shared in (("test.own", False), ("test.shared", True)):
            job(key, key, seen_with=("manage_units", "supervise"), shared=shared)(lambda one, now: False)
        job("test.nobodys", "")(lambda one, now: False)
        yield
        for key in ("test.own", "test.shared", "test.nobodys"):
            del KINDS[key]

    def start(self, town: Town, kind: str, by: str | None = None, district: Any = None) -> Job:
        user = town.people[by] if by else None
        return start_job(kind, {}, by=user, now=town.now, district_id=district.pk if district else None)

    def test_of_a_district_for_its_own_people(self, town: Town) -> None:
        found = readers(town, self.start(town, "test.own", district=town.west))
        assert found == {"west_system_admin", "west_dispatcher"}

    def test_without_a_district_only_where_several_are_concerned(self, town: Town) -> None:
        assert readers(town, self.start(town, "test.own")) == set()
        shared = readers(town, self.start(town, "test.shared"))
        assert {
            "west_system_admin",
            "system_admin",
            "street_leader",
        } <= shared and "audit_admin" not in shared

    def test_of_a_kind_for_nobody_to_whoever_ordered_it(self, town: Town) -> None:
        assert readers(town, self.start(town, "test.nobodys", by="grid_worker")) == {"grid_worker"}

    def test_nobody_s_are_not_a_visitor_s(self, town: Town) -> None:
        self.start(town, "test.shared")
        assert not Job.objects.visible_to(AnonymousUser(), town.now).exists()

    def test_its_events_are_where_it_is(self, town: Town) -> None:
        one = self.start(town, "test.own", district=town.west)
        Job.objects.update(state="failed")
        retry_job(one, by=None, now=town.now)
        assert [event.district_id for event in Event.objects.about("job", one.pk)] == [town.west.pk] * 2


class TestLists:
    """With the post of each administrator, not as a superuser, whom nothing is kept from."""

    @pytest.mark.parametrize(
        ("name", "rows"),
        [
            ("audit_admin", "trail_event"),
            ("audit_admin", "trail_delivery"),
            ("system_admin", "trail_job"),
            ("security_admin", "accounts_user"),
        ],
    )
    def test_three_rows_cost_as_many_statements_as_one(
        self, town: Town, name: str, rows: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stop_clock(monkeypatch, town.now)
        User.objects.update(is_staff=True)
        client: Client = signed_in(town, name)
        address = reverse(f"admin:{rows}_changelist")

        def statements(number: int) -> int:
            start_job("issues.hotline", {"batch": number}, by=town.people["system_admin"], now=town.now)
            town.report(now=town.now + timedelta(minutes=number))
            town.appoint(f"new{number}", "spotter", town.street)
            with CaptureQueriesContext(connection) as captured:
                assert client.get(address).status_code == 200
            return len(captured)

        statements(1)
        one = statements(2)
        statements(3)
        assert statements(4) == one <= 12

    def test_the_trail_of_a_small_district_is_found_by_its_index(self, town: Town) -> None:
        """Among ten thousand events of another, with the planner left to itself."""
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO trail_event (subject_type, subject_id, seq, verb, actor_label, unit_label, data,"
                " occurred_at, district_id) SELECT 'thing', number, 1, 'happen', '', '', '{}', now(), %s"
                " FROM generate_series(1, 10000) AS number",
                [town.district.pk],
            )
            cursor.execute("ANALYZE trail_event")
        for name, index in (("west_audit_admin", "event_district"), ("audit_admin", "trail_event_pkey")):
            rows = Event.objects.visible_to(town.people[name], town.now).order_by("-pk")[:20]
            plan = rows.explain()
            assert index in plan and "Seq Scan on trail_event" not in plan, plan
