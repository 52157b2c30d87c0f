"""What a list of issues is asked for and does not know, by a link from before or a filter kept long ago: it says so
and is shown without that."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.filters import ChoicesFieldListFilter, SimpleListFilter
from django.contrib.admin.views.main import ERROR_FLAG
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin


class ForgivingList(ModelAdmin):
    """For an admin class whose lists people keep links to."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Django leads on to the list without filters (ERROR_FLAG) where it can do nothing with what is asked."""
        try:
            answer = super().changelist_view(request, extra_context)
        except DisallowedModelAdminLookup:
            return redirect(f"{request.path}?{ERROR_FLAG}=1")
        if request.method != "GET":
            return answer
        if ERROR_FLAG in request.GET:
            text = _("This list does not know what the link asks for; it is shown without filters.")
            messages.warning(request, text)
        context = getattr(answer, "context_data", None) or {}
        if gone := [spec for spec in getattr(context.get("cl"), "filter_specs", ()) if not is_known(spec)]:
            return self._without(request, gone)
        return answer

    def _without(self, request: HttpRequest, gone: list[Any]) -> HttpResponse:
        """The same list without these filters."""
        names = _(", ").join(str(spec.title) for spec in gone)
        text = _("The list is shown without these filters, whose value it does not know any more: %(names)s.")
        messages.warning(request, text % {"names": names})
        rest = request.GET.copy()
        for name in {name for spec in gone for name in spec.expected_parameters()}:
            rest.pop(name, None)
        return redirect(f"{request.path}?{rest.urlencode()}")


def is_known(spec: Any) -> bool:
    """Is the value of this filter, if it has one, among those that it offers?"""
    given: Any
    if isinstance(spec, SimpleListFilter):
        given, offered = [spec.value()], spec.lookup_choices
    elif isinstance(spec, ChoicesFieldListFilter):
        given, offered = spec.lookup_val or [], spec.field.flatchoices
    else:
        return True
    return {str(one) for one in given if one} <= {str(key) for key, _label in offered}
