"""What the sign-in pages ask."""

from django import template

from accounts.sso import is_on

register = template.Library()


@register.simple_tag
def sso_is_on() -> bool:
    """Whether one may sign in through an identity provider."""
    return is_on()
