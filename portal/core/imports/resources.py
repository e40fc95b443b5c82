"""A registry model as a sheet: its columns, how a row of the sheet finds its row, and what would change.

django-import-export walks through the rows, validates the instances and keeps the results; this layer gives it our
headers, scope and sentences. Saving goes through the model's `full_clean`, like every form.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import IO, Any

import tablib
from django.core.exceptions import NON_FIELD_ERRORS, FieldDoesNotExist, ValidationError
from django.db import DataError, IntegrityError, models, transaction
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.results import RowResult

from portal.core.errors import DomainError
from portal.core.imports import widgets
from portal.core.imports.regions import RegionNames
from portal.core.models import Organization, Region
from portal.core.registry.lookups import LOOKUPS, LookupField
from portal.core.scope import Scope
from portal.core.sheets import Column, Row, read_rows, text_cell, unescape_cell, write_template
from portal.core.text import clean_text

MAX_ROWS = 20_000
CAPABILITY = "imports:run"


class SheetField(Field):
    """A column of the sheet: the field of the model, with its header and what helps to fill it in."""

    def __init__(self, model_field: models.Field, *, note: Any, required: bool) -> None:
        super().__init__(model_field.name, model_field.name, widget_for(model_field))
        self.model_field, self.own_note, self.required = model_field, note, required

    @property
    def label(self) -> Any:
        return self.model_field.verbose_name

    @property
    def header(self) -> str:
        return str(capfirst(self.label))

    @property
    def note(self) -> str:
        return " ".join(filter(None, [str(self.own_note), self.widget.note()]))

    def column(self) -> Column:
        return Column(self.header, required=self.required, choices=self.widget.choices, note=self.note)

    @property
    def is_many(self) -> bool:
        return bool(self.model_field.many_to_many)


def widget_for(field: models.Field) -> widgets.SheetWidget:
    """How cells of this field of a model are read and written."""
    match field:
        case models.ManyToManyField():
            return widgets.ManyWidget(field.related_model)
        case models.ForeignKey() if field.related_model is Region:
            return widgets.RegionWidget()
        case models.ForeignKey():
            lookup = LookupField(LOOKUPS[field.related_model], required=not field.blank)
            key = "credit_code" if field.related_model is Organization else ""
            return widgets.RelatedWidget(lookup, key=key)
        case models.BooleanField():
            return widgets.YesNoWidget()
        case models.DateField():
            return widgets.DateWidget()
        case models.DecimalField():
            return widgets.NumberWidget(places=field.decimal_places)
        case models.FloatField():
            return widgets.NumberWidget(places=None)
        case models.IntegerField():
            return widgets.NumberWidget()
        case models.TextField():
            return widgets.TextWidget(multiline=True)
        case _ if field.choices:
            return widgets.ChoiceWidget(field.choices, may_be_empty=field.blank)
    return widgets.TextWidget(max_length=field.max_length or 200)


@dataclass(frozen=True)
class Change:
    header: str
    before: str
    after: str


@dataclass(frozen=True)
class Sheet:
    """The rows of a file, by names of fields, and which columns it has."""

    columns: list[str]
    rows: list[Row]


class SheetResource(ModelResource):
    """Subclasses name the model, its columns in order (`Meta.fields`), and the `key` that tells rows apart."""

    # A code that names one row in the whole portal; without it a row is found by its region and name.
    key: str
    # The columns without which a row without a key finds nothing.
    needed: tuple[str, str] = ("region", "name")
    notes: dict[str, Any] = {}
    title: Any = ""
    # What other offices call a column, by field. Where a file has our own header, too, that one counts.
    also_called: dict[str, tuple[str, ...]] = {}

    class Meta:
        import_id_fields: list[str] = []
        report_skipped = True
        skip_diff = True
        clean_model_instances = True

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.fields: dict[str, SheetField] = {name: self.fields[name] for name in self._meta.fields}
        self.scope = scope
        self.names = RegionNames(scope)
        for field in self.fields.values():
            field.widget.bind(scope, self.names)
        # Columns of the file at hand that are called otherwise there.
        self.called_there: dict[str, str] = {}
        self._by_key: dict[str, Any] = {}
        self._by_name: dict[tuple[int, str], Any] = {}
        # Which row of the file has spoken of whom.
        self._seen: dict[tuple[Any, ...], int] = {}
        self.numbers: list[int] = []
        # Told before each row how many are done, of how many.
        self.tell: Callable[[int, int], None] = lambda done, total: None
        self.changes: list[Change] = []
        self.changed: list[str] = []
        self.many: dict[str, set[Any]] = {}

    @classmethod
    def field_from_django_field(cls, field_name: str, django_field: models.Field, readonly: bool) -> Field:
        return SheetField(django_field, note=cls.notes.get(field_name, ""), required=cls.requires(django_field))

    @classmethod
    def requires(cls, model_field: models.Field) -> bool:
        """Whether no row can do without it. The key is looked up where it is missing."""
        return not (model_field.blank or model_field.has_default() or model_field.name == cls.key)

    def get_import_fields(self, selected_fields: Any = None) -> list[SheetField]:
        return list(self.fields.values())

    def columns(self) -> list[Column]:
        return [field.column() for field in self.fields.values()]

    # Reading

    def read(self, upload: IO[bytes]) -> Sheet:
        """The rows of a file, by names of fields. Headers count in every language of the portal."""
        own = {
            name: tuple(map(capfirst, widgets.in_every_language(field.label))) for name, field in self.fields.items()
        }
        headers = {name: (*own[name], *self.also_called.get(name, ())) for name in self.fields}
        expected = [header for names in headers.values() for header in names]
        try:
            rows = read_rows(upload, expected_headers=expected, max_rows=MAX_ROWS, required_headers=())
        except DomainError as error:
            raise self._missing(set()) if error.code == "missing_columns" else error from error
        found = {header for row in rows for header in row.values}
        present = {
            name: next(each for each in headers[name] if each in found) for name in headers if found & {*headers[name]}
        }
        self.called_there = {name: header for name, header in present.items() if header not in own[name]}
        if rows and self.key not in present and not set(self.needed) <= set(present):
            raise self._missing(set(present))
        if not rows:
            raise DomainError("no_rows", _("The file has no rows to load below its headers."))
        translated = [
            Row(row.number, {name: row.values[header] for name, header in present.items() if header in row.values})
            for row in rows
        ]
        return Sheet([name for name in self.fields if name in present], translated)

    def _missing(self, present: set[str]) -> DomainError:
        missing = [self.fields[name].header for name in reversed(self.needed) if name not in present]
        message = _("Columns are missing: %(names)s. Please use the template.")
        return DomainError("missing_columns", message % {"names": "、".join(missing)})

    def load(self, sheet: Sheet, *, dry_run: bool) -> list[RowResult]:
        """Save what is right, row by row, and say what is wrong with the others. A dry run is the same, undone."""
        self.numbers = [row.number for row in sheet.rows]
        data = tablib.Dataset(headers=sheet.columns)
        for row in sheet.rows:
            data.append([row.values.get(name) for name in sheet.columns])
        with transaction.atomic():
            self._find_rows(sheet, lock=not dry_run)
            # The savepoints are ours (`import_row`), so that a row that fails leaves nothing behind.
            result = self.import_data(data, use_transactions=False, raise_errors=False)
            if result.base_errors:
                raise result.base_errors[0].error
            transaction.set_rollback(dry_run)
        return result.rows

    def _find_rows(self, sheet: Sheet, *, lock: bool) -> None:
        keys = {self.key_in(row.values) for row in sheet.rows} - {""}
        names = {self._text(row.values.get("name")) for row in sheet.rows} - {""}
        rows = self.related().in_scope(self.scope)
        if lock:
            rows = rows.select_for_update(of=("self",))
        for row in rows.filter(models.Q(**{f"{self.key}__in": keys}) | models.Q(name__in=names)):
            self._by_name[row.region_id, row.name] = row
            if key := getattr(row, self.key):
                self._by_key[key] = row

    def related(self) -> models.QuerySet:
        """Rows with all that their cells need."""
        related = [name for name, field in self.fields.items() if field.model_field.many_to_one]
        many = [name for name, field in self.fields.items() if field.is_many]
        return self._meta.model._default_manager.select_related(*related).prefetch_related(*many)

    def _text(self, value: Any) -> str:
        """A key as it is compared; a cell that cannot be read is told of later, with the others of its row."""
        try:
            return clean_text(text_cell(value), max_length=200)
        except DomainError:
            return ""

    def key_in(self, row: dict[str, Any]) -> str:
        return self._text(row.get(self.key))

    # What django-import-export asks for each row

    def get_instance(self, instance_loader: Any, row: dict[str, Any]) -> Any:
        key = self.key_in(row)
        if key in self._by_key:
            return self._by_key[key]
        try:
            region = self.names.find(self._text(row.get("region")))
        except ValidationError:
            return None
        found = self._by_name.get((region.pk, self._text(row.get("name"))))
        if found is not None and key and getattr(found, self.key):
            message = _("There is one of this name in this region already, with another %(field)s (%(value)s).")
            params = {
                "field": self._meta.model._meta.get_field(self.key).verbose_name,
                "value": getattr(found, self.key),
            }
            raise ValidationError({self.key: ValidationError(message, code="other_key", params=params)})
        return found

    def import_row(self, row: dict[str, Any], instance_loader: Any, **kwargs: Any) -> RowResult:
        self.changes, self.changed, self.many = [], [], {}
        self.number = self.numbers[kwargs["row_number"] - 1]
        self.tell(kwargs["row_number"] - 1, len(self.numbers))
        with transaction.atomic():
            result = super().import_row(row, instance_loader, **kwargs)
            for error in result.errors:
                if not isinstance(error.error, IntegrityError | DataError | DomainError):
                    raise error.error
            if not result.is_valid():
                transaction.set_rollback(True)
        if result.errors:
            first = result.errors[0].error
            message = str(first) if isinstance(first, DomainError) else _("This row contradicts another one.")
            result.import_type, result.errors = RowResult.IMPORT_TYPE_INVALID, []
            result.validation_error = ValidationError(message)
        result.row_values = row
        return result

    def import_instance(self, instance: Any, row: dict[str, Any], **kwargs: Any) -> None:
        errors: dict[str, Any] = {}
        # All that was there, before the first cell changes it.
        old = {} if instance._state.adding else {name: self.fields[name].get_value(instance) for name in row}
        for name, value in row.items():
            try:
                self._take(self.fields[name], instance, value, row, old)
            except DomainError as error:
                errors[name] = ValidationError(str(error), code=error.code)
            except ValidationError as error:
                errors[name] = error
        self.finish(instance, row, errors)
        for identity in self._identities(instance):
            if identity in self._seen:
                message = _("Row %(number)d of this file speaks of the same one.")
                errors.setdefault(NON_FIELD_ERRORS, ValidationError(message, "twice", {"number": self._seen[identity]}))
        if errors:
            raise ValidationError(errors)

    def _take(self, field: SheetField, instance: Any, value: Any, row: dict[str, Any], old: dict[str, Any]) -> None:
        """Lay one cell into the instance, if it says something new."""
        name, widget = field.attribute, field.widget
        current = list(old[name].all()) if field.is_many and old else old.get(name)
        before = widget.render(current) if old else ""
        if old and isinstance(value, str | None) and unescape_cell(value or "") == before:
            return
        new = widget.clean(value, row, current=current)
        if new is None and field.model_field.has_default() and not field.model_field.null:
            new = widgets.KEEP
        if new is widgets.KEEP or (old and widget.is_same(new, current)):
            return
        if field.is_many:
            self.many[name] = new
        else:
            setattr(instance, name, new)
        self.changed.append(name)
        self.changes.append(Change(field.header, before, widget.render(new)))

    def finish(self, instance: Any, row: dict[str, Any], errors: dict[str, Any]) -> None:
        """What takes several cells to understand."""

    def _identities(self, instance: Any) -> Iterator[tuple[Any, ...]]:
        if not instance._state.adding:
            yield "id", instance.pk
        if key := getattr(instance, self.key):
            yield self.key, key
        yield "name", instance.region_id, instance.name

    def skip_row(self, instance: Any, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        return not (instance._state.adding or import_validation_errors or self.changed)

    def do_instance_save(self, instance: Any, is_create: bool) -> None:
        if is_create:
            instance.save(force_insert=True)
        else:
            # Only what the sheet says: somebody may be at work on the rest.
            instance.save(update_fields=[*(set(self.changed) - self.many.keys()), "updated_at"])

    def save_m2m(self, instance: Any, row: Any, **kwargs: Any) -> None:
        for name, entries in self.many.items():
            getattr(instance, name).set(entries)

    def after_import_row(self, row: Any, row_result: RowResult, **kwargs: Any) -> None:
        row_result.diff = self.changes

    def add_seen(self, instance: Any) -> None:
        for identity in self._identities(instance):
            self._seen.setdefault(identity, self.number)

    def after_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        self.add_seen(instance)

    def after_import(self, dataset: Any, result: Any, **kwargs: Any) -> None:
        """Nothing. The library would set the id sequence back to what this transaction sees."""

    # Writing

    def write(self, rows: Iterable[Any] = ()) -> IO[bytes]:
        """The template, with these rows of the database in it; an explanation of each column on a second sheet."""
        lines = ({field.header: field.export(row) for field in self.fields.values()} for row in rows)
        return write_template(self.columns(), lines, explanations=self.explanations())

    def write_failed(self, sheet: Sheet, failed: dict[int, str]) -> IO[bytes]:
        """The rows that failed as they came, with what is wrong, in the same columns: to correct and load again."""
        columns = [replace(self.fields[name].column(), header=self.name_of(name)) for name in sheet.columns]
        rows = [row for row in sheet.rows if row.number in failed]
        lines = [
            {
                self.name_of(name): unescape_cell(value) if isinstance(value, str) else value
                for name, value in row.values.items()
            }
            for row in rows
        ]
        remarks = [failed[row.number] for row in rows]
        return write_template(columns, lines, remarks=remarks, explanations=self.explanations())

    def explanations(self) -> list[list[str]]:
        lines = [[_("Column"), _("Required"), _("How to fill it in"), _("Allowed values")]]
        for name, field in self.fields.items():
            also = "、".join(self.also_called.get(name, ()))
            note = " ".join(filter(None, [field.note, also and _("Also read: %(names)s.") % {"names": also}]))
            listed = (
                "、".join(map(str, field.widget.choices)) if len(field.widget.choices) <= 20 else _("See the drop-down")
            )
            lines.append([field.header, _("required") if field.required else "", note, listed])
        return lines

    def headers(self) -> list[str]:
        return [field.header for field in self.fields.values()]

    def lines(self, rows: Iterable[Any]) -> Iterator[list[str]]:
        """The cells of the rows, for a CSV file in the template's columns."""
        return ([field.export(row) for field in self.fields.values()] for row in rows)

    def name_of(self, attribute: str) -> str:
        """The header of a field, as it stands in the file, to say where an error is."""
        if attribute in self.called_there:
            return self.called_there[attribute]
        if attribute in self.fields:
            return self.fields[attribute].header
        try:
            return str(capfirst(self._meta.model._meta.get_field(attribute).verbose_name))
        except FieldDoesNotExist:
            return ""
