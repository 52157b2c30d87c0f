"""The pages of dual check-in: reporting to a community, what one offers there, and who sees it; never the employer."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from tests.builders import add_west
from tests.faces import hidden, press, signed_in, stop_clock, visitor
from tests.volunteers.people_builders import volunteer, written_down
from tests.volunteers.test_views_activities import cost, main_of, text
from tests.volunteers.wishes_builders import organisation
from volunteers.actions.joining import (
    add_organisation,
    check_in_member,
    check_out,
    close_organisation,
    offer_resource,
)
from volunteers.models import CheckIn, Offer, Volunteer

START = "/volunteers/"
MINE = f"{START}mine/"
OWN = f"{MINE}check-ins/"


@pytest.fixture(autouse=True)
def clock(monkeypatch, town) -> None:
    stop_clock(monkeypatch, town.now)


def at(town, place: str = "community", more: str = "check-in/") -> str:
    return f"{START}at/{getattr(town, place).code}/{more}"


def page_of(checkin: CheckIn, more: str = "") -> str:
    return f"{START}check-ins/{checkin.pk}/{more}"


def member(town, name: str = "one", **more) -> CheckIn:
    """A volunteer who has checked in to the community by themselves."""
    who = volunteer(town, name)
    return check_in_member(unit=town.community, volunteer=who, by=who.user, now=town.now, **more)


def offered(town, checkin: CheckIn, **more) -> Offer:
    told = {"kind": "skill", "words": "演示:量血压", "by": town.people["community_worker"], "now": town.now}
    return offer_resource(checkin, **(told | more))


class TestCheckingIn:
    def test_a_volunteer_with_where_they_serve(self, town) -> None:
        who, firm = volunteer(town, "one"), organisation(town)
        client = signed_in(town, "one")
        assert at(town) in text(client.get(at(town, more="")))
        page = client.get(at(town))
        assert "Your employer never does" in text(page) and firm.name in text(page)
        sent = client.post(at(town), hidden(page.context["form"]) | {"organisation": firm.pk})
        made = CheckIn.objects.members().get()
        assert sent.url == page_of(made)
        assert (made.volunteer, made.user, made.organisation) == (who, None, firm)
        assert (made.unit, made.made_by) == (town.community, who.user)
        # Sent twice it is done once; asked anew it says so, and the page offers the way there instead.
        again = client.post(at(town), hidden(page.context["form"]) | {"organisation": firm.pk})
        assert again.url == page_of(made) and CheckIn.objects.members().count() == 1
        refused = client.post(at(town), {"organisation": firm.pk})
        assert refused.status_code == 409 and "checked in here already" in main_of(refused)
        assert page_of(made) in text(client.get(at(town))) and client.get(at(town)).context["mine"] == made

    def test_somebody_who_is_no_volunteer_without_saying_where(self, town) -> None:
        town.person("cadre")
        client = signed_in(town, "cadre")
        page = client.get(at(town))
        client.post(at(town), hidden(page.context["form"]) | {"organisation": ""})
        made = CheckIn.objects.get()
        assert (made.volunteer, made.user, made.organisation) == (None, town.people["cadre"], None)
        assert client.get(page_of(made)).status_code == 200
        assert not Volunteer.objects.exists()

    def test_one_must_sign_in_and_choose_a_community(self, town) -> None:
        assert visitor().get(at(town)).url.startswith("/accounts/login/")
        assert visitor().get(at(town, more="")).status_code == 200
        client = signed_in(town, "grid_worker")
        for place in ("street", "grid", "building"):
            assert client.get(at(town, place)).status_code == 404
        assert client.get(f"{START}at/999999999999/check-in/").status_code == 404

    def test_an_employer_must_be_among_those_known(self, town) -> None:
        by = {"by": town.people["community_worker"], "now": town.now}
        closed = close_organisation(organisation(town), **by)
        setter = User.objects.create_superuser("root", "x", display_name="root")
        west = {"name": "演示西", "kind": "other", "district": add_west(town), "by": setter, "now": town.now}
        elsewhere = add_organisation(**west)
        client = signed_in(town, "grid_worker")
        page = client.get(at(town))
        assert closed.name not in main_of(page) and elsewhere.name not in main_of(page)
        for wrong in (closed.pk, elsewhere.pk, 10**9, "x"):
            refused = client.post(at(town), hidden(page.context["form"]) | {"organisation": wrong})
            assert refused.status_code == 422 and refused.context["form"].errors["organisation"]
        assert not CheckIn.objects.members().exists()

    def test_whoever_speaks_for_an_organisation_checks_it_in(self, town) -> None:
        speaker = town.person("speaker")
        firm = organisation(town, speaker=speaker, at=town.far_community)
        client, address = signed_in(town, "speaker"), at(town, more=f"check-in/{firm.pk}/")
        page = client.get(at(town))
        assert firm.name in main_of(page)
        sent = press(client, address, page)
        made = CheckIn.objects.organisations().get(unit=town.community)
        assert sent.url == page_of(made) and made.made_by == speaker
        assert address not in text(client.get(at(town)))
        # Twice is refused in words; others find no such organisation.
        client.post(address)
        assert "checked in here already" in text(client.get(at(town)))
        for name in ("grid_worker", "community_worker", "far_secretary"):
            answer = signed_in(town, name).get(at(town))
            assert f"check-in/{firm.pk}/" not in text(answer)
            assert signed_in(town, name).post(address).status_code == 404
        assert signed_in(town, "grid_worker").get(address).status_code == 405

    def test_a_body_speaks_for_the_organisation_that_it_is(self, town) -> None:
        firm = organisation(town, body=town.office, at=town.other_community, speaker=town.person("speaker"))
        client = signed_in(town, "office_officer")
        assert press(client, at(town, more=f"check-in/{firm.pk}/"), client.get(at(town))).status_code == 302
        assert CheckIn.objects.get(unit=town.community).organisation == firm


class TestWhereIAm:
    def test_nowhere_yet(self, town) -> None:
        content = main_of(signed_in(town, "grid_worker").get(OWN))
        assert "Nowhere yet." in content
        assert visitor().get(OWN).url.startswith("/accounts/login/")

    def test_mine_and_those_of_my_organisations_the_ended_last(self, town) -> None:
        firm = organisation(town, speaker=town.person("one"))
        one = member(town)
        gone = check_in_member(
            unit=town.far_community, user=town.person("one"), by=town.person("one"), now=town.now
        )
        check_out(gone, by=town.people["one"], now=town.now)
        offered(town, one)
        offered(town, one, until=timezone.localdate(town.now))
        member(town, "two")
        client = signed_in(town, "one")
        page = client.get(OWN)
        rows = list(page.context["page"])
        assert {row.pk for row in rows[:2]} == {one.pk, CheckIn.objects.organisations().get().pk}
        assert rows[2] == gone and len(rows) == 3
        assert {row.pk: row.standing for row in rows}[one.pk] == 2
        assert firm.name in main_of(page)
        assert OWN in text(client.get(MINE))

    def test_from_my_volunteering_for_whoever_is_none_too(self, town) -> None:
        content = text(signed_in(town, "grid_worker").get(MINE))
        assert OWN in content and f"{MINE}statements/" not in content and f"{MINE}pairings/" not in content

    def test_as_cheap_with_many(self, town) -> None:
        user = town.person("one")
        firms = [organisation(town, f"演示{number}", speaker=user) for number in range(3)]
        client = signed_in(town, "one")
        few = cost(client, OWN)
        for number in range(3, 26):
            firms.append(organisation(town, f"演示{number}", speaker=user))
        for one in CheckIn.objects.all():
            offered(town, one)
        assert cost(client, OWN) == few
        assert len(client.get(OWN).context["page"]) == 20
        assert len(client.get(f"{OWN}?page=2").context["page"]) == 6


class TestWhoSeesIt:
    def test_the_employer_sees_nothing(self, town) -> None:
        speaker = town.person("speaker")
        firm = organisation(town, speaker=speaker, body=town.office)
        one = member(town, employer=firm)
        offer = offered(town, one)
        for name in ("speaker", "office_officer", "far_secretary", "grid_worker"):
            client = signed_in(town, name)
            for address in (
                *(page_of(one, more) for more in ("", "offer/", "check-out/")),
                f"{START}offers/{offer.pk}/withdraw/",
            ):
                assert client.get(address).status_code == 404, (name, address)
                assert client.post(address).status_code == (405 if address == page_of(one) else 404), (
                    name,
                    address,
                )
            assert "演示one" not in text(client.get(OWN)) and "演示:量血压" not in text(client.get(OWN))
            # The list of the community is for those who run volunteering there.
            assert client.get(at(town, more="check-ins/")).status_code == 404
        one.refresh_from_db()
        assert one.ended_at is None
        assert firm.name in text(signed_in(town, "one").get(page_of(one)))

    def test_a_number_that_is_none_answers_the_same(self, town) -> None:
        client = signed_in(town, "grid_worker")
        for address in (f"{START}check-ins/{10**9}/", f"{START}offers/{10**9}/withdraw/"):
            assert client.get(address).status_code == 404
            assert visitor().get(address).url.startswith("/accounts/login/")

    def test_those_who_run_volunteering_read_who_came(self, town) -> None:
        firm = organisation(town)
        kept = written_down(town)
        by = town.people["community_worker"]
        check_in_member(unit=town.community, volunteer=kept, employer=firm, by=by, now=town.now)
        cadre = town.person("cadre")
        check_in_member(unit=town.community, user=cadre, by=cadre, now=town.now)
        offered(town, member(town), minutes=120, quantity=3)
        gone = member(town, "gone")
        offered(town, gone, words="演示:走了的")
        check_out(gone, by=by, now=town.now)
        for name in ("community_secretary", "street_dispatcher"):
            client = signed_in(town, name)
            page = client.get(at(town, more="check-ins/"))
            assert {key: number for key, _label, number in page.context["lists"]} == {
                "organisations": 1,
                "members": 3,
                "offers": 1,
            }
            assert firm.name in main_of(page) and "Time offered: 2 hours a month." in main_of(page)
            members = main_of(client.get(at(town, more="check-ins/?show=members")))
            # As others see them: the alias, or the first letter of whoever is known by the account alone.
            assert "演示·老张" in members and "c*" in members and "cadre" not in members
            assert "演示志愿者" not in members
            offers = main_of(client.get(at(town, more="check-ins/?show=offers")))
            assert "演示:量血压" in offers and "3 of it" in offers and "走了的" not in offers
            assert at(town, more="check-ins/") in text(client.get(at(town, more="")))
        assert at(town, more="check-ins/") not in text(signed_in(town, "grid_worker").get(at(town, more="")))
        assert at(town, more="check-ins/") not in text(visitor().get(at(town, more="")))

    def test_nothing_yet_says_what_to_do(self, town) -> None:
        client = signed_in(town, "community_worker")
        for show, words in (
            ("organisations", "No organisation has checked in yet."),
            ("members", "No serving member has checked in yet."),
            ("offers", "Nothing is offered at present."),
            ("x", "No organisation has checked in yet."),
        ):
            assert words in main_of(client.get(at(town, more=f"check-ins/?show={show}")))

    def test_the_lists_are_as_cheap_with_many(self, town) -> None:
        for number in range(3):
            offered(town, member(town, f"few{number}", employer=organisation(town, f"演示{number}")))
        client = signed_in(town, "community_worker")
        addresses = [
            at(town, more=f"check-ins/?show={show}") for show in ("organisations", "members", "offers")
        ]
        few = [cost(client, address) for address in addresses]
        for number in range(3, 25):
            offered(town, member(town, f"more{number}", employer=organisation(town, f"演示{number}")))
        assert [cost(client, address) for address in addresses] == few
        assert len(client.get(addresses[2] + "&page=2").context["page"]) == 5


class TestOffering:
    def test_by_the_member_the_speaker_and_those_who_run_it(self, town) -> None:
        organisation(town, speaker=town.person("speaker"))
        firms, mine = CheckIn.objects.get(), member(town)
        for name, one in (("one", mine), ("speaker", firms), ("community_worker", mine)):
            client, address = signed_in(town, name), page_of(one, "offer/")
            assert address in text(client.get(page_of(one)))
            page = client.get(address)
            told = {
                "kind": "venue",
                "words": f"演示:{name}",
                "quantity": 2,
                "hours": 3,
                "until": "2026-12-31",
            }
            assert client.post(address, hidden(page.context["form"]) | told).url == page_of(one)
            made = Offer.objects.latest("pk")
            assert (made.checkin, made.kind, made.words) == (one, "venue", f"演示:{name}")
            assert (made.quantity, made.minutes, made.until.isoformat()) == (2, 180, "2026-12-31")
            assert f"演示:{name}" in main_of(client.get(page_of(one)))

    @pytest.mark.parametrize(
        ("wrong", "field", "status"),
        [
            ({"kind": "x"}, "kind", 422),
            ({"words": ""}, "words", 422),
            ({"words": "演" * 201}, "words", 422),
            ({"quantity": "0"}, "quantity", 422),
            ({"hours": "745"}, "hours", 422),
            ({"until": "2026-13-01"}, "until", 422),
            ({"until": "2026-03-09"}, "until", 409),
        ],
    )
    def test_what_is_wrong_is_said_and_what_was_typed_kept(self, town, wrong, field, status) -> None:
        one, client = member(town), signed_in(town, "one")
        address = page_of(one, "offer/")
        told = hidden(client.get(address).context["form"])
        told |= {"kind": "skill", "words": "演示:算账", "quantity": "1"}
        refused = client.post(address, told | wrong)
        assert refused.status_code == status and refused.context["form"].errors[field]
        assert ("演示:算账" in main_of(refused)) == ("words" not in wrong)
        assert not Offer.objects.exists()

    def test_withdrawn_after_a_question(self, town) -> None:
        one, client = member(town), signed_in(town, "one")
        offer = offered(town, one)
        address = f"{START}offers/{offer.pk}/withdraw/"
        assert address in text(client.get(page_of(one)))
        page = client.get(address)
        assert "演示:量血压" in main_of(page)
        sent = client.post(address, hidden(page.context["form"]))
        assert sent.url == page_of(one)
        offer.refresh_from_db()
        assert offer.withdrawn_at == town.now
        assert address not in text(client.get(page_of(one))) and "Withdrawn" in main_of(
            client.get(page_of(one))
        )
        assert "nothing is left to do" in main_of(client.get(address))
        assert client.post(address).status_code == 409

    def test_one_that_is_over_is_said_to_be(self, town) -> None:
        one = member(town)
        offered(town, one, until=timezone.localdate(town.now) + timedelta(days=1))
        page = signed_in(town, "one").get(page_of(one))
        assert [state for _offer, state in page.context["offers"]] == ["stands"]
        Offer.objects.update(until=timezone.localdate(town.now) - timedelta(days=1))
        page = signed_in(town, "one").get(page_of(one))
        assert [state for _offer, state in page.context["offers"]] == ["over"]


class TestCheckingOut:
    def test_after_a_question_with_what_was_offered(self, town) -> None:
        one, client = member(town), signed_in(town, "one")
        offered(town, one)
        address = page_of(one, "check-out/")
        page = client.get(address)
        assert "not offered any more" in main_of(page)
        assert client.post(address, hidden(page.context["form"])).url == OWN
        one.refresh_from_db()
        assert one.ended_at == town.now
        assert not Offer.objects.standing(timezone.localdate(town.now)).exists()
        content = main_of(client.get(page_of(one)))
        assert address not in content and page_of(one, "offer/") not in content
        assert "nothing is left to do" in main_of(client.get(address))
        assert client.post(address).status_code == 409
        ended = client.get(page_of(one, "offer/"))
        assert at(town) in main_of(ended)
        told = {"kind": "skill", "words": "演示:算账", "quantity": "1"}
        assert client.post(page_of(one, "offer/"), told).status_code == 409
        # And back again.
        assert client.post(at(town), hidden(client.get(at(town)).context["form"])).url != page_of(one)

    def test_by_those_who_run_it(self, town) -> None:
        one, client = member(town), signed_in(town, "community_worker")
        page = client.get(page_of(one, "check-out/"))
        sent = client.post(page_of(one, "check-out/"), hidden(page.context["form"]))
        assert sent.url == at(town, more="check-ins/") + "?show=members"
        assert "c*" not in main_of(page) and "演示one" in main_of(page)
