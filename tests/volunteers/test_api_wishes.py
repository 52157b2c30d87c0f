"""Wishes over REST: open ones for everybody by their alias, all else for those whom it concerns; every verb of the table;
of several who claim one wins; the contact masked at most."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from rest_framework.test import APIClient

from accounts.models import User
from tests.api.conftest import Clock, client_of
from tests.builders import Town
from tests.volunteers.api_clients import V1, Api, at, done, ids, refused, statements, step, undescribed
from tests.volunteers.wishes_builders import (
    ALIAS,
    REASON,
    TEXT,
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
from volunteers.actions.wishes import claim_wish, confirm_wish, give_back_wish, make_wish, refuse_wish
from volunteers.api.wishes import STEPS
from volunteers.models import Claim, Volunteer, Wish, Wisher
from volunteers.wish_words import said_to
from volunteers.wishes import CLAIM_DAYS, VERB

WISHES = f"{V1}wishes/"
NAME, PHONE = "演示秘密", "13800001234"
CONTACT = {"name": NAME, "phone": PHONE}
FOREIGN = ("far_secretary", "other_secretary", "grid_worker", "body_officer")
INSIDE = ("community_worker", "street_leader", "district_dispatcher")
BODY: dict[str, Any] = {"alias": ALIAS, "text": TEXT, "consent": True}


@pytest.fixture
def clock(town: Town, monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock(town.now)
    monkeypatch.setattr("django.utils.timezone.now", made)
    return made


@pytest.fixture
def api(town: Town, clock: Clock) -> Api:
    return lambda name: client_of(town.person(name))


@pytest.fixture
def helper(town: Town) -> Volunteer:
    return volunteer(town)


class TestWhoReadsIt:
    def test_what_waits_for_somebody_is_for_everybody_by_its_alias(self, town: Town, api: Api) -> None:
        wish = waiting(town, by=town.person("wisher"), **CONTACT)
        for name in ("stranger", *FOREIGN):
            told = done(api(name).get(at(wish)))
            assert (told["alias"], told["text"], told["state"]["key"]) == (ALIAS, TEXT, "open"), name
            assert (told["contact"], told["claim"], told["said"]) == (None, None, []), name
            assert not told["is_mine"] and ids(api(name).get(WISHES)) == [wish.pk], name
        assert APIClient().get(at(wish)).status_code == 401

    def test_all_else_for_those_whom_it_concerns(self, town: Town, api: Api, helper: Volunteer) -> None:
        new, taken = proposed(town, by=town.person("wisher")), claimed(town, helper)
        for name in INSIDE:
            assert ids(api(name).get(WISHES)) == [taken.pk, new.pk], name
        assert ids(api("wisher").get(WISHES)) == [new.pk]
        assert ids(api("helper").get(WISHES)) == [taken.pk]
        for name in (*FOREIGN, "stranger"):
            client = api(name)
            assert ids(client.get(WISHES)) == [], name
            for wish in (new, taken):
                missing = client.get(f"{WISHES}{10**9}/")
                assert client.get(at(wish)).content == missing.content and missing.status_code == 404
                assert {step(client, wish, verb).status_code for verb in VERB} == {404}, name

    def test_the_contact_masked_for_whoever_may_look_at_it(self, town: Town, api: Api) -> None:
        wisher = town.person("wisher")
        wish = proposed(town, by=wisher, **CONTACT)
        bare = proposed(town)
        User.objects.create_superuser("root", "a long one of my own", display_name="root")
        masked = {"name": "演*", "phone": "138****1234"}
        for name in (*INSIDE, "wisher"):
            answer = api(name).get(at(wish))
            assert done(answer)["contact"] == masked, name
            assert NAME not in answer.content.decode() and PHONE not in answer.content.decode()
        root = client_of(User.objects.get(username="root"))
        assert done(root.get(at(wish)))["contact"] is None
        assert done(api("community_worker").get(at(bare)))["contact"] is None
        Wisher.objects.update(name="", phone="", erased_at=town.now)
        assert done(api("community_worker").get(at(wish)))["contact"] is None

    def test_who_has_it_is_for_those_whom_it_concerns(
        self, town: Town, api: Api, helper: Volunteer, clock: Clock
    ) -> None:
        wisher = town.person("wisher")
        wish = claimed(town, helper, by=wisher)
        for name in ("community_worker", "wisher", "helper"):
            told = done(api(name).get(at(wish)))["claim"]
            assert (told["volunteer"], told["organisation"], told["body"]) == (helper.pk, None, None), name
            assert told["known_as"] == helper.shown_name
        give_back_wish(wish, text=REASON, by=helper.user, now=clock.forward(hours=1))
        second = volunteer(town, "second")
        claim_wish(wish, claimer=second, by=second.user, now=clock.forward(hours=1))
        # Whoever had it once still finds it, and not who has it now.
        told = done(api("helper").get(at(wish)))
        assert (told["state"]["key"], told["claim"]) == ("claimed", None)

    def test_words_for_whom_they_are(self, town: Town, api: Api, helper: Volunteer, clock: Clock) -> None:
        wisher = town.person("wisher")
        wish = claimed(town, helper, by=wisher)
        give_back_wish(wish, text="演示:我要出差", by=helper.user, now=clock.forward(hours=1))
        second = volunteer(town, "second")
        clock.forward(hours=1)
        step(api("second"), wish, "claim")
        clock.forward(hours=1)
        done(step(api("second"), wish, "fulfil", text="演示:送到了"))
        clock.forward(hours=1)
        done(step(api("wisher"), wish, "confirm"))
        clock.forward(hours=1)
        done(step(api("wisher"), wish, "thank", text="演示:谢谢"))
        told = {
            name: [one["verb"]["key"] for one in done(api(name).get(at(wish)))["said"]]
            for name in ("community_worker", "wisher", "helper", "second")
        }
        assert told == {
            "community_worker": ["give_back", "fulfil", "thank"],
            "wisher": ["fulfil", "thank"],
            "helper": ["give_back"],
            "second": ["fulfil", "thank"],
        }
        assert second.pk == done(api("wisher").get(at(wish)))["claim"]["volunteer"]
        assert said_to([wish], AnonymousUser(), town.now) == {wish.pk: []}
        no = refuse_wish(
            proposed(town, by=wisher), text=REASON, by=town.people["community_worker"], now=town.now
        )
        assert [one["text"] for one in done(api("wisher").get(at(no)))["said"]] == [REASON]


class TestList:
    def test_filters(self, town: Town, api: Api, helper: Volunteer, clock: Clock) -> None:
        new = proposed(town, by=helper.user)
        free = waiting(town, unit=town.community, now=later(town, days=-3))
        mine = waiting(town, by=helper.user)
        taken = claimed(town, helper)
        desk = api("community_worker")
        for client, query, found in (
            (desk, {"state": "open"}, [mine, free]),
            (desk, {"unit": town.grid.code}, [taken, mine, new]),
            (desk, {"unit": town.community.code}, [taken, mine, new, free]),
            (desk, {"unit": town.street.code}, [taken, mine, new, free]),
            (desk, {"unit": town.other_street.code}, []),
            (desk, {"unit": "nowhere"}, []),
            (desk, {"made_after": town.now.isoformat()}, [taken, mine, new]),
            (desk, {"made_before": town.now.isoformat()}, [free]),
            (desk, {"mine": "true"}, []),
            (desk, {"claimable": "true"}, []),
            (api("helper"), {"mine": "true"}, [mine, new]),
            (api("helper"), {"mine": "false"}, [taken, free]),
            (api("helper"), {"claimed": "true"}, [taken]),
            (api("helper"), {"claimable": "true"}, [free]),
            (api("stranger"), {"claimable": "true"}, []),
            (desk, {"overdue": "true"}, []),
        ):
            assert ids(client.get(WISHES, query)) == [one.pk for one in found], query
        clock.forward(days=CLAIM_DAYS)
        assert ids(desk.get(WISHES, {"overdue": "true"})) == [taken.pk]
        for query in ({"state": "gone"}, {"made_after": "x"}, {"mine": "x"}):
            assert desk.get(WISHES, query).status_code == 400, query

    def test_as_cheap_with_many(self, town: Town, api: Api, helper: Volunteer) -> None:
        client = api("community_worker")
        claimed(town, helper, **CONTACT)
        refuse_wish(proposed(town), text=REASON, by=town.people["community_worker"], now=town.now)
        waiting(town)
        statements(client, WISHES)
        before = statements(client, WISHES)
        firm = organisation(town)
        for number in range(6):
            claimed(town, volunteer(town, f"other{number}"), **CONTACT)
            kept = {"claimer": firm, "by": town.people["community_worker"], "now": town.now}
            claim_wish(waiting(town), **kept)
            refuse_wish(proposed(town), text=REASON, by=town.people["community_worker"], now=town.now)
        assert len(ids(client.get(WISHES))) > 15 and statements(client, WISHES) == before

    def test_as_described(self, town: Town, api: Api, helper: Volunteer) -> None:
        claim_wish(waiting(town), claimer=town.office, by=town.people["office_officer"], now=town.now)
        refuse_wish(proposed(town), text=REASON, by=town.people["community_worker"], now=town.now)
        claimed(town, helper, **CONTACT)
        answer = api("community_worker").get(WISHES)
        assert undescribed(answer, "wishes/") == []
        told = {
            one["claim"]["body"]["code"]
            for one in answer.json()["results"]
            if one["claim"] and one["claim"]["body"]
        }
        assert told == {town.office.code}


class TestMaking:
    def test_ones_own_at_home(self, town: Town, api: Api, helper: Volunteer) -> None:
        answer = api("helper").post(WISHES, BODY | CONTACT, format="json")
        wish = Wish.objects.get()
        assert answer.status_code == 201 and answer.headers["Location"] == at(wish)
        assert (wish.wisher, wish.unit, wish.state, wish.on_behalf) == (
            helper.user,
            town.grid,
            "proposed",
            False,
        )
        assert answer.json() == done(api("helper").get(at(wish)))
        assert (answer.json()["allowed"], answer.json()["is_mine"]) == (["withdraw"], True)
        assert Wisher.objects.get().phone == PHONE and PHONE not in answer.content.decode()
        assert undescribed(answer, "wishes/", "post") == []

    def test_for_somebody_by_those_on_duty_there(self, town: Town, api: Api) -> None:
        body = BODY | {"unit": town.building.code, "on_behalf": True}
        key = {"Idempotency-Key": "one"}
        first, again = (
            api("grid_worker").post(WISHES, body, format="json", headers=key) for _once in range(2)
        )
        assert first.content == again.content
        wish = Wish.objects.get()
        assert (wish.unit, wish.wisher, wish.made_by) == (town.grid, None, town.people["grid_worker"])
        answer = api("building_head").post(WISHES, body, format="json")
        assert refused(answer) == (403, "not_yours")

    def test_what_is_wrong(self, town: Town, api: Api, helper: Volunteer) -> None:
        for wrong in (
            {"consent": False},
            {"alias": ""},
            {"text": "x"},
            {"unit": "nowhere"},
            {"text": "x" * 301},
        ):
            answer = api("helper").post(WISHES, BODY | wrong, format="json")
            assert (answer.status_code, list(answer.json()["errors"])) == (400, list(wrong)), wrong
        # Nobody's home is known of whoever does not volunteer.
        assert list(api("stranger").post(WISHES, BODY, format="json").json()["errors"]) == ["unit"]
        numbered = api("helper").post(WISHES, BODY | {"text": "演示:请打 138 0000 1234"}, format="json")
        assert refused(numbered) == (409, "number")
        named = api("helper").post(WISHES, BODY | {"name": "演示", "text": "我是演示"}, format="json")
        assert refused(named) == (409, "text")
        assert not Wish.objects.exists()

    def test_a_system_wishes_nothing_for_itself(self, town: Town) -> None:
        User.objects.filter(pk=town.people["grid_worker"].pk).update(is_service=True)
        by = User.objects.get(pk=town.people["grid_worker"].pk)
        told = BODY | {"unit": town.grid, "by": by, "now": town.now}
        assert code_of(make_wish, **told) == "service"
        assert make_wish(**told, on_behalf=True)[0].wisher is None


class TestSteps:
    def test_every_verb_of_the_table_has_an_address(self) -> None:
        assert set(STEPS) == set(VERB)

    def test_from_the_review_to_the_thanks(self, town: Town, api: Api, helper: Volunteer) -> None:
        wisher = town.person("wisher")
        wish, desk = proposed(town, by=wisher), api("community_worker")
        assert done(desk.get(at(wish)))["allowed"] == ["accept", "refuse"]
        told = done(step(desk, wish, "accept", days=7))
        assert (told["state"]["key"], told["days"], told["allowed"]) == ("open", 7, ["claim", "cancel"])
        assert done(api("helper").get(at(wish)))["allowed"] == ["claim"]
        assert done(api("wisher").get(at(wish)))["allowed"] == ["withdraw"]
        told = done(step(api("helper"), wish, "claim"))
        assert (told["allowed"], told["claim"]["volunteer"]) == (["give_back", "fulfil"], helper.pk)
        assert done(step(api("helper"), wish, "fulfil"))["allowed"] == []
        assert refused(step(api("helper"), wish, "confirm")) == (403, "not_yours")
        told = done(step(api("wisher"), wish, "send_back", text=REASON))
        assert told["state"]["key"] == "claimed" and told["fulfilled_at"] is None
        done(step(api("helper"), wish, "fulfil", text="演示:修好了"))
        assert done(step(api("wisher"), wish, "confirm"))["allowed"] == ["thank"]
        assert done(step(api("wisher"), wish, "thank", text="演示:谢谢"))["allowed"] == []
        assert refused(step(api("wisher"), wish, "thank", text="演示:谢谢")) == (409, "thanked")
        assert verbs(wish) == [
            *("make", "accept", "claim", "fulfil", "send_back", "fulfil", "confirm", "thank"),
        ]

    def test_refused_by_state_and_by_person(self, town: Town, api: Api, helper: Volunteer) -> None:
        desk = api("community_worker")
        new, free, taken = proposed(town), waiting(town), claimed(town, helper)
        for client, wish, verb, body, code in (
            (desk, new, "cancel", {"text": REASON}, (409, "wrong_state")),
            (desk, free, "accept", {}, (409, "wrong_state")),
            (desk, free, "confirm", {}, (409, "wrong_state")),
            (desk, taken, "refuse", {"text": REASON}, (409, "wrong_state")),
            (desk, taken, "fulfil", {}, (403, "not_yours")),
            (desk, new, "withdraw", {}, (403, "not_yours")),
            (api("helper"), free, "accept", {}, (403, "not_yours")),
            (api("helper"), free, "cancel", {}, (403, "not_yours")),
            (api("stranger"), free, "claim", {}, (403, "not_yours")),
        ):
            answer = step(client, wish, verb, **body)
            assert refused(answer) == code, verb
            assert answer.json()["allowed"] == done(client.get(at(wish)))["allowed"], verb
        for wish, verb, body in (
            (new, "refuse", {}),
            (new, "refuse", {"text": "x"}),
            (new, "accept", {"days": 0}),
            (taken, "cancel", {}),
        ):
            assert step(desk, wish, verb, **body).status_code == 400, verb

    def test_given_back_called_off_withdrawn(self, town: Town, api: Api, helper: Volunteer) -> None:
        wisher = town.person("wisher")
        wish = claimed(town, helper, by=wisher)
        assert done(step(api("helper"), wish, "give_back", text=REASON))["state"]["key"] == "open"
        done(step(api("community_worker"), wish, "cancel", text=REASON))
        own = waiting(town, by=wisher)
        assert done(step(api("wisher"), own, "withdraw"))["state"]["key"] == "withdrawn"
        no = proposed(town)
        assert done(step(api("community_worker"), no, "refuse", text=REASON))["state"]["key"] == "refused"

    def test_ones_own_wish_is_for_others(self, town: Town, api: Api, helper: Volunteer) -> None:
        wish = waiting(town, by=helper.user)
        assert refused(step(api("helper"), wish, "claim")) == (403, "own_wish")


class TestClaiming:
    def test_of_several_one_wins(self, town: Town, api: Api) -> None:
        wish = waiting(town)
        names = [f"helper{number}" for number in range(3)]
        for name in names:
            volunteer(town, name)
        answers = [step(api(name), wish, "claim") for name in names]
        assert [answer.status_code for answer in answers] == [200, 404, 404]
        # Who sees it still hears why not.
        assert refused(step(api("community_worker"), wish, "claim", volunteer=1)) == (400, "")
        kept = volunteer(town, "kept", account=False)
        answer = step(api("community_worker"), wish, "claim", volunteer=kept.pk)
        assert refused(answer) == (409, "taken")
        assert Claim.objects.count() == 1

    def test_for_an_organisation_a_body_and_whoever_has_no_account(self, town: Town, api: Api) -> None:
        speaker = town.person("speaker")
        firm, kept = organisation(town, speaker=speaker), volunteer(town, "kept", account=False)
        for name, body in (
            ("speaker", {"organisation": firm.pk}),
            ("office_officer", {"body": town.office.code}),
            ("community_worker", {"volunteer": kept.pk}),
        ):
            wish = waiting(town)
            told = done(step(api(name), wish, "claim", **body))
            assert told["state"]["key"] == "claimed", name
        held = [(one.organisation, one.body, one.volunteer) for one in Claim.objects.order_by("pk")]
        assert held == [(firm, None, None), (None, town.office, None), (None, None, kept)]

    def test_for_nobody_whom_one_does_not_speak_for(self, town: Town, api: Api, helper: Volunteer) -> None:
        firm = organisation(town, speaker=town.person("speaker"))
        away, wish = organisation(town, "演示学校"), waiting(town)
        assert refused(step(api("helper"), wish, "claim", organisation=firm.pk)) == (403, "not_yours")
        assert refused(step(api("community_worker"), wish, "claim", volunteer=helper.pk)) == (
            403,
            "not_yours",
        )
        assert step(api("helper"), wish, "claim", body=town.office.code).status_code == 400
        assert step(api("helper"), wish, "claim", volunteer=10**9).status_code == 400
        both = {"organisation": away.pk, "volunteer": helper.pk}
        assert step(api("community_worker"), wish, "claim", **both).status_code == 400
        # Who runs volunteering and does not volunteer says for whom.
        assert refused(step(api("community_worker"), wish, "claim")) == (409, "claimer")
        assert not Claim.objects.exists()


class TestConditions:
    def test_by_the_version_that_one_saw(self, town: Town, api: Api, helper: Volunteer) -> None:
        wish, client = waiting(town), api("helper")
        seen = client.get(at(wish)).headers["ETag"]
        assert seen.startswith(f'"{wish.version}-')
        answer = step(client, wish, "claim", headers={"If-Match": seen})
        assert done(answer)["version"] == 3 and answer.headers["ETag"].startswith('"3-')
        late = step(api("community_worker"), wish, "cancel", headers={"If-Match": seen}, text=REASON)
        told = late.json()
        assert (late.status_code, told["version"], told["state"], told["since"]) == (
            412,
            3,
            "claimed",
            ["claim"],
        )
        assert told["allowed"] == ["give_back", "cancel"]
        wish.refresh_from_db()
        assert wish.state == "claimed"

    def test_whom_it_does_not_concern_hears_nothing_of_what_came_between(self, town: Town, api: Api) -> None:
        wish, client = waiting(town), api("second")
        volunteer(town, "second")
        late = step(client, wish, "claim", headers={"If-Match": '"1"'})
        assert late.status_code == 412 and "since" not in late.json()
        assert late.json()["allowed"] == ["claim"]

    def test_a_claim_sent_twice_is_one(self, town: Town, api: Api, helper: Volunteer) -> None:
        wish, key = waiting(town), {"Idempotency-Key": "one"}
        first, again = (step(api("helper"), wish, "claim", headers=key) for _once in range(2))
        assert first.content == again.content and again.headers["Idempotency-Replayed"] == "true"
        assert verbs(wish) == ["make", "accept", "claim"]

    def test_a_thanked_wish_is_read_by_whoever_kept_it(self, town: Town, api: Api, helper: Volunteer) -> None:
        wish = fulfilled(town, helper)
        confirm_wish(wish, by=town.people["community_secretary"], now=town.now)
        told = done(api("helper").get(at(wish)))
        assert (told["state"]["key"], told["claim"]["volunteer"]) == ("confirmed", helper.pk)
