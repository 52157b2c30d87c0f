"""Files that somebody made to hurt, at the readers of sheets and photos: refused in words, cheaply."""

import io

import pytest
from PIL import Image

from grids.books import UnreadableSheet
from issues.actions.photos import Photo, clean_image
from issues.hotline.columns import DEFAULT
from issues.hotline.sheets import read_sheet
from tests.issues.hostile_files import harmless, picture, pictures, sheets
from tests.issues.sheets import row, workbook
from trail.refusals import Refused

SHEETS, PICTURES, HARMLESS = sheets(), pictures(), harmless()


@pytest.mark.parametrize("what", SHEETS)
def test_sheets(what: str) -> None:
    with pytest.raises(UnreadableSheet) as refused:
        read_sheet(SHEETS[what], DEFAULT)
    assert "passwd" not in str(refused.value) and "root:" not in str(refused.value)


def test_what_stands_far_right_is_not_read() -> None:
    read = read_sheet(workbook([row()], above=[["演示", *[None] * 400, "x"]]), DEFAULT)
    assert len(read.rows) == 1 and len(read.header) == len(DEFAULT.headings)


@pytest.mark.parametrize("what", PICTURES)
def test_pictures(what: str) -> None:
    with pytest.raises(Refused) as refused:
        clean_image(Photo(io.BytesIO(PICTURES[what]), len(PICTURES[what])))
    assert refused.value.code in {"photo_type", "photo_size"}


@pytest.mark.parametrize("what", HARMLESS)
def test_of_a_photo_that_is_more_only_the_photo_is_kept(what: str) -> None:
    content, *size = clean_image(Photo(io.BytesIO(HARMLESS[what]), len(HARMLESS[what])))
    assert size == [40, 30] and b"script" not in content and b"PK\x03\x04" not in content
    kept = Image.open(io.BytesIO(content))
    assert kept.format == "JPEG" and getattr(kept, "n_frames", 1) == 1 and "comment" not in kept.info


def test_whatever_the_reader_stumbles_over_is_no_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Broken metadata made it raise a TypeError."""

    def stumble(image: object) -> None:
        raise TypeError("The fill character must be a unicode character, not bytes")

    monkeypatch.setattr("issues.actions.photos.ImageOps.exif_transpose", stumble)
    content = picture("JPEG")
    with pytest.raises(Refused) as refused:
        clean_image(Photo(io.BytesIO(content), len(content)))
    assert refused.value.code == "photo_type"
