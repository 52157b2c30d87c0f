"""What the codes of refusals about units, posts, rules and sheets are called (trail.problem_types)."""

from django.utils.translation import gettext_lazy as _

from trail.problem_types import call_problems

call_problems(
    {
        "place": _("Wrong place"),
        "code": _("Wrong or taken code"),
        "level": _("Wrong level"),
        "district": _("Wrong district"),
        "target": _("Wrong target"),
        "facts": _("This does not belong to such a unit"),
        "not_empty": _("Something is still below it"),
        "no_level_below": _("There is no level below"),
        "moved": _("It has just been moved"),
        "closed_target": _("What was chosen is closed"),
        "boundary": _("Wrong boundary"),
        "bad_boundaries": _("Faults in boundaries"),
        "building": _("Only for buildings that stand"),
        "no_households": _("No households on record"),
        "weeks": _("Wrong number of weeks"),
        "profile": _("Incomplete level profile"),
        "shared_calendar": _("Others go by this calendar"),
        "role": _("Wrong role"),
        "rank": _("Wrong rank"),
        "dates": _("Wrong beginning or end"),
        "days": _("Wrong days"),
        "deputy": _("Wrong deputy"),
        "twice": _("Named or held twice"),
        "last": _("Somebody must stand behind everything"),
        "inactive": _("The person's account is closed"),
        "policy": _("There is no such rule"),
        "value": _("Wrong entries of a rule"),
        "backdated": _("A rule cannot hold in the past"),
        "begun": _("It has begun already"),
        "withdrawn": _("Withdrawn already"),
        "reason": _("A reason is missing"),
        "file": _("The file cannot be used"),
        "sheet_state": _("The file is not waiting for this"),
        "changed": _("Something has changed since the check"),
    }
)
