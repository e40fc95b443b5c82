"""Pages of the regions' tree, and the verbs that change it."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.core.errors import DomainError, NotAllowed, NotFound
from portal.core.filters import RegionFilter
from portal.core.humanize import Look
from portal.core.models import Level, Region
from portal.core.regions import abolish_region, merge_regions, move_region, rename_region
from portal.core.registry import lookups
from portal.core.registry.forms import DayInput, ScopedForm
from portal.core.registry.lookups import LookupField
from portal.core.registry.pages import Column, DetailPage, ListPage, LookupPage, RegistryPage
from portal.core.registry.subjects import IN_REGIONS
from portal.core.subjects import REGIONS
from portal.core.templatetags.portal import tag_html
from portal.core.text import CleanCharField

SHOWN = 200


def region_tag(region: Region) -> Any:
    if not region.is_current:
        return tag_html(_("Abolished"), Look("archive", "quiet"))
    return tag_html(_("Functional district"), Look("flag", "info")) if region.is_functional else ""


class RegionList(ListPage):
    """Without a search, the tree from the top of one's own area; with one, the regions found."""

    subject = REGIONS
    filterset_class = RegionFilter
    first_filters = ("q", "level", "region")
    has_create = False
    columns = (
        Column(gettext_lazy("Region"), "short_name"),
        Column(gettext_lazy("level"), "get_level_display"),
        Column(gettext_lazy("code"), "code", "code"),
        Column(gettext_lazy("lies in"), lambda region: region.parent or "", "only-wide"),
        Column(gettext_lazy("Status"), region_tag),
    )

    def queryset(self) -> Any:
        rows = Region.objects.select_related("parent")
        return rows.order_by("depth", "code")


class RegionDetail(DetailPage):
    subject = REGIONS
    template_name = "registry/region_detail.html"

    def queryset(self) -> Any:
        return Region.objects.select_related("parent", "merged_into")

    def edit_url(self, row: Region) -> str:
        return self.subject.url("action", row.pk, "rename")

    def facts(self, row: Region) -> list[tuple[Any, Any]]:
        return [
            (_("official name"), row.name),
            (_("code"), row.code),
            (_("level"), row.get_level_display()),
            (_("pinyin initials"), row.pinyin),
            (_("valid from"), row.valid_from),
            (_("abolished on"), row.valid_to),
            (_("merged into"), row.merged_into),
        ]

    def more(self, row: Region) -> dict[str, Any]:
        user = self.request.user
        rows = Region.objects.for_user(user)
        visible = set(rows.ancestors_of(row.path).values_list("pk", flat=True))
        below = Level.below(row.level)
        return {
            "status_tag": region_tag(row),
            "above": [(each, each.pk in visible) for each in Region.objects.ancestors_of(row.path)[: row.depth - 1]],
            "children": rows.filter(parent=row).annotate(below=Count("children")).order_by("valid_to", "code")[:SHOWN],
            "child_level": Level(below).label if below else "",
            "absorbed": rows.filter(merged_into=row)[:SHOWN],
            "counts": self.counts(row),
            "actions": ACTIONS.values() if self.may_edit(row) and row.is_current else [],
        }

    def counts(self, row: Region) -> list[tuple[Any, int, str]]:
        """What lies in the subtree, each with the address of its list."""
        user = self.request.user
        return [
            (
                subject.model._meta.verbose_name_plural,
                subject.model._default_manager.for_user(user).filter(region__path__startswith=row.path).count(),
                f"{subject.url('list')}?region={row.code}",
            )
            for subject in IN_REGIONS
            if user.scope.can(subject.read)
        ]


class RegionLookup(LookupPage):
    lookup = lookups.REGIONS


class RenameForm(ScopedForm):
    name = CleanCharField(label=gettext_lazy("official name"), max_length=100)
    short = CleanCharField(
        label=gettext_lazy("short name"), max_length=60, required=False,
        help_text=gettext_lazy("Made of the official name if it is left empty."),
    )  # fmt: skip

    def run(self, region: Region) -> Region:
        cleaned = self.cleaned_data
        return rename_region(region, name=cleaned["name"], short=cleaned["short"], by=self.user)


class MoveForm(ScopedForm):
    to = LookupField(lookups.REGIONS, label=gettext_lazy("moves under"))

    def run(self, region: Region) -> Region:
        return move_region(region, to=self.cleaned_data["to"], by=self.user)


class MergeForm(ScopedForm):
    into = LookupField(lookups.REGIONS, label=gettext_lazy("is merged into"))
    on = forms.DateField(label=gettext_lazy("on"), required=False, widget=DayInput)

    def run(self, region: Region) -> Region:
        merge_regions([region], into=self.cleaned_data["into"], on=self.cleaned_data["on"], by=self.user)
        return self.cleaned_data["into"]


class AbolishForm(ScopedForm):
    on = forms.DateField(label=gettext_lazy("abolished on"), required=False, widget=DayInput)

    def run(self, region: Region) -> Region:
        return abolish_region(region, on=self.cleaned_data["on"], by=self.user)


@dataclass(frozen=True)
class Action:
    """A verb on a region, and what a person should know before it is done."""

    name: str
    label: Any
    consequence: Any
    form_class: type[Any]
    icon: str
    is_grave: bool = False


ACTIONS = {
    action.name: action
    for action in (
        Action("rename", gettext_lazy("Rename"), gettext_lazy("The code stays. The old name stays in the history."),
               RenameForm, "edit"),
        Action("move", gettext_lazy("Move"), gettext_lazy(
            "Everything under it moves along: stations, organisations, and who may see them."), MoveForm, "sitemap"),
        Action("merge", gettext_lazy("Merge"), gettext_lazy(
            "The regions under it, and its stations, organisations, posts, accounts and requests move into the other"
            " one; this one is abolished and points there."),
            MergeForm, "arrow-right", is_grave=True),
        Action("abolish", gettext_lazy("Abolish"), gettext_lazy(
            "Its code and its past stay; nothing new can be entered for it."), AbolishForm, "archive", is_grave=True),
    )
}  # fmt: skip


class RegionActionPage(RegistryPage):
    """One verb on one region: its form, what follows from it, and the name of the region to be sure."""

    subject = REGIONS
    capability = REGIONS.write
    template_name = "registry/region_action.html"

    def region_and_action(self, pk: int, verb: str) -> tuple[Region, Action]:
        region = self.row(pk)
        if verb not in ACTIONS:
            raise NotFound()
        if not self.may_edit(region):
            raise NotAllowed()
        return region, ACTIONS[verb]

    def show(self, region: Region, action: Action, form: Any, status: int = 200) -> HttpResponse:
        context = self.context(row=region, action=action, form=form)
        return render(self.request, self.template_name, context, status=status)

    def get(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        region, action = self.region_and_action(pk, verb)
        initial = {"name": region.name, "short": region.short_name} if verb == "rename" else {}
        return self.show(region, action, action.form_class(user=request.user, initial=initial))

    def post(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        region, action = self.region_and_action(pk, verb)
        form = action.form_class(request.POST, user=request.user)
        if not form.is_valid():
            return self.show(region, action, form, 400)
        try:
            result = form.run(region)
        except DomainError as error:
            form.add_error(None, str(error))
            return self.show(region, action, form, error.status)
        messages.success(request, _("“%(name)s” has been saved.") % {"name": result})
        return HttpResponseRedirect(self.subject.detail(result))
