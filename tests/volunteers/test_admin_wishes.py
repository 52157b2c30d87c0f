"""Wishes at a desk: only one's own, the contact masked and recorded when it is looked at, every verb of the table."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from tests.builders import Town
from tests.faces import signed_in, stop_clock
from tests.volunteers.at_desk import add, desk, do, listed, offered, page_of
from tests.volunteers.points_builders import balance
from tests.volunteers.wishes_builders import (
    ALIAS,
    REASON,
    TEXT,
    claimed,
    fulfilled,
    later,
    organisation,
    proposed,
    verbs,
    volunteer,
    waiting,
)
from trail.models import Event
from volunteers.actions.joining import check_in_member
from volunteers.actions.points import book_events
from volunteers.actions.wishes import claim_wish, confirm_wish, give_back_wish, reopen_overdue
from volunteers.admin.wishes import FIGURES
from volunteers.forms.desk_wishes import WISH_FORMS
from volunteers.models import Claim, PointTransfer, Volunteer, Wish, Wisher
from volunteers.wishes import CLAIM_DAYS, VERB

NAME, PHONE = "演示秘密", "13800001234"
CONTACT = {"name": NAME, "phone": PHONE}


@pytest.fixture(autouse=True)
def clock(monkeypatch, town) -> None:
    stop_clock(monkeypatch, town.now)


@pytest.fixture
def helper(town) -> Volunteer:
    return volunteer(town)


class TestIsolation:
    def test_only_those_who_run_volunteering_there(self, town) -> None:
        wish = proposed(town)
        # What everybody may claim is on everybody's phone; at a desk it is for those who run it.
        for one in (wish, waiting(town)):
            for name in ("far_secretary", "other_secretary"):
                client = desk(town, name)
                missing = reverse("admin:volunteers_wish_change", args=[10**9])
                assert (client.get(page_of(one)).status_code, client.get(missing).status_code) == (404, 404)
                form = reverse("admin:volunteers_wish_do", args=[one.pk, "cancel"])
                assert client.post(form).status_code == 404
                assert not client.get(listed("wish")).context["cl"].result_count
        for name in ("street_leader", "district_dispatcher"):
            assert desk(town, name).get(page_of(wish)).status_code == 200
        for name in ("grid_worker", "supervisor", "system_admin"):
            client = desk(town, name)
            assert (client.get(listed("wish")).status_code, client.get(page_of(wish)).status_code) == (
                403,
                404,
            )

    def test_what_has_been_claimed_or_is_wished_opens_no_desk(self, town, helper) -> None:
        wish = claimed(town, helper, by=town.people["grid_worker"])
        for name in ("helper", "grid_worker"):
            assert desk(town, name).get(page_of(wish)).status_code == 404


class TestList:
    def found(self, town: Town, query: str) -> set[int]:
        return {row.pk for row in desk(town).get(listed("wish", query)).context["cl"].result_list}

    def test_filters_and_search(self, town, helper, monkeypatch) -> None:
        new = proposed(town, text="演示:想学用手机", by=town.people["grid_worker"], on_behalf=True)
        free = waiting(town)
        taken = claimed(town, helper)
        assert self.found(town, "") == {new.pk, free.pk, taken.pk}
        assert self.found(town, "?state__exact=open") == {free.pk}
        assert self.found(town, "?origin=staff") == {new.pk}
        assert self.found(town, "?origin=wisher") == {free.pk, taken.pk}
        assert self.found(town, "?claimed_by=volunteer") == {taken.pk}
        assert self.found(town, "?claimed_by=organisation") == set()
        assert self.found(town, f"?community={town.community.pk}") == {new.pk, free.pk, taken.pk}
        assert self.found(town, f"?community={town.other_community.pk}") == set()
        assert self.found(town, "?q=手机") == {new.pk}
        assert self.found(town, f"?q=%23{free.pk}") == {free.pk}
        assert self.found(town, f"?q={ALIAS}") == {new.pk, free.pk, taken.pk}
        assert self.found(town, "?due=late") == self.found(town, "?due=week") == set()
        stop_clock(monkeypatch, later(town, days=CLAIM_DAYS - 3))
        assert (self.found(town, "?due=late"), self.found(town, "?due=week")) == (set(), {taken.pk})
        stop_clock(monkeypatch, later(town, days=CLAIM_DAYS))
        assert (self.found(town, "?due=late"), self.found(town, "?due=week")) == ({taken.pk}, set())

    def test_a_row_says_who_has_it_and_until_when(self, town, helper, monkeypatch) -> None:
        wish = claimed(town, helper)
        content = desk(town).get(listed("wish")).content.decode()
        for told in (ALIAS, TEXT, helper.shown_name, town.grid.name, str(wish.pk)):
            assert told in content, told
        assert helper.name not in content and "· out of time" not in content
        stop_clock(monkeypatch, later(town, days=CLAIM_DAYS))
        assert "· out of time" in desk(town).get(listed("wish")).content.decode()

    def test_figures_of_the_place_and_no_list_of_persons(self, town, helper) -> None:
        client = desk(town)
        done = confirm_wish(fulfilled(town, helper), by=town.people["community_secretary"], now=town.now)
        waiting(town)
        organisation(town)
        shown = client.get(listed("wish")).context["figures"]
        assert shown["units"] == town.community.name
        told = {name: shown[name] for name in FIGURES}
        # The figures end before this very moment, at which all of it was done.
        assert told == dict.fromkeys(told, 0) | {"waiting": 1}
        assert done.state == "confirmed"

    def test_figures_of_the_year_until_now(self, town, helper, monkeypatch) -> None:
        confirm_wish(fulfilled(town, helper), by=town.people["community_secretary"], now=town.now)
        give_back_wish(claimed(town, helper), text=REASON, by=helper.user, now=town.now)
        claimed(town, helper)
        stop_clock(monkeypatch, later(town, days=CLAIM_DAYS))
        reopen_overdue(now=later(town, days=CLAIM_DAYS - 0.001) + timedelta(days=0.001))
        stop_clock(monkeypatch, later(town, days=CLAIM_DAYS + 1))
        for name in ("community_worker", "street_leader", "district_dispatcher"):
            shown = desk(town, name).get(listed("wish")).context["figures"]
            told = {one: shown[one] for one in ("made", "claims", "granted", "overdue", "waiting")}
            assert told == {"made": 3, "claims": 3, "granted": 1, "overdue": 1, "waiting": 2}, name
        client = desk(town, "street_leader")
        other = client.get(listed("wish", f"?community={town.other_community.pk}")).context["figures"]
        assert (other["units"], other["made"]) == (town.other_community.name, 0)
        assert client.get(listed("wish", f"?community={town.far_community.pk}")).context["figures"] is None

    def test_how_many_members_have_claimed_and_not_how_many_claims(self, town, monkeypatch) -> None:
        members = [volunteer(town, f"member{number}") for number in range(3)]
        for who in members:
            check_in_member(unit=town.community, volunteer=who, by=who.user, now=town.now)
        for _again in range(4):
            claimed(town, members[0])
        claimed(town, volunteer(town, "other"))
        stop_clock(monkeypatch, later(town, days=1))
        for name in ("community_worker", "street_leader", "district_dispatcher"):
            shown = desk(town, name).get(listed("wish"))
            figures = shown.context["figures"]
            assert (figures["claims"], figures["members"], figures["members_with_claim"]) == (5, 3, 1), name
            assert "1 of 3 members who have checked in have claimed." in shown.content.decode()

    def test_not_of_one_or_two_members(self, town, helper, monkeypatch) -> None:
        check_in_member(unit=town.community, volunteer=helper, by=helper.user, now=town.now)
        claimed(town, helper)
        stop_clock(monkeypatch, later(town, days=1))
        for name in ("community_worker", "district_dispatcher"):
            shown = desk(town, name).get(listed("wish"))
            assert shown.context["figures"]["members_with_claim"] is None
            assert "1 have checked in; how many have claimed is not said" in shown.content.decode()

    def test_as_cheap_with_many(self, town, helper) -> None:
        client = desk(town)

        def cost() -> int:
            with CaptureQueriesContext(connection) as asked:
                assert client.get(listed("wish")).status_code == 200
            return len(asked)

        firm = organisation(town)
        claimed(town, helper)
        client.get(listed("wish"))
        before = cost()
        for number in range(8):
            claimed(town, volunteer(town, f"other{number}"))
            waiting(town)
            do(client, waiting(town), "claim", who=f"organisation-{firm.pk}")
        assert cost() == before


class TestMaking:
    told = {"alias": ALIAS, "text": TEXT, "consent": "on"}

    def test_for_a_resident_under_an_alias(self, town) -> None:
        client = desk(town)
        told = self.told | CONTACT | {"unit": town.grid.code}
        answer = add(client, "wish", **told)
        wish = Wish.objects.get()
        assert answer.url == page_of(wish)
        assert (wish.state, wish.unit, wish.wisher, wish.on_behalf) == ("proposed", town.grid, None, True)
        assert wish.made_by == town.people["community_worker"]
        contact = Wisher.objects.get(pk=wish.pk)
        assert (contact.name, contact.phone) == (NAME, PHONE)

    def test_what_is_wrong_is_said_and_nothing_kept(self, town) -> None:
        client = desk(town)
        for wrong in (
            {"consent": ""},
            {"alias": ""},
            {"text": "演示:请打 138 0000 1234"},
            {"alias": f"{NAME}家", "name": NAME},
            {"unit": town.far_grid.code},
            {"unit": town.street.code},
            {"phone": "hello"},
        ):
            answer = add(client, "wish", **self.told | {"unit": town.grid.code} | wrong)
            assert answer.status_code == 422, wrong
            assert TEXT in answer.content.decode() or "text" in wrong, wrong
        assert not Wish.objects.exists()

    def test_not_for_whoever_runs_nothing(self, town) -> None:
        assert desk(town, "supervisor").get(reverse("admin:volunteers_wish_add")).status_code == 403


class TestSteps:
    def test_every_verb_of_the_table_has_its_form(self) -> None:
        assert {form.key for form in WISH_FORMS} == {*VERB, "reveal", "erase"}
        harmful = {form.key for form in WISH_FORMS if form.danger}
        assert harmful == {"refuse", "give_back", "withdraw", "cancel", "erase"}
        assert all("sure" in form.base_fields for form in WISH_FORMS if form.danger)

    def test_offered_by_state(self, town, helper) -> None:
        client = desk(town)
        assert offered(client, proposed(town)) == {"accept", "refuse"}
        assert offered(client, waiting(town)) == {"claim", "cancel"}
        assert offered(client, claimed(town, helper)) == {"give_back", "cancel"}
        wish = fulfilled(town, helper)
        assert offered(client, wish) == {"send_back", "confirm", "cancel"}
        confirm_wish(wish, by=town.people["community_secretary"], now=town.now)
        assert offered(client, wish) == {"thank"}
        assert offered(client, proposed(town, **CONTACT)) == {"accept", "refuse", "reveal", "erase"}

    def test_points_for_it_are_taken_back_and_given_back(self, town, helper) -> None:
        wish, client = fulfilled(town, helper), desk(town)
        confirm_wish(wish, by=town.people["community_secretary"], now=town.now)
        assert offered(client, wish) == {"thank"}
        book_events(list(Event.objects.about("wish", wish.pk)), now=town.now)
        earned = balance(helper)
        assert earned and offered(client, wish) == {"thank", "take_points"}
        booking = PointTransfer.objects.get(kind="earn")
        told = {"booking": booking.pk, "sure": "on", "why": "not_done"}
        assert do(client, wish, "take_points", **told).status_code == 302
        assert balance(helper) == 0 and offered(client, wish) == {"thank", "give_points"}
        reversal = PointTransfer.objects.get(kind="reverse")
        assert do(client, wish, "give_points", booking=reversal.pk, sure="on").status_code == 302
        assert balance(helper) == earned and offered(client, wish) == {"thank"}

    def test_no_points_where_an_organisation_has_it(self, town) -> None:
        wish = waiting(town)
        claim_wish(wish, claimer=organisation(town), by=town.people["community_worker"], now=town.now)
        assert offered(desk(town), wish) == {"give_back", "fulfil", "cancel"}

    def test_accepted_with_other_days(self, town) -> None:
        wish, client = proposed(town), desk(town)
        assert do(client, wish, "accept", days=0).status_code == 422
        assert do(client, wish, "accept", days=7).status_code == 302
        wish.refresh_from_db()
        assert (wish.state, wish.days) == ("open", 7)

    @pytest.mark.parametrize(("verb", "made"), [("refuse", proposed), ("cancel", waiting)])
    def test_ended_with_a_reason_by_whoever_is_sure(self, town, verb, made) -> None:
        wish, client = made(town), desk(town)
        assert do(client, wish, verb, text="", sure="on").status_code == 422
        unsure = do(client, wish, verb, text=REASON)
        assert unsure.status_code == 422 and REASON in unsure.content.decode()
        assert do(client, wish, verb, text=REASON, sure="on").status_code == 302
        wish.refresh_from_db()
        assert wish.state == VERB[verb].to
        assert REASON in client.get(page_of(wish)).content.decode()
        assert offered(client, wish) == set()

    def test_from_a_claim_for_somebody_without_an_account_to_the_thanks(self, town) -> None:
        old = volunteer(town, "old", account=False)
        wish, client, other = waiting(town), desk(town), desk(town, "community_secretary")
        assert do(client, wish, "claim").status_code == 422
        assert do(client, wish, "claim", volunteer="演示没有这个人").status_code == 422
        assert do(client, wish, "claim", volunteer=f"#{old.pk}").status_code == 302
        assert offered(client, wish) == {"give_back", "fulfil", "cancel"}
        assert do(client, wish, "fulfil", text="演示:送到了").status_code == 302
        # Whoever said so does not confirm it.
        assert offered(client, wish) == {"cancel"}
        assert do(other, wish, "send_back", text=REASON).status_code == 302
        assert do(client, wish, "fulfil").status_code == 302
        assert do(other, wish, "confirm").status_code == 302
        assert do(other, wish, "thank", text="演示:谢谢您").status_code == 302
        assert verbs(wish) == [
            *("make", "accept", "claim", "fulfil", "send_back", "fulfil", "confirm", "thank"),
        ]
        content = other.get(page_of(wish)).content.decode()
        for told in ("演示:送到了", REASON, "演示:谢谢您", old.shown_name):
            assert told in content, told
        assert old.name not in content

    def test_claimed_for_an_organisation_that_nobody_signs_in_for(self, town, helper) -> None:
        firm, other = organisation(town), organisation(town, "演示学校", speaker=town.person("speaker"))
        wish, client = waiting(town), desk(town)
        assert do(client, wish, "claim", who=f"organisation-{other.pk}").status_code == 422
        both = {"who": f"organisation-{firm.pk}", "volunteer": f"#{helper.pk}"}
        assert do(client, wish, "claim", **both).status_code == 422
        # Whoever signs in claims by themselves.
        assert do(client, wish, "claim", volunteer=f"#{helper.pk}").status_code == 422
        assert do(client, wish, "claim", who=f"organisation-{firm.pk}").status_code == 302
        assert Claim.objects.get().organisation == firm
        assert do(client, wish, "give_back", text=REASON, sure="on").status_code == 302
        wish.refresh_from_db()
        assert wish.state == "open"

    def test_sent_twice_it_is_done_once(self, town) -> None:
        wish, client = proposed(town), desk(town)
        form = next(
            one["form"] for one in client.get(page_of(wish)).context["steps"] if one["form"].key == "accept"
        )
        told = {"idempotency_key": form["idempotency_key"].value(), "accept-days": 7}
        address = reverse("admin:volunteers_wish_do", args=[wish.pk, "accept"])
        assert [client.post(address, told).url for _once in range(2)] == [page_of(wish)] * 2
        assert verbs(wish) == ["make", "accept"]


class TestHistory:
    def test_nobody_is_named_otherwise_than_others_know_them(self, town, helper) -> None:
        wisher = town.person("unnamed")
        wish = fulfilled(town, helper, by=wisher)
        confirm_wish(wish, by=wisher, now=town.now)
        content = desk(town).get(page_of(wish)).content.decode()
        assert helper.shown_name in content and "the wisher: Made" in content
        for name in (helper.name, wisher.display_name, wisher.username):
            assert name not in content, name
        assert str(town.people["community_worker"]) in content

    def test_one_without_an_account_and_what_happens_by_itself(self, town, helper) -> None:
        wish = claimed(town, helper)
        reopen_overdue(now=later(town, days=CLAIM_DAYS))
        table = desk(town).get(page_of(wish)).context["page"].tables[1]
        told = [str(row[1].text) for row in table.rows]
        assert told[-1] == "the wisher: Made" and helper.shown_name in told[1]
        assert ": " not in told[0] and "has run out" in told[0]


class TestContact:
    def test_masked_and_looked_at_on_one_answer(self, town) -> None:
        wish, client = proposed(town, **CONTACT), desk(town)
        for address in (listed("wish"), page_of(wish)):
            content = client.get(address).content.decode()
            assert NAME not in content and PHONE not in content
        assert "138****1234" in client.get(page_of(wish)).content.decode()
        assert do(client, wish, "reveal", occasion="curiosity").status_code == 422
        answer = do(client, wish, "reveal", occasion="review")
        content = answer.content.decode()
        assert answer.status_code == 200 and NAME in content and PHONE in content
        (event,) = Event.objects.about("wisher", wish.pk)
        assert (event.verb, event.data, event.actor) == (
            "reveal",
            {"occasion": "review"},
            town.people["community_worker"],
        )
        assert PHONE not in client.get(page_of(wish)).content.decode()

    def test_whoever_only_sets_up_reads_no_numbers(self, town) -> None:
        wish = proposed(town, **CONTACT)
        User.objects.create_superuser("root", "a long one of my own", display_name="root")
        town.people["root"] = User.objects.get(username="root")
        client = signed_in(town, "root")
        assert "reveal" not in offered(client, wish)
        address = reverse("admin:volunteers_wish_do", args=[wish.pk, "reveal"])
        assert client.post(address, {"reveal-occasion": "review"}).status_code == 404
        assert not Event.objects.about("wisher", wish.pk).exists()

    def test_erased_for_good(self, town) -> None:
        wish, client = proposed(town, **CONTACT), desk(town)
        assert do(client, wish, "erase").status_code == 422
        assert do(client, wish, "erase", sure="on").status_code == 302
        contact = Wisher.objects.get(pk=wish.pk)
        assert (contact.name, contact.phone, contact.erased_at) == ("", "", town.now)
        assert offered(client, wish) == {"accept", "refuse"}
        content = client.get(page_of(wish)).content.decode()
        assert "138****1234" not in content and f"{town.now:%Y}" in content
        assert [event.verb for event in Event.objects.about("wisher", wish.pk)] == ["erase"]
