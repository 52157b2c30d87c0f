from functools import partial

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GridsConfig(AppConfig):
    name = "grids"
    verbose_name = _("Grids")

    def ready(self) -> None:
        from accounts.belonging import Posts, posts_by
        from accounts.leaving import before_leaving
        from calendars.following import before_changing
        from grids import belonging, feed, policies, powers, sheet_kinds
        from grids.actions.boundary_sheets import BOUNDARIES
        from grids.actions.calendars import check_calendar_is_theirs
        from grids.actions.posts import check_roots_keep_somebody
        from grids.actions.sheet_files import CHECK_JOB, JOB, check_chunk, import_chunk
        from grids.actions.sheet_tables import BODIES, POSTS, UNITS
        from grids.models import SheetFile
        from trail import districts
        from trail.feeds import tell_by
        from trail.job_reports import about_file
        from trail.jobs import job

        policies.register(powers.KIND)
        before_leaving(check_roots_keep_somebody)
        before_changing(check_calendar_is_theirs)
        # Whose rows are whose in a deployment of several districts: the floors below ask, posts and tree answer.
        districts.reach_by(belonging.reach)
        districts.units_by(belonging.units_of)
        districts.home_by("user", belonging.homes_of_people)
        posts_by(Posts(belonging.people_of, belonging.people_ever))
        sheet_kinds.register(UNITS, BODIES, POSTS, BOUNDARIES)
        tell_by("unit", feed.tell_units, feed.find_unit, feed.UNIT_VERBS)
        tell_by("body", feed.tell_bodies, feed.find_body, feed.BODY_VERBS)
        sheet_job = partial(
            job, seen_with=("manage_units", "manage_posts"), show=about_file(SheetFile, "sheet")
        )
        sheet_job(JOB, _("A sheet imported"))(import_chunk)
        sheet_job(CHECK_JOB, _("A sheet checked"))(check_chunk)
