"""What was given up can be seen with its reason and tried again, by who may, and the trail says so."""

import io
from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from grids.actions.posts import appoint
from grids.actions.tree import add_unit
from grids.models import Unit
from notices import actions
from notices.actions import deliver_once, fan_out_once, notify, revive_deliveries, revive_notices
from notices.models import Notice
from tests.notices.conftest import KEY, NOW, Wire
from trail.actions import record_event
from trail.models import Delivery, Event
from trail.outbox import handler
from trail.refusals import NotAllowed

pytestmark = pytest.mark.django_db
Happen = Callable[..., Event]
LIST = "admin:trail_delivery_changelist"


def officer(name: str, role: str, district: Unit) -> User:
    """Somebody with a post at a district."""
    user = User.objects.create_user(name, display_name=name, is_staff=True)
    appoint(user, role=role, unit=district, by=None, now=NOW)
    return user


@pytest.fixture
def district(db: None) -> Unit:
    return add_unit(None, code="220103", name="演示区", by=None, now=NOW)


@pytest.fixture
def other_district(db: None) -> Unit:
    return add_unit(None, code="621002", name="他区", by=None, now=NOW)


@pytest.fixture
def happen(district: Unit) -> Happen:
    """Record `thing.happen` number n in the district."""

    def record(number: int = 1) -> Event:
        return record_event("thing", number, "happen", by=None, now=NOW, seq=1, district_id=district.pk)

    return record


@pytest.fixture
def admin(district: Unit) -> User:
    return officer("sys", "system_admin", district)


@pytest.fixture
def stranger(other_district: Unit) -> User:
    """The system administrator of another district."""
    return officer("strange", "system_admin", other_district)


@pytest.fixture
def given_up(handlers: dict, happen: Happen) -> Delivery:
    """A handler that was broken, and is well now."""
    broken = [True]

    @handler("test.sick", "thing.happen")
    def hear(event: Event, now: object) -> None:
        if broken:
            raise KeyError("13800001234")

    happen()
    Delivery.objects.update(attempts=9, next_try_at=NOW)
    fan_out_once(now=NOW)
    broken.clear()
    return Delivery.objects.dead().get()


def row(pk: int) -> Delivery:
    return Delivery.objects.get(pk=pk)


def test_a_delivery_is_heard_after_all(given_up: Delivery, admin: User) -> None:
    assert fan_out_once(now=NOW) == 0
    assert revive_deliveries([given_up.pk], by=admin, now=NOW) == 1
    fan_out_once(now=NOW)
    assert row(given_up.pk).done_at == NOW and row(given_up.pk).dead_at is None
    event = Event.objects.about("delivery", given_up.pk).get()
    assert (event.verb, event.actor_id, event.seq) == ("revive", admin.pk, 1)


def test_it_may_be_given_up_and_revived_again(given_up: Delivery, admin: User) -> None:
    revive_deliveries(by=admin, now=NOW)
    Delivery.objects.update(dead_at=NOW)
    revive_deliveries(by=admin, now=NOW)
    assert [one.seq for one in Event.objects.about("delivery", given_up.pk)] == [1, 2]


def test_what_was_not_given_up_is_left_alone(handlers: dict, happen: Happen, admin: User) -> None:
    handler("test.sick", "thing.happen")(lambda event, now: None)
    happen()
    assert revive_deliveries([Delivery.objects.get().pk], by=admin, now=NOW) == 0
    assert not Event.objects.filter(subject_type="delivery").exists()


def test_nobody_else_does_it(given_up: Delivery, person: User) -> None:
    for revive in (revive_deliveries, revive_notices):
        with pytest.raises(NotAllowed):
            revive(by=person, now=NOW)
    assert row(given_up.pk).dead_at == NOW


def test_not_what_is_another_district_s(
    given_up: Delivery, happen: Happen, person: User, wire: Wire, stranger: User
) -> None:
    notify(happen(2), [person.pk], KEY, {}, now=NOW)
    Notice.objects.filter(channel="wire").update(state="dead")
    assert (
        revive_deliveries([given_up.pk], by=stranger, now=NOW) == revive_deliveries(by=stranger, now=NOW) == 0
    )
    assert revive_notices(by=stranger, now=NOW) == 0
    assert row(given_up.pk).dead_at == NOW
    assert not Event.objects.filter(verb="revive").exists()


def test_reading_the_trail_there_gives_no_right_to_mend_it(
    given_up: Delivery, district: Unit, stranger: User
) -> None:
    appoint(stranger, role="audit_admin", unit=district, by=None, now=NOW)
    assert Delivery.objects.visible_to(stranger, NOW).dead().get() == given_up
    assert revive_deliveries(by=stranger, now=NOW) == 0


def test_a_superuser_and_the_platform_mend_everywhere(given_up: Delivery) -> None:
    root = User.objects.create_superuser("root", display_name="root")
    for by in (root, None):
        assert revive_deliveries(by=by, now=NOW) == 1
        Delivery.objects.update(dead_at=NOW)


def test_it_is_in_the_trail_of_the_district(given_up: Delivery, district: Unit, admin: User) -> None:
    revive_deliveries(by=admin, now=NOW)
    assert Event.objects.get(verb="revive").district_id == district.pk


def test_a_notice_is_handed_over_after_all(happen: Happen, person: User, wire: Wire, admin: User) -> None:
    notify(happen(), [person.pk], KEY, {}, now=NOW)
    Notice.objects.filter(channel="wire").update(state="dead", attempts=10)
    assert deliver_once(now=NOW) == 0
    assert revive_notices(by=admin, now=NOW) == 1
    deliver_once(now=NOW)
    assert len(wire.took) == 1
    assert Event.objects.filter(subject_type="notice", verb="revive", actor=admin).count() == 1


class TestPage:
    def page(self, user: User) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.force_login(user, backend="grids.backends.PostBackend")
        return client

    def test_an_administrator_sees_the_reason_and_tries_again(self, given_up: Delivery, admin: User) -> None:
        client = self.page(admin)
        shown = client.get(reverse(LIST)).content.decode()
        assert "KeyError in hear" in shown and "13800001234" not in shown
        sent = {"action": "try_again", "_selected_action": [given_up.pk]}
        answer = client.post(reverse(LIST), sent, follow=True)
        assert "1 is tried again now." in answer.content.decode()
        assert row(given_up.pk).dead_at is None

    def test_another_district_s_administrator_sees_and_does_nothing(
        self, given_up: Delivery, stranger: User, happen: Happen, person: User, wire: Wire
    ) -> None:
        notify(happen(2), [person.pk], KEY, {}, now=NOW)
        Notice.objects.filter(channel="wire").update(state="dead", last_error="Timeout")
        client = self.page(stranger)
        assert "KeyError in hear" not in client.get(reverse(LIST)).content.decode()
        assert "Timeout" not in client.get(reverse("admin:notices_notice_changelist")).content.decode()
        client.post(reverse(LIST), {"action": "try_again", "_selected_action": [given_up.pk]})
        assert row(given_up.pk).dead_at == NOW

    def test_an_administrator_sees_only_what_was_given_up(self, given_up: Delivery, admin: User) -> None:
        Delivery.objects.update(dead_at=None)
        assert "KeyError in hear" not in self.page(admin).get(reverse(LIST)).content.decode()

    def test_an_auditor_sees_all_and_changes_nothing(self, given_up: Delivery, district: Unit) -> None:
        client = self.page(officer("audit", "audit_admin", district))
        shown = client.get(reverse(LIST)).content.decode()
        assert "KeyError in hear" in shown and "try_again" not in shown
        client.post(reverse(LIST), {"action": "try_again", "_selected_action": [given_up.pk]})
        assert row(given_up.pk).dead_at == NOW

    @pytest.mark.parametrize("name", [LIST, "admin:notices_notice_changelist"])
    def test_others_see_neither(self, name: str, district: Unit) -> None:
        client = self.page(officer("dispatcher", "district_dispatcher", district))
        assert client.get(reverse(name)).status_code == 403

    def test_a_notice_shows_no_words(
        self, happen: Happen, person: User, other: User, wire: Wire, admin: User
    ) -> None:
        for user in (person, other):
            notify(happen(user.pk), [user.pk], KEY, {"place": "SECRET"}, now=NOW)
        Notice.objects.filter(channel="wire", recipient=person).update(state="dead", last_error="Timeout")
        shown = self.page(admin).get(reverse("admin:notices_notice_changelist")).content.decode()
        assert "Timeout" in shown and person.display_name in shown
        assert "SECRET" not in shown and other.display_name not in shown

    @pytest.mark.parametrize("kind", ["delivery", "notice"])
    def test_three_rows_cost_as_many_statements_as_one(
        self, kind: str, handlers: dict, happen: Happen, person: User, wire: Wire, admin: User
    ) -> None:
        handler("test.sick", "thing.happen")(lambda event, now: None)
        client = self.page(admin)
        address = reverse(LIST if kind == "delivery" else "admin:notices_notice_changelist")

        def statements(number: int) -> int:
            notify(happen(number), [person.pk], KEY, {}, now=NOW)
            Delivery.objects.update(dead_at=NOW)
            Notice.objects.filter(channel="wire").update(state="dead")
            with CaptureQueriesContext(connection) as captured:
                assert client.get(address).status_code == 200
            return len(captured)

        statements(1)
        one = statements(2)
        statements(3)
        assert statements(4) == one


class TestCommand:
    def run(self, *words: str) -> str:
        out = io.StringIO()
        call_command("revive_deliveries", *words, stdout=out)
        return out.getvalue()

    def test_lists_and_revives(self, given_up: Delivery) -> None:
        assert "handler test.sick: 1 × KeyError in hear" in self.run("--list")
        assert row(given_up.pk).dead_at == NOW
        assert "handlers: 0" in self.run("--handler", "another")
        assert "handlers: 1 to be tried again" in self.run("--handler", "test.sick")
        assert row(given_up.pk).dead_at is None
        assert Event.objects.get(subject_type="delivery").actor is None

    def test_in_batches(self, handlers: dict, happen: Happen, monkeypatch: pytest.MonkeyPatch) -> None:
        handler("test.sick", "thing.happen")(lambda event, now: None)
        for number in range(5):
            happen(number)
        Delivery.objects.update(dead_at=NOW)
        monkeypatch.setattr("notices.management.commands.revive_deliveries.REVIVE_BATCH", 2)
        assert actions.REVIVE_BATCH > 2
        assert "handlers: 5" in self.run()
