"""What may be the same matter: found before sending, joined in one tap, shown to the screener; never a dispute."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from grids.actions.policies import set_policy
from grids.models import Unit
from issues.actions import PERFORM
from issues.actions.join import join_issue
from issues.likely import likely_duplicates, likely_of
from issues.models import Attachment, Issue
from issues.views.likely import _PHOTOS
from tests.builders import Town
from tests.faces import photo, signed_in, stop_clock, visitor
from tests.issues.acting import Acting, events
from trail.refusals import Refused

LAMP, OTHER = "演示:楼道灯坏了,没人修", "演示:电梯停运了"
HERE = {"lon": 125.32, "lat": 43.88}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, town: Town) -> None:
    stop_clock(monkeypatch, town.now)


def found(town: Town, category: str = "litter", text: str = LAMP, **more: Any) -> list[Issue]:
    given: dict[str, Any] = {"place": town.building, "now": town.now} | more
    place = given.pop("place")
    return [one.issue for one in likely_duplicates(place, town.categories[category], text, **given)]


class TestReading:
    def test_the_same_building_and_category(self, town: Town) -> None:
        known = town.report(text=OTHER)
        assert found(town) == [known]

    def test_another_category_in_similar_words(self, town: Town) -> None:
        known = town.report("noise", text=LAMP)
        assert found(town) == [known]
        assert found(town, text=OTHER) == []

    def test_another_building(self, town: Town) -> None:
        town.report(text=LAMP, place=town.other_building)
        assert found(town) == []

    def test_the_same_grid_only_in_similar_words(self, town: Town) -> None:
        known = town.report(text=LAMP, place=town.grid)
        assert found(town) == [known]
        assert found(town, text=OTHER) == []

    @pytest.mark.parametrize(("north", "near"), [(0.0005, True), (0.002, False)])
    def test_within_a_hundred_metres(self, town: Town, north: float, near: bool) -> None:
        there = {"lon": HERE["lon"], "lat": HERE["lat"] + north}
        known = town.report(text=LAMP, place=town.other_building, **there)
        assert found(town, **HERE) == ([known] if near else [])

    def test_a_building_near_by_counts_though_nobody_gave_a_position(self, town: Town) -> None:
        Unit.objects.filter(pk=town.building.pk).update(**HERE)
        Unit.objects.filter(pk=town.other_building.pk).update(lon=HERE["lon"], lat=HERE["lat"] + 0.0005)
        known = town.report(text=LAMP, place=town.other_building)
        assert found(town, place=Unit.objects.get(pk=town.building.pk)) == [known]

    def test_solved_lately_but_not_long_ago(self, town: Town, act: Acting) -> None:
        issue = act("submit_result", act.handling(text=LAMP), "grid_worker")
        act("rate", issue, None, answered=True, solved=True, satisfied=True)
        assert found(town, now=act.later(days=13)) == [issue]
        assert found(town, now=act.later(days=2)) == []

    def test_not_what_was_rejected_or_withdrawn_or_follows_another(self, town: Town) -> None:
        main, follower, rejected = (town.report(text=LAMP) for _each in range(3))
        worker = {"by": town.people["grid_worker"], "now": town.now}
        PERFORM["merge"](follower, main=main, **worker)
        PERFORM["reject"](rejected, channel="12345", text="演示", **worker)
        assert found(town) == [main]

    def test_one_that_was_rejected_with_another_once_its_reporter_objects(
        self, town: Town, act: Acting
    ) -> None:
        main, follower = (town.report(text=LAMP) for _each in range(2))
        act("merge", follower, "grid_worker", main=main)
        act("reject", main, "grid_worker")
        assert found(town) == []
        follower = act("object", follower, None)
        assert found(town) == [follower]

    @pytest.mark.parametrize(
        "hidden", [{"kind": "dispute"}, {"about_unit": "community"}, {"about_body": "office"}]
    )
    def test_disputes_and_complaints_about_somebody_are_never_shown(
        self, town: Town, hidden: dict[str, str]
    ) -> None:
        issue = town.report(text=LAMP)
        values = {name: getattr(town, key, key) for name, key in hidden.items()}
        Issue.objects.filter(pk=issue.pk).update(**values)
        seen = Issue.objects.all()
        assert found(town) == found(town, seen=seen) == []
        assert likely_of(Issue.objects.get(pk=issue.pk), now=town.now, seen=seen) == []

    def test_nothing_is_shown_beside_a_dispute(self, town: Town) -> None:
        town.report(text=LAMP)
        assert found(town, kind="dispute") == []
        town.categories["litter"].kind = "dispute"
        assert found(town) == []

    def test_residents_are_not_told_of_what_is_not_offered_to_them(self, town: Town) -> None:
        town.categories["noise"].for_residents = False
        town.categories["noise"].save()
        known = town.report("noise", text=LAMP)
        assert found(town) == [] and found(town, seen=Issue.objects.all()) == [known]

    def test_staff_find_only_what_they_see(self, town: Town) -> None:
        known = town.report(text=LAMP)
        for name, sees in (("grid_worker", True), ("other_worker", False), ("far_dispatcher", False)):
            seen = Issue.objects.visible_to(town.people[name], town.now)
            assert found(town, seen=seen) == ([known] if sees else []), name

    def test_five_at_most_and_the_best_first(self, town: Town) -> None:
        vague = [town.report(text=OTHER) for _each in range(4)]
        exact = [town.report(text=LAMP) for _each in range(3)]
        shown = found(town)
        assert shown == [*reversed(exact), vague[3], vague[2]]

    def test_as_many_queries_for_many_as_for_one(self, town: Town) -> None:
        town.report(text=LAMP)
        with CaptureQueriesContext(connection) as one:
            assert len(found(town, **HERE)) == 1
        for _each in range(6):
            town.report(text=LAMP, **HERE)
        with CaptureQueriesContext(connection) as many:
            assert len(found(town, **HERE)) == 5
        assert len(one) == len(many) <= 3


class TestJoining:
    def join(self, town: Town, main: Issue, **more: Any) -> Issue:
        given = {"place": town.building, "category": town.categories["litter"], "text": LAMP, "by": None}
        return join_issue(main, now=town.now, **given | more)

    def test_it_follows_from_the_start(self, town: Town) -> None:
        main = town.report(text=LAMP)
        joined = Issue.objects.get(pk=self.join(town, main).pk)
        assert (joined.state, joined.main, joined.due_at) == ("merged", main, None)
        assert events(joined)[0] == "report" and events(joined)[-1] == "merge"
        assert Issue.objects.get(pk=main.pk).follower_count == 1

    def test_its_reporter_is_told_and_rates(self, town: Town) -> None:
        main = town.report(text=LAMP)
        joined = self.join(town, main)
        worker = {"by": town.people["grid_worker"], "now": town.now}
        PERFORM["sign"](main, **worker)
        PERFORM["submit_result"](main, outcome="solved", text="演示:已修好", **worker)
        PERFORM["rate"](joined, by=None, now=town.now, answered=True, solved=True, satisfied=True)
        assert Issue.objects.get(pk=joined.pk).state == "closed"

    def test_not_what_has_ended_or_must_not_be_told(self, town: Town) -> None:
        ended, quarrel = town.report(text=LAMP), town.report(text=LAMP, kind="dispute")
        PERFORM["reject"](ended, by=town.people["grid_worker"], now=town.now, channel="12345", text="演示")
        before = Issue.objects.count()
        for main in (ended, quarrel):
            with pytest.raises(Refused) as refused:
                self.join(town, main)
            assert refused.value.code == "main"
        assert Issue.objects.count() == before


WORDS = {
    "category": "litter",
    "text": LAMP,
    "spot": "二单元",
    "contact_name": "演示居民",
    "contact_phone": "13800001234",
}


class TestResident:
    def address(self, town: Town) -> str:
        return f"/r/at/{town.building.code}/report/"

    def ask(self, town: Town, **more: Any) -> tuple[Client, Any]:
        """The page with the question, and its hidden fields."""
        client = visitor()
        response = client.post(self.address(town), WORDS | {"idempotency_key": "a-key-of-mine"} | more)
        assert response.status_code == 200 and response.templates[0].name == "issues/likely.html"
        return client, response

    def answer(self, town: Town, client: Client, response: Any, answer: str) -> Any:
        context = response.context
        sent: dict[str, Any] = {}
        for name, value, _question in context["typed"]:
            sent.setdefault(name, []).append(value)
        return client.post(self.address(town), sent | {"kept": context["kept"], "join": answer})

    def test_it_is_asked_and_says_nothing_of_others(self, town: Town) -> None:
        known = town.report(text=LAMP, spot="三单元302")
        _client, response = self.ask(town, text=LAMP + "!")
        page = response.content.decode()
        assert "litter" in page and known.place_label in page and "Given to a handler" in page
        assert "302" not in page and known.number not in page and known.code + '"' not in page
        assert Issue.objects.count() == 1

    def test_mine_is_new(self, town: Town) -> None:
        town.report(text=LAMP)
        client, response = self.ask(town)
        assert self.answer(town, client, response, "new").status_code == 302
        made = Issue.objects.latest("pk")
        assert (made.text, made.spot, made.state) == (LAMP, "二单元", "assigned")
        assert made.reporter.name == "演示居民"

    def test_it_is_this_one(self, town: Town) -> None:
        known = town.report(text=LAMP)
        client, response = self.ask(town)
        ((_one, signed, _state),) = response.context["found"]
        went = self.answer(town, client, response, signed)
        made = Issue.objects.latest("pk")
        assert made.main == known and made.reporter.name == "演示居民"
        assert "/sent/" in went.url and client.get(went.url).status_code == 200
        again = self.answer(town, client, response, signed)
        assert again.url == went.url and Issue.objects.count() == 2

    @pytest.mark.parametrize("answer", ["new", "back"])
    def test_photos_wait_meanwhile(self, town: Town, settings: Any, tmp_path: Any, answer: str) -> None:
        settings.MEDIA_ROOT = tmp_path
        town.report(text=LAMP)
        client, response = self.ask(town, photos=[photo(), photo()])
        assert len(response.context["kept"]) == 2 and not Attachment.objects.exists()
        after = self.answer(town, client, response, answer)
        if answer == "new":
            assert Attachment.objects.filter(issue=Issue.objects.latest("pk")).count() == 2
        else:
            assert after.context["kept"] == response.context["kept"]
            assert after.context["form"]["text"].value() == LAMP

    def test_names_of_photos_that_are_not_ours_are_passed_over(
        self, town: Town, tmp_path: Any, settings: Any
    ) -> None:
        settings.MEDIA_ROOT = tmp_path
        sent = WORDS | {"join": "new", "kept": ["../../etc/passwd", "2026/03/x.jpg:bad"]}
        assert visitor().post(self.address(town), sent).status_code == 302
        assert not Attachment.objects.exists()

    def test_a_photo_that_has_been_swept_meanwhile_is_asked_for_again(
        self, town: Town, tmp_path: Any, settings: Any
    ) -> None:
        settings.MEDIA_ROOT = tmp_path
        gone = WORDS | {"join": "new", "kept": [_PHOTOS.sign("2026/03/swept.jpg")]}
        page = visitor().post(self.address(town), gone)
        assert page.status_code == 422 and "photos" in page.context["form"].errors
        assert not Issue.objects.exists() and not page.context["kept"]

    def test_a_broken_photo_is_said_at_once(self, town: Town) -> None:
        from django.core.files.uploadedfile import SimpleUploadedFile

        town.report(text=LAMP)
        bad = SimpleUploadedFile("a.jpg", b"no picture", content_type="image/jpeg")
        response = visitor().post(self.address(town), WORDS | {"photos": [bad]})
        assert response.status_code == 409 and "photo" in response.content.decode()

    def test_something_may_be_changed_first(self, town: Town) -> None:
        town.report(text=LAMP)
        client, response = self.ask(town)
        page = self.answer(town, client, response, "back")
        assert page.status_code == 200 and 'value="二单元"' in page.content.decode()
        assert Issue.objects.count() == 1

    def test_what_ended_meanwhile_is_said_and_nothing_is_lost(self, town: Town) -> None:
        known = town.report(text=LAMP)
        client, response = self.ask(town)
        ((_one, signed, _state),) = response.context["found"]
        PERFORM["reject"](known, by=town.people["grid_worker"], now=town.now, channel="12345", text="演示")
        after = self.answer(town, client, response, signed)
        assert after.status_code == 409 and "ended in the meantime" in after.content.decode()
        assert 'value="二单元"' in after.content.decode() and Issue.objects.count() == 1

    def test_what_is_solved_cannot_be_joined(self, town: Town, act: Acting) -> None:
        issue = act("submit_result", act.handling(text=LAMP), "grid_worker")
        act("rate", issue, None, answered=True, solved=True, satisfied=True)
        _client, response = self.ask(town)
        page = response.content.decode()
        assert "If it is back" in page and "I join" not in page

    def test_danger_never_waits_for_an_answer(self, town: Town) -> None:
        town.report("fire", text=LAMP)
        assert visitor().post(self.address(town), WORDS | {"category": "fire"}).status_code == 302

    def test_nothing_alike_is_sent_at_once(self, town: Town) -> None:
        town.report("noise", text=OTHER)
        assert visitor().post(self.address(town), WORDS).status_code == 302


class TestStaff:
    def chat(self, town: Town, **more: Any) -> tuple[Client, dict[str, Any], Any]:
        told = {
            "place": town.building.code,
            "offered": [town.building.code],
            "source": "chat",
            "on_behalf": "on",
            "category": "litter",
            "text": LAMP,
        } | more
        client = signed_in(town, "grid_worker")
        return client, told, client.post("/report/chat/", told)

    def test_a_pasted_chat_is_asked_too(self, town: Town, settings: Any, tmp_path: Any) -> None:
        settings.MEDIA_ROOT = tmp_path
        known = town.report(text=LAMP)
        client, told, response = self.chat(town, photos=[photo()])
        assert response.templates[0].name == "issues/likely.html" and Issue.objects.count() == 1
        page = response.content.decode()
        assert known.number in page and f'name="offered" value="{town.building.code}"' in page
        kept, ((_one, signed, _state),) = response.context["kept"], response.context["found"]
        del told["photos"]
        back = client.post("/report/chat/", told | {"join": "back", "kept": kept})
        assert back.context["form"]["text"].value() == LAMP and 'name="kept"' in back.content.decode()
        assert client.post("/report/chat/", told | {"join": signed, "kept": kept}).status_code == 302
        made = Issue.objects.latest("pk")
        assert (made.main, made.source) == (known, "chat") and Attachment.objects.get().issue == made

    def test_a_pasted_chat_that_is_new_is_sent(self, town: Town) -> None:
        town.report(text=LAMP)
        client, told, _response = self.chat(town)
        assert client.post("/report/chat/", told | {"join": "new"}).status_code == 302
        assert Issue.objects.latest("pk").main is None

    def test_the_report_form_asks_with_the_words(self, town: Town) -> None:
        known = town.report(text=LAMP)
        client = signed_in(town, "grid_worker")
        address = f"/report/{town.building.code}/"
        sent = WORDS | {"source": "phone", "on_behalf": "on"}
        response = client.post(address, sent)
        assert response.templates[0].name == "issues/likely.html"
        page = response.content.decode()
        assert LAMP in page and known.number in page
        ((_one, signed, _state),) = response.context["found"]
        assert client.post(address, sent | {"join": signed}).status_code == 302
        made = Issue.objects.latest("pk")
        assert (made.main, made.registered_by) == (known, town.people["grid_worker"])

    def test_what_was_written_goes_along_under_the_name_of_its_question(self, town: Town) -> None:
        """A phone that keeps the answer can still say so where the place is closed meanwhile."""
        town.report(text=LAMP)
        sent = WORDS | {"source": "phone", "on_behalf": "on", "contact_phone": "13800001234"}
        response = signed_in(town, "grid_worker").post(f"/report/{town.building.code}/", sent)
        page = response.content.decode()
        assert 'name="contact_phone" value="13800001234" data-asked="Telephone"' in page
        assert {question for name, _value, question in response.context["typed"] if name == "source"} == {""}

    @pytest.mark.parametrize("face", ["phone", "admin"])
    def test_the_screener_sees_it_beside_the_issue(self, town: Town, face: str) -> None:
        known, issue = town.report(text=LAMP), town.report(text=LAMP)
        town.people["grid_worker"].is_staff = True
        town.people["grid_worker"].save()
        client = signed_in(town, "grid_worker")
        address = f"/i/{issue.code}/" if face == "phone" else f"/admin/issues/issue/{issue.pk}/change/"
        page = client.get(address).content.decode()
        assert "Perhaps the same" in page and f'name="main" value="{known.code}"' in page
        PERFORM["sign"](issue, by=town.people["grid_worker"], now=town.now)
        assert "Perhaps the same" not in client.get(address).content.decode()

    @pytest.mark.parametrize("face", ["phone", "admin"])
    def test_what_was_merged_by_mistake_is_taken_out_in_one_tap(self, town: Town, face: str) -> None:
        known, issue = town.report(text=LAMP), town.report(text=LAMP)
        User.objects.filter(username__in=("grid_worker", "grid_chief")).update(is_staff=True)
        client = signed_in(town, "grid_worker")
        page = f"/i/{issue.code}/" if face == "phone" else f"/admin/issues/issue/{issue.pk}/change/"
        assert "Undo the merging" not in client.get(page).content.decode()
        joined = client.post(_addressed(client.get(page), "merge"), {"main": known.code})
        assert joined.status_code == 302 and joined.url == page
        shown = client.get(joined.url)
        # Both matters are there to be read.
        assert f"You merged it into {known.number}" in shown.content.decode()
        assert shown.content.decode().count(LAMP) >= 2
        there = f"/i/{known.code}/" if face == "phone" else f"/admin/issues/issue/{known.pk}/change/"
        assert f'<a class="gz-link" href="{there}">{known.number}</a>' in shown.content.decode()
        assert f"to be signed for by {town.grid.name}, with the time to sign anew" in shown.content.decode()
        # Whoever has not merged it takes it out with a reason, as ever.
        other = signed_in(town, "grid_chief").get(page).content.decode()
        assert "Undo the merging" not in other and "Take out again" in other
        sent = _hidden(shown, "Merged by mistake")
        assert client.post(_addressed(shown, "unmerge"), sent).status_code == 302
        issue.refresh_from_db()
        assert (issue.state, issue.owner, issue.main) == ("assigned", town.grid, None)
        assert issue.notes.get().text == "Merged by mistake"
        assert "Undo the merging" not in client.get(page).content.decode()

    def test_it_says_who_gets_what_is_taken_out(self, town: Town, act: Acting) -> None:
        """What the duty list keeps from the grid by now does not come back to it."""
        main, issue = town.report(text=LAMP), town.report(text=LAMP)
        issue = act("merge", issue, "grid_worker", main=main)
        row = {"group": "组", "name": "项", "state": "admitted", "categories": ["road"]}
        set_policy(town.district, "duty_list", {"a": row}, by=None, now=town.now, reason="演示:清单")
        page = signed_in(town, "grid_worker").get(f"/i/{issue.code}/").content.decode()
        assert f"to be signed for by {town.community.name}, with" in page
        assert act("unmerge", issue, "grid_worker").owner == town.community

    def test_once_something_has_happened_it_is_not_undone_in_one_tap(self, town: Town, act: Acting) -> None:
        main, issue = town.report(text=LAMP), town.report(text=LAMP)
        issue = act("merge", issue, "grid_worker", main=main)
        act("chase", issue, None)
        page = signed_in(town, "grid_worker").get(f"/i/{issue.code}/").content.decode()
        assert "Undo the merging" not in page and "Take out again" in page

    def test_others_are_not_asked(self, town: Town) -> None:
        town.report(text=LAMP)
        issue = town.report(text=LAMP)
        page = signed_in(town, "supervisor").get(f"/i/{issue.code}/").content.decode()
        assert issue.number in page and "Perhaps the same" not in page

    def test_many_ask_no_more(self, town: Town) -> None:
        issue = town.report(text=LAMP)
        client = signed_in(town, "grid_worker")

        def cost() -> int:
            with CaptureQueriesContext(connection) as asked:
                assert client.get(f"/i/{issue.code}/").status_code == 200
            return len(asked)

        town.report(text=LAMP)
        cost()
        one = cost()
        for _each in range(3):
            town.report(text=LAMP)
        assert cost() == one


def _addressed(page: Any, verb: str) -> str:
    """Where the form of this verb is sent."""
    (address,) = set(re.findall(rf'action="([^"]*/{verb}/)"', page.content.decode()))
    return address


def _hidden(page: Any, text: str) -> dict[str, str]:
    """The hidden fields of the form whose text is this."""
    form = next(one for one in page.content.decode().split("<form")[1:] if f'value="{text}"' in one)
    return dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form.split("</form>")[0]))


def test_old_reports_of_a_grid_are_not_read(town: Town, act: Acting) -> None:
    """However much a grid has seen, what ended long ago is no candidate."""
    for _each in range(3):
        issue = act("submit_result", act.handling(text=LAMP), "grid_worker")
        act("rate", issue, None, answered=True, solved=True, satisfied=True)
    assert found(town, now=town.now + timedelta(days=15)) == []
