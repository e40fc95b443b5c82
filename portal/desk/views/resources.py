"""/desk/resources/: what units, teams and volunteers give. Staff see their area's, a unit or volunteer their own."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.template.defaultfilters import floatformat
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.errors import NotAllowed, NotFound
from portal.core.humanize import Look, quantity
from portal.core.pages import safe_next
from portal.core.registry.pages import Column, CreatePage, DetailPage, EditPage, ListPage, LookupPage
from portal.core.templatetags.portal import tag_html
from requests import claims, resources
from requests.forms.resources import ReleaseForm, ResourceForm, UseForm
from requests.matching.needs import needs_for
from requests.models import Claim, Resource, ServiceRequest
from requests.resource_filters import ResourceFilter
from requests.subjects import RESOURCE_LOOKUP, RESOURCES
from requests.types import ClaimState, ResourceStatus, WeekPart
from volunteers import names
from volunteers.views.verbs import VerbButton, VerbForm

LOOKS = {
    ResourceStatus.OFFERED: Look("circle-check", "good"),
    ResourceStatus.PAUSED: Look("player-pause", "wait"),
    ResourceStatus.USED_UP: Look("circle-dashed", "quiet"),
    ResourceStatus.WITHDRAWN: Look("archive", "quiet"),
}
CLAIM_LOOKS = {
    ClaimState.CLAIMED: Look("bookmark", "info"),
    ClaimState.USED: Look("circle-check", "good"),
    ClaimState.RELEASED: Look("arrow-back-up", "quiet"),
}
LAST_CLAIMS = 30
NEEDS = 8


def status_tag(row: Resource) -> Any:
    if row.status == ResourceStatus.OFFERED and row.has_run_out:
        return tag_html(_("Run out"), Look("clock-exclamation", "warn"))
    if row.status == ResourceStatus.OFFERED and row.free == 0:
        return tag_html(_("All claimed"), Look("bookmark", "info"))
    return tag_html(row.get_status_display(), LOOKS[ResourceStatus(row.status)])


def claim_tag(row: Claim) -> Any:
    return tag_html(row.get_state_display(), CLAIM_LOOKS[ClaimState(row.state)])


def amount_of(row: Resource) -> str:
    return f"{quantity(row.free)} / {quantity(row.amount)} {row.unit}"


def week_of(row: Resource) -> str:
    return "、".join(str(WeekPart(part).label) for part in row.weekly if part in WeekPart.values)


class ResourcePage:
    subject = RESOURCES

    def queryset(self) -> Any:
        return Resource.objects.with_givers()

    def open_names(self, rows: Iterable[Resource]) -> None:
        scope = self.request.user.scope  # type: ignore[attr-defined]
        names.show_names([row.volunteer for row in rows if row.volunteer_id is not None], scope)


class ResourceList(ResourcePage, ListPage):
    template_name = "desk/resource_list.html"
    filterset_class = ResourceFilter
    first_filters = ("q", "region", "kind", "available")
    columns = (
        Column(_("resource"), "name"),
        Column(pgettext_lazy("of a resource", "kind"), "get_kind_display", "nowrap only-wide"),
        Column(_("given by"), "shown_giver"),
        Column(_("given in"), "region", "only-wide"),
        Column(_("left / all"), amount_of, "num nowrap"),
        Column(_("times"), lambda row: row.times or week_of(row), "only-wide"),
        Column(_("Status"), status_tag),
    )
    empty_hint = _("Write down what a unit, a team or a volunteer can give. Cases then find it.")

    def page_of(self, rows: Any) -> Any:
        page = super().page_of(rows)
        self.open_names(page.object_list)
        return page


class ResourceDetail(ResourcePage, DetailPage):
    template_name = "desk/resource_detail.html"

    def row(self, pk: int) -> Resource:
        found = super().row(pk)
        self.open_names([found])
        return found

    def facts(self, row: Resource) -> list[tuple[Any, Any]]:
        paths = format_html_join("\n", "{}", ([each.path] for each in row.categories.all()))
        return [
            (_("resource number"), row.code),
            (pgettext_lazy("of a resource", "kind"), row.get_kind_display()),
            (_("given by"), row.shown_giver),
            (_("given in"), row.region),
            (_("reaches (metres)"), row.radius_m),
            (_("description"), row.description),
            (_("times in words"), row.times),
            (_("times in a usual week"), week_of(row)),
            (_("conditions"), row.conditions),
            (_("categories that it fits"), paths),
            (_("valid until"), row.valid_until),
        ]

    def more(self, row: Resource) -> dict[str, Any]:
        user = self.request.user
        mine = set(ServiceRequest.objects.for_user(user).filter(claims__resource=row).values_list("pk", flat=True))
        held = row.claims.select_related(
            "request__handling_region", "request__current_dispatch", "project", "claimed_by__person"
        )
        lines = [
            {"claim": each, "tag": claim_tag(each), "case": each.request if each.request_id in mine else None}
            for each in held.order_by("-claimed_at", "-pk")[:LAST_CLAIMS]
        ]
        may_edit = resources.keeps(row, by=user)
        # Of what has run out nothing can be claimed, whatever is left of it.
        left = Decimal(0) if row.has_run_out else row.free
        return {
            "needs": needs_for(row, user=user, limit=NEEDS) if left and user.scope.can("requests:act") else [],
            "status_tag": status_tag(row), "lines": lines, "settles": may_edit,
            "steps_open": _steps(row) if may_edit else [],
            "amounts": [
                (label, quantity(value)) for label, value in (
                    (_("left"), left), (_("claimed"), row.claimed), (_("used"), row.used), (_("in all"), row.amount)
                )
            ],
        }  # fmt: skip


def _steps(row: Resource) -> list[tuple[str, Any, str]]:
    """What its keeper may do with it now: name in the address, words, icon."""
    if row.status in (ResourceStatus.PAUSED, ResourceStatus.WITHDRAWN):
        return [("resume", _("Offer again"), "refresh")]
    pause = [("pause", _("Pause"), "player-pause")] if row.status == ResourceStatus.OFFERED else []
    return [*pause, ("withdraw", _("Withdraw the resource"), "archive")]


class ResourceCreate(ResourcePage, CreatePage):
    form_class = ResourceForm
    template_name = "desk/resource_form.html"

    def initial(self, row: Any) -> dict[str, Any]:
        return {"unit": Resource._meta.get_field("unit").default}


class ResourceEdit(ResourcePage, EditPage):
    form_class = ResourceForm
    template_name = "desk/resource_form.html"


class ResourceStep(ResourcePage, VerbButton):
    capability = RESOURCES.write
    VERBS = {
        "pause": (resources.pause, _("Nothing can be claimed of it until you offer it again.")),
        "resume": (resources.resume, _("It is on offer again.")),
        "withdraw": (resources.withdraw, _("It is given no more. What was claimed stays so.")),
    }


class ClaimPage(VerbForm):
    """What became of a claim; one comes back to the case, or to the resource where the case is not one's own."""

    subject = RESOURCES
    # Handlers settle what was claimed for their cases, givers what is claimed of theirs.
    capability = RESOURCES.read

    def found(self, pk: int) -> Claim:
        rows = Claim.objects.for_user(self.request.user).select_related(
            "resource", "request__handling_region", "request__current_dispatch__team", "project"
        )
        found = rows.filter(pk=pk).first()
        if found is None:
            raise NotFound()
        if not claims.may_settle(found, by=self.request.user):
            raise NotAllowed()
        return found

    def named(self, row: Claim) -> str:
        """“路灯巡检 2 次”: of what, and how much."""
        return f"{row.resource} {floatformat(row.amount)} {row.resource.unit}"

    def back_to(self, row: Claim) -> str:
        return safe_next(self.request, self.subject.detail(row.resource))


class ClaimUse(ClaimPage):
    form_class = UseForm
    heading = _("What was really used")
    consequence = _("What is left of the claim can be claimed by others.")
    said = _("What was used has been written down.")
    button = pgettext_lazy("step of a claim", "Used")

    def initial(self, row: Claim) -> dict[str, Any]:
        return {"used": row.amount}

    def do(self, row: Claim, asked: dict[str, Any]) -> None:
        claims.use(row, by=self.request.user, **asked)


class ClaimRelease(ClaimPage):
    form_class = ReleaseForm
    heading = _("Release the claim")
    consequence = _("Nothing was used: others can claim all of it.")
    said = _("The claim has been released.")
    button = pgettext_lazy("step of a claim", "Release")

    def do(self, row: Claim, asked: dict[str, Any]) -> None:
        claims.release(row, by=self.request.user, **asked)


class ResourceLookupPage(LookupPage):
    lookup = RESOURCE_LOOKUP
