"""An update comes from the system that reported: it becomes the step that the reporter could do on the follow page."""

import hashlib
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from issues.actions import PERFORM
from issues.actions.report import LONGEST_TEXT
from issues.lifecycle import VERB
from issues.models import Issue
from open311.api.errors import Asked, NotThere
from open311.api.reading import UpdatesView, find_request
from open311.api.writing import LONGEST_LINK, is_link, photos_of
from open311.documents import Document
from open311.history import CLOSED
from open311.shown import is_own, update_id
from trail.refusals import Refused
from trail.scopes import NO_SCOPE, REPORT

TAKE_PHOTOS = frozenset({"add_info", "supply_info", "reopen"})
ADDED_TO = VERB["add_info"].from_states
# In the words that clients of FixMyStreet send.
ENDS = frozenset({CLOSED, "fixed", "no_further_action", "duplicate"})
KNOWN = ENDS | {
    *("open", "reopen", "in_progress", "action_scheduled", "investigating", "internal_referral"),
    *("for_triage", "not_councils_responsibility"),
}


class UpdatesWriteView(UpdatesView):
    scopes = {"GET": NO_SCOPE, "POST": REPORT}

    def post(self, request: Request, **where: Any) -> Response:
        self.reporter()
        key = self.own_key()
        try:
            return self.once("servicerequestupdates", self.update, key=key)
        except Refused as refused:
            if refused.code == "key_reused" and key:
                raise Asked(
                    _("This update_id was used for another update of this request already.")
                ) from refused
            raise

    def own_key(self) -> str | None:
        """Of a client without Idempotency-Key: the request and its own id of the update. Sent again, it is no other."""
        code, own = self.text("service_request_id").lower(), self.text("update_id")
        return hashlib.sha256(f"{code} {own}".encode()).hexdigest() if code and own else None

    def update(self) -> Document:
        """Only the account that reported a request may say more about it; others learn nothing of it."""
        if not (code := self.text("service_request_id")):
            raise Asked(_("service_request_id was not provided."))
        found = find_request(code, self)
        if not is_own(found, self.account):
            raise NotThere(_("There is no request with this service_request_id."))
        text, photos, status = self.words_sent(), photos_of(self.request.data), self.status()
        if len(text) > LONGEST_TEXT:
            raise Asked(_("At most %(most)d characters.") % {"most": LONGEST_TEXT})
        if status in ENDS and found.state == "resolved" and not text:
            text = _("The reporter has closed it in their application.")
        elif photos and not text:
            text = _("The reporter has sent pictures.")
        verb = verb_for(found, status, says_something=bool(text))
        more = {"photos": photos} if verb in TAKE_PHOTOS else {}
        done = PERFORM[verb](found, by=None, now=self.now, text=text, **more)
        return Document(
            "service_request_updates", [{"update_id": update_id(done, done.version), "account_id": None}]
        )

    def words_sent(self) -> str:
        """What was written; a link stands below it, as with requests."""
        link = self.text("media_url")
        if link and not (len(link) <= LONGEST_LINK and is_link(link)):
            raise Asked("media_url: " + _("This is no address of the web."))
        return "\n".join(filter(None, (self.text("description"), link)))

    def status(self) -> str:
        found = self.text("status").lower() or "open"
        if found not in KNOWN:
            raise Asked(_("status is open or closed."))
        return found


def verb_for(issue: Issue, status: str, *, says_something: bool) -> str:
    """What the reporter means: it is settled, it must go on, here is the answer, this is to be known too, or please
    hurry. Whoever closes what waits for their verdict says that much; whether it is solved and whether they are satisfied
    they say by their link."""
    if status in ENDS:
        return "add_info" if issue.state == "resolved" else "withdraw"
    if issue.state == "rejected":
        return "object"
    if status == "reopen" and issue.state == "closed":
        return "reopen"
    if issue.asked_at:
        return "supply_info"
    return "add_info" if says_something and issue.state in ADDED_TO else "chase"
