"""Above the staff admin's list of issues: the person's own filters, and a form that keeps what is on now."""

from typing import Any

from django import template

from desk.own_filters import LONGEST_NAME, filters_of, query_of
from desk.tables import ISSUE_LIST
from issues.models import Issue

register = template.Library()


@register.inclusion_tag("admin/desk/_keep_filter.html", takes_context=True)
def own_filters(context: Any) -> dict[str, Any]:
    """Nothing above other lists."""
    changelist, request = context["cl"], context["request"]
    if changelist.model is not Issue or changelist.is_popup:
        return {}
    query = query_of(request.GET)
    return {
        "key": ISSUE_LIST,
        "filters": filters_of(request.user, ISSUE_LIST, query),
        "query": query,
        "longest": LONGEST_NAME,
        "csrf_token": context.get("csrf_token"),
    }
