"""Pages of accounts: whose they are, which roles they have, and what is done for somebody who cannot sign in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.core import accounts
from portal.core.accounts import WithPassword, may_end, obstacle, with_roles
from portal.core.errors import DomainError, NotAllowed, NotFound
from portal.core.filters import AccountFilter
from portal.core.humanize import Look
from portal.core.idempotency import run_once
from portal.core.models import Membership, SecondFactor, User
from portal.core.pages import sent
from portal.core.registry.account_forms import AccountForm, EditAccountForm, NewAccountForm, RoleForm
from portal.core.registry.organizations import active_tag
from portal.core.registry.pages import Column, DetailPage, ListPage, RegistryPage
from portal.core.registry.trail import Step, trail
from portal.core.sign_in import is_locked
from portal.core.subjects import ACCOUNTS
from portal.core.templatetags.portal import relative_time, tag_html


def roles_in_words(account: User) -> str:
    return "、".join(str(role) for role in account.roles if role.is_active)


def last_sign_in(account: User) -> Any:
    return relative_time(account.last_login) if account.last_login else _("Never")


def state_tag(account: User) -> Any:
    if account.is_active and account.must_change_password:
        return tag_html(_("Start password"), Look("key", "info"))
    return active_tag(account)


class AccountPage(RegistryPage):
    """A page of one account, or of all."""

    subject = ACCOUNTS

    def queryset(self) -> Any:
        return with_roles(User.objects.all(), self.request.user)

    def managed(self, pk: int) -> User:
        """An account of which the person looks after all; otherwise the reason why not."""
        account = self.row(pk)
        refusal = obstacle(account, by=self.request.user)
        if refusal is not None:
            raise refusal
        return account


class AccountList(AccountPage, ListPage):
    template_name = "registry/account_list.html"
    filterset_class = AccountFilter
    first_filters = ("q", "role", "region", "is_active")
    columns = (
        Column(gettext_lazy("user name"), "username"),
        Column(gettext_lazy("Name"), "person", "nowrap"),
        Column(gettext_lazy("Roles"), roles_in_words),
        Column(gettext_lazy("last sign-in"), last_sign_in, "only-wide"),
        Column(gettext_lazy("Status"), state_tag),
    )  # fmt: skip


class AccountDetail(AccountPage, DetailPage):
    template_name = "registry/account_detail.html"

    def may_edit(self, row: User) -> bool:
        self.refusal = obstacle(row, by=self.request.user)
        return self.refusal is None

    def facts(self, row: User) -> list[tuple[Any, Any]]:
        return [
            (_("Name"), row.person.name),
            (_("mobile phone"), row.person.phone_masked),
            (_("created"), relative_time(row.date_joined)),
            (_("last sign-in"), last_sign_in(row)),
            (_("sign-in"), _("locked after failed attempts") if is_locked(row) else None),
            (_("second factor"), _("yes") if is_mfa_enabled(row) else _("no")),
        ]

    def steps(self, row: User) -> list[Step]:
        """For all who look after accounts: who gave what to whom is their business, and no value is shown."""
        return trail(
            row, *row.roles, reader=self.request.user,
            gone=(SecondFactor, Q(changes__user_id=row.pk, changes__type="totp")),
        )  # fmt: skip

    def more(self, row: User) -> dict[str, Any]:
        user = self.request.user
        active = sum(role.is_active for role in row.roles)
        return {
            "status_tag": state_tag(row),
            "roles": [(role, role.is_active and may_end(role, by=user)) for role in row.roles],
            "has_other_roles": row.memberships.filter(is_active=True).count() > active,
            "refusal": self.refusal if user.scope.can(accounts.CAPABILITY) else None,
            "actions": [action for action in ACTIONS.values() if action.fits(row)] if self.refusal is None else [],
        }


def show_password(request: HttpRequest, made: WithPassword, *, status: int = 200) -> HttpResponse:
    """The slip that is handed over. No copy of it stays, in no cache either."""
    context = {
        "subject": ACCOUNTS, "made": made, "account": made.account, "meta": User._meta,
        "sign_in": request.build_absolute_uri(reverse("account_login")),
    }  # fmt: skip
    response = render(request, "registry/account_password.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


class WithPasswordOnce(AccountPage):
    """What gives a start password: the same form sent twice gives one, and shows it once."""

    def once(self, do: Callable[[], WithPassword]) -> WithPassword | int:
        """What was made, or the id of the account when this very form had been sent before."""
        request, made = self.request, []

        def run() -> tuple[int, dict[str, Any]]:
            made.append(do())
            # What is kept for a repeat names the account; the password is kept nowhere.
            return 201, {"account": made[0].account.pk}

        key = request.POST.get("idempotency_key", "")
        _status, answer = run_once(
            sender=f"user {request.user.pk}", address=request.path, key=key, body=sent(request), do=run
        )
        return made[0] if made else answer["account"]

    def handed_over(self, done: WithPassword | int) -> HttpResponse:
        if isinstance(done, WithPassword):
            return show_password(self.request, done, status=201)
        messages.info(self.request, _("This was done already; a start password is shown only once."))
        return HttpResponseRedirect(self.subject.url("detail", done))


class AccountCreate(WithPasswordOnce):
    capability = ACCOUNTS.write
    template_name = "registry/account_form.html"

    def show(self, form: NewAccountForm, status: int = 200) -> HttpResponse:
        context = self.context(row=User(), form=form, back=self.subject.url("list"))
        return render(self.request, self.template_name, context, status=status)

    def get(self, request: HttpRequest) -> HttpResponse:
        initial = {name: request.GET[name][:100] for name in ("region", "person") if name in request.GET}
        return self.show(NewAccountForm(user=request.user, initial=initial))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = NewAccountForm(request.POST, user=request.user)
        if not form.is_valid():
            return self.show(form, 400)
        try:
            return self.handed_over(self.once(form.create))
        except DomainError as error:
            form.take_error(error)
            return self.show(form, error.status)


class AccountFormPage(AccountPage):
    """A form about one account."""

    capability = ACCOUNTS.write
    template_name = "registry/account_form.html"
    form_class: type[AccountForm]
    heading: Any = ""

    def initial(self, account: User) -> dict[str, Any]:
        return {}

    def show(self, account: User, form: AccountForm, status: int = 200) -> HttpResponse:
        context = self.context(row=account, form=form, back=self.subject.detail(account), heading=self.heading)
        return render(self.request, self.template_name, context, status=status)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        account = self.managed(pk)
        return self.show(account, self.form_class(user=request.user, initial=self.initial(account)))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        account = self.managed(pk)
        form = self.form_class(request.POST, user=request.user)
        if not form.is_valid():
            return self.show(account, form, 400)
        try:
            form.run(account)
        except DomainError as error:
            form.take_error(error)
            return self.show(account, form, error.status)
        messages.success(request, _("“%(name)s” has been saved.") % {"name": account.person})
        return HttpResponseRedirect(self.subject.detail(account))


class AccountEdit(AccountFormPage):
    form_class = EditAccountForm

    def initial(self, account: User) -> dict[str, Any]:
        return {"username": account.username, "name": account.person.name}


class RoleCreate(AccountFormPage):
    form_class = RoleForm
    heading = gettext_lazy("Give a role")


class RoleEnd(AccountPage):
    """Asks with the role's name, then ends it."""

    capability = ACCOUNTS.write

    def membership(self, pk: int, role: int) -> Membership:
        account = self.row(pk)
        found = next((each for each in account.roles if each.pk == role and each.is_active), None)
        if found is None:
            raise NotFound()
        found.user = account
        if not may_end(found, by=self.request.user):
            raise NotAllowed()
        return found

    def get(self, request: HttpRequest, pk: int, role: int) -> HttpResponse:
        return render(request, "registry/account_role_end.html", self.context(role=self.membership(pk, role)))

    def post(self, request: HttpRequest, pk: int, role: int) -> HttpResponse:
        membership = self.membership(pk, role)
        accounts.end_role(membership, by=request.user)
        messages.success(request, _("The role “%(role)s” has ended.") % {"role": membership})
        return HttpResponseRedirect(self.subject.url("detail", pk))


@dataclass(frozen=True)
class Action:
    """A verb on an account, when it fits, and what a person should know before it is done."""

    name: str
    label: Any
    consequence: Any
    verb: Callable[..., Any]
    icon: str
    fits: Callable[[User], bool]
    said: Any = ""
    is_grave: bool = False


ACTIONS = {
    action.name: action
    for action in (
        Action("password", gettext_lazy("New start password"), gettext_lazy(
            "The old password ends and open sessions close. The new one is shown once; it has to be changed at the"
            " first sign-in."), accounts.issue_start_password, "key", lambda account: account.is_active),
        Action("second-factor", gettext_lazy("Remove the second factor"), gettext_lazy(
            "For somebody who lost the phone. They sign in with the password alone and set up a new second factor;"
            " make sure that it is them who asks."), accounts.remove_second_factor, "shield-lock", is_mfa_enabled,
            said=gettext_lazy("The second factor has been removed."), is_grave=True),
        Action("unlock", gettext_lazy("Unlock"), gettext_lazy(
            "Somebody failed to sign in several times, so the account is locked for a quarter of an hour. It can sign"
            " in again at once; make sure that it was its owner who failed."), accounts.unlock, "lock", is_locked,
            said=gettext_lazy("The account has been unlocked.")),
        Action("deactivate", gettext_lazy("Deactivate"), gettext_lazy(
            "Open sessions, the password and machine tokens end at once. The roles stay written down, what was done"
            " stays in the history."), accounts.deactivate_account, "ban", lambda account: account.is_active,
            said=gettext_lazy("The account has been deactivated."), is_grave=True),
        Action("reactivate", gettext_lazy("Activate again"), gettext_lazy(
            "The account gets its roles back, and a new start password that is shown once."),
            accounts.reactivate_account, "refresh", lambda account: not account.is_active),
    )
}  # fmt: skip


class AccountActionPage(WithPasswordOnce):
    """One verb on one account: what follows from it, and the name to be sure."""

    capability = ACCOUNTS.write

    def account_and_action(self, pk: int, verb: str) -> tuple[User, Action]:
        if verb not in ACTIONS:
            raise NotFound()
        return self.managed(pk), ACTIONS[verb]

    def get(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        account, action = self.account_and_action(pk, verb)
        context = self.context(account=account, action=action, idempotency_key=uuid4().hex)
        return render(request, "registry/account_action.html", context)

    def post(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        account, action = self.account_and_action(pk, verb)
        if not action.said:
            return self.handed_over(self.once(lambda: action.verb(account, by=request.user)))
        action.verb(account, by=request.user)
        messages.success(request, action.said)
        return HttpResponseRedirect(self.subject.detail(account))
