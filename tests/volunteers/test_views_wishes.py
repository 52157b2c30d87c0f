"""The pages of micro-wishes: a community's for everybody, those around one, making one, every step; without a script."""

from datetime import timedelta
from typing import Any

import pytest

from notices.actions import fan_out_once
from notices.models import Notice
from tests.faces import hidden, signed_in, stop_clock, visitor
from tests.volunteers.test_views_activities import cost, main_of, text
from tests.volunteers.wishes_builders import (
    ALIAS,
    REASON,
    TEXT,
    claimed,
    fulfilled,
    later,
    organisation,
    proposed,
    volunteer,
    waiting,
)
from trail.models import Event, IdempotencyKey
from volunteers.actions.joining import check_in_member
from volunteers.actions.wishes import (
    claim_wish,
    confirm_wish,
    give_back_wish,
    make_wish,
    refuse_wish,
    thank_wish,
)
from volunteers.forms.wishes import ASKED
from volunteers.models import Claim, Wish, Wisher
from volunteers.views.throttle import WISHES_PER_PHONE
from volunteers.views.wish_steps import DONE, HARSH, MEANS
from volunteers.views.wishes import GRANTED_FOR
from volunteers.wishes import CLAIM_DAYS, VERB

START = "/volunteers/"
AROUND, OWN = f"{START}wishes/", f"{START}mine/wishes/"
THANKS = "演示:谢谢好邻居"
GOOD = {"text": TEXT, "alias": ALIAS, "consent": "on"}


@pytest.fixture(autouse=True)
def clock(monkeypatch, town) -> None:
    stop_clock(monkeypatch, town.now)


def at(town, place: str = "community", more: str = "wishes/") -> str:
    return f"{START}at/{getattr(town, place).code}/{more}"


def new(town, place: str = "community") -> str:
    return at(town, place, "wishes/new/")


def page_of(wish: Wish, verb: str = "") -> str:
    return f"{START}wishes/{wish.pk}/{verb and verb + '/'}"


def granted(town, who, thanks: str = "", **more: Any) -> Wish:
    """One that was confirmed by the community, and thanked for in these words."""
    by = {"by": town.people["community_secretary"], "now": town.now}
    made = confirm_wish(fulfilled(town, who, **more), **by)
    return thank_wish(made, text=thanks, **by) if thanks else made


def do(client, wish: Wish, verb: str, **answers: Any):
    """Open the page of a step and send its form."""
    page = client.get(page_of(wish, verb))
    return client.post(page_of(wish, verb), hidden(page.context["form"]) | answers)


def steps_on(client, wish: Wish) -> list[str]:
    return [verb.key for verb, _address in client.get(page_of(wish)).context["seen"].steps]


def make(client, address: str, **answers: Any):
    page = client.get(address)
    place = page.context["form"]["place"].field.choices[0][0]
    return client.post(address, hidden(page.context["form"]) | GOOD | {"place": place} | answers)


class TestOfACommunity:
    def test_everybody_reads_what_waits_and_nothing_else(self, town) -> None:
        who = volunteer(town)
        waiting(town, text="演示:换一只灯泡", alias="演示小灯")
        proposed(town, text="演示:还没看")
        claimed(town, who, text="演示:已认领")
        fulfilled(town, who, text="演示:已实现")
        refuse_wish(
            proposed(town, text="演示:不行"), text=REASON, by=town.people["community_worker"], now=town.now
        )
        content = text(visitor().get(at(town)))
        assert "演示:换一只灯泡" in content and "演示小灯" in content
        assert f"{CLAIM_DAYS} days for whoever claims it" in content
        assert not [
            one for one in ("演示:还没看", "演示:已认领", "演示:已实现", "演示:不行") if one in content
        ]
        assert "No wish waits" in text(visitor().get(at(town, "far_community")))
        assert visitor().get(at(town, "street")).status_code == 404
        # The community's page leads there, and from there one makes a wish.
        assert at(town) in text(visitor().get(at(town, more=""))) and new(town) in content
        assert "?for=somebody" not in content and "?show=decide" not in content
        for name, runs in (("community_worker", True), ("grid_worker", False)):
            content = text(signed_in(town, name).get(at(town)))
            assert f"{new(town)}?for=somebody" in content and ("?show=decide" in content) == runs, name

    def test_what_was_granted_lately_with_the_thanks(self, town, monkeypatch) -> None:
        who = volunteer(town)
        granted(town, who, THANKS, text="演示:修好了门")
        granted(town, who, text="演示:没有道谢", alias="演示小草")
        content = text(visitor().get(at(town)))
        assert "演示:修好了门" in content and THANKS in content and "演示小草" in content
        # Neither who did it, nor a page of it for others.
        assert who.shown_name not in content and "/wishes/new/" in content
        assert not [one for one in Wish.objects.all() if page_of(one) in content]
        stop_clock(monkeypatch, town.now + GRANTED_FOR + timedelta(seconds=1))
        assert "演示:修好了门" not in text(visitor().get(at(town)))

    def test_it_is_paged_and_as_cheap_with_many(self, town) -> None:
        who = volunteer(town)
        waiting(town)
        granted(town, who, THANKS)
        few = cost(visitor(), at(town))
        for _number in range(20):
            waiting(town)
        for _number in range(3):
            granted(town, who, THANKS)
        assert cost(visitor(), at(town)) == few
        assert len(visitor().get(at(town)).context["page"]) == 20
        assert len(visitor().get(f"{at(town)}?page=2").context["page"]) == 1


class TestAround:
    def test_a_volunteer_looks_from_the_community_outwards(self, town) -> None:
        volunteer(town)
        waiting(town, text="演示:近处")
        far = make_wish(
            unit=town.far_grid, alias=ALIAS, text="演示:远处", consent=True, by=None, now=town.now
        )[0]
        Wish.objects.filter(pk=far.pk).update(state="open")
        client = signed_in(town, "helper")
        near, wide = text(client.get(AROUND)), text(client.get(f"{AROUND}?around=district"))
        assert "演示:近处" in near and "演示:远处" not in near
        assert "演示:近处" in wide and "演示:远处" in wide
        assert "To be decided" not in near
        # What one may not look at is left out, whatever is asked for.
        assert text(client.get(f"{AROUND}?show=decide&around=x")).count("演示:近处") == 1
        assert AROUND in text(client.get(f"{START}mine/"))

    def test_whoever_has_checked_in_looks_there(self, town) -> None:
        town.person("member")
        waiting(town, text="演示:近处")
        client = signed_in(town, "member")
        assert client.get(AROUND).url == START
        assert AROUND not in main_of(client.get(f"{START}mine/"))
        check_in_member(
            unit=town.community, user=town.people["member"], by=town.people["member"], now=town.now
        )
        content = text(client.get(AROUND))
        assert "演示:近处" in content
        assert AROUND in main_of(client.get(f"{START}mine/"))
        # Members claim what is wished for there. Whoever is none volunteers, checks in, or speaks for an organisation.
        wish = Wish.objects.get()
        assert steps_on(client, wish) == ["claim"]
        town.person("stranger")
        other = signed_in(town, "stranger")
        assert "Sign up as a volunteer" in main_of(other.get(page_of(wish)))
        assert "Sign up as a volunteer" in main_of(other.get(page_of(wish, "claim")))
        assert other.post(page_of(wish, "claim")).status_code == 422

    def test_what_is_with_me(self, town) -> None:
        who = volunteer(town)
        claimed(town, who, text="演示:在我这儿")
        back = claimed(town, who, text="演示:退回了")
        give_back_wish(back, text=REASON, by=who.user, now=town.now)
        claimed(town, volunteer(town, "other"), text="演示:别人的")
        content = text(signed_in(town, "helper").get(f"{AROUND}?show=mine"))
        assert "演示:在我这儿" in content and "15 days left" in content
        assert "Given back" in content and "演示:别人的" not in content
        assert content.index("演示:在我这儿") < content.index("演示:退回了")

    def test_those_who_run_volunteering_decide(self, town) -> None:
        who = volunteer(town)
        proposed(town, text="演示:还没看")
        fulfilled(town, who, text="演示:已实现")
        claimed(town, who, text="演示:已认领")
        client = signed_in(town, "community_worker")
        decide = text(client.get(f"{AROUND}?show=decide"))
        assert "演示:还没看" in decide and "演示:已实现" in decide and "演示:已认领" not in decide
        assert "演示:已认领" in text(client.get(f"{AROUND}?show=running"))
        for address in ("?show=decide", "?show=running"):
            assert "演示:" not in main_of(signed_in(town, "far_secretary").get(f"{AROUND}{address}"))
        assert visitor().get(AROUND).url.startswith("/accounts/login/")

    def test_as_cheap_with_many(self, town) -> None:
        who = volunteer(town)
        addresses = [
            (signed_in(town, "helper"), AROUND),
            (signed_in(town, "helper"), f"{AROUND}?show=mine"),
            (signed_in(town, "community_worker"), f"{AROUND}?show=decide"),
            (signed_in(town, "community_worker"), f"{AROUND}?show=running"),
            (signed_in(town, "helper"), OWN),
        ]

        def one_each() -> None:
            waiting(town)
            claimed(town, who)
            proposed(town, by=who.user)

        one_each()
        few = [cost(client, address) for client, address in addresses]
        for _number in range(7):
            one_each()
        assert [cost(client, address) for client, address in addresses] == few


class TestMaking:
    def test_without_an_account_one_gets_a_link(self, town) -> None:
        client = visitor()
        answer = make(client, new(town), name="演示·王芳", phone="13800001234")
        wish = Wish.objects.get()
        assert (wish.state, wish.alias, wish.community, wish.wisher) == (
            "proposed",
            ALIAS,
            town.community,
            None,
        )
        assert Wisher.objects.get().phone == "13800001234"
        page = client.get(answer.url)
        content = text(page)
        assert answer.url.startswith(f"{START}wishes/own/") and f"http://testserver{answer.url}" in content
        assert TEXT in content and "looks at it first" in content
        assert "演示·王芳" not in content and "13800001234" not in content
        # Nothing that is kept opens it.
        secret = answer.url.rstrip("/").rpartition("/")[2]
        assert secret not in str(list(IdempotencyKey.objects.values()) + list(Event.objects.values()))
        assert secret not in str(list(Wish.objects.values()))

    def test_purpose_and_time_are_said_where_it_is_asked(self, town) -> None:
        content = main_of(visitor().get(new(town)))
        for words in (
            "erased 180 days after",
            "for 90 days after",
            "no full names, no telephone",
            "optional",
        ):
            assert words in content, words

    def test_sent_twice_it_is_one_wish_and_the_same_link(self, town) -> None:
        client = visitor()
        page = client.get(new(town))
        told = hidden(page.context["form"]) | GOOD | {"place": town.community.code}
        first, second = client.post(new(town), told), client.post(new(town), told)
        assert first.url == second.url and Wish.objects.count() == 1
        assert client.get(second.url).status_code == 200

    @pytest.mark.parametrize(
        ("wrong", "field", "status"),
        [
            ({"text": ""}, "text", 422),
            ({"text": "一" * 301}, "text", 422),
            ({"alias": "一" * 21}, "alias", 422),
            ({"consent": ""}, "consent", 422),
            ({"place": "220103"}, "place", 422),
            ({"text": "演示:打电话 138 0000 1234"}, "text", 409),
            ({"alias": "13800001234"}, "alias", 409),
            ({"text": "演示:王芳想要眼镜", "name": "王芳"}, "text", 409),
            ({"alias": "王芳", "name": "王芳"}, "alias", 409),
            ({"phone": "hello"}, "phone", 409),
        ],
    )
    def test_what_may_not_be_written_is_said_and_what_was_typed_kept(
        self, town, wrong, field: str, status: int
    ) -> None:
        refused = make(visitor(), new(town), **wrong)
        assert refused.status_code == status and refused.context["form"].errors[field]
        assert not Wish.objects.exists()
        kept = main_of(refused)
        for name, value in (GOOD | wrong).items():
            if name in {"text", "alias", "name", "phone"}:
                assert value in kept, name
        assert refused.context["form"]["idempotency_key"].value()

    def test_for_somebody_by_those_on_duty_there(self, town) -> None:
        somebody = f"{new(town)}?for=somebody"
        answer = make(signed_in(town, "community_worker"), somebody, place=town.grid.code)
        wish = Wish.objects.get()
        assert wish.on_behalf and wish.wisher is None and wish.unit == town.grid
        assert answer.url == page_of(wish)
        # Of the grid's own worker only the grid, and the community takes it from there.
        worker = signed_in(town, "grid_worker")
        page = worker.get(somebody)
        assert [code for code, _name in page.context["form"]["place"].field.choices] == [town.grid.code]
        assert "The wisher was asked" in text(page)
        assert make(worker, somebody).url == at(town)
        assert Wish.objects.filter(made_by=town.people["grid_worker"], on_behalf=True).count() == 1
        for name in ("far_secretary", "building_head", "spotter"):
            client = signed_in(town, name)
            assert client.get(somebody).status_code == client.post(somebody, GOOD).status_code == 404, name
        assert visitor().get(somebody).status_code == 404

    def test_of_ones_own_it_stands_under_my_own_wishes(self, town) -> None:
        town.person("resident")
        client = signed_in(town, "resident")
        assert "not wished for anything yet" in text(client.get(OWN))
        wish = Wish.objects.get(pk=make(client, new(town)).url.rstrip("/").rpartition("/")[2])
        assert wish.wisher == town.people["resident"] and not wish.on_behalf
        assert page_of(wish) in text(client.get(OWN)) and steps_on(client, wish) == ["withdraw"]
        assert TEXT not in text(signed_in(town, "grid_worker").get(OWN))
        assert OWN in text(client.get(f"{START}mine/"))
        assert visitor().get(OWN).url.startswith("/accounts/login/")

    def test_a_flood_of_wishes_ends(self, town) -> None:
        client = visitor()
        client.get(new(town))
        for _number in range(WISHES_PER_PHONE.most):
            assert make(client, new(town)).status_code == 302
        refused = make(client, new(town))
        content = refused.content.decode()
        assert refused.status_code == 429 and "Too many wishes" in content and TEXT in content
        town.person("resident")
        assert make(signed_in(town, "resident"), new(town)).status_code == 302


class TestWhoSeesIt:
    def test_one_that_waits_is_for_everybody(self, town) -> None:
        who, wish = volunteer(town), waiting(town)
        for client in (visitor(), signed_in(town, "far_worker")):
            content = main_of(client.get(page_of(wish)))
            assert TEXT in content and "What was said" not in content and "Accept" not in content
        assert "Sign in" in main_of(visitor().get(page_of(wish)))
        assert steps_on(signed_in(town, "helper"), wish) == ["claim"]
        assert who.name not in main_of(signed_in(town, "helper").get(page_of(wish)))

    def test_any_other_is_as_if_there_were_none(self, town) -> None:
        who = volunteer(town)
        volunteer(town, "other")
        for wish in (proposed(town), claimed(town, who), fulfilled(town, who), granted(town, who)):
            for client in (visitor(), signed_in(town, "other"), signed_in(town, "far_secretary")):
                found, nothing = client.get(page_of(wish)), client.get(f"{AROUND}{10**9}/")
                assert found.status_code == nothing.status_code == 404, wish.state
                assert main_of_404(found) == main_of_404(nothing) and TEXT not in found.content.decode()
            for verb in VERB:
                assert signed_in(town, "other").post(page_of(wish, verb)).status_code == 404, verb
                assert visitor().get(page_of(wish, verb)).url.startswith("/accounts/login/")

    def test_words_are_for_those_whom_they_concern(self, town) -> None:
        first, second = volunteer(town), volunteer(town, "other")
        wish = claimed(town, first)
        give_back_wish(wish, text="演示:病了", by=first.user, now=later(town, hours=1))
        assert "演示:病了" not in text(visitor().get(page_of(wish)))
        claim_wish(wish, claimer=second, by=second.user, now=later(town, hours=2))
        for name, reads in (("community_worker", True), ("helper", True), ("other", False)):
            content = text(signed_in(town, name).get(page_of(wish)))
            assert ("演示:病了" in content) == reads, name
            # Whoever gave it back does not learn who has it.
            assert (second.shown_name in main_of(signed_in(town, name).get(page_of(wish)))) == (
                name != "helper"
            )

    def test_no_page_names_the_wisher(self, town) -> None:
        who = volunteer(town)
        given = {"name": "演示秘密", "phone": "13800001234"}
        for wish in (proposed(town, **given), claimed(town, who, **given), granted(town, who, **given)):
            for name in ("community_worker", "helper"):
                content = signed_in(town, name).get(page_of(wish)).content.decode()
                assert "演示秘密" not in content and "13800001234" not in content

    def test_what_is_not_ones_own_to_do_is_no_page(self, town) -> None:
        volunteer(town)
        wish = waiting(town)
        helper = signed_in(town, "helper")
        for verb in ("accept", "refuse", "cancel", "withdraw", "nonsense"):
            assert helper.get(page_of(wish, verb)).status_code == 404, verb
        refused = helper.post(page_of(wish, "cancel"), {"text": REASON})
        assert refused.status_code == 403 and Wish.objects.get().state == "open"


class TestClaiming:
    def test_what_it_promises_and_by_when_is_said_before(self, town) -> None:
        volunteer(town)
        wish, client = waiting(town), signed_in(town, "helper")
        content = main_of(client.get(page_of(wish, "claim")))
        assert "You promise to fulfil it within 15 days" in content
        answer = do(client, wish, "claim")
        assert answer.url == page_of(wish)
        assert Claim.objects.get().volunteer.user == town.people["helper"]
        content = main_of(client.get(page_of(wish)))
        assert "15 days left" in content and "how you meet the wisher" in content
        assert steps_on(client, wish) == ["give_back", "fulfil"]

    def test_two_claim_and_one_has_it(self, town) -> None:
        volunteer(town)
        volunteer(town, "other")
        wish, first, second = waiting(town), signed_in(town, "helper"), signed_in(town, "other")
        forms = [hidden(client.get(page_of(wish, "claim")).context["form"]) for client in (first, second)]
        assert first.post(page_of(wish, "claim"), forms[0]).status_code == 302
        lost = second.post(page_of(wish, "claim"), forms[1])
        assert lost.status_code == 404
        content = lost.content.decode()
        assert "Somebody else has claimed it meanwhile" in content and f'href="{AROUND}"' in content
        assert Claim.objects.get().volunteer.user == town.people["helper"]

    def test_at_the_same_moment_the_other_reads_that_it_is_taken(self, town, monkeypatch) -> None:
        who = volunteer(town)
        volunteer(town, "other")
        wish, client = waiting(town), signed_in(town, "other")
        form = hidden(client.get(page_of(wish, "claim")).context["form"])
        seen = Wish.objects.get()
        claim_wish(wish, claimer=who, by=who.user, now=town.now)
        # Read just before the other one wrote.
        monkeypatch.setattr("volunteers.views.wish_steps._visible", lambda *_asked: seen)
        lost = client.post(page_of(wish, "claim"), form)
        content = main_of(lost)
        assert lost.status_code == 409 and "Somebody else has claimed this wish already" in content
        assert f'href="{AROUND}"' in content and page_of(wish) not in content
        assert who.shown_name not in content

    def test_sent_twice_it_is_one_claim(self, town) -> None:
        volunteer(town)
        wish, client = waiting(town), signed_in(town, "helper")
        form = hidden(client.get(page_of(wish, "claim")).context["form"])
        answers = [client.post(page_of(wish, "claim"), form) for _time in range(2)]
        assert [one.url for one in answers] == [page_of(wish)] * 2 and Claim.objects.count() == 1

    def test_for_the_organisation_that_one_speaks_for(self, town) -> None:
        who = volunteer(town)
        company = organisation(town, speaker=who.user)
        wish, client = waiting(town), signed_in(town, "helper")
        page = client.get(page_of(wish, "claim"))
        assert "I myself" in text(page) and company.name in text(page)
        assert client.post(page_of(wish, "claim"), {"claimer": "organisation-9"}).status_code == 422
        assert do(client, wish, "claim", claimer=f"organisation-{company.pk}").status_code == 302
        assert Claim.objects.get().organisation == company
        assert company.name in main_of(client.get(page_of(wish)))
        assert company.name in text(client.get(f"{AROUND}?show=mine"))

    def test_not_ones_own_wish(self, town) -> None:
        who = volunteer(town)
        wish = waiting(town, by=who.user)
        client = signed_in(town, "helper")
        assert steps_on(client, wish) == ["withdraw"]
        assert "your own wish" in main_of(client.get(page_of(wish, "claim")))
        refused = client.post(page_of(wish, "claim"), {"claimer": f"volunteer-{who.pk}"})
        assert refused.status_code == 403 and not Claim.objects.exists()

    def test_a_deadline_in_plain_words(self, town, monkeypatch) -> None:
        who = volunteer(town)
        wish = claimed(town, who)
        for days, words in ((14, "1 day left"), (15, "until today"), (16, "time ran out")):
            # An hour before it was claimed, so many days later.
            stop_clock(monkeypatch, later(town, days=days, hours=-1))
            assert words in main_of(signed_in(town, "helper").get(page_of(wish))), days


class TestSteps:
    def test_the_whole_way_on_the_phone(self, town) -> None:
        volunteer(town)
        town.person("resident")
        worker, helper, resident = (
            signed_in(town, name) for name in ("community_worker", "helper", "resident")
        )
        wish = Wish.objects.get(pk=make(resident, new(town)).url.rstrip("/").rpartition("/")[2])
        assert steps_on(worker, wish) == ["accept", "refuse"]
        assert do(worker, wish, "accept", days=7).url == page_of(wish)
        wish.refresh_from_db()
        assert (wish.state, wish.days) == ("open", 7) and "cancel" in steps_on(worker, wish)
        do(helper, wish, "claim")
        do(helper, wish, "fulfil", text="演示:送到了")
        assert steps_on(resident, wish) == ["send_back", "confirm"] == steps_on(worker, wish)[:2]
        # Not by whoever fulfilled it.
        assert steps_on(helper, wish) == []
        assert helper.post(page_of(wish, "confirm")).status_code == 403
        assert "演示:送到了" in main_of(resident.get(page_of(wish)))
        do(resident, wish, "send_back", text="演示:少一只")
        assert "演示:少一只" in main_of(helper.get(page_of(wish))) and "7 days left" in main_of(
            helper.get(page_of(wish))
        )
        do(helper, wish, "fulfil")
        do(resident, wish, "confirm")
        assert steps_on(resident, wish) == ["thank"]
        do(resident, wish, "thank", text=THANKS)
        wish.refresh_from_db()
        assert wish.state == "confirmed" and steps_on(resident, wish) == []
        assert THANKS in main_of(helper.get(page_of(wish))) and THANKS in text(visitor().get(at(town)))

    @pytest.mark.parametrize("verb", [key for key, verb in VERB.items() if verb.words == "reason"])
    def test_a_reason_is_asked_for_and_kept(self, town, verb: str) -> None:
        who = volunteer(town)
        begin = {"refuse": proposed, "cancel": waiting}
        by = {"give_back": "helper"}.get(verb, "community_worker")
        ready = {"send_back": lambda town: fulfilled(town, who), "thank": lambda town: granted(town, who)}
        wish = (begin | ready).get(verb, lambda town: claimed(town, who))(town)
        client, state = signed_in(town, by), wish.state
        for told, status in (("", 422), ("演", 422), ("演" * 301, 422)):
            refused = do(client, wish, verb, text=told)
            assert refused.status_code == status and refused.context["form"].errors["text"]
            assert told in main_of(refused)
        wish.refresh_from_db()
        assert wish.state == state
        assert do(client, wish, verb, text=REASON).url == page_of(wish)
        assert wish.said.get().text == REASON

    def test_what_is_no_longer_possible_says_so_and_keeps_what_was_written(self, town) -> None:
        wish, client = proposed(town), signed_in(town, "community_worker")
        form = hidden(client.get(page_of(wish, "refuse")).context["form"])
        do(signed_in(town, "community_secretary"), wish, "accept", days=3)
        late = client.post(page_of(wish, "refuse"), form | {"text": REASON})
        assert late.status_code == 409 and REASON in main_of(late)
        assert "not possible any more" in main_of(late) and "<form" not in main_of(late)
        assert "not possible any more" in main_of(client.get(page_of(wish, "refuse")))

    def test_days_out_of_reach(self, town) -> None:
        wish, client = proposed(town), signed_in(town, "community_worker")
        for days in ("0", "91", "x", ""):
            refused = do(client, wish, "accept", days=days)
            assert refused.status_code == 422 and refused.context["form"].errors["days"], days
        wish.refresh_from_db()
        assert wish.state == "proposed"

    def test_thanks_hold_no_number(self, town) -> None:
        wish, client = granted(town, volunteer(town)), signed_in(town, "community_worker")
        refused = do(client, wish, "thank", text="演示:谢谢 138 0000 1234")
        assert refused.status_code == 409 and "138 0000 1234" in main_of(refused)
        assert refused.context["form"].errors["text"] and not wish.said.exists()

    def test_every_verb_has_its_words(self) -> None:
        assert set(MEANS) == set(DONE) == set(VERB) and set(VERB) > HARSH
        assert {key for key, verb in VERB.items() if verb.words} == set(ASKED)

    def test_as_cheap_with_much_said(self, town) -> None:
        who = volunteer(town)
        wish, client = fulfilled(town, who), signed_in(town, "community_worker")

        def back_and_forth() -> None:
            do(client, wish, "send_back", text=REASON)
            do(signed_in(town, "helper"), wish, "fulfil", text=REASON)

        back_and_forth()
        few = cost(client, page_of(wish))
        for _time in range(4):
            back_and_forth()
        assert cost(client, page_of(wish)) == few


class TestByTheLink:
    def made(self, town) -> tuple[Wish, str]:
        wish, secret = make_wish(unit=town.grid, alias=ALIAS, text=TEXT, consent=True, by=None, now=town.now)
        return wish, f"{AROUND}own/{secret}/"

    def send(self, address: str, verb: str, **answers: Any):
        client = visitor()
        page = client.get(f"{address}{verb}/")
        return client.post(f"{address}{verb}/", hidden(page.context["form"]) | answers)

    def test_the_wisher_confirms_and_thanks(self, town) -> None:
        who = volunteer(town)
        wish, address = self.made(town)
        worker, helper = signed_in(town, "community_worker"), signed_in(town, "helper")
        do(worker, wish, "accept", days=5)
        do(helper, wish, "claim")
        assert who.shown_name in main_of(visitor().get(address))
        do(helper, wish, "fulfil", text="演示:放在门口")
        content = main_of(visitor().get(address))
        assert "演示:放在门口" in content and f"{address}confirm/" in content
        assert self.send(address, "send_back", text="").status_code == 422
        assert self.send(address, "confirm").url == address
        assert self.send(address, "thank", text=THANKS).url == address
        wish.refresh_from_db()
        assert wish.state == "confirmed" and THANKS in main_of(helper.get(page_of(wish)))
        told = Event.objects.about("wish", wish.pk).filter(verb__in=("confirm", "thank"))
        assert told.count() == 2 and not told.exclude(actor_id=None).exists()

    def test_why_it_was_refused_and_withdrawing(self, town) -> None:
        wish, address = self.made(town)
        assert self.send(address, "withdraw").url == address
        wish.refresh_from_db()
        assert wish.state == "withdrawn"
        assert "Withdrawn" in main_of(visitor().get(address))
        assert visitor().post(f"{address}withdraw/").status_code == 409
        other, address = self.made(town)
        refuse_wish(other, text=REASON, by=town.people["community_worker"], now=town.now)
        assert REASON in main_of(visitor().get(address))

    def test_it_opens_nothing_else(self, town) -> None:
        _wish, address = self.made(town)
        for verb in ("accept", "refuse", "claim", "cancel", "give_back", "fulfil", "nonsense"):
            assert visitor().get(f"{address}{verb}/").status_code == 404, verb
            assert visitor().post(f"{address}{verb}/").status_code == 404, verb
        for secret in ("nothing", "x" * 65):
            assert visitor().get(f"{AROUND}own/{secret}/").status_code == 404
            assert visitor().post(f"{AROUND}own/{secret}/confirm/").status_code == 404
        assert Wish.objects.get().state == "proposed"

    def test_whoever_fulfilled_it_does_not_confirm_by_a_link_that_they_found(self, town) -> None:
        volunteer(town)
        wish, address = self.made(town)
        do(signed_in(town, "community_worker"), wish, "accept", days=5)
        helper = signed_in(town, "helper")
        do(helper, wish, "claim")
        do(helper, wish, "fulfil")
        assert helper.post(f"{address}confirm/").status_code == 403
        wish.refresh_from_db()
        assert wish.state == "fulfilled"


class TestContact:
    GIVEN = {"name": "演示秘密", "phone": "13800001234"}

    def test_those_who_run_volunteering_look_and_the_trail_knows(self, town) -> None:
        wish, client = proposed(town, **self.GIVEN), signed_in(town, "community_worker")
        page = client.get(page_of(wish))
        assert page.context["look"].initial == {"occasion": "review"} and "13800001234" not in text(page)
        found = main_of(client.post(page_of(wish, "contact"), {"occasion": "review"}))
        assert "演示秘密" in found and 'href="tel:13800001234"' in found
        looked = Event.objects.about("wisher", wish.pk).get()
        assert (looked.verb, looked.data["occasion"]) == ("reveal", "review")
        # On that answer alone.
        assert client.get(page_of(wish, "contact")).url == page_of(wish)
        assert "13800001234" not in text(client.get(page_of(wish)))
        refused = client.post(page_of(wish, "contact"), {"occasion": "curious"})
        assert refused.status_code == 409 and "13800001234" not in refused.content.decode()

    def test_nobody_else_does(self, town) -> None:
        who = volunteer(town)
        wish = claimed(town, who, **self.GIVEN)
        for name, status in (("helper", 403), ("far_secretary", 404), ("grid_worker", 404)):
            answer = signed_in(town, name).post(page_of(wish, "contact"), {"occasion": "agree"})
            assert answer.status_code == status and "13800001234" not in answer.content.decode(), name
        assert 'action="/volunteers/wishes/' not in text(signed_in(town, "helper").get(page_of(wish)))
        assert not Event.objects.filter(subject_type="wisher").exists()

    def test_where_there_is_none_nothing_is_offered(self, town) -> None:
        wish, client = proposed(town), signed_in(town, "community_worker")
        assert client.get(page_of(wish)).context["look"] is None
        assert client.post(page_of(wish, "contact"), {"occasion": "review"}).status_code == 409


class TestNotices:
    def test_each_leads_to_where_the_thing_can_be_done(self, town) -> None:
        volunteer(town)
        town.person("resident")
        wish = Wish.objects.get(
            pk=make(signed_in(town, "resident"), new(town)).url.rstrip("/").rpartition("/")[2]
        )
        worker, helper = signed_in(town, "community_worker"), signed_in(town, "helper")
        do(worker, wish, "accept", days=5)
        do(helper, wish, "claim")
        do(helper, wish, "fulfil")
        while fan_out_once(now=town.now):
            pass
        found = Notice.objects.filter(key__startswith="volunteers.wish_", channel="inbox")
        assert {one.key.rpartition("_")[2] for one in found} >= {"make.community", "accept.wisher"}
        for one in found.select_related("recipient"):
            assert one.link == page_of(wish)
            assert signed_in(town, one.recipient.username).get(one.link).status_code == 200, one.key


def main_of_404(answer) -> str:
    return answer.content.decode().partition("<main")[2].partition("</main>")[0]
