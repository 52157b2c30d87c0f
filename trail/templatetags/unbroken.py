"""Numbers and moments that a narrow cell must not break."""

import re
from typing import Any

from django import template
from django.utils.formats import localize
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import template_localtime

register = template.Library()
# 20261129-001998, 2026-11-30, 09:36: a browser breaks them at the hyphen.
WHOLE = re.compile(r"(\d+(?:[-:]\d+)+)")


@register.filter
def unbroken(text: Any) -> SafeString:
    """The text, as a page writes it, with every number of several groups kept in one piece; what is markup already
    stays as it is."""
    if isinstance(text, SafeString):
        return text
    parts = enumerate(WHOLE.split(str(localize(template_localtime(text)))))
    return format_html_join("", "{}", ((_whole(part) if place % 2 else part,) for place, part in parts))


def _whole(part: str) -> SafeString:
    return format_html('<span class="gz-whole">{}</span>', part)
