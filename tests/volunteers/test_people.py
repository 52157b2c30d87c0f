"""Signing up, changing, leaving, coming back, erasing, looking at a number; and every refusal."""

from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError
from django.test.utils import CaptureQueriesContext

from accounts.actions import close_account, erase_account
from accounts.models import User
from grids.actions.tree import close_unit, merge_units, move_unit
from notices.actions import fan_out_once
from tests.builders import add_west
from tests.volunteers.people_builders import (
    CHILD,
    OF_AGE_ON,
    code_of,
    forbidden,
    person,
    team,
    volunteer,
    written_down,
)
from trail.models import Event
from volunteers.actions import follow
from volunteers.actions.coming_of_age import forget_guardians
from volunteers.actions.people import (
    change_volunteer,
    come_back,
    erase,
    leave,
    reveal_volunteer,
    sign_up,
    sign_up_for,
    sign_up_with_account,
)
from volunteers.actions.teams import join_team, set_leader
from volunteers.actions.transfers import ask_transfer, take_in
from volunteers.models import Membership, Transfer, Volunteer

PASSWORD = "a long one of my own"


def events(one: Volunteer) -> list[str]:
    return list(Event.objects.about("volunteer", one.pk).order_by("seq").values_list("verb", flat=True))


class TestSigningUp:
    def test_somebody_with_an_account(self, town) -> None:
        one = volunteer(
            town, skills=("repair", "first_aid"), languages=("zh",), availability=("weekend_day",)
        )
        assert (one.user, one.home, one.community, one.grid) == (
            town.people["helper"],
            town.community,
            town.community,
            None,
        )
        assert (one.district, one.street, one.state) == (town.district, town.street, "active")
        # In the order of the table.
        assert (one.skills, one.languages, one.availability) == (
            ["first_aid", "repair"],
            ["zh"],
            ["weekend_day"],
        )
        event = Event.objects.about("volunteer", one.pk).get()
        assert (event.verb, event.data) == ("sign_up", {"way": "self", "minor": False})
        assert (event.unit_id, event.district_id) == (town.community.pk, town.district.pk)

    def test_name_and_number_are_ciphertext_and_no_event_holds_them(self, town) -> None:
        one = volunteer(town, **CHILD)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT name, phone, guardian_name, guardian_phone FROM volunteers_volunteer WHERE id = %s",
                [one.pk],
            )
            row = cursor.fetchone()
        assert all(value and "演示" not in value and "1380000" not in value for value in row)
        kept = Volunteer.objects.get(pk=one.pk)
        assert (kept.name, kept.phone, kept.guardian_name) == ("演示志愿者", "13800000001", "演示家长")
        told = str(
            list(Event.objects.about("volunteer", one.pk).values_list("data", "actor_label", "unit_label"))
        )
        assert "138" not in told and "演示" not in told

    def test_at_a_grid_or_the_grid_of_ones_building(self, town) -> None:
        at_grid, at_building = volunteer(town, home=town.grid), volunteer(town, "second", home=town.building)
        assert at_grid.home == at_building.home == town.grid
        assert at_building.grid == town.grid and at_building.community == town.community

    def test_with_an_account_of_ones_own_choosing(self, town) -> None:
        one = sign_up_with_account(
            town.community, person(), username="wangfang", password=PASSWORD, language="en", now=town.now
        )
        user = one.user
        assert user is not None and user.check_password(PASSWORD)
        assert (user.is_active, user.is_staff, user.must_change_password) == (True, False, False)
        # The name is kept encrypted, so the account shows another one; the number is a contact of both.
        assert (user.display_name, user.phone, user.language) == ("wangfang", "13800000001", "en")
        opened = Event.objects.about("user", user.pk).get()
        assert (opened.verb, opened.district_id) == ("open_account", town.district.pk)

    def test_such_an_account_belongs_to_its_district(self, town) -> None:
        add_west(town)
        one = sign_up_with_account(
            town.community, person(), username="wangfang", password=PASSWORD, now=town.now
        )
        seen = User.objects.filter(pk=one.user_id)
        assert seen.visible_to(town.people["security_admin"], town.now).exists()
        assert not seen.visible_to(town.people["west_security_admin"], town.now).exists()

    def test_nothing_is_left_of_an_account_where_the_sign_up_is_refused(self, town) -> None:
        asked = {"username": "wangfang", "password": PASSWORD, "now": town.now}
        assert code_of(sign_up_with_account, town.community, person(phone=""), **asked) == "phone"
        assert not User.objects.filter(username="wangfang").exists()

    @pytest.mark.parametrize(
        ("username", "password", "code"),
        [
            ("grid_worker", PASSWORD, "taken"),
            ("not a name", PASSWORD, "username"),
            ("wangfang", "short", "password"),
            ("wangfang", "1234567890123", "password"),
            ("wangfangwang", "wangfangwang", "password"),
        ],
    )
    def test_accounts_that_are_refused(self, town, username: str, password: str, code: str) -> None:
        asked = {"username": username, "password": password, "now": town.now}
        assert code_of(sign_up_with_account, town.community, person(), **asked) == code

    def test_written_down_by_the_community(self, town) -> None:
        one = written_down(town)
        assert (one.user, one.phone) == (None, "")
        assert Event.objects.about("volunteer", one.pk).get().data == {"way": "staff", "minor": False}
        # Two without a number are no contradiction.
        assert written_down(town, alias="").pk != written_down(town, alias="").pk

    def test_only_where_one_runs_volunteering(self, town) -> None:
        for name in ("grid_worker", "other_secretary", "far_dispatcher", "system_admin", "supervisor"):
            assert forbidden(sign_up_for, town.community, person(), by=town.people[name], now=town.now)
        for number, name in enumerate(("community_secretary", "street_dispatcher", "district_dispatcher")):
            assert written_down(town, by=name, alias=f"演示{number}")

    @pytest.mark.parametrize(
        ("facts", "code"),
        [
            ({"name": "x"}, "name"),
            ({"name": "x" * 41}, "name"),
            ({"phone": "none"}, "phone"),
            ({"phone": ""}, "phone"),
            ({"alias": "x" * 21}, "alias"),
            ({"skills": ("flying",)}, "skills"),
            ({"languages": ("la",)}, "languages"),
            ({"availability": ("never",)}, "availability"),
            ({"of_age_on": date(2041, 1, 1)}, "of_age_on"),
            ({"of_age_on": OF_AGE_ON}, "guardian"),
            (CHILD | {"guardian_name": " "}, "guardian"),
            (CHILD | {"guardian_phone": ""}, "guardian"),
            (CHILD | {"guardian_consents": False}, "guardian"),
            (CHILD | {"guardian_phone": "none"}, "guardian_phone"),
        ],
    )
    def test_what_is_wrong_is_said(self, town, facts, code: str) -> None:
        assert code_of(volunteer, town, **facts) == code
        assert not Volunteer.objects.exists()

    def test_where_is_refused_too(self, town) -> None:
        assert code_of(volunteer, town, home=town.street) == "home"
        assert code_of(volunteer, town, home=town.district) == "home"
        close_unit(town.other_community, by=None, now=town.now)
        assert code_of(volunteer, town, home=town.other_community) == "closed_place"

    def test_once(self, town) -> None:
        one = volunteer(town)
        assert code_of(volunteer, town) == "again"
        # Another one of the family, under a name of their own.
        assert code_of(volunteer, town, "second", alias=one.alias) == "again"
        assert volunteer(town, "second", alias="演示女儿").phone == one.phone

    def test_the_database_says_once_too(self, town) -> None:
        one = volunteer(town)
        with pytest.raises(IntegrityError), transaction.atomic():
            Volunteer.objects.create(
                home=one.home,
                district=one.district,
                phone_hash=one.phone_hash,
                alias=one.alias,
                consented_at=town.now,
                joined_at=town.now,
            )

    def test_a_system_is_nobody(self, town) -> None:
        system = User.objects.create_user("sensor", display_name="sensor", is_service=True)
        assert code_of(sign_up, town.community, person(), by=system, now=town.now) == "service"


class TestMinors:
    def test_with_a_guardian_and_without_a_number_of_ones_own(self, town) -> None:
        one = volunteer(town, phone="", **CHILD)
        assert (one.of_age_on, one.guardian_phone, one.guardian_consented_at) == (
            OF_AGE_ON,
            "13900000001",
            town.now,
        )
        today = town.now.date()
        assert one.is_minor(today) and one.may_take_part(today)
        assert not one.is_minor(OF_AGE_ON)

    def test_of_whoever_is_fourteen_nothing_of_it_is_kept(self, town) -> None:
        one = volunteer(town, **CHILD | {"of_age_on": town.now.date()})
        assert (one.of_age_on, one.guardian_name, one.guardian_consented_at) == (None, "", None)

    def test_on_the_birthday_the_guardian_is_forgotten(self, town) -> None:
        child, grown = volunteer(town, **CHILD), volunteer(town, "grown")
        birthday = town.now.replace(year=2028, month=5, day=1)
        assert forget_guardians(before=birthday - timedelta(days=1)) == 0
        assert forget_guardians(before=birthday) == 1
        child.refresh_from_db()
        assert (child.of_age_on, child.guardian_name, child.guardian_phone, child.guardian_consented_at) == (
            None,
            "",
            "",
            None,
        )
        assert child.may_take_part(birthday.date())
        assert (events(child), events(grown)) == (["sign_up", "of_age"], ["sign_up"])
        assert forget_guardians(before=birthday) == 0

    def test_of_many_as_of_few(self, town) -> None:
        counted, birthday = [], town.now.replace(year=2028, month=5, day=1)
        for number in (2, 5):
            for child in range(number):
                volunteer(town, f"child{number}{child}", **CHILD)
            with CaptureQueriesContext(connection) as asked:
                assert forget_guardians(before=birthday) == number
            counted.append(len(asked))
        assert counted[0] == counted[1]


class TestChanging:
    def change(self, town, one: Volunteer, by: str = "helper", **facts) -> Volunteer:
        return change_volunteer(one, by=town.people[by], now=town.now, **facts)

    def test_by_oneself(self, town) -> None:
        one = volunteer(town)
        changed = self.change(
            town, one, alias="演示新名", skills=("it",), phone="138 0000 0009", home=town.grid
        )
        assert (changed.alias, changed.skills, changed.phone) == ("演示新名", ["it"], "13800000009")
        assert (changed.home, changed.grid) == (town.grid, town.grid)
        assert Volunteer.objects.get(pk=one.pk).phone_hash == changed.phone_hash != one.phone_hash
        event = Event.objects.about("volunteer", one.pk).last()
        assert (event.verb, event.data) == (
            "change",
            {"fields": ["alias", "grid", "home", "phone", "skills"]},
        )

    def test_the_account_has_the_new_number_too(self, town) -> None:
        one = sign_up_with_account(
            town.community, person(), username="wangfang", password=PASSWORD, now=town.now
        )
        change_volunteer(one, by=one.user, now=town.now, phone="13800000009")
        user = User.objects.get(pk=one.user_id)
        assert user.phone == "13800000009"
        # Corrected by the community, that is who the trail names.
        change_volunteer(one, by=town.people["community_worker"], now=town.now, phone="13800000007")
        changes = Event.objects.about("user", one.user_id).filter(verb="change_account").order_by("seq")
        assert [event.actor_id for event in changes] == [one.user_id, town.people["community_worker"].pk]
        # What a post is reached by is its administrator's matter.
        worker = volunteer(town, "grid_worker")
        change_volunteer(worker, by=town.people["grid_worker"], now=town.now, phone="13800000008")
        assert User.objects.get(pk=worker.user_id).phone == ""

    def test_nothing_changed_is_no_event(self, town) -> None:
        one = volunteer(town)
        self.change(town, one, alias=one.alias, skills=())
        assert events(one) == ["sign_up"]

    def test_by_the_community(self, town) -> None:
        one = written_down(town)
        assert (
            self.change(town, one, "community_secretary", phone="13800000005").masked_phone == "138****0005"
        )
        for name in ("grid_worker", "other_secretary", "far_secretary", "system_admin"):
            assert forbidden(self.change, town, one, name, alias="x")
        assert forbidden(change_volunteer, volunteer(town), by=town.person("second"), now=town.now, alias="x")

    def test_what_is_wrong_is_said(self, town) -> None:
        one, second = volunteer(town), volunteer(town, "second")
        assert code_of(self.change, town, one, name=" ") == "name"
        assert code_of(self.change, town, one, phone="") == "phone"
        assert code_of(self.change, town, one, alias=second.alias) == "again"
        assert code_of(self.change, town, one, home=town.street) == "home"
        assert code_of(self.change, town, one, home=town.other_community) == "transfer"
        assert code_of(self.change, town, one, of_age_on=OF_AGE_ON) == "guardian"
        leave(one, by=town.people["helper"], now=town.now)
        assert code_of(self.change, town, one, alias="x") == "left"

    def test_a_consent_stays_until_another_one_is_given(self, town) -> None:
        one = volunteer(town, **CHILD)
        later = town.now + timedelta(days=3)
        by = {"by": town.people["helper"], "now": later}
        same = CHILD | {"guardian_consents": False}
        assert change_volunteer(one, alias="演示x", **same, **by).guardian_consented_at == town.now
        written = same | {"guardian_phone": "139 0000 0001"}
        assert change_volunteer(one, **written, **by).guardian_consented_at == town.now
        new = CHILD | {"guardian_name": "演示姥姥"}
        changed = change_volunteer(one, **new, **by)
        assert (changed.guardian_name, changed.guardian_consented_at) == ("演示姥姥", later)
        assert change_volunteer(one, of_age_on=None, **by).guardian_phone == ""

    def test_another_guardian_agrees_or_it_is_said(self, town) -> None:
        """Never dropped without a word, with or without the day beside it."""
        one, by = volunteer(town, **CHILD), {"by": town.people["helper"], "now": town.now + timedelta(days=3)}
        same = CHILD | {"guardian_consents": False}
        for other in (
            {"guardian_name": "演示姥姥"},
            {"guardian_phone": "13900000002"},
            {"guardian_name": ""},
        ):
            assert code_of(change_volunteer, one, **same | other, **by) == "guardian"
            assert code_of(change_volunteer, one, **other, **by) == "guardian"
        changed = change_volunteer(one, guardian_phone="13900000002", guardian_consents=True, **by)
        assert (changed.guardian_name, changed.guardian_phone) == ("演示家长", "13900000002")
        assert (changed.of_age_on, changed.guardian_consented_at) == (OF_AGE_ON, by["now"])

    def test_a_visitor_is_not_whoever_has_no_account(self, town) -> None:
        nobody = User(username="nobody")
        assert forbidden(change_volunteer, written_down(town), by=nobody, now=town.now, alias="x")


class TestLeavingAndComingBack:
    def test_the_record_stays_and_teams_go_on(self, town) -> None:
        one, by = volunteer(town), {"by": town.person("helper"), "now": town.now}
        mine, other = team(town), team(town, name="演示第二队")
        set_leader(mine, leader=one, by=town.people["community_worker"], now=town.now)
        join_team(other, one, **by)
        transfer = ask_transfer(one, home=town.other_community, **by)
        left = leave(one, **by)
        assert (left.state, left.left_at, left.name) == ("left", town.now, "演示志愿者")
        mine.refresh_from_db()
        transfer.refresh_from_db()
        assert (mine.leader, transfer.state, transfer.decided_by) == (None, "withdrawn", one.user)
        # What ends with it is in the trail of each.
        for left_team in (mine, other):
            told = Event.objects.about("team", left_team.pk).last()
            assert (told.verb, told.actor_id, told.data) == ("leave", one.user_id, {"volunteer": one.pk})
        assert not Membership.objects.current().filter(volunteer=one).exists()
        assert code_of(leave, one, **by) == "left"
        back = come_back(one, **by)
        assert (back.state, back.left_at) == ("active", None)
        assert code_of(come_back, one, **by) == "active"
        assert events(one) == ["sign_up", "ask_transfer", "withdraw_transfer", "leave", "return"]

    def test_by_whom(self, town) -> None:
        one = volunteer(town)
        for act in (leave, come_back):
            assert forbidden(act, one, by=town.person("second"), now=town.now)
            assert forbidden(act, one, by=town.people["far_secretary"], now=town.now)
        assert leave(one, by=town.people["street_leader"], now=town.now).state == "left"

    def test_whoever_closes_an_account_volunteers_no_more(self, town) -> None:
        one = volunteer(town)
        close_account(one.user, by=None, now=town.now)
        while fan_out_once(now=town.now):
            pass
        one.refresh_from_db()
        assert (one.state, one.name) == ("left", "演示志愿者")
        assert events(one) == ["sign_up", "leave"]


class TestErasing:
    def test_everything_personal_is_gone_and_the_row_stays(self, town) -> None:
        one = sign_up_with_account(
            town.grid,
            person(alias="演示小王", skills=("it",), **CHILD),
            username="wangfang",
            password=PASSWORD,
            now=town.now,
        )
        mine, user = team(town), one.user
        join_team(mine, one, by=user, now=town.now)
        assert code_of(erase, one, by=user, now=town.now, sure=False) == "sure"
        gone = Volunteer.objects.get(pk=erase(one, by=user, now=town.now, sure=True).pk)
        assert (gone.state, gone.user, gone.name, gone.alias, gone.phone, gone.phone_hash) == (
            "erased",
            None,
            "",
            "",
            "",
            "",
        )
        assert (gone.guardian_name, gone.guardian_phone, gone.of_age_on, gone.skills) == ("", "", None, [])
        # For the figures of the place.
        assert (gone.grid, gone.joined_at) == (town.grid, town.now)
        assert not Membership.objects.current().filter(volunteer=gone).exists()
        account = User.objects.get(pk=user.pk)
        assert (account.is_active, account.phone, account.username) == (False, "", f"erased-{user.pk}")
        assert not account.has_usable_password() and account.display_name == "—"
        assert code_of(erase, gone, by=None, now=town.now, sure=True) == "erased"
        assert code_of(come_back, gone, by=None, now=town.now) == "erased"
        assert events(gone)[-1] == "erase"

    def test_whoever_has_a_post_keeps_the_account(self, town) -> None:
        one = volunteer(town, "grid_worker")
        erase(one, by=town.people["grid_worker"], now=town.now, sure=True)
        worker = User.objects.get(username="grid_worker")
        assert worker.is_active
        # And may begin anew.
        assert volunteer(town, "grid_worker").pk != one.pk

    def test_an_account_with_a_past_in_a_post_is_only_closed(self, town) -> None:
        for name in ("grid_worker", "grid_worker_deputy"):
            assert code_of(erase_account, town.people[name], by=None, now=town.now) == "has_post"

    def test_by_the_community_for_whoever_asks_it(self, town) -> None:
        one = written_down(town)
        assert forbidden(erase, one, by=town.people["far_secretary"], now=town.now, sure=True)
        assert erase(one, by=town.people["community_worker"], now=town.now, sure=True).state == "erased"
        assert not Volunteer.objects.visible_to(town.people["community_worker"], town.now).exists()


class TestLooking:
    def test_it_is_recorded_with_its_occasion(self, town) -> None:
        one = volunteer(town)
        by = town.people["community_worker"]
        shown = reveal_volunteer(one, by=by, now=town.now, occasion="activity")
        assert (shown.name, shown.phone) == ("演示志愿者", "13800000001")
        event = Event.objects.about("volunteer", one.pk).last()
        assert (event.verb, event.actor_id, event.data) == ("reveal", by.pk, {"occasion": "activity"})
        reveal_volunteer(one, by=by, now=town.now, occasion="activity")
        assert events(one) == ["sign_up", "reveal", "reveal"]

    def test_by_whom_and_what_for(self, town) -> None:
        one = volunteer(town)
        for name in (
            "grid_worker",
            "grid_chief",
            "other_secretary",
            "far_dispatcher",
            "supervisor",
            "system_admin",
        ):
            assert forbidden(reveal_volunteer, one, by=town.people[name], now=town.now, occasion="check")
        setter = User.objects.create_superuser("root", PASSWORD, display_name="root")
        assert forbidden(reveal_volunteer, one, by=setter, now=town.now, occasion="check")
        by = {"by": town.people["street_leader"], "now": town.now}
        assert code_of(reveal_volunteer, one, occasion="curiosity", **by) == "occasion"
        erase(one, by=town.people["helper"], now=town.now, sure=True)
        assert code_of(reveal_volunteer, one, occasion="check", **by) == "erased"


class TestWhoSeesWhom:
    def test_oneself_and_whoever_runs_volunteering_above(self, town) -> None:
        one = volunteer(town, home=town.grid)

        def sees(name: str) -> bool:
            return Volunteer.objects.visible_to(town.person(name), town.now).filter(pk=one.pk).exists()

        for name in (
            "helper",
            "community_worker",
            "street_dispatcher",
            "street_leader",
            "district_dispatcher",
        ):
            assert sees(name), name
        for name in (
            "second",
            "grid_worker",
            "grid_chief",
            "other_secretary",
            "far_dispatcher",
            "system_admin",
        ):
            assert not sees(name), name
        # As whoever runs volunteering one does not see oneself.
        assert not Volunteer.objects.run_by(town.people["helper"], town.now).exists()


class TestFollowing:
    def test_a_unit_that_moves_takes_its_volunteers_along(self, town) -> None:
        one = volunteer(town, home=town.grid)
        move_unit(town.community, to=town.other_street, by=None, now=town.now)
        while fan_out_once(now=town.now):
            pass
        one.refresh_from_db()
        assert (one.street, one.community, one.grid, one.home) == (
            town.other_street,
            town.community,
            town.grid,
            town.grid,
        )
        assert Volunteer.objects.visible_to(town.people["far_dispatcher"], town.now).exists()
        assert not Volunteer.objects.visible_to(town.people["street_dispatcher"], town.now).exists()

    def test_a_merged_one_is_named_no_more(self, town) -> None:
        at_grid, at_community = volunteer(town, home=town.other_grid), volunteer(town, "second")
        merge_units(town.other_grid, into=town.grid, by=None, now=town.now)
        merge_units(town.community, into=town.other_community, by=None, now=town.now)
        while fan_out_once(now=town.now):
            pass
        at_grid.refresh_from_db()
        at_community.refresh_from_db()
        assert (at_grid.home, at_grid.grid, at_grid.community) == (town.grid, town.grid, town.other_community)
        assert (at_community.home, at_community.community) == (town.other_community, town.other_community)

    def test_whoever_was_taken_in_elsewhere_meanwhile_stays_there(self, town, monkeypatch) -> None:
        """Found at the merged unit, and gone from it before the row is locked."""
        one, stays = volunteer(town, home=town.other_grid), volunteer(town, "second", home=town.other_grid)
        asked = ask_transfer(one, home=town.other_community, by=town.people["helper"], now=town.now)
        merge_units(town.other_grid, into=town.grid, by=None, now=town.now)
        move = follow._move_batch

        def later(*given) -> int:
            if Transfer.objects.waiting().exists():
                take_in(asked, by=town.people["other_secretary"], now=town.now)
            return move(*given)

        monkeypatch.setattr(follow, "_move_batch", later)
        assert follow.follow_unit(town.other_grid, now=town.now) == 1
        one.refresh_from_db()
        stays.refresh_from_db()
        assert (one.home, one.community, one.grid) == (town.other_community, town.other_community, None)
        assert (stays.home, stays.grid) == (town.grid, town.grid)

    def test_of_a_closed_grid_one_is_at_home_in_the_community(self, town) -> None:
        one = volunteer(town, home=town.other_grid)
        close_unit(town.other_building, by=None, now=town.now)
        close_unit(town.other_grid, by=None, now=town.now)
        while fan_out_once(now=town.now):
            pass
        one.refresh_from_db()
        assert (one.home, one.grid, one.community) == (town.community, None, town.community)
