"""Services: the categories that a district offers to residents, with what is asked besides.

Complaints about somebody and disputes are not among them: nobody could look at such a request afterwards.
"""

from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids.models import Policy, Unit
from issues.districts import rules_of
from issues.models import Category
from issues.models.category import reads_english
from issues.policies import DistrictRules
from issues.policies.asking import OWN, QUESTIONS
from issues.policies.matters import CATEGORIES, NOBODY
from issues.questions import BOOL, CHOICE, DATE, LINE, NUMBER, SEVERAL, TEXT, Question
from trail.models import Event

# Rules that change what is offered, or what is asked.
RULED = (CATEGORIES.key, OWN.key, QUESTIONS.key)
REALTIME, BATCH = "realtime", "batch"
_ONE = gettext_lazy("Choose one of the values.")
# Type of question → as the specification calls it, and what helps to answer.
DATATYPES = {
    LINE: ("string", gettext_lazy("One line of text.")),
    TEXT: ("text", gettext_lazy("Text of several lines.")),
    NUMBER: ("number", gettext_lazy("A number, for example 18 or 18.5.")),
    DATE: ("datetime", gettext_lazy("A day or a moment in ISO 8601; the day is kept.")),
    CHOICE: ("singlevaluelist", _ONE),
    SEVERAL: ("multivaluelist", gettext_lazy("Choose one or several of the values.")),
    BOOL: ("singlevaluelist", _ONE),
}


def services_of(district: Unit, now: datetime) -> list[Category]:
    """Those in use here, in the order of the district's list. One query."""
    rules = rules_of(district.pk, now)
    found = _offered(rules).order_by("order", "key")
    return [one for one in found if rules.offers(one.key, one.district_id)]


def service_named(code: str, district: Unit, now: datetime) -> Category | None:
    """The service with this code; None for what is not offered here."""
    if "\0" in code:
        return None
    rules = rules_of(district.pk, now)
    found = _offered(rules).filter(key=code).first()
    return found if found and rules.offers(code, found.district_id) else None


def type_of(category: Category, rules: DistrictRules) -> str:
    """What somebody gets by rule is a request at once; what a community screens first becomes one then."""
    where = rules.category(category.key, None).responsible or category.handled_at
    return REALTIME if category.is_danger or (where and where != NOBODY) else BATCH


def service_row(category: Category, rules: DistrictRules) -> dict[str, Any]:
    """As the list of services shows it."""
    group = category.parent.label if category.parent else category.label
    return {
        "service_code": category.key,
        "service_name": category.label,
        "description": category.advice or category.label,
        "metadata": bool(rules.questions_for(category.key, category.asked)),
        "type": type_of(category, rules),
        "keywords": ", ".join(dict.fromkeys([group, str(category.get_kind_display())])),
        "group": group,
    }


def definition_of(category: Category, rules: DistrictRules) -> dict[str, Any]:
    """The category's questions as attributes, as the district asks them."""
    asked = enumerate(rules.questions_for(category.key, category.asked), start=1)
    return {
        "service_code": category.key,
        "attributes": [attribute_row(question, order) for order, question in asked],
    }


def attribute_row(question: Question, order: int) -> dict[str, Any]:
    """Yes or no is a choice of two."""
    english = reads_english()
    datatype, help_text = DATATYPES[question.type]
    row = {
        "variable": True,
        "code": question.key,
        "datatype": datatype,
        "required": question.required,
        "datatype_description": str(help_text),
        "order": order,
        "description": question.words(english=english),
    }
    values = [(one.key, one.label_en if english else one.label) for one in question.choices]
    if question.type == BOOL:
        values = [("true", _("yes")), ("false", _("no"))]
    if question.danger:
        row["datatype_description"] = f"{help_text} {_('Danger to life? Call 119, 110 or 120.')}"
    return row | ({"values": [{"key": key, "name": name} for key, name in values]} if values else {})


def changed_at(now: datetime) -> datetime:
    """When the services were changed last: by the list of categories, or by a district's rules. Two queries."""
    listed = Event.objects.filter(subject_type="category").aggregate(at=Max("recorded_at"))["at"]
    rules = Policy.objects.kept().filter(key__in=RULED, effective_from__lte=now)
    ruled = rules.aggregate(at=Max("effective_from"))["at"]
    return max(filter(None, (listed, ruled)), default=now)


def _offered(rules: DistrictRules) -> Any:
    rows = Category.objects.for_residents(rules.own).filter(about_somebody=False)
    return rows.exclude(kind="dispute")
