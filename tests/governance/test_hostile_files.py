"""Hostile files through the faces of programs: a clean answer each, nothing kept; of their names only what is a name."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from django.utils.translation import gettext
from knox.models import AuthToken

from grids.models import SheetFile
from grids.tables import UnreadableSheet, read_table
from issues.models import Attachment, ImportBatch, Issue
from tests.api.conftest import client_of
from tests.builders import CONTACT, Town
from tests.faces import visitor
from tests.governance.senders import Errors, is_a_problem, undone
from tests.issues.hostile_files import harmless, pictures, sheets
from tests.issues.sheets import row, workbook
from trail.models import Event

pytestmark = pytest.mark.django_db
SHEETS, PICTURES, HARMLESS = sheets(), pictures(), harmless()
ISSUES, OPEN311 = "/api/v1/issues/", "/open311/v2/"
REPORT = {"place": "22010300100100001", "category": "litter", "text": "演示:垃圾没有清运"}
BODIES = "编码,名称,类别,所属辖区编码\nnew-1,演示新单位,职能部门,220103\n".encode()
# As it is sent → what is kept of it.
NAMES = {
    "../../../etc/passwd": "passwd",
    "/etc/cron.d/演示.csv": "演示.csv",
    "C:\\windows\\system32\\x.csv": "x.csv",
    "..\\..\\x.csv": "x.csv",
    "a\u202evsc.exe": "avsc.exe",
    "a\x1b[31mb\x7f\t.csv": "a[31mb.csv",
    "a\u2028b\ufeff.csv": "ab.csv",
    "&#46;&#46;&#47;x.csv": "x.csv",
    "&#0;&#10;x.csv": "\ufffdx.csv",
    "a;b=c.csv": "a;b=c.csv",
    "<script>alert(1)</script>.csv": "script>.csv",
    ".htaccess": ".htaccess",
    # No name at all, so no file of the form.
    "..": None,
    "x/": None,
    "x" * 900 + ".csv": "x" * 196 + ".csv",
}
# In no name.
UNKEPT = ("/", "\\", "\0", "\n", "\r", "\x1b", "\x7f", "\t", "\u202e", "\u2028", "\ufeff")


def form(name: str, content: bytes, field: str, fields: Mapping[str, str]) -> dict[str, Any]:
    """As a program sends it that cleans nothing: the client of the tests would take paths off."""
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{said}' for key, said in fields.items()
    ]
    head = f'--b\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\nContent-Type: image/jpeg'
    data = "\r\n".join([*parts, head]).encode() + b"\r\n\r\n" + content + b"\r\n--b--\r\n"
    return {"data": data, "content_type": "multipart/form-data; boundary=b"}


def sent(
    client: Any, address: str, content: bytes, field: str = "file", *, name: str = "a.xlsx", **fields: str
) -> Any:
    client.raise_request_exception = False
    return client.generic("POST", address, **form(name, content, field, fields))


@pytest.mark.parametrize("what", SHEETS)
def test_sheets(town: Town, errors: Errors, what: str) -> None:
    """Of bodies, and of orders of the hotline."""
    before = Event.objects.count()
    for person, address, fields in (
        ("system_admin", "/api/v1/sheets/", {"kind": "bodies"}),
        ("street_dispatcher", "/api/v1/hotline/files/", {}),
    ):
        answer = sent(client_of(town.people[person]), address, SHEETS[what], **fields)
        assert is_a_problem(answer) and answer.status_code == 400, (address, answer.content.decode())
        assert "file" in answer.json()["errors"] and not errors.told, (address, errors.told)
        assert "passwd" not in answer.content.decode() and "root:" not in answer.content.decode()
    assert not SheetFile.objects.exists() and not ImportBatch.objects.exists()
    assert Event.objects.count() == before


@pytest.mark.parametrize("what", SHEETS)
def test_the_reader_of_all_sheets(what: str) -> None:
    with pytest.raises(UnreadableSheet):
        read_table(SHEETS[what])


def test_rows_of_nothing_are_counted_before_they_are_read() -> None:
    """A million of them fit into 28 kB, and cost the reader seconds."""
    with pytest.raises(UnreadableSheet) as refused:
        read_table(SHEETS["one row for ever"])
    assert str(refused.value) == gettext("The file unpacks into far too much; copy the rows into a new file.")


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_names_of_sheets(town: Town, errors: Errors, name: str) -> None:
    """Kept, shown and told: without a path, and without what no eye sees."""
    for person, address, content, fields in (
        ("system_admin", "/api/v1/sheets/", BODIES, {"kind": "bodies"}),
        ("street_dispatcher", "/api/v1/hotline/files/", workbook([row()]), {}),
    ):
        client = client_of(town.people[person])
        answer = sent(client, address, content, name=name, **fields)
        assert not errors.told, (name, errors.told)
        if NAMES[name] is None:
            assert is_a_problem(answer) and answer.status_code == 400, (address, answer.content.decode())
            continue
        assert answer.status_code == 201, (address, answer.content.decode())
        assert answer.json()["file_name"] == NAMES[name]
        assert not [mark for mark in UNKEPT if mark in answer.json()["file_name"]]
    kept = {one.file_name for model in (SheetFile, ImportBatch) for one in model.objects.all()}
    assert kept == {NAMES[name]} - {None}


@pytest.mark.parametrize("what", PICTURES)
def test_pictures(town: Town, errors: Errors, what: str) -> None:
    """With a report, with a step, and from another city's client."""
    content, worker = PICTURES[what], client_of(town.people["grid_worker"])
    # Only who has reported a matter adds to it from outside.
    issue = town.report(by=town.people["spotter"], source="api", on_behalf=True, contact=CONTACT)
    before = Event.objects.count()
    token = AuthToken.objects.create(town.people["spotter"])[1]
    answers = [
        sent(worker, ISSUES, content, "photos", name="a.jpg", **REPORT),
        sent(worker, f"{ISSUES}{issue.code}/note/", content, "photos", name="a.jpg", text="演示"),
    ]
    for answer in answers:
        assert is_a_problem(answer) and answer.status_code in {400, 409, 422}, answer.content.decode()
    civic = {
        "api_key": token, "service_code": "litter", "address_id": REPORT["place"], "description": REPORT["text"]
    }  # fmt: skip
    answer = sent(visitor(), f"{OPEN311}requests.json", content, "media", name="a.jpg", **civic)
    assert answer.status_code in {400, 409, 422}, answer.content.decode()
    assert {one["code"] for one in json.loads(answer.content)} == {answer.status_code}
    told = {"api_key": token, "service_request_id": issue.code, "description": REPORT["text"]}
    answer = sent(visitor(), f"{OPEN311}servicerequestupdates.json", content, "media", name="a.jpg", **told)
    assert answer.status_code in {400, 409, 422}, answer.content.decode()
    assert not errors.told
    assert Issue.objects.count() == 1 and not Attachment.objects.exists() and Event.objects.count() == before


@pytest.mark.parametrize("what", HARMLESS)
def test_of_a_photo_that_is_more_only_the_photo_is_given_out(town: Town, errors: Errors, what: str) -> None:
    worker = client_of(town.people["grid_worker"])
    token = AuthToken.objects.create(town.people["spotter"])[1]
    civic = {
        "api_key": token, "service_code": "litter", "address_id": REPORT["place"], "description": REPORT["text"]
    }  # fmt: skip
    for client, address, field, fields, status in (
        (worker, ISSUES, "photos", REPORT, 201),
        (visitor(), f"{OPEN311}requests.json", "media", civic, 200),
    ):
        answer = sent(client, address, HARMLESS[what], field, name="../../a.svg", **fields)
        assert answer.status_code == status and not errors.told, answer.content.decode()
        photo = Attachment.objects.latest("pk")
        shown = worker.get(f"/api/v1/attachments/{photo.pk}/")
        content = b"".join(shown.streaming_content)
        assert (
            content.startswith(b"\xff\xd8\xff") and b"script" not in content and b"PK\x03\x04" not in content
        )
        assert (
            shown.headers["Content-Type"] == "image/jpeg"
            and shown.headers["X-Content-Type-Options"] == "nosniff"
        )


def test_names_of_photos(town: Town, errors: Errors) -> None:
    """Never kept: neither as a path nor as a name."""
    worker = client_of(town.people["grid_worker"])
    for name, kept in NAMES.items():
        with undone():
            answer = sent(worker, ISSUES, HARMLESS["comment"], "photos", name=name, **REPORT)
            files = list(Attachment.objects.values_list("file", flat=True))
            # What has no name is no file of the form, and a report needs no photo.
            assert answer.status_code in {201, 400} and not errors.told, (name, answer.content.decode())
            assert len(files) == (answer.status_code == 201 and kept is not None), name
            assert all(
                one.startswith("2026/03/") and len(one) == 44 and one.endswith(".jpg") for one in files
            )
