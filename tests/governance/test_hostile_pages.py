"""Hostile files and words on the pages that take any: the form comes back and says why, and nothing was written."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from issues.models import Attachment, ImportBatch, Issue
from tests.builders import Town
from tests.faces import hidden, signed_in, visitor
from tests.governance.senders import Errors, undone
from tests.issues.hostile_files import harmless, pictures, sheets
from trail.models import Event

pytestmark = pytest.mark.django_db
REPORT = "/report/22010300100100001/"
GOOD = {"category": "litter", "text": "演示:垃圾没有清运", "source": "patrol"}
NAMES = (
    *(
        "../../../etc/passwd",
        "a\r\nSet-Cookie: a=b.jpg",
        "C:\\windows\\x.jpg",
        "x" * 3000 + ".jpg",
        "\u202egpj.exe",
    ),
    *("<script>alert(1)</script>.jpg", "照片.svg", ".htaccess", "a;b=c.jpg", '"quoted".jpg'),
)
WORDS = ("a\0b", "\u202e", "x" * 5000, "\ufffe", "'; DROP TABLE issues_issue; --", "{{ 7*7 }}", "😀" * 3000)
FEATURE = (
    '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":%s},"geometry":%s}]}'
)
SQUARE = '{"type":"Polygon","coordinates":[[[125,43],[125.1,43],[125.1,43.1],[125,43]]]}'
BOUNDARIES: tuple[bytes, ...] = (
    *(b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 20_000, b"9" * 5000, b"NaN"),
    *(
        b"<svg/>",
        b"PK\x03\x04" + bytes(500),
        b'{"type":"FeatureCollection","features":[null, 1, "x", [], {}]}',
    ),
    (FEATURE % ('"\\ud800"', SQUARE)).encode(),
    (FEATURE % ('"\\u0000"', SQUARE)).encode(),
    (FEATURE % ("9" * 400, SQUARE)).encode(),
    (FEATURE % ("1e400", SQUARE)).encode(),
    (FEATURE % ('{"a": 1}', SQUARE)).encode(),
    (FEATURE % ('"220103001001001"', SQUARE.replace("125.1", "1e400"))).encode(),
    (FEATURE % ('"220103001001001"', SQUARE.replace("125.1", "9" * 400))).encode(),
    (FEATURE % ('"220103001001001"', SQUARE.replace("125.1", "NaN"))).encode(),
    (FEATURE % ('"220103001001001"', SQUARE.replace("125.1", '"x"'))).encode(),
    (
        FEATURE % ('"220103001001001"', '{"type":"Polygon","coordinates":' + "[" * 900 + "]" * 900 + "}")
    ).encode(),
    (FEATURE % ('"220103001001001"', '{"type":"GeometryCollection","geometries":[]}')).encode(),
)


@pytest.mark.parametrize(
    "address",
    ["/r/?q=a%00b", "/r/?lat=%00&lon=1", "/r/%00/", "/r/at/a%00b/", "/report/?token=%00", "/report/x%00/",
     "/grid/?building=a%00b", "/outside/?issue=%00", "/?page=%00", "/admin/jump/?q=%00%00",
     "/admin/issues/issue/?q=a%00b", "/volunteers/?q=%00"],
)  # fmt: skip
@pytest.mark.parametrize("who", ["grid_worker", ""])
def test_an_address_that_is_no_text_is_answered_in_words(
    town: Town, errors: Errors, address: str, who: str
) -> None:
    """PostgreSQL keeps no NUL: asked for one, it is an error, and so was the page."""
    client = client_of(town, who) if who else visitor()
    client.raise_request_exception = False
    answer = client.get(address)
    assert answer.status_code == 400 and not errors.told
    assert "This address cannot be read" in answer.content.decode()


def test_what_only_looks_like_it_is_an_ordinary_word() -> None:
    assert visitor().get("/r/?q=%2500").status_code == 200


def client_of(town: Town, name: str) -> Any:
    town.people[name].is_staff = True
    town.people[name].save(update_fields=["is_staff"])
    client = signed_in(town, name)
    client.raise_request_exception = False
    return client


def test_photos_of_a_report(town: Town, errors: Errors) -> None:
    client = client_of(town, "grid_worker")
    fields = hidden(client.get(REPORT).context["form"])
    for what, content in pictures().items():
        photo = SimpleUploadedFile("a.jpg", content, "image/jpeg")
        answer = client.post(REPORT, fields | GOOD | {"photos": photo})
        assert answer.status_code in {409, 422} and not errors.told, (what, answer.status_code, errors.told)
        assert not Issue.objects.exists(), what


def test_names_of_photos(town: Town, errors: Errors) -> None:
    """Never kept: neither as a path nor as a name."""
    client = client_of(town, "grid_worker")
    fields = hidden(client.get(REPORT).context["form"])
    content = next(iter(harmless().values()))
    for name in NAMES:
        photo = SimpleUploadedFile("a.jpg", content, "image/jpeg")
        photo._name = name
        with undone():
            answer = client.post(REPORT, fields | GOOD | {"photos": photo})
            # 400: a name so long is no header of a form any more.
            assert answer.status_code in {302, 400, 409, 422} and not errors.told, (name, answer.status_code)
            assert "Set-Cookie: a" not in str(answer.headers)
            kept = Attachment.objects.values_list("file", flat=True)
            # One with a line break within need not be a file of the form.
            assert len(kept) == (answer.status_code == 302) or ("\n" in name and not kept), name
            assert all(one.startswith("2026/03/") and len(one) == 44 and one.endswith(".jpg") for one in kept)


def test_words_of_a_report(town: Town, errors: Errors) -> None:
    client = client_of(town, "grid_worker")
    fields = hidden(client.get(REPORT).context["form"])
    for name in (*GOOD, "spot", "contact_name", "contact_phone", *fields, "state", "id", "owner", "unknown"):
        for word in WORDS:
            with undone():
                answer = client.post(REPORT, fields | GOOD | {name: word})
                assert answer.status_code in {200, 302, 409, 422} and not errors.told, (name, word[:9])
                assert not Issue.objects.exclude(state="assigned").exists() or answer.status_code == 302
    assert not Issue.objects.exists()


def test_sheets_of_the_hotline(town: Town, errors: Errors) -> None:
    address = reverse("admin:issues_importbatch_add")
    client = client_of(town, "district_dispatcher")
    fields, before = hidden(client.get(address).context["form"]), Event.objects.count()
    for what, content in sheets().items():
        answer = client.post(address, fields | {"file": SimpleUploadedFile(f"{what}\r\n.xlsx", content)})
        assert answer.status_code in {409, 422} and not errors.told, (what, answer.status_code, errors.told)
    assert not ImportBatch.objects.exists() and Event.objects.count() == before


def test_files_of_boundaries(town: Town, errors: Errors) -> None:
    address = reverse("admin:grids_unit_boundaries")
    client = client_of(town, "system_admin")
    fields, before = hidden(client.get(address).context["form"]), Event.objects.count()
    for code in ("", "220103001001001"):
        for content in BOUNDARIES:
            file = SimpleUploadedFile("a\0.geojson", content)
            answer = client.post(address, fields | {"file": file, "crs": "wgs84", "code": code})
            # For one named unit the code within is not read.
            taken = {200, 422} if code else {422}
            assert answer.status_code in taken and not errors.told, (content[-200:], answer.status_code)
            answer = client.post(
                reverse("admin:grids_unit_save_boundaries"), {"document": content.decode(errors="replace")}
            )
            assert answer.status_code in {409, 422} and not errors.told, (content[-200:], answer.status_code)
    assert Event.objects.count() == before
