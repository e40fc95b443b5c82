"""Forms of the steps about replies that are read before they are sent, and about what a deputy takes over."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.registry.lookups import PEOPLE, LookupField
from requests.candidates import staff_for
from requests.forms.base import StepForm, text_field
from requests.types import Verb


class ReviewReplyForm(StepForm):
    verb = Verb.REVIEW_REPLY
    granted = forms.TypedChoiceField(
        label=pgettext_lazy("about a reply", "Decision"),
        choices=[("1", _("Send it: the resident reads it as it is")), ("0", _("Give it back to be written anew"))],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )
    text = text_field(
        _("Words for whoever wrote it"), required=False, rows=2,
        hint=_("Say what is to be changed, if you give it back. The resident does not read this."),
    )  # fmt: skip


class TakeOverForm(StepForm):
    """To whom a case of somebody who is away goes: staff and volunteers of one's own scope."""

    verb = Verb.TAKE_OVER
    to = LookupField(PEOPLE, label=_("Who stands in"))
    text = text_field(_("Reason"), rows=2)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].rows = staff_for(self.case, self.user)
