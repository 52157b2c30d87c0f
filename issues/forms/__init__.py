"""Forms made from the tables: one per verb, and those to report with."""

from issues.forms.fields import PhotosField, category_groups
from issues.forms.lookup import LookupForm
from issues.forms.pick import looked_form, verb_form
from issues.forms.report import ResidentReportForm, StaffReportForm
from issues.forms.reveal import RevealForm
from issues.forms.verbs import VerbForm
from issues.forms.whistle import WhistleForm

__all__ = [
    "LookupForm",
    "PhotosField",
    "ResidentReportForm",
    "RevealForm",
    "StaffReportForm",
    "VerbForm",
    "WhistleForm",
    "category_groups",
    "looked_form",
    "verb_form",
]
