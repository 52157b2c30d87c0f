"""One's own preferences over REST: what the pages offer, nobody else's, and nothing that was changed meanwhile is
written over."""

from collections.abc import Callable, Iterator
from datetime import time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.actions import issue_token, set_text_size
from accounts.models import User
from grids.actions.systems import open_service
from grids.standing import forget_standings
from issues.worktimes import forget_worktimes
from notices import channels
from notices.actions import choose_notices
from notices.channels import TEXT, Channel
from notices.models import Preference
from notices.preference_actions import Preferences, change_preferences, preferences_of
from notices.wishes import USUAL, Wishes
from tests.api.conftest import Clock, client_of
from tests.api.test_parallel import at_once
from tests.api.test_tokens import bearer
from tests.builders import Town
from tests.faces import hidden, signed_in
from tests.towns import put_town
from trail.models import Event
from trail.refusals import NotAllowed, Stale

Api = Callable[[str], APIClient]
MINE = "/api/v1/me/preferences/"
NOTHING_CHOSEN = {
    "by_text": [],
    "quiet_from": "22:00",
    "quiet_until": "07:00",
    "weekly": True,
    "text_size": "standard",
    "language": "zh-hans",
    "text_messages": False,
}
ALL = {
    "by_text": ["late", "action"],
    "quiet_from": "21:30",
    "quiet_until": "06:45",
    "weekly": False,
    "text_size": "larger",
    "language": "en",
}


def told(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.content.decode()
    return answer.json()


class TestReading:
    def test_what_is_usual_until_something_is_chosen(self, api: Api) -> None:
        assert told(api("grid_worker").get(MINE)) == NOTHING_CHOSEN

    def test_what_was_chosen_on_the_pages(self, town: Town, api: Api) -> None:
        page = signed_in(town, "grid_worker")
        form = page.get("/notices/mine/").context["form"]
        assert page.post("/notices/mine/", hidden(form)).status_code == 302
        page.post("/accounts/text/", {"size": "large", "next": "/"})
        assert told(api("grid_worker").get(MINE)) == NOTHING_CHOSEN | {"weekly": False, "text_size": "large"}

    def test_whether_text_messages_reach_one(
        self, town: Town, api: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        worker = town.people["grid_worker"]
        worker.phone_hash = "0" * 64
        worker.save(update_fields=["phone_hash"])
        assert told(api("grid_worker").get(MINE))["text_messages"] is False
        monkeypatch.setitem(channels.CHANNELS, TEXT, Channel(TEXT, "Text"))
        assert told(api("grid_worker").get(MINE))["text_messages"] is True
        assert told(api("grid_chief").get(MINE))["text_messages"] is False

    def test_costs_the_same_whatever_was_chosen(self, town: Town, api: Api) -> None:
        def cost() -> int:
            with CaptureQueriesContext(connection) as found:
                told(api("grid_worker").get(MINE))
            return len(found)

        told(api("grid_worker").get(MINE))
        nothing = cost()
        told(api("grid_worker").patch(MINE, ALL, format="json"))
        assert cost() == nothing <= 4


class TestChanging:
    def test_all_of_it_and_the_pages_say_so(self, town: Town, api: Api) -> None:
        changed = api("grid_worker").patch(MINE, ALL, format="json")
        wanted = ALL | {"by_text": ["action", "late"], "text_messages": False}
        assert told(changed) == wanted == told(api("grid_worker").get(MINE))
        chosen = Wishes(frozenset({"late", "action"}), time(21, 30), time(6, 45), False)
        assert Preference.objects.wishes_of(town.people["grid_worker"].pk) == chosen
        page = signed_in(town, "grid_worker").get("/notices/mine/").content.decode()
        assert 'data-text="larger"' in page and '<option value="en" selected>' in page
        assert User.objects.get(pk=town.people["grid_worker"].pk).language == "en"
        event = Event.objects.about("user", town.people["grid_worker"].pk).get(verb="choose_notices")
        assert event.data == {"by_text": "action late"} and event.actor == town.people["grid_worker"]

    @pytest.mark.parametrize("name", ALL)
    def test_one_alone_leaves_the_others(self, api: Api, name: str) -> None:
        changed = told(api("grid_worker").patch(MINE, {name: ALL[name]}, format="json"))
        assert changed == NOTHING_CHOSEN | {name: sorted(ALL[name]) if name == "by_text" else ALL[name]}

    def test_nothing_named_changes_nothing(self, town: Town, api: Api) -> None:
        assert told(api("grid_worker").patch(MINE, {}, format="json")) == NOTHING_CHOSEN
        assert told(api("grid_worker").patch(MINE, {"weekly": True}, format="json")) == NOTHING_CHOSEN
        assert not Preference.objects.exists() and not Event.objects.filter(verb="choose_notices").exists()

    def test_standard_text_can_be_chosen_too(self, town: Town, api: Api) -> None:
        """A browser may remember a large one, over which only a word on the account wins."""
        told(api("grid_worker").patch(MINE, {"text_size": "standard"}, format="json"))
        assert User.objects.get(pk=town.people["grid_worker"].pk).text_size == "standard"

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"by_text": ["danger"]}, "by_text"),
            ({"by_text": "late"}, "by_text"),
            ({"by_text": ["late"] * 3}, "by_text"),
            ({"by_text": None}, "by_text"),
            ({"quiet_from": "24:00"}, "quiet_from"),
            ({"quiet_from": "7:00"}, "quiet_from"),
            ({"quiet_from": "07:00:30"}, "quiet_from"),
            ({"quiet_until": "07:00\n"}, "quiet_until"),
            ({"quiet_until": 700}, "quiet_until"),
            ({"quiet_until": None}, "quiet_until"),
            ({"weekly": "perhaps"}, "weekly"),
            ({"weekly": None}, "weekly"),
            ({"text_size": "huge"}, "text_size"),
            ({"text_size": ""}, "text_size"),
            ({"language": "fr"}, "language"),
            ({"language": ""}, "language"),
            ({"language": None}, "language"),
        ],
    )
    def test_what_is_wrong_is_named(self, api: Api, wrong: dict[str, Any], field: str) -> None:
        answer = api("grid_worker").patch(MINE, {"weekly": False} | wrong, format="json")
        assert answer.status_code == 400 and list(answer.json()["errors"]) == [field]
        assert told(api("grid_worker").get(MINE)) == NOTHING_CHOSEN

    def test_a_day_is_not_quiet(self, api: Api) -> None:
        body = {"quiet_from": "08:00", "quiet_until": "07:00", "text_size": "large"}
        answer = api("grid_worker").patch(MINE, body, format="json")
        assert (answer.status_code, answer.json()["code"]) == (409, "quiet")
        assert told(api("grid_worker").get(MINE)) == NOTHING_CHOSEN

    def test_what_only_reads_is_not_written(self, api: Api) -> None:
        body = {"text_messages": True, "is_staff": True, "display_name": "x", "user": 1}
        assert told(api("grid_worker").patch(MINE, body, format="json")) == NOTHING_CHOSEN

    def test_the_same_key_again_is_done_once(self, town: Town, api: Api) -> None:
        key = {"Idempotency-Key": "one"}
        first = api("grid_worker").patch(MINE, {"weekly": False}, format="json", headers=key)
        told(api("grid_worker").patch(MINE, {"weekly": True}, format="json"))
        again = api("grid_worker").patch(MINE, {"weekly": False}, format="json", headers=key)
        assert (again.content, again.headers["Idempotency-Replayed"]) == (first.content, "true")
        assert told(api("grid_worker").get(MINE))["weekly"] is True
        other = api("grid_worker").patch(MINE, {"weekly": True}, format="json", headers=key)
        assert (other.status_code, other.json()["code"]) == (422, "key_reused")


class TestConditions:
    def test_read_again_only_if_it_is_otherwise(self, api: Api) -> None:
        tag = api("grid_worker").get(MINE).headers["ETag"]
        known = {"If-None-Match": tag}
        assert api("grid_worker").get(MINE, headers=known).status_code == 304
        told(api("grid_worker").patch(MINE, {"weekly": False}, format="json"))
        assert told(api("grid_worker").get(MINE, headers=known))["weekly"] is False

    @pytest.mark.parametrize("how", ["{}", "W/{}", '"x", {}', "*"])
    def test_written_where_it_is_still_what_one_saw(self, api: Api, how: str) -> None:
        tag = api("grid_worker").get(MINE).headers["ETag"]
        seen = {"If-Match": how.format(tag)}
        answer = api("grid_worker").patch(MINE, {"weekly": False}, format="json", headers=seen)
        assert told(answer)["weekly"] is False
        assert answer.headers["ETag"] == api("grid_worker").get(MINE).headers["ETag"] != tag

    @pytest.mark.parametrize("by", ["notices", "text"])
    def test_a_412_where_it_has_changed_on_a_page(self, town: Town, api: Api, by: str) -> None:
        worker, seen = town.people["grid_worker"], {"If-Match": api("grid_worker").get(MINE).headers["ETag"]}
        if by == "notices":
            choose_notices(Wishes(weekly=False), by=worker, now=town.now)
        else:
            set_text_size(worker, size="large", by=worker, now=town.now)
        before = told(api("grid_worker").get(MINE))
        answer = api("grid_worker").patch(MINE, {"quiet_from": "21:00"}, format="json", headers=seen)
        assert (answer.status_code, answer.json()["status"], answer.json()["code"]) == (412, 412, "stale")
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert told(api("grid_worker").get(MINE)) == before

    def test_of_the_same_fields(self, api: Api) -> None:
        some = f"{MINE}?fields=weekly,text_size"
        seen = {"If-Match": api("grid_worker").get(some).headers["ETag"]}
        answer = api("grid_worker").patch(some, {"weekly": False}, format="json", headers=seen)
        assert told(answer) == {"weekly": False, "text_size": "standard"}
        assert api("grid_worker").get(f"{MINE}?fields=password").status_code == 400

    def test_what_is_no_tag_is_wrong(self, api: Api) -> None:
        answer = api("grid_worker").patch(MINE, {}, format="json", headers={"If-Match": "1"})
        assert answer.status_code == 400 and "If-Match" in answer.json()["errors"]

    def test_what_changed_at_the_last_moment_is_not_written_over(self, town: Town) -> None:
        worker = town.people["grid_worker"]
        seen = preferences_of(worker)
        choose_notices(Wishes(weekly=False), by=worker, now=town.now)
        with pytest.raises(Stale):
            change_preferences({"text_size": "large"}, by=worker, now=town.now, seen=seen)
        assert User.objects.get(pk=worker.pk).text_size == ""


class TestWhose:
    def test_everybody_has_their_own(self, town: Town, api: Api) -> None:
        told(api("grid_worker").patch(MINE, ALL, format="json"))
        for other in ("grid_chief", "far_worker", "system_admin", "security_admin"):
            assert told(api(other).get(MINE)) == NOTHING_CHOSEN, other
        body = {"text_size": "large", "user": town.people["grid_worker"].pk}
        told(api("grid_chief").patch(MINE, body, format="json"))
        assert told(api("grid_worker").get(MINE))["text_size"] == "larger"
        assert Preference.objects.get().user == town.people["grid_worker"]

    def test_nobody_without_a_token(self, town: Town, clock: Clock) -> None:
        assert APIClient().get(MINE).status_code == APIClient().patch(MINE, {}).status_code == 401

    def test_reading_alone_changes_nothing(self, town: Town, clock: Clock) -> None:
        worker = town.people["grid_worker"]
        client = bearer(issue_token(worker, by=None, now=town.now, scopes=["read"]))
        told(client.get(MINE))
        answer = client.patch(MINE, {"weekly": False}, format="json")
        assert (answer.status_code, answer.json()["scope"]) == (403, "handle")

    def test_another_system_has_none(self, town: Town, clock: Clock) -> None:
        system = open_service(
            "sensors", display_name="演示", role="spotter", place=town.street, by=None, now=town.now
        )
        until = town.now + timedelta(days=30)
        client = bearer(issue_token(system, by=None, now=town.now, name="a", expires_at=until))
        for answer in (client.get(MINE), client.patch(MINE, ALL, format="json")):
            assert (answer.status_code, answer.json()["code"]) == (403, "service")
            assert "another system" in answer.json()["detail"]
        with pytest.raises(NotAllowed):
            change_preferences({"weekly": False}, by=system, now=town.now)
        assert not Preference.objects.exists()


@pytest.fixture
def committed(transactional_db: None) -> Iterator[Town]:
    yield put_town()
    forget_standings()
    forget_worktimes()


def test_two_at_the_same_moment_lose_nothing(committed: Town) -> None:
    """Each names another part, for the first time; of two that saw the same one is done."""
    worker = committed.people["grid_worker"]
    parts: list[dict[str, Any]] = [{"weekly": False}, {"by_text": ["late"]}, {"quiet_from": "20:00"}]

    def send(part: dict[str, Any], headers: dict[str, str]) -> Callable[[], Any]:
        client = client_of(worker)
        return lambda: client.patch(MINE, part, format="json", headers=headers)

    answers = at_once([send(part, {}) for part in parts])
    assert [one.status_code for one in answers] == [200, 200, 200]
    wishes = Wishes(frozenset({"late"}), time(20), USUAL.quiet_until, False)
    assert preferences_of(worker) == Preferences(wishes, "standard", "zh-hans")
    seen = {"If-Match": client_of(worker).get(MINE).headers["ETag"]}
    both = at_once([send(part, seen) for part in ({"weekly": True}, {"text_size": "large"})])
    assert sorted(one.status_code for one in both) == [200, 412]
