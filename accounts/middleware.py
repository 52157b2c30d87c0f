"""Each person's language, the admin's wider content policy, the first password that opens one page only, and the part
of a page that is asked for after the session has ended."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseRedirectBase
from django.urls import reverse
from django.utils import translation

from accounts.first_passwords import change_first
from trail.problems import CONTENT_TYPE, refusal_problem

# A page that is asked for by itself, and has nothing any more: the browser loads it whole and sees why.
WHOLE_AGAIN = {"HX-Refresh": "true"}
SIGN_IN_FIRST = ("accounts:login", "accounts:password")
OPEN = ("accounts:password", "accounts:logout", "accounts:text_size", "set_language")


class LanguageOfUser:
    """A signed-in person reads in the language of the account, unless the browser was just told otherwise.

    Pages under /admin/ get the policy that the admin skin needs; no other page does.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
        language = "" if chosen or not request.user.is_authenticated else request.user.language
        if language:
            translation.activate(language)
            request.LANGUAGE_CODE = language
        response = self.get_response(request)
        if request.path.startswith("/admin/"):
            response._csp_update = settings.ADMIN_CONTENT_SECURITY_POLICY  # read by django-csp
        return response


class FirstPassword:
    """Who is signed in with a first password gets to the page where one chooses one's own, and nowhere else.

    Programs that come with a session learn it as a problem; those with a token from accounts.api.auth.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        held = request.user.is_authenticated and request.user.must_change_password
        if not held or request.path in {reverse(name) for name in OPEN}:
            return self.get_response(request)
        if request.path.startswith("/api/"):
            answer = refusal_problem(change_first())
            return JsonResponse(answer.data, status=answer.status_code, content_type=CONTENT_TYPE)
        wanted = {"next": request.get_full_path()} if request.method == "GET" else {}
        page = f"{reverse('accounts:password')}{'?' if wanted else ''}{urlencode(wanted)}"
        return HttpResponseRedirect(page)


class WholeAgain:
    """A page that renews a part of itself (htmx) would follow the way to the sign-in page and find no such part there:
    it is told to load itself whole, and then the person sees what is asked of them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.htmx or not isinstance(response, HttpResponseRedirectBase):
            return response
        if urlsplit(response.url).path not in {reverse(name) for name in SIGN_IN_FIRST}:
            return response
        return HttpResponse(status=204, headers=WHOLE_AGAIN | {"Cache-Control": "no-store"})
