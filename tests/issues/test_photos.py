"""Photos are evidence of a place: stripped of everything else, under names of our own, never left behind."""

import io
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone
from PIL import Image

from issues.actions.photos import LONGEST_SIDE, MOST_BYTES, Photo, clean_image, sweep_photos
from issues.models import Attachment
from tests.builders import Town
from tests.issues.acting import Acting
from trail.refusals import Refused


def picture(size: tuple[int, int] = (64, 48), *, form: str = "JPEG", orientation: int = 0) -> Photo:
    """A photo as a phone makes it: with a place, a maker and a date in its metadata."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[0x010F], exif[0x0132] = "Phone Maker", "2026:03:10 10:00:00"
    exif.get_ifd(0x8825)[1] = "N"
    if orientation:
        exif[0x0112] = orientation
    file = io.BytesIO()
    image.save(file, form, exif=exif)
    file.seek(0)
    return Photo(file, file.getbuffer().nbytes)


@pytest.fixture(autouse=True)
def media(settings: object, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def files(media: Path) -> list[Path]:
    return sorted(path for path in media.rglob("*") if path.is_file())


class TestClean:
    @pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
    def test_no_metadata_is_left(self, form: str) -> None:
        content, width, height = clean_image(picture(form=form))
        found = Image.open(io.BytesIO(content))
        assert (found.format, found.size, (width, height)) == ("JPEG", (64, 48), (64, 48))
        assert not dict(found.getexif())
        assert b"Phone Maker" not in content

    def test_turned_upright(self) -> None:
        content, width, height = clean_image(picture(orientation=6))
        found = Image.open(io.BytesIO(content))
        assert (width, height) == found.size == (48, 64)
        # The blue half was left; turned clockwise it is on top.
        assert found.getpixel((24, 4))[2] > 200

    def test_made_smaller_never_larger(self) -> None:
        assert clean_image(picture((4000, 1000)))[1:] == (LONGEST_SIDE, LONGEST_SIDE // 4)
        assert clean_image(picture((10, 10)))[1:] == (10, 10)

    def test_a_transparent_png_becomes_a_photo(self) -> None:
        file = io.BytesIO()
        Image.new("RGBA", (8, 8), (1, 2, 3, 0)).save(file, "PNG")
        file.seek(0)
        assert clean_image(Photo(file, 10))[1:] == (8, 8)

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"<svg onload=alert(1)></svg>",
            b"%PDF-1.4",
            b"GIF89a" + bytes(50),
            b"\xff\xd8\xff\xe0" + bytes(40),
            b"\x89PNG\r\n\x1a\n" + bytes(30),
        ],
    )
    def test_no_photo(self, content: bytes) -> None:
        with pytest.raises(Refused) as refused:
            clean_image(Photo(io.BytesIO(content), len(content)))
        assert refused.value.code == "photo_type"

    def test_a_photo_cut_off_in_the_middle(self) -> None:
        whole = picture((800, 600)).file.read()
        with pytest.raises(Refused) as refused:
            clean_image(Photo(io.BytesIO(whole[: len(whole) // 2]), len(whole) // 2))
        assert refused.value.code == "photo_type"

    def test_too_large(self) -> None:
        with pytest.raises(Refused) as refused:
            clean_image(Photo(io.BytesIO(b""), MOST_BYTES + 1))
        assert refused.value.code == "photo_size"

    def test_a_bomb_of_pixels_is_not_unpacked(self) -> None:
        file = io.BytesIO()
        Image.new("1", (9000, 9000)).save(file, "PNG")
        file.seek(0)
        with pytest.raises(Refused) as refused:
            clean_image(Photo(file, 100))
        assert refused.value.code == "photo_size"


class TestKeep:
    def test_beside_the_event_under_a_name_of_our_own(self, town: Town, act: Acting, media: Path) -> None:
        issue = act("submit_result", act.handling(), "grid_worker", photos=[picture(), picture()])
        rows = list(Attachment.objects.filter(issue=issue))
        assert [row.seq for row in rows] == [issue.version] * 2
        assert {Path(row.file.path) for row in rows} == set(files(media))
        for row in rows:
            assert row.file.name.startswith("2026/03/")
            assert row.size == Path(row.file.path).stat().st_size
            assert row.internal is False
            assert Path(row.file.path).stat().st_mode & 0o077 == 0

    def test_with_the_report(self, town: Town) -> None:
        issue = town.report(photos=[picture()])
        assert Attachment.objects.get(issue=issue).seq == 1

    @pytest.mark.parametrize("internal", [True, False])
    def test_of_a_note_for_whom_the_note_is(self, town: Town, act: Acting, internal: bool) -> None:
        issue = act("note", act.handling(), "grid_worker", internal=internal, photos=[picture()])
        assert Attachment.objects.get(issue=issue).internal is internal

    def test_one_bad_photo_undoes_everything(self, town: Town, act: Acting) -> None:
        issue = act.handling()
        bad = Photo(io.BytesIO(b"nothing"), 7)
        assert (
            act.refused("submit_result", issue, "grid_worker", photos=[picture(), bad]).code == "photo_type"
        )
        assert not Attachment.objects.exists()

    def test_not_too_many(self, town: Town, act: Acting) -> None:
        issue = act.handling()
        photos = [picture() for _unused in range(7)]
        assert act.refused("note", issue, "grid_worker", photos=photos).code == "too_many_photos"


class TestSweep:
    def age(self, path: Path, **time_ago: float) -> None:
        then = time.time() - timedelta(**time_ago).total_seconds()
        os.utime(path, (then, then))

    def test_files_without_a_row_go_after_a_day(self, town: Town, media: Path) -> None:
        town.report(photos=[picture()])
        (kept,) = files(media)
        orphans = [kept.with_name(f"{number:032x}.jpg") for number in range(3)]
        foreign = kept.with_name("README")
        for path in (*orphans, foreign):
            path.write_bytes(b"x")
        for path in (kept, foreign, *orphans[:2]):
            self.age(path, days=2)
        assert sweep_photos(now=timezone.now()) == 2
        assert files(media) == sorted([kept, foreign, orphans[2]])

    def test_command(self, town: Town, media: Path, capsys: pytest.CaptureFixture) -> None:
        media.joinpath("2026/03").mkdir(parents=True)
        orphan = media / "2026/03" / f"{1:032x}.jpg"
        orphan.write_bytes(b"x")
        self.age(orphan, hours=25)
        call_command("sweep_photos")
        assert "1" in capsys.readouterr().out
        assert not orphan.exists()

    def test_nothing_there_yet(self, town: Town, settings: object, tmp_path: Path) -> None:
        settings.MEDIA_ROOT = tmp_path / "nowhere"
        assert sweep_photos(now=timezone.now()) == 0
