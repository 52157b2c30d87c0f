"""What a district may decide about its issues: the kinds of policies, and the rules that come of them."""

from issues.policies import asking, calling, hotline, matters, times, words
from issues.policies.rules import SHIPPED, CategoryRule, DistrictRules, DutyItem, rules_from

KINDS = (
    *matters.KINDS[:1],
    *asking.KINDS,
    *times.KINDS,
    *calling.KINDS_OF_POLICY,
    *matters.KINDS[1:],
    *words.KINDS,
    *hotline.KINDS,
)

__all__ = ["KINDS", "SHIPPED", "CategoryRule", "DistrictRules", "DutyItem", "rules_from"]
