"""Members who have checked in by their account and are no volunteers (双报到): they claim micro-wishes, are counted, and
are members no longer when they check out or their account is closed."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.actions import close_account, reopen_account
from accounts.models import User
from notices.actions import fan_out_once
from notices.models import Notice
from tests.api.conftest import client_of
from tests.builders import Town
from tests.faces import signed_in, stop_clock
from tests.volunteers.api_clients import done, refused, step
from tests.volunteers.at_desk import desk, listed, page_of
from tests.volunteers.wishes_builders import code_of, organisation, verbs, volunteer, waiting
from trail.models import Event
from volunteers.actions.joining import check_in_member, check_out
from volunteers.actions.memberships import end_memberships
from volunteers.actions.wishes import claim_wish, confirm_wish, fulfil_wish
from volunteers.figures import moments
from volunteers.models import CheckIn, Claim, Wish
from volunteers.per_unit import claimed_per_unit
from volunteers.wish_ties import claimers_of

NAME = "演示成员"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, town: Town) -> None:
    stop_clock(monkeypatch, town.now)


@pytest.fixture
def member(town: Town) -> User:
    """Somebody who serves, checked in to the community by their account."""
    who = town.person("member")
    User.objects.filter(pk=who.pk).update(display_name=NAME)
    who.refresh_from_db()
    check_in_member(unit=town.community, user=who, by=who, now=town.now)
    return who


def had(town: Town, member: User) -> Wish:
    """A wish that this member has claimed."""
    return claim_wish(waiting(town), claimer=member, by=member, now=town.now)


def heard(town: Town) -> None:
    while fan_out_once(now=town.now):
        pass


class TestClaiming:
    def test_one_claims_keeps_and_is_thanked_by_name_of_one_letter(self, town: Town, member: User) -> None:
        wish = had(town, member)
        claim = Claim.objects.get(wish=wish)
        assert (claim.claimer, claim.shown_name, claim.volunteer) == (member, "演*", None)
        wish = fulfil_wish(wish, by=member, now=town.now)
        assert code_of(confirm_wish, wish, by=member, now=town.now) == "not_yours"
        confirm_wish(wish, by=town.people["community_worker"], now=town.now)
        # Points are for volunteers.
        assert Event.objects.about("wish", wish.pk).last().data["volunteer"] is None
        heard(town)
        told = Notice.objects.filter(recipient=member).values_list("key", flat=True)
        assert "volunteers.wish_confirm.claimer" in told

    def test_not_before_nor_where_one_has_not_checked_in(self, town: Town, member: User) -> None:
        stranger, far = town.person("stranger"), town.person("far_member")
        check_in_member(unit=town.far_community, user=far, by=far, now=town.now)
        assert code_of(claim_wish, waiting(town), claimer=stranger, by=stranger, now=town.now) == "claimer"
        # The other street is of the same district.
        assert claim_wish(waiting(town), claimer=far, by=far, now=town.now).state == "claimed"
        assert code_of(claim_wish, waiting(town), claimer=member, by=far, now=town.now) == "not_yours"
        check_out(CheckIn.objects.get(user=member), by=member, now=town.now)
        assert code_of(claim_wish, waiting(town), claimer=member, by=member, now=town.now) == "claimer"

    def test_whoever_is_a_volunteer_there_claims_as_one(self, town: Town, member: User) -> None:
        assert claimers_of(member, town.district.pk, town.now) == [member]
        who = volunteer(town, "member")
        assert claimers_of(member, town.district.pk, town.now) == [who]
        assert claimers_of(town.person("stranger"), town.district.pk, town.now) == []

    def test_of_two_at_the_same_wish_one_has_it(self, town: Town, member: User) -> None:
        wish, other = had(town, member), volunteer(town)
        assert code_of(claim_wish, wish, claimer=other, by=other.user, now=town.now) == "taken"


class TestFaces:
    def test_on_the_phone_in_one_choice(self, town: Town, member: User) -> None:
        wish, client = waiting(town), signed_in(town, "member")
        address = reverse("volunteers:wish_step", args=[wish.pk, "claim"])
        assert address in client.get(reverse("volunteers:wish", args=[wish.pk])).content.decode()
        form = client.get(address).context["form"]
        told = {"claimer": f"user-{member.pk}", "idempotency_key": form["idempotency_key"].value()}
        assert client.post(address, told).status_code == 302
        assert wish.text in client.get(reverse("volunteers:wishes"), {"show": "mine"}).content.decode()

    def test_over_rest_with_nothing_sent(self, town: Town, member: User) -> None:
        wish, client = waiting(town), client_of(member)
        told = done(step(client, wish, "claim"))
        claim = told["claim"]
        assert (claim["volunteer"], claim["organisation"], claim["body"]) == (None, None, None)
        assert (claim["known_as"], set(told["allowed"])) == ("演*", {"give_back", "fulfil"})
        assert refused(step(client_of(town.person("stranger")), waiting(town), "claim")) == (403, "not_yours")
        assert done(client.get("/api/v1/wishes/?claimed=true"))["results"][0]["id"] == wish.pk

    def test_a_desk_reads_one_letter_and_finds_them(self, town: Town, member: User) -> None:
        wish, client = had(town, member), desk(town)
        assert "演*" in (page := client.get(page_of(wish)).content.decode()) and NAME not in page
        rows: Any = client.get(listed("wish", "?claimed_by=user")).context["cl"].result_list
        assert list(rows) == [wish]
        assert not client.get(listed("wish", "?claimed_by=volunteer")).context["cl"].result_list

    def test_counted_as_a_member_who_has_claimed(self, town: Town, member: User) -> None:
        others = [town.person(f"other{number}") for number in range(3)]
        for one in others:
            check_in_member(unit=town.community, user=one, by=one, now=town.now)
        had(town, member)
        had(town, member)
        today = timezone.localdate(town.now)
        found, _hidden = claimed_per_unit(town.community, *moments(today, today))
        assert found[town.community.pk]["members_with_claim"] == 1


class TestEnding:
    def test_a_closed_account_is_a_member_nowhere(self, town: Town, member: User) -> None:
        firm = organisation(town)
        elsewhere = check_in_member(
            unit=town.far_community, user=member, by=member, now=town.now, employer=firm
        )
        wish, done_one = had(town, member), fulfil_wish(had(town, member), by=member, now=town.now)
        close_account(member, by=None, now=town.now)
        heard(town)
        assert not CheckIn.objects.current().members().exists()
        elsewhere.refresh_from_db()
        assert elsewhere.organisation is None and elsewhere.ended_at == town.now
        wish.refresh_from_db()
        done_one.refresh_from_db()
        # What was said to be fulfilled waits for its confirmation.
        assert (wish.state, done_one.state) == ("open", "fulfilled")
        assert verbs(wish)[-1] == "give_back"
        assert end_memberships(member, now=town.now) == 0

    def test_one_that_is_open_again_goes_on(self, town: Town, member: User) -> None:
        close_account(member, by=None, now=town.now)
        reopen_account(member, password="演示-另一个-口令-7", by=None, now=town.now)
        heard(town)
        assert CheckIn.objects.current().filter(user=member).exists()

    def test_a_closed_account_is_written_down_nowhere(self, town: Town) -> None:
        gone, worker = town.person("gone"), town.people["community_worker"]
        close_account(gone, by=None, now=town.now)
        gone.refresh_from_db()
        asked = {"unit": town.community, "user": gone, "by": worker, "now": town.now}
        assert code_of(check_in_member, **asked) == "who"

    def test_whoever_checks_out_keeps_what_another_community_of_the_district_holds(
        self, town: Town, member: User
    ) -> None:
        elsewhere = check_in_member(unit=town.far_community, user=member, by=member, now=town.now)
        wish = had(town, member)
        check_out(CheckIn.objects.get(user=member, unit=town.community), by=member, now=town.now)
        heard(town)
        wish.refresh_from_db()
        assert wish.state == "claimed"
        check_out(elsewhere, by=member, now=town.now)
        heard(town)
        wish.refresh_from_db()
        assert wish.state == "open"

    def test_an_organisation_that_checks_out_drops_nobodys_claim(self, town: Town, member: User) -> None:
        firm = organisation(town)
        wish = had(town, member)
        check_out(CheckIn.objects.get(organisation=firm), by=town.people["community_worker"], now=town.now)
        heard(town)
        wish.refresh_from_db()
        assert wish.state == "claimed"
