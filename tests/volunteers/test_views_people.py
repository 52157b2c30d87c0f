"""The pages of volunteering: what everybody finds, signing up, one's own, and the teams; without a script."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from grids.actions.tokens import issue_token, revoke_token
from grids.actions.tree import merge_units
from tests.builders import add_west
from tests.faces import hidden, press, signed_in, stop_clock, visitor
from tests.volunteers.people_builders import CHILD, station, team, volunteer, written_down
from trail.actions import digest_of_wish
from trail.models import Event, IdempotencyKey
from volunteers.actions.stations import close_station
from volunteers.actions.teams import close_team, join_team, set_leader
from volunteers.actions.transfers import ask_transfer
from volunteers.models import Membership, Transfer, Volunteer
from volunteers.views.throttle import TRIES_PER_PHONE

CHINESE = re.compile("[\u3400-\u9fff]")
START = "/volunteers/"
MINE = f"{START}mine/"
ANSWERS = {
    "name": "演示小王",
    "phone": "138 0000 0001",
    "alias": "演示热心人",
    "skills": ["repair"],
    "consents": "on",
    "username": "xiaowang",
    "password1": "a long one of my own",
    "password2": "a long one of my own",
}


@pytest.fixture(autouse=True)
def clock(monkeypatch, town) -> None:
    stop_clock(monkeypatch, town.now)


def at(town, place: str = "community", more: str = "") -> str:
    return f"{START}at/{getattr(town, place).code}/{more}"


def keys(page, number: int = 0) -> dict[str, str]:
    """The hidden key of a form of this page."""
    found = re.findall(r'name="idempotency_key" value="([^"]+)"', page.content.decode())
    return {"idempotency_key": found[number]}


def sign_up(client, town, place: str = "community", **more):
    address = at(town, place, "join/")
    page = client.get(address)
    return client.post(address, hidden(page.context["form"]) | ANSWERS | more)


class TestFinding:
    def test_level_by_level_down_to_the_community(self, town) -> None:
        client = visitor()
        page = client.get(START)
        for place in ("district", "street", "community"):
            assert at(town, place) in page.content.decode()
            page = client.get(at(town, place))
        assert page.status_code == 200 and at(town, more="join/") in page.content.decode()

    def test_by_name_or_by_the_code_on_ones_door(self, town) -> None:
        client, token = visitor(), issue_token(town.building, by=None, now=town.now)
        assert at(town, "other_community") in client.get(START, {"q": "长新"}).content.decode()
        assert "Nothing is called so" in client.get(START, {"q": "没有这里"}).content.decode()
        told = client.get(START, {"q": f"https://gezhi.example.org/r/{token.token}/"})
        page = client.get(told.url)
        assert page.url == at(town, "building")
        joined = client.get(client.get(page.url).url)
        assert joined.context["form"].initial["grid"] == town.grid.code
        assert f'value="{town.grid.code}" selected' in joined.content.decode()
        revoke_token(token, by=None, now=town.now)
        assert client.get(told.url).status_code == 404

    def test_what_is_closed_or_unknown(self, town) -> None:
        client = visitor()
        merge_units(town.other_community, into=town.community, by=None, now=town.now)
        # The former code leads on.
        assert town.community.name in client.get(at(town, "other_community")).content.decode()
        for address in (
            "at/999999/",
            "at/999999/join/",
            "at/220103001/stations/",
            "teams/999999999/",
            "door/nosuchcode/",
        ):
            assert client.get(START + address).status_code == 404, address

    def test_open_teams_and_stations_without_signing_in(self, town) -> None:
        by = {"by": town.people["community_worker"], "now": town.now}
        mine, closed = team(town), team(town, name="演示散了的队")
        member = volunteer(town)
        set_leader(mine, leader=member, **by)
        close_team(closed, **by)
        team(town, by="far_secretary", unit=town.far_community, name="演示远队")
        here, gone = station(town), station(town, name="演示关了的站")
        close_station(gone, **by)
        content = visitor().get(at(town)).content.decode()
        assert mine.name in content and "1 member" in content
        assert closed.name not in content and "演示远队" not in content
        content = visitor().get(at(town, more="stations/")).content.decode()
        assert here.place in content and here.hours in content and gone.name not in content
        page = visitor().get(f"{START}teams/{mine.pk}/").content.decode()
        # Who leads is for those who volunteer too.
        assert mine.about in page and member.alias not in page
        assert visitor().get(f"{START}teams/{closed.pk}/").status_code == 404

    def test_lists_are_paged_and_as_cheap_with_many(self, town) -> None:
        def cost(address: str) -> int:
            with CaptureQueriesContext(connection) as asked:
                assert visitor().get(address).status_code == 200
            return len(asked)

        addresses = (at(town), at(town, more="stations/"))
        team(town), station(town)
        few = [cost(address) for address in addresses]
        for number in range(24):
            team(town, name=f"演示{number:02d}队")
            station(town, name=f"演示{number:02d}站")
        assert [cost(address) for address in addresses] == few
        for address in addresses:
            first, second = visitor().get(address), visitor().get(f"{address}?page=2")
            assert len(first.context["page"]) == 20 and len(second.context["page"]) == 5


class TestSigningUp:
    def test_a_visitor_gets_an_account_and_is_in(self, town) -> None:
        client = visitor()
        answer = sign_up(client, town, grid=town.grid.code)
        assert answer.status_code == 302 and answer.url == MINE
        one = Volunteer.objects.get()
        assert (one.home, one.phone, one.skills, one.user.username) == (
            town.grid,
            "13800000001",
            ["repair"],
            "xiaowang",
        )
        page = client.get(MINE)
        assert page.status_code == 200 and "演示热心人" in page.content.decode()
        # Again with the password, on another phone.
        other = visitor()
        told = {"username": "xiaowang", "password": ANSWERS["password1"], "next": MINE}
        assert other.post("/accounts/login/", told).url == MINE
        assert client.get("/").status_code == 200

    def test_a_second_tap_makes_nobody_else_and_lets_nobody_in(self, town) -> None:
        client, address = visitor(), at(town, more="join/")
        told = hidden(client.get(address).context["form"]) | ANSWERS
        assert client.post(address, told).url == MINE
        # The same form from elsewhere: known by its key, whatever password comes with it.
        stranger = visitor()
        again = stranger.post(
            address, told | {"password1": "another long one 1", "password2": "another long one 1"}
        )
        assert (again.status_code, again.url) == (302, MINE) and Volunteer.objects.count() == 1
        assert stranger.get(MINE).status_code == 302

    def test_nothing_of_a_password_is_kept_beside_its_hash(self, town) -> None:
        """Not even as a part of what a form is known again by: with another password it is still the same form."""
        address = at(town, more="join/")
        first, second = visitor(), visitor()
        told = hidden(first.get(address).context["form"]) | ANSWERS
        first.post(address, told)
        kept = IdempotencyKey.objects.get(scope="form:volunteer").request_hash
        assert kept == digest_of_wish(
            {
                "path": address,
                "data": {
                    name: value if isinstance(value, list) else [value]
                    for name, value in told.items()
                    if name not in {"idempotency_key", "password1", "password2"}
                },
                "files": {},
            }
        )
        assert second.post(address, told | {"password1": "another"}).status_code == 302

    def test_whoever_is_signed_in_keeps_the_account(self, town) -> None:
        client = signed_in(town, "grid_worker")
        assert "username" not in client.get(at(town, more="join/")).context["form"].fields
        assert sign_up(client, town).url == MINE
        assert Volunteer.objects.get().user == town.people["grid_worker"]
        # A second time there is nothing to fill in.
        assert client.get(at(town, more="join/")).url == MINE

    @pytest.mark.parametrize(
        ("wrong", "field", "status"),
        [
            ({"name": ""}, "name", 422),
            ({"consents": ""}, "consents", 422),
            ({"password2": "other"}, "password2", 422),
            ({"username": "with blank"}, "username", 422),
            ({"skills": ["flying"]}, "skills", 422),
            ({"grid": "999"}, "grid", 422),
            ({"username": "grid_worker"}, "username", 409),
            ({"password1": "short", "password2": "short"}, "password1", 409),
            ({"phone": ""}, "phone", 409),
            ({"phone": "none"}, "phone", 409),
            ({"of_age_on": "2028-05-01"}, "guardian_name", 409),
            ({"of_age_on": "2099-05-01"}, "of_age_on", 409),
        ],
    )
    def test_what_is_wrong_is_said_beside_the_question(self, town, wrong, field: str, status: int) -> None:
        answer = sign_up(visitor(), town, **wrong)
        assert answer.status_code == status and answer.context["form"].errors.get(field)
        assert not Volunteer.objects.exists() and not User.objects.filter(username="xiaowang").exists()
        # What was typed is there again, but no password.
        content = answer.content.decode()
        assert "a long one of my own" not in content

    def test_a_child_with_a_guardian(self, town) -> None:
        told = {
            "of_age_on": "2028-05-01",
            "guardian_name": "演示家长",
            "guardian_phone": "13900000001",
            "guardian_consents": "on",
            "phone": "",
        }
        assert sign_up(visitor(), town, **told).status_code == 302
        assert Volunteer.objects.get().guardian_consented_at == town.now

    def test_a_flood_of_tries_is_stopped_for_its_phone_alone(self, town) -> None:
        client, address = visitor(), at(town, more="join/")
        client.get(address)
        for _number in range(TRIES_PER_PHONE.most):
            assert client.post(address, {"name": "x"}).status_code == 422
        assert sign_up(client, town).status_code == 429
        assert not Volunteer.objects.exists()
        assert sign_up(visitor(), town).status_code == 302


class TestMine:
    def test_only_signed_in(self, town) -> None:
        for address in (MINE, f"{MINE}data/", f"{MINE}erase/"):
            answer = visitor().get(address)
            assert answer.status_code == 302 and answer.url.startswith("/accounts/login/")
        for address in (f"{MINE}leave/", f"{MINE}data/", at(town, more="move/")):
            assert visitor().post(address).status_code in {302, 404}

    def test_whoever_is_none_finds_where_to_begin(self, town) -> None:
        client = signed_in(town, "grid_worker")
        assert START in client.get(MINE).content.decode()
        for address in (f"{MINE}data/", f"{MINE}erase/"):
            assert client.get(address).status_code == 404
        for address in (f"{MINE}leave/", at(town, more="move/")):
            assert client.post(address).status_code == 404

    def test_my_data_changed(self, town) -> None:
        volunteer(town, **CHILD)
        client = signed_in(town, "helper")
        page = client.get(f"{MINE}data/")
        form = page.context["form"]
        # All that is kept, in the clear: it is their own.
        assert "13800000001" in page.content.decode() and "演示家长" in page.content.decode()
        told = {field.name: field.value() for field in form if field.value()}
        told |= {"of_age_on": "2028-05-01", "skills": ["it", "law"], "grid": town.other_grid.code}
        assert client.post(f"{MINE}data/", told).url == MINE
        one = Volunteer.objects.get()
        assert (one.skills, one.home) == (["law", "it"], town.other_grid)
        refused = client.post(f"{MINE}data/", told | {"idempotency_key": "other", "name": ""})
        assert refused.status_code == 422 and refused.context["form"].errors["name"]

    def test_leaving_and_coming_back(self, town) -> None:
        volunteer(town)
        client = signed_in(town, "helper")
        assert press(client, f"{MINE}leave/", client.get(MINE)).url == MINE
        assert client.get(f"{MINE}data/").status_code == 404
        page = client.get(MINE)
        assert press(client, f"{MINE}return/", page).url == MINE
        assert Volunteer.objects.get().state == "active"
        # Sent once more: known by its key, done once.
        press(client, f"{MINE}return/", page)
        assert "Only whoever has left" not in client.get(MINE).content.decode()
        assert client.post(f"{MINE}nothing/").status_code == 404
        assert client.get(f"{MINE}leave/").status_code == 405

    def test_erasing_is_asked_twice_and_ends_the_account(self, town) -> None:
        client = visitor()
        sign_up(client, town)
        page = client.get(f"{MINE}erase/")
        told = hidden(page.context["form"])
        assert client.post(f"{MINE}erase/", told).status_code == 422
        told = hidden(client.get(f"{MINE}erase/").context["form"])
        assert client.post(f"{MINE}erase/", told | {"sure": "on"}).url == START
        assert Volunteer.objects.get().state == "erased"
        assert client.get(MINE).status_code == 302
        assert not User.objects.filter(username="xiaowang").exists()

    def test_whoever_has_a_post_stays_signed_in(self, town) -> None:
        volunteer(town, "grid_worker")
        client = signed_in(town, "grid_worker")
        told = hidden(client.get(f"{MINE}erase/").context["form"])
        client.post(f"{MINE}erase/", told | {"sure": "on"})
        assert client.get("/").status_code == 200

    def test_a_transfer_asked_for_and_withdrawn(self, town) -> None:
        volunteer(town)
        add_west(town)
        client, there = signed_in(town, "helper"), at(town, "other_community")
        # Not to where one is at home already.
        assert "move/" not in client.get(at(town)).content.decode()
        assert press(client, f"{there}move/", client.get(there)).url == MINE
        transfer = Transfer.objects.get()
        assert (transfer.home, transfer.state) == (town.other_community, "asked")
        again = press(client, f"{at(town, 'far_community')}move/", client.get(at(town, "far_community")))
        assert again.url == at(town, "far_community") and Transfer.objects.count() == 1
        page = client.get(MINE)
        assert town.other_community.name in page.content.decode()
        press(client, f"{MINE}withdraw/", page)
        transfer.refresh_from_db()
        assert transfer.state == "withdrawn"
        assert client.post(f"{MINE}withdraw/").status_code == 404

    def test_as_cheap_with_many_teams(self, town) -> None:
        one, client = volunteer(town), signed_in(town, "helper")

        def cost() -> int:
            with CaptureQueriesContext(connection) as asked:
                assert client.get(MINE).status_code == 200
            return len(asked)

        by = {"by": town.people["helper"], "now": town.now}
        join_team(team(town), one, **by)
        few = cost()
        for number in range(5):
            join_team(team(town, name=f"演示{number}队"), one, **by)
        assert cost() == few


class TestTeams:
    def test_joining_and_leaving(self, town) -> None:
        mine, one, client = team(town), volunteer(town), signed_in(town, "helper")
        page = f"{START}teams/{mine.pk}/"
        assert press(client, f"{page}join/", client.get(page)).url == page
        assert Membership.objects.current().filter(volunteer=one, team=mine).exists()
        assert "You belong to this team" in client.get(page).content.decode()
        assert press(client, f"{page}leave/", client.get(page)).url == page
        assert not Membership.objects.current().exists()

    def test_offered_only_to_whoever_may(self, town) -> None:
        page = f"{START}teams/{team(town).pk}/"
        for client in (visitor(), signed_in(town, "grid_worker")):
            assert f"{page}join/" not in client.get(page).content.decode()
        assert visitor().post(f"{page}join/").url.startswith("/accounts/login/")
        assert signed_in(town, "grid_worker").post(f"{page}join/").status_code == 404

    def test_the_leader_sees_members_and_hands_over(self, town) -> None:
        mine, chief, one = team(town), volunteer(town, "chief"), volunteer(town)
        set_leader(mine, leader=chief, by=town.people["community_worker"], now=town.now)
        member = join_team(mine, one, by=town.people["helper"], now=town.now)
        page, client = f"{START}teams/{mine.pk}/", signed_in(town, "chief")
        content = client.get(page).content.decode()
        assert one.alias in content and one.phone not in content and one.name not in content
        # To members the others are not shown.
        assert one.alias not in signed_in(town, "helper").get(page).content.decode()
        for verb in ("remove", "hand_over"):
            assert signed_in(town, "helper").post(f"{page}{verb}/", {"member": member.pk}).status_code == 404
        press(client, f"{page}hand_over/", client.get(page), member=member.pk)
        mine.refresh_from_db()
        assert mine.leader == one
        assert f"{page}remove/" not in client.get(page).content.decode()

    def test_the_leader_takes_somebody_out(self, town) -> None:
        mine, chief, one = team(town), volunteer(town, "chief"), volunteer(town)
        other = team(town, name="演示另一队")
        set_leader(mine, leader=chief, by=town.people["community_worker"], now=town.now)
        member = join_team(mine, one, by=town.people["helper"], now=town.now)
        elsewhere = join_team(other, one, by=town.people["helper"], now=town.now)
        page, client = f"{START}teams/{mine.pk}/", signed_in(town, "chief")
        # Of a team that is not theirs nobody.
        told = {"member": elsewhere.pk, "idempotency_key": "k1"}
        assert client.post(f"{page}remove/", told).status_code == 404
        assert client.post(f"{page}remove/", {"member": "x", "idempotency_key": "k2"}).status_code == 302
        assert Membership.objects.current().filter(volunteer=one).count() == 2
        press(client, f"{page}remove/", client.get(page), member=member.pk)
        assert list(Membership.objects.current().filter(volunteer=one)) == [elsewhere]

    def test_members_are_paged_and_as_cheap_with_many(self, town) -> None:
        mine, chief = team(town), volunteer(town, "chief")
        by = {"by": town.people["community_worker"], "now": town.now}
        set_leader(mine, leader=chief, **by)
        client, page = signed_in(town, "chief"), f"{START}teams/{mine.pk}/"

        def cost() -> int:
            with CaptureQueriesContext(connection) as asked:
                assert client.get(page).status_code == 200
            return len(asked)

        few = cost()
        for number in range(24):
            join_team(mine, written_down(town, alias=f"演示{number}"), **by)
        assert cost() == few
        assert len(client.get(f"{page}?page=2").context["page"]) == 5


def test_every_page_speaks_both_languages(town) -> None:
    """English pages are English but for what is named and written here."""
    one, mine = volunteer(town, alias="helper"), team(town, name="Team one", about="")
    station(town, name="Station one", place="Road 1", hours="9:00")
    set_leader(mine, leader=one, by=town.people["community_worker"], now=town.now)
    ask_transfer(one, home=town.other_community, by=town.people["helper"], now=town.now)
    client = signed_in(town, "helper")
    pages = [START, at(town), at(town, more="stations/"), f"{START}teams/{mine.pk}/"]
    pages += [MINE, f"{MINE}data/", f"{MINE}erase/"]
    named = [unit.name for unit in town.units.values()] + ["演示志愿者", "简体中文", "格治"]
    for client_of, addresses in ((client, pages), (visitor(), [*pages[:4], at(town, more="join/")])):
        for address in addresses:
            english = client_of.get(address, headers={"accept-language": "en"}).content.decode()
            chinese = client_of.get(address, headers={"accept-language": "zh-hans"}).content.decode()
            assert 'lang="zh-hans"' in chinese and CHINESE.search(chinese), address
            for name in named:
                english = english.replace(name, "")
            assert not CHINESE.search(english), (address, CHINESE.search(english))


def test_no_page_of_ours_needs_a_script(town) -> None:
    """Every step is a link or a form with a button."""
    one, mine = volunteer(town), team(town)
    set_leader(mine, leader=one, by=town.people["community_worker"], now=town.now)
    client = signed_in(town, "helper")
    for address in (at(town), f"{START}teams/{mine.pk}/", MINE, f"{MINE}data/", f"{MINE}erase/"):
        content = client.get(address).content.decode()
        main = content.partition("<main")[2].partition("</main>")[0]
        assert "<script" not in main and "onclick" not in main
        assert main.count("<form") == main.count("<button") - main.count('type="button"'), address


def test_events_of_pages_name_whoever_did_it(town) -> None:
    client = visitor()
    sign_up(client, town)
    one = Volunteer.objects.get()
    assert Event.objects.about("volunteer", one.pk).get().actor == one.user
