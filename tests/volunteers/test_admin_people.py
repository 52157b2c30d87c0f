"""Volunteers, transfers, teams and stations at a desk: only one's own, masked; every form; as cheap with many."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from tests.builders import Town
from tests.faces import signed_in, stop_clock
from tests.volunteers.at_desk import add, desk, do, listed, offered, page_of
from tests.volunteers.people_builders import CHILD, station, team, volunteer, written_down
from trail.models import Event
from volunteers.actions.people import leave
from volunteers.actions.teams import close_team, join_team, set_leader
from volunteers.actions.transfers import ask_transfer
from volunteers.models import Membership, Station, Team, Transfer, Volunteer

ALL = ("volunteer", "transfer", "team", "station")


@pytest.fixture(autouse=True)
def clock(monkeypatch, town) -> None:
    stop_clock(monkeypatch, town.now)


class TestIsolation:
    def rows(self, town: Town) -> list:
        one = volunteer(town)
        transfer = ask_transfer(one, home=town.other_community, by=town.people["helper"], now=town.now)
        return [one, transfer, team(town), station(town)]

    def test_a_foreign_row_is_as_unknown_as_none(self, town) -> None:
        rows = self.rows(town)
        client = desk(town, "far_secretary")
        for row in rows:
            missing = reverse(f"admin:volunteers_{row._meta.model_name}_change", args=[10**9])
            answer = client.get(page_of(row))
            assert (answer.status_code, client.get(missing).status_code) == (404, 404)
            form = reverse(f"admin:volunteers_{row._meta.model_name}_do", args=[row.pk, "close"])
            assert client.post(form).status_code == 404
            assert not client.get(listed(row._meta.model_name)).context["cl"].result_count

    def test_pages_only_for_those_who_run_volunteering(self, town) -> None:
        rows = self.rows(town)
        for name in ("grid_worker", "system_admin", "supervisor", "audit_admin"):
            client = desk(town, name)
            assert {client.get(listed(model)).status_code for model in ALL} == {403}
            assert {client.get(page_of(row)).status_code for row in rows} == {404}
        # Somebody who volunteers sees no more of it at a desk.
        town.people["supervisor"] and volunteer(town, "supervisor")
        assert desk(town, "supervisor").get(listed("volunteer")).status_code == 403

    def test_whoever_stands_above_sees_them(self, town) -> None:
        rows = self.rows(town)
        for name in ("street_leader", "district_dispatcher"):
            client = desk(town, name)
            assert {client.get(page_of(row)).status_code for row in rows} == {200}


class TestVolunteers:
    def test_masked_in_the_list_and_on_the_page(self, town) -> None:
        one = volunteer(town, alias="", **CHILD)
        client = desk(town)
        for address in (listed("volunteer"), page_of(one)):
            content = client.get(address).content.decode()
            assert "演*" in content and "138****0001" in content
            assert not {"演示志愿者", "13800000001", "演示家长", "13900000001"} & set(content.split('"'))
            for secret in ("演示志愿者", "13800000001", "演示家长", "13900000001"):
                assert secret not in content

    def test_looked_at_on_one_answer_and_recorded(self, town) -> None:
        one = volunteer(town, **CHILD)
        client = desk(town)
        answer = do(client, one, "reveal", occasion="activity")
        content = answer.content.decode()
        assert answer.status_code == 200 and "演示志愿者" in content and "13800000001" in content
        assert "演示家长 13900000001" in content
        assert Event.objects.about("volunteer", one.pk).last().data == {"occasion": "activity"}
        assert "13800000001" not in client.get(page_of(one)).content.decode()
        assert do(client, one, "reveal", occasion="curiosity").status_code == 422

    def test_filters(self, town) -> None:
        at_home = volunteer(town, skills=("it",))
        other = volunteer(town, "other", home=town.other_community)
        gone = volunteer(town, "gone")
        leave(gone, by=town.people["gone"], now=town.now)
        mine = team(town)
        join_team(mine, at_home, by=town.people["helper"], now=town.now)
        client = desk(town, "street_leader")

        def found(query: str) -> set[int]:
            return {row.pk for row in client.get(listed("volunteer", query)).context["cl"].result_list}

        assert found("") == {at_home.pk, other.pk, gone.pk}
        assert found("?state__exact=left") == {gone.pk}
        assert found(f"?community={town.other_community.pk}") == {other.pk}
        assert found(f"?team={mine.pk}") == found("?skill=it") == {at_home.pk}
        assert found("?community=x") == set()
        # A number only as a whole, an alias by a part.
        assert found("?q=138+0000+0001") == {at_home.pk, other.pk, gone.pk}
        assert found("?q=1380000") == set()
        assert found("?q=演示gone") == {gone.pk}

    def test_written_down(self, town) -> None:
        client = desk(town)
        told = {
            "home": town.grid.code,
            "name": "演示老张",
            "alias": "演示张大爷",
            "skills": ["repair"],
            "agreed": "on",
        }
        answer = add(client, "volunteer", **told)
        one = Volunteer.objects.get()
        assert answer.url == page_of(one)
        assert (one.user, one.home, one.name, one.skills) == (None, town.grid, "演示老张", ["repair"])
        # One's only community is preset; a foreign one is unknown.
        form = client.get(reverse("admin:volunteers_volunteer_add")).context["steps"][0]["form"]
        assert form["home"].value() == town.community.code
        for home in (town.far_community.code, town.street.code, "nowhere"):
            assert add(client, "volunteer", **told | {"home": home}).status_code == 422
        assert add(client, "volunteer", **told | {"agreed": ""}).status_code == 422
        assert add(client, "volunteer", **told | {"of_age_on": "2028-05-01"}).status_code == 422
        assert Volunteer.objects.count() == 1

    def test_corrected_without_being_seen(self, town) -> None:
        one = volunteer(town)
        client = desk(town)
        told = {"alias": "演示新名", "home": town.grid.code, "skills": ["law"]}
        assert do(client, one, "change", **told).status_code == 302
        one.refresh_from_db()
        assert (one.alias, one.home, one.name, one.phone) == (
            "演示新名",
            town.grid,
            "演示志愿者",
            "13800000001",
        )
        do(client, one, "change", **told | {"phone": "13800000007"})
        one.refresh_from_db()
        assert one.phone == "13800000007"

    def test_steps_by_state(self, town) -> None:
        signs_in, kept = volunteer(town), written_down(town)
        client = desk(town)
        usual = {"reveal", "change", "team", "leave", "erase"}
        assert (offered(client, signs_in), offered(client, kept)) == (
            usual,
            usual | {"transfer", "put_aside"},
        )
        mine = team(town)
        assert do(client, kept, "team", team=mine.pk).status_code == 302
        assert Membership.objects.current().get().volunteer == kept
        assert do(client, kept, "transfer", home=town.other_community.code).status_code == 302
        assert Transfer.objects.get().volunteer == kept
        assert do(client, kept, "transfer", home="999").status_code == 422
        assert do(client, signs_in, "leave").status_code == 422
        assert do(client, signs_in, "leave", sure="on").status_code == 302
        assert offered(client, signs_in) == {"reveal", "return", "erase"}
        assert do(client, signs_in, "return").status_code == 302
        assert do(client, kept, "erase", sure="on").url == listed("volunteer")
        kept.refresh_from_db()
        assert kept.state == "erased" and client.get(page_of(kept)).status_code == 404

    def test_whoever_sets_up_reads_no_number(self, town) -> None:
        one = volunteer(town)
        User.objects.create_superuser("root", "a long one of my own", display_name="root")
        town.people["root"] = User.objects.get(username="root")
        assert "reveal" not in offered(signed_in(town, "root"), one)


class TestTransfers:
    def test_taken_in_or_not(self, town) -> None:
        for key, state in (("take", "taken"), ("refuse", "refused")):
            one = volunteer(town, key)
            transfer = ask_transfer(one, home=town.other_community, by=town.people[key], now=town.now)
            # The old community decides nothing.
            assert desk(town).get(page_of(transfer)).status_code == 404
            client = desk(town, "other_secretary")
            assert do(client, transfer, key).status_code == 302
            transfer.refresh_from_db()
            assert transfer.state == state and offered(client, transfer) == set()


class TestTeamsAndStations:
    def test_a_team_from_beginning_to_end(self, town) -> None:
        client, one = desk(town), volunteer(town)
        told = {"unit": town.community.code, "name": "演示新队", "topic": "culture", "about": ""}
        assert add(client, "team", **told).status_code == 302
        mine = Team.objects.get()
        assert add(client, "team", **told).status_code == 422
        assert add(client, "team", **told | {"unit": town.grid.code}).status_code == 422
        assert do(client, mine, "change", name="演示文艺队", topic="culture", about="演示").status_code == 302
        join_team(mine, one, by=town.people["helper"], now=town.now)
        assert do(client, mine, "lead", member=one.pk).status_code == 302
        mine.refresh_from_db()
        assert (mine.name, mine.leader) == ("演示文艺队", one)
        assert one.alias in client.get(page_of(mine)).content.decode()
        assert do(client, mine, "remove").status_code == 422
        assert do(client, mine, "remove", member=one.pk).status_code == 302
        assert do(client, mine, "close", sure="on").status_code == 302
        assert offered(client, mine) == set()

    def test_how_many_a_community_has_is_a_plain_figure(self, town) -> None:
        for number in range(5):
            team(town, name=f"演示{number}队")
        team(town, by="other_secretary", unit=town.other_community)
        close_team(team(town, name="演示散了"), by=town.people["community_worker"], now=town.now)
        content = desk(town, "street_leader").get(listed("team")).content.decode()
        assert "6 open teams in 2 communities; 1 communities have 5 or more." in content

    def test_a_station_from_beginning_to_end(self, town) -> None:
        client = desk(town)
        told = {"unit": town.community.code, "name": "演示站", "place": "演示路1号", "hours": "", "phone": ""}
        assert add(client, "station", **told).status_code == 302
        mine = Station.objects.get()
        changed = {"name": "演示站", "place": "演示路3号", "hours": "9-17", "phone": "0431-00000000"}
        assert do(client, mine, "change", **changed).status_code == 302
        assert do(client, mine, "change", **changed | {"phone": "none"}).status_code == 422
        assert do(client, mine, "close", sure="on").status_code == 302
        mine.refresh_from_db()
        assert mine.closed_at and mine.place == "演示路3号"
        assert {row.pk for row in client.get(listed("station", "?open=no")).context["cl"].result_list} == {
            mine.pk
        }
        assert not client.get(listed("station", "?open=yes")).context["cl"].result_count


def test_lists_and_pages_are_as_cheap_with_many(town) -> None:
    def made(number: int) -> list:
        one = volunteer(town, f"helper{number}")
        transfer = ask_transfer(one, home=town.other_community, by=one.user, now=town.now)
        mine = team(town, name=f"演示{number}队")
        set_leader(mine, leader=one, by=town.people["community_worker"], now=town.now)
        return [one, transfer, mine, station(town, name=f"演示{number}站")]

    rows, client = made(0), desk(town, "street_leader")
    addresses = [*(listed(model) for model in ALL), *(page_of(row) for row in rows)]

    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        return len(asked)

    [cost(address) for address in addresses]
    few = [cost(address) for address in addresses]
    for number in range(1, 4):
        made(number)
        join_team(rows[2], Volunteer.objects.latest("pk"), by=town.people["community_worker"], now=town.now)
    assert [cost(address) for address in addresses] == few
