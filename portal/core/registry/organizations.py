"""Pages of organisations, estates and posts."""

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from portal.core.filters import EstateFilter, OrganizationFilter, PostFilter
from portal.core.forms import EstateForm, OrganizationForm, PostForm
from portal.core.humanize import Look
from portal.core.models import Estate, Organization, Post
from portal.core.registry import lookups
from portal.core.registry.pages import Column, CreatePage, DeletePage, DetailPage, EditPage, ListPage, LookupPage
from portal.core.registry.subjects import ON_ORGANIZATIONS
from portal.core.subjects import ESTATES, ORGANIZATIONS, POSTS
from portal.core.templatetags.portal import tag_html

SHOWN = 20
MARKS = {"green": Look("circle-check", "good"), "yellow": Look("alert-circle", "warn"), "red": Look("flag", "bad")}


def link(name: str, row: Any) -> SafeString | str:
    return format_html('<a href="{}">{}</a>', reverse(name, args=[row.pk]), row) if row else ""


def active_tag(row: Any) -> SafeString | str:
    return "" if row.is_active else tag_html(_("Not active"), Look("archive", "quiet"))


def mark_tag(estate: Estate) -> SafeString | str:
    return tag_html(estate.get_mark_display(), MARKS[estate.mark]) if estate.mark else ""


def term(row: Any) -> str:
    """The days between which a post or an agreement holds."""
    return f"{row.starts_on} – {row.ends_on or ''}".rstrip()


class Starting:
    """A new row's place or owner, as a link from that row's page says it."""

    request: Any
    from_address: tuple[str, ...] = ()

    def initial(self, row: Any) -> dict[str, Any]:
        return {name: self.request.GET[name][:100] for name in self.from_address if name in self.request.GET}


class OrganizationList(ListPage):
    subject = ORGANIZATIONS
    filterset_class = OrganizationFilter
    first_filters = ("q", "region", "kind")
    columns = (
        Column(_("Organisation"), "name"),
        Column(_("kind"), "get_kind_display"),
        Column(_("region"), "region", "only-wide"),
        Column(_("members"), lambda row: row.member_count if row.member_count is not None else "", "num only-wide"),
        Column(_("takes requests"), lambda row: _("yes") if row.takes_requests else "", "only-wide"),
        Column(_("Status"), active_tag),
    )

    def queryset(self) -> Any:
        return Organization.objects.select_related("region").defer("notes", "search")


class OrganizationDetail(DetailPage):
    subject = ORGANIZATIONS
    template_name = "registry/organization_detail.html"

    def queryset(self) -> Any:
        return Organization.objects.select_related("region", "parent")

    def facts(self, row: Organization) -> list[tuple[Any, Any]]:
        return [
            (_("official name"), row.name if row.short_name else ""),
            (_("kind"), row.get_kind_display()),
            (_("unified social credit code"), row.credit_code),
            (_("region"), link("registry:region_detail", row.region)),
            (_("superior organisation"), link("registry:organization_detail", row.parent)),
            (_("address"), row.address),
            (_("office phone"), row.phone),
            (_("members"), row.member_count),
            (_("founded on"), row.founded_on),
            (_("takes requests"), _("yes") if row.takes_requests else _("no")),
            (_("notes"), row.notes),
        ]

    def more(self, row: Organization) -> dict[str, Any]:
        user = self.request.user
        may_see_people = user.scope.can("people:read")
        return {
            "status_tag": active_tag(row),
            "children": row.children.for_user(user)[:SHOWN],
            "posts": row.posts.for_user(user).current().select_related("person")[:SHOWN] if may_see_people else None,
            "estates": Estate.objects.for_user(user).of_organization(row)[:SHOWN],
            "stations": row.stations.for_user(user)[:SHOWN],
            "agreements": row.agreements.for_user(user).select_related("region")[:SHOWN],
            "may_add_posts": user.scope.can("people:write"),
            "sections": [found for section in ON_ORGANIZATIONS if (found := section(row, user)) is not None],
        }


class OrganizationCreate(Starting, CreatePage):
    subject = ORGANIZATIONS
    form_class = OrganizationForm
    from_address = ("region", "parent")


class OrganizationEdit(EditPage):
    subject = ORGANIZATIONS
    form_class = OrganizationForm


class OrganizationDelete(DeletePage):
    subject = ORGANIZATIONS


class OrganizationLookup(LookupPage):
    lookup = lookups.ORGANIZATIONS


class EstateList(ListPage):
    subject = ESTATES
    filterset_class = EstateFilter
    first_filters = ("q", "region", "kind", "mark")
    columns = (
        Column(_("Estate"), "name"),
        Column(_("kind"), "get_kind_display"),
        Column(_("community"), "region", "only-wide"),
        Column(_("households"), lambda row: "" if row.household_count is None else f"{row.household_count:,}", "num"),
        Column(_("residents"), lambda row: "" if row.resident_count is None else f"{row.resident_count:,}",
               "num only-wide"),
        Column(_("colour mark"), mark_tag),
    )  # fmt: skip

    def queryset(self) -> Any:
        return Estate.objects.select_related("region")


class EstateDetail(DetailPage):
    subject = ESTATES
    template_name = "registry/estate_detail.html"

    def queryset(self) -> Any:
        return Estate.objects.select_related("region", "property_company", "owners_committee", "branch")

    def facts(self, row: Estate) -> list[tuple[Any, Any]]:
        return [
            (_("kind"), row.get_kind_display()),
            (_("community"), link("registry:region_detail", row.region)),
            (_("address"), row.address),
            (_("year built"), str(row.built_year or "")),
            (_("buildings"), row.building_count),
            (_("households"), row.household_count),
            (_("residents"), row.resident_count),
            (_("floor area (m²)"), row.area_m2),
            (_("property company"), link("registry:organization_detail", row.property_company)),
            (_("owners' committee"), link("registry:organization_detail", row.owners_committee)),
            (_("party branch"), link("registry:organization_detail", row.branch)),
            (_("reason for the mark"), row.mark_reason),
        ]

    def more(self, row: Estate) -> dict[str, Any]:
        return {"status_tag": mark_tag(row), "stations": row.stations.for_user(self.request.user)[:SHOWN]}


class EstateCreate(Starting, CreatePage):
    subject = ESTATES
    form_class = EstateForm
    from_address = ("region",)


class EstateEdit(EditPage):
    subject = ESTATES
    form_class = EstateForm


class EstateDelete(DeletePage):
    subject = ESTATES


class EstateLookup(LookupPage):
    lookup = lookups.ESTATES


class PostList(ListPage):
    subject = POSTS
    filterset_class = PostFilter
    first_filters = ("q", "region", "kind", "current")
    columns = (
        Column(_("person"), "person"),
        Column(_("Post"), "get_kind_display"),
        Column(_("position"), "title", "only-wide"),
        Column(_("region"), "region"),
        Column(_("organisation"), lambda row: row.organization or "", "only-wide"),
        Column(_("Term"), term, "only-wide"),
    )

    def queryset(self) -> Any:
        return Post.objects.select_related("person", "region", "organization")


class PostDetail(DetailPage):
    subject = POSTS

    def queryset(self) -> Any:
        return Post.objects.select_related("person", "region", "organization")

    def facts(self, row: Post) -> list[tuple[Any, Any]]:
        return [
            (_("person"), row.person.name),
            (_("mobile phone"), row.person.phone_masked),
            (_("party member"), _("yes") if row.person.is_party_member else _("no")),
            (_("kind"), row.get_kind_display()),
            (_("position"), row.title),
            (_("region or grid"), link("registry:region_detail", row.region)),
            (_("organisation"), link("registry:organization_detail", row.organization)),
            (_("Term"), term(row)),
        ]


class PostCreate(Starting, CreatePage):
    subject = POSTS
    form_class = PostForm
    from_address = ("region", "organization")


class PostEdit(EditPage):
    subject = POSTS
    form_class = PostForm


class PostDelete(DeletePage):
    subject = POSTS


class PersonLookup(LookupPage):
    lookup = lookups.PEOPLE
