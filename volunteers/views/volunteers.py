"""Pages of the register: list, detail, forms."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.core import files
from portal.core.clock import ZONE
from portal.core.errors import NotFound
from portal.core.humanize import Look
from portal.core.registry.organizations import Starting, link
from portal.core.registry.pages import Column, CreatePage, DetailPage, EditPage, ListPage, LookupPage, RegistryPage
from portal.core.registry.trail import Step, trail
from portal.core.templatetags.portal import relative_time, tag_html
from volunteers import ledger, names, points, privacy
from volunteers.filters import VolunteerFilter
from volunteers.forms.volunteers import VolunteerForm
from volunteers.models import Assignment, Volunteer, VolunteerSkill, VolunteerTeam
from volunteers.subjects import MEMBER_REPORTS, VOLUNTEER_LOOKUP, VOLUNTEERS
from volunteers.types import MemberStatus, VolunteerStatus
from volunteers.views.actions import actions_on
from volunteers.views.week import grid

SHOWN = 12
LOOKS = {
    VolunteerStatus.APPLIED: Look("hourglass", "info"),
    VolunteerStatus.ACTIVE: Look("circle-check", "good"),
    VolunteerStatus.PAUSED: Look("player-pause", "warn"),
    VolunteerStatus.REFUSED: Look("circle-x", "quiet"),
    VolunteerStatus.LEFT: Look("archive", "quiet"),
    VolunteerStatus.MERGED: Look("archive", "quiet"),
}


def status_tag(row: Volunteer) -> Any:
    return tag_html(row.get_status_display(), LOOKS[VolunteerStatus(row.status)])


class VolunteerPage(RegistryPage):
    """A page of one volunteer, or of all. Names are as the reader may see them."""

    subject = VOLUNTEERS

    def queryset(self) -> Any:
        return names.with_names(Volunteer.objects.select_related("person", "home_region"), self.request.user.scope)


class VolunteerList(VolunteerPage, ListPage):
    template_name = "volunteers/volunteer_list.html"
    filterset_class = VolunteerFilter
    first_filters = ("q", "region", "status", "kind")
    columns = (
        Column(_("Volunteer"), "shown_name"),
        Column(_("number"), "number", "code only-wide"),
        Column(_("kind"), "get_kind_display"),
        Column(_("home community"), "home_region", "only-wide"),
        Column(_("mobile phone"), lambda row: row.person.phone_masked, "code only-wide"),
        Column(_("years"), lambda row: row.years, "num only-wide"),
        Column(_("Status"), status_tag),
    )
    empty_hint = _("Enter volunteers one by one, import a list, or hand out the address of the sign-up page.")

    def queryset(self) -> Any:
        return super().queryset().defer("search", "note")


class VolunteerDetail(VolunteerPage, DetailPage):
    template_name = "volunteers/volunteer_detail.html"

    def queryset(self) -> Any:
        rows = super().queryset().select_related("recruited_by__person", "merged_into", "person__user")
        return rows.prefetch_related("weekly_availability").defer("search")

    def may_edit(self, row: Volunteer) -> bool:
        return row.status != VolunteerStatus.MERGED and row.erased_at is None and super().may_edit(row)

    def facts(self, row: Volunteer) -> list[tuple[Any, Any]]:
        return [
            (_("volunteer number"), row.number),
            (_("kind"), row.get_kind_display()),
            (_("party member"), _("yes") if row.person.is_party_member else ""),
            (_("home community"), link("registry:region_detail", row.home_region)),
            (_("mobile phone"), row.person.phone_masked),
            (_("age"), row.age()),
            (_("guardian's consent given on"), row.guardian_consent_on),
            (_("profession"), row.profession),
            (_("interests"), row.interests),
            (_("languages"), row.languages),
            (_("duty a week at most"), _("%(hours)g hours") % {"hours": row.weekly_minutes / 60}),
            (_("volunteer since"), row.joined_on),
            (_("came by"), row.get_source_display()),
            (_("recruited by"), self._recruiter(row)),
            (_("number on the national platform"), row.national_number),
            (_("insured until"), row.insured_until),
            (_("basic training on"), row.trained_on),
            (_("agreed to"), relative_time(row.consented_at)),
            (_("left on"), row.left_on),
            (_("reason"), row.status_reason),
            (_("note"), row.note if row.is_name_open else ""),
        ]

    def _recruiter(self, row: Volunteer) -> Any:
        found = self.rows().filter(pk=row.recruited_by_id).first() if row.recruited_by_id else None
        if found is None:
            return _("somebody elsewhere") if row.recruited_by_id else ""
        found.person.name = found.shown_name
        return link("volunteers:volunteer_detail", found)

    def steps(self, row: Volunteer) -> list[Step] | None:
        if not self.request.user.scope.can("history:read"):
            return None
        belonging = *row.skills.select_related("skill"), *row.memberships.select_related("team", "volunteer")
        return trail(row, *belonging, reader=self.request.user)

    def more(self, row: Volunteer) -> dict[str, Any]:
        user, today = self.request.user, timezone.localdate(timezone=ZONE)
        teams = VolunteerTeam.objects.for_user(user)
        memberships = row.memberships.filter(status__in=[MemberStatus.ASKED, MemberStatus.ACTIVE], team__in=teams)
        coming = Assignment.objects.for_user(user).filter(volunteer=row).select_related("shift__station")
        may_write = self.may_edit(row)
        return {
            "status_tag": status_tag(row),
            "may_reveal": row.erased_at is None and privacy.may_reveal(row, user),
            "actions": actions_on(row, user) if user.scope.can(VOLUNTEERS.write) else [],
            "skills": list(row.skills.select_related("skill", "evidence")),
            "grid": grid(row.weekly_availability.all()),
            "days": row.day_availability.filter(date__gte=today)[:SHOWN],
            "memberships": memberships.select_related("team"),
            "hours": ledger.totals(row),
            "balance": points.balance(row),
            "assignments": coming.order_by("-shift__starts_at")[:SHOWN],
            "recruits": row.recruits.for_user(user).current().count(),
            "honours": list(row.honours.all()),
            "report": row.member_reports.for_user(user).open().select_related("branch", "region").first(),
            "may_report": may_write and user.scope.can(MEMBER_REPORTS.write) and row.person.is_party_member,
            "keys": row.keys.for_user(user).select_related("station"),
            "merged_into": row.merged_into if row.merged_into_id else None,
            "may_write": may_write,
            "today": today,
        }


class VolunteerCreate(Starting, VolunteerPage, CreatePage):
    form_class = VolunteerForm
    from_address = ("home_region", "recruited_by")

    def initial(self, row: Volunteer) -> dict[str, Any]:
        return {"joined_on": timezone.localdate(timezone=ZONE), **super().initial(row)}


class VolunteerEdit(VolunteerPage, EditPage):
    form_class = VolunteerForm


class VolunteerLookup(LookupPage):
    lookup = VOLUNTEER_LOOKUP


class EvidenceFile(VolunteerPage):
    """The evidence of a skill, for those who look after the volunteer."""

    capability = privacy.REVEAL

    def get(self, request: HttpRequest, pk: int, skill: int) -> HttpResponseBase:
        listed = VolunteerSkill.objects.filter(volunteer=self.row(pk), pk=skill).select_related("evidence").first()
        if listed is None or listed.evidence is None or not privacy.may_reveal(listed.volunteer, request.user):
            raise NotFound()
        return files.serve(listed.evidence, name=f"evidence-{listed.pk}", keeps_name=True)
