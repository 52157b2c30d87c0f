"""The box of the quick jump in the staff admin's header."""

from typing import Any

from django import template

from desk.dashboard import may_jump

register = template.Library()


@register.inclusion_tag("admin/desk/_jump_box.html", takes_context=True)
def jump_box(context: Any) -> dict[str, Any]:
    """Nothing for whom there is nowhere to jump to. The page of the quick jump has a field of its own."""
    request = context["request"]
    match = request.resolver_match
    return {"may_jump": may_jump(request), "on_page": bool(match and match.view_name == "desk:jump")}
