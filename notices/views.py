"""The inbox: what I was told, newest first. Plain links and forms, so it works without JavaScript."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from notices.actions import choose_notices, mark_all_read, mark_read
from notices.channels import texts_go_out
from notices.models import Notice, Preference
from notices.preference_forms import PreferenceForm
from trail.idempotency import renew, submit_form
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
        "here": "inbox",
        "is_first": not before,
        "older": shown[-1].pk if len(page) > PAGE else None,
    }
    return render(request, "notices/inbox.html", context)


@login_required
@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one as read; with `open`, go where it leads. What the form says of that is for a phone without a net alone."""
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


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """What reaches me besides the inbox, and in which language."""
    now, before = timezone.now(), Preference.objects.wishes_of(request.user.pk)
    is_on = texts_go_out()
    by_text = is_on and bool(request.user.phone)
    posted = request.POST if request.method == "POST" else None
    form = PreferenceForm(
        posted, initial=PreferenceForm.filled_from(before, request.user.language), by_text=by_text
    )
    status = 200
    if posted is not None:

        def choose() -> str:
            language = form.cleaned_data["language"]
            choose_notices(form.wishes(before), by=request.user, now=now, language=language)
            return reverse("notices:preferences")

        address, status = submit_form(request, form, choose)
        if not status:
            messages.success(request, _("Saved."))
            return redirect(address)
        renew(form)
    context = {"form": form, "by_text": by_text, "is_on": is_on, "here": "inbox"}
    return render(request, "notices/preferences.html", context, status=status)
