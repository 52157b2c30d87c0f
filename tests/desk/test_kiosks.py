"""Wall links: made and revoked by who connects systems, shown once, and read without signing in."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from desk.kiosk_actions import MOST_PER_DISTRICT, kiosk_of, make_kiosk, revoke_kiosk
from desk.models import Kiosk
from grids.actions.tree import close_unit
from grids.models import Unit
from tests.builders import Town, add_west
from tests.faces import hidden, signed_in, stop_clock, visitor
from tests.issues.acting import Acting
from tests.issues.plainly_counted import fold_all, settled
from trail.models import Event
from trail.refusals import NotAllowed, Refused

__all__ = ["settled"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("settled")]
LIST, ADD = "/admin/desk/kiosk/", "/admin/desk/kiosk/add/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def town(town: Town, monkeypatch: pytest.MonkeyPatch) -> Town:
    stop_clock(monkeypatch, town.now)
    admin = town.people["system_admin"]
    admin.is_staff = True
    admin.save()
    return town


def made(town: Town, unit: Unit | None = None, language: str = "zh-hans", **more: Any) -> tuple[Kiosk, str]:
    given = {"by": town.people["system_admin"], "now": town.now} | more
    return make_kiosk("演示大厅", unit=unit or town.street, language=language, **given)


def path(secret: str, unit: Unit | None = None) -> str:
    return f"/screen/wall/{secret}/" + (f"{unit.code}/" if unit else "")


def test_whoever_has_it_sees_the_figures_and_no_way_in(town: Town) -> None:
    act = Acting(town, town.now)
    act.handling()
    fold_all(town.now)
    kiosk, secret = made(town)
    page = visitor().get(path(secret))
    screen, content = page.context["screen"], page.content.decode()
    assert page.status_code == 200 and screen.unit == town.street and screen.numbers[0].number == 1
    assert "当前在办" in content
    assert "/admin/" not in content and "/accounts/" not in content and "/i/" not in content
    assert page.headers["Referrer-Policy"] == "no-referrer" and "no-store" in page.headers["Cache-Control"]
    assert not page.cookies
    deeper = visitor().get(screen.parts[0].link)
    assert deeper.context["screen"].unit == town.community
    assert [link for _unit, link in deeper.context["screen"].crumbs] == [
        path(secret),
        path(secret, town.community),
    ]
    # Not even for somebody who is signed in.
    assert "/admin/" not in signed_in(town, "street_dispatcher").get(path(secret)).content.decode()
    assert secret not in repr(kiosk.__dict__)


def test_only_its_own_unit_and_what_lies_below(town: Town) -> None:
    _kiosk, secret = made(town, town.community)
    client = visitor()
    assert client.get(path(secret, town.grid)).status_code == 200
    for unit in (town.street, town.other_community, town.far_grid, town.district, town.building):
        assert client.get(path(secret, unit)).status_code == 404, unit
    for wrong in ("x", secret[:-1], secret + "a", "a" * 100):
        assert client.get(path(wrong)).status_code == 404
    assert client.post(path(secret)).status_code == 405


def test_in_the_language_that_was_chosen(town: Town) -> None:
    _kiosk, secret = made(town, language="en")
    assert "Open now" in Client(headers={"accept-language": "zh-hans"}).get(path(secret)).content.decode()


def test_revoked_it_opens_nothing_at_once(town: Town) -> None:
    kiosk, secret = made(town)
    assert visitor().get(path(secret)).status_code == 200
    revoke_kiosk(kiosk, by=town.people["system_admin"], now=town.now)
    gone = visitor().get(path(secret))
    assert (
        gone.status_code == 404 and gone.content.decode() == "There is no such wall link, or it was revoked."
    )
    # The wall that shows it loads the page anew, and so shows nothing any more.
    gone = visitor().get(path(secret), headers=HTMX)
    assert (gone.status_code, gone.headers["HX-Refresh"]) == (404, "true")
    with pytest.raises(Refused) as caught:
        revoke_kiosk(kiosk, by=town.people["system_admin"], now=town.now)
    assert caught.value.code == "ended"
    verbs = Event.objects.about("kiosk", kiosk.pk).values_list("verb", "actor", "district_id")
    admin, district = town.people["system_admin"].pk, town.district.pk
    assert list(verbs) == [("make", admin, district), ("revoke", admin, district)]


def test_a_closed_unit_shows_nothing(town: Town) -> None:
    _kiosk, secret = made(town, town.far_grid)
    close_unit(town.far_building, by=None, now=town.now)
    close_unit(town.far_grid, by=None, now=town.now)
    assert visitor().get(path(secret)).status_code == 404


def test_its_last_use_is_known_to_the_minute(town: Town) -> None:
    kiosk, secret = made(town)
    for seconds, noted in ((0, 0), (20, 0), (70, 70)):
        kiosk_of(secret, now=town.now + timedelta(seconds=seconds))
        kiosk.refresh_from_db()
        assert kiosk.last_used_at == town.now + timedelta(seconds=noted)


def test_who_may_make_one(town: Town) -> None:
    add_west(town)
    for name in ("street_dispatcher", "district_dispatcher", "west_system_admin", "audit_admin"):
        with pytest.raises(NotAllowed):
            made(town, by=town.people[name])
    for unit, name, language, code in (
        (town.building, "演示", "en", "unit"),
        (town.street, " ", "en", "name"),
        (town.street, "演" * 61, "en", "name"),
        (town.street, "演示", "fr", "language"),
    ):
        with pytest.raises(Refused) as caught:
            make_kiosk(name, unit=unit, language=language, by=None, now=town.now)
        assert caught.value.code == code
    for _unused in range(MOST_PER_DISTRICT):
        made(town, by=None)
    with pytest.raises(Refused) as caught:
        made(town)
    assert caught.value.code == "too_many"
    kiosk = Kiosk.objects.first()
    with pytest.raises(NotAllowed):
        revoke_kiosk(kiosk, by=town.people["west_system_admin"], now=town.now)
    assert Kiosk.objects.visible_to(town.people["system_admin"], town.now).count() == MOST_PER_DISTRICT
    for name in ("west_system_admin", "street_dispatcher"):
        assert not Kiosk.objects.visible_to(town.people[name], town.now).exists()


def test_in_the_staff_admin(town: Town) -> None:
    client = signed_in(town, "system_admin")
    (step,) = client.get(ADD).context["steps"]
    typed = {"make-name": "演示大厅", "make-unit": "999999", "make-language": "zh-hans"}
    key = hidden(step["form"])
    refused = client.post(ADD, key | typed)
    assert refused.status_code == 422 and "There is no unit with this code here." in refused.content.decode()
    key = hidden(refused.context["steps"][0]["form"])
    answer = client.post(ADD, key | typed | {"make-unit": town.street.code})
    kiosk = Kiosk.objects.get()
    address = answer.context["address"]
    assert answer.status_code == 200 and address in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    assert visitor().get(address).status_code == 200
    # Sent twice it is made once, and shown no more.
    again = client.post(ADD, key | typed | {"make-unit": town.street.code})
    assert again.status_code == 302 and Kiosk.objects.count() == 1
    page = client.get(f"{LIST}{kiosk.pk}/change/")
    assert page.status_code == 200 and "演示大厅" in page.content.decode()
    assert address.rstrip("/").rsplit("/", 1)[1] not in page.content.decode()
    assert "演示大厅" in client.get(LIST).content.decode()
    (step,) = page.context["steps"]
    assert client.post(step["url"], hidden(step["form"])).status_code == 422
    (step,) = client.get(f"{LIST}{kiosk.pk}/change/").context["steps"]
    assert client.post(step["url"], hidden(step["form"]) | {"revoke-sure": "on"}).status_code == 302
    assert visitor().get(address).status_code == 404
    assert not client.get(f"{LIST}{kiosk.pk}/change/").context["steps"]
