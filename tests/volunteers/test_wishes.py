"""A wish from its making to the thanks: consent, review, one claim, confirmation by others, contact, notices."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction

from governance import tasks as purges
from grids.actions.tree import move_unit
from grids.roles import ROLES
from issues.contacts import KEPT_AFTER_END
from notices.actions import fan_out_once
from notices.models import Notice
from notices.words import WORDS, say
from tests.builders import Town, add_west
from tests.towns import put_town
from tests.volunteers.wishes_builders import (
    REASON,
    claimed,
    code_of,
    fulfilled,
    later,
    organisation,
    proposed,
    verbs,
    volunteer,
    waiting,
)
from trail.actions import record_event
from trail.models import Event
from trail.refusals import NotAllowed, Refused, Stale
from volunteers.actions.people import erase
from volunteers.actions.wishers import erase_wishers, reveal_wisher
from volunteers.actions.wishes import (
    PERFORM,
    accept_wish,
    cancel_wish,
    claim_wish,
    confirm_wish,
    drop_claims,
    fulfil_wish,
    give_back_wish,
    make_wish,
    refuse_wish,
    reopen_overdue,
    send_back_wish,
    thank_wish,
    wish_of,
    withdraw_wish,
)
from volunteers.models import Claim, Volunteer, Wish, Wisher, WishWords
from volunteers.notices import wishes as told
from volunteers.tasks import sweep_wishes
from volunteers.wish_ties import claim_of, claimers_of, facts_of
from volunteers.wishes import CLAIM_DAYS, STATES, VERB, VERBS, refusal

SECRET_NAME, SECRET_PHONE = "演示秘密", "13800001234"


@pytest.fixture
def town(db: None) -> Town:
    return put_town()


class TestMaking:
    def test_by_a_resident_without_sign_in(self, town) -> None:
        wish, secret = make_wish(
            unit=town.building,
            alias=" 向阳花 ",
            text="演示:想要老花镜",
            consent=True,
            by=None,
            now=town.now,
            name=SECRET_NAME,
            phone="138 0000 1234",
        )
        assert (wish.state, wish.alias, wish.unit, wish.grid_id) == (
            "proposed",
            "向阳花",
            town.grid,
            town.grid.pk,
        )
        assert wish_of(secret) == wish and wish_of("wrong") is None and wish_of("") is None
        contact = Wisher.objects.get(pk=wish.pk)
        assert (contact.name, contact.phone, contact.masked_phone) == (
            SECRET_NAME,
            SECRET_PHONE,
            "138****1234",
        )
        assert verbs(wish) == ["make"]

    def test_contact_is_optional(self, town) -> None:
        assert not Wisher.objects.filter(pk=proposed(town).pk).exists()

    def test_without_consent_nothing_is_kept(self, town) -> None:
        assert code_of(proposed, town, consent=False) == "consent"
        assert code_of(proposed, town, phone="hello") == "phone"
        assert code_of(proposed, town, unit=town.street) == "place"
        assert not Wish.objects.exists() and not Event.objects.filter(subject_type="wish").exists()

    def test_for_somebody_by_those_on_duty_there(self, town) -> None:
        for name in ("community_worker", "grid_worker", "grid_chief", "street_dispatcher"):
            wish = proposed(town, by=town.people[name], on_behalf=True)
            assert wish.wisher is None and wish.made_by == town.people[name] and wish.on_behalf
        for name in ("far_worker", "spotter", "building_head", "supervisor", "system_admin"):
            with pytest.raises(NotAllowed):
                proposed(town, by=town.people[name], on_behalf=True)
        with pytest.raises(NotAllowed):
            proposed(town, by=None, on_behalf=True)

    def test_the_real_name_is_nowhere_but_in_its_own_encrypted_row(self, town) -> None:
        wish = proposed(town, name=SECRET_NAME, phone=SECRET_PHONE)
        assert SECRET_NAME not in str(Wish.objects.values().get(pk=wish.pk))
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, phone FROM volunteers_wisher WHERE wish_id = %s", [wish.pk])
            assert not {SECRET_NAME, SECRET_PHONE} & set(cursor.fetchone())


class TestReviewing:
    def test_accepted_it_is_for_everybody(self, town) -> None:
        wish = accept_wish(proposed(town), by=town.people["community_secretary"], now=town.now, days=7)
        assert (wish.state, wish.days, wish.reviewed_at) == ("open", 7, town.now)
        assert (
            code_of(accept_wish, proposed(town), by=town.people["community_worker"], now=town.now, days=0)
            == "days"
        )

    def test_refused_with_a_reason_that_the_trail_does_not_hold(self, town) -> None:
        wish, by = proposed(town), town.people["community_worker"]
        assert code_of(refuse_wish, wish, text=" ", by=by, now=town.now) == "text"
        wish = refuse_wish(wish, text=REASON, by=by, now=town.now)
        assert (wish.state, wish.ended_at) == ("refused", town.now)
        words = WishWords.objects.get(wish=wish)
        assert (words.text, words.verb, words.seq, words.author) == (REASON, "refuse", 2, by)
        who = volunteer(town)
        assert code_of(claim_wish, wish, claimer=who, by=who.user, now=town.now) == "wrong_state"

    def test_whoever_looked_at_another_version_looks_again(self, town) -> None:
        wish = proposed(town)
        with pytest.raises(Stale):
            accept_wish(wish, by=town.people["community_worker"], now=town.now, version=7)
        assert accept_wish(wish, by=town.people["community_worker"], now=town.now, version=1).version == 2


class TestClaiming:
    def test_by_a_volunteer(self, town) -> None:
        who = volunteer(town)
        wish = claimed(town, who)
        claim = Claim.objects.get(wish=wish)
        assert (claim.claimer, claim.ended_at, wish.due_at) == (who, None, later(town, days=CLAIM_DAYS))
        event = Event.objects.about("wish", wish.pk).get(verb="claim")
        assert event.data == {"volunteer": who.pk, "days": CLAIM_DAYS} and event.unit_id == town.grid.pk

    def test_one_has_it_and_others_hear_why(self, town) -> None:
        wish, second = claimed(town, volunteer(town)), volunteer(town, "second")
        with pytest.raises(Refused) as caught:
            claim_wish(wish, claimer=second, by=second.user, now=town.now)
        assert caught.value.code == "taken" and not isinstance(caught.value, NotAllowed)
        assert Claim.objects.current().count() == 1

    def test_by_a_body_and_by_an_organisation_that_checked_in(self, town) -> None:
        officer, speaker = town.people["office_officer"], town.person("speaker")
        wish = claim_wish(waiting(town), claimer=town.office, by=officer, now=town.now)
        assert Claim.objects.get(wish=wish).body == town.office
        firm = organisation(town, speaker=speaker)
        wish = claim_wish(waiting(town), claimer=firm, by=speaker, now=town.now)
        assert Claim.objects.get(wish=wish).organisation == firm
        with pytest.raises(NotAllowed):
            claim_wish(waiting(town), claimer=firm, by=officer, now=town.now)
        with pytest.raises(NotAllowed):
            claim_wish(waiting(town), claimer=town.office, by=town.people["posted_officer"], now=town.now)

    def test_for_whom_one_may_claim(self, town) -> None:
        who, officer = volunteer(town, "office_officer"), town.people["office_officer"]
        firm = organisation(town, speaker=officer)
        assert claimers_of(officer, town.district.pk, town.now) == [who, town.office, firm]
        assert claimers_of(officer, add_west(town).pk, town.now) == []
        assert claimers_of(town.people["community_worker"], town.district.pk, town.now) == []
        assert claimers_of(AnonymousUser(), town.district.pk, town.now) == []
        for claimer in (who, town.office, firm):
            assert claim_wish(waiting(town), claimer=claimer, by=officer, now=town.now).state == "claimed"

    def test_nobody_claims_for_somebody_who_can_say_so_themselves(self, town) -> None:
        wish, worker = waiting(town), town.people["community_worker"]
        with pytest.raises(NotAllowed):
            claim_wish(wish, claimer=volunteer(town), by=worker, now=town.now)
        kept = volunteer(town, "kept", account=False)
        with pytest.raises(NotAllowed):
            claim_wish(wish, claimer=kept, by=town.people["far_secretary"], now=town.now)
        assert claim_wish(wish, claimer=kept, by=worker, now=town.now).state == "claimed"

    def test_not_ones_own(self, town) -> None:
        who = volunteer(town)
        wish = waiting(town, by=who.user)
        assert code_of(claim_wish, wish, claimer=who, by=who.user, now=town.now) == "own_wish"

    def test_not_by_those_who_left_or_are_of_another_district(self, town) -> None:
        gone = volunteer(town, "gone", state="left", left_at=town.now)
        west = volunteer(town, "west", home=add_west(town))
        firm = organisation(town, speaker=town.person("speaker"))
        firm_elsewhere = type(firm).objects.create(
            name="演示二",
            kind="other",
            district=town.district,
            speaker=town.person("speaker"),
            opened_at=town.now,
        )
        for claimer in (gone, west, firm_elsewhere):
            by = claimer.speaker if claimer is firm_elsewhere else claimer.user
            assert code_of(claim_wish, waiting(town), claimer=claimer, by=by, now=town.now) == "claimer"

    def test_given_back_it_is_open_again_with_its_reason(self, town) -> None:
        who = volunteer(town)
        wish = claimed(town, who)
        assert code_of(give_back_wish, wish, text="", by=who.user, now=town.now) == "text"
        wish = give_back_wish(wish, text=REASON, by=who.user, now=town.now)
        assert (wish.state, wish.due_at) == ("open", None)
        assert Claim.objects.get(wish=wish).outcome == "given_back"
        second = volunteer(town, "second")
        assert claim_wish(wish, claimer=second, by=second.user, now=town.now).state == "claimed"


class TestFulfilling:
    def test_confirmed_by_the_wisher_and_thanked(self, town) -> None:
        who, wisher = volunteer(town), town.person("wisher")
        wish = fulfilled(town, who, by=wisher)
        assert (wish.due_at, wish.fulfilled_at) == (None, town.now)
        wish = confirm_wish(wish, by=wisher, now=town.now)
        assert (wish.state, wish.ended_at) == ("confirmed", town.now)
        assert Claim.objects.get(wish=wish).outcome == "kept"
        event = Event.objects.about("wish", wish.pk).get(verb="confirm")
        assert event.data == {"volunteer": who.pk, "unit": town.grid.pk}
        assert thank_wish(wish, text="演示:谢谢", by=wisher, now=town.now).thanked_at == town.now
        assert code_of(thank_wish, wish, text="演示:谢谢", by=wisher, now=town.now) == "thanked"

    def test_by_the_wishers_own_link(self, town) -> None:
        wish = fulfilled(town, volunteer(town))
        with pytest.raises(NotAllowed):
            confirm_wish(wish, by=None, now=town.now)
        assert confirm_wish(wish, by=None, now=town.now, holds_link=True).state == "confirmed"

    def test_never_by_whoever_claimed_it_even_on_duty_there(self, town) -> None:
        worker = volunteer(town, "community_worker")
        wish = fulfilled(town, worker)
        assert code_of(confirm_wish, wish, by=worker.user, now=town.now) == "own_claim"
        assert confirm_wish(wish, by=town.people["community_secretary"], now=town.now).state == "confirmed"

    def test_nor_by_the_one_of_the_community_who_wrote_it_down(self, town) -> None:
        worker, kept = town.people["community_worker"], volunteer(town, "kept", account=False)
        wish = claim_wish(waiting(town), claimer=kept, by=worker, now=town.now)
        wish = fulfil_wish(wish, by=worker, now=town.now)
        assert code_of(confirm_wish, wish, by=worker, now=town.now) == "own_claim"
        assert confirm_wish(wish, by=town.people["community_secretary"], now=town.now).state == "confirmed"

    def test_an_organisations_wish_names_no_volunteer(self, town) -> None:
        wish = claim_wish(waiting(town), claimer=town.office, by=town.people["office_officer"], now=town.now)
        wish = fulfil_wish(wish, by=town.people["office_officer"], now=town.now)
        confirm_wish(wish, by=town.people["community_worker"], now=town.now)
        assert Event.objects.about("wish", wish.pk).get(verb="confirm").data["volunteer"] is None

    def test_sent_back_the_claim_goes_on_with_new_days(self, town) -> None:
        wish = fulfilled(town, volunteer(town))
        now = later(town, days=3)
        wish = send_back_wish(wish, text=REASON, by=None, now=now, holds_link=True)
        assert (wish.state, wish.due_at) == ("claimed", now + timedelta(days=CLAIM_DAYS))
        assert Claim.objects.get(wish=wish).ended_at is None

    def test_withdrawn_and_called_off(self, town) -> None:
        wish = withdraw_wish(claimed(town, volunteer(town)), by=None, now=town.now, holds_link=True)
        assert (wish.state, Claim.objects.get(wish=wish).outcome) == ("withdrawn", "dropped")
        worker = town.people["community_worker"]
        wish = cancel_wish(fulfilled(town, volunteer(town, "second")), text=REASON, by=worker, now=town.now)
        assert (wish.state, Claim.objects.get(wish=wish).outcome) == ("cancelled", "dropped")


class TestOverdue:
    def test_it_reopens_once_when_its_time_is_over(self, town) -> None:
        wish = claimed(town, volunteer(town))
        assert reopen_overdue(now=later(town, days=CLAIM_DAYS) - timedelta(seconds=1)) == 0
        now = later(town, days=CLAIM_DAYS)
        assert [reopen_overdue(now=now) for _unused in range(3)] == [1, 0, 0]
        wish.refresh_from_db()
        assert (wish.state, wish.due_at) == ("open", None)
        assert verbs(wish) == ["make", "accept", "claim", "reopen"]
        claim = Claim.objects.get(wish=wish)
        assert (claim.outcome, claim.ended_at) == ("overdue", now)

    def test_what_is_said_to_be_fulfilled_waits_for_its_confirmation(self, town) -> None:
        fulfilled(town, volunteer(town))
        assert reopen_overdue(now=later(town, days=400)) == 0

    def test_in_batches_by_the_task(self, town, monkeypatch) -> None:
        for number in range(5):
            claimed(town, volunteer(town, f"helper{number}"))
        monkeypatch.setattr("volunteers.tasks.database_now", lambda: later(town, days=40))
        monkeypatch.setattr("volunteers.tasks.CLAIMS", 2)
        monkeypatch.setattr(
            "volunteers.tasks.reopen_overdue", lambda *, now: reopen_overdue(now=now, limit=2)
        )
        sweep_wishes()
        assert Wish.objects.filter(state="open").count() == 5

    def test_a_wish_that_nobody_has_holds_up_no_other(self, town) -> None:
        broken, wish = claimed(town, volunteer(town)), claimed(town, volunteer(town, "second"))
        Claim.objects.filter(wish=broken).update(ended_at=town.now, outcome="dropped")
        assert [reopen_overdue(now=later(town, days=CLAIM_DAYS), limit=1) for _run in range(2)] == [1, 0]
        assert list(Wish.objects.order_by("pk").values_list("state", flat=True)) == ["claimed", "open"]
        called_off = cancel_wish(broken, text=REASON, by=town.people["community_worker"], now=town.now)
        assert (called_off.state, verbs(wish)[-1]) == ("cancelled", "reopen")

    def test_a_tick_ends_when_it_has_had_its_time(self, town, monkeypatch) -> None:
        for number in range(3):
            claimed(town, volunteer(town, f"helper{number}"))
        monkeypatch.setattr("volunteers.tasks.database_now", lambda: later(town, days=40))
        monkeypatch.setattr("volunteers.tasks.CLAIMS", 1)
        monkeypatch.setattr(
            "volunteers.tasks.reopen_overdue", lambda *, now: reopen_overdue(now=now, limit=1)
        )
        monkeypatch.setattr("trail.tasks.MOST_SECONDS", 0)
        sweep_wishes()
        assert Wish.objects.filter(state="open").count() == 1

    def test_the_last_day_is_too_late_only_when_it_was_swept(self, town) -> None:
        who = volunteer(town)
        wish = claimed(town, who)
        assert fulfil_wish(wish, by=who.user, now=later(town, days=CLAIM_DAYS + 1)).state == "fulfilled"


class TestLeaving:
    def test_what_somebody_claimed_is_open_again_when_they_leave(self, town) -> None:
        who = volunteer(town)
        had, done = claimed(town, who), fulfilled(town, who)
        left = {"by": who.user, "now": town.now, "district_id": town.district.pk}
        record_event("volunteer", who.pk, "leave", **left)
        fan_out_once(now=town.now)
        had.refresh_from_db()
        assert had.state == "claimed", "whoever came back meanwhile keeps it"
        Volunteer.objects.filter(pk=who.pk).update(state="left", left_at=town.now)
        record_event("volunteer", who.pk, "erase", **left)
        fan_out_once(now=town.now)
        had.refresh_from_db()
        done.refresh_from_db()
        assert (had.state, done.state) == ("open", "fulfilled")
        assert verbs(had) == ["make", "accept", "claim", "give_back"]
        assert Claim.objects.get(wish=had).outcome == "given_back"
        assert drop_claims(who, now=town.now) == 0


class TestContact:
    def test_for_the_community_on_an_occasion_that_is_noted(self, town) -> None:
        who = volunteer(town)
        wish = claimed(town, who, name=SECRET_NAME, phone=SECRET_PHONE)
        for name in ("community_worker", "street_dispatcher"):
            contact = reveal_wisher(wish, by=town.people[name], now=town.now, occasion="agree")
            assert contact.phone == SECRET_PHONE
        looked = Event.objects.about("wisher", wish.pk)
        assert [event.data for event in looked] == [{"occasion": "agree"}] * 2
        for person in (
            who.user,
            town.people["far_secretary"],
            town.people["grid_worker"],
            town.people["spotter"],
        ):
            with pytest.raises(NotAllowed):
                reveal_wisher(wish, by=person, now=town.now, occasion="agree")
        assert (
            code_of(reveal_wisher, wish, by=town.people["community_worker"], now=town.now, occasion="x")
            == "occasion"
        )

    def test_by_the_rule_that_holds_for_volunteers(self, town, monkeypatch) -> None:
        """By a post that includes contact data alone; setting the platform up is none."""
        wish = proposed(town, name=SECRET_NAME, phone=SECRET_PHONE)
        setter = town.person("root")
        type(setter).objects.filter(pk=setter.pk).update(is_superuser=True)
        setter.refresh_from_db()
        role = replace(ROLES["community_worker"], sees_contact=False)
        monkeypatch.setitem(ROLES, "community_worker", role)
        for person in (setter, town.people["community_worker"]):
            with pytest.raises(NotAllowed):
                reveal_wisher(wish, by=person, now=town.now, occasion="review")
            assert accept_wish(proposed(town), by=person, now=town.now).state == "open"
        secretary = town.people["community_secretary"]
        assert reveal_wisher(wish, by=secretary, now=town.now, occasion="review").phone == SECRET_PHONE

    def test_gone_with_whoever_has_their_data_erased(self, town) -> None:
        """Of the wishes that their account made, those to come included; of nobody else's."""
        who = volunteer(town)
        own = proposed(town, name=SECRET_NAME, phone=SECRET_PHONE, by=who.user)
        others = proposed(town, name=SECRET_NAME)
        erase(who, by=who.user, now=town.now, sure=True)
        contact = Wisher.objects.get(pk=own.pk)
        assert (contact.name, contact.phone, contact.erased_at) == ("", "", town.now)
        assert Wisher.objects.get(pk=others.pk).name == SECRET_NAME
        assert Event.objects.about("wisher", own.pk).get().verb == "erase"

    def test_erased_some_time_after_the_end(self, town) -> None:
        by = town.people["community_worker"]
        ended = refuse_wish(
            proposed(town, name=SECRET_NAME, phone=SECRET_PHONE), text=REASON, by=by, now=town.now
        )
        running = proposed(town, name=SECRET_NAME)
        reveal_wisher(ended, by=by, now=town.now, occasion="review")
        assert erase_wishers(before=town.now, limit=10) == 0
        over = town.now + timedelta(seconds=1)
        assert [erase_wishers(before=over, limit=10) for _unused in range(2)] == [1, 0]
        contact = Wisher.objects.get(pk=ended.pk)
        assert (contact.name, contact.phone, contact.erased_at) == ("", "", over + KEPT_AFTER_END)
        assert Wisher.objects.get(pk=running.pk).name == SECRET_NAME
        assert list(Event.objects.about("wisher", ended.pk).order_by("seq").values_list("seq", "verb")) == [
            (1, "reveal"),
            (2, "erase"),
        ]
        assert code_of(reveal_wisher, ended, by=by, now=town.now, occasion="ask") == "no_contact"

    def test_the_days_purge_does_it(self, town) -> None:
        assert (KEPT_AFTER_END, erase_wishers) in purges.PURGES


class TestSeeing:
    def test_what_waits_is_for_all_and_everything_else_for_those_it_concerns(self, town) -> None:
        who, wisher = volunteer(town), town.person("wisher")
        others = (
            AnonymousUser(),
            town.people["far_secretary"],
            town.people["grid_worker"],
            town.person("passer-by"),
        )
        staff = (
            town.people["community_worker"],
            town.people["street_leader"],
            town.people["district_dispatcher"],
        )

        def seen(wish: Wish, person: Any) -> bool:
            return Wish.objects.visible_to(person, town.now).filter(pk=wish.pk).exists()

        new, open_one = proposed(town, by=wisher), waiting(town, by=wisher)
        taken, done = claimed(town, who, by=wisher), fulfilled(town, who, by=wisher)
        for person in others:
            assert [seen(wish, person) for wish in (new, open_one, taken, done)] == [
                False,
                True,
                False,
                False,
            ]
        for person in (wisher, *staff):
            assert all(seen(wish, person) for wish in (new, open_one, taken, done))
        assert [seen(wish, who.user) for wish in (new, open_one, taken, done)] == [False, True, True, True]

    def test_whoever_has_not_signed_in_is_nobodys_account(self, town) -> None:
        """Neither the wisher of a wish without one, nor the volunteer without one who has it."""
        worker, kept = town.people["community_worker"], volunteer(town, "kept", account=False)
        wish = claim_wish(waiting(town), claimer=kept, by=worker, now=town.now)
        assert facts_of(wish, kept, AnonymousUser(), town.now, helping=kept).ties == frozenset()
        for nobody in (None, AnonymousUser()):
            for verb in VERBS:
                asked = {"text": REASON} if verb.words else {}
                asked |= {"claimer": kept} if verb.key == "claim" else {}
                with pytest.raises(NotAllowed):
                    PERFORM[verb.key](wish, by=nobody, now=town.now, **asked)

    def test_an_organisations_claims_are_for_those_who_speak_for_it(self, town) -> None:
        wish = claim_wish(waiting(town), claimer=town.office, by=town.people["office_officer"], now=town.now)
        for name, sees in (("office_officer", True), ("posted_officer", False), ("far_officer", False)):
            assert Wish.objects.visible_to(town.people[name], town.now).filter(pk=wish.pk).exists() is sees

    def test_a_wish_moves_with_its_place(self, town) -> None:
        wish, far = proposed(town), town.people["far_secretary"]
        assert not Wish.objects.visible_to(far, town.now).exists()
        move_unit(town.grid, to=town.far_community, by=None, now=town.now)
        fan_out_once(now=town.now)
        assert Wish.objects.visible_to(far, town.now).get() == wish
        assert accept_wish(wish, by=far, now=town.now).community_id == town.far_community.pk


class TestEveryVerb:
    """All verbs by all sorts of people from all states: the actions do what the table says, and nothing else."""

    @pytest.fixture
    def people(self, town) -> dict[str, Any]:
        volunteer(town)
        volunteer(town, "second")
        names = (
            "community_worker",
            "far_secretary",
            "grid_worker",
            "office_officer",
            "spotter",
            "audit_admin",
        )
        own = {name: town.person(name) for name in ("helper", "second", "wisher", "passer-by")}
        return own | {name: town.people[name] for name in names}

    def at(self, town: Town, state: str, who: Any) -> Wish:
        worker, wisher = town.people["community_worker"], town.person("wisher")
        on, given = {"by": worker, "now": town.now}, {"by": wisher}
        ways: dict[str, Any] = {
            "proposed": lambda: proposed(town, **given),
            "open": lambda: waiting(town, **given),
            "claimed": lambda: claimed(town, who, **given),
            "fulfilled": lambda: fulfilled(town, who, **given),
            "confirmed": lambda: confirm_wish(fulfilled(town, who, **given), **on),
            "refused": lambda: refuse_wish(proposed(town, **given), text=REASON, **on),
            "withdrawn": lambda: withdraw_wish(waiting(town, **given), by=wisher, now=town.now),
            "cancelled": lambda: cancel_wish(waiting(town, **given), text=REASON, **on),
        }
        return ways[state]()

    @pytest.mark.parametrize("state", [state.key for state in STATES])
    def test_walk(self, town, people, state: str) -> None:
        helper, second = (Volunteer.objects.get(user=people[name]) for name in ("helper", "second"))
        wish = self.at(town, state, helper)
        done = 0
        for name, person in people.items():
            helping = {"helper": helper, "second": second, "office_officer": town.office}.get(name, second)
            claim = claim_of(wish)
            facts = facts_of(wish, claim.claimer if claim else None, person, town.now, helping=helping)
            for verb in VERBS:
                asked = {"text": REASON} if verb.words else {}
                asked |= {"claimer": helping} if verb.key == "claim" else {}
                before, mark = self.trace(wish), transaction.savepoint()
                try:
                    after = PERFORM[verb.key](wish, by=person, now=town.now, **asked)
                except Refused as refused:
                    assert refused.code == refusal(verb.key, facts), (name, verb.key)
                    assert self.trace(wish) == before, (name, verb.key)
                else:
                    done += 1
                    assert refusal(verb.key, facts) == "", (name, verb.key)
                    assert after.state == VERB[verb.key].to and verbs(wish)[-1] == verb.key
                transaction.savepoint_rollback(mark)
        assert bool(done) == (state not in {"refused", "withdrawn", "cancelled"})

    def trace(self, wish: Wish) -> Any:
        claims = list(Claim.objects.filter(wish=wish).values())
        return Wish.objects.values().get(pk=wish.pk), claims, verbs(wish), WishWords.objects.count()


class TestTelling:
    def heard(self, town: Town, wish: Wish, verb: str) -> dict[str, set[str]]:
        """Who (by name) was told of this with which word, once all that has happened so far was heard."""
        fan_out_once(now=later(town, days=60))
        found: dict[str, set[str]] = {}
        rows = Notice.objects.filter(event__subject_type="wish", event__subject_id=wish.pk, event__verb=verb)
        for key, name in rows.values_list("key", "recipient__username"):
            found.setdefault(key.partition("wish_")[2], set()).add(name)
        return found

    def test_the_whole_way(self, town) -> None:
        who, wisher, worker = volunteer(town), town.person("wisher"), town.people["community_worker"]
        wish = proposed(town, by=wisher)
        community = self.heard(town, wish, "make")["make.community"]
        assert {"community_worker", "community_secretary"} <= community and "far_secretary" not in community
        accept_wish(wish, by=worker, now=town.now)
        assert self.heard(town, wish, "accept") == {"accept.wisher": {"wisher"}}
        claim_wish(wish, claimer=who, by=who.user, now=town.now)
        assert self.heard(town, wish, "claim")["claim.wisher"] == {"wisher"}
        fulfil_wish(wish, by=who.user, now=town.now)
        assert self.heard(town, wish, "fulfil")["fulfil.wisher"] == {"wisher"}
        send_back_wish(wish, text=REASON, by=wisher, now=town.now)
        assert self.heard(town, wish, "send_back") == {"send_back.claimer": {"helper"}}
        fulfil_wish(wish, by=who.user, now=town.now)
        confirm_wish(wish, by=worker, now=town.now)
        assert self.heard(town, wish, "confirm") == {"confirm.claimer": {"helper"}}
        thank_wish(wish, text="演示:谢谢", by=wisher, now=town.now)
        assert self.heard(town, wish, "thank") == {"thank.claimer": {"helper"}}

    def test_the_one_whose_time_is_over(self, town) -> None:
        wish = claimed(town, volunteer(town))
        reopen_overdue(now=later(town, days=CLAIM_DAYS))
        second = volunteer(town, "second")
        claim_wish(wish, claimer=second, by=second.user, now=later(town, days=CLAIM_DAYS + 1))
        assert self.heard(town, wish, "reopen")["reopen.claimer"] == {"helper"}

    @pytest.mark.parametrize("hours", [0, 24])
    def test_whose_claim_had_ended_hears_of_nothing_more(self, town, hours: int) -> None:
        who, worker, wisher = volunteer(town), town.people["community_worker"], town.person("wisher")
        then = later(town, hours=hours)
        withdrawn, called_off = (claimed(town, who, by=wisher) for _wish in range(2))
        for wish in (withdrawn, called_off):
            give_back_wish(wish, text=REASON, by=worker, now=town.now)
        withdraw_wish(withdrawn, by=wisher, now=then)
        cancel_wish(called_off, text=REASON, by=worker, now=then)
        assert self.heard(town, withdrawn, "give_back")["give_back.claimer"] == {"helper"}
        assert self.heard(town, withdrawn, "withdraw") == {}
        assert self.heard(town, called_off, "cancel") == {"cancel.wisher": {"wisher"}}

    def test_of_several_claimers_the_one_whose_claim_it_is(self, town) -> None:
        first, second, worker = volunteer(town), volunteer(town, "second"), town.people["community_worker"]
        wish = give_back_wish(claimed(town, first), text=REASON, by=worker, now=later(town, days=1))
        claim_wish(wish, claimer=second, by=second.user, now=later(town, days=2))
        fulfil_wish(wish, by=second.user, now=later(town, days=3))
        send_back_wish(wish, text=REASON, by=worker, now=later(town, days=4))
        fulfil_wish(wish, by=second.user, now=later(town, days=5))
        confirm_wish(wish, by=worker, now=later(town, days=6))
        thank_wish(wish, text="演示:谢谢", by=worker, now=later(town, days=7))
        assert self.heard(town, wish, "give_back")["give_back.claimer"] == {"helper"}
        for verb in ("send_back", "confirm", "thank"):
            assert self.heard(town, wish, verb)[f"{verb}.claimer"] == {"second"}

    def test_all_who_speak_for_an_organisation(self, town) -> None:
        firm = organisation(town, speaker=town.person("speaker"), body=town.office)
        wish = claim_wish(waiting(town), claimer=firm, by=town.people["office_officer"], now=town.now)
        cancel_wish(wish, text=REASON, by=town.people["community_worker"], now=town.now)
        assert self.heard(town, wish, "cancel")["cancel.claimer"] == {"speaker", "office_officer"}

    def test_no_word_and_no_event_holds_what_people_wrote(self, town) -> None:
        wisher = town.person("wisher")
        wish = proposed(town, by=wisher, name=SECRET_NAME, phone=SECRET_PHONE)
        refuse_wish(wish, text="演示:原因", by=town.people["community_worker"], now=town.now)
        fan_out_once(now=town.now)
        kept = [event.data for event in Event.objects.filter(subject_type__in=("wish", "wisher"))]
        kept += [notice.params for notice in Notice.objects.filter(event__subject_type="wish")]
        text = json.dumps(kept, ensure_ascii=False)
        for secret in (SECRET_NAME, SECRET_PHONE, "演示:原因", wish.alias, wish.text):
            assert secret not in text

    def test_every_word_can_be_said(self) -> None:
        for key in told.WORDS:
            assert f"volunteers.wish_{key}" in WORDS
            said = say(f"volunteers.wish_{key}", {"place": "天光社区", "number": 7, "days": 15})
            assert said and "%(" not in said
