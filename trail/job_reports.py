"""What the page of a job about a file says: which one, and the way to it."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from trail.jobs import Cell, Job, Report, Show


def about_file(model: type[Any], param: str) -> Show:
    """The report of a job about one row of `model` (its id is `param` of the job): the name of its file, with a link for
    whoever may open that row's page."""

    def show(job: Job, user: Any, now: datetime) -> Report:
        row = model.objects.visible_to(user, now).filter(pk=job.params.get(param)).first()
        if row is None:
            return Report()
        page = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        return Report([(_("File"), Cell(row.file_name, reverse(page, args=[row.pk])))])

    return show
