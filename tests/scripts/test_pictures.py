"""The pictures of the READMEs: all there, none too heavy, each with words instead of it; and what none may show."""

import os
import re
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from scripts.pictures import LANGUAGES, MOST, PLACE, ROOT, SHOTS, packed, secrets_in

READMES = {"zh": "README.zh-CN.md", "en": "README.md"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SHOTS)
def test_each_is_there_and_its_readme_shows_it(name: str, language: str) -> None:
    file, shot = PLACE / f"{name}.{language}.png", SHOTS[name]
    assert file.stat().st_size <= MOST
    with Image.open(file) as picture:
        assert (picture.format, picture.size) == ("PNG", (shot.width * shot.scale, shot.height * shot.scale))
    readme = (ROOT / READMES[language]).read_text(encoding="utf-8")
    (words,) = re.findall(rf"!\[([^\]]+)\]\({re.escape(file.relative_to(ROOT).as_posix())}\)", readme)
    assert len(words) > 8 and bool(CHINESE.search(words)) == (language == "zh")


def test_nothing_else_lies_there() -> None:
    wanted = {f"{name}.{language}.png" for name in SHOTS for language in LANGUAGES}
    assert {path.name for path in PLACE.iterdir()} == wanted


def drawn(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def test_a_heavy_picture_loses_colours_until_it_fits() -> None:
    noise = Image.frombytes("RGB", (480, 480), os.urandom(480 * 480 * 3))
    before = drawn(noise)
    after = packed(before)
    assert len(before) > MOST >= len(after)
    with Image.open(BytesIO(after)) as picture:
        assert picture.size == noise.size and len(picture.getcolors() or ()) > 2


def test_what_cannot_be_made_to_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="more than"):
        packed(drawn(Image.frombytes("RGB", (1400, 1400), os.urandom(1400 * 1400 * 3))))


def test_whatever_opens_something_is_seen() -> None:
    demo: dict[str, Any] = {
        "users": {"grid_worker": {"username": "grid_worker", "password": "k7mf-3xqp", "token": "abc123"}},
        "service": {"token": "def456"},
        "open311_key": "ghi789",
        "resident_url": "http://127.0.0.1:8000/r/jkl012",
    }
    assert secrets_in("grid_worker signed in at http://127.0.0.1:8000/r/", demo) == []
    for name, secret in (
        ("grid_worker", "k7mf-3xqp"),
        ("grid_worker", "abc123"),
        ("service", "def456"),
        ("open311_key", "ghi789"),
        ("resident_url", "jkl012"),
    ):
        assert secrets_in(f"… {secret} …", demo) == [name]
