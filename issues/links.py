"""The address at which a reporter follows their matter; only they are given it."""

from django.core.signing import Signer
from django.urls import reverse

from issues.models import Issue

SIGNER = Signer(salt="follow")


def follow_link(issue: Issue) -> str:
    """A path of this site that shows this one matter, to whoever has it."""
    return reverse("issues:follow", args=[SIGNER.sign(issue.code)])
