"""By what projects are looked for on the public list."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.text import CleanCharField
from requests.models import ServiceProject
from requests.models.projects import ProjectQuerySet
from requests.project_types import DECIDED_STATES, ProjectKind

EVERY = ("", _("All"))


class ProjectsForm(forms.Form):
    q = CleanCharField(label=_("Words"), required=False, max_length=60)
    kind = forms.ChoiceField(
        label=pgettext_lazy("of a project", "kind"), required=False, choices=[EVERY, *ProjectKind.choices]
    )
    state = forms.ChoiceField(
        label=pgettext_lazy("of a project", "state"), required=False,
        choices=[EVERY, *((each.value, each.label) for each in DECIDED_STATES)],
    )  # fmt: skip

    def projects(self) -> ProjectQuerySet:
        """What fits; of a question that makes no sense, nothing of it counts."""
        rows = ServiceProject.objects.published().select_related("region").order_by("-published_at", "-pk")
        self.is_valid()
        asked = self.cleaned_data
        if asked.get("q"):
            rows = rows.filter(name__icontains=asked["q"]) | rows.filter(summary__icontains=asked["q"])
        return rows.filter(**{name: asked[name] for name in ("kind", "state") if asked.get(name)})
