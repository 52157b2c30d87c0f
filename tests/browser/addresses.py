"""Every address of the platform by its name, and which of them never answer with a page of their own."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlparse

from django.contrib import admin
from django.urls import Resolver404, URLPattern, get_resolver, resolve

# Face → what its addresses begin with.
FACES = {
    "admin": ("admin/",),
    "residents": ("r/", "f/"),
    "phones": (
        "",
        "i/",
        "report/",
        "outside/",
        "photo/",
        "notices/",
        "accounts/",
        "grid/",
        "outbox/",
        "offline/",
        "screen/",
        "volunteers/",
    ),
}
# Pages without large text: a wall is read from afar, its letters grow with it; a sheet of paper has its own size.
ONE_SIZE = {
    *("desk:screen", "desk:screen_unit", "desk:kiosk", "desk:kiosk_unit"),
    *("volunteers:certificate", "volunteers:statement"),
}
# Name → what it does instead of showing a page.
PAGELESS = {
    r"admin:.*_history": "refused: the trail is the history",
    r"admin:.*_delete": "refused: nothing is deleted here",
    r"admin:.*_add": "refused, where the admin class has no add_view of its own",
    r"admin:(jsi18n|autocomplete|search|view_on_site|logout)": "serves scripts, or leads on",
    r"admin:issues_(hotlineorder_export|outsidetask_export|hotline_template|importbatch_wrong)": "gives a file",
    r"issues:solved": "gives a feed",
    r"admin:volunteers_(pairing|service)_export": "gives a file",
    r"volunteers:calendar": "gives a calendar",
    r"admin:(grids_(unit|body|post)_export|issues_category_export|grids_sheetfile_template)": "gives a file",
    r"admin:(grids_policy_(changelist|change|withdraw)|trail_job_retry|issues_importbatch_confirm)": "leads on",
    r"admin:grids_unit_save_boundaries": "leads on",
    r"admin:issues_importbatch_drop": "leads back to the file's page",
    r"admin:(issues_schedule|notices_message|grids_sheetfile)_do": "its forms ask nothing, so it always leads back",
    r"desk:(list|drop_filter|name_filter|take_snapshot|keep_filter)": "leads on to a page that has its own address",
    r"issues:(photo|public_photo)": "gives a picture",
    r"notices:(read|read-all)|accounts:(logout|revoke_token|sso|sso_back|text_size)": "leads on",
    r"volunteers:(door|move|act|team_act|run_act|hours_act|tick|end_repeat|points_choice)": "leads on",
    r"admin:volunteers_transfer_do": "leads on",
    r"volunteers:(checkin_for|duty_open)": "leads on",
    r"desk:outbox_token": "tells the phone who is signed in",
    r"admin:password_change": "leads to the page that phones have too",
}


def name_of(url: str) -> str:
    """The name of an address; "" for what has none."""
    try:
        return resolve(unquote(urlparse(url).path)).view_name
    except Resolver404:
        return ""


def pages_of(face: str) -> set[str]:
    """Names of all addresses of this face that answer with a page."""
    found = {name for name, path in _walk(get_resolver(), "", "") if _face_of(path) == face}
    added = {
        f"admin:{model._meta.app_label}_{model._meta.model_name}_add"
        for model, page in admin.site._registry.items()
        if "add_view" in vars(type(page))
    }
    return {name for name in found if name in added or not any(re.fullmatch(row, name) for row in PAGELESS)}


def _face_of(path: str) -> str:
    """The one with the longest beginning; an address of machines has none."""
    begins = [(start, face) for face, starts in FACES.items() for start in starts]
    fitting = [
        (len(start), face) for start, face in begins if (path.startswith(start) if start else not path)
    ]
    return max(fitting)[1] if fitting else ""


def _walk(resolver: Any, before: str, space: str) -> Iterator[tuple[str, str]]:
    for one in resolver.url_patterns:
        path = before + str(one.pattern).lstrip("^")
        if not isinstance(one, URLPattern):
            yield from _walk(one, path, f"{space}{one.namespace}:" if one.namespace else space)
        elif one.name:
            yield space + one.name, path
