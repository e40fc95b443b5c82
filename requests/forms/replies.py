"""The forms of reply templates, and of which replies are reviewed."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.core.registry.forms import ScopedModelForm, form_field
from requests.forms.base import CategoryField
from requests.models import ReplyTemplate, ReviewRule
from requests.models.replies import PLACEHOLDERS
from requests.types import REVIEWED_VERBS, TEMPLATED_VERBS, Verb

WITH_ALL_BELOW = _("With all that stands under it. Empty: every category.")


def _verbs_field(label: Any, verbs: tuple[Verb, ...]) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=[(verb.value, verb.label) for verb in verbs], widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one step.")},
    )  # fmt: skip


class _OfRegionForm(ScopedModelForm):
    """What holds in every region is for those who look after all of them."""

    capability = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sees_all = self.user.scope.granting(self.capability).sees_all_regions
        region = self.fields["region"]
        region.required = not sees_all
        region.help_text = region.help_text if sees_all else _("With all that lies in it.")
        self.fields["category"].empty_label = _("Every category")


class ReplyTemplateForm(_OfRegionForm):
    capability = "replies:write"
    category = CategoryField(label=_("category"), required=False, help_text=WITH_ALL_BELOW)
    verbs = _verbs_field(_("for which steps"), TEMPLATED_VERBS)

    sections = [
        (_("The words"), ["title", "text"]),
        (_("Where it is offered"), ["region", "category", "verbs", "order", "is_active"]),
    ]

    class Meta:
        model = ReplyTemplate
        fields = ["title", "text", "region", "category", "verbs", "order", "is_active"]
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        text = self.fields["text"]
        text.max_length = ReplyTemplate._meta.get_field("text").max_length
        text.help_text = _("Filled in by the case: %(names)s") % {
            "names": "  ".join(f"{{{name}}} {label}" for name, label in PLACEHOLDERS.items())
        }


class ReviewRuleForm(_OfRegionForm):
    capability = "reviews:write"
    category = CategoryField(label=_("category"), required=False, help_text=WITH_ALL_BELOW)
    verbs = _verbs_field(_("which replies"), REVIEWED_VERBS)

    sections = [(_("Which replies"), ["region", "category", "verbs"]), (_("When"), ["starts_on", "ends_on"])]

    class Meta:
        model = ReviewRule
        fields = ["region", "category", "verbs", "starts_on", "ends_on"]
        formfield_callback = form_field
