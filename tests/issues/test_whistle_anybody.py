"""An emergency whistle calls anybody in the district direct: grids of other streets, other streets' bodies."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from grids.actions.posts import record_leave, set_shift
from grids.actions.tree import close_unit
from issues.forms import looked_form, verb_form
from issues.models import Issue
from tests.builders import LONG_AGO, Town, add_west
from tests.issues.acting import Acting, events
from tests.issues.calling import callee_of


@pytest.fixture
def held(act: Acting) -> Issue:
    return act.handling("litter", "grid_worker")


@pytest.fixture
def far(town: Town, act: Acting, held: Issue) -> Issue:
    """A grid of one street calls a grid of another one."""
    issue = act("whistle", held, "grid_worker", kind="emergency", units=[town.far_grid])
    return issue


def seen(issue: Issue, town: Town, name: str, act: Acting) -> bool:
    return Issue.objects.visible_to(town.people[name], act.now).filter(pk=issue.pk).exists()


class TestWhom:
    @pytest.mark.parametrize(
        "name", ["far_grid", "far_community", "other_street", "other_grid", "other_community"]
    )
    def test_any_unit_down_to_the_grids(self, town: Town, act: Acting, held: Issue, name: str) -> None:
        issue = act("whistle", held, "grid_worker", kind="emergency", units=[getattr(town, name)])
        assert callee_of(issue, getattr(town, name)).state == "called"

    def test_any_body(self, town: Town, act: Acting, held: Issue) -> None:
        issue = act("whistle", held, "grid_worker", kind="emergency", bodies=[town.far_office, town.utility])
        assert callee_of(issue, town.far_office).state == "called"

    def test_by_calling_in_too_but_only_to_an_emergency(self, town: Town, act: Acting) -> None:
        issue = act.handling("road", "street_dispatcher")
        issue = act("whistle", issue, "street_dispatcher", kind="emergency", bodies=[town.posted])
        issue = act("join", issue, "street_leader", units=[town.far_grid])
        assert callee_of(issue, town.far_grid).state == "called"
        calm = act.handling("road", "street_dispatcher")
        calm = act("whistle", calm, "street_dispatcher", kind="tough", bodies=[town.office])
        assert act.refused("join", calm, "street_leader", bodies=[town.far_office]).code == "not_callable"

    @pytest.mark.parametrize("kind", ["quick", "tough"])
    def test_by_no_other_kind(self, town: Town, act: Acting, kind: str) -> None:
        issue = act.handling("noise", "community_worker")
        for named in (
            {"units": [town.far_grid]},
            {"units": [town.other_street]},
            {"bodies": [town.far_office]},
        ):
            assert (
                act.refused("whistle", issue, "community_worker", kind=kind, **named).code == "not_callable"
            )

    def test_not_oneself_a_building_another_district_or_what_is_closed(
        self, town: Town, act: Acting, held: Issue
    ) -> None:
        west = add_west(town)
        for unit in (town.grid, town.far_building, west):
            refused = act.refused("whistle", held, "grid_worker", kind="emergency", units=[unit])
            assert refused.code == "not_callable", unit
        for unit in (town.other_building, town.other_grid):
            close_unit(unit, by=None, now=act.now)
        refused = act.refused("whistle", held, "grid_worker", kind="emergency", units=[town.other_grid])
        assert refused.code == "closed_callee"

    def test_never_those_whom_it_complains_about_nor_what_is_below_them(
        self, town: Town, act: Acting
    ) -> None:
        issue = act.handling("road", "street_dispatcher")
        Issue.objects.filter(pk=issue.pk).update(about_unit=town.other_street)
        for named in (
            {"units": [town.other_street]},
            {"units": [town.far_grid]},
            {"bodies": [town.far_office]},
        ):
            refused = act.refused("whistle", issue, "street_dispatcher", kind="emergency", **named)
            assert refused.code == "about_them", named


class TestThoseCalled:
    def test_they_and_whoever_stands_above_see_it_and_nobody_else_there(
        self, town: Town, act: Acting, held: Issue
    ) -> None:
        there = ("far_worker", "far_secretary", "far_dispatcher")
        assert not any(seen(held, town, name, act) for name in there)
        issue = act("whistle", held, "grid_worker", kind="emergency", units=[town.far_grid])
        assert all(seen(issue, town, name, act) for name in there)
        assert not any(seen(issue, town, name, act) for name in ("far_officer", "other_worker"))

    def test_they_answer_come_and_are_done(self, town: Town, act: Acting, far: Issue) -> None:
        assert ("far_worker", "whistle.callees") in act.heard()
        for verb in ("acknowledge", "report_in", "done", "judge"):
            far = act(verb, callee_of(far, town.far_grid), "far_worker")
        far = act("rate_callee", callee_of(far, town.far_grid), "grid_worker")
        assert callee_of(far, town.far_grid).verdict == "good"

    def test_the_page_of_those_called(self, town: Town, act: Acting, far: Issue, client: Client) -> None:
        client.force_login(town.people["far_worker"])
        assert client.get(reverse("issues:issue", args=[far.code])).status_code == 200

    def test_silence_climbs_in_the_line_of_those_called(self, town: Town, act: Acting, far: Issue) -> None:
        act.heard()
        climbed = []
        for _rung in range(3):
            act.later(minutes=5)
            act.sweep()
            climbed.append(callee_of(far, town.far_grid).raised_to)
        assert climbed == [town.far_community, town.other_street, town.district]
        assert {("far_secretary", "climb.owner"), ("far_dispatcher", "climb.owner")} <= act.heard()
        far = act("acknowledge", callee_of(far, town.far_grid), "district_dispatcher")
        assert callee_of(far, town.far_grid).state == "acknowledged"

    def test_the_roster_of_those_called(self, town: Town, act: Acting, held: Issue) -> None:
        town.appoint("far_chief", "grid_chief", town.far_grid)
        hours = {"starts_at": act.now, "ends_at": act.now + timedelta(hours=12)}
        for rank, name in enumerate(("far_chief", "far_worker"), start=1):
            set_shift(town.posts[name], rank=rank, by=None, now=LONG_AGO, **hours)
        act.heard()
        far = act("whistle", held, "grid_worker", kind="emergency", units=[town.far_grid])
        assert act.heard() == {("far_chief", "whistle.callees")}
        act.later(minutes=5)
        act.sweep()
        assert callee_of(far, town.far_grid).raised_to is None
        assert ("far_worker", "call_next.owner") in act.heard()
        act.later(minutes=5)
        act.sweep()
        assert callee_of(far, town.far_grid).raised_to == town.far_community
        assert events(far).count("call_next") == 1

    def test_the_deputy_of_whoever_is_on_leave(self, town: Town, act: Acting, held: Issue) -> None:
        deputy = town.person("far_deputy")
        post = town.posts["far_worker"]
        post.deputy = deputy
        post.save(update_fields=["deputy"])
        away = {"starts_at": act.now - timedelta(hours=1), "ends_at": act.now + timedelta(days=1)}
        record_leave(post, by=None, now=LONG_AGO, **away)
        far = act("whistle", held, "grid_worker", kind="emergency", units=[town.far_grid])
        assert ("far_deputy", "whistle.callees") in act.heard()
        assert seen(far, town, "far_deputy", act)
        act("acknowledge", callee_of(far, town.far_grid), "far_deputy")

    def test_declined_the_level_above_them_is_called(self, town: Town, act: Acting, far: Issue) -> None:
        far = act("decline", callee_of(far, town.far_grid), "far_worker")
        assert callee_of(far, town.far_community).state == "called"


class TestChoosing:
    def form(self, town: Town, act: Acting, issue: Issue, **typed: Any) -> Any:
        if not typed:
            return verb_form("whistle", issue, town.people["grid_worker"], act.now)
        data = Client().get("/", {"look": "1"} | typed).wsgi_request.GET
        return looked_form("whistle", issue, town.people["grid_worker"], act.now, data)

    def urgent(self, form: Any) -> dict[str, Any]:
        return {one.code: one for one in form.callees().urgent}

    def test_the_own_line_and_the_neighbours_first_and_nobody_far(
        self, town: Town, act: Acting, held: Issue
    ) -> None:
        found = list(self.urgent(self.form(town, act, held)))
        assert found[:3] == [town.street.code, town.district.code, town.other_grid.code]
        assert not {town.far_grid.code, "far_office-1"} & set(found)

    def test_looked_for_by_name_place_or_code(self, town: Town, act: Acting, held: Issue) -> None:
        for words in ("远网格", "黑水 网格", town.far_grid.code):
            found = self.urgent(self.form(town, act, held, sought=words))
            assert town.far_grid.code in found, words
        with override("zh-hans"):
            group = self.urgent(self.form(town, act, held, sought="远网格"))[town.far_grid.code].group
        assert "站前街道" in group and "黑水社区" in group
        assert "far_office-1" in self.urgent(self.form(town, act, held, sought="站前平安"))
        form = self.form(town, act, held, sought="没有这样的")
        assert form.nobody_found() and not self.form(town, act, held).nobody_found()

    def test_looking_keeps_what_was_chosen_and_written(self, town: Town, act: Acting, held: Issue) -> None:
        form = self.form(town, act, held, units=[town.far_grid.code], text="演示:带沙袋", sought="站前平安")
        found = self.urgent(form)
        assert found[town.far_grid.code].chosen and not found["far_office-1"].chosen
        assert form["text"].value() == "演示:带沙袋" and not form.errors
        assert (town.far_grid.code, "远网格") in form.fields["lead"].choices

    @pytest.mark.parametrize("face", ["phone", "admin"])
    def test_on_the_page_without_a_script(
        self, town: Town, act: Acting, held: Issue, client: Client, face: str
    ) -> None:
        person = town.people["grid_worker"]
        person.is_staff, person.language = True, "en"
        person.save()
        client.force_login(person)
        address = (
            reverse("issues:act", args=[held.code, "whistle"])
            if face == "phone"
            else reverse("admin:issues_issue_do", args=[held.pk, "whistle"])
        )
        page = client.post(address, {"look": "1", "sought": "远网格", "text": "演示:快来"})
        text = page.content.decode()
        assert page.status_code == 200 and f'value="{town.far_grid.code}"' in text and "演示:快来" in text
        assert "Nothing was sent yet" not in text and not held.whistles.exists()
        sent = client.post(address, {"kind": "emergency", "units": [town.far_grid.code], "sought": "远网格"})
        assert sent.status_code == 302 and callee_of(held, town.far_grid).state == "called"

    def test_an_ordinary_kind_refuses_them(
        self, town: Town, act: Acting, held: Issue, client: Client
    ) -> None:
        client.force_login(town.people["grid_worker"])
        address = reverse("issues:act", args=[held.code, "whistle"])
        page = client.post(address, {"kind": "quick", "units": [town.far_grid.code]})
        assert page.status_code == 409 and not held.whistles.exists()
        assert f'value="{town.far_grid.code}"' in page.content.decode()

    def test_nobody_is_looked_for_by_those_who_do_not_whistle(
        self, town: Town, act: Acting, held: Issue, client: Client
    ) -> None:
        client.force_login(town.people["building_head"])
        address = reverse("issues:act", args=[held.code, "whistle"])
        page = client.post(address, {"look": "1", "sought": "远网格"})
        assert town.far_grid.code not in page.content.decode()

    def test_only_who_may_come_to_the_whistle_that_runs(self, town: Town, act: Acting) -> None:
        for kind, anybody in (("tough", False), ("emergency", True)):
            issue = act.handling("road", "street_dispatcher")
            issue = act("whistle", issue, "street_dispatcher", kind=kind, bodies=[town.posted])
            form = verb_form("join", issue, town.people["street_dispatcher"], act.now)
            assert (form.anybody, "sought" in form.fields) == (anybody, anybody)
