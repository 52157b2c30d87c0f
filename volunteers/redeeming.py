"""May this person have this good now? Pure; every refusal says why and carries a stable code."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from trail.refusals import Refused


@dataclass(frozen=True)
class Want:
    """Everything that the answer depends on. `held`: how many of the good the person has or has put aside already;
    `per_person` 0: no bound; `agreed`: the price that the person was shown, None where none was."""

    is_open: bool
    is_active: bool
    same_district: bool
    stock: int
    price: int
    balance: int
    per_person: int
    held: int
    agreed: int | None = None


def refusal(want: Want) -> Refused | None:
    """What stands against it: first what the person cannot change."""
    if not want.same_district:
        return Refused(_("Points count in the district where they were earned."), code="district")
    if not want.is_active:
        return Refused(_("Only an active volunteer redeems points."), code="not_active")
    if not want.is_open:
        return Refused(_("This good is not offered at present."), code="closed")
    if want.stock < 1:
        return Refused(
            _("Nothing is left of this good; look again after the next delivery."), code="out_of_stock"
        )
    if want.per_person and want.held >= want.per_person:
        return Refused(
            _("Each person may have %(most)d of this good, and you have them.") % {"most": want.per_person},
            code="limit",
        )
    if want.balance < want.price:
        return Refused(
            _("It costs %(price)d points, and you have %(balance)d.")
            % {"price": want.price, "balance": want.balance},
            code="points",
        )
    if want.agreed not in (None, want.price):
        return Refused(
            _("The price has changed: it costs %(price)d points now. Look again whether you want it.")
            % {"price": want.price},
            code="price",
        )
    return None
