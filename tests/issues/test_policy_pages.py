"""The pages on which a district edits its rules, and the rehearsal of a change."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from accounts.models import User
from grids.actions.policies import set_policy
from grids.forms.policies import PolicyForm
from grids.models import Policy
from grids.policies import KINDS, differences
from issues.models import Category, Issue
from issues.rehearsal import rehearse
from tests.builders import Town
from tests.faces import signed_in as on_phone
from tests.faces import stop_clock
from trail.idempotency import FIELD
from trail.models import Event


def decide(town: Town, key: str, value: dict, **more) -> Policy:
    usual = {"by": town.people["system_admin"], "now": town.now, "reason": "演示:试行"} | more
    return set_policy(usual.pop("unit", town.district), key, value, **usual)


@pytest.fixture(autouse=True)
def _now(town, monkeypatch) -> None:
    stop_clock(monkeypatch, town.now)


def signed_in(town: Town, name: str) -> Client:
    """At the desk: those whose account opens the admin."""
    User.objects.filter(pk=town.people[name].pk).update(is_staff=True)
    return on_phone(town, name)


def address(name: str, town: Town, *more: str, unit=None) -> str:
    return reverse(f"admin:grids_policy_{name}", args=[(unit or town.district).code, *more])


def filled(form: PolicyForm, **changed: str) -> dict[str, str]:
    """What the browser sends of a form that was filled in; names may be given with their dots as __."""
    sent: dict = {}
    for field in form:
        value = field.value()
        if hasattr(field.field.widget, "widgets"):
            parts = field.field.widget.decompress(value)
            names = [f"{field.html_name}_amount", f"{field.html_name}_unit"]
            sent |= {name: part for name, part in zip(names, parts, strict=True) if part not in (None, "")}
        elif value not in (None, "") and value is not False:
            sent[field.html_name] = "on" if value is True else value
    return (
        sent | {"reason": "演示:会议纪要"} | {name.replace("__", "."): one for name, one in changed.items()}
    )


class TestReading:
    def test_everybody_of_the_district_reads_what_holds(self, town, django_assert_max_num_queries) -> None:
        decide(town, "limits", {"grid": {"submit": [5, "hours"]}})
        client = signed_in(town, "community_worker")
        with django_assert_max_num_queries(14):
            page = client.get(address("unit", town))
        assert page.status_code == 200
        assert len(page.context["rows"]) == len([kind for kind in KINDS.values() if "district" in kind.at])
        page = client.get(address("kind", town, "limits"))
        assert "演示:试行" in page.content.decode()
        assert "5 hours, day and night" in page.content.decode()
        assert not page.context["may_edit"]
        assert client.get(address("edit", town, "limits")).status_code == 403

    @pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.startswith("test_")])
    def test_every_kind_has_its_pages(self, town, kind) -> None:
        client = signed_in(town, "system_admin")
        assert client.get(address("kind", town, kind)).status_code == 200
        page = client.get(address("edit", town, kind))
        assert page.status_code == 200
        assert "{&quot;" not in page.content.decode()

    def test_the_list_leads_to_ones_own(self, town) -> None:
        first = reverse("admin:grids_policy_changelist")
        assert signed_in(town, "system_admin").get(first).url == address("unit", town)
        assert signed_in(town, "street_leader").get(first).url == address("unit", town, unit=town.street)

    def test_foreign_and_unknown_are_the_same(self, town) -> None:
        leader = signed_in(town, "street_leader")
        assert leader.get(address("unit", town, unit=town.other_street)).status_code == 404
        assert leader.get(reverse("admin:grids_policy_unit", args=["999999"])).status_code == 404
        assert leader.get(address("kind", town, "nothing")).status_code == 404
        assert leader.get(address("kind", town, "limits", unit=town.street)).status_code == 404
        for number in (999999, "²"):
            assert leader.get(reverse("admin:grids_policy_change", args=[number])).status_code == 404

    def test_not_for_whoever_only_reports(self, town) -> None:
        assert signed_in(town, "spotter").get(address("unit", town)).status_code == 403

    def test_history_says_what_each_version_changed(self, town, django_assert_max_num_queries) -> None:
        decide(town, "limits", {"grid": {"submit": [5, "hours"]}})
        decide(town, "limits", {"grid": {"submit": [9, "hours"]}})
        coming = decide(town, "limits", {}, effective_from=town.now + timedelta(days=1))
        client = signed_in(town, "system_admin")
        with django_assert_max_num_queries(14):
            page = client.get(address("kind", town, "limits"))
        versions = page.context["versions"]
        assert [one.state for one in versions] == ["to_come", "now", "past"]
        assert [(one.before, one.after) for one in versions[1].told] == [
            ("5 hours, day and night", "9 hours, day and night")
        ]
        client.post(reverse("admin:grids_policy_withdraw", args=[coming.pk]))
        coming.refresh_from_db()
        assert coming.withdrawn_at
        page = client.get(address("kind", town, "limits"))
        assert [one.state for one in page.context["versions"]] == ["withdrawn", "now", "past"]

    def test_own_rows_and_chosen_categories_are_named_not_keyed(self, town) -> None:
        call_command("load_categories")
        client = signed_in(town, "system_admin")
        page = client.get(address("kind", town, "duty_list"))
        row, cells = page.context["table"][1]
        assert row == "走访独居、患病和有困难的家庭"
        category = Category.objects.get(key="patrol_visit")
        assert cells[-1].text == f"{category.parent.label} · {category.label}"
        assert "patrol_visit" not in page.content.decode()
        rows = client.get(address("edit", town, "duty_list")).context["form"].rows()
        assert [one.label for one in rows][1] == "走访独居、患病和有困难的家庭"

    def test_a_step_back_leads_from_the_form_to_what_holds(self, town) -> None:
        page = signed_in(town, "system_admin").get(address("edit", town, "limits"))
        assert [link for _text, link in page.context["crumbs"]] == [
            address("unit", town),
            address("kind", town, "limits"),
        ]


def shown_at(client: Client, town: Town, unit=None) -> dict[str, dict[str, tuple[str, str]]]:
    """Category → column → (what holds, where it comes from), of the page."""
    page = client.get(address("kind", town, "categories", unit=unit))
    columns = [column.key for column in page.context["columns"]]
    return {
        str(label).rpartition(" · ")[2]: {
            key: (cell.text, str(cell.origin)) for key, cell in zip(columns, cells, strict=True)
        }
        for label, cells in page.context["table"]
    }


class TestWhatHoldsInAStreet:
    def test_it_shows_what_holds_and_where_each_comes_from(self, town, django_assert_max_num_queries) -> None:
        decide(
            town,
            "categories",
            {"litter": {"responsible": "street", "photo": "wanted"}, "noise": {"check": "yes"}},
        )
        own = {"litter": {"responsible": "community"}}
        decide(town, "categories", own, unit=town.street, by=town.people["street_leader"])
        client = signed_in(town, "street_leader")
        with django_assert_max_num_queries(18):
            rows = shown_at(client, town, town.street)
        litter, noise = Category.objects.get(key="litter").label, Category.objects.get(key="noise").label
        assert rows[litter]["responsible"] == ("the community", "street")
        assert rows[litter]["photo"] == ("wanted", "district")
        assert rows[litter]["check"] == ("no", "shipped")
        assert rows[noise]["check"] == ("yes", "district")
        assert rows[litter]["submit"] == ("—", "")
        elsewhere = shown_at(signed_in(town, "system_admin"), town, town.other_street)
        assert elsewhere[litter]["responsible"] == ("the street", "district")
        of_district = shown_at(signed_in(town, "system_admin"), town)
        assert of_district[litter]["responsible"] == ("the street", "district")
        assert of_district[noise]["responsible"][1] == "shipped"

    def test_a_street_without_its_own_names_the_districts_version(self, town) -> None:
        policy = decide(town, "categories", {"litter": {"photo": "wanted"}}, reason="演示:区里定的")
        client = signed_in(town, "street_leader")
        page = client.get(address("kind", town, "categories", unit=town.street))
        assert page.context["held"] == policy
        assert "演示:区里定的" in page.content.decode() and "as the district" in page.content.decode()
        page = client.get(address("unit", town, unit=town.street))
        assert [row["policy"] for row in page.context["rows"]] == [policy]
        Policy.objects.all().delete()
        page = client.get(address("unit", town, unit=town.street))
        assert "as shipped" in page.content.decode() and "as the district" not in page.content.decode()

    def test_the_form_begins_with_what_holds_and_keeps_only_what_differs(self, town) -> None:
        decide(town, "categories", {"litter": {"responsible": "street", "photo": "wanted"}})
        client, there = (
            signed_in(town, "street_leader"),
            address("edit", town, "categories", unit=town.street),
        )
        form = client.get(there).context["form"]
        assert form["litter.responsible"].value() == "street"
        assert form["litter.photo"].value() == "wanted"
        assert form["noise.responsible"].value() == "community"
        client.post(there, filled(form) | {"noise.check": "yes", "save": "1"})
        assert Policy.objects.get(unit=town.street).value == {"noise": {"check": "yes"}}
        decide(town, "categories", {"litter": {"responsible": "grid"}})
        assert town.report("litter").owner == town.grid

    def test_another_body_than_the_districts_keeps_that_it_is_a_body(self, town) -> None:
        decide(town, "categories", {"litter": {"responsible": "body", "body": town.department.code}})
        client, there = (
            signed_in(town, "street_leader"),
            address("edit", town, "categories", unit=town.street),
        )
        sent = filled(client.get(there).context["form"])
        client.post(there, sent | {"litter.body": town.utility.code, "save": "1"})
        mine = Policy.objects.get(unit=town.street)
        assert mine.value == {"litter": {"responsible": "body", "body": town.utility.code}}
        sent = filled(client.get(there).context["form"]) | {"litter.responsible": "grid", "litter.body": ""}
        assert client.post(there, sent | {"save": "1"}).status_code == 302
        assert Policy.objects.filter(unit=town.street).latest("pk").value == {
            "litter": {"responsible": "grid"}
        }
        assert town.report("litter").owner == town.grid


class TestEditing:
    @pytest.mark.parametrize("key", [key for key in KINDS if not key.startswith("test_")])
    def test_sent_as_it_was_shown_it_changes_nothing(self, town, key) -> None:
        call_command("load_categories")
        unbound = PolicyForm(KINDS[key], town.district, town.now)
        form = PolicyForm(KINDS[key], town.district, town.now, filled(unbound))
        assert form.is_valid(), form.errors
        assert differences(*form.both()) == []

    def test_preview_then_save(self, town) -> None:
        client, there = signed_in(town, "system_admin"), address("edit", town, "limits")
        sent = filled(client.get(there).context["form"]) | {
            "grid.submit_amount": "4",
            "grid.submit_unit": "hours",
        }
        page = client.post(there, sent | {"preview": "1"})
        assert page.status_code == 200
        assert [(str(one.row), one.after) for one in page.context["changes"]] == [
            ("Grid", "4 hours, day and night")
        ]
        assert not Policy.objects.exists()
        assert client.post(there, sent | {"save": "1"}).url == address("kind", town, "limits")
        policy = Policy.objects.get()
        assert policy.value == {"grid": {"submit": [4, "hours"]}}
        assert (policy.set_by, policy.reason) == (town.people["system_admin"], "演示:会议纪要")

    def test_sent_twice_it_is_set_once(self, town) -> None:
        client, there = signed_in(town, "system_admin"), address("edit", town, "limits")
        changed = {"grid.submit_amount": "4", "grid.submit_unit": "hours", "save": "1"}
        sent = filled(client.get(there).context["form"]) | changed
        assert sent[FIELD]
        for _tap in range(2):
            assert client.post(there, sent).url == address("kind", town, "limits")
        assert Policy.objects.count() == 1
        stale = client.post(there, sent | {FIELD: "another"})
        assert stale.status_code == 422 and stale.context["form"][FIELD].value() != "another"
        assert Policy.objects.count() == 1

    def test_taken_back_twice_it_is_taken_back_once(self, town) -> None:
        client = signed_in(town, "system_admin")
        coming = decide(town, "limits", {}, effective_from=town.now + timedelta(days=1))
        there = reverse("admin:grids_policy_withdraw", args=[coming.pk])
        (version,) = client.get(address("kind", town, "limits")).context["versions"]
        sent = {FIELD: version.once[FIELD].value()}
        said = [client.post(there, sent, follow=True).content.decode() for _tap in range(2)]
        assert all("Withdrawn" in page for page in said)
        assert Event.objects.filter(subject_type="policy", verb="withdraw").count() == 1

    def test_checkboxes_of_the_calling_table(self, town) -> None:
        client, there = signed_in(town, "system_admin"), address("edit", town, "callable")
        sent = filled(client.get(there).context["form"]) | {"grid:quick.department": "on"}
        sent.pop("grid:quick.community")
        client.post(there, sent | {"save": "1"})
        assert Policy.objects.get().value == {"grid:quick": {"department": True, "community": False}}

    def test_a_row_of_ones_own(self, town) -> None:
        client, there = signed_in(town, "system_admin"), address("edit", town, "rating_reasons")
        new = {"own_1.about": "solved", "own_1.name": "演示", "own_1.name_en": "Demo"}
        sent = filled(client.get(there).context["form"]) | new
        for cell in ("about", "name", "name_en"):
            sent.pop(f"rude.{cell}")
        client.post(there, sent | {"save": "1"})
        value = Policy.objects.get().value
        assert value["own_1"]["name"] == "演示"
        assert "rude" not in value
        assert "late" in value

    def test_the_headings_of_a_hotline(self, town) -> None:
        client, there = signed_in(town, "system_admin"), address("edit", town, "hotline_columns")
        sent = filled(client.get(there).context["form"]) | {"number.heading": "诉求编号", "tags.heading": ""}
        page = client.post(there, sent | {"preview": "1"})
        assert [(one.before, one.after) for one in page.context["changes"]] == [
            ("工单编号", "诉求编号"),
            ("标签", "—"),
        ]
        client.post(there, sent | {"save": "1"})
        value = Policy.objects.get().value
        assert value["number"] == {"heading": "诉求编号"} and "tags" not in value
        assert value["content"] == {"heading": "主要内容"}
        page = client.get(address("kind", town, "hotline_columns"))
        shown = [[cell.text for cell in cells] for _label, cells in page.context["table"]]
        assert shown[:3] == [["诉求编号"], ["工单类型"], ["问题分类"]] and len(shown) == 22
        again = filled(client.get(there).context["form"]) | {
            "title.heading": "诉求编号",
            "answer.heading": "",
        }
        page = client.post(there, again | {"save": "1"})
        assert page.status_code == 422
        assert set(page.context["form"].errors) == {"title.heading", "answer.heading"}
        assert Policy.objects.count() == 1

    def test_nothing_typed_is_lost_and_each_mistake_is_named(self, town) -> None:
        client, there = signed_in(town, "system_admin"), address("edit", town, "limits")
        sent = filled(client.get(there).context["form"]) | {"grid.submit_amount": "0", "reason": ""}
        page = client.post(there, sent | {"save": "1"})
        assert page.status_code == 422
        assert set(page.context["form"].errors) >= {"reason"}
        page = client.post(there, sent | {"reason": "演示:会议纪要", "save": "1"})
        assert page.status_code == 422
        assert set(page.context["form"].errors) == {"grid.submit"}
        assert not Policy.objects.exists()

    def test_somebody_was_faster(self, town) -> None:
        client, there = signed_in(town, "system_admin"), address("edit", town, "limits")
        sent = filled(client.get(there).context["form"]) | {"grid.submit_amount": "4"}
        decide(town, "limits", {"street": {"submit": [5, "hours"]}})
        page = client.post(there, sent | {"save": "1"})
        assert page.status_code == 422
        assert page.context["form"].non_field_errors()
        assert Policy.objects.count() == 1

    def test_a_streets_own_categories(self, town) -> None:
        leader = signed_in(town, "street_leader")
        there = address("edit", town, "categories", unit=town.street)
        sent = filled(leader.get(there).context["form"]) | {"litter.responsible": "community"}
        leader.post(there, sent | {"save": "1"})
        assert Policy.objects.get().unit == town.street
        assert town.report("litter").owner == town.community
        assert leader.get(address("edit", town, "categories")).status_code == 403


class TestRehearsal:
    @pytest.fixture(autouse=True)
    def _in_english(self):
        with override("en"):
            yield

    def test_what_would_have_gone_elsewhere(self, town) -> None:
        for _unused in range(3):
            town.report("litter")
        town.report("noise")
        town.report("litter", place=town.far_building)
        before = list(Issue.objects.order_by("pk").values())
        value = {"litter": {"responsible": "street"}}
        found = rehearse("categories", town.district, value, town.people["district_dispatcher"], town.now)
        assert (found.looked_at, found.complete) == (5, True)
        moved = {str(one.label): one for one in found.findings}
        assert moved["Grid → Street"].count == 4
        assert all(link for _text, link, _how in moved["Grid → Street"].rows)
        assert {str(how) for _text, _link, how in moved["Grid → Street"].rows} == {
            f"{town.grid.name} → {town.street.name}",
            f"{town.far_grid.name} → {town.other_street.name}",
        }
        assert moved["Result due later"].count == 4
        assert list(Issue.objects.order_by("pk").values()) == before
        assert not Policy.objects.exists()

    def test_of_a_street_only_what_happened_there(self, town) -> None:
        town.report("litter")
        town.report("litter", place=town.far_building)
        value = {"litter": {"responsible": "community"}}
        found = rehearse("categories", town.street, value, town.people["street_leader"], town.now)
        assert found.looked_at == 1

    def test_limits_shorter_and_longer(self, town) -> None:
        town.report("litter")
        town.report("noise")
        value = {"grid": {"submit": [1, "hours"]}, "community": {"submit": [9, "working_days"]}}
        found = rehearse("limits", town.district, value, town.people["district_dispatcher"], town.now)
        assert {str(one.label): one.count for one in found.findings} == {
            "Result due earlier": 1,
            "Result due later": 1,
        }

    def test_the_duty_list(self, town) -> None:
        town.report("litter")
        item = {"group": "组", "name": "项", "state": "banned", "categories": ["litter"]}
        found = rehearse(
            "duty_list", town.district, {"a": item}, town.people["district_dispatcher"], town.now
        )
        assert "Grid → Community" in {str(one.label) for one in found.findings}

    def test_nothing_older_than_30_days(self, town) -> None:
        town.report("litter")
        later = town.now + timedelta(days=31)
        value = {"litter": {"responsible": "street"}}
        found = rehearse("categories", town.district, value, town.people["district_dispatcher"], later)
        assert (found.looked_at, list(found.findings)) == (0, [])

    def test_whoever_may_not_see_an_issue_gets_no_address(self, town) -> None:
        town.report("litter")
        value = {"litter": {"responsible": "street"}}
        found = rehearse("categories", town.district, value, town.people["system_admin"], town.now)
        assert all(not link for one in found.findings for _text, link, _how in one.rows)

    @pytest.mark.parametrize("many", [1, 3])
    def test_asks_the_same_however_many(self, town, many, django_assert_max_num_queries) -> None:
        for _unused in range(many):
            town.report("litter")
        value = {"litter": {"responsible": "body", "body": town.utility.code}}
        with django_assert_max_num_queries(10):
            rehearse("categories", town.district, value, town.people["district_dispatcher"], town.now)

    def test_it_stands_on_the_page(self, town) -> None:
        town.report("litter")
        client, there = signed_in(town, "system_admin"), address("edit", town, "categories")
        sent = filled(client.get(there).context["form"]) | {"litter.responsible": "street"}
        page = client.post(there, sent | {"preview": "1"})
        assert 'Grid → Street <span class="gz-meta">1</span>' in page.content.decode()
