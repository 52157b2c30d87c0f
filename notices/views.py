"""The inbox: what I was told, newest first. Plain links and forms, so it works without JavaScript."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from notices.actions import mark_all_read, mark_read
from notices.models import Notice
from trail.numerals import read_whole

PAGE = 30


@never_cache
@login_required
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """One page by keyset: `?before=<id>` shows what is older. No count, however much there is."""
    rows = Notice.objects.inbox(request.user)
    if before := read_whole(request.GET.get("before", "")):
        rows = rows.filter(pk__lt=before)
    page = list(rows[: PAGE + 1])
    shown, today = page[:PAGE], timezone.localdate()
    context = {
        "today": [one for one in shown if timezone.localdate(one.created_at) == today],
        "earlier": [one for one in shown if timezone.localdate(one.created_at) != today],
        "newest": shown[0].pk if shown else None,
        "unread": Notice.objects.unread_count(request.user),
        "here": "inbox",
        "is_first": not before,
        "older": shown[-1].pk if len(page) > PAGE else None,
    }
    return render(request, "notices/inbox.html", context)


@login_required
@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one as read; with `open`, go where it leads."""
    notice = get_object_or_404(Notice.objects.inbox(request.user), pk=pk)
    mark_read(notice, by=request.user, now=timezone.now())
    return redirect(notice.link if "open" in request.POST and notice.link else "notices:inbox")


@login_required
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark all as read up to the newest that was on the page: what came meanwhile stays unread."""
    up_to = read_whole(request.POST.get("up_to", ""))
    mark_all_read(by=request.user, now=timezone.now(), up_to=up_to)
    return redirect("notices:inbox")
