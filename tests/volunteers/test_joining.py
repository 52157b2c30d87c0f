"""Dual check-in: organisations, who has checked in, what they offer; the statement that only the person releases."""

from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.models import User
from governance import tasks as purges
from grids.actions.tree import merge_units
from notices.actions import fan_out_once
from tests.builders import Town, add_west
from tests.towns import put_town
from tests.volunteers.hours_builders import after, handed_in, some_volunteer, verbs
from tests.volunteers.wishes_builders import code_of, later, organisation, volunteer
from trail import retention
from trail.models import Event
from trail.refusals import NotAllowed
from trail.words import SUBJECTS
from volunteers.actions.follow import follow_unit
from volunteers.actions.hours import confirm_service
from volunteers.actions.joining import (
    add_organisation,
    change_organisation,
    check_in_member,
    check_in_organisation,
    check_out,
    close_organisation,
    offer_resource,
    withdraw_offer,
)
from volunteers.actions.pairings import pair_place
from volunteers.actions.people import come_back, erase, leave
from volunteers.actions.statements import (
    MOST_LIVE,
    forget_statements,
    make_statement,
    read_statement,
    revoke_statement,
)
from volunteers.admin import joining as _words  # noqa: F401  the trail's words
from volunteers.models import CheckIn, Claim, Offer, Organisation, Pairing, Service, Statement, Volunteer
from volunteers.models.hours import ServiceQuerySet

SINCE, UNTIL = date(2026, 1, 1), date(2026, 3, 9)


@pytest.fixture
def town(db: None) -> Town:
    return put_town()


class TestOrganisations:
    def test_added_by_who_runs_volunteering_in_the_district(self, town) -> None:
        given: dict[str, Any] = {
            "name": " 演示  公司 ",
            "kind": "state_firm",
            "district": town.district,
            "now": town.now,
        }
        made = add_organisation(by=town.people["far_secretary"], **given)
        assert made.name == "演示 公司"
        for name in ("grid_worker", "office_officer", "system_admin", "spotter"):
            with pytest.raises(NotAllowed):
                add_organisation(by=town.people[name], **given)
        worker = town.people["community_worker"]
        assert code_of(add_organisation, by=worker, **given) == "again"
        assert code_of(add_organisation, by=worker, **(given | {"kind": "x", "name": "另一家"})) == "kind"
        assert code_of(add_organisation, by=worker, **(given | {"name": "一"})) == "name"
        with pytest.raises(NotAllowed):
            add_organisation(by=worker, **(given | {"district": add_west(town)}))

    def test_changed_and_closed_it_is_checked_out(self, town) -> None:
        firm, worker = organisation(town), town.people["community_worker"]
        firm = change_organisation(
            firm, by=worker, now=town.now, phone="0431 1234", speaker=town.person("speaker")
        )
        assert firm.speaker == town.person("speaker")
        close_organisation(firm, by=worker, now=town.now)
        assert not CheckIn.objects.current().exists()
        assert code_of(close_organisation, firm, by=worker, now=town.now) == "closed"
        assert code_of(check_in_organisation, firm, unit=town.community, by=worker, now=town.now) == "closed"

    def test_open_ones_are_for_all_to_name(self, town) -> None:
        firm = organisation(town)
        assert Organisation.objects.visible_to(AnonymousUser(), town.now).get() == firm
        close_organisation(firm, by=town.people["community_worker"], now=town.now)
        for name, sees in (("far_secretary", True), ("grid_worker", False)):
            assert Organisation.objects.visible_to(town.people[name], town.now).exists() is sees


class TestCheckingIn:
    def test_an_organisation_by_its_speaker_its_body_or_the_community(self, town) -> None:
        firm = organisation(town, speaker=town.person("speaker"), body=town.office)
        one = check_in_organisation(
            firm, unit=town.other_community, by=town.people["office_officer"], now=town.now
        )
        assert (one.side, one.street_id) == ("organisation", town.street.pk)
        with pytest.raises(NotAllowed):
            check_in_organisation(
                firm, unit=town.far_community, by=town.people["community_worker"], now=town.now
            )
        speaker = town.person("speaker")
        assert code_of(check_in_organisation, firm, unit=town.community, by=speaker, now=town.now) == "again"
        assert code_of(check_in_organisation, firm, unit=town.grid, by=speaker, now=town.now) == "place"

    def test_a_member_by_themselves_or_written_down(self, town) -> None:
        who, firm = volunteer(town), organisation(town, speaker=town.person("speaker"))
        one = check_in_member(
            unit=town.far_community, volunteer=who, employer=firm, by=who.user, now=town.now
        )
        assert (one.volunteer, one.organisation) == (who, firm)
        cadre, worker = town.person("cadre"), town.people["community_worker"]
        assert check_in_member(unit=town.community, user=cadre, by=worker, now=town.now).user == cadre
        for person in (firm.speaker, town.people["far_secretary"]):
            with pytest.raises(NotAllowed):
                check_in_member(unit=town.community, volunteer=who, by=person, now=town.now)
        assert code_of(check_in_member, unit=town.community, user=cadre, by=cadre, now=town.now) == "again"
        assert code_of(check_in_member, unit=town.community, by=cadre, now=town.now) == "who"

    def test_the_employer_never_learns_who_came(self, town) -> None:
        who, firm = volunteer(town), organisation(town, speaker=town.person("speaker"), body=town.office)
        member = check_in_member(unit=town.community, volunteer=who, employer=firm, by=who.user, now=town.now)
        offer = offer_resource(member, kind="skill", words="演示:量血压", by=who.user, now=town.now)

        def sees(person: Any) -> tuple[bool, bool]:
            rows = CheckIn.objects.visible_to(person, town.now).filter(pk=member.pk)
            return rows.exists(), Offer.objects.visible_to(person, town.now).filter(pk=offer.pk).exists()

        for person in (
            firm.speaker,
            town.people["office_officer"],
            town.people["far_secretary"],
            AnonymousUser(),
        ):
            assert sees(person) == (False, False)
        for person in (who.user, town.people["community_worker"], town.people["street_leader"]):
            assert sees(person) == (True, True)
        event = Event.objects.about("checkin", member.pk).get()
        assert event.data == {"side": "member", "volunteer": who.pk}
        own = CheckIn.objects.visible_to(firm.speaker, town.now)
        assert [one.side for one in own] == ["organisation"]

    def test_checked_out_once_and_back_again(self, town) -> None:
        who = volunteer(town)
        one = check_in_member(unit=town.community, volunteer=who, by=who.user, now=town.now)
        with pytest.raises(NotAllowed):
            check_out(one, by=town.people["far_secretary"], now=town.now)
        assert check_out(one, by=who.user, now=town.now).ended_at == town.now
        assert code_of(check_out, one, by=who.user, now=town.now) == "ended"
        assert check_in_member(unit=town.community, volunteer=who, by=who.user, now=town.now).pk != one.pk


class TestOnePersonOnce:
    def test_as_an_account_and_then_as_a_volunteer(self, town) -> None:
        user = town.person("cadre")
        check_in_member(unit=town.community, user=user, by=user, now=town.now)
        who = volunteer(town, "cadre")
        given = {"by": user, "now": town.now}
        assert code_of(check_in_member, unit=town.community, volunteer=who, **given) == "again"
        assert check_in_member(unit=town.far_community, volunteer=who, **given).volunteer == who

    def test_whoever_is_a_volunteer_is_checked_in_as_one(self, town) -> None:
        who = volunteer(town)
        one = check_in_member(unit=town.community, user=who.user, by=who.user, now=town.now)
        assert (one.volunteer, one.user) == (who, None)
        given = {"by": who.user, "now": town.now}
        assert code_of(check_in_member, unit=town.community, user=who.user, **given) == "again"
        Volunteer.objects.filter(pk=who.pk).update(state="left", left_at=town.now)
        assert code_of(check_in_member, unit=town.community, user=who.user, **given) == "again"
        check_out(one, **given)
        again = check_in_member(unit=town.community, user=who.user, **given)
        assert (again.volunteer, again.user) == (None, who.user)

    def test_two_without_accounts_are_two(self, town) -> None:
        worker = town.people["community_worker"]
        for name in ("kept", "second"):
            kept = volunteer(town, name, account=False)
            check_in_member(unit=town.community, volunteer=kept, by=worker, now=town.now)
        assert CheckIn.objects.current().members().count() == 2


class TestEnding:
    @pytest.fixture
    def who(self, town) -> Volunteer:
        """Checked in here as a volunteer, there by the account of before, and once elsewhere; with an employer."""
        user, firm = town.person("helper"), organisation(town)
        given = {"employer": firm, "by": user, "now": town.now}
        check_in_member(unit=town.far_community, user=user, **given)
        who = volunteer(town)
        check_out(check_in_member(unit=town.other_community, volunteer=who, **given), by=user, now=town.now)
        here = check_in_member(unit=town.community, volunteer=who, **given)
        offer_resource(here, kind="skill", words="演示:量血压", by=user, now=town.now)
        return who

    @pytest.mark.parametrize("go", [leave, partial(erase, sure=True)], ids=["leave", "erase"])
    def test_with_whoever_leaves_or_is_erased(self, town, who, go: Any) -> None:
        other = volunteer(town, "other")
        check_in_member(unit=town.community, volunteer=other, by=other.user, now=town.now)
        go(who, by=who.user, now=town.now)
        assert [one.volunteer for one in CheckIn.objects.current().members()] == [other]
        assert not Offer.objects.standing(town.now.date()).exists()
        assert not CheckIn.objects.members().exclude(organisation=None).exists()
        assert CheckIn.objects.current().organisations().exists(), "that of the employer goes on"
        ends = Event.objects.filter(subject_type="checkin", verb="check_out").order_by("pk")
        assert list(ends.values_list("actor_id", flat=True)) == [who.user_id, None, None]

    def test_coming_back_one_checks_in_anew(self, town, who) -> None:
        leave(who, by=who.user, now=town.now)
        come_back(who, by=who.user, now=town.now)
        assert not CheckIn.objects.current().members().exists()
        check_in_member(unit=town.community, volunteer=who, by=who.user, now=town.now)


def test_check_ins_follow_a_community_that_became_part_of_another(town) -> None:
    speaker, worker = town.person("speaker"), town.people["community_worker"]
    both, one, account = volunteer(town, "both"), volunteer(town, "one"), town.person("cadre")
    firm, second = organisation(town, speaker=speaker), organisation(town, "演示二", speaker=speaker)
    gone = CheckIn.objects.get(organisation=firm)
    offer = offer_resource(gone, kind="venue", words="演示:会议室", by=speaker, now=town.now)
    kept = check_in_organisation(firm, unit=town.other_community, by=speaker, now=town.now)
    for place in (town.community, town.other_community):
        check_in_member(unit=place, volunteer=both, by=both.user, now=town.now)
    check_in_member(unit=town.community, volunteer=one, by=one.user, now=town.now)
    # The same person once by the account, once as the volunteer that they became.
    check_in_member(unit=town.community, user=account, by=worker, now=town.now)
    cadre = volunteer(town, "cadre")
    check_in_member(unit=town.other_community, volunteer=cadre, by=account, now=town.now)
    merge_units(town.community, into=town.other_community, by=None, now=town.now)
    while fan_out_once(now=town.now):
        pass
    current = CheckIn.objects.current()
    assert {one.of_whom for one in current.members()} == {
        ("account", person.user_id) for person in (both, one, cadre)
    }
    assert (current.members().count(), current.organisations().count()) == (3, 2)
    for row in current:
        assert row.unit == row.community == town.other_community and row.street == town.street
    offer.refresh_from_db()
    assert (offer.checkin, list(Offer.objects.standing(town.now.date()))) == (kept, [offer])
    assert verbs("checkin", gone.pk) == ["check_in", "check_out"]
    moved = current.get(organisation=second)
    assert check_out(moved, by=town.people["other_secretary"], now=town.now).ended_at == town.now
    assert follow_unit(town.community, now=town.now) == 0


def test_whoever_sets_up_may_as_everywhere(town) -> None:
    setter = User.objects.create_superuser("root", "x", display_name="root")
    given = {"by": setter, "now": town.now}
    firm = add_organisation(name="演示公司", kind="other", district=town.district, **given)
    one = check_in_organisation(firm, unit=town.community, **given)
    assert check_out(one, **given).ended_at == town.now
    assert pair_place(town.grid, level=1, organisation=firm, **given).made_by == setter


class TestOffers:
    def test_offered_standing_withdrawn(self, town) -> None:
        firm = organisation(town, speaker=(speaker := town.person("speaker")))
        checkin, today = CheckIn.objects.get(organisation=firm), town.now.date()
        given: dict[str, Any] = {"kind": "venue", "words": "演示:会议室", "by": speaker, "now": town.now}
        offer = offer_resource(checkin, quantity=2, minutes=600, until=today, **given)
        assert list(Offer.objects.standing(today)) == [offer]
        assert not Offer.objects.standing(today + timedelta(days=1)).exists()
        for wrong, code in (
            ({"kind": "x"}, "kind"),
            ({"words": " "}, "text"),
            ({"quantity": 0}, "quantity"),
            ({"minutes": 0}, "minutes"),
            ({"until": today - timedelta(days=1)}, "until"),
        ):
            assert code_of(offer_resource, checkin, **(given | wrong)) == code
        with pytest.raises(NotAllowed):
            withdraw_offer(offer, by=town.people["far_secretary"], now=town.now)
        withdraw_offer(offer, by=speaker, now=town.now)
        assert not Offer.objects.standing(today).exists()
        assert code_of(withdraw_offer, offer, by=speaker, now=town.now) == "ended"

    def test_of_whoever_checked_out_nothing_stands(self, town) -> None:
        firm = organisation(town, speaker=(speaker := town.person("speaker")))
        checkin = CheckIn.objects.get(organisation=firm)
        offer_resource(checkin, kind="venue", words="演示:会议室", by=speaker, now=town.now)
        check_out(checkin, by=speaker, now=town.now)
        assert not Offer.objects.standing(town.now.date()).exists()


class TestStatements:
    @pytest.fixture(autouse=True)
    def hours(self, monkeypatch) -> None:
        monkeypatch.setattr(ServiceQuerySet, "served", lambda self, who, since, until: (390, 4))

    def made(self, town: Town, who: Any, **more: Any) -> tuple[Statement, str]:
        given = {"since": SINCE, "until": UNTIL, "by_name": False, "by": who.user, "now": town.now}
        return make_statement(who, **(given | more))

    def test_it_shows_what_the_person_chose_and_reading_is_noted(self, town) -> None:
        who = volunteer(town, alias="老李")
        statement, secret = self.made(town, who)
        shown = read_statement(secret, now=later(town, days=1))
        assert shown is not None
        assert (shown.name, shown.minutes, shown.activities, shown.since, shown.until) == (
            "老李",
            390,
            4,
            SINCE,
            UNTIL,
        )
        statement.refresh_from_db()
        assert (statement.times_read, statement.last_read_at) == (1, later(town, days=1))
        found = Event.objects.about("statement", statement.pk).order_by("seq")
        assert [(event.verb, event.actor_id, event.data) for event in found] == [
            ("make", who.user.pk, {}),
            ("read", None, {}),
        ]
        assert secret not in str(Statement.objects.values().get(pk=statement.pk))
        _named, other = self.made(town, who, by_name=True)
        assert read_statement(other, now=town.now).name == "演示helper"

    def test_it_keeps_the_figures_that_the_person_saw(self, town, monkeypatch) -> None:
        _statement, secret = self.made(town, volunteer(town))
        monkeypatch.setattr(ServiceQuerySet, "served", lambda self, *_given: (1, 1))
        assert read_statement(secret, now=town.now).minutes == 390

    def test_wrong_expired_revoked_and_erased_are_the_same_answer(self, town) -> None:
        who = volunteer(town)
        expired, revoked = self.made(town, who, days=1), self.made(town, who)
        revoke_statement(revoked[0], by=who.user, now=town.now)
        answers = [
            read_statement(secret, now=later(town, days=1))
            for secret in ("wrong", "", "x" * 500, expired[1], revoked[1])
        ]
        _statement, secret = self.made(town, who)
        type(who).objects.filter(pk=who.pk).update(state="erased", left_at=town.now)
        assert [*answers, read_statement(secret, now=town.now)] == [None] * 6
        assert set(Event.objects.filter(subject_type="statement").values_list("verb", flat=True)) == {
            "make",
            "revoke",
        }

    def test_nobody_makes_reads_or_revokes_it_for_somebody_else(self, town) -> None:
        who, worker = volunteer(town), town.people["community_worker"]
        statement, _secret = self.made(town, who)
        for person in (worker, town.people["district_dispatcher"], town.person("boss")):
            with pytest.raises(NotAllowed):
                self.made(town, who, by=person)
            with pytest.raises(NotAllowed):
                revoke_statement(statement, by=person, now=town.now)
            assert not Statement.objects.visible_to(person, town.now).exists()
        assert Statement.objects.visible_to(who.user, town.now).get() == statement
        with pytest.raises(NotAllowed):
            self.made(town, volunteer(town, "kept", account=False), by=worker)

    def test_what_is_wrong_is_said(self, town) -> None:
        who = volunteer(town, alias="")
        tomorrow = town.now.date() + timedelta(days=1)
        assert code_of(self.made, town, who) == "nameless"
        assert code_of(self.made, town, who, by_name=True, until=tomorrow) == "period"
        assert code_of(self.made, town, who, by_name=True, since=UNTIL, until=SINCE) == "period"
        assert code_of(self.made, town, who, by_name=True, days=0) == "days"
        for _unused in range(MOST_LIVE):
            self.made(town, who, by_name=True)
        assert code_of(self.made, town, who, by_name=True) == "too_many"

    def test_dropped_some_time_after_the_link_expired(self, town) -> None:
        who = volunteer(town)
        old, new = self.made(town, who, days=1)[0], self.made(town, who, days=60)[0]
        assert forget_statements(before=later(town, days=2), limit=10) == 1
        assert list(Statement.objects.all()) == [new]
        assert Event.objects.about("statement", old.pk).exists()
        assert (retention.STATEMENTS, forget_statements) in purges.PURGES


def test_a_statement_counts_what_was_confirmed_in_its_days(town) -> None:
    who = some_volunteer(town)
    (service,) = handed_in(town, who)
    now = after(town)
    day = timezone.localdate(now)
    given = {"by_name": True, "by": who.user, "now": now}
    assert make_statement(who, since=day, until=day, **given)[0].minutes == 0
    confirm_service(service, by=town.people["community_secretary"], now=now)
    on = Service.objects.get(pk=service.pk).on
    found = make_statement(who, since=on, until=on, **given)[0]
    assert (found.minutes, found.activities) == (120, 1)
    before = on - timedelta(days=1)
    assert make_statement(who, since=before, until=before, **given)[0].minutes == 0


def test_whoever_has_not_signed_in_is_nobody(town) -> None:
    """Not one of those who have no account, nor a speaker of organisations without one."""
    kept = volunteer(town, "kept", account=False)
    firm, nobody = organisation(town), AnonymousUser()
    checkin = CheckIn.objects.get(organisation=firm)
    offer_resource(
        checkin, kind="venue", words="演示:会议室", by=town.people["community_worker"], now=town.now
    )
    for rows in (Volunteer, CheckIn, Offer, Statement, Pairing):
        assert not rows.objects.visible_to(nobody, town.now).exists(), rows
    assert not Organisation.objects.spoken_for_by(nobody, town.now).exists()
    assert not Claim.objects.of(nobody, town.now).exists()
    assert not CheckIn.objects.own(nobody, town.now).exists()
    for call, given in (
        (check_out, {}),
        (offer_resource, {"kind": "venue", "words": "演示:会议室"}),
    ):
        with pytest.raises(NotAllowed):
            call(checkin, by=nobody, now=town.now, **given)
    with pytest.raises(NotAllowed):
        check_in_member(unit=town.community, volunteer=kept, by=nobody, now=town.now)


def test_the_trail_has_words_for_all_of_it() -> None:
    assert {"organisation", "checkin", "offer", "statement", "pairing"} <= set(SUBJECTS)
