"""/desk/tokens/: machine tokens of one's own account, made, shown once, and revoked."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.core.errors import DomainError
from portal.core.idempotency import run_once
from portal.core.models import ApiToken, Level, Region, User
from portal.core.pages import StaffPage
from portal.core.permissions import CAPABILITIES, LABELS, PERSONAL
from portal.core.tokens import DEFAULT_DAYS, create_token, revoke

DAYS = (30, DEFAULT_DAYS, 180, 366)
# A machine that reads figures reads them as files too (`portal.reports.access`).
OF_PAGES = PERSONAL | {"reports:export"}


class TokenForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("name"), max_length=60, help_text=gettext_lazy("Which system uses it, and for what.")
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one permission.")},
    )
    region = forms.ModelChoiceField(
        Region.objects.none(),
        label=gettext_lazy("Region"),
        required=False,
        empty_label=gettext_lazy("Everything that my account looks after"),
    )
    days = forms.TypedChoiceField(label=gettext_lazy("Valid for"), coerce=int, initial=DEFAULT_DAYS)
    idempotency_key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.initial.setdefault("idempotency_key", uuid4().hex)
        self.fields["scopes"].choices = [
            (name, f"{LABELS[name]} ({name})") for name in CAPABILITIES if user.scope.can(name) and name not in OF_PAGES
        ]
        self.fields["days"].choices = [(days, _("%(days)d days") % {"days": days}) for days in DAYS]
        regions = Region.objects.for_user(user).current().filter(level__in=[Level.CITY, Level.DISTRICT, Level.STREET])
        self.fields["region"].queryset = regions.order_by("path")

    def create(self) -> str:
        """Make the token; its text, or nothing when this very form had been sent before."""
        made: list[str] = []

        def do() -> tuple[int, dict[str, Any]]:
            values = self.cleaned_data
            token, plaintext = create_token(
                self.user,
                name=values["name"],
                scopes=values["scopes"],
                region=values["region"],
                expires_at=timezone.now() + timedelta(days=values["days"]),
            )
            made.append(plaintext)
            return 201, {"token": token.pk}

        key = self.cleaned_data["idempotency_key"]
        # The answer that is kept for a repeat names the token; its text is kept nowhere.
        run_once(sender=f"user {self.user.pk}", address="/desk/tokens/", key=key, body=str(self.cleaned_data), do=do)
        return made[0] if made else ""


class TokensPage(StaffPage):
    """The list, with the form to make one."""

    capability = "tokens:manage"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, TokenForm(user=request.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = TokenForm(request.POST, user=request.user)
        if not form.is_valid():
            return self._page(request, form, status=422)
        try:
            plaintext = form.create()
        except DomainError as error:
            for name, lines in (error.fields or {"": [str(error)]}).items():
                form.add_error(name if name in form.fields else None, lines)
            return self._page(request, form, status=error.status)
        if not plaintext:
            messages.info(request, _("This token was made already; its text is shown only once."))
            return redirect("desk:tokens")
        return self._page(request, TokenForm(user=request.user), plaintext=plaintext, status=201)

    def _page(self, request: HttpRequest, form: TokenForm, *, plaintext: str = "", status: int = 200) -> HttpResponse:
        tokens = ApiToken.objects.for_user(request.user).select_related("user__person", "region")
        context = {"form": form, "tokens": tokens, "plaintext": plaintext, "now": timezone.now(), "labels": LABELS}
        response = render(request, "desk/tokens.html", context, status=status)
        response["Cache-Control"] = "no-store"
        return response


class RevokePage(StaffPage):
    """Asks with the name of the token, then ends it."""

    capability = "tokens:manage"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        token = self.one_of(ApiToken.objects.select_related("user__person"), pk=pk)
        return render(request, "desk/token_revoke.html", {"token": token})

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        token = self.one_of(ApiToken.objects, pk=pk)
        revoke(token, by=request.user)
        messages.success(request, _("“%(name)s” has been revoked and opens nothing any more.") % {"name": token.name})
        return redirect("desk:tokens")
