"""Existing lists of volunteers as a sheet. Every row goes through the verbs of the register."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.core import crypto
from portal.core.errors import DomainError
from portal.core.fields import SealedText
from portal.core.imports import widgets
from portal.core.imports.resources import Sheet, SheetField, SheetResource
from portal.core.masking import mask_phone, normalize_phone
from portal.core.models import Person, User
from portal.core.registry.lookups import LookupField
from portal.core.sheets import parse_date, text_cell
from volunteers import register, teams
from volunteers.models import TeamMember, Volunteer, VolunteerTeam
from volunteers.register import DETAILS, Who
from volunteers.subjects import TEAM_LOOKUP
from volunteers.types import MemberStatus, VolunteerSource

IN_A_TEAM = (MemberStatus.ASKED, MemberStatus.ACTIVE)


class SealedWidget(widgets.SheetWidget):
    """Personal text: compared with what is on file, and shown to nobody. An empty cell leaves what is there."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        return text_cell(value).strip()[:60] or widgets.KEEP

    def is_same(self, new: Any, old: Any) -> bool:
        return isinstance(old, SealedText) and old.reveal() == new

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "***" if value else ""


class PhoneWidget(SealedWidget):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = text_cell(value).strip()
        return normalize_phone(text) if text else widgets.KEEP

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return mask_phone(value) if isinstance(value, str) else super().render(value)


class PersonField(SheetField):
    """A column that is the person's, not the entry's."""

    @property
    def label(self) -> Any:
        # 姓名, as every list has it; the model's own word is that of organisations, too.
        return _("Name") if self.attribute == "name" else super().label

    def get_value(self, instance: Volunteer) -> Any:
        return getattr(instance.person, self.attribute)


class TeamField(SheetField):
    """The first team that somebody is in; the other ones of a person are entered on the team's page."""

    def __init__(self) -> None:
        note = _("The team has to exist already.")
        super().__init__(TeamMember._meta.get_field("team"), note=note, required=False)
        self.widget = widgets.RelatedWidget(LookupField(TEAM_LOOKUP, required=False), key="")

    def get_value(self, instance: Volunteer) -> Any:
        member = instance.memberships.filter(status__in=IN_A_TEAM).select_related("team").first()
        return member.team if member else None


def _of_person(name: str, note: Any = "", widget: widgets.SheetWidget | None = None) -> PersonField:
    field = PersonField(Person._meta.get_field(name), note=note, required=name == "name")
    field.widget = widget or field.widget
    return field


class VolunteerResource(SheetResource):
    key = "number"
    needed = ("home_region", "name")
    title = _("Volunteers")
    notes = {
        "number": _("Leave it empty for somebody new: the person is then found by phone, or by name and birth."),
        "born_on": _("Needed under 18."),
        "guardian_consent_on": _("Under 18 nobody becomes active without it."),
        "joined_on": _("Empty for somebody new: today."),
        "weekly_minutes": _("Empty for somebody new: six hours, which are 360 minutes."),
    }
    name = _of_person("name")
    phone = _of_person("phone", _("As text, with all digits."), PhoneWidget())
    is_party_member = _of_person("is_party_member")
    team = TeamField()

    class Meta(SheetResource.Meta):
        model = Volunteer
        fields = [
            "number", "name", "phone", "home_region", "kind", "is_party_member", "born_on", "guardian_name",
            "guardian_phone", "guardian_consent_on", "team", "profession", "interests", "languages", "weekly_minutes",
            "joined_on", "national_number", "insured_until", "trained_on", "note",
        ]  # fmt: skip

    @classmethod
    def field_from_django_field(cls, field_name: str, django_field: Any, readonly: bool) -> SheetField:
        field = super().field_from_django_field(field_name, django_field, readonly)
        if field_name.startswith("guardian_") and field_name != "guardian_consent_on":
            field.widget = PhoneWidget() if field_name == "guardian_phone" else SealedWidget()
        return field

    @cached_property
    def by(self) -> User:
        return User.objects.get(pk=self.scope.user_id)

    def related(self) -> models.QuerySet:
        return Volunteer.objects.select_related("person", "home_region", "recruited_by").defer("search")

    def _find_rows(self, sheet: Sheet, *, lock: bool) -> None:
        """What the rows may speak of, in one query: by number, by phone, by name and birth."""
        texts = [
            (self.key_in(row.values), self._hash(row.values), self._text(row.values.get("name"))) for row in sheet.rows
        ]
        numbers, hashes, names = (set(column) - {""} for column in zip(*texts, strict=True))
        rows = self.related().in_scope(self.scope).current()
        if lock:
            rows = rows.select_for_update(of=("self",))
        found = Q(number__in=numbers) | Q(person__phone_hash__in=hashes)
        for row in rows.filter(found | Q(person__name__in=names, born_on__isnull=False)).order_by("-pk"):
            self._by_key[row.number] = row
            self._by_who[row.person.phone_hash or row.number] = self._by_who[row.person.name, row.born_on] = row

    @cached_property
    def _by_who(self) -> dict[Any, Volunteer]:
        return {}

    def _hash(self, row: dict[str, Any]) -> str:
        try:
            phone = normalize_phone(self._text(row.get("phone")))
        except DomainError:
            return ""
        return crypto.keyed_hash(phone, purpose="phone")

    def get_instance(self, instance_loader: Any, row: dict[str, Any]) -> Any:
        if number := self.key_in(row):
            if number not in self._by_key:
                raise ValidationError({"number": gettext("There is no such volunteer in your area.")})
            return self._by_key[number]
        try:
            born_on = parse_date(row.get("born_on"))
        except DomainError:
            born_on = None
        return self._by_who.get(self._hash(row)) or self._by_who.get((self._text(row.get("name")), born_on))

    def init_instance(self, row: dict[str, Any] | None = None) -> Volunteer:
        return Volunteer(person=Person())

    def _take(self, field: SheetField, instance: Any, value: Any, row: dict[str, Any], old: dict[str, Any]) -> None:
        before = len(self.changed)
        super()._take(field, instance, value, row, old)
        if isinstance(field, PersonField) and len(self.changed) > before:
            setattr(instance.person, field.attribute, getattr(instance, field.attribute))

    def finish(self, instance: Volunteer, row: dict[str, Any], errors: dict[str, Any]) -> None:
        team = getattr(instance, "team", None)
        joined = team and instance.pk and instance.memberships.filter(team=team, status__in=IN_A_TEAM).exists()
        if "team" in self.changed and (team is None or joined):
            at = self.changed.index("team")
            del self.changed[at], self.changes[at]
        if not instance.person.name and "name" not in errors:
            errors["name"] = ValidationError(gettext("Please give the name."))

    def validate_instance(
        self, instance: Volunteer, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        """What the verbs will say of the person is theirs to say."""
        errors = dict(import_validation_errors or {})
        try:
            instance.full_clean(exclude=[*errors, "person", "number"], validate_unique=validate_unique)
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        if errors:
            raise ValidationError(errors)

    def _identities(self, instance: Volunteer) -> Iterator[tuple[Any, ...]]:
        if instance.pk:
            yield "id", instance.pk
        phone = instance.person.phone
        if phone:
            yield "phone", crypto.keyed_hash(phone.reveal(), purpose="phone")
        if instance.born_on:
            yield "who", instance.person.name, instance.born_on

    def do_instance_save(self, instance: Volunteer, is_create: bool) -> None:
        given = {name: getattr(instance, name) for name in self.changed if name in DETAILS}
        who = Who(
            name=instance.person.name,
            **{name: getattr(instance.person, name) for name in ("is_party_member",) if name in self.changed},
            **{name: self._plain(instance, name) for name in ("phone", "guardian_name", "guardian_phone")},
        )
        if is_create:
            home = instance.home_region
            made = register.enrol(who=who, home_region=home, by=self.by, source=VolunteerSource.IMPORT, **given)
            instance.pk = made.pk
        else:
            moved = instance.home_region if "home_region" in self.changed else None
            made = register.edit(Volunteer.objects.get(pk=instance.pk), by=self.by, who=who, home_region=moved, **given)
        if "team" in self.changed:
            teams.add_member(self._team(instance), volunteer=made, by=self.by)

    def _plain(self, instance: Volunteer, name: str) -> str:
        """What the sheet says anew; nothing where it says what is on file."""
        if name not in self.changed:
            return ""
        sealed = instance.person.phone if name == "phone" else getattr(instance, name)
        return sealed.reveal()

    def _team(self, instance: Volunteer) -> VolunteerTeam:
        return instance.team  # type: ignore[attr-defined]
