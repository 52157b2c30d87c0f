"""Photos are served to those who may see their issue, and to nobody else."""

import pytest

from issues.actions import PERFORM
from issues.actions.photos import Photo
from issues.views.follow import follow_link
from tests.faces import photo, signed_in, stop_clock, visitor


@pytest.fixture(autouse=True)
def clock(monkeypatch, town, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    stop_clock(monkeypatch, town.now)


def sent() -> Photo:
    file = photo()
    return Photo(file, file.size)


@pytest.fixture
def issue(town):
    made = town.report(photos=[sent()])
    worker = {"by": town.people["grid_worker"], "now": town.now}
    PERFORM["note"](made, text="x", internal=True, photos=[sent()], **worker)
    return made


@pytest.fixture
def public(issue):
    return issue.attachments.get(internal=False)


@pytest.fixture
def internal(issue):
    return issue.attachments.get(internal=True)


def test_staff_see_it(town, public):
    response = signed_in(town, "grid_worker").get(f"/photo/{public.pk}/")
    assert response.status_code == 200 and b"".join(response.streaming_content).startswith(b"\xff\xd8")
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"].startswith("private")


@pytest.mark.parametrize(
    ("name", "status"), [("far_worker", 404), ("other_worker", 404), ("building_head", 200)]
)
def test_whoever_does_not_see_the_issue_sees_no_photo(town, public, name, status):
    assert signed_in(town, name).get(f"/photo/{public.pk}/").status_code == status


def test_internal_photos_are_for_those_who_read_internal_notes(town, internal):
    assert signed_in(town, "grid_worker").get(f"/photo/{internal.pk}/").status_code == 200
    assert signed_in(town, "building_head").get(f"/photo/{internal.pk}/").status_code == 404


def test_nobody_else_comes_near(public):
    assert visitor().get(f"/photo/{public.pk}/").status_code == 302


def test_the_follow_link_shows_what_is_the_residents(town, issue, public, internal):
    link = follow_link(issue)
    response = visitor().get(f"{link}photo/{public.pk}/")
    assert response.status_code == 200 and response.headers["Cache-Control"].startswith("private")
    assert visitor().get(f"{link}photo/{internal.pk}/").status_code == 404
    assert visitor().get(f"{follow_link(town.report())}photo/{public.pk}/").status_code == 404
    assert visitor().get(f"/f/forged:link/photo/{public.pk}/").status_code == 404


def test_a_file_that_is_gone_is_not_found(town, public):
    public.file.storage.delete(public.file.name)
    assert signed_in(town, "grid_worker").get(f"/photo/{public.pk}/").status_code == 404


def test_no_path_leads_to_the_files(public):
    assert visitor().get(f"/media/{public.file.name}").status_code == 404
