"""Several issues handed out at once: choose to whom, see what would come of each, then do it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from issues.actions import PERFORM
from issues.actions.trying import tried
from issues.countdown import Countdown
from issues.forms.dispatching import DispatchManyForm
from issues.lifecycle import STATE
from issues.models import Issue
from issues.page import standing_due
from trail.idempotency import FIELD, Answer, is_key, new_key, once, reason_of
from trail.numerals import read_whole
from trail.refusals import Refused

MOST = 100
VERB = "dispatch"
PERMISSION = "can.dispatch"
# The hidden question that holds which target was looked at, and the ones that name it.
LOOKED_AT, TARGET = "looked_at", ("unit", "body")


@dataclass(frozen=True)
class Line:
    """An issue as it is, and what came or would come of it: its new deadline, or why not."""

    issue: Issue
    due: Countdown | None = None
    why_not: str = ""
    done: bool = False

    @property
    def state(self) -> Any:
        return STATE["assigned" if self.done else self.issue.state]

    @property
    def possible(self) -> bool:
        return not self.why_not

    @property
    def token(self) -> str:
        """Which issue, in which version: what changes after this page is not dispatched by it."""
        return f"{self.issue.pk}:{self.issue.version}"


class DispatchPages:
    """A page of the issues' admin, and the action of its list that leads there (a mixin of it)."""

    admin_site: Any

    def has_dispatch_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(PERMISSION)

    @admin.action(description=gettext_lazy("Dispatch several"), permissions=["dispatch"])
    def dispatch_several(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """To the page where one says to whom."""
        ids = list(queryset.order_by().values_list("pk", flat=True)[: MOST + 1])
        if len(ids) > MOST:
            messages.error(request, _("At most %(most)d at once: choose fewer.") % {"most": MOST})
            return None
        chosen = ",".join(map(str, sorted(ids)))
        return redirect(f"{reverse('admin:issues_issue_dispatch')}?ids={chosen}")

    def dispatch_view(self, request: HttpRequest) -> HttpResponse:
        """GET asks to whom; a POST shows what would come of it; one with `confirm` does it, each by itself."""
        if not self.has_dispatch_permission(request):
            raise PermissionDenied
        confirmed = request.method == "POST" and "confirm" in request.POST
        # Another target than the one that was looked at is looked at first.
        confirmed = confirmed and request.POST.get(LOOKED_AT, "") == _target_of(request.POST)
        given = request.POST if request.method == "POST" else request.GET
        versions, now = _versions(given.get("chosen" if confirmed else "ids", "")), timezone.now()
        issues = _seen(versions, request, now)
        if not issues:
            messages.error(request, _("Choose issues in the list first."))
            return redirect("admin:issues_issue_changelist")
        data = request.POST if request.method == "POST" else None
        form = DispatchManyForm(issues, request.user, now, data, settled=confirmed)
        gone = len(versions) - len(issues)
        if not form.is_valid():
            lines = [Line(one) for one in issues]
            return self._page(request, form, lines, gone, status=422 if form.is_bound else 200)
        if not confirmed:
            return self._page(
                request, form, [_try(request, one, form, now) for one in issues], gone, looked=True
            )
        lines = [_do(request, one, versions[one.pk], form, now) for one in issues]
        _tell(request, lines)
        return self._page(request, form, lines, gone, looked=True, done=True)

    def _page(
        self,
        request: HttpRequest,
        form: DispatchManyForm,
        lines: Sequence[Line],
        gone: int,
        *,
        looked: bool = False,
        done: bool = False,
        status: int = 200,
    ) -> HttpResponse:
        """`looked`: the lines say what would come of it, or with `done` what came; `gone` is how many were chosen
        and are not seen."""
        context = self.admin_site.each_context(request) | {
            "title": _("Dispatch several"),
            "form": form,
            "lines": lines,
            "looked": looked,
            "done": done,
            "target": form.target if looked else None,
            "ids": ",".join(str(line.issue.pk) for line in lines),
            "chosen": ",".join(line.token for line in lines if line.possible),
            "looked_at": _target_of(form.data) if looked else "",
            "possible": sum(line.possible for line in lines),
            "gone": gone,
        }
        return TemplateResponse(request, "admin/issues/dispatch.html", context, status=status)


def _target_of(data: Any) -> str:
    """To whom, as the form has it; whatever else it asks may still be written."""
    return "|".join(data.get(name, "") for name in TARGET)


def _versions(text: str) -> dict[int, int | None]:
    """「12:3,14」 as issue → version; what is no number is left out, and so is what comes after the hundredth."""
    found: dict[int, int | None] = {}
    for one in text.split(",")[:MOST]:
        number, _colon, version = one.partition(":")
        if (pk := read_whole(number)) is not None:
            found[pk] = read_whole(version)
    return found


def _seen(versions: dict[int, int | None], request: HttpRequest, now: datetime) -> list[Issue]:
    """Those that this person sees, in the order of a queue."""
    visible: Any = Issue.objects.visible_to(request.user, now).filter(pk__in=versions)
    rows = (
        visible.shown()
        .select_related("owner_body__unit")
        .defer("owner_unit__boundary", "owner_body__unit__boundary")
    )
    return list(rows.due_first())


def _try(request: HttpRequest, issue: Issue, form: DispatchManyForm, now: datetime) -> Line:
    came = tried(lambda: PERFORM[VERB](issue, by=request.user, now=now, **form.arguments()))
    if isinstance(came, Refused):
        return Line(issue, why_not=str(came))
    return Line(issue, standing_due(came, came.due_at, now))


def _do(
    request: HttpRequest, issue: Issue, version: int | None, form: DispatchManyForm, now: datetime
) -> Line:
    """One of them, in a transaction and with a key of its own: what is sent twice is done once."""
    arguments, key = form.arguments(), f"{request.POST.get(FIELD) or new_key()}:{issue.pk}"

    def act() -> Answer:
        done = PERFORM[VERB](issue, by=request.user, now=now, version=version, **arguments)
        return Answer(200, done.due_at.isoformat())

    wish = {"path": request.path, "to": form.target.code, "text": arguments.get("internal_text", "")}
    try:
        answer, _replayed = once(f"user:{request.user.pk}", key if is_key(key) else new_key(), wish, act)
    except Refused as refused:
        return Line(issue, why_not=reason_of(refused))
    return Line(issue, standing_due(issue, parse_datetime(answer.content), now), done=True)


def _tell(request: HttpRequest, lines: Sequence[Line]) -> None:
    """How many were done, and how many not."""
    done = sum(line.done for line in lines)
    said = ngettext("%(count)d issue dispatched.", "%(count)d issues dispatched.", done)
    messages.success(request, said % {"count": done})
    if left := len(lines) - done:
        said = ngettext("%(count)d not: see why below.", "%(count)d not: see why below.", left)
        messages.warning(request, said % {"count": left})
