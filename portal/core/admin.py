"""The ground floor's reference data: accounts, calendar, consent texts, regions, and the logs."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.forms import AdminPasswordChangeForm, UserCreationForm

from portal.core.administration.models import ReadOnlyAdmin, ReferenceAdmin
from portal.core.administration.site import is_administrator
from portal.core.models import (
    CalendarDay,
    ConsentText,
    DisclosureRecord,
    HistoryEntry,
    Membership,
    Person,
    Region,
    User,
)

# What other packages bring (groups, mail addresses, task results) is ruled by Django's permissions, which play no part.
for _model in list(admin.site._registry):
    admin.site.unregister(_model)

# Django's own words for "site administration" say 站点, which here is a station.
admin.site.index_title = _("Reference data")


@admin.register(CalendarDay)
class CalendarDayAdmin(ReferenceAdmin):
    list_display = ["date", "is_working_day", "reason"]
    list_filter = ["is_working_day"]
    date_hierarchy = "date"


@admin.register(ConsentText)
class ConsentTextAdmin(ReferenceAdmin):
    """A wording that somebody agreed to stays as it is; a new one is a new version."""

    list_display = ["version", "purpose", "valid_from"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_delete_permission = has_change_permission


@admin.register(Region)
class RegionAdmin(ReadOnlyAdmin):
    """To look up; the tree changes by the verbs on the desk, which bring along what lies in it."""

    list_display = ["code", "short_name", "level", "parent", "is_functional", "valid_to"]
    list_filter = ["level", "is_functional"]
    search_fields = ["code", "name", "short_name", "pinyin"]
    list_select_related = ["parent"]
    # To count 665,000 rows for a page's foot takes longer than the page.
    show_full_result_count = False


@admin.register(HistoryEntry)
class HistoryEntryAdmin(ReadOnlyAdmin):
    list_display = ["at", "actor_id", "operation", "table", "row_id"]
    list_filter = ["operation", "table"]
    search_fields = ["=row_id", "=actor_id"]
    show_full_result_count = False


@admin.register(DisclosureRecord)
class DisclosureRecordAdmin(ReadOnlyAdmin):
    list_display = ["at", "user", "kind", "subject", "reason", "count"]
    list_filter = ["kind"]
    search_fields = ["user__username", "subject", "reason"]
    list_select_related = ["user"]


class MembershipInline(TabularInline):
    model = Membership
    extra = 1
    autocomplete_fields = ["region"]
    raw_id_fields = ["station", "organization"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_administrator(request)

    has_add_permission = has_view_permission
    has_change_permission = has_view_permission
    has_delete_permission = has_view_permission


class NewAccountForm(UserCreationForm):
    """An account has a person from its first day."""

    person_name = forms.CharField(label=_("name of the person"), max_length=60)

    class Meta:
        model = User
        fields = ["username"]

    def save(self, commit: bool = True) -> User:
        user = super().save(commit=False)
        user.must_change_password = True
        user.person = Person.objects.create(name=self.cleaned_data["person_name"])
        user.save()
        return user


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ReferenceAdmin):
    add_form = NewAccountForm
    change_password_form = AdminPasswordChangeForm
    inlines = [MembershipInline]
    list_display = ["username", "name", "is_active", "last_login"]
    list_filter = ["is_active", "memberships__role"]
    search_fields = ["username", "person__name"]
    list_select_related = ["person"]
    ordering = ["username"]
    filter_horizontal = []
    readonly_fields = ["last_login", "date_joined", "name"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "username",
                    "password",
                    "name",
                    "email",
                    "is_active",
                    "must_change_password",
                    "last_login",
                    "date_joined",
                ]
            },
        )
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "person_name", "usable_password", "password1", "password2"]}),
    ]

    @admin.display(description=_("name"))
    def name(self, user: User) -> str:
        return user.person.name

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Who did what must stay readable: accounts are deactivated.
        return False
