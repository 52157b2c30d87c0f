"""The base class of all admin pages: what it refuses to show."""

import pytest
from django.contrib import admin
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse

from accounts.models import User
from tests.builders import NOW
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
