"""Forms of accounts: who, and which role where."""

import json
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.core import accounts
from portal.core.accounts import PLACES, Place, WithPassword, place_of_role, roles_to_give
from portal.core.errors import DomainError
from portal.core.masking import normalize_phone
from portal.core.models import Membership, Role, User
from portal.core.registry.forms import ScopedForm, form_field
from portal.core.registry.lookups import PEOPLE, LookupField
from portal.core.text import CleanCharField

USERNAME_HINT = _("Letters, digits and @ . + - _ alone.")


def username_field() -> CleanCharField:
    return CleanCharField(label=_("user name"), max_length=60, help_text=USERNAME_HINT)


class AccountForm(ScopedForm):
    """What the forms share."""

    def one_of(self, names: Iterable[str]) -> None:
        """One of these fields is needed: to call each of them optional would mislead."""
        for name in names:
            self.fields[name].says_optional = False


class RoleForm(AccountForm):
    """One role, and where: the fields of the places come from the membership itself."""

    role = forms.ChoiceField(label=_("role"))

    sections = [(_("Role"), ["role", *PLACES])]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        # A station is named by a look-up of a higher floor, which is registered when the addresses are loaded.
        places = {name: form_field(Membership._meta.get_field(name)) for name in PLACES}
        self.base_fields = {**self.base_fields, **places}
        super().__init__(*args, user=user, **kwargs)
        self.fields["role"].choices = [("", _("Please choose")), *((role, role.label) for role in roles_to_give(user))]
        # A script leaves of the three places the one that the role chosen is held at.
        self.fields["role"].widget.attrs["data-places"] = json.dumps({role: place_of_role(role) for role in Role})
        self.fields["region"].help_text = _("For roles that look after a region.")
        self.fields["station"].help_text = _("For the keeper of a station.")
        self.fields["organization"].help_text = _("For the contact of a unit.")
        self.one_of(PLACES)

    def role_and_place(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        return {"role": cleaned["role"], "place": Place(**{name: cleaned[name] for name in PLACES})}

    def run(self, account: User) -> Membership:
        return accounts.give_role(account, by=self.user, **self.role_and_place())


class NewAccountForm(RoleForm):
    username = username_field()
    person = LookupField(
        PEOPLE, label=_("person"), required=False, help_text=_("Somebody who holds a post here already.")
    )
    name = CleanCharField(
        label=_("name of somebody new"), max_length=60, required=False, help_text=_("Or somebody not known here yet.")
    )
    phone = forms.CharField(label=_("mobile phone"), max_length=30, required=False)
    idempotency_key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    sections = [(_("Whose account"), ["person", "name", "phone"]), (_("Signing in"), ["username"]), *RoleForm.sections]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("idempotency_key", uuid4().hex)
        self.one_of(("person", "name"))

    def clean_phone(self) -> str:
        try:
            return normalize_phone(self.cleaned_data["phone"]) if self.cleaned_data["phone"] else ""
        except DomainError as error:
            raise forms.ValidationError(str(error), code=error.code) from error

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if bool(cleaned.get("person")) == bool(cleaned.get("name")) and not self.errors.keys() & {"person", "name"}:
            self.add_error("person", _("Choose somebody, or give the name of somebody new."))
        return cleaned

    def create(self) -> WithPassword:
        who = {name: self.cleaned_data[name] for name in ("username", "person", "name", "phone")}
        return accounts.create_account(by=self.user, **who, **self.role_and_place())


class EditAccountForm(AccountForm):
    username = username_field()
    name = CleanCharField(label=_("Name"), max_length=60)

    def run(self, account: User) -> User:
        return accounts.edit_account(account, by=self.user, **self.cleaned_data)
