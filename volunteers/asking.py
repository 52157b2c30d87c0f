"""May volunteers be asked to help with this issue? Pure; every refusal says why and carries a stable code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from trail.refusals import Refused

if TYPE_CHECKING:
    from issues.models import Issue


def refusal(issue: Issue) -> Refused | None:
    """What stands against it, whoever asks: Refused("issue_ended"), or ("person") for one about somebody."""
    if not issue.is_open:
        return Refused(_("This issue has ended."), code="issue_ended")
    if issue.is_about_somebody:
        return Refused(_("A complaint about somebody is no matter for volunteers."), code="person")
    return None
