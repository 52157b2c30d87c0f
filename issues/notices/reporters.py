"""What a reporter without an account hears: a text message to the telephone they left, where the house has a gateway.

It carries the number of the matter and the address that only they are given: no place, no category, nothing of what was
written, for whoever else looks at that telephone. The hotline tells its own callers, another system whom it reports for.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from accounts.phones import is_mobile
from issues.kinds import LINK
from issues.links import follow_link
from issues.models import Issue, Reporter
from issues.reporters import CONTACT, notice_name, reached_by_text
from notices.actions import Telling
from notices.channels import texts_go_out
from notices.contacts import Contact, contacts
from notices.words import word

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from issues.notices.hearing import Hearing

_IN = _("there is a result. Please read it, and say whether it is solved")
_ALONE = _("it is dealt with on its own again, and the answer comes to you")
_WHERE = _("we cannot take it on. Here it says why, and where to turn instead")
TEXTS: "dict[str, StrOrPromise]" = {
    "submit_result": _IN,
    "answer": _IN,
    "resolve_with": _IN,
    "ask_info": _("we need to know something more from you. Please answer, so that it can go on"),
    "merge": _("it is dealt with together with the same matter, and its result comes to you"),
    "unmerge": _ALONE,
    "release": _ALONE,
    "follow_again": _("its result did not hold, it is being looked at again"),
    "verify": _("the result was checked on the spot, and the matter is closed"),
    "reject": _WHERE,
    "reject_with": _WHERE,
    "close": _("it was closed after a review. Here it says why"),
}
# A result waits for a verdict; of a danger no night holds it back: whoever reported that is awake.
RESULTS = {"submit_result", "answer", "resolve_with"}
_ENDED = ("resolved", "closed", "rejected")
# Sent later than it was written (a night, a gateway that was out) it must still be so: the states in which it is.
STILL: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(RESULTS, ("resolved",)),
    "merge": ("merged",),
    "verify": ("closed",),
    "close": ("closed",),
    "reject": ("rejected",),
    "reject_with": ("rejected",),
}
for _verb, _text in TEXTS.items():
    word(f"issues.reporter.{_verb}", _text, "number", about=_("What you reported (%(number)s)"))


@contacts(CONTACT)
def find(issue_id: int, key: str) -> Contact | None:
    """Not once the number is erased, nor with what is not so any more."""
    row = Reporter.objects.select_related("issue").filter(issue=issue_id, erased_at=None).first()
    if row is None or not is_mobile(row.phone) or not _holds(row.issue, key.removeprefix("issues.reporter.")):
        return None
    return Contact(row.phone, follow_link(row.issue))


def _holds(issue: Issue, verb: str) -> bool:
    """Is it still so? A result waits for a verdict, a question for its answer; what goes on has not ended."""
    if verb == "ask_info":
        return issue.asked_at is not None
    if verb in RESULTS and issue.ratings.filter(round=issue.redo_count + 1, source=LINK).exists():
        return False
    return issue.state in STILL[verb] if verb in STILL else issue.state not in _ENDED


def to_reporters(heard: Iterable["Hearing"]) -> list[Telling]:
    """What reporters are told of these events. One query; none where no text message goes out, or nothing concerns them."""
    wanted = [one for one in heard if _concerns(one)] if texts_go_out() else []
    reached = reached_by_text({one.issue.pk for one in wanted}) if wanted else set()
    return [
        Telling(
            one.event,
            (),
            f"issues.reporter.{_said(one)}",
            {"number": one.issue.number},
            urgency="danger" if one.issue.is_danger and _said(one) in RESULTS else "",
            contacts=(notice_name(one.issue.pk),),
        )
        for one in wanted
        if one.issue.pk in reached
    ]


def _concerns(hearing: "Hearing") -> bool:
    event = hearing.event
    # Nobody is told what they did themselves: it is this one, they said, before they sent it.
    joined = event.verb == "merge" and event.actor_id is None
    return _said(hearing) in TEXTS and not joined


def _said(hearing: "Hearing") -> str:
    """Under which verb it is told: whatever sent a result back, it did not hold."""
    event = hearing.event
    failed = event.verb == "send_back" or event.data.get("passed") is False
    return "follow_again" if failed else event.verb
