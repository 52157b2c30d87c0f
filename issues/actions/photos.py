"""Photos of places: re-encoded without metadata, under names of our own, on disk before the row commits."""

import hashlib
import io
import os
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from issues.models import Attachment, Issue
from trail.refusals import Refused
from trail.retention import ORPHANED_PHOTOS

LONGEST_SIDE = 1600
MOST_BYTES = 15 * 1024 * 1024
MOST_PIXELS = 60_000_000
MOST_PHOTOS = 6
FORMATS = ("JPEG", "PNG", "WEBP")
SHARED = ("internal", "width", "height", "size", "sha256", "created_at")
NAME = re.compile(r"[0-9a-f]{32}\.jpg")


@dataclass(frozen=True)
class Photo:
    """What somebody sent: an open binary file and its size in bytes."""

    file: IO[bytes]
    size: int


def keep_photos(
    issue: Issue, photos: Iterable[Photo], *, seq: int, now: datetime, internal: bool = False
) -> list[Attachment]:
    """Store photos beside the event `seq`. Raises Refused for too many, too large, or no picture at all."""
    photos = list(photos)
    if len(photos) > MOST_PHOTOS:
        raise Refused(_("At most %(most)d photos at a time.") % {"most": MOST_PHOTOS}, code="too_many_photos")
    return [_keep(issue, clean_image(photo), seq, now, internal) for photo in photos]


def release_photos(issue: Issue, *, since: int, seq: int) -> list[Attachment]:
    """What was kept for staff beside the event `since` is the resident's too, beside the event `seq`."""
    waiting = Attachment.objects.filter(issue=issue, seq=since)
    ids = list(waiting.values_list("pk", flat=True))
    waiting.update(seq=seq, internal=False)
    return list(Attachment.objects.filter(pk__in=ids).order_by("pk"))


def share_photos(photos: Iterable[Attachment], issue: Issue) -> None:
    """The same pictures beside the last event of another issue: rows of their own, the files are shared."""
    for one in photos:
        row = Attachment(**{name: getattr(one, name) for name in SHARED}, issue=issue, seq=issue.version)
        row.file.name = one.file.name
        row.save(force_insert=True)


def clean_image(photo: Photo) -> tuple[bytes, int, int]:
    """(JPEG bytes without metadata, width, height), turned upright, longest side 1600 px."""
    if photo.size > MOST_BYTES:
        raise Refused(_("This photo is larger than 15 MB; take a smaller one."), code="photo_size")
    try:
        with Image.open(photo.file, formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Refused(_("This photo has too many pixels; take a smaller one."), code="photo_size")
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except Refused:
        raise
    except Exception as error:  # whatever a broken picture makes the reader stumble over, its metadata too
        reason = _("This file is not a photo that can be read (JPEG, PNG, WebP).")
        raise Refused(reason, code="photo_type") from error
    # What stands beside the picture: a comment would be written along.
    upright.info.clear()
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    out = io.BytesIO()
    upright.save(out, "JPEG", quality=82, optimize=True)
    return out.getvalue(), upright.width, upright.height


def _keep(
    issue: Issue, cleaned: tuple[bytes, int, int], seq: int, now: datetime, internal: bool
) -> Attachment:
    content, width, height = cleaned
    row = Attachment(
        issue=issue,
        seq=seq,
        internal=internal,
        width=width,
        height=height,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        created_at=now,
    )
    row.file.save(f"{now:%Y/%m}/{secrets.token_hex(16)}.jpg", ContentFile(content), save=False)
    _flush(row.file.path)
    row.save(force_insert=True)
    return row


def sweep_photos(*, now: datetime) -> int:
    """Delete files of ours that no row names and that are older than a day; how many.

    A file is on disk before the row that names it commits: a transaction that failed leaves one behind.
    """
    gone = 0
    for folder in Path(settings.MEDIA_ROOT).glob("[0-9]*/[0-9]*"):
        old = {
            f"{path.relative_to(settings.MEDIA_ROOT)}": path
            for path in folder.iterdir()
            if _is_old(path, now)
        }
        named = set(Attachment.objects.filter(file__in=old).values_list("file", flat=True))
        for name in old.keys() - named:
            old[name].unlink()
            gone += 1
    return gone


def _is_old(path: Path, now: datetime) -> bool:
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return bool(NAME.fullmatch(path.name)) and written < now - ORPHANED_PHOTOS


def _flush(path: str) -> None:
    """The bytes are on disk before the transaction that names them commits."""
    for name, flags in ((path, os.O_RDONLY), (os.path.dirname(path), os.O_DIRECTORY)):
        handle = os.open(name, flags)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
