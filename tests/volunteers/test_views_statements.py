"""The pages of statements of service: looked at first, the link shown once, read by whoever has it, revoked."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.faces import hidden, signed_in, stop_clock, visitor
from tests.volunteers.hours_builders import after, handed_in, some_volunteer
from tests.volunteers.people_builders import written_down
from tests.volunteers.test_views_activities import cost, main_of, text
from tests.volunteers.wishes_builders import organisation
from trail.models import Event, IdempotencyKey
from volunteers.actions.hours import confirm_service
from volunteers.actions.people import erase
from volunteers.actions.statements import MOST_LIVE, make_statement, revoke_statement
from volunteers.models import Statement, Volunteer

START = "/volunteers/"
MINE = f"{START}mine/statements/"
NEW = f"{MINE}new/"
PERIOD = {"since": "2026-01-01", "until": "2026-03-11", "called": "alias", "days": "30", "organisation": ""}
LINK = re.compile(r'<code class="secret">http://testserver(/volunteers/statements/[\w-]+/)</code>')


@pytest.fixture(autouse=True)
def clock(monkeypatch, town) -> None:
    stop_clock(monkeypatch, after(town))


@pytest.fixture
def me(town) -> Volunteer:
    """Somebody with two confirmed hours, name and alias."""
    who = some_volunteer(town, "one")
    Volunteer.objects.filter(pk=who.pk).update(alias="演示·老李")
    who.refresh_from_db()
    (one,) = handed_in(town, who)
    confirm_service(one, by=town.people["community_secretary"], now=after(town))
    return who


def made(town, me: Volunteer, **more) -> tuple[Statement, str]:
    today = timezone.localdate(after(town))
    told = {"since": today.replace(month=1, day=1), "until": today, "by_name": False, "by": me.user}
    return make_statement(me, **(told | {"now": after(town)} | more))


def address_of(secret: str) -> str:
    return f"{START}statements/{secret}/"


class TestMaking:
    def test_looked_at_first_then_the_link_once(self, town, me) -> None:
        client = signed_in(town, "one")
        assert MINE in text(client.get(f"{START}mine/")) and NEW in text(client.get(MINE))
        empty = client.get(NEW)
        form = empty.context["form"]
        assert form["since"].value().isoformat() == "2026-01-01"
        assert form["until"].value() == timezone.localdate(after(town)) and form["called"].value() == "alias"
        looked = client.get(NEW, PERIOD)
        seen = main_of(looked)
        assert "This is what the link shows" in seen and "演示·老李" in seen and "2 hours" in seen
        assert "演示one" in seen.partition('<form method="get"')[2], "the other name may be chosen"
        assert "演示one" not in seen.partition('<form method="get"')[0]
        assert not Statement.objects.exists()
        told = PERIOD | {"idempotency_key": looked.context["button"]["idempotency_key"].value()}
        assert 'name="since" value="2026-01-01"' in seen and 'name="called" value="alias"' in seen
        answer = client.post(NEW, told)
        assert "no-store" in answer["Cache-Control"]
        link = LINK.search(text(answer))
        assert link, "the link stands on the answer"
        one = Statement.objects.get()
        assert (one.volunteer, one.minutes, one.activities, one.by_name) == (me, 120, 1, False)
        # Nowhere afterwards: not in the list, not for the same form again, not in what is kept of the form.
        secret = link[1].split("/")[-2]
        assert secret not in text(client.get(MINE))
        again = client.post(NEW, told)
        assert again.url == MINE and "shown already" in text(client.get(MINE))
        assert Statement.objects.count() == 1
        kept = f"{IdempotencyKey.objects.values_list('answer', flat=True)}"
        kept += f"{Event.objects.about('statement', one.pk).values_list('data', flat=True)}"
        assert secret not in kept and secret not in str(Statement.objects.values().get())
        # It shows what was looked at, to somebody who is not signed in.
        shown = visitor().get(link[1]).content.decode()
        assert all(what in shown for what in ("演示·老李", "2 hours", "Jan. 1, 2026")), shown
        assert "演示one" not in shown

    def test_under_the_real_name_for_somebody(self, town, me) -> None:
        firm, client = organisation(town), signed_in(town, "one")
        told = PERIOD | {"called": "name", "organisation": firm.pk, "days": "7"}
        assert "演示one" in main_of(client.get(NEW, told)).partition('<form method="get"')[0]
        link = LINK.search(text(client.post(NEW, told)))
        one = Statement.objects.get()
        assert (one.organisation, one.by_name) == (firm, True)
        assert one.expires_at == after(town) + timedelta(days=7)
        assert firm.name in main_of(client.get(MINE))
        shown = visitor().get(link[1]).content.decode()
        assert "演示one" in shown and firm.name not in shown

    @pytest.mark.parametrize(
        ("wrong", "field", "status"),
        [
            ({"since": ""}, "since", 422),
            ({"until": "x"}, "until", 422),
            ({"called": "other"}, "called", 422),
            ({"days": "0"}, "days", 422),
            ({"days": "366"}, "days", 422),
            ({"organisation": "999999"}, "organisation", 422),
            ({"since": "2026-03-11", "until": "2026-01-01"}, "until", 409),
            ({"until": "2026-03-12"}, "until", 409),
        ],
    )
    def test_what_is_wrong_is_said_before_and_at_the_end(self, town, me, wrong, field, status) -> None:
        client = signed_in(town, "one")
        for answer in (client.get(NEW, PERIOD | wrong), client.post(NEW, PERIOD | wrong)):
            assert answer.status_code == status and answer.context["form"].errors[field]
            assert answer.context["shown"] is None
        assert not Statement.objects.exists()

    def test_only_under_a_name_that_one_has(self, town, me) -> None:
        Volunteer.objects.filter(pk=me.pk).update(alias="")
        client = signed_in(town, "one")
        form = client.get(NEW).context["form"]
        assert [key for key, _name in form.fields["called"].choices] == ["name"]
        assert client.get(NEW, PERIOD).status_code == 422

    def test_twenty_that_still_open_are_enough(self, town, me) -> None:
        for _one in range(MOST_LIVE):
            made(town, me)
        answer = signed_in(town, "one").post(NEW, PERIOD)
        assert answer.status_code == 409 and "revoke one first" in main_of(answer)
        assert Statement.objects.count() == MOST_LIVE

    def test_volunteers_alone_and_each_for_themselves(self, town, me) -> None:
        one, _secret = made(town, me)
        some_volunteer(town, "two")
        for address in (MINE, NEW, f"{MINE}{one.pk}/revoke/"):
            assert visitor().get(address).url.startswith("/accounts/login/")
            assert signed_in(town, "grid_worker").get(address).status_code == 404
        # Nor whoever runs volunteering there; nor another volunteer.
        assert one.pk not in {
            row.pk for row, _state in signed_in(town, "two").get(MINE).context["statements"]
        }
        for name in ("two", "community_secretary", "district_dispatcher"):
            for number in (one.pk, 10**9):
                client = signed_in(town, name)
                assert client.get(f"{MINE}{number}/revoke/").status_code == 404
                assert client.post(f"{MINE}{number}/revoke/").status_code == 404
        one.refresh_from_db()
        assert one.revoked_at is None


class TestTheLink:
    def test_whoever_has_it_reads_it_and_that_is_noted(self, town, me) -> None:
        one, secret = made(town, me)
        for count in (1, 2):
            answer = visitor().get(address_of(secret))
            assert answer.status_code == 200
            one.refresh_from_db()
            assert (one.times_read, one.last_read_at) == (count, after(town))
        assert "no-store" in answer["Cache-Control"]
        assert answer["Referrer-Policy"] == "no-referrer" and answer["X-Robots-Tag"] == "noindex, nofollow"
        content = answer.content.decode()
        assert "<form" not in content, "without a referrer no form of it would be taken"
        assert not re.findall(r'href="(?!/static/)', content), "it leads nowhere"
        assert "Set-Cookie" not in answer.headers
        # A look without reading is no reading, and nothing is sent there.
        assert visitor().head(address_of(secret)).status_code == 405
        assert visitor().post(address_of(secret)).status_code == 405
        one.refresh_from_db()
        assert one.times_read == 2
        assert "Read 2 times, last" in main_of(signed_in(town, "one").get(MINE))

    def test_unknown_expired_revoked_and_erased_answer_alike(self, town, me, monkeypatch) -> None:
        expired, revoked, gone = made(town, me, days=1)[1], made(town, me), made(town, me)[1]
        revoke_statement(revoked[0], by=me.user, now=after(town))
        other = written_down(town)
        assert other.alias
        stop_clock(monkeypatch, after(town) + timedelta(days=1))
        erase(me, sure=True, by=me.user, now=after(town) + timedelta(days=1))
        answers = []
        for secret in ("never-was", "x" * 200, expired, revoked[1], gone):
            answer = visitor().get(address_of(secret))
            told = {name: value for name, value in answer.headers.items() if name != "Expires"}
            answers.append((answer.status_code, answer.content, told))
        assert answers[0][0] == 404 and "This link opens nothing." in answers[0][1].decode()
        assert all(answer == answers[0] for answer in answers)
        assert answers[0][2]["Referrer-Policy"] == "no-referrer"
        assert not Event.objects.filter(subject_type="statement", verb="read").exists()

    def test_it_opens_to_the_last_moment(self, town, me, monkeypatch) -> None:
        secret = made(town, me, days=1)[1]
        stop_clock(monkeypatch, after(town) + timedelta(days=1, seconds=-1))
        assert visitor().get(address_of(secret)).status_code == 200
        stop_clock(monkeypatch, after(town) + timedelta(days=1))
        assert visitor().get(address_of(secret)).status_code == 404


class TestMine:
    def test_none_yet(self, town) -> None:
        some_volunteer(town, "one")
        assert "You have made none yet." in main_of(signed_in(town, "one").get(MINE))

    def test_until_when_they_open_and_when_they_were_read(self, town, me, monkeypatch) -> None:
        old, live, revoked = made(town, me, days=1)[0], made(town, me)[0], made(town, me)[0]
        revoke_statement(revoked, by=me.user, now=after(town))
        stop_clock(monkeypatch, after(town) + timedelta(days=2))
        page = signed_in(town, "one").get(MINE)
        states = {one.pk: state for one, state in page.context["statements"]}
        assert states == {old.pk: "expired", live.pk: "live", revoked.pk: "revoked"}
        content = main_of(page)
        assert "opens until" in content and "Not read yet" in content and "Has run out" in content
        assert f"{MINE}{live.pk}/revoke/" in content
        assert f"{MINE}{old.pk}/revoke/" not in content and f"{MINE}{revoked.pk}/revoke/" not in content

    def test_revoked_after_a_question(self, town, me) -> None:
        (one, secret), client = made(town, me), signed_in(town, "one")
        address = f"{MINE}{one.pk}/revoke/"
        page = client.get(address)
        assert "cannot be taken back" in main_of(page)
        assert visitor().get(address_of(secret)).status_code == 200
        assert client.post(address, hidden(page.context["form"])).url == MINE
        one.refresh_from_db()
        assert one.revoked_at == after(town)
        assert visitor().get(address_of(secret)).status_code == 404
        assert "nothing is left to do" in main_of(client.get(address))
        assert client.post(address).status_code == 409

    def test_as_cheap_with_many(self, town, me) -> None:
        firm, client = organisation(town), signed_in(town, "one")
        for _one in range(2):
            made(town, me, organisation=firm)
        few = cost(client, MINE)
        for _one in range(18):
            revoke_statement(made(town, me, organisation=firm)[0], by=me.user, now=after(town))
        made(town, me)
        assert cost(client, MINE) == few
        assert len(client.get(f"{MINE}?page=2").context["statements"]) == 1
