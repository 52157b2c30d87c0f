"""What happened to requests, in and out: the extension that FixMyStreet speaks."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from grids.actions.policies import set_policy
from issues.actions import PERFORM
from issues.models import Attachment, Issue, Note
from tests.builders import CONTACT, Town
from tests.faces import photo
from tests.open311.conftest import HERE, Clock, Reader, errors, tree
from trail.models import Event

Key = Callable[[str], str]
WORDS = "演示：已经清走，请您看看"


def lately() -> dict[str, str]:
    """Events carry the database's clock, which no test stops."""
    return {"start_date": (datetime.now(UTC) - timedelta(hours=2)).isoformat()}


@pytest.fixture
def issue(town: Town, clock: Clock) -> Issue:
    """Reported by the spotter's system for somebody with a telephone."""
    return town.report(by=town.people["spotter"], source="api", on_behalf=True, contact=CONTACT)


def posted(reader: Reader, key: str, issue: Issue, **fields: Any) -> Any:
    form = {
        "api_key": key,
        "service_request_id": issue.code,
        "update_id": "77",
        "updated_datetime": "2026-03-10T12:00:00Z",
        "status": "OPEN",
        "description": WORDS,
        "email": "somebody@example.org",
        "first_name": "john",
    }
    return reader.post("servicerequestupdates.json", form | fields)


def update_of(answer: Any) -> str:
    assert answer.status_code == 200, answer.content.decode()
    (row,) = json.loads(answer.content)
    return row["update_id"]


class TestReading:
    def test_they_tell_states_to_everybody_and_words_to_who_reported(
        self, town: Town, reader: Reader, key: Key, issue: Issue
    ) -> None:
        worker = town.people["grid_worker"]
        PERFORM["sign"](issue, by=worker, now=town.now)
        PERFORM["note"](issue, by=worker, now=town.now, text="演示：内部", internal=True)
        PERFORM["submit_result"](issue, by=worker, now=town.now, outcome="solved", text=WORDS)
        rows = reader.rows("servicerequestupdates", **lately())
        assert [(one["description"], one["status"]) for one in rows] == [
            ("Received", "open"),
            ("Given to a handler", "open"),
            ("In hand", "open"),
            ("Done, please confirm", "open"),
        ]
        assert {one["service_request_id"] for one in rows} == {issue.code}
        assert len({one["update_id"] for one in rows}) == 4
        own = reader.rows("servicerequestupdates", api_key=key("spotter"), **lately())
        assert own[-1]["description"] == f"Done, please confirm\n{WORDS}"
        assert "内部" not in json.dumps(own, ensure_ascii=False)
        assert reader.rows("servicerequestupdates", api_key=key("grid_worker"), **lately()) == rows

    def test_xml_has_the_names_of_the_extension(self, town: Town, reader: Reader, issue: Issue) -> None:
        root = tree(reader.get("servicerequestupdates.xml", **lately()))
        assert root.tag == "service_request_updates" and {one.tag for one in root} == {"request_update"}
        names = {"update_id", "service_request_id", "status", "updated_datetime", "description", "media_url"}
        assert {one.tag for one in root[0]} == names

    def test_the_end_of_a_matter_is_closed(self, town: Town, reader: Reader, issue: Issue) -> None:
        PERFORM["withdraw"](issue, by=None, now=town.now, text="")
        assert reader.rows("servicerequestupdates", **lately())[-1]["status"] == "closed"

    def test_a_window_a_request_and_a_page_narrow_them(
        self, town: Town, reader: Reader, issue: Issue
    ) -> None:
        other = town.report("noise")
        rows = reader.rows("servicerequestupdates", service_request_id=other.code, **lately())
        assert {one["service_request_id"] for one in rows} == {other.code} and len(rows) == 2
        assert reader.rows("servicerequestupdates", end_date="2026-03-01T00:00:00Z") == []
        whole = reader.rows("servicerequestupdates", **lately())
        pages = [reader.rows("servicerequestupdates", page=n, page_size=3, **lately()) for n in (1, 2)]
        assert [*pages[0], *pages[1]] == whole and len(pages[0]) == 3
        # Each lies in the window in which it was found.
        assert all(one["updated_datetime"] >= "2026" for one in whole)

    @pytest.mark.parametrize("granted", [False, True])
    def test_a_danger_that_goes_elsewhere_when_it_is_dropped(
        self, town: Town, reader: Reader, clock: Clock, granted: bool
    ) -> None:
        """It was in hand, and waits to be signed for again."""
        issue, worker = town.report("fire"), town.people["grid_worker"]
        PERFORM["sign"](issue, by=worker, now=town.now)
        duties = {"a": {"group": "组", "name": "项", "state": "banned", "categories": ["litter"]}}
        set_policy(town.district, "duty_list", duties, by=None, now=town.now, reason="演示:清单")
        above, given = (
            {"by": town.people["community_secretary"], "now": town.now},
            {"category": town.categories["litter"]},
        )
        if granted:
            asked = PERFORM["ask_all_clear"](issue, by=worker, now=town.now, text="演示:没有险情", **given)
            PERFORM["grant"](asked, **above)
        else:
            PERFORM["all_clear"](issue, text="演示:没有险情", **above, **given)
        rows = reader.rows("servicerequestupdates", service_request_id=issue.code, **lately())
        said = [row["description"] for row in rows]
        assert said == ["Received", "Given to a handler", "In hand", "Given to a handler"]

    def test_what_waits_to_be_screened_is_not_told(self, town: Town, reader: Reader, clock: Clock) -> None:
        town.report("other")
        assert reader.rows("servicerequestupdates", **lately()) == []

    def test_three_cost_what_one_does(self, town: Town, reader: Reader, key: Key, issue: Issue) -> None:
        def cost() -> int:
            with CaptureQueriesContext(connection) as found:
                reader.rows("servicerequestupdates", api_key=key("spotter"), **lately())
            return len(found)

        cost()
        one = cost()
        for _more in range(2):
            made = town.report("noise", by=town.people["spotter"], source="api", on_behalf=True)
            PERFORM["withdraw"](made, by=None, now=town.now, text=WORDS)
        assert cost() == one <= 6


class TestWriting:
    def test_an_answer_to_a_question(self, town: Town, reader: Reader, key: Key, issue: Issue) -> None:
        worker = town.people["grid_worker"]
        PERFORM["sign"](issue, by=worker, now=town.now)
        PERFORM["ask_info"](issue, by=worker, now=town.now, text="演示：哪个单元？")
        own = reader.rows("servicerequestupdates", api_key=key("spotter"), **lately())
        update = update_of(posted(reader, key("spotter"), issue))
        event = Event.objects.about("issue", issue.pk).last()
        assert event and (event.verb, event.actor, f"{issue.code}-{event.seq}") == (
            "supply_info",
            None,
            update,
        )
        assert Note.objects.get(issue=issue, seq=event.seq).text == WORDS
        assert own

    def test_please_hurry(self, town: Town, reader: Reader, key: Key, issue: Issue) -> None:
        update_of(posted(reader, key("spotter"), issue, status="", description=""))
        assert Event.objects.about("issue", issue.pk).last().verb == "chase"
        # Once a day.
        answer = posted(reader, key("spotter"), issue, description="", update_id="78")
        assert errors(answer) == [(400, "It was chased within the last day already.")]

    def test_something_more(self, town: Town, reader: Reader, key: Key, issue: Issue) -> None:
        for own_id in ("77", "78"):
            update_of(posted(reader, key("spotter"), issue, update_id=own_id))
            event = Event.objects.about("issue", issue.pk).last()
            assert event and event.verb == "add_info"
            assert Note.objects.get(issue=issue, seq=event.seq).text == WORDS

    def test_not_solved_after_all(self, town: Town, reader: Reader, key: Key, issue: Issue) -> None:
        worker, told = town.people["grid_worker"], {"now": town.now, "text": "演示：已处理"}
        PERFORM["sign"](issue, by=worker, now=town.now)
        PERFORM["submit_result"](issue, by=worker, outcome="solved", **told)
        verdict = {"answered": True, "solved": True, "satisfied": True}
        PERFORM["rate"](issue, by=None, now=town.now, **verdict)
        update_of(posted(reader, key("spotter"), issue, status="REOPEN"))
        issue.refresh_from_db()
        assert (issue.state, issue.disputed, issue.owner) == ("resolved", True, town.community)

    @pytest.mark.parametrize("status", ["CLOSED", "closed", "FIXED"])
    def test_it_is_settled(self, town: Town, reader: Reader, key: Key, issue: Issue, status: str) -> None:
        update_of(posted(reader, key("spotter"), issue, status=status))
        issue.refresh_from_db()
        assert (issue.state, issue.outcome) == ("closed", "withdrawn")

    @pytest.mark.parametrize("words", [WORDS, ""])
    def test_what_waits_for_a_verdict_is_closed_in_the_client(
        self, town: Town, reader: Reader, key: Key, issue: Issue, words: str
    ) -> None:
        """That is no rating: neither solved nor satisfied was said."""
        worker = town.people["grid_worker"]
        PERFORM["sign"](issue, by=worker, now=town.now)
        PERFORM["submit_result"](issue, by=worker, outcome="solved", text="演示：已处理", now=town.now)
        update_of(posted(reader, key("spotter"), issue, status="FIXED", description=words))
        issue.refresh_from_db()
        event = Event.objects.about("issue", issue.pk).last()
        assert event and (issue.state, event.verb) == ("resolved", "add_info")
        assert Note.objects.get(issue=issue, seq=event.seq).text == (
            words or "The reporter has closed it in their application."
        )

    def test_an_objection(self, town: Town, reader: Reader, key: Key, clock: Clock) -> None:
        issue = town.report("other", by=town.people["spotter"], source="api", on_behalf=True)
        secretary = town.people["community_secretary"]
        PERFORM["reject"](issue, by=secretary, now=town.now, channel="12345", text="演示：不属于这里")
        update_of(posted(reader, key("spotter"), issue, status="REOPEN"))
        issue.refresh_from_db()
        assert issue.state == "reported"

    def test_only_who_reported_it_says_more(self, town: Town, reader: Reader, key: Key, issue: Issue) -> None:
        before = issue.version
        for name in ("grid_worker", "district_dispatcher", "part_time_grid_worker"):
            told = posted(reader, key(name), issue)
            issue.code, code = "0" * 16, issue.code
            assert posted(reader, key(name), issue).content == told.content
            issue.code = code
            assert (told.status_code, errors(told)[0][0]) == (404, 404)
        issue.refresh_from_db()
        assert issue.version == before

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"api_key": ""}, 403),
            ({"api_key": "x"}, 403),
            ({"service_request_id": ""}, 400),
            ({"service_request_id": "x"}, 404),
            ({"service_request_id": "a\0b"}, 400),
            ({"status": "nonsense"}, 400),
            ({"description": "x" * 2001}, 400),
            ({"description": "a\0b"}, 400),
            ({"jurisdiction_id": "999999"}, 404),
        ],
    )
    def test_what_is_wrong_is_told(
        self, town: Town, reader: Reader, key: Key, issue: Issue, change: dict[str, str], code: int
    ) -> None:
        answer = posted(reader, key("spotter"), issue, **change)
        assert (answer.status_code, errors(answer)[0][0]) == (code, code)
        issue.refresh_from_db()
        assert issue.chased_at is None

    def test_what_cannot_be_done_now_is_a_400(
        self, town: Town, reader: Reader, key: Key, issue: Issue
    ) -> None:
        PERFORM["withdraw"](issue, by=None, now=town.now, text="")
        assert errors(posted(reader, key("spotter"), issue))[0][0] in {400, 403}

    def test_once_with_a_key(self, town: Town, reader: Reader, key: Key, issue: Issue) -> None:
        form = {"api_key": key("spotter"), "service_request_id": issue.code, "description": WORDS}
        first, again = (
            reader.post("servicerequestupdates.json", form, **{"Idempotency-Key": "one"}) for _n in range(2)
        )
        assert first.status_code == again.status_code == 200 and first.content == again.content
        assert Event.objects.about("issue", issue.pk).filter(verb="add_info").count() == 1

    def test_once_with_the_clients_own_id(
        self, town: Town, reader: Reader, key: Key, clock: Clock, issue: Issue
    ) -> None:
        """Whoever got no answer sends it again, in another format or with the key elsewhere."""
        first = posted(reader, key("spotter"), issue)
        clock.forward(minutes=5)
        again = posted(reader, key("spotter"), issue)
        assert first.status_code == again.status_code == 200 and first.content == again.content
        assert again.headers["Idempotency-Replayed"] == "true"
        added = Event.objects.about("issue", issue.pk).filter(verb="add_info")
        assert added.count() == 1
        other = posted(reader, key("spotter"), issue, description="演示：另一句")
        told = "This update_id was used for another update of this request already."
        assert errors(other) == [(400, told)] and added.count() == 1
        # Neither of another request nor by a header is it the same.
        second = town.report("noise", by=town.people["spotter"], source="api", on_behalf=True)
        update_of(posted(reader, key("spotter"), second))
        form = {"api_key": key("spotter"), "service_request_id": issue.code, "update_id": "77"}
        form |= {"description": "演示：另一句"}
        update_of(reader.post("servicerequestupdates.json", form, **{"Idempotency-Key": "one"}))
        assert added.count() == 2

    def test_a_link_stands_below_the_words(self, town: Town, reader: Reader, key: Key, issue: Issue) -> None:
        link = "https://example.org/a.jpg"
        update_of(posted(reader, key("spotter"), issue, media_url=link))
        update_of(posted(reader, key("spotter"), issue, media_url=link, description="", update_id="78"))
        texts = list(Note.objects.filter(issue=issue).order_by("seq").values_list("text", flat=True))
        assert texts == [f"{WORDS}\n{link}", link]
        for wrong in ("javascript:alert(1)", "https://example.org/" + "a" * 500):
            answer = posted(reader, key("spotter"), issue, media_url=wrong, update_id="79")
            assert errors(answer) == [(400, "media_url: This is no address of the web.")]


class TestPictures:
    def send(self, reader: Reader, key: Key, issue: Issue, **more: Any) -> Any:
        form = {"api_key": key("spotter"), "service_request_id": issue.code, "media": photo()} | more
        return reader.client.post(f"{HERE}servicerequestupdates.json", form)

    def kept(self, issue: Issue) -> tuple[str, list[int]]:
        event = Event.objects.about("issue", issue.pk).last()
        assert event
        found = Attachment.objects.filter(issue=issue, internal=False).values_list("seq", flat=True)
        return event.verb, [seq for seq in found if seq == event.seq]

    def test_they_stand_beside_what_was_added(
        self, town: Town, reader: Reader, key: Key, issue: Issue
    ) -> None:
        update_of(self.send(reader, key, issue, description=WORDS))
        verb, kept = self.kept(issue)
        assert (verb, len(kept)) == ("add_info", 1)
        # Without a word they are something more, too, and no request to hurry.
        update_of(self.send(reader, key, issue))
        verb, kept = self.kept(issue)
        assert (verb, len(kept)) == ("add_info", 1)
        assert Note.objects.get(issue=issue, seq=kept[0]).text == "The reporter has sent pictures."

    def test_beside_an_answer_and_beside_why_it_goes_on(
        self, town: Town, reader: Reader, key: Key, issue: Issue
    ) -> None:
        worker = town.people["grid_worker"]
        PERFORM["sign"](issue, by=worker, now=town.now)
        PERFORM["ask_info"](issue, by=worker, now=town.now, text="演示：哪个单元？")
        update_of(self.send(reader, key, issue))
        verb, kept = self.kept(issue)
        assert (verb, len(kept)) == ("supply_info", 1)
        PERFORM["submit_result"](issue, by=worker, now=town.now, outcome="solved", text="演示：已处理")
        PERFORM["rate"](issue, by=None, now=town.now, answered=True, solved=True, satisfied=True)
        update_of(self.send(reader, key, issue, status="REOPEN", description=WORDS))
        verb, kept = self.kept(issue)
        assert (verb, len(kept)) == ("reopen", 1)

    def test_whoever_withdraws_leaves_none(self, town: Town, reader: Reader, key: Key, issue: Issue) -> None:
        update_of(self.send(reader, key, issue, status="CLOSED"))
        assert self.kept(issue) == ("withdraw", []) and not Attachment.objects.exists()

    def test_what_is_no_picture_is_refused(self, town: Town, reader: Reader, key: Key, issue: Issue) -> None:
        fake = photo()
        fake.file.truncate(10)
        answer = self.send(reader, key, issue, media=fake, description=WORDS)
        issue.refresh_from_db()
        assert errors(answer)[0][0] == 400 and not Note.objects.filter(issue=issue).exists()
