"""The registry's pages: a list, a detail, a form. A subject's own views name what is theirs and inherit the rest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, FieldDoesNotExist
from django.core.paginator import InvalidPage, Paginator
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from portal.core.errors import Conflict, DomainError, NotAllowed, NotFound
from portal.core.filtering import FilterSet, IdFilter, RegionField, parameters_of
from portal.core.pages import StaffPage, safe_next
from portal.core.registry.deletion import delete, pointing_at
from portal.core.registry.forms import CHANGED_MEANWHILE, ScopedModelForm, Seen
from portal.core.registry.lookups import LOOKUPS, MAX_TEXT, REGIONS, Lookup, LookupInput, RowInput
from portal.core.registry.subjects import Subject
from portal.core.registry.trail import Step, last_entry, trail
from portal.core.text import clean_text

PAGE_SIZE = 50


class ScopedMixin:
    """Rows of one subject, as far as the person may see or change them."""

    subject: Subject
    request: HttpRequest

    def queryset(self) -> Any:
        return self.subject.model._default_manager.all()

    def rows(self) -> Any:
        """The rows that the person may see. Everything that a page shows starts here."""
        return self.queryset().for_user(self.request.user)

    def row(self, pk: int) -> Any:
        found = self.rows().filter(pk=pk).first()
        if found is None:
            raise NotFound()
        return found

    def may_edit(self, row: models.Model) -> bool:
        return self.holds(self.subject.write, row)

    def may_delete(self, row: models.Model) -> bool:
        """To delete takes what it takes to create."""
        return self.subject.deletable and self.holds(self.subject.capability_to_create, row)

    def holds(self, capability: str, row: models.Model) -> bool:
        editable = self.subject.model._default_manager.editable_by(self.request.user, capability)
        return editable.filter(pk=row.pk).exists()


class RegistryPage(ScopedMixin, StaffPage):
    """A page of one subject. Which of the subject's capabilities it takes, its kind says."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if hasattr(cls, "subject") and "capability" not in cls.__dict__:
            cls.capability = cls.needed(cls.subject)

    @classmethod
    def needed(cls, subject: Subject) -> str:
        return subject.read

    def context(self, **extra: Any) -> dict[str, Any]:
        return {"subject": self.subject, "meta": self.subject.model._meta, **extra}


@dataclass(frozen=True)
class Column:
    """One column of a list: a heading, and what a row has there (a name, or a function of the row)."""

    heading: Any
    value: str | Callable[[Any], Any]
    css: str = ""

    def of(self, row: Any) -> Any:
        if callable(self.value):
            return self.value(row)
        value = getattr(row, self.value)
        return value() if callable(value) else value


class OneOf(forms.Select):
    """A drop-down for a field that takes several values: in a row of filters one is chosen, a link may name more."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        # The line that stands for all of them is sent as well, with no value.
        return [value for value in data.getlist(name) if value]


def name_rows(filterset: FilterSet, user: Any) -> None:
    """Let people name the rows whose ids the filters take; nobody knows an id. Before the form is read."""
    for name, filter_ in filterset.filters.items():
        relation = _relation_of(filterset, filter_) if isinstance(filter_, IdFilter) else None
        lookup = LOOKUPS.get(relation.related_model) if relation else None
        if lookup is None or (lookup.needs and not user.scope.can(lookup.needs)):
            continue
        field = filterset.form.fields[name]
        field.widget, field.label = RowInput(lookup, lookup.rows(user)), relation.verbose_name
        field.error_messages["invalid"] = _("Nothing is called so here, or several are. Choose one of the proposals.")


def _relation_of(filterset: FilterSet, filter_: IdFilter) -> Any:
    """The foreign key whose ids a filter takes: `assignment__shift__station_id` leads to stations."""
    model, found = filterset.queryset.model, None
    for part in filter_.field_name.split("__"):
        try:
            found = model._meta.get_field(part)
        except FieldDoesNotExist:
            return None
        if not isinstance(found, models.ForeignKey):
            return None
        model = found.related_model
    return found


def for_page(filterset: FilterSet) -> None:
    """Give the form of a FilterSet the controls of a page: short lists instead of boxes with several lines.

    Before the form is read, since the controls also say how it is.
    """
    everything = ("", _("All"))
    for name, field in filterset.form.fields.items():
        if isinstance(field, RegionField):
            field.widget = LookupInput(REGIONS.url_name)
        elif isinstance(field, forms.MultipleChoiceField):
            field.widget = OneOf(choices=[everything, *field.choices])
        elif isinstance(field, forms.NullBooleanField):
            field.widget.choices = [everything, ("true", _("yes")), ("false", _("no"))]
        elif isinstance(field, forms.ModelChoiceField):
            field.empty_label = everything[1]
        if name == "q":
            field.widget.input_type = "search"


def hide_optional(filterset: FilterSet) -> None:
    """In a row of filters all are optional; to say so at each is noise. For the page alone: neither the form, which has
    been read, nor the browser takes it at its word."""
    filterset.form.use_required_attribute = False
    for field in filterset.form.fields.values():
        field.required = True


class ListPage(RegistryPage):
    """A list with filters. The address bar holds the whole view, so that a link is a view."""

    filterset_class: type[FilterSet]
    columns: Sequence[Column] = ()
    # Filters that stand open; the others fold away.
    first_filters: Sequence[str] = ("q", "region")
    template_name = "registry/list.html"
    empty_hint: Any = ""

    def get(self, request: HttpRequest) -> HttpResponse:
        filterset = self.filterset_class(request.GET, self.rows(), request=request)
        for_page(filterset)
        name_rows(filterset, request.user)
        is_valid = filterset.is_valid()
        # With a filter that makes no sense there are no rows, and nothing is said of how many there would be.
        page = self.page_of(filterset.qs) if is_valid else None
        chips = self.chips(filterset)
        hide_optional(filterset)
        return render(
            request,
            self.template_name,
            self.context(
                filterset=filterset,
                first_filters=[filterset.form[name] for name in self.first_filters if name in filterset.form.fields],
                other_filters=[bound for bound in filterset.form if bound.name not in self.first_filters],
                chips=chips,
                page=page,
                headings=[(column.heading, column.css) for column in self.columns],
                lines=[
                    (self.href(row), row, [(column.of(row), column.css) for column in self.columns])
                    for row in (page.object_list if page else ())
                ],
                other_filters_set=any(chip["parameter"] not in self.first_filters for chip in chips),
                may_create=self.has_create and request.user.scope.can(self.subject.capability_to_create),
                create_url=self.subject.url("create") if self.has_create else "",
                empty_hint=self.empty_hint,
            ),
            status=200 if is_valid else 400,
        )

    has_create = True

    def href(self, row: models.Model) -> str:
        """Where a line leads; nothing: it says all that there is."""
        return self.subject.detail(row)

    def page_of(self, rows: models.QuerySet) -> Any:
        paginator = Paginator(rows, PAGE_SIZE)
        try:
            return paginator.page(self.request.GET.get("page") or 1)
        except InvalidPage as error:
            raise NotFound() from error

    def chips(self, filterset: FilterSet) -> list[dict[str, Any]]:
        """The filters that are set, each with the words that name it."""
        found = []
        for name, filter_ in filterset.filters.items():
            for parameter in parameters_of(name, filter_):
                values = [value for value in self.request.GET.getlist(parameter) if value]
                choices = dict(filter_.extra.get("choices", ()))
                words = [str(choices.get(value, value)) for value in values]
                if isinstance(filter_.field.widget, forms.Select) and not choices:
                    words = [str(dict(filter_.field.widget.choices).get(value, value)) for value in values]
                label = filter_.label
                if isinstance(widget := filterset.form.fields[name].widget, RowInput):
                    label, words = filterset.form.fields[name].label, [widget.format_value(value) for value in values]
                found += [
                    {"parameter": parameter, "value": value, "label": label, "words": word}
                    for value, word in zip(values, words, strict=True)
                ]
        return found


class DetailPage(RegistryPage):
    """One row: what is known of it, what belongs to it, and for those who may read it, its history."""

    template_name = "registry/detail.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.row(pk)
        may_edit = self.may_edit(row)
        return render(
            request,
            self.template_name,
            self.context(
                row=row,
                facts=[(label, value) for label, value in self.facts(row) if value not in (None, "", [])],
                list_url=self.subject.url("list"),
                may_edit=may_edit,
                edit_url=self.edit_url(row) if may_edit else "",
                delete_url=self.delete_url(row) if may_edit and self.may_delete(row) else "",
                steps=self.steps(row),
                **self.more(row),
            ),
        )

    def edit_url(self, row: Any) -> str:
        return self.subject.url("edit", row.pk)

    def delete_url(self, row: Any) -> str:
        return self.subject.url("delete", row.pk)

    def steps(self, row: Any) -> list[Step] | None:
        """The history in words; None for those who do not read it."""
        return trail(row, reader=self.request.user) if self.request.user.scope.can("history:read") else None

    def facts(self, row: Any) -> list[tuple[Any, Any]]:
        return []

    def more(self, row: Any) -> dict[str, Any]:
        return {}


class FormPage(RegistryPage):
    """A form of one row. Subclasses say where the row comes from."""

    form_class: type[ScopedModelForm]
    template_name = "registry/form.html"

    @classmethod
    def needed(cls, subject: Subject) -> str:
        return subject.write

    def forms_of(self, row: models.Model, data: Any = None) -> dict[str, Any]:
        """The forms of the page by their names in the template; `form` is the row's own."""
        return {"form": self.make_form(row, data)}

    def make_form(self, row: models.Model, data: Any) -> ScopedModelForm:
        uploads = None if data is None else self.request.FILES
        return self.form_class(data, uploads, instance=row, user=self.request.user, initial=self.initial(row))

    def initial(self, row: models.Model) -> dict[str, Any]:
        return {}

    def show(self, row: models.Model, page_forms: dict[str, Any], *, seen: int, status: int = 200) -> HttpResponse:
        context = self.context(row=row, seen=seen, back=self.back_to(row), **page_forms, **self.more(row))
        return render(self.request, self.template_name, context, status=status)

    def more(self, row: models.Model) -> dict[str, Any]:
        return {}

    def back_to(self, row: models.Model) -> str:
        return safe_next(self.request, self.subject.detail(row) if row.pk else self.subject.url("list"))

    def save(self, page_forms: dict[str, Any]) -> Any:
        """Save what the forms hold, and make sure that the row still lies where the person may change it."""
        with transaction.atomic():
            row = page_forms["form"].save()
            self.save_more(row, page_forms)
            if not self.may_edit(row):
                raise DomainError("outside_your_area", _("This place is not one of yours."), status=403)
        return row

    def save_more(self, row: models.Model, page_forms: dict[str, Any]) -> None:
        pass

    def answer(self, row: models.Model, page_forms: dict[str, Any], *, seen: int, said: str) -> HttpResponse:
        # All are asked, so that a page shows everything that is to be mended at once.
        if not [each for each in page_forms.values() if not each.is_valid()]:
            try:
                row = self.save(page_forms)
            except DomainError as error:
                page_forms["form"].take_error(error)
                return self.show(row, page_forms, seen=seen, status=error.status)
            messages.success(self.request, said % {"name": row})
            return HttpResponseRedirect(self.after(row))
        return self.show(row, page_forms, seen=seen, status=400)

    def after(self, row: models.Model) -> str:
        return safe_next(self.request, self.subject.detail(row))


class CreatePage(FormPage):
    @classmethod
    def needed(cls, subject: Subject) -> str:
        return subject.capability_to_create

    def get(self, request: HttpRequest) -> HttpResponse:
        row = self.subject.model()
        return self.show(row, self.forms_of(row), seen=0)

    def post(self, request: HttpRequest) -> HttpResponse:
        row = self.subject.model()
        return self.answer(row, self.forms_of(row, request.POST), seen=0, said=_("“%(name)s” has been added."))


class EditPage(FormPage):
    def editable_row(self, pk: int) -> Any:
        row = self.row(pk)
        if not self.may_edit(row):
            raise NotAllowed()
        return row

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.editable_row(pk)
        return self.show(row, self.forms_of(row), seen=last_entry(row))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.editable_row(pk)
        page_forms, seen = self.forms_of(row, request.POST), Seen(request.POST)
        now = last_entry(row)
        if not seen.is_valid() or (seen.cleaned_data["seen"] or 0) != now:
            page_forms["form"].is_valid()
            page_forms["form"].add_error(NON_FIELD_ERRORS, CHANGED_MEANWHILE)
            # The form that comes back has seen this state: saving it again is a decision.
            return self.show(self.row(pk), page_forms, seen=now, status=409)
        return self.answer(row, page_forms, seen=now, said=_("“%(name)s” has been saved."))


class DeletePage(RegistryPage):
    """Asks with the name of the row; says what still points at it, and what the practice is instead of deleting."""

    template_name = "registry/delete.html"

    @classmethod
    def needed(cls, subject: Subject) -> str:
        return subject.capability_to_create

    def deletable_row(self, pk: int) -> Any:
        row = self.row(pk)
        if not self.may_delete(row):
            raise NotAllowed()
        return row

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.show(self.deletable_row(pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.deletable_row(pk)
        name = str(row)
        try:
            delete(row, by=request.user)
        except Conflict as error:
            return self.show(row, error)
        messages.success(request, _("“%(name)s” has been deleted.") % {"name": name})
        return HttpResponseRedirect(self.subject.url("list"))

    def show(self, row: models.Model, error: DomainError | None = None) -> HttpResponse:
        context = self.context(
            row=row, error=error, pointing=pointing_at(row, user=self.request.user),
            back=self.subject.detail(row), edit_url=self.subject.url("edit", row.pk),
        )  # fmt: skip
        return render(self.request, self.template_name, context, status=error.status if error else 200)


class LookupPage(StaffPage):
    """Proposals for a `LookupField`, as one types."""

    lookup: Lookup

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.capability = cls.lookup.needs

    def get(self, request: HttpRequest) -> HttpResponse:
        text = clean_text(request.GET.get("q", "")[:MAX_TEXT], max_length=MAX_TEXT)
        found = self.lookup.proposals(self.lookup.rows(request.user), text) if text else []
        return JsonResponse({"proposals": found})
