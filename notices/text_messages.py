"""Text messages (SMS) to one's own phone, through the gateway of the house: one HTTP request each. To people with an
account what is in their inbox, to those without one (notices.contacts) all they are told.

The gateway is asked with POST and JSON: {"id", "to", "text"}; `id` is the same when a message is sent again after a
crash, so that a gateway that keeps ids sends it once. Any 2xx means taken.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from notices.channels import LABELS, TEXT, Channel, Later, NotTaken, Spared
from notices.contacts import QUIET, contact_of
from notices.models import Notice, Preference
from notices.wire import Request, post
from notices.wishes import Wishes, not_before

# In front of each message, as gateways in China ask for a signature.
SIGNATURE = "【格治】"


# What could not be sent in a day is no news any more; it stands in the inbox.
STALE = timedelta(days=1)


def send_text(notice: Notice, now: datetime) -> None:
    """Hand it to the gateway. Raises Spared where nothing needs sending any more, Later in quiet hours (it may have been
    tried before they began), NotTaken with the reason otherwise."""
    reader = _contact(notice) if notice.contact else _person(notice, now)
    at = not_before(notice.urgency, reader.wishes, now, timezone.get_current_timezone())
    if at > now:
        raise Later(at)
    with translation.override(reader.language or settings.LANGUAGE_CODE):
        text = text_of(notice, reader.link)
    body = {"id": f"notice-{notice.pk}", "to": reader.phone, "text": text}
    headers = {"Content-Type": "application/json; charset=utf-8"}
    if settings.SMS_TOKEN:
        headers["Authorization"] = f"Bearer {settings.SMS_TOKEN}"
    outcome = post(Request(settings.SMS_URL, headers, json.dumps(body, ensure_ascii=False).encode()))
    if outcome.error:
        raise NotTaken(outcome.error)


@dataclass(frozen=True)
class _Reader:
    """Whom it goes to, what they wish, and the page it leads them to."""

    phone: str
    wishes: Wishes
    link: str
    language: str = ""


def _person(notice: Notice, now: datetime) -> _Reader:
    """Whoever has an account. Raises Spared for one who is gone or has read it, and for what is no news any more."""
    person = notice.recipient
    assert person is not None
    if not person.is_active or not person.phone or now - notice.created_at > STALE or _was_read(notice):
        raise Spared
    return _Reader(person.phone, Preference.objects.wishes_of(person.pk), notice.link, person.language)


def _contact(notice: Notice) -> _Reader:
    """Whoever has none: there is no inbox, so it is never too late. Raises Spared."""
    contact = contact_of(notice.contact, notice.key)
    if contact is None:
        raise Spared
    return _Reader(contact.phone, QUIET, contact.link)


def text_of(notice: Notice, link: str) -> str:
    """The message in the active language: what about, what has happened, and where it can be done."""
    words = notice.words
    if notice.about:
        words = _("%(name)s: %(what)s") % {"name": notice.about, "what": words}
    return f"{SIGNATURE}{words} {settings.BASE_URL}{link}" if link else f"{SIGNATURE}{words}"


def _was_read(notice: Notice) -> bool:
    """Whoever has read it in the inbox meanwhile needs no message."""
    return Notice.objects.inbox(notice.recipient).filter(event=notice.event_id).exclude(read_at=None).exists()


CHANNEL = Channel(TEXT, LABELS[TEXT], send_text, asks=True)
