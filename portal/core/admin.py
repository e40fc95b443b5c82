"""The ground floor's reference data: accounts, calendar, consent texts, regions, and the logs."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import TabularInline
from unfold.forms import AdminPasswordChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminSelectWidget

from portal.core.administration.models import ReadOnlyAdmin, ReferenceAdmin
from portal.core.administration.site import is_administrator
from portal.core.errors import DomainError
from portal.core.models import (
    CalendarDay,
    ConsentText,
    DisclosureRecord,
    HistoryEntry,
    Membership,
    NotificationTemplate,
    OutboxMessage,
    Person,
    Region,
    User,
)
from portal.core.notifications.kinds import KINDS, Channel, kind_choices
from portal.core.notifications.outbox import try_again
from portal.core.notifications.wording import fill, refuse_unknown

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
    list_display = ["at", "user", "kind", "about", "subject", "reason", "count"]
    list_filter = ["kind"]
    search_fields = ["user__username", "subject", "reason"]
    list_select_related = ["user"]


class WordingForm(forms.ModelForm):
    """The kinds are those that apps register; a placeholder that a kind does not know is refused."""

    kind = forms.ChoiceField(label=_("kind"), choices=kind_choices, widget=UnfoldAdminSelectWidget)

    class Meta:
        model = NotificationTemplate
        fields = ["kind", "channel", "language", "subject", "body"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") in KINDS:
            try:
                refuse_unknown(
                    cleaned["kind"], **{name: cleaned[name] for name in ("subject", "body") if cleaned.get(name)}
                )
            except DomainError as error:
                for name, lines in error.fields.items():
                    self.add_error(name, list(lines))
        return cleaned


@admin.register(NotificationTemplate)
class NotificationTemplateAdmin(ReferenceAdmin):
    """Own wordings of what people are told. Deleting one brings the portal's own back."""

    form = WordingForm
    list_display = ["kind_label", "channel", "language", "subject"]
    list_filter = ["channel", "language"]
    readonly_fields = ["preview", "known"]
    fields = ["kind", "channel", "language", "subject", "body", "preview", "known"]

    @admin.display(description=_("kind"), ordering="kind")
    def kind_label(self, row: NotificationTemplate) -> str:
        return str(dict(kind_choices()).get(row.kind, row.kind))

    @admin.display(description=_("preview"))
    def preview(self, row: NotificationTemplate) -> str | SafeString:
        """The saved wording with the kind's examples."""
        if row.pk is None or row.kind not in KINDS:
            return "-"
        sample = KINDS[row.kind].sample
        return format_html("<strong>{}</strong><pre>{}</pre>", fill(row.subject, sample), fill(row.body, sample))

    @admin.display(description=_("what there is"))
    def known(self, row: NotificationTemplate) -> SafeString:
        """Every kind with its channels, placeholders and the portal's own wording in the language of the page."""
        lines = [
            (kind.label, Channel(channel).label, " ".join(f"{{{each}}}" for each in sorted(kind.placeholders)), text)
            for kind in KINDS.values()
            if row.pk is None or kind.name == row.kind
            for channel, text in kind.texts.items()
        ]
        return format_html_join(
            "", "<p><strong>{} · {}</strong> {}<br>{} {}</p>",
            ((label, channel, names, text.subject, text.body) for label, channel, names, text in lines),
        )  # fmt: skip


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    """E-mails and SMS on their way: to see what failed, and to try it again. Content and address stay sealed."""

    list_display = ["created_at", "kind_label", "channel", "address_masked", "state", "attempts", "due_at", "error"]
    list_filter = ["state", "channel"]
    fields = [
        "created_at", "kind_label", "channel", "address_masked", "state", "attempts", "due_at", "sent_at", "error",
    ]  # fmt: skip
    show_full_result_count = False
    actions = ["send_again"]

    @admin.display(description=_("kind"), ordering="kind")
    def kind_label(self, row: OutboxMessage) -> str:
        return row.kind_label

    @admin.action(description=_("Try the failed ones again"))
    def send_again(self, request: HttpRequest, rows: Any) -> None:
        count = try_again(rows, by=request.user)
        done = ngettext("%(count)d message is sent again.", "%(count)d messages are sent again.", count)
        self.message_user(request, done % {"count": count})


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
