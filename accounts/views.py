"""One's own account: single sign-on, the password, tokens for programs. Plain pages, without JavaScript too."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from knox.models import AuthToken

from accounts import sso
from accounts.actions import change_password, issue_token, link_identity, revoke_token, set_text_size
from accounts.forms import OwnPasswordForm, TokenForm
from accounts.reading import COOKIE, KEPT, SIZES
from trail.idempotency import new_key, submit_once
from trail.refusals import Refused

BACKEND = "accounts.backends.ProviderBackend"
# In the session: where the person was going before the provider was asked.
NEXT = "sso_next"
# How long a visitor's session is kept for the way there and back; anybody can begin one.
ON_THE_WAY = 3600


@never_cache
@require_GET
def sign_in_elsewhere(request: HttpRequest) -> HttpResponse:
    """To the identity provider, which says who this is. A link and no form: the content policy lets no form lead off
    this site."""
    if not sso.is_on():
        raise Http404
    if request.user.is_authenticated:
        return redirect(_wanted(request))
    if request.session.is_empty():
        request.session.set_expiry(ON_THE_WAY)
    try:
        answer = sso.ask(request)
    except sso.Unproven:
        return _not_signed_in(request, _unproven_words(), _wanted(request))
    request.session[NEXT] = _wanted(request)
    return answer


@never_cache
@require_GET
def back_from_elsewhere(request: HttpRequest) -> HttpResponse:
    """With the provider's answer: in, or back to the sign-in page with the reason why not."""
    if not sso.is_on():
        raise Http404
    wanted = request.session.pop(NEXT, "") or resolve_url(settings.LOGIN_REDIRECT_URL)
    try:
        issuer, subject, name = sso.prove(request)
        user = link_identity(issuer, subject, name=name, now=timezone.now())
    except sso.Unproven:
        return _not_signed_in(request, _unproven_words(), wanted)
    except Refused as refused:
        return _not_signed_in(request, str(refused), wanted)
    login(request, user, backend=BACKEND)
    request.session.set_expiry(None)  # as long as any other sign-in
    return redirect(wanted)


@sensitive_post_parameters()
@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Choose one's own; who came with a first password is led on to where they wanted to go."""
    posted = request.method == "POST"
    form = OwnPasswordForm(request.user, request.POST if posted else None)
    if posted and form.is_valid():
        try:
            user = change_password(
                request.user, password=form.cleaned_data["new_password1"], now=timezone.now()
            )
        except Refused as refused:
            form.add_error("new_password1", str(refused))
        else:
            update_session_auth_hash(request, user)
            messages.success(request, _("Your password is changed. Elsewhere you are signed out."))
            return redirect(_wanted(request))
    context = {"form": form, "first": request.user.must_change_password, "next": _wanted(request)}
    return render(request, "accounts/password.html", context, status=422 if posted else 200)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """One's API tokens; a new one is shown on the answer to the form, and never again."""
    posted, now, made = request.method == "POST", timezone.now(), ""
    form = TokenForm(request.POST if posted else None)
    if posted and form.is_valid():

        def act() -> str:
            nonlocal made
            chosen = {name: form.cleaned_data[name] for name in ("name", "scopes")}
            until = form.expires_at(now)
            made = issue_token(request.user, by=request.user, now=now, expires_at=until, **chosen)
            return reverse("accounts:tokens")

        if not (_once(request, act) and made):
            messages.warning(
                request, _("This token has been shown already. If it is lost, make another one.")
            )
            return redirect("accounts:tokens")
        form = TokenForm()
    mine = AuthToken.objects.filter(user=request.user).select_related("grant").order_by("-created")
    context = {"form": form, "made": made, "tokens": [(token, new_key()) for token in mine], "now": now}
    return render(request, "accounts/tokens.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def revoke(request: HttpRequest, key: str) -> HttpResponse:
    """Revoke one's own token; `key` is how it begins. A foreign one is as unknown as one that never was."""

    def act() -> str:
        token = AuthToken.objects.filter(user=request.user, token_key=key).first()
        if token is None:
            raise Http404
        revoke_token(token, by=request.user, now=timezone.now())
        return reverse("accounts:tokens")

    if _once(request, act):
        messages.success(request, _("The token is revoked: it opens nothing any more."))
    return redirect("accounts:tokens")


@never_cache
@require_POST
def text_size(request: HttpRequest) -> HttpResponse:
    """Remember in what size this person reads, and this browser, then back to the page. No script is needed, and a
    signed-in person finds it on every device."""
    size, answer = request.POST.get("size", ""), redirect(_wanted(request))
    if size not in SIZES:
        return answer
    if request.user.is_authenticated:
        set_text_size(request.user, size=size, by=request.user, now=timezone.now())
    answer.set_cookie(
        COOKIE, size, max_age=KEPT, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )
    return answer


def _unproven_words() -> str:
    return _(
        "Single sign-on did not work this time. Try again; if it stays so, tell your system administrator, and sign in "
        "with your password meanwhile."
    )


def _not_signed_in(request: HttpRequest, why: str, wanted: str) -> HttpResponse:
    messages.error(request, why)
    return redirect(f"{reverse('accounts:login')}?{urlencode({'next': wanted})}")


def _once(request: HttpRequest, act: Callable[[], str]) -> bool:
    """Do what the form asks, once per its key. False where the key was used for something else: a page from
    before, which comes anew."""
    try:
        submit_once(request, act)
    except Refused:
        return False
    return True


def _wanted(request: HttpRequest) -> str:
    """Where the person was going, if that is here."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else resolve_url(settings.LOGIN_REDIRECT_URL)
