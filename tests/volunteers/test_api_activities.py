"""Activities, shifts, sign-ups, attendance and series over REST: the same verbs and refusals as everywhere, each list for
whom it is, If-Match, retries, and as cheap with many."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from grids.actions.tree import add_unit
from grids.standing import forget_standings
from issues.worktimes import forget_worktimes
from tests.api.conftest import Clock, client_of
from tests.api.test_parallel import at_once
from tests.builders import LONG_AGO, Town, add_west
from tests.towns import put_town
from tests.volunteers.api_clients import V1, Api, at, done, ids, refused, statements, step, undescribed
from tests.volunteers.hours_builders import (
    AHEAD,
    LONG,
    a_shift,
    after,
    draft,
    first_shift,
    handed_in,
    held,
    join,
    opened,
    some_team,
    some_volunteer,
    verbs,
)
from tests.volunteers.hours_invariants import check_hours_invariants
from tests.volunteers.people_builders import station, team
from volunteers.actions.activities import move_by_clock
from volunteers.actions.hours import propose_service
from volunteers.actions.series import repeat_activity
from volunteers.actions.teams import join_team
from volunteers.check_in import code_at
from volunteers.models import Activity, Series, Shift, SignUp

LIST, SIGN_UPS, SERIES = f"{V1}activities/", f"{V1}sign-ups/", f"{V1}series/"
# Neither run volunteering there nor are volunteers.
FOREIGN = ("far_secretary", "other_secretary", "grid_worker", "body_officer")
SHIFT = {"starts_at": "2026-03-14T09:00:00+08:00", "ends_at": "2026-03-14T11:00:00+08:00", "places": 20}
BODY = {"title": "演示:清雪", "what": "演示:清理人行道", "shifts": [SHIFT]}


@pytest.fixture
def clock(town: Town, monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock(town.now)
    monkeypatch.setattr("django.utils.timezone.now", made)
    return made


@pytest.fixture
def api(town: Town, clock: Clock) -> Iterator[Api]:
    yield lambda name: client_of(town.person(name))
    check_hours_invariants()


class TestFinding:
    def test_drafts_are_for_those_who_run_them_and_the_rest_for_volunteers_of_the_district(
        self, town: Town, api: Api
    ) -> None:
        leader, _helper = some_volunteer(town, "leader"), some_volunteer(town, "helper")
        mine, other = draft(town, team=some_team(town, leader)), opened(town)
        secret = draft(town)
        for name in ("community_worker", "street_leader", "district_dispatcher"):
            assert ids(api(name).get(LIST)) == [secret.pk, other.pk, mine.pk], name
        assert ids(api("leader").get(LIST)) == [other.pk, mine.pk]
        assert ids(api("helper").get(LIST)) == [other.pk]
        assert api("helper").get(at(mine)).status_code == 404
        add_west(town)
        street = add_unit(town.west, code="621002001", name="西街", by=None, now=LONG_AGO)
        some_volunteer(town, "wester", home=street)
        for name in (*FOREIGN, "wester", "west_dispatcher"):
            assert ids(api(name).get(LIST)) == [], name
            for row in (other, first_shift(other)):
                address = at(row) if row is other else f"{at(row)}change/"
                ask = api(name).get if row is other else api(name).post
                assert ask(address).status_code == 404, name

    def test_what_is_told(self, town: Town, api: Api) -> None:
        one = opened(town, a_shift(town, places=3), place="演示:东门", station=station(town), team=team(town))
        some_volunteer(town, "helper")
        told = done(api("helper").get(at(one)))
        assert (told["title"], told["place"], told["state"]["key"]) == ("演示:清雪", "演示:东门", "open")
        assert told["unit"] == {"type": "unit", "code": town.community.code, "name": town.community.name}
        assert (told["station"], told["team"], told["issue"]) == (one.station_id, one.team_id, None)
        (shift,) = told["shifts"]
        assert (shift["places"], shift["taken"], shift["free"]) == (3, 0, 3)
        assert datetime.fromisoformat(shift["starts_at"]) == town.now + AHEAD
        assert told["allowed"] == ["sign_up", "cancel_sign_up", "check_in"]
        assert {"change", "cancel", "begin", "sign_up"} <= set(
            done(api("community_worker").get(at(one)))["allowed"]
        )
        assert "secret" not in told and one.secret not in str(told)

    def test_filters_and_orders(self, town: Town, api: Api) -> None:
        by = {"by": town.people["street_leader"]}
        first = opened(town, unit=town.other_community, **by)
        later = opened(town, a_shift(town, timedelta(days=3)), team=team(town))
        hidden = draft(town, a_shift(town, timedelta(days=1)))
        series = repeat_activity(
            later, rhythm="weekly", until=(town.now + timedelta(days=30)).date(), now=town.now, **by
        )
        client, between = api("street_leader"), (town.now + timedelta(days=2)).isoformat()
        for query, found in (
            ({}, [later, hidden, first]),
            ({"ordering": "next"}, [first, hidden, later]),
            ({"state": "draft"}, [hidden]),
            ({"community": town.other_community.code}, [first]),
            ({"team": later.team_id}, [later]),
            ({"series": series.pk}, [later]),
            ({"team": "x"}, []),
            ({"offered": "true"}, [later, first]),
            ({"offered": "false"}, [hidden]),
            ({"begins_after": between}, [later]),
            ({"begins_before": between}, [hidden, first]),
        ):
            assert ids(client.get(LIST, query)) == [one.pk for one in found], query
        for query in ({"state": "gone"}, {"ordering": "title"}, {"begins_after": "x"}, {"offered": "x"}):
            assert client.get(LIST, query).status_code == 400, query

    @pytest.mark.parametrize("ordering", ["newest", "next"])
    def test_pages_hold_everything_once(self, town: Town, api: Api, ordering: str) -> None:
        made = [opened(town, a_shift(town, timedelta(hours=number // 2))).pk for number in range(5)]
        found, url = [], f"{LIST}?page_size=2&ordering={ordering}"
        while url:
            page = api("community_worker").get(url)
            found += ids(page)
            url = page.json()["next"]
        assert found == (made if ordering == "next" else made[::-1])

    def test_the_code_of_an_issue_is_for_those_who_see_it(self, town: Town, api: Api) -> None:
        issue, desk = town.report("noise"), api("community_worker")
        made = done(desk.post(LIST, BODY | {"issue": issue.code}, format="json"))
        assert (made["issue"], made["unit"]["code"]) == (issue.code, town.community.code)
        one = Activity.objects.get()
        assert one.issue == issue and done(step(desk, one, "open"))["issue"] == issue.code
        some_volunteer(town, "helper")
        assert done(api("helper").get(at(one)))["issue"] is None
        assert [row["issue"] for row in done(api("helper").get(LIST))["results"]] == [None]
        assert [row["issue"] for row in done(desk.get(LIST))["results"]] == [issue.code]


class TestMaking:
    def test_by_whoever_runs_volunteering_there(self, town: Town, api: Api) -> None:
        desk = api("community_worker")
        body = BODY | {"unit": town.community.code, "place": "演示:东门", "station": station(town).pk}
        answer = desk.post(LIST, body, format="json")
        one = Activity.objects.get()
        assert answer.status_code == 201 and answer.headers["Location"] == at(one)
        assert (one.state, one.unit, one.created_by) == (
            "draft",
            town.community,
            town.people["community_worker"],
        )
        assert answer.json() == done(desk.get(at(one)))
        assert undescribed(answer, "activities/", "post") == []
        for wrong in (
            {"unit": town.far_community.code},
            {"unit": "none"},
            {"team": 10**9},
            {"station": 10**9},
            {"issue": "z" * 16},
            {"issue": town.report(place=town.far_building).code},
            {"title": "x"},
            {"shifts": []},
            {"shifts": [SHIFT | {"places": 0}]},
            {"shifts": [SHIFT | {"starts_at": "9999-12-31T00:00:00Z"}]},
            {"free_cancel_hours": 241},
        ):
            answer = desk.post(LIST, body | wrong, format="json")
            assert answer.status_code == 400 and list(answer.json()["errors"]) == list(wrong), wrong
        assert "unit" in desk.post(LIST, BODY, format="json").json()["errors"]
        ended = SHIFT | {"ends_at": SHIFT["starts_at"]}
        assert refused(desk.post(LIST, body | {"shifts": [ended]}, format="json")) == (409, "shifts")
        assert Activity.objects.count() == 1

    def test_not_by_others(self, town: Town, api: Api) -> None:
        some_volunteer(town, "helper")
        for name in ("helper", "grid_worker", "body_officer"):
            assert refused(api(name).post(LIST, {"nonsense": 1}, format="json")) == (403, "not_allowed")
        # Runs it elsewhere: the unit is none of theirs.
        body = BODY | {"unit": town.community.code}
        assert api("far_secretary").post(LIST, body, format="json").status_code == 400

    def test_the_leader_makes_one_at_the_place_of_the_team(self, town: Town, api: Api) -> None:
        mine = some_team(town, some_volunteer(town, "leader"))
        made = done(api("leader").post(LIST, BODY | {"team": mine.pk}, format="json"))
        assert (made["team"], made["unit"]["code"]) == (mine.pk, town.community.code)
        other = team(town)
        assert refused(api("leader").post(LIST, BODY | {"team": other.pk}, format="json")) == (
            403,
            "not_yours",
        )
        one = Activity.objects.get()
        assert done(step(api("leader"), one, "open"))["state"]["key"] == "open"
        assert refused(step(api("leader"), one, "settle")) == (403, "not_yours")

    def test_sent_twice_it_is_made_once(self, town: Town, api: Api) -> None:
        body, key = BODY | {"unit": town.community.code}, {"Idempotency-Key": "one"}
        first, again = (
            api("community_worker").post(LIST, body, format="json", headers=key) for _one in range(2)
        )
        assert first.content == again.content and again.headers["Idempotency-Replayed"] == "true"
        assert Activity.objects.count() == 1


class TestRunning:
    def test_from_beginning_to_end(self, town: Town, api: Api, clock: Clock) -> None:
        desk, one = api("community_worker"), draft(town)
        assert done(step(desk, one, "change", place="演示:西门", free_cancel_hours=3))["place"] == "演示:西门"
        assert refused(step(desk, one, "change", place="演示:西门")) == (409, "nothing")
        later = a_shift(town, timedelta(hours=3))
        times = {"starts_at": later.starts_at.isoformat(), "ends_at": later.ends_at.isoformat()}
        told = done(step(desk, one, "add_shift", places=4, **times))
        assert [shift["places"] for shift in told["shifts"]] == [2, 4]
        second = Shift.objects.get(places=4)
        assert done(step(desk, second, "change", places=9))["shifts"][1]["places"] == 9
        assert len(done(step(desk, second, "remove"))["shifts"]) == 1
        assert refused(step(desk, first_shift(one), "remove")) == (409, "shifts")
        assert step(desk, one, "add_shift", places=4).status_code == 400
        assert done(step(desk, one, "open"))["state"]["key"] == "open"
        again = step(desk, one, "open")
        assert refused(again) == (409, "state")
        assert {"change", "cancel", "begin"} <= set(again.json()["allowed"]) and "open" not in again.json()[
            "allowed"
        ]
        assert refused(step(desk, one, "begin")) == (409, "early")
        clock.now = town.now + AHEAD
        assert done(step(desk, one, "begin"))["state"]["key"] == "under_way"
        assert refused(step(desk, one, "cancel", reason="演示:大雪")) == (409, "state")
        assert done(step(desk, one, "end"))["state"]["key"] == "done"
        settled = done(step(desk, one, "settle", result="演示:清出两公里"))
        assert (settled["state"]["key"], settled["result"]) == ("settled", "演示:清出两公里")
        assert verbs("activity", one.pk)[-4:] == ["open", "begin", "end", "settle"]

    def test_cancelled(self, town: Town, api: Api) -> None:
        one = opened(town)
        row = join(town, one, some_volunteer(town, "helper"))
        assert step(api("community_worker"), one, "cancel").status_code == 400
        told = done(step(api("community_worker"), one, "cancel", reason="演示:大雪"))
        assert (told["state"]["key"], told["result"], told["allowed"]) == ("cancelled", "演示:大雪", [])
        assert done(api("helper").get(at(row)))["state"]["key"] == "cancelled"

    def test_a_shift_is_moved_and_called_off_and_then_the_rest(
        self, town: Town, api: Api, clock: Clock
    ) -> None:
        one = opened(town, *(a_shift(town, timedelta(hours=4 * number)) for number in range(3)))
        first, second, third = one.shifts.all()
        worker, later = api("community_worker"), second.starts_at + timedelta(hours=1)
        times = {"starts_at": later.isoformat(), "ends_at": (later + LONG).isoformat()}
        told = done(step(worker, second, "move", **times))
        assert datetime.fromisoformat(told["shifts"][1]["starts_at"]) == later
        assert step(worker, second, "cancel_shift").status_code == 400
        told = done(step(worker, second, "cancel_shift", reason="演示:停电"))
        shown = told["shifts"][1]
        assert (shown["reason"], shown["free"], bool(shown["cancelled_at"])) == ("演示:停电", 0, True)
        assert refused(step(worker, second, "cancel_shift", reason="演示:停电")) == (409, "cancelled")
        assert refused(step(worker, second, "change", places=9)) == (409, "cancelled")
        assert refused(step(worker, one, "cancel_rest", reason="演示:下雨")) == (409, "state")
        clock.now = first.starts_at
        move_by_clock(now=clock.now)
        assert "cancel_rest" in done(worker.get(at(one)))["allowed"]
        assert refused(step(worker, first, "move", **times)) == (409, "begun")
        told = done(step(worker, one, "cancel_rest", reason="演示:下雨"))
        assert [row["reason"] for row in told["shifts"]] == ["", "演示:停电", "演示:下雨"]
        assert refused(step(worker, one, "change", place="演示:东门")) == (409, "begun")
        assert third.pk == told["shifts"][2]["id"] and told["state"]["key"] == "under_way"

    def test_whose_day_is_full_is_left_out_and_named(self, town: Town, api: Api, clock: Clock) -> None:
        full, free = some_volunteer(town), some_volunteer(town)
        one = held(town, full, free)
        clock.now = after(town)
        on = {"on": timezone.localdate(clock.now), "what": "演示:探望", "unit": town.community}
        propose_service(full, minutes=1400, by=full.user, now=clock.now, **on)
        worker = api("community_worker")
        answer = step(worker, one, "propose")
        assert undescribed(answer, "activities/{id}/propose/", "post") == []
        (left,) = done(answer)["left_out"]
        assert (left["code"], left["known_as"], left["service_record"]) == ("day_full", full.shown_name, None)
        assert refused(step(worker, one, "propose")) == (409, "day_full")
        minutes = [{"sign_up": left["sign_up"], "minutes": 40}]
        assert done(step(worker, one, "propose", minutes=minutes))["left_out"] == []
        told = done(step(api("community_secretary"), one, "confirm"))
        assert told["left_out"] == []

    @pytest.mark.parametrize(
        "verb",
        [
            *("change", "add_shift", "open", "cancel", "cancel_rest", "repeat", "begin", "end"),
            *("no_show", "propose", "confirm", "settle"),
        ],
    )
    def test_not_by_a_volunteer_who_sees_it(self, town: Town, api: Api, verb: str) -> None:
        """Nor does whoever may not do it learn anything by what is sent."""
        one = opened(town)
        some_volunteer(town, "helper")
        assert refused(step(api("helper"), one, verb)) == (403, "not_yours")
        assert verbs("activity", one.pk) == ["add", "open"]

    def test_nor_its_shifts(self, town: Town, api: Api) -> None:
        some_volunteer(town, "helper")
        shift = first_shift(opened(town))
        for verb in ("change", "move", "cancel_shift", "remove"):
            assert refused(step(api("helper"), shift, verb)) == (403, "not_yours")
            assert step(api("helper"), Shift(pk=10**9), verb).status_code == 404


class TestVersions:
    def test_a_detail_begins_with_the_version_and_a_step_answers_as_the_detail(
        self, town: Town, api: Api
    ) -> None:
        desk, one = api("community_worker"), opened(town)
        tag = desk.get(at(one)).headers["ETag"]
        assert tag.startswith('"2-')
        assert desk.get(at(one), headers={"If-None-Match": tag}).status_code == 304
        answer = step(desk, one, "change", title="演示:新名", headers={"If-Match": tag})
        assert done(answer)["version"] == 3
        assert answer.headers["ETag"] == desk.get(at(one)).headers["ETag"]

    def test_what_has_changed_is_a_412_that_says_what(self, town: Town, api: Api) -> None:
        desk, one = api("community_worker"), opened(town)
        done(step(api("community_secretary"), one, "change", title="演示:新名"))
        for said in ('"2"', '"1"', '"99"', '"none"'):
            late = step(desk, one, "cancel", reason="演示:大雪", headers={"If-Match": said})
            assert refused(late) == (412, "stale"), said
            told = late.json()
            assert (told["status"], told["version"], told["state"]) == (412, 3, "open")
            assert "cancel" in told["allowed"] and "settle" not in told["allowed"]
            assert told["since"] == {'"2"': ["change"], '"1"': ["open", "change"], '"99"': []}.get(
                said, ["add", "open", "change"]
            )
        assert verbs("activity", one.pk) == ["add", "open", "change"]
        # What is no tag is wrong input; whoever may not do it hears of that alone, and foreign ones of nothing.
        assert step(desk, one, "cancel", reason="演示", headers={"If-Match": "2"}).status_code == 400
        assert step(desk, one, "cancel", headers={"If-Match": '"2"'}).status_code == 400
        some_volunteer(town, "helper")
        assert refused(step(api("helper"), one, "cancel", headers={"If-Match": '"2"'})) == (403, "not_yours")
        assert step(api("far_secretary"), one, "cancel", headers={"If-Match": '"2"'}).status_code == 404
        assert done(step(desk, one, "cancel", reason="演示:大雪", headers={"If-Match": '"3"'}))

    def test_shifts_and_sign_ups_go_by_the_version_of_the_activity(self, town: Town, api: Api) -> None:
        one = opened(town)
        shift, who = first_shift(one), some_volunteer(town, "helper")
        desk = api("community_worker")
        assert refused(step(desk, shift, "change", places=5, headers={"If-Match": '"1"'})) == (412, "stale")
        assert done(step(desk, shift, "change", places=5, headers={"If-Match": '"2"'}))["version"] == 3
        assert (
            refused(step(api("helper"), one, "sign_up", shift=shift.pk, headers={"If-Match": '"2"'}))[0]
            == 412
        )
        made = step(api("helper"), one, "sign_up", shift=shift.pk, headers={"If-Match": '"3"'})
        row = SignUp.objects.get(volunteer=who)
        assert (
            done(made)["version"] == 4 and made.headers["ETag"] == api("helper").get(at(row)).headers["ETag"]
        )
        late = step(api("helper"), row, "cancel_sign_up", headers={"If-Match": '"3"'})
        assert refused(late) == (412, "stale")
        # What others did is none of a volunteer's business.
        assert (late.json()["state"], late.json()["allowed"]) == ("in", ["cancel_sign_up", "check_in"])
        assert "since" not in late.json()
        ran = step(desk, row, "cancel_sign_up", headers={"If-Match": '"3"'})
        assert ran.json()["since"] == ["sign_up"]

    def test_a_repeated_step_gets_the_stored_answer(self, town: Town, api: Api) -> None:
        desk, one = api("community_worker"), draft(town)
        headers = {"If-Match": '"1"', "Idempotency-Key": "one"}
        first, again = (step(desk, one, "open", headers=headers) for _one in range(2))
        assert done(first) == done(again) and first.headers["ETag"] == again.headers["ETag"]
        assert verbs("activity", one.pk) == ["add", "open"]

    def test_where_there_are_no_versions_a_condition_is_refused(self, town: Town, api: Api) -> None:
        until = (town.now + timedelta(days=30)).date()
        series = repeat_activity(
            opened(town), rhythm="weekly", until=until, by=town.people["community_worker"], now=town.now
        )
        for ask in (
            lambda headers: step(api("community_worker"), series, "end", headers=headers),
            lambda headers: api("community_worker").post(LIST, BODY, format="json", headers=headers),
        ):
            assert list(ask({"If-Match": '"1"'}).json()["errors"]) == ["If-Match"]


@pytest.fixture
def committed(transactional_db: None) -> Iterator[Town]:
    yield put_town()
    forget_standings()
    forget_worktimes()


def test_of_two_at_the_same_moment_one_wins_and_the_other_is_told(committed: Town) -> None:
    one = draft(committed)
    clients = [client_of(committed.people[name]) for name in ("community_worker", "community_secretary")]

    def send(number: int) -> Any:
        return lambda: step(
            clients[number], one, "change", title=f"演示:{number}", headers={"If-Match": '"1"'}
        )

    answers = at_once([send(0), send(1)])
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    (late,) = (answer.json() for answer in answers if answer.status_code == 412)
    assert (late["version"], late["since"]) == (2, ["change"])
    assert verbs("activity", one.pk) == ["add", "change"]


class TestSigningUp:
    def test_a_place_or_the_waiting_list_and_moving_up(self, town: Town, api: Api) -> None:
        one = opened(town, a_shift(town, places=1))
        shift = first_shift(one).pk
        for name in ("helper", "second"):
            some_volunteer(town, name)
        told = done(step(api("helper"), one, "sign_up", shift=shift))
        assert (told["state"]["key"], told["activity"], told["shift"]) == ("in", one.pk, shift)
        assert (told["title"], told["known_as"]) == ("演示:清雪", "演*")
        assert done(api("helper").get(at(one)))["state"]["key"] == "full"
        assert done(step(api("second"), one, "sign_up", shift=shift))["state"]["key"] == "waiting"
        again = step(api("helper"), one, "sign_up", shift=shift)
        assert refused(again) == (409, "again")
        first, second = SignUp.objects.order_by("pk")
        assert done(step(api("helper"), first, "cancel_sign_up"))["state"]["key"] == "cancelled"
        assert refused(step(api("helper"), first, "cancel_sign_up")) == (409, "ended")
        assert done(api("second").get(at(second)))["state"]["key"] == "in"
        assert done(api("second").get(at(second)))["moved_up_at"]

    def test_close_to_another_one_it_is_asked_about(self, town: Town, api: Api) -> None:
        who = some_volunteer(town, "helper")
        join(town, opened(town), who)
        after = opened(town, a_shift(town, LONG + timedelta(minutes=10)))
        shift = first_shift(after).pk
        assert refused(step(api("helper"), after, "sign_up", shift=shift)) == (409, "close")
        assert (
            done(step(api("helper"), after, "sign_up", shift=shift, confirmed=True))["state"]["key"] == "in"
        )

    def test_sent_twice_it_is_one(self, town: Town, api: Api) -> None:
        one = opened(town)
        some_volunteer(town, "helper")
        answers = [
            step(api("helper"), one, "sign_up", shift=first_shift(one).pk, headers={"Idempotency-Key": "one"})
            for _one in range(2)
        ]
        assert done(answers[0]) == done(answers[1]) and SignUp.objects.count() == 1

    def test_of_somebody_else(self, town: Town, api: Api) -> None:
        leader = some_volunteer(town, "leader")
        mine = some_team(town, leader)
        one, old = opened(town, team=mine), some_volunteer(town, account=False)
        shift, desk = first_shift(one).pk, api("community_worker")
        assert done(step(desk, one, "sign_up", shift=shift, volunteer=old.pk))["volunteer"] == old.pk
        assert SignUp.objects.get().signed_up_by == town.people["community_worker"]
        some_volunteer(town, "helper")
        member = some_volunteer(town, "member")
        join_team(mine, member, by=town.people["member"], now=town.now)
        # The leader knows members alone; a volunteer nobody.
        for name, whom, status in (
            ("leader", member.pk, 200),
            ("leader", old.pk, 404),
            ("helper", old.pk, 404),
            ("helper", 10**9, 404),
            # Who is no volunteer has nobody to sign up.
            ("community_worker", None, 404),
        ):
            more = {"volunteer": whom} if whom else {}
            assert step(api(name), one, "sign_up", shift=shift, **more).status_code == status, (name, whom)

    def test_of_another_activity_a_shift_is_as_unknown_as_none(self, town: Town, api: Api) -> None:
        some_volunteer(town, "helper")
        one, other = opened(town), opened(town)
        told = [
            step(api("helper"), one, "sign_up", shift=shift)
            .json()["errors"]["shift"][0]
            .replace(str(shift), "")
            for shift in (first_shift(other).pk, 10**9)
        ]
        assert told[0] == told[1] and not SignUp.objects.exists()

    def test_each_sees_ones_own_and_those_who_run_it_all(self, town: Town, api: Api) -> None:
        leader = some_volunteer(town, "leader")
        one, other = opened(town, a_shift(town, places=3), team=some_team(town, leader)), opened(town)
        helper, second = some_volunteer(town, "helper"), some_volunteer(town, "second")
        rows = [join(town, one, helper), join(town, one, second), join(town, other, leader)]
        pks = [row.pk for row in rows[::-1]]
        for name in ("community_worker", "street_leader"):
            assert ids(api(name).get(SIGN_UPS)) == pks
        assert ids(api("leader").get(SIGN_UPS)) == pks
        assert ids(api("helper").get(SIGN_UPS)) == [rows[0].pk]
        for name in (*FOREIGN, "second"):
            assert rows[0].pk not in ids(api(name).get(SIGN_UPS)), name
            assert api(name).get(at(rows[0])).status_code == 404, name
            for verb in ("cancel_sign_up", "check_in", "check_out", "undo_check", "no_show"):
                assert step(api(name), rows[0], verb).status_code == 404, (name, verb)
        for query, found in (
            ({"activity": one.pk}, rows[1::-1]),
            ({"shift": first_shift(other).pk}, rows[2:]),
            ({"volunteer": second.pk}, rows[1:2]),
            ({"state": "waiting"}, []),
            ({"mine": "true"}, rows[2:]),
            ({"mine": "false"}, rows[1::-1]),
            ({"activity": "x"}, []),
        ):
            assert ids(api("leader").get(SIGN_UPS, query)) == [row.pk for row in found], query
        assert api("leader").get(SIGN_UPS, {"state": "gone"}).status_code == 400
        text = api("leader").get(SIGN_UPS).content.decode()
        assert helper.name not in text


class TestAttendance:
    @pytest.fixture
    def one(self, town: Town) -> Activity:
        """Three have a place; its team is led."""
        leader = some_volunteer(town, "leader")
        made = opened(town, a_shift(town, places=3), team=some_team(town, leader))
        for name in ("helper", "second", "third"):
            join(town, made, some_volunteer(town, name))
        return Activity.objects.get(pk=made.pk)

    def row(self, town: Town, name: str) -> SignUp:
        return SignUp.objects.get(volunteer__user=town.people[name])

    def test_by_the_code_on_the_screen(self, town: Town, api: Api, clock: Clock, one: Activity) -> None:
        row = self.row(town, "helper")
        assert refused(step(api("helper"), row, "check_in", code="0" * 12)) == (409, "early")
        clock.now = town.now + AHEAD
        screen = api("leader").get(f"{at(one)}check_in_code/")
        assert done(screen) == {"code": code_at(one.secret, clock.now), "seconds_left": 60}
        assert screen.headers["Cache-Control"] == "no-store"
        assert undescribed(screen, "activities/{id}/check_in_code/") == []
        assert refused(api("helper").get(f"{at(one)}check_in_code/")) == (403, "not_yours")
        assert api("far_secretary").get(f"{at(one)}check_in_code/").status_code == 404
        for wrong in ("", "0" * 12):
            assert refused(step(api("helper"), row, "check_in", code=wrong)) == (409, "code")
        told = done(step(api("helper"), row, "check_in", code=done(screen)["code"]))
        assert datetime.fromisoformat(told["checked_in_at"]) == clock.now
        assert told["allowed"] == ["check_out"]
        assert refused(step(api("helper"), row, "check_in", code=done(screen)["code"])) == (409, "checked_in")
        assert refused(step(api("helper"), row, "cancel_sign_up")) == (409, "checked_in")
        clock.forward(minutes=30)
        assert refused(step(api("helper"), row, "check_out", code=done(screen)["code"])) == (409, "code")
        code = code_at(one.secret, clock.now)
        left = done(step(api("helper"), row, "check_out", code=code))
        assert (datetime.fromisoformat(left["checked_out_at"]), left["allowed"]) == (clock.now, [])

    def test_by_the_list(self, town: Town, api: Api, clock: Clock, one: Activity) -> None:
        clock.now = town.now + AHEAD
        rows = [self.row(town, name) for name in ("helper", "second", "third")]
        assert done(api("leader").get(at(rows[0])))["allowed"] == ["cancel_sign_up", "check_in"]
        assert done(step(api("leader"), rows[0], "check_in"))["checked_in_at"]
        assert done(api("leader").get(at(rows[1])))["allowed"] == ["cancel_sign_up", "check_in", "no_show"]
        assert done(step(api("community_worker"), rows[1], "no_show"))["state"]["key"] == "no_show"
        assert refused(step(api("third"), rows[2], "no_show")) == (403, "not_yours")
        # Came after all.
        assert done(api("leader").get(at(rows[1])))["allowed"] == ["check_in"]
        assert done(step(api("leader"), rows[1], "check_in"))["state"]["key"] == "in"
        when = {"occurred_at": (clock.now - timedelta(minutes=5)).isoformat()}
        assert refused(step(api("helper"), rows[0], "check_out", **when)) == (403, "occurred_at")
        clock.forward(minutes=30)
        left = done(step(api("leader"), rows[0], "check_out", occurred_at=(town.now + AHEAD).isoformat()))
        assert datetime.fromisoformat(left["checked_out_at"]) == town.now + AHEAD
        assert refused(step(api("leader"), rows[2], "check_out")) == (409, "not_there")
        assert done(step(api("leader"), one, "no_show"))["shifts"][0]["taken"] == 2
        rows[2].refresh_from_db()
        assert rows[2].state == "no_show"

    def test_what_was_ticked_by_mistake_is_undone(
        self, town: Town, api: Api, clock: Clock, one: Activity
    ) -> None:
        clock.now = town.now + AHEAD
        row = self.row(town, "helper")
        assert refused(step(api("leader"), row, "undo_check")) == (409, "state")
        done(step(api("leader"), row, "check_in"))
        told = done(step(api("leader"), row, "check_out"))
        assert told["allowed"] == ["undo_check"]
        assert refused(step(api("helper"), row, "undo_check")) == (403, "not_yours")
        undone = step(api("leader"), row, "undo_check")
        assert (done(undone)["checked_out_at"], done(undone)["allowed"]) == (
            None,
            ["check_out", "undo_check"],
        )
        assert undescribed(undone, "sign-ups/{id}/undo_check/", "post") == []
        assert done(step(api("leader"), row, "undo_check"))["checked_in_at"] is None
        assert refused(step(api("leader"), row, "undo_check")) == (409, "not_there")

    def test_nothing_is_undone_once_hours_are_handed_in(self, town: Town, api: Api, clock: Clock) -> None:
        (record,) = handed_in(town, some_volunteer(town))
        desk, row = api("community_worker"), record.sign_up
        assert done(desk.get(at(row)))["allowed"] == []
        assert refused(step(desk, row, "undo_check")) == (409, "handed_in")

    def test_who_has_come_signs_up_with_the_code(
        self, town: Town, api: Api, clock: Clock, one: Activity
    ) -> None:
        clock.now = town.now + AHEAD
        made = opened(town, a_shift(town, places=1))
        some_volunteer(town, "late")
        shift, late = first_shift(made).pk, api("late")
        for code, said in (("", "begun"), ("0" * 12, "code"), (code_at(one.secret, clock.now), "code")):
            assert refused(step(late, made, "sign_up", shift=shift, code=code)) == (409, said)
        code = code_at(made.secret, clock.now)
        told = done(step(late, made, "sign_up", shift=shift, code=code))
        assert (told["state"]["key"], told["checked_in_at"]) == ("in", None)
        row = SignUp.objects.get(activity=made)
        assert done(step(late, row, "check_in", code=code))["checked_in_at"]

    def test_afterwards_the_list_is_entered_until_hours_are_handed_in(
        self, town: Town, api: Api, clock: Clock
    ) -> None:
        """A member of the team who is at home elsewhere too: those who run the team see its members."""
        mine, worker = some_team(town, some_volunteer(town, "leader")), api("community_worker")
        made = opened(town, a_shift(town, places=3), team=mine)
        people = [some_volunteer(town), some_volunteer(town, home=town.other_community)]
        join_team(mine, people[1], by=people[1].user, now=town.now)
        shift, clock.now = first_shift(made), after(town)
        while move_by_clock(now=clock.now):
            pass
        for one in people:
            told = done(step(worker, made, "sign_up", shift=shift.pk, volunteer=one.pk))
            assert "check_in" in told["allowed"]
            done(step(worker, SignUp(pk=told["id"]), "check_in"))
        stranger = some_volunteer(town, home=town.other_community)
        assert step(worker, made, "sign_up", shift=shift.pk, volunteer=stranger.pk).status_code == 404
        done(step(worker, made, "propose"))
        late = step(worker, made, "sign_up", shift=shift.pk, volunteer=some_volunteer(town).pk)
        assert refused(late) == (409, "handed_in")

    def test_a_draft_has_no_screen(self, town: Town, api: Api) -> None:
        assert refused(api("community_worker").get(f"{at(draft(town))}check_in_code/")) == (409, "state")


class TestSeries:
    def test_it_repeats_and_is_ended(self, town: Town, api: Api) -> None:
        desk, one = api("community_worker"), opened(town)
        told = done(step(desk, one, "repeat", rhythm="weekly", until="2026-05-20"))
        series = Series.objects.get()
        assert (told["series"], told["series_on"]) == (series.pk, "2026-03-11")
        shown = desk.get(at(series))
        assert (done(shown)["activity"], done(shown)["rhythm"]["key"]) == (one.pk, "weekly")
        assert (done(shown)["next_on"], done(shown)["ended_at"]) == ("2026-03-18", None)
        assert undescribed(shown, "series/{id}/") == undescribed(desk.get(SERIES), "series/") == []
        assert refused(step(desk, one, "repeat", rhythm="weekly", until="2026-05-20")) == (409, "again")
        assert step(desk, one, "repeat", rhythm="daily", until="2026-05-20").status_code == 400
        assert ids(desk.get(SERIES, {"ended": "false"})) == ids(desk.get(SERIES)) == [series.pk]
        some_volunteer(town, "helper")
        for name in (*FOREIGN, "helper"):
            assert ids(api(name).get(SERIES)) == []
            assert api(name).get(at(series)).status_code == 404
            assert step(api(name), series, "end").status_code == 404
        assert done(step(desk, series, "end"))["ended_at"]
        assert refused(step(desk, series, "end")) == (409, "ended")
        assert ids(desk.get(SERIES, {"ended": "true"})) == [series.pk]
        told = done(step(desk, one, "repeat", rhythm="monthly", until="2026-05-20"))
        assert told["series"] == series.pk and done(desk.get(at(series)))["ended_at"] is None

    def test_the_leader_of_the_team_sees_its_own(self, town: Town, api: Api) -> None:
        one = opened(town, team=some_team(town, some_volunteer(town, "leader")))
        done(step(api("leader"), one, "repeat", rhythm="monthly", until="2026-05-20"))
        assert ids(api("leader").get(SERIES)) == [Series.objects.get().pk]


def test_answers_are_as_described(town: Town, api: Api) -> None:
    services = handed_in(town, some_volunteer(town, "helper"))
    row, activity = services[0].sign_up, services[0].activity
    for name in ("community_worker", "helper"):
        for address, path in (
            (LIST, "activities/"),
            (at(activity), "activities/{id}/"),
            (SIGN_UPS, "sign-ups/"),
            (at(row), "sign-ups/{id}/"),
        ):
            assert undescribed(api(name).get(address), path) == [], (name, path)
    stale = step(api("community_worker"), activity, "confirm", headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    fewer = api("helper").get(f"{at(row)}?fields=state,version")
    assert fewer.json().keys() == {"version", "state"}


def test_lists_are_as_cheap_with_many(town: Town, api: Api) -> None:
    leader = some_volunteer(town, "leader")
    mine = some_team(town, leader)

    def made() -> None:
        issue = town.report("noise")
        shifts = [a_shift(town, places=3), a_shift(town, timedelta(hours=5))]
        one = opened(town, *shifts, team=mine, issue=issue)
        for _number in range(2):
            join(town, one, some_volunteer(town))
        repeat_activity(
            one,
            rhythm="weekly",
            until=(town.now + timedelta(days=30)).date(),
            by=town.people["community_worker"],
            now=town.now,
        )

    made()
    lists = [
        (api(name), address)
        for name in ("community_worker", "leader")
        for address in (LIST, SIGN_UPS, SERIES)
    ]
    [statements(*one) for one in lists]
    few = [statements(*one) for one in lists]
    for _number in range(3):
        made()
    assert [statements(*one) for one in lists] == few
