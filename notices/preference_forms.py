"""What one wants to hear outside the inbox, and in which language."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from notices.wishes import CHOOSABLE, Wishes
from notices.words import URGENCY
from trail.idempotency import OnceForm


class PreferenceForm(OnceForm):
    """Text messages by urgency, quiet hours, the week's summary, and the language of all of it."""

    by_text = forms.MultipleChoiceField(
        label=_("Send me a text message too when something is"),
        choices=[(key, URGENCY[key].label) for key in CHOOSABLE],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Danger always rings. What you have read in the inbox meanwhile does not."),
    )
    quiet_from = forms.TimeField(
        label=_("Quiet from"), widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )
    quiet_until = forms.TimeField(
        label=_("until"),
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
        help_text=_(
            "The same time twice: no quiet hours. Messages of the night come when it ends; danger comes at once."
        ),
    )
    weekly = forms.BooleanField(label=_("Once a week, tell me how much is with me"), required=False)

    language = forms.ChoiceField(
        label=_("Tell me in"),
        choices=settings.LANGUAGES,
        required=False,
        help_text=_(
            "Text messages, your calendar, and what is found in sheets that you bring. The pages too, unless this "
            "browser was told another language at their foot."
        ),
    )

    def __init__(self, *args: Any, by_text: bool, **options: Any) -> None:
        super().__init__(*args, **(options | {"label_suffix": ""}))
        if not by_text:
            for name in ("by_text", "quiet_from", "quiet_until"):
                del self.fields[name]

    @staticmethod
    def filled_from(wishes: Wishes, language: str) -> dict[str, Any]:
        """As `initial`; `language` is that of the account, "" for the platform's."""
        return {
            "language": language or settings.LANGUAGE_CODE,
            "by_text": sorted(wishes.by_text),
            "quiet_from": wishes.quiet_from,
            "quiet_until": wishes.quiet_until,
            "weekly": wishes.weekly,
        }

    def wishes(self, before: Wishes) -> Wishes:
        """What was chosen; what was not asked stays as it was."""
        data = self.cleaned_data
        return Wishes(
            frozenset(data.get("by_text", before.by_text)),
            data.get("quiet_from", before.quiet_from),
            data.get("quiet_until", before.quiet_until),
            data["weekly"],
        )
