"""Forms of double check-in, brand projects and honours."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# The subjects register how volunteers and teams are named in a form's text.
import volunteers.subjects  # noqa: F401
from portal.core.clock import ZONE
from portal.core.models import Region
from portal.core.registry.forms import DayInput, ScopedForm, ScopedModelForm, form_field
from portal.core.registry.lookups import PEOPLE, REGIONS, Lookup, LookupField
from portal.core.text import CleanCharField
from volunteers import brands, unit_reports
from volunteers.models import BrandProject, UnitReport
from volunteers.quarters import Quarter, last_quarters
from volunteers.subjects import BRANCH_LOOKUP, COMMUNITY_LOOKUP, OWN_BRANCH_LOOKUP, UNIT_LOOKUP
from volunteers.types import NEXT_STAGES, BrandStage

QUARTERS = 12


class QuarterForm(ScopedForm):
    """What a page of figures is about; without a word the present quarter and everything that one sees."""

    quarter = forms.ChoiceField(label=_("Quarter"), required=False)
    region = LookupField(REGIONS, label=_("district, street or community"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Without an empty choice: what is not said is the present quarter.
        self.fields["quarter"].choices = [(each.code, str(each)) for each in last_quarters(QUARTERS)]
        for field in self.fields.values():
            # In a row of filters all are optional; to say so at each is noise.
            field.says_optional = False
        scope = self.user.scope
        if not (scope.sees_all_regions or scope.region_paths):
            del self.fields["region"]

    @property
    def chosen(self) -> tuple[Quarter, Region | None]:
        """Of a form that is valid."""
        asked = self.cleaned_data
        return Quarter.read(asked["quarter"]) or Quarter.now(), asked.get("region")


class UnitReportForm(ScopedModelForm):
    organization = LookupField(UNIT_LOOKUP, label=_("unit"))
    region = LookupField(COMMUNITY_LOOKUP, label=_("community"))
    contact = LookupField(PEOPLE, label=_("contact"), required=False)

    class Meta:
        model = UnitReport
        fields = ["organization", "region", "reported_on", "contact", "valid_until"]
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.user.scope.can(PEOPLE.needs):
            # The verb then takes whoever fills this in.
            del self.fields["contact"]

    def save(self, commit: bool = True) -> UnitReport:
        return unit_reports.report(by=self.user, **self.cleaned_data)


class UnitReportEditForm(ScopedModelForm):
    class Meta:
        model = UnitReport
        fields = ["contact", "valid_until"]
        formfield_callback = form_field

    def save(self, commit: bool = True) -> UnitReport:
        found = UnitReport.objects.get(pk=self.instance.pk)
        return unit_reports.edit(found, by=self.user, **self.cleaned_data)


class PledgeForm(ScopedForm):
    text = CleanCharField(label=_("pledge"), max_length=200)
    quantity = CleanCharField(
        label=_("quantity"), max_length=40, required=False, help_text=_("With its unit: twice a month, 20 places")
    )
    due_on = forms.DateField(label=_("due on"), required=False, widget=DayInput)


class FulfilForm(ScopedForm):
    fulfilled_on = forms.DateField(label=_("fulfilled on"), widget=DayInput)
    evidence = CleanCharField(
        label=_("how one can see it"), max_length=200, help_text=_("What was done, where, who saw it")
    )


class BranchForm(ScopedForm):
    """A member's own branch; on the phone by `OWN_BRANCH_LOOKUP`."""

    lookup: Lookup = BRANCH_LOOKUP

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        branch = LookupField(self.lookup, label=_("own branch"), help_text=_("A part of the name is enough to search"))
        branch.rows = self.lookup.rows(self.user)
        self.fields = {"branch": branch, **self.fields}


class MemberReportForm(BranchForm):
    reported_on = forms.DateField(label=_("reported on"), widget=DayInput)


class OwnBranchForm(BranchForm):
    lookup = OWN_BRANCH_LOOKUP


class BrandProjectForm(ScopedModelForm):
    on = forms.DateField(label=_("since"), widget=DayInput)

    class Meta:
        model = BrandProject
        fields = ["team", "name", "summary", "hub"]
        formfield_callback = form_field

    def save(self, commit: bool = True) -> BrandProject:
        return brands.start(by=self.user, **self.cleaned_data)


class BrandProjectEditForm(ScopedModelForm):
    class Meta:
        model = BrandProject
        fields = ["name", "summary", "hub"]
        formfield_callback = form_field

    def save(self, commit: bool = True) -> BrandProject:
        found = BrandProject.objects.select_related("team").get(pk=self.instance.pk)
        return brands.edit(found, by=self.user, **self.cleaned_data)


class StageForm(ScopedForm):
    """The stages that may follow."""

    stage = forms.ChoiceField(label=_("next stage"), widget=forms.RadioSelect)
    on = forms.DateField(label=_("day"), widget=DayInput)
    note = CleanCharField(
        label=_("note"), max_length=200, required=False, help_text=_("Needed where a project ends: say why")
    )

    def __init__(self, *args: Any, project: BrandProject, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"on": timezone.localdate(timezone=ZONE)})
        super().__init__(*args, **kwargs)
        self.fields["stage"].choices = [(stage.value, BrandStage(stage).label) for stage in NEXT_STAGES[project.stage]]


class HonourForm(ScopedForm):
    title = CleanCharField(label=_("honour"), max_length=80)
    awarded_by = CleanCharField(label=_("awarded by"), max_length=80)
    awarded_on = forms.DateField(label=_("awarded on"), widget=DayInput)
