"""Whoever is under fourteen volunteers with a guardian's consent, and not without (PIPL, article 31). Pure.

No date of birth is kept: the day on which the person becomes fourteen, and that only until it has come.
"""

from datetime import date

AGE = 14


def is_minor(of_age_on: date | None, day: date) -> bool:
    """Under fourteen on this day? `of_age_on`: the day that ends it; None for whoever was fourteen at sign-up."""
    return of_age_on is not None and day < of_age_on


def possible(of_age_on: date, today: date) -> bool:
    """Can somebody who is born become fourteen on this day?"""
    return of_age_on.year - today.year <= AGE


def may_take_part(*, is_active: bool, of_age_on: date | None, guardian_consented: bool, day: date) -> bool:
    """May this volunteer do something on this day: one who has not left and, under fourteen, has the consent?"""
    return is_active and (guardian_consented or not is_minor(of_age_on, day))
