"""/desk/notifications/: what I have been told, and how I want to be told."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from portal.core.errors import DomainError
from portal.core.models import Notification
from portal.core.notifications.choices import choice_of
from portal.core.notifications.forms import ChoicesForm, add_refusal
from portal.core.notifications.kinds import Channel
from portal.core.notifications.outbox import mark_read
from portal.core.notifications.wording import Wording, Words
from portal.core.pages import StaffPage

PAGE_SIZE = 30


@dataclass(frozen=True)
class Line:
    row: Notification
    words: Words


class NotificationsPage(StaffPage):
    """The newest first; `?unread=1` shows those alone that were not read."""

    capability = "notifications:read"

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = Notification.objects.for_user(request.user)
        only_unread = request.GET.get("unread") == "1"
        page = Paginator(rows.unread() if only_unread else rows, PAGE_SIZE).get_page(request.GET.get("page"))
        wording, language = Wording(), get_language()
        lines = [Line(row, wording.of(row.kind, Channel.DESK, language, row.values)) for row in page]
        context = {"lines": lines, "page": page, "only_unread": only_unread, "now": timezone.now()}
        return render(request, "desk/notifications.html", context)


class OpenPage(StaffPage):
    """Leads to what a notification is about. Opening is reading; a second time changes nothing."""

    capability = "notifications:read"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.one_of(Notification.objects, pk=pk)
        mark_read(Notification.objects.filter(pk=row.pk), by=request.user)
        return redirect(row.link or "desk:notifications")


class ReadAllPage(StaffPage):
    capability = "notifications:read"

    def post(self, request: HttpRequest) -> HttpResponse:
        count = mark_read(Notification.objects.all(), by=request.user)
        done = ngettext("%(count)d notification marked as read.", "%(count)d notifications marked as read.", count)
        messages.success(request, done % {"count": count})
        return redirect("desk:notifications")


class ChoicesPage(StaffPage):
    """One's own channels, quiet hours and digest."""

    capability = "notifications:read"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, ChoicesForm(user=request.user, choice=choice_of(request.user)))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ChoicesForm(request.POST, user=request.user, choice=choice_of(request.user))
        if form.is_valid():
            try:
                form.save()
            except DomainError as error:
                add_refusal(form, error.fields, str(error))
            else:
                messages.success(request, _("From now on you are told in this way."))
                return redirect("desk:notification_choices")
        return self._page(request, form, status=422)

    def _page(self, request: HttpRequest, form: ChoicesForm, *, status: int = 200) -> HttpResponse:
        context = {"form": form, "phone": request.user.person.phone_masked, "email": request.user.email}
        return render(request, "desk/notification_choices.html", context, status=status)
