"""Photos, for those who may see the issue that they belong to."""

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_GET

from issues.models import Attachment, Issue
from issues.sights import reads_inside
from issues.views.follow import followed

KEPT = "private, max-age=3600"


@require_GET
@login_required
def photo(request: HttpRequest, pk: int) -> FileResponse:
    """For staff: of an issue that they see, internal ones only for those who read internal notes."""
    now = timezone.now()
    visible = Issue.objects.visible_to(request.user, now)
    rows = Attachment.objects.filter(issue__in=visible.order_by().values("pk")).select_related("issue")
    row = get_object_or_404(rows, pk=pk)
    if row.internal and not reads_inside(row.issue, request.user, now):
        raise Http404
    return _serve(row)


@require_GET
def public_photo(request: HttpRequest, signed: str, pk: int) -> FileResponse:
    """For the holder of the follow link: what is meant for the resident."""
    rows = Attachment.objects.filter(issue=followed(signed), internal=False)
    return _serve(get_object_or_404(rows, pk=pk))


def _serve(row: Attachment) -> FileResponse:
    try:
        response = FileResponse(row.file.open("rb"), content_type="image/jpeg")
    except FileNotFoundError as error:
        raise Http404 from error
    response.headers["Content-Disposition"] = "inline"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = KEPT
    return response
