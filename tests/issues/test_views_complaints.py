"""Complaints about somebody on the pages: whom one may name, what is asked, and where one is left after marking."""

from typing import Any

import pytest
from django.test import Client

from issues.forms.fields import InChargeField
from issues.models import Category, Issue
from tests.builders import Town
from tests.faces import hidden, panels, send, signed_in, stop_clock, visitor
from tests.issues.acting import Acting


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, town: Town) -> None:
    stop_clock(monkeypatch, town.now)


@pytest.fixture(autouse=True)
def staff_category(town: Town) -> Category:
    return Category.objects.create(
        key="staff",
        name="演示投诉",
        name_en="staff",
        kind="complaint",
        handled_at="street",
        about_somebody=True,
    )


def offered(page: Any) -> dict[str, list[str]]:
    """Group → what can be chosen in it."""
    choices = page.context["form"].fields["about"].choices
    return {
        str(group): [str(label) for _key, label in rows] for group, rows in choices if isinstance(rows, list)
    }


def sent(client: Client, address: str, **answers: Any) -> Any:
    page = client.get(address)
    told = {"category": "staff", "text": "演示:推诿扯皮", "source": "visit", "join": "new"} | answers
    return client.post(address, hidden(page.context["form"]) | told)


RESIDENT, STAFF = "/r/at/{}/report/", "/report/{}/"


class TestWhatIsOffered:
    def test_a_resident_reads_places_roles_and_bodies_but_no_names(self, town: Town) -> None:
        page = visitor().get(RESIDENT.format(town.building.code))
        found = offered(page)
        assert found["Those in charge here"] == ["第一网格", "天光社区", "新发街道"]
        assert "Full-time grid worker · 第一网格" in found["One of them"]
        assert {"平安办", "区城管局", "安居物业"} <= set(found["Offices, departments, firms"])
        assert "站前平安办" not in found["Offices, departments, firms"]
        assert "grid_worker" not in " ".join(found["One of them"])

    def test_of_two_in_the_same_role_a_resident_cannot_choose_one(self, town: Town) -> None:
        town.appoint("second_chief", "grid_chief", town.grid)
        found = offered(visitor().get(RESIDENT.format(town.building.code)))
        assert "Grid chief · 第一网格" not in found["One of them"]

    def test_staff_read_who_it_is(self, town: Town) -> None:
        found = offered(signed_in(town, "community_worker").get(STAFF.format(town.building.code)))
        assert "Grid chief · 第一网格 · grid_chief" in found["One of them"]

    @pytest.mark.parametrize("name", ["community_worker", "spotter"])
    def test_everybody_who_reports_is_asked(self, town: Town, name: str) -> None:
        content = signed_in(town, name).get(STAFF.format(town.building.code)).content.decode()
        assert 'name="about"' in content and "say below whom it is about" in content

    def test_as_many_queries_whoever_is_there(self, town: Town, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(3):
            list(InChargeField([town.building], town.now).choices)
        town.appoint("second_chief", "grid_chief", town.grid)
        with django_assert_num_queries(3):
            list(InChargeField([town.building, town.other_building], town.now).choices)


class TestReporting:
    @pytest.mark.parametrize(
        ("person", "address"),
        [(None, RESIDENT), ("community_worker", STAFF), ("spotter", STAFF)],
        ids=["resident", "staff", "spotter"],
    )
    def test_whom_must_be_said(self, town: Town, person: str | None, address: str) -> None:
        client = signed_in(town, person) if person else visitor()
        refused = sent(client, address.format(town.building.code))
        content = refused.content.decode()
        assert refused.status_code == 422 and not Issue.objects.exists()
        assert "Say whom the complaint is about" in content and "演示:推诿扯皮" in content
        details = content[: content.index("Say whom the complaint is about")].rindex("<details")
        assert " open" in content[details : details + 40]

    @pytest.mark.parametrize(
        ("chosen", "about", "owner"),
        [
            ("220103001001", "community", "street"),
            ("body:office-1", "office", "street"),
            ("body:department-1", "department", "district"),
        ],
    )
    def test_those_at_a_unit_or_body(self, town: Town, chosen: str, about: str, owner: str) -> None:
        assert sent(visitor(), RESIDENT.format(town.building.code), about=chosen).status_code == 302
        issue = Issue.objects.get()
        assert (issue.about_unit or issue.about_body) == getattr(town, about)
        assert (issue.owner, issue.about_user) == (getattr(town, owner), None)

    @pytest.mark.parametrize(("person", "address"), [(None, RESIDENT), ("community_worker", STAFF)])
    def test_one_person(self, town: Town, person: str | None, address: str) -> None:
        client = signed_in(town, person) if person else visitor()
        chosen = f"post:{town.posts['grid_worker'].pk}"
        assert sent(client, address.format(town.building.code), about=chosen).status_code == 302
        issue = Issue.objects.get()
        assert (issue.about_unit, issue.about_user) == (town.grid, town.people["grid_worker"])

    def test_nobody_else_can_be_named(self, town: Town) -> None:
        for chosen in (town.far_community.code, "body:far_office-1", f"post:{town.posts['far_worker'].pk}"):
            assert sent(visitor(), RESIDENT.format(town.building.code), about=chosen).status_code == 422
        assert not Issue.objects.exists()

    def test_in_a_pasted_message_it_can_be_said_too(self, town: Town) -> None:
        """Those in charge of every place that the messages may mean."""
        client = signed_in(town, "community_worker")
        page = client.post(
            "/report/chat/", {"pasted": "演示张 3/10 09:05\n1号楼网格员态度差", "idempotency_key": "a"}
        )
        form = page.context["form"]
        told = hidden(form) | {
            "category": "staff",
            "text": "演示:态度差",
            "source": "chat",
            "place": town.building.code,
            "offered": [town.building.code],
        }
        refused = client.post("/report/chat/", told)
        assert refused.status_code == 422 and "Say whom" in refused.content.decode()
        again = told | hidden(refused.context["form"]) | {"about": town.grid.code}
        assert client.post("/report/chat/", again).status_code == 302
        assert Issue.objects.get().about_unit == town.grid


class TestMarking:
    def marked(self, town: Town, name: str, issue: Issue, **answers: Any) -> Any:
        client = signed_in(town, name)
        page = client.get(f"/i/{issue.code}/mark_complaint/")
        return client, send(client, page, "mark_complaint", sure="on", **answers)

    def test_the_form_offers_those_in_charge(self, town: Town) -> None:
        issue = town.report("other")
        page = signed_in(town, "community_worker").get(f"/i/{issue.code}/mark_complaint/")
        form = panels(page)["mark_complaint"].form
        assert [unit.name for unit in form.fields["unit"].queryset] == ["第一网格", "天光社区", "新发街道"]
        assert "office-1" in {body.code for body in form.fields["body"].queryset}
        people = form.fields["person"].people
        assert {"grid_chief", "street_leader", "office_officer"} <= set(people) and "far_worker" not in people

    def test_it_is_confirmed_first(self, town: Town) -> None:
        issue = town.report("other")
        client = signed_in(town, "community_worker")
        page = client.get(f"/i/{issue.code}/mark_complaint/")
        refused = send(client, page, "mark_complaint", unit=town.grid.code)
        assert refused.status_code == 422 and not Issue.objects.get().is_about_somebody

    def test_nobody_named_is_said(self, town: Town) -> None:
        _client, refused = self.marked(town, "community_worker", town.report("other"))
        assert refused.status_code == 409 and "Say whom the complaint is about" in refused.content.decode()

    def test_who_is_above_stays_on_the_page(self, town: Town) -> None:
        issue = town.report("other")
        client, answer = self.marked(town, "community_worker", issue, person="grid_worker")
        assert answer.url == f"/i/{issue.code}/"
        content = client.get(answer.url).content.decode()
        assert "Complaint about" in content and "第一网格 · grid_worker" in content

    def test_whoever_marks_one_about_themselves_is_told_that_it_is_gone(self, town: Town) -> None:
        issue = town.report("other", text="演示:社区推诿")
        client, answer = self.marked(town, "community_worker", issue, unit=town.community.code)
        assert answer.url == "/"
        content = client.get("/").content.decode()
        assert "you do not see it any more" in content
        assert issue.number not in content and "演示:社区推诿" not in content
        assert client.get(f"/i/{issue.code}/").status_code == 404

    def test_the_same_in_the_admin(self, town: Town) -> None:
        issue = town.report("other")
        user = town.people["community_worker"]
        user.is_staff = True
        user.save(update_fields=["is_staff"])
        client = signed_in(town, "community_worker")
        address = f"/admin/issues/issue/{issue.pk}/do/mark_complaint/"
        page = client.get(address)
        (step,) = (one for one in page.context["steps"] if one.verb.key == "mark_complaint")
        answer = client.post(address, hidden(step.form) | {"unit": town.community.code, "sure": "on"})
        assert answer.url == "/admin/issues/issue/"
        content = client.get(answer.url).content.decode()
        assert "you do not see it any more" in content and issue.number not in content

    def test_staff_above_read_whom_in_the_admin(self, town: Town, act: Acting) -> None:
        issue = town.report("litter", about_person=town.people["grid_chief"])
        user = town.people["community_worker"]
        user.is_staff = True
        user.save(update_fields=["is_staff"])
        content = (
            signed_in(town, "community_worker")
            .get(f"/admin/issues/issue/{issue.pk}/change/")
            .content.decode()
        )
        assert "第一网格 · grid_chief" in content
