"""The work sheet of an issue (联系单): one page of A4 for whoever goes there, to be filled in by hand."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from grids.qr_codes import qr_svg
from issues.lifecycle import STATE
from issues.page import callees_of, reporter_of
from issues.sights import Sight
from issues.timeline import timeline

# What stands on one page with room to write; the rest is behind the code.
LINES = 12
# Who may come to read the paper: nobody of ours, with no part in it.
BYSTANDER = Sight(False, user_id=0)


class WorkSheet:
    """One page of the issues' admin (a mixin of it)."""

    find: Any

    def print_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """As it is printed.

        It may be left lying about: the steps are those that somebody outside reads, without persons and words for staff
        only, and the telephone is as masked as on the page. So it is no export of personal data that the trail would
        note; whoever needs the number looks at it on the page, which is noted.
        """
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        issue, now = self.find(request, object_id), timezone.now()
        reporter = reporter_of(issue, request.user, now, callees_of(issue))
        lines = timeline(issue, sight=BYSTANDER)
        context = {
            "issue": issue,
            "state": STATE[issue.state],
            "phone": reporter.masked_phone if reporter else "",
            "lines": lines[-LINES:],
            "left_out": max(len(lines) - LINES, 0),
            "qr": qr_svg(f"{settings.BASE_URL}{reverse('issues:issue', args=[issue.code])}"),
            "back": reverse("admin:issues_issue_change", args=[issue.pk]),
            "now": now,
        }
        return TemplateResponse(request, "admin/issues/issue/print.html", context)
