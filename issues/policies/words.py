"""Words that a district may set: reasons beside a rating, templates of replies. All shipped ones are samples."""

import re

from django.utils.translation import gettext_lazy as _

from grids.policies import Column, PolicyKind
from issues.kinds import RESULTS

# A blank: brackets as Chinese is written with. Those of ASCII are brackets like any others.
BLANK = re.compile(r"（[^（）\n]+）")
PARTS_OF_RATING = (("answered", _("answered")), ("solved", _("solved")), ("satisfied", _("satisfied")))

RATING_REASONS = PolicyKind(
    "rating_reasons",
    _("Reasons beside a rating"),
    _("What a reporter may tick who was not answered, helped or satisfied."),
    (
        Column("about", _("Where the answer was no"), "choice", PARTS_OF_RATING),
        Column("name", _("Reason"), "line", most=40),
        Column("name_en", _("Reason in English"), "line", most=60),
    ),
    {
        "nobody_called": {"about": "answered", "name": "没有人联系我", "name_en": "Nobody contacted me"},
        "late": {"about": "answered", "name": "联系太晚", "name_en": "Contacted too late"},
        "still_there": {"about": "solved", "name": "问题还在", "name_en": "The problem is still there"},
        "came_back": {"about": "solved", "name": "解决后又出现", "name_en": "It came back"},
        "only_words": {"about": "solved", "name": "只有答复没有行动", "name_en": "Words, but no deeds"},
        "rude": {"about": "satisfied", "name": "态度不好", "name_en": "Unfriendly"},
        "unclear": {"about": "satisfied", "name": "答复说不清楚", "name_en": "The answer was unclear"},
        "too_long": {"about": "satisfied", "name": "时间太长", "name_en": "It took too long"},
    },
    row_label=_("Reason"),
    whole=True,
    unreplayed=_(
        "Which reasons people would have ticked cannot be told from the past; nothing else depends on them."
    ),
)
REPLY_TEMPLATES = PolicyKind(
    "reply_templates",
    _("Templates of replies"),
    _(
        "What a handler may begin a reply with: the point, the result, the date and whom to ask. What stands in （…） "
        "is to be filled in: a reply in which it still stands is refused. Write other brackets as (…)."
    ),
    (
        Column("outcome", _("Outcome"), "choice", tuple((word.key, word.label) for word in RESULTS)),
        Column("name", _("Name of the template"), "line", most=40),
        Column("text", _("Text"), "text", most=500),
    ),
    {
        "solved": {
            "outcome": "solved",
            "name": "已解决",
            "text": "您反映的“（事项）”，我们于（日期）到现场办理，结果：（结果）。如仍有问题，请联系（承办单位、电话）。",
        },
        "answered": {
            "outcome": "answered",
            "name": "已解答",
            "text": "您咨询的“（事项）”，答复如下：（答复）。依据：（文件或规定）。详情请联系（承办单位、电话）。",
        },
        "explained": {
            "outcome": "explained",
            "name": "解释说明",
            "text": "您反映的“（事项）”目前无法办理，原因：（原因）。下一步：（安排、时间）。请联系（承办单位、电话）。",
        },
        "not_substantiated": {
            "outcome": "not_substantiated",
            "name": "不属实",
            "text": "您反映的“（事项）”，我们于（日期）核实，情况：（核实情况）。如有新的情况，请联系（承办单位、电话）。",
        },
        "unreachable": {
            "outcome": "unreachable",
            "name": "联系不上",
            "text": "我们于（日期）多次联系您未能接通，现场情况：（情况）。请您方便时联系（承办单位、电话）。",
        },
        "legal": {
            "outcome": "legal",
            "name": "已转法定程序",
            "text": "您反映的“（事项）”已转入（程序名称）办理，下次反馈日期：（日期）。请联系（承办单位、电话）。",
        },
    },
    row_label=_("Name of the template"),
    whole=True,
    unreplayed=_("What a reply says is written by people; a template changes nothing that was replied."),
)
KINDS = (RATING_REASONS, REPLY_TEMPLATES)
