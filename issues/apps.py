from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IssuesConfig(AppConfig):
    name = "issues"
    verbose_name = _("Issues")

    def ready(self) -> None:
        from calendars.following import Follower
        from calendars.following import follow as follow_calendars
        from grids import policies, sheet_kinds
        from grids.closing import before_closing
        from grids.consequences import tell_of
        from grids.lineage import follow
        from issues import districts, feed
        from issues.actions import hotline_check, hotline_orders  # noqa: F401  register their kinds of jobs
        from issues.actions.category_sheet import CATEGORIES
        from issues.actions.follow import open_there, refuse_while_open
        from issues.actions.issue_sheet import ISSUES
        from issues.actions.recompute import KIND as RECOMPUTE
        from issues.actions.recompute import count_deadlines, recompute_deadlines
        from issues.models import Counted, Issue, RateDay
        from issues.recomputed import show_recomputed
        from issues.worktimes import forget_worktimes
        from trail.feeds import tell_by
        from trail.hiding import hide
        from trail.jobs import job

        # Where a unit goes, what happened in it goes along.
        follow(Issue)
        follow(RateDay)
        # After the issues: whoever finds it moved finds its issue moved too (issues.actions.figures).
        follow(Counted)
        before_closing(refuse_while_open)
        tell_of(_("Open issues there"), open_there)
        # Nor does the trail tell anybody of a complaint about them.
        for subject in ("issue", "contact"):
            hide(subject, lambda user, now: Issue.objects.hidden_from(user, now).order_by().values("pk"))
        tell_by("issue", feed.tell, feed.find)
        _register_kinds()
        sheet_kinds.register(CATEGORIES, ISSUES)
        policies.when_changed(districts.forget_rules)
        # A calendar that changes moves open deadlines: as a job, with a report.
        follow_calendars(Follower(count_deadlines, forget_worktimes, RECOMPUTE))
        seen_with = ("manage_units", "supervise")
        label = _("Open deadlines reckoned anew")
        kind = job(RECOMPUTE, label, seen_with=seen_with, show=show_recomputed, shared=True)
        kind(recompute_deadlines)


def _register_kinds() -> None:
    """The kinds of policies, each with what only the database knows: what it is checked by, and what it would have
    done."""
    from dataclasses import replace
    from functools import partial

    from grids import policies
    from issues import districts
    from issues.actions.own_categories import keep_categories
    from issues.policies import KINDS
    from issues.rehearsal import REPLAYS, rehearse

    known: dict[str, dict[str, Any]] = {
        "categories": {
            "rows_of": districts.category_rows,
            "shipped_of": districts.category_settings,
            "check": districts.check_categories,
        },
        "own_categories": {
            "choices_of": districts.group_choices,
            "check": districts.check_own_categories,
            "keep": keep_categories,
        },
        "questions": {
            "choices_of": districts.category_choices,
            "shipped_of": districts.asked_by_categories,
            "check": districts.check_named_categories,
        },
        "hotline_topics": {
            "choices_of": districts.category_choices,
            "check": districts.check_named_categories,
        },
        "duty_list": {"choices_of": districts.category_choices, "check": districts.check_duty_list},
    }
    policies.register(*KINDS)
    for key in REPLAYS:
        known[key] = known.get(key, {}) | {"rehearse": partial(rehearse, key)}
    policies.register(*(replace(policies.KINDS[key], **more) for key, more in known.items()))
