"""The base class of all admin pages: what it refuses to show."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from tests.builders import NOW
from trail import words
from trail.actions import record_event
from trail.admin import ActionAdmin
from trail.models import Event, IdempotencyKey, Seal


def test_a_model_that_does_not_say_who_sees_it_gets_no_page() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"trail.IdempotencyKey.*visible_to\(user, now\)"):
        admin.AdminSite().register(IdempotencyKey, ActionAdmin)
    admin.AdminSite().register(Event, ActionAdmin)


@pytest.mark.django_db
@pytest.mark.parametrize("view", ["change", "history", "delete"])
def test_what_is_not_there_is_not_found(client, view: str) -> None:
    """Instead of Django's way to the start page with the number in a message."""
    client.force_login(User.objects.create_superuser("root", display_name="root"))
    for number in ("1", "x", "9" * 30):
        assert client.get(reverse(f"admin:trail_seal_{view}", args=[number])).status_code == 404
    assert not Seal.objects.exists()


@pytest.mark.django_db
def test_a_list_that_grows_for_ever_is_counted_only_so_far(client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trail.paging.MOST_COUNTED", 2)
    client.force_login(User.objects.create_superuser("root", display_name="root"))
    address = reverse("admin:trail_event_changelist")

    def shown(number: int, query: str = "") -> str:
        record_event("thing", number, "happen", by=None, now=NOW, seq=1)
        return client.get(address + query, headers={"accept-language": "en"}).content.decode()

    shown(1)
    assert "2 events" in (text := shown(2)) and "more than" not in text
    assert "more than 2 events: search or filter" in shown(3)
    assert "more than 2 results" in shown(4, "?subject_type=thing")


class TestReading:
    """What an auditor asks the trail."""

    address = reverse("admin:trail_event_changelist")

    @pytest.fixture
    def asks(self, client, db):
        client.force_login(User.objects.create_superuser("root", display_name="root"))

        def found(query: str) -> list[int]:
            answer = client.get(self.address + query, headers={"accept-language": "en"})
            assert answer.status_code == 200
            return [event.subject_id for event in answer.context["cl"].result_list]

        return found

    @staticmethod
    def event(number: int, recorded_at: datetime = NOW, verb: str = "happen", **more: Any) -> Event:
        told = {"subject_type": "thing", "subject_id": number, "seq": 1, "occurred_at": recorded_at}
        return Event.objects.create(recorded_at=recorded_at, verb=verb, **told | more)

    def test_by_days_both_included(self, asks) -> None:
        midnight = NOW.astimezone(timezone.get_default_timezone()).replace(hour=0, minute=0, second=0)
        moments = (-timedelta(seconds=1), timedelta(0), timedelta(hours=23, minutes=59), timedelta(days=1))
        for number, moment in enumerate(moments, 1):
            self.event(number, midnight + moment)
        day = f"{midnight:%Y-%m-%d}"
        assert asks(f"?from={day}&to={day}") == [3, 2]
        assert asks(f"?from={day}") == [4, 3, 2]
        assert asks(f"?to={day}") == [3, 2, 1]
        assert asks("?from=2001-01-01&to=2001-01-02") == asks("?from=2100-01-01") == []
        assert asks("?from=&to=") == [4, 3, 2, 1]

    def test_what_is_no_day_is_said(self, client, asks) -> None:
        self.event(1)
        for text in ("2026-02-31", "yesterday"):
            answer = client.get(f"{self.address}?from={text}", headers={"accept-language": "en"})
            assert f"This is not a day: {text}" in answer.content.decode()

    def test_the_form_keeps_the_other_filters(self, client, asks) -> None:
        self.event(1)
        page = client.get(f"{self.address}?subject_type=thing&from=2026-03-01&p=1").content.decode()
        assert '<input type="hidden" name="subject_type" value="thing">' in page
        assert 'name="from" value="2026-03-01"' in page and 'name="p"' not in page
        assert 'href="?subject_type=thing"' in page

    def test_by_what_happened_whatever_it_happened_to(self, asks) -> None:
        self.event(1)
        self.event(2, verb="reveal")
        self.event(3, verb="reveal", subject_type="issue")
        assert asks("?verb=reveal") == [3, 2]
        assert asks("?verb=reveal&subject_type=issue") == [3]

    def test_by_who_it_was(self, asks) -> None:
        who = User.objects.create_user("demo-worker")
        self.event(1, actor=who)
        self.event(2)
        self.event(3, actor=User.objects.create_user("demo-other"))
        assert asks("?q=demo-worker") == [1]
        assert asks("?q=demo") == asks("?q=nobody") == []
        assert asks("?q=2") == [2]

    def test_by_the_number_of_an_issue(self, asks, monkeypatch) -> None:
        monkeypatch.setitem(
            words.FINDERS, ("thing", "part"), lambda name: [7] if name == "20260310-000007" else []
        )
        self.event(7)
        self.event(7, subject_type="part")
        self.event(7, subject_type="other")
        assert asks("?q=20260310-000007") == [7, 7]
        assert asks("?q=20260310-000008") == []

    def test_few_rows_are_read_of_a_long_trail(self, asks, django_assert_max_num_queries) -> None:
        for number in range(5):
            self.event(number, NOW + timedelta(days=number))
        day = f"{NOW:%Y-%m-%d}"
        rows = Event.objects.recorded_between(NOW, NOW + timedelta(days=1))
        assert {row.subject_id for row in rows} == {0}
        with django_assert_max_num_queries(20):
            asks(f"?from={day}&to={day}")
