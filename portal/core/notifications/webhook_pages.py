"""/desk/webhooks/: one's own webhooks, their log, and what can be done with them."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.core.errors import DomainError, NotFound
from portal.core.idempotency import run_once
from portal.core.models import Webhook, WebhookDelivery
from portal.core.notifications import webhooks
from portal.core.notifications.forms import WebhookForm, add_refusal
from portal.core.notifications.kinds import event_label_of
from portal.core.pages import StaffPage

LOG_SIZE = 30


class WebhooksPage(StaffPage):
    """The list, with the form to make one. Its secret is shown in the answer and nowhere else."""

    capability = "tokens:manage"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, WebhookForm(user=request.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = WebhookForm(request.POST, user=request.user)
        if not form.is_valid():
            return self._page(request, form, status=422)
        try:
            secret = self._create(form)
        except DomainError as error:
            add_refusal(form, error.fields, str(error))
            return self._page(request, form, status=error.status)
        if not secret:
            messages.info(request, _("This webhook was made already; its secret is shown only once."))
            return redirect("desk:webhooks")
        return self._page(request, WebhookForm(user=request.user), secret=secret, status=201)

    def _create(self, form: WebhookForm) -> str:
        """Make the webhook; its secret, or nothing when this very form had been sent before."""
        made: list[str] = []

        def do() -> tuple[int, dict[str, Any]]:
            webhook, secret = webhooks.create_webhook(by=self.request.user, **form.values)
            made.append(secret)
            return 201, {"webhook": webhook.pk}

        # What is kept for a repeat names the webhook; its secret is kept sealed with the webhook alone.
        key, body = form.cleaned_data["idempotency_key"], str(form.cleaned_data)
        run_once(sender=f"user {self.request.user.pk}", address="/desk/webhooks/", key=key, body=body, do=do)
        return made[0] if made else ""

    def _page(self, request: HttpRequest, form: WebhookForm, *, secret: str = "", status: int = 200) -> HttpResponse:
        rows = Webhook.objects.for_user(request.user).select_related("owner__person", "region")
        response = render(request, "desk/webhooks.html", {"form": form, "rows": rows, "secret": secret}, status=status)
        response["Cache-Control"] = "no-store"
        return response


class WebhookPage(StaffPage):
    """One webhook with the log of its calls."""

    capability = "tokens:manage"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        webhook = self.one_of(Webhook.objects.select_related("owner__person", "region"), pk=pk)
        log = Paginator(webhook.deliveries.all(), LOG_SIZE).get_page(request.GET.get("page"))
        events = [event_label_of(kind) for kind in webhook.kinds]
        context = {"webhook": webhook, "events": events, "page": log, "now": timezone.now()}
        return render(request, "desk/webhook.html", context)


class EditWebhookPage(StaffPage):
    capability = "tokens:manage"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        webhook = self.one_of(Webhook.objects, pk=pk)
        return self._page(request, webhook, WebhookForm(user=request.user, webhook=webhook))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        webhook = self.one_of(Webhook.objects.select_related("owner"), pk=pk)
        form = WebhookForm(request.POST, user=request.user, webhook=webhook)
        if form.is_valid():
            try:
                webhooks.edit_webhook(webhook, by=request.user, **form.values)
            except DomainError as error:
                add_refusal(form, error.fields, str(error))
            else:
                messages.success(request, _("Saved."))
                return redirect("desk:webhook", pk)
        return self._page(request, webhook, form, status=422)

    def _page(self, request: HttpRequest, webhook: Webhook, form: WebhookForm, *, status: int = 200) -> HttpResponse:
        return render(request, "desk/webhook_edit.html", {"webhook": webhook, "form": form}, status=status)


class RemoveWebhookPage(StaffPage):
    """Asks with the name of the webhook, then ends it."""

    capability = "tokens:manage"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return render(request, "desk/webhook_remove.html", {"webhook": self.one_of(Webhook.objects, pk=pk)})

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        webhook = self.one_of(Webhook.objects, pk=pk)
        webhooks.remove_webhook(webhook, by=request.user)
        messages.success(request, _("The webhook “%(name)s” is removed.") % {"name": webhook.name})
        return redirect("desk:webhooks")


class WebhookVerbPage(StaffPage):
    """POST of what needs no form."""

    capability = "tokens:manage"
    verbs = {
        "on": (webhooks.switch_on, gettext_lazy("Switched on. What waits is sent within a minute.")),
        "off": (webhooks.switch_off, gettext_lazy("Switched off. What happens meanwhile is not kept for it.")),
        "ping": (webhooks.ping, gettext_lazy("A test call is sent within a minute; the log below shows how it went.")),
    }

    def post(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        webhook = self.one_of(Webhook.objects.select_related("owner", "region"), pk=pk)
        if verb not in self.verbs:
            raise NotFound()
        do, done = self.verbs[verb]
        do(webhook, by=request.user)
        messages.success(request, done)
        return redirect("desk:webhook", pk)


class ReplayPage(StaffPage):
    """POST sends one event again."""

    capability = "tokens:manage"

    def post(self, request: HttpRequest, pk: int, delivery: int) -> HttpResponse:
        row = self.one_of(WebhookDelivery.objects.select_related("webhook"), pk=delivery, webhook=pk)
        webhooks.replay(row, by=request.user)
        messages.success(request, _("The event is sent again within a minute."))
        return redirect("desk:webhook", pk)
