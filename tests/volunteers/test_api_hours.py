"""Hours over REST: in two steps by two people, corrections with both values kept, stars and certificates, each for whom
they are."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from tests.api.conftest import Clock, client_of
from tests.builders import Town
from tests.volunteers.api_clients import V1, Api, at, done, ids, refused, statements, step, undescribed
from tests.volunteers.hours_builders import after, handed_in, held, some_team, some_volunteer, verbs
from tests.volunteers.hours_invariants import check_hours_invariants
from volunteers.actions.corrections import ask_correction
from volunteers.actions.hours import confirm_hours, confirm_service, propose_hours, propose_service
from volunteers.models import Activity, Correction, Service, Volunteer

RECORDS, CORRECTIONS, CHECK = f"{V1}service-records/", f"{V1}corrections/", f"{V1}certificates/check/"
# Neither run volunteering there nor are volunteers.
FOREIGN = ("far_secretary", "other_secretary", "grid_worker", "body_officer")
BESIDE = {"on": "2026-03-09", "minutes": 90, "what": "演示:陪诊"}


@pytest.fixture
def clock(town: Town, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """When the activities of the builders are over."""
    made = Clock(after(town))
    monkeypatch.setattr("django.utils.timezone.now", made)
    return made


@pytest.fixture
def api(town: Town, clock: Clock) -> Iterator[Api]:
    yield lambda name: client_of(town.person(name))
    check_hours_invariants()


def beside(town: Town, who: Volunteer, *, minutes: int = 60, on: date = date(2026, 3, 9)) -> Service:
    """Handed in by the community worker."""
    by = {"by": town.people["community_worker"], "now": town.now}
    return propose_service(who, on=on, minutes=minutes, what="演示:陪诊", unit=town.community, **by)


def confirmed(town: Town, who: Volunteer, **more: Any) -> Service:
    return confirm_service(beside(town, who, **more), by=town.people["community_secretary"], now=town.now)


class TestOfAnActivity:
    def test_handed_in_by_one_and_confirmed_by_another(self, town: Town, api: Api) -> None:
        people = [some_volunteer(town, "helper"), some_volunteer(town, "second")]
        one = held(town, *people)
        first, second = one.sign_ups.order_by("pk")
        desk, other = api("community_worker"), api("community_secretary")
        assert refused(step(desk, one, "confirm")) == (409, "nothing")
        told = done(step(desk, one, "propose", minutes=[{"sign_up": first.pk, "minutes": 90}]))
        assert (told["id"], told["state"]["key"]) == (one.pk, "done")
        rows = done(desk.get(RECORDS, {"activity": one.pk}))["results"]
        assert [(row["sign_up"], row["minutes"], row["source"]["key"]) for row in rows] == [
            (second.pk, 120, "shift"),
            (first.pk, 90, "set"),
        ]
        assert {row["state"]["key"] for row in rows} == {"proposed"}
        wrong = step(desk, one, "propose", minutes=[{"sign_up": 10**9, "minutes": 90}])
        assert refused(wrong) == (409, "sign_up")
        for minutes in (-1, 1441):
            body = [{"sign_up": first.pk, "minutes": minutes}]
            assert step(desk, one, "propose", minutes=body).status_code == 400
        assert refused(step(desk, one, "confirm")) == (403, "own_proposal")
        assert refused(step(desk, one, "settle")) == (409, "to_confirm")
        assert refused(step(other, one, "confirm", only=[10**9])) == (409, "nothing")
        done(step(other, one, "confirm", only=[rows[0]["id"]]))
        assert ids(desk.get(RECORDS, {"state": "confirmed"})) == [rows[0]["id"]]
        done(step(other, one, "confirm"))
        settled = done(step(desk, one, "settle", result="演示:清出两公里"))
        assert settled["state"]["key"] == "settled"
        assert not Service.objects.proposed().exists()

    def test_the_leader_hands_in_and_does_not_confirm(self, town: Town, api: Api) -> None:
        leader = some_volunteer(town, "leader")
        one = held(town, some_volunteer(town, "helper"), team=some_team(town, leader))
        done(step(api("leader"), one, "propose"))
        assert refused(step(api("leader"), one, "confirm")) == (403, "not_yours")
        assert len(ids(api("leader").get(RECORDS))) == 1
        done(step(api("community_worker"), one, "confirm"))

    def test_sent_twice_they_are_handed_in_once(self, town: Town, api: Api) -> None:
        one = held(town, some_volunteer(town, "helper"))
        headers = {"Idempotency-Key": "one", "If-Match": f'"{one.version}"'}
        first, again = (step(api("community_worker"), one, "propose", headers=headers) for _one in range(2))
        assert done(first) == done(again) and Service.objects.count() == 1


class TestRecords:
    def test_each_for_whom_it_is(self, town: Town, api: Api) -> None:
        leader, helper, second = (some_volunteer(town, name) for name in ("leader", "helper", "second"))
        activity = held(town, helper, team=some_team(town, leader))
        (mine,) = propose_hours(activity, by=leader.user, now=after(town))
        theirs = beside(town, second)
        for name in ("community_worker", "street_leader", "district_dispatcher"):
            assert ids(api(name).get(RECORDS)) == [theirs.pk, mine.pk], name
        for name in ("leader", "helper"):
            assert ids(api(name).get(RECORDS)) == [mine.pk], name
        assert ids(api("second").get(RECORDS)) == [theirs.pk]
        for name in (*FOREIGN, "second"):
            assert mine.pk not in ids(api(name).get(RECORDS)), name
            assert api(name).get(at(mine)).status_code == 404, name
            for verb in ("confirm", "refuse", "propose", "ask_correction"):
                assert step(api(name), mine, verb).status_code == 404, (name, verb)

    def test_the_columns_of_registries_but_for_the_name(self, town: Town, api: Api) -> None:
        helper = some_volunteer(town, "helper")
        activity = held(town, helper, place="演示:东门", team=some_team(town, some_volunteer(town, "leader")))
        (row,) = propose_hours(activity, by=town.people["community_worker"], now=after(town))
        confirm_hours(activity, by=town.people["community_secretary"], now=after(town))
        other = confirmed(town, helper)
        client = api("street_leader")
        told = done(client.get(at(row)))
        assert (told["title"], told["organiser"], told["place"]) == ("演示:清雪", "演示队", "演示:东门")
        assert (told["on"], told["minutes"], told["known_as"]) == ("2026-03-11", 120, "演*")
        shift = done(client.get(at(row.sign_up)))
        assert (told["came_at"], told["went_at"]) == (shift["starts_at"], shift["ends_at"])
        told = done(client.get(at(other)))
        assert (told["title"], told["organiser"], told["place"]) == (
            "演示:陪诊",
            town.community.name,
            town.community.name,
        )
        assert (told["came_at"], told["went_at"], told["activity"], told["sign_up"]) == (None,) * 4
        assert helper.name not in client.get(RECORDS).content.decode()

    def test_filters(self, town: Town, api: Api) -> None:
        helper, second = some_volunteer(town, "helper"), some_volunteer(town, "second")
        first, last = confirmed(town, helper, on=date(2026, 3, 1)), beside(town, second, on=date(2026, 3, 9))
        client = api("street_leader")
        for query, found in (
            ({"volunteer": second.pk}, [last]),
            ({"volunteer": "x"}, []),
            ({"activity": 1}, []),
            ({"community": town.community.code}, [last, first]),
            ({"community": town.far_community.code}, []),
            ({"state": "confirmed"}, [first]),
            ({"first": "2026-03-02"}, [last]),
            ({"first": "2026-03-01", "last": "2026-03-08"}, [first]),
            ({"mine": "true"}, []),
        ):
            assert ids(client.get(RECORDS, query)) == [one.pk for one in found], query
        assert ids(api("helper").get(RECORDS, {"mine": "true"})) == [first.pk]
        assert ids(api("helper").get(RECORDS, {"mine": "false"})) == []
        for query in ({"state": "gone"}, {"first": "x"}, {"last": "2026-13-01"}):
            assert client.get(RECORDS, query).status_code == 400, query

    def test_beside_any_activity_by_oneself(self, town: Town, api: Api) -> None:
        helper = some_volunteer(town, "helper")
        answer = api("helper").post(RECORDS, BESIDE, format="json")
        row = Service.objects.get()
        assert answer.status_code == 201 and answer.headers["Location"] == at(row)
        assert (row.volunteer, row.unit, row.minutes, row.state) == (helper, town.community, 90, "proposed")
        assert answer.json() == done(api("helper").get(at(row))) and answer.json()["allowed"] == []
        assert undescribed(answer, "service-records/", "post") == []
        for wrong in ({"minutes": 0}, {"minutes": 1441}, {"what": "x"}, {"on": "x"}, {"unit": "none"}):
            refusal = api("helper").post(RECORDS, BESIDE | wrong, format="json")
            assert refusal.status_code == 400 and list(refusal.json()["errors"]) == list(wrong), wrong
        for day in ("2026-03-12", "2025-03-01"):
            assert refused(api("helper").post(RECORDS, BESIDE | {"on": day}, format="json")) == (409, "on")
        assert Service.objects.count() == 1

    def test_and_for_somebody_by_whoever_runs_it_there(self, town: Town, api: Api) -> None:
        old = some_volunteer(town, account=False)
        body = BESIDE | {"volunteer": old.pk, "unit": town.grid.code}
        key = {"Idempotency-Key": "one"}
        first, again = (
            api("community_worker").post(RECORDS, body, format="json", headers=key) for _one in range(2)
        )
        assert first.content == again.content and Service.objects.get().unit == town.grid
        some_volunteer(town, "helper")
        for name, status in (("helper", 404), ("far_secretary", 404), ("grid_worker", 403)):
            answer = api(name).post(RECORDS, BESIDE | {"volunteer": old.pk}, format="json")
            assert answer.status_code == status, name
        # Whoever is no volunteer has no hours of their own.
        assert api("community_worker").post(RECORDS, BESIDE, format="json").status_code == 404

    def test_confirmed_or_not_by_somebody_else(self, town: Town, api: Api) -> None:
        helper = some_volunteer(town, "helper")
        row, desk, other = beside(town, helper), api("community_worker"), api("community_secretary")
        assert (done(desk.get(at(row)))["allowed"], done(other.get(at(row)))["allowed"]) == (
            ["refuse"],
            ["confirm", "refuse"],
        )
        assert done(api("helper").get(at(row)))["allowed"] == []
        assert refused(step(api("helper"), row, "confirm")) == (403, "not_allowed")
        assert refused(step(api("helper"), row, "refuse")) == (403, "not_allowed")
        assert refused(step(desk, row, "confirm")) == (403, "own_proposal")
        told = done(step(other, row, "confirm"))
        assert (told["state"]["key"], told["allowed"]) == ("confirmed", ["ask_correction"])
        assert refused(step(other, row, "confirm")) == (409, "decided")
        second = beside(town, helper)
        assert step(other, second, "refuse").status_code == 400
        told = done(step(other, second, "refuse", reason="演示:没来"))
        assert (told["state"]["key"], told["reason"], told["allowed"]) == ("refused", "演示:没来", [])

    def test_hours_of_an_activity_that_were_refused_are_handed_in_again(self, town: Town, api: Api) -> None:
        (row,) = handed_in(town, some_volunteer(town, "helper"))
        desk, other = api("community_worker"), api("community_secretary")
        assert refused(step(desk, row, "propose", minutes=60)) == (409, "state")
        assert done(step(other, row, "refuse", reason="演示:记错了"))["allowed"] == ["propose"]
        assert done(api("helper").get(at(row)))["allowed"] == []
        assert refused(step(api("helper"), row, "propose", minutes=60)) == (403, "not_yours")
        for wrong in ({}, {"minutes": -1}, {"minutes": 1441}):
            assert step(desk, row, "propose", **wrong).status_code == 400, wrong
        again = step(desk, row, "propose", minutes=60)
        assert (done(again)["state"]["key"], done(again)["version"], done(again)["reason"]) == (
            "proposed",
            3,
            "",
        )
        assert undescribed(again, "service-records/{id}/propose/", "post") == []
        assert done(step(other, row, "confirm"))["minutes"] == 60

    def test_nobody_decides_on_their_own(self, town: Town, api: Api) -> None:
        row = beside(town, some_volunteer(town, "community_secretary"))
        mine = api("community_secretary")
        assert done(mine.get(at(row)))["allowed"] == []
        assert refused(step(mine, row, "confirm")) == (403, "own_hours")
        assert refused(step(mine, row, "refuse", reason="演示:没来")) == (403, "own_hours")
        assert done(step(api("street_leader"), row, "confirm"))["state"]["key"] == "confirmed"

    def test_what_has_changed_is_a_412_that_says_what(self, town: Town, api: Api) -> None:
        row = beside(town, some_volunteer(town, "helper"))
        tag = api("street_leader").get(at(row)).headers["ETag"]
        assert tag.startswith('"1-')
        answer = step(api("community_secretary"), row, "confirm", headers={"If-Match": tag})
        assert done(answer)["version"] == 2
        assert answer.headers["ETag"] == api("community_secretary").get(at(row)).headers["ETag"]
        late = step(api("street_leader"), row, "refuse", reason="演示:没来", headers={"If-Match": tag})
        assert refused(late) == (412, "stale")
        told = late.json()
        assert (told["version"], told["state"], told["since"]) == (2, "confirmed", ["confirm"])
        assert told["allowed"] == ["ask_correction"] and verbs("service", row.pk) == ["propose", "confirm"]
        # Who never may hears of that, whatever they have seen.
        assert refused(step(api("helper"), row, "confirm", headers={"If-Match": tag})) == (403, "not_allowed")


class TestCorrections:
    def test_asked_by_one_and_decided_by_another_with_both_values_kept(self, town: Town, api: Api) -> None:
        row = confirmed(town, some_volunteer(town, "helper"))
        body = {"minutes": 90, "reason": "演示:少记"}
        for wrong in ({"minutes": -1}, {"minutes": 1441}, {"reason": ""}):
            assert step(api("helper"), row, "ask_correction", **body | wrong).status_code == 400, wrong
        assert refused(step(api("helper"), row, "ask_correction", **body | {"minutes": 60})) == (409, "same")
        asked = step(api("helper"), row, "ask_correction", **body)
        one = Correction.objects.get()
        assert (done(asked)["was"], done(asked)["minutes"], done(asked)["state"]["key"]) == (60, 90, "asked")
        assert (done(asked)["service_record"], done(asked)["allowed"]) == (row.pk, [])
        assert undescribed(asked, "service-records/{id}/ask_correction/", "post") == []
        assert refused(step(api("helper"), row, "ask_correction", **body)) == (409, "asked")
        assert done(api("helper").get(at(row)))["allowed"] == []
        assert refused(step(api("helper"), one, "grant")) == (403, "not_allowed")
        desk = api("community_worker")
        assert done(desk.get(at(one)))["allowed"] == ["grant", "refuse"]
        granted = done(step(desk, one, "grant"))
        assert (granted["was"], granted["minutes"], granted["state"]["key"]) == (60, 90, "granted")
        assert done(desk.get(at(row)))["minutes"] == 90
        assert refused(step(desk, one, "refuse")) == (409, "decided")

    def test_not_granted(self, town: Town, api: Api) -> None:
        row = confirmed(town, some_volunteer(town, "helper"))
        done(step(api("community_worker"), row, "ask_correction", minutes=0, reason="演示:没来"))
        one = Correction.objects.get()
        assert refused(step(api("community_worker"), one, "refuse")) == (403, "own_proposal")
        told = done(step(api("community_secretary"), one, "refuse"))
        assert (told["was"], told["minutes"], told["state"]["key"]) == (60, 0, "refused")
        assert done(api("helper").get(at(row)))["minutes"] == 60

    def test_each_for_whom_it_is(self, town: Town, api: Api) -> None:
        helper, second = some_volunteer(town, "helper"), some_volunteer(town, "second")
        made = [
            ask_correction(confirmed(town, who), minutes=90, reason="演示:少记", by=who.user, now=town.now)
            for who in (helper, second)
        ]
        desk = api("street_leader")
        assert ids(desk.get(CORRECTIONS)) == [made[1].pk, made[0].pk]
        assert ids(api("helper").get(CORRECTIONS)) == [made[0].pk]
        for name in (*FOREIGN, "second"):
            assert made[0].pk not in ids(api(name).get(CORRECTIONS)), name
            assert api(name).get(at(made[0])).status_code == 404, name
            for verb in ("grant", "refuse"):
                assert step(api(name), made[0], verb).status_code == 404, (name, verb)
        done(step(desk, made[0], "grant"))
        for query, found in (
            ({"state": "asked"}, [made[1]]),
            ({"volunteer": helper.pk}, [made[0]]),
            ({"service_record": made[1].service_id}, [made[1]]),
            ({"community": town.community.code}, made[::-1]),
            ({"community": "x"}, []),
        ):
            assert ids(desk.get(CORRECTIONS, query)) == [one.pk for one in found], query
        assert desk.get(CORRECTIONS, {"state": "gone"}).status_code == 400

    def test_they_go_by_the_version_of_the_record(self, town: Town, api: Api) -> None:
        helper = some_volunteer(town, "helper")
        row = confirmed(town, helper)
        early = step(
            api("helper"), row, "ask_correction", minutes=90, reason="演示", headers={"If-Match": '"1"'}
        )
        assert refused(early) == (412, "stale") and early.json()["allowed"] == ["ask_correction"]
        asked = step(
            api("helper"), row, "ask_correction", minutes=90, reason="演示", headers={"If-Match": '"2"'}
        )
        one = Correction.objects.get()
        assert done(asked)["version"] == 3
        assert asked.headers["ETag"] == api("helper").get(at(one)).headers["ETag"]
        late = step(api("street_leader"), one, "grant", headers={"If-Match": '"2"'})
        assert refused(late) == (412, "stale")
        assert (late.json()["state"], late.json()["allowed"]) == ("asked", ["grant", "refuse"])
        assert late.json()["since"] == ["ask_correction"]
        assert done(step(api("street_leader"), one, "grant", headers={"If-Match": '"3"'}))["version"] == 4


class TestStarsAndCertificates:
    def test_ones_own_and_of_those_at_home_there(self, town: Town, api: Api) -> None:
        helper, second = some_volunteer(town, "helper"), some_volunteer(town, "second")
        for day in range(1, 6):
            confirmed(town, helper, minutes=1440, on=date(2026, 3, day))
        beside(town, helper)
        for name in ("helper", "community_worker", "street_leader"):
            told = done(api(name).get(f"{at(helper)}stars/"))
            assert (told["minutes"], told["counted"], told["stars"]) == (7200, 7200, 1), name
            assert (told["missing"], told["hours"]) == (300 * 60 - 7200, [100, 300, 600, 1000, 1500])
            assert told["basis"]["key"] == "lifetime"
            shown = done(api(name).get(f"{at(helper)}certificate/"))
            assert (shown["minutes"], shown["records"], shown["stars"]) == (7200, 5, 1)
            assert (shown["first_on"], shown["last_on"]) == ("2026-03-01", "2026-03-05")
            assert shown["by_year"] == [{"year": 2026, "minutes": 7200}]
            assert "name" not in shown and helper.name not in str(shown)
        assert done(api("second").get(f"{at(second)}stars/"))["stars"] == 0
        for name in (*FOREIGN, "second"):
            for what in ("stars", "certificate"):
                assert api(name).get(f"{at(helper)}{what}/").status_code == 404, (name, what)

    def test_whoever_holds_the_paper_asks_whether_it_is_true(self, town: Town, api: Api) -> None:
        helper = some_volunteer(town, "helper")
        row = confirmed(town, helper)
        code = done(api("helper").get(f"{at(helper)}certificate/"))["code"]
        told = api("far_officer").get(CHECK, {"code": f" {code.lower()} "})
        assert done(told) == {"volunteer": helper.pk, "on": "2026-03-11", "minutes": 60, "minutes_now": 60}
        assert undescribed(told, "certificates/check/") == []
        one = ask_correction(row, minutes=30, reason="演示:多记", by=helper.user, now=town.now)
        done(step(api("street_leader"), one, "grant"))
        told = done(api("far_officer").get(CHECK, {"code": code}))
        assert (told["minutes"], told["minutes_now"]) == (60, 30)
        for wrong in (code[:-1] + ("0" if code[-1] != "0" else "1"), "V1-60-20260310-0", "x"):
            assert api("far_officer").get(CHECK, {"code": wrong}).status_code == 404, wrong
        assert list(api("far_officer").get(CHECK).json()["errors"]) == ["code"]


def test_answers_are_as_described(town: Town, api: Api) -> None:
    helper = some_volunteer(town, "helper")
    (row,) = handed_in(town, helper)
    other = confirmed(town, helper)
    one = ask_correction(other, minutes=30, reason="演示:多记", by=helper.user, now=town.now)
    for name in ("community_secretary", "helper"):
        for address, path in (
            (RECORDS, "service-records/"),
            (at(row), "service-records/{id}/"),
            (CORRECTIONS, "corrections/"),
            (at(one), "corrections/{id}/"),
            (f"{at(helper)}stars/", "volunteers/{id}/stars/"),
            (f"{at(helper)}certificate/", "volunteers/{id}/certificate/"),
        ):
            assert undescribed(api(name).get(address), path) == [], (name, path)
    assert api("helper").get(f"{RECORDS}?fields=minutes,on").json()["results"][0].keys() == {"minutes", "on"}


def test_lists_are_as_cheap_with_many(town: Town, api: Api) -> None:
    leader = some_volunteer(town, "leader")
    mine = some_team(town, leader)

    def made() -> None:
        who = some_volunteer(town)
        activity = held(town, who, team=mine)
        (row,) = propose_hours(activity, by=leader.user, now=after(town))
        confirm_service(row, by=town.people["community_worker"], now=after(town))
        ask_correction(row, minutes=30, reason="演示:多记", by=leader.user, now=after(town))
        beside(town, who)

    made()
    lists = [(api(name), one) for name in ("community_worker", "leader") for one in (RECORDS, CORRECTIONS)]
    [statements(*one) for one in lists]
    few = [statements(*one) for one in lists]
    for _number in range(3):
        made()
    assert [statements(*one) for one in lists] == few
    assert Activity.objects.count() == 4
