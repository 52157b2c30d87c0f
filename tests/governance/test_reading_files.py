"""A sheet that was sent is taken apart before a transaction begins: none stays open for the seconds that this takes. Over
REST, what comes again under its key is not taken apart again."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse

from grids.actions import sheet_files
from grids.models import SheetFile
from issues.actions import hotline
from issues.models import ImportBatch
from tests.api.conftest import client_of
from tests.builders import Town
from tests.faces import signed_in
from tests.issues.sheets import row, workbook
from trail.idempotency import FIELD

pytestmark = pytest.mark.django_db
BODIES = "编码,名称,类别,所属辖区编码\nnew-1,演示新单位,职能部门,220103\n".encode()


@pytest.fixture
def depths(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many transactions, one within the other, were open at each reading."""
    found: list[int] = []

    def watched(real: Callable[..., Any]) -> Callable[..., Any]:
        def read(*args: Any) -> Any:
            found.append(len(connection.savepoint_ids))
            return real(*args)

        return read

    for module, name in ((sheet_files, "read_table"), (hotline, "read_sheet")):
        monkeypatch.setattr(module, name, watched(getattr(module, name)))
    return found


def sheet(data: bytes = BODIES) -> SimpleUploadedFile:
    return SimpleUploadedFile("1.csv", data)


@cache
def _orders() -> bytes:
    """Made once: a workbook says when it was made, and a file sent again under its key is the same."""
    return workbook([row(), row(number="GZ2", deadline="x")])


def orders() -> SimpleUploadedFile:
    return SimpleUploadedFile("1.xlsx", _orders())


def over_rest(town: Town, who: str, address: str, sent: dict[str, Any]) -> Any:
    headers = {"Idempotency-Key": "one"}
    return client_of(town.people[who]).post(f"/api/v1/{address}/", sent, format="multipart", headers=headers)


def on_page(town: Town, who: str, name: str, sent: dict[str, Any]) -> Any:
    town.people[who].is_staff = True
    town.people[who].save()
    return signed_in(town, who).post(reverse(name), sent | {FIELD: "two"})


def test_sheets(town: Town, depths: list[int]) -> None:
    here = len(connection.savepoint_ids)
    for _twice in range(2):
        answer = over_rest(town, "system_admin", "sheets", {"kind": "bodies", "file": sheet()})
        assert answer.status_code == 201
    assert depths == [here] and SheetFile.objects.count() == 1
    sent = {"upload-kind": "bodies", "upload-file": sheet()}
    assert on_page(town, "system_admin", "admin:grids_sheetfile_add", sent).status_code == 302
    assert depths == [here, here] and SheetFile.objects.count() == 2


def test_files_of_orders(town: Town, depths: list[int]) -> None:
    here = len(connection.savepoint_ids)
    for _twice in range(2):
        answer = over_rest(town, "street_dispatcher", "hotline/files", {"file": orders()})
        assert answer.status_code == 201
    assert depths == [here] and ImportBatch.objects.count() == 1
    answer = on_page(town, "street_dispatcher", "admin:issues_importbatch_add", {"file": orders()})
    assert answer.status_code == 302
    assert depths == [here, here] and ImportBatch.objects.count() == 2


def test_what_cannot_be_read_is_said_and_whoever_may_not_has_nothing_read(
    town: Town, depths: list[int]
) -> None:
    answer = over_rest(town, "system_admin", "sheets", {"kind": "bodies", "file": sheet(b"PK nothing")})
    assert answer.status_code == 400 and "file" in answer.json()["errors"]
    sent = {"upload-kind": "bodies", "upload-file": sheet(b"PK nothing")}
    assert on_page(town, "system_admin", "admin:grids_sheetfile_add", sent).status_code == 422
    assert len(depths) == 2
    assert over_rest(town, "grid_worker", "sheets", {"kind": "bodies", "file": sheet()}).status_code == 400
    assert over_rest(town, "supervisor", "sheets", {"kind": "bodies", "file": sheet()}).status_code == 403
    assert over_rest(town, "grid_worker", "hotline/files", {"file": orders()}).status_code == 403
    assert len(depths) == 2 and not SheetFile.objects.exists()
