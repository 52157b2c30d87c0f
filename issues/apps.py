from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IssuesConfig(AppConfig):
    name = "issues"
    verbose_name = _("Issues")

    def ready(self) -> None:
        from dataclasses import replace
        from functools import partial

        from calendars.following import Follower
        from calendars.following import follow as follow_calendars
        from grids import policies
        from grids.closing import before_closing
        from grids.lineage import follow
        from issues import districts, rehearsal
        from issues.actions import hotline_orders  # noqa: F401  registers its kind of job
        from issues.actions.follow import refuse_while_open
        from issues.actions.recompute import KIND as RECOMPUTE
        from issues.actions.recompute import count_deadlines, recompute_deadlines
        from issues.models import Issue, RateDay
        from issues.policies import KINDS, matters, times
        from issues.recomputed import show_recomputed
        from issues.worktimes import forget_worktimes
        from trail.jobs import job

        # Where a unit goes, what happened in it goes along.
        follow(Issue)
        follow(RateDay)
        before_closing(refuse_while_open)
        policies.register(*KINDS)
        policies.register(
            replace(
                matters.CATEGORIES,
                rows_of=districts.category_rows,
                check=districts.check_categories,
                rehearse=partial(rehearsal.rehearse, "categories"),
            ),
            replace(times.LIMITS, rehearse=partial(rehearsal.rehearse, "limits")),
            replace(
                matters.DUTY_LIST,
                choices_of=districts.category_choices,
                check=districts.check_duty_list,
                rehearse=partial(rehearsal.rehearse, "duty_list"),
            ),
        )
        policies.when_changed(districts.forget_rules)
        # A calendar that changes moves open deadlines: as a job, with a report.
        follow_calendars(Follower(count_deadlines, forget_worktimes, RECOMPUTE))
        seen_with = ("manage_units", "supervise")
        label = _("Open deadlines reckoned anew")
        job(RECOMPUTE, label, seen_with=seen_with, show=show_recomputed)(recompute_deadlines)
