"""What an organisation's page tells of double check-in: where the unit reported, what it pledged, its statement."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.core.models import Organization
from portal.core.registry.subjects import Section, shows_on_organizations
from volunteers.models import MemberReport, UnitReport
from volunteers.quarters import Quarter
from volunteers.subjects import MEMBER_REPORTS, UNIT_REPORTS

SHOWN = 20


@shows_on_organizations
def double_check_in(organization: Organization, user: Any) -> Section | None:
    if not user.scope.can(UNIT_REPORTS.read):
        return None
    reports = UnitReport.objects.for_user(user).filter(organization=organization).select_related("region")
    links = [
        (UNIT_REPORTS.detail(row), row.region, _standing(row))
        for row in reports.with_pledges().order_by("-reported_on", "-pk")[:SHOWN]
    ]
    members = MemberReport.objects.in_statements(user).filter(branch=organization)
    if count := members.count():
        words = ngettext("%(n)s party member", "%(n)s party members", count) % {"n": count}
        links += [
            (reverse("volunteers:statement", args=[organization.pk]), _("Quarterly statement"), str(Quarter.now())),
            (f"{MEMBER_REPORTS.url('list')}?branch={organization.pk}", _("Member reports"), words),
        ]
    return Section(_("Double check-in"), links) if links else None


def _standing(row: Any) -> str:
    told = [str(row.get_status_display())]
    if row.pledge_count:
        told.append(_("pledges %(done)d / %(all)d") % {"done": row.fulfilled_count, "all": row.pledge_count})
    return " · ".join(told)
