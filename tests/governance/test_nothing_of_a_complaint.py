"""Those whom a complaint is about find nothing of it anywhere: no word, no number, no code, and no count.

One person stands where the complaints are about and holds every post besides that opens a page. Whatever address of
the platform they read is word for word the same with the complaints and without: so nothing can tell of them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import unified_diff
from itertools import product
from typing import Any
from urllib.parse import unquote

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone, translation
from knox.models import AuthToken
from rest_framework.test import APIClient

from accounts.actions.calendar_addresses import PURPOSE
from accounts.models import CalendarAddress
from accounts.secrets import keyed_hash
from desk.actions import save_filter, take_snapshot
from desk.admin.lists import all_rows
from desk.kiosk_actions import PURPOSE as WALL
from desk.lists import Asked
from desk.models import Kiosk, Snapshot
from desk.tables import TABLE, TABLES
from grids.actions.tokens import issue_token
from grids.admin.downloads import KINDS as FILES
from grids.models import BuildingToken
from grids.policies import KINDS as POLICY_KINDS
from issues.actions import PERFORM
from issues.actions.escalate import sweep_once
from issues.actions.figures import recount
from issues.actions.follow import refuse_while_open
from issues.actions.photos import Photo
from issues.actions.rates import count_rates
from issues.actions.reveal import reveal_contact
from issues.actions.schedules import add_schedule
from issues.kinds import REPLY_CHECKS
from issues.lifecycle import VERBS_ON
from issues.models import PART_MODELS, Attachment, Category, HotlineOrder, Issue, Occurrence, Schedule
from issues.views.follow import SIGNER
from notices.actions import fan_out_once
from tests.builders import CONTACT, Town
from tests.faces import ENGLISH, photo, stop_clock
from tests.governance.walk import Walk, text_of
from tests.towns import put_town
from trail.models import Event

SUBJECT = "community_secretary"
CALENDAR = "where-their-calendar-looks"
# Every role that opens a page or reads a list, at every level, besides where the complaints are about.
BESIDES = (
    ("street_leader", "street"),
    ("street_dispatcher", "street"),
    ("supervisor", "street"),
    ("district_dispatcher", "district"),
    ("supervisor", "district"),
    ("system_admin", "district"),
    ("security_admin", "district"),
    ("body_officer", "department"),
)
SECRETS = {
    "text": "演示机密诉求",
    "spot": "演示机密窗口",
    "note": "演示机密批注",
    "called": "演示机密求助",
    "result": "演示机密办结",
    "letter": "演示机密督办",
    "order": "HX20260310777",
}
ORDINARY = "演示:楼道灯不亮"


@dataclass
class Place:
    """The town, and what is done in it by people who are not the subject."""

    town: Town
    now: Any

    def do(self, verb: str, subject: Any, who: str, **inputs: Any) -> Any:
        return PERFORM[verb](subject, by=self.town.people[who], now=self.now, **inputs)

    def report(self, category: str, **given: Any) -> Issue:
        return self.town.report(category, now=given.pop("now", self.now), **given)

    def solved(self, issue: Issue, who: str, text: str, **verdict: bool) -> None:
        checks = [word.key for word in REPLY_CHECKS]
        self.do("submit_result", issue, who, outcome="solved", text=text, checks=checks)
        if verdict:
            PERFORM["rate"](Issue.objects.get(pk=issue.pk), by=None, now=self.now, **verdict)

    def ordered(self, number: str, text: str) -> Issue:
        """One from the hotline."""
        by = self.town.people["second_dispatcher"]
        deadline = self.now + timedelta(days=5)
        issue = self.report("noise", by=by, source="hotline", on_behalf=True, deadline=deadline, text=text)
        HotlineOrder.objects.create(
            issue=issue,
            district=self.town.district,
            number=number,
            deadline_at=deadline,
            given={"title": text, "number": number},
        )
        return issue

    def tell(self) -> None:
        while fan_out_once(now=self.now):
            pass

    @translation.override("zh-hans")
    def reported_out(self) -> None:
        """What is made from everything that there is: rungs, notices, figures, snapshots."""
        while sweep_once(now=self.now):
            pass
        self.tell()
        today = timezone.localdate(self.now)
        count_rates(today - timedelta(days=30), today, now=self.now)
        recount(now=self.now)
        by = self.town.people["second_dispatcher"]
        for table in TABLES:
            asked = Asked(by, self.now, unit=self.town.street)
            take_snapshot(
                table.key, all_rows(TABLE[table.key], asked), by=by, now=self.now, unit=self.town.street
            )


@pytest.fixture
def place(db: None, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> Place:
    """With something ordinary in every list, so that each has rows in which one could be missing."""
    settings.MEDIA_ROOT = tmp_path
    town = put_town()
    stop_clock(monkeypatch, town.now)
    for role, at in BESIDES:
        town.appoint(SUBJECT, role, getattr(town, at))
    subject = town.people[SUBJECT]
    subject.is_staff = True
    subject.save(update_fields=["is_staff"])
    town.categories["staff"] = Category.objects.create(
        key="staff",
        name="演示投诉",
        name_en="staff",
        kind="complaint",
        handled_at="street",
        about_somebody=True,
    )
    made = Place(town, town.now)
    usual(made)
    return made


def usual(place: Place) -> None:
    """What everybody may read."""
    town, long_ago = place.town, place.now - timedelta(days=20)
    place.report("litter", text=ORDINARY)
    place.report("noise", now=long_ago, text=ORDINARY)
    rated = place.report("litter", text=ORDINARY)
    place.do("sign", rated, "grid_worker")
    place.solved(rated, "grid_worker", ORDINARY, answered=True, solved=True, satisfied=False)
    called = place.report("noise")
    place.do("sign", called, "community_worker")
    place.do("whistle", called, "community_worker", kind="quick", text=ORDINARY, bodies=[town.department])
    letter = place.report("road", now=long_ago)
    place.do("sign", letter, "street_dispatcher")
    place.do("split", letter, "street_dispatcher", bodies=[town.office], text=ORDINARY)
    place.do("supervise", letter, "district_dispatcher", until=date(2026, 3, 20), text=ORDINARY)
    place.ordered("HX20260310001", text=ORDINARY)
    issue_token(town.building, by=None, now=place.now)
    add_schedule(
        place=town.community, category=town.categories["noise"], text=ORDINARY, at=(place.now + timedelta(hours=1)).time(),
        by=town.people["street_dispatcher"], now=place.now,
    )  # fmt: skip
    save_filter("issues", by=town.people[SUBJECT], now=place.now, name="mine", query="late=on")
    place.tell()


def complain(place: Place) -> list[Issue]:
    """Complaints about the community in every shape that a matter can have."""
    town, long_ago = place.town, place.now - timedelta(days=20)
    given = {"text": SECRETS["text"], "spot": SECRETS["spot"], "contact": CONTACT}
    rated = place.report("staff", about=town.community, **given)
    place.do("sign", rated, "street_dispatcher")
    place.solved(rated, "street_dispatcher", SECRETS["result"], answered=False, solved=False, satisfied=False)
    busy = place.report("staff", about_person=town.people["community_worker"], now=long_ago, **given)
    place.do("sign", busy, "street_dispatcher")
    place.do("note", busy, "street_dispatcher", text=SECRETS["note"], internal=True, photos=[a_photo()])
    place.do("split", busy, "street_dispatcher", bodies=[town.office], text=SECRETS["called"])
    place.do(
        "whistle",
        busy,
        "street_dispatcher",
        kind="tough",
        bodies=[town.posted, town.department],
        text=SECRETS["called"],
    )
    place.do("supervise", busy, "second_dispatcher", until=date(2026, 3, 20), text=SECRETS["letter"])
    reveal_contact(busy, by=town.people["street_dispatcher"], now=place.now, occasion="contact")
    # Found to be one only later, when they had read it and been told of it.
    marked = place.report("noise", **given)
    place.do("sign", marked, "community_worker")
    place.do(
        "whistle", marked, "community_worker", kind="quick", bodies=[town.department], text=SECRETS["called"]
    )
    ordered = place.ordered(SECRETS["order"], text=SECRETS["text"])
    found_later = [marked, ordered, scheduled(place)]
    place.tell()
    for one in found_later:
        place.do(
            "mark_complaint", one, "second_dispatcher", unit=town.community, internal_text=SECRETS["note"]
        )
    return [rated, busy, *found_later]


def scheduled(place: Place) -> Issue:
    """One that a scheduled task brought."""
    issue = place.report("noise", source="schedule", text=SECRETS["text"])
    Occurrence.objects.create(schedule=Schedule.objects.get(), at=place.now, issue=issue)
    return issue


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is done inside never was, down to the numbers that were drawn for it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(sequencename), last_value FROM pg_sequences")
        drawn = cursor.fetchall()
    mark = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(mark)
        with connection.cursor() as cursor:
            for name, value in drawn:
                cursor.execute(f"SELECT setval('{name}', {value or 1}, {value is not None})")


class Reader:
    """The subject at a desk, on a phone and as a program."""

    def __init__(self, town: Town, name: str) -> None:
        self.desk, self.program = Client(headers=ENGLISH), APIClient()
        self.desk.force_login(town.people[name], backend="grids.backends.PostBackend")
        _row, token = AuthToken.objects.create(town.people[name])
        self.program.credentials(HTTP_AUTHORIZATION=f"Token {token}", HTTP_ACCEPT_LANGUAGE="en")

    def __call__(self, address: str) -> Any:
        page, _as, sort = address.rpartition("as=")
        if page.endswith(("?", "&")) and sort in FILES:
            return self.post(page[:-1], **{"as": sort})
        # What the page before wanted to say is not this one's.
        self.desk.cookies.pop("messages", None)
        return (self.program if address.startswith("/api/") else self.desk).get(address)

    def post(self, address: str, **answers: Any) -> Any:
        self.desk.cookies.pop("messages", None)
        return (self.program if address.startswith("/api/") else self.desk).post(address, answers)


@dataclass(frozen=True)
class Kept:
    """What would name the complaints in an address, a search or a form."""

    codes: list[str]
    pks: list[int]
    numbers: list[str]
    parts: dict[str, list[int]]
    photos: list[int]

    @property
    def secrets(self) -> list[str]:
        """What must stand nowhere."""
        return [*SECRETS.values(), *self.codes, *self.numbers]


def kept_of(complaints: list[Issue]) -> Kept:
    ids = [one.pk for one in complaints]
    return Kept(
        [one.code for one in complaints],
        ids,
        [one.number for one in complaints],
        {
            kind: list(model.objects.filter(issue__in=ids).values_list("pk", flat=True))
            for kind, model in PART_MODELS.items()
        },
        list(Attachment.objects.filter(issue__in=ids).values_list("pk", flat=True)),
    )


def values_of(town: Town, kept: Kept) -> dict[str, list[Any]]:
    """Parameter of an address → what may stand there: first what names a complaint."""
    mine = Issue.objects.exclude(pk__in=kept.pks).order_by("pk").first()
    assert mine is not None
    parts = [pk for ids in kept.parts.values() for pk in ids]
    ids = [kept.pks[0], *parts[:3], *kept.photos, Snapshot.objects.latest("pk").pk, mine.pk]
    return {
        "code": [
            kept.codes[0],
            kept.codes[2],
            mine.code,
            town.community.code,
            town.building.code,
            "office-1",
        ],
        "pk": ids,
        "object_id": [kept.pks[0], kept.pks[2], Schedule.objects.get().pk, mine.pk],
        "verb": ["note", "mark_complaint", "merge"],
        "duty": ["fee"],
        "key": [table.key for table in TABLES] + list(POLICY_KINDS),
        "token": [BuildingToken.objects.get().token],
        "signed": [SIGNER.sign(mine.code)],
        "app_label": ["issues", "grids", "trail"],
        "content_type_id": [1],
        "message": [1],
        "secret": [CALENDAR],
    }


def give_a_calendar(town: Town) -> None:
    """The subject's calendar looks at an address that is the same in both worlds."""
    values = {"secret_hash": keyed_hash(CALENDAR, purpose=PURPOSE), "made_at": town.now}
    CalendarAddress.objects.create(user=town.people[SUBJECT], **values)
    # So does the wall in the hall of their community.
    wall = {"name": "演示大厅", "unit": town.community, "language": "en", "made_at": town.now}
    Kiosk.objects.create(secret_hash=keyed_hash(CALENDAR, purpose=WALL), **wall)


def a_photo() -> Photo:
    return Photo(photo(), 1000)


@pytest.fixture
def kept(place: Place) -> Kept:
    """With the complaints there, and all that is made of them."""
    found = kept_of(complain(place))
    place.reported_out()
    return found


class TestReading:
    @pytest.fixture
    def both(self, place: Place) -> tuple[dict[str, str], dict[str, str], Kept]:
        """(what they read with the complaints, without them, what names them)."""
        reader = Reader(place.town, SUBJECT)
        give_a_calendar(place.town)
        with undone():
            kept = kept_of(complain(place))
            place.reported_out()
            values = values_of(place.town, kept)
            words = (kept.numbers[0], kept.codes[0], SECRETS["text"], SECRETS["order"])
            told = Walk(reader, values, words).everywhere()
        with undone():
            place.reported_out()
            untold = Walk(reader, values).again(told)
        return told, untold, kept

    def test_reads_the_same_as_if_there_were_none(
        self, both: tuple[dict[str, str], dict[str, str], Kept]
    ) -> None:
        told, untold, kept = both
        for address, text in told.items():
            assert text == untold.get(address, text), f"{address}\n" + difference(untold[address], text)
            found = [secret for secret in kept.secrets if secret in text and secret not in unquote(address)]
            assert not found, f"{address} tells {found}"
        pages = [address for address, text in told.items() if text.startswith("200")]
        # It has been a real walk: lists, files, and pages with something on them.
        assert len(pages) > 200 and {"as=csv", "as=xlsx"} <= {
            part for one in pages for part in one.split("?")
        }
        assert ORDINARY in told["/?tab=mine"]

    def test_who_audits_the_trail_reads_nothing_of_what_is_about_them(self, place: Place, kept: Kept) -> None:
        """The seals alone count events, of all kinds and of the whole day."""
        place.town.appoint(SUBJECT, "audit_admin", place.town.district)
        read = Reader(place.town, SUBJECT)
        looked = Event.objects.filter(subject_type__in=("issue", "contact"), subject_id__in=kept.pks)
        assert looked.count() > 20 and looked.filter(subject_type="contact").exists()
        others = set(Event.objects.filter(subject_type="issue").values_list("subject_id", flat=True)) - {
            *kept.pks
        }
        for address in ("/admin/trail/event/", "/admin/trail/delivery/"):
            pages = [text_of(read(f"{address}?q={pk}")) for pk in kept.pks]
            pages += [text_of(read(f"{address}?p={number}")) for number in range(1, 10)]
            assert any(f"Issue {pk}<" in page or f"Issue {pk} " in page for page in pages for pk in others)
            for pk in kept.pks:
                assert not any(f"Issue {pk}<" in page or f"Issue {pk} " in page for page in pages)
        for event in (looked.earliest("pk"), looked.latest("pk")):
            assert read(f"/admin/trail/event/{event.pk}/change/").status_code in (302, 404)
        other = Event.objects.filter(subject_type="issue").exclude(subject_id__in=kept.pks).latest("pk")
        assert read(f"/admin/trail/event/{other.pk}/change/").status_code == 200


class TestActing:
    """What a form answers tells as little as a page."""

    def test_every_step_answers_as_for_what_there_is_not(self, place: Place, kept: Kept) -> None:
        read = Reader(place.town, SUBJECT)
        for code, nobodys in ((code, "0" * 16) for code in (kept.codes[1], kept.codes[2])):
            for verb in VERBS_ON["issue"]:
                for address in ("/api/v1/issues/{}/%s/", "/i/{}/%s/"):
                    told, none = (read.post(address.format(one) % verb) for one in (code, nobodys))
                    assert told.status_code == none.status_code == 404, verb
                    assert text_of(told).replace(code, nobodys) == text_of(none)
        for kind, ids in kept.parts.items():
            assert ids
            for pk, verb in product(ids, VERBS_ON[kind]):
                told, none = (read.post(f"/api/v1/{kind}s/{one}/{verb}/") for one in (pk, 10**9))
                assert told.status_code == none.status_code == 404
                assert text_of(told) == text_of(none)
                inside = f"/i/{kept.codes[1]}/{kind}s/{pk}/{verb}/"
                assert read.post(inside).status_code == read.desk.get(inside).status_code == 404
        for pk, verb in product(kept.pks, ("note", "mark_complaint")):
            assert read.post(f"/admin/issues/issue/{pk}/do/{verb}/").status_code == 404
        for pk in kept.photos:
            assert {read(f"/photo/{pk}/").status_code, read(f"/api/v1/attachments/{pk}/").status_code} == {
                404
            }
        for face in ("/i", "/api/v1/issues"):
            there = f"{face}/{kept.codes[0]}/contact/reveal/"
            assert read.post(there, occasion="contact").status_code == 404

    def test_a_name_of_one_is_unknown_wherever_it_is_written(self, place: Place, kept: Kept) -> None:
        """Merging into it, by number and code; and looking it up."""
        read, mine = Reader(place.town, SUBJECT), Issue.objects.order_by("pk")[0]
        nobody = [f"20260310-{10**8}", "0" * 16]
        for named, none in zip((kept.numbers[1], kept.codes[1]), nobody, strict=True):
            for address in (f"/api/v1/issues/{mine.code}/merge/", f"/i/{mine.code}/merge/"):
                told, untold = (read.post(address, main=one) for one in (named, none))
                assert told.status_code == untold.status_code
                assert text_of(told).replace(named, "…") == text_of(untold).replace(none, "…")
        assert Issue.objects.get(pk=mine.pk).state != "merged"

    @pytest.mark.parametrize("face", ["/report/22010300100100001/", "/r/at/22010300100100001/report/"])
    def test_it_is_like_nothing_that_is_reported(self, place: Place, face: str) -> None:
        """The same words at the same place: what is shown as perhaps the same is not one of these."""
        read = Reader(place.town, SUBJECT)
        given = {"category": "noise", "text": SECRETS["text"], "source": "patrol"}

        def shown() -> str:
            with undone():
                return text_of(read.post(face, **given))

        without = shown()
        kept = kept_of(complain(place))
        told = shown()
        assert told == without and not any(secret in told for secret in (*kept.numbers, *kept.codes))

    def test_no_dry_run_tells_of_it(self, place: Place) -> None:
        town, subject = place.town, place.town.people[SUBJECT]
        runs = [kind for kind in POLICY_KINDS.values() if kind.rehearse]
        assert len(runs) >= 3

        def told() -> list[str]:
            found = []
            for kind, unit in product(runs, (town.street, town.district)):
                value = CHANGED.get(kind.key, {})
                found.append(repr(kind.rehearse(unit, value, subject, place.now)))
            return found

        without = told()
        assert any("20260310-" in one for one in without)
        complain(place)
        assert told() == without

    def test_no_unit_is_kept_open_by_it(self, place: Place, kept: Kept) -> None:
        """A refusal would tell that there is one."""
        town = place.town
        for unit in (town.community, town.grid):
            Issue.objects.within(unit).exclude(pk__in=kept.pks).update(state="closed", due_at=None)
            refuse_while_open(unit)


CHANGED: dict[str, dict[str, Any]] = {
    "categories": {"noise": {"responsible": "street"}, "staff": {"responsible": "grid"}},
    "limits": {"community": {"submit": [1, "hours"]}, "street": {"submit": [1, "hours"]}},
    "duty_list": {"a": {"group": "组", "name": "项", "state": "banned", "categories": ["litter"]}},
}


def difference(without: str, told: str) -> str:
    return "\n".join(unified_diff(without.splitlines(), told.splitlines(), "without", "with", "", "", 1))
