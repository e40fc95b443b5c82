"""Who looked at personal data, when and why: for auditors and administrators."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.core.filters import DisclosureFilter
from portal.core.humanize import absolute_time
from portal.core.models import DisclosureRecord
from portal.core.registry.pages import Column, ListPage
from portal.core.registry.subjects import Subject
from requests.models.service_requests import parse_number

DISCLOSURES = Subject(DisclosureRecord, "desk:disclosure", read="disclosures:read", write="", icon="eye")


def what(row: DisclosureRecord) -> str:
    return row.about or ngettext("List of %(count)d request", "List of %(count)d requests", row.count) % {
        "count": row.count
    }


def who(row: DisclosureRecord) -> str:
    return _("%(name)s (%(account)s)") % {"name": row.user.get_full_name(), "account": row.user.username}


class DisclosuresPage(ListPage):
    subject = DISCLOSURES
    filterset_class = DisclosureFilter
    template_name = "desk/disclosures.html"
    first_filters = ("q", "about", "kind")
    columns = (
        Column(gettext_lazy("About"), what, "nowrap"),
        Column(gettext_lazy("When"), lambda row: absolute_time(row.at)),
        Column(gettext_lazy("By whom"), who),
        Column(gettext_lazy("kind"), "get_kind_display", "only-wide"),
        Column(gettext_lazy("reason"), "reason"),
        Column(gettext_lazy("region"), lambda row: row.region or "", "only-wide"),
    )
    has_create = False
    empty_hint = gettext_lazy("Nobody has looked at contact data in your area.")

    def queryset(self) -> Any:
        return DisclosureRecord.objects.select_related("user__person", "region")

    def href(self, row: DisclosureRecord) -> str:
        case = parse_number(row.about)
        return reverse("desk:case", args=[case]) if case else ""
