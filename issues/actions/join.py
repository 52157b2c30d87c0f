"""It is this one: somebody who is about to report finds that it is known, and theirs follows it from the start.

And the photos that wait while they look: a file of ours that no row names is swept after a day.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from issues.actions.merge import follow_main
from issues.actions.photos import MOST_PHOTOS, NAME, Photo, clean_image
from issues.actions.report import report_issue
from issues.actions.step import Step, lock_issue
from issues.lifecycle import UNRESOLVED_STATES
from issues.models import Issue
from trail.refusals import Refused

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def join_issue(main: Issue, *, by: "User | None", now: datetime, **report: Any) -> Issue:
    """Take in a report (`report` as report_issue takes it) and let it follow `main` at once.

    The reporter has a link and a verdict of their own. Locks the main issue first. Raises Refused("main")
    for one that has ended meanwhile, that follows another, or that nobody may be told of.
    """
    chief = lock_issue(main.pk)
    if chief.state not in UNRESOLVED_STATES or chief.kind == "dispute" or chief.is_about_somebody:
        raise Refused(_("That matter has ended in the meantime: send yours as a new one."), code="main")
    issue = report_issue(by=by, now=now, **report)
    return follow_main(Step(lock_issue(issue.pk), "merge", by, now), chief)


def set_aside_photos(photos: Iterable[Photo], *, now: datetime) -> list[str]:
    """Keep photos, without their metadata, until the report is sent; their names. Raises Refused as
    keep_photos does."""
    cleaned = [clean_image(photo)[0] for photo in list(photos)[:MOST_PHOTOS]]
    names = [f"{now:%Y/%m}/{secrets.token_hex(16)}.jpg" for _each in cleaned]
    return [
        default_storage.save(name, ContentFile(content)) for name, content in zip(names, cleaned, strict=True)
    ]


def is_set_aside(name: str) -> bool:
    """Is it one of them, and not swept since?"""
    return bool(NAME.fullmatch(name.rpartition("/")[2])) and default_storage.exists(name)


def photo_set_aside(name: str) -> ContentFile | None:
    """One of them; None when it was swept since."""
    if not is_set_aside(name):
        return None
    with default_storage.open(name) as file:
        return ContentFile(file.read(), name=name.rpartition("/")[2])
