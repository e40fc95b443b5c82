"""The fast path of lists: the same rows that a serializer would give, straight from `values_list()`.

A serializer class declares the fields; `plan_of` reads from it which columns to ask the database for and how to make
the output of them, once a class and language. No model instances, no attribute look-ups, one query and one more for
each field that lists related rows. The serializer stays the schema; a test proves that both give the same.

What a serializer may consist of here: plain fields (`source` may lead over foreign keys), `LabelField`,
`ColumnsField`, nested serializers of foreign keys, and `many=True` ones of many-to-many fields and reverse foreign
keys.
"""

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models.constants import LOOKUP_SEP
from django.utils.translation import get_language
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

Raw = tuple[Any, ...]
Make = Callable[[Raw], Any]

# Their output is the value as the database gives it (the portal renders moments itself, see JSONRenderer).
AS_THEY_ARE = (
    serializers.CharField,
    serializers.IntegerField,
    serializers.BooleanField,
    serializers.FloatField,
    serializers.DateTimeField,
    serializers.DateField,
    serializers.ChoiceField,
    serializers.JSONField,
)


@extend_schema_field(OpenApiTypes.STR)
class LabelField(serializers.Field):
    """The label of a choice in the reader's language, beside its code."""

    def __init__(self, *, choices: Iterable[tuple[Any, Any]], **kwargs: Any) -> None:
        self.labels = dict(choices)
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, value: Any) -> str:
        return str(self.labels.get(value, value))

    def converter(self) -> Callable[[Any], Any]:
        # A dictionary's get needs no Python frame; lazy labels are translated once a plan.
        labels = {code: str(label) for code, label in self.labels.items()}
        return lambda value: labels.get(value, value)


class ColumnsField(serializers.Field):
    """A value computed from several columns by a function of theirs; give its schema with `extend_schema_field`."""

    def __init__(self, *, columns: Sequence[str], compute: Callable[..., Any], **kwargs: Any) -> None:
        self.columns, self.compute = tuple(columns), compute
        super().__init__(source="*", read_only=True, **kwargs)

    def to_representation(self, instance: Any) -> Any:
        return self.compute(*(_walk(instance, column) for column in self.columns))


def _walk(instance: Any, column: str) -> Any:
    for name in column.split("."):
        instance = getattr(instance, name, None)
    return instance


@dataclass
class Related:
    """Rows of a many-to-many field or a reverse foreign key: one query for all parents."""

    name: str
    rows: Callable[[list[int]], models.QuerySet]
    plan: "Plan"
    parent_column: str

    def by_parent(self, pks: list[int]) -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = {}
        raws = list(self.rows(pks).values_list(self.parent_column, *self.plan.columns))
        for raw, out in zip(raws, self.plan.build([raw[1:] for raw in raws]), strict=True):
            found.setdefault(raw[0], []).append(out)
        return found


class _IsOneOf(models.Func):
    """`pk = ANY(ARRAY(SELECT …))`: the inner query runs once and first. IN would be joined when the planner likes."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = models.BooleanField()


@dataclass
class Plan:
    """The columns to ask for, and how to make one output row of them."""

    columns: list[str] = field(default_factory=list)
    makers: list[tuple[str, Make]] = field(default_factory=list)
    related: list[Related] = field(default_factory=list)

    def build(self, raws: Sequence[Raw]) -> list[dict[str, Any]]:
        makers = self.makers
        rows = [{name: make(raw) for name, make in makers} for raw in raws]
        if self.related and raws:
            pk_of = itemgetter(self.columns.index("pk"))
            pks = [pk_of(raw) for raw in raws]
            for related in self.related:
                found = related.by_parent(pks)
                for pk, row in zip(pks, rows, strict=True):
                    row[related.name] = found.get(pk, [])
        return rows

    def rows(self, queryset: models.QuerySet) -> list[dict[str, Any]]:
        return self.build(list(queryset.values_list(*self.columns)))

    def rows_with(self, queryset: models.QuerySet, *columns: str) -> list[tuple[dict[str, Any], Raw]]:
        """The rows, each with the raw values of further columns."""
        raws = list(queryset.values_list(*self.columns, *columns))
        return list(zip(self.build(raws), (raw[len(self.columns) :] for raw in raws), strict=True))

    def read(self, queryset: models.QuerySet, order_column: str) -> list[tuple[Any, int, Raw]]:
        """What `paginate` asks for; the raw rows that it keeps go to `build`.

        The page is found first and joined with its labels afterwards: joins then cost what a page has rows, whatever
        the planner believes of the filters.
        """
        page = queryset.model._default_manager.filter(_IsOneOf("pk", ArraySubquery(queryset.values("pk"))))
        raws = page.order_by(*queryset.query.order_by).values_list(*self.columns, order_column, "pk")
        return [(raw[-2], raw[-1], raw) for raw in raws]

    def index(self, column: str) -> int:
        if column not in self.columns:
            self.columns.append(column)
        return self.columns.index(column)


def plan_of(serializer_class: type[serializers.Serializer], model: type[models.Model]) -> Plan:
    """The plan for lists of `model` as `serializer_class` shows them, in the active language."""
    return _plan(serializer_class, model, get_language() or "")


@functools.lru_cache(maxsize=256)
def _plan(serializer_class: type[serializers.Serializer], model: type[models.Model], language: str) -> Plan:
    plan = Plan()
    _add(plan, serializer_class().fields, model, prefix="", into=plan.makers)
    if plan.related:
        plan.index("pk")
    # A row keeps the order of the serializer's fields; related ones are put in after the others were made.
    return plan


def _add(plan: Plan, fields: Any, model: type[models.Model], *, prefix: str, into: list[tuple[str, Make]]) -> None:
    for name, declared in fields.items():
        if declared.write_only:
            continue
        if isinstance(declared, serializers.ListSerializer):
            related = _related(name, declared, model)
            into.append((name, lambda raw: None))
            plan.related.append(related)
        elif isinstance(declared, serializers.BaseSerializer):
            into.append((name, _nested(plan, declared, model, prefix)))
        elif isinstance(declared, ColumnsField):
            indexes = [plan.index(prefix + column.replace(".", LOOKUP_SEP)) for column in declared.columns]
            into.append((name, _computed(indexes, declared.compute)))
        else:
            index = plan.index(prefix + declared.source.replace(".", LOOKUP_SEP))
            into.append((name, _plain(index, declared)))


def _plain(index: int, declared: serializers.Field) -> Make:
    if isinstance(declared, AS_THEY_ARE):
        return itemgetter(index)
    convert = declared.converter() if isinstance(declared, LabelField) else declared.to_representation

    def make(raw: Raw) -> Any:
        value = raw[index]
        return None if value is None else convert(value)

    return make


def _computed(indexes: list[int], compute: Callable[..., Any]) -> Make:
    def make(raw: Raw) -> Any:
        return compute(*[raw[index] for index in indexes])

    return make


def _nested(plan: Plan, declared: serializers.BaseSerializer, model: type[models.Model], prefix: str) -> Make:
    path = prefix + declared.source.replace(".", LOOKUP_SEP)
    makers: list[tuple[str, Make]] = []
    _add(plan, declared.fields, model, prefix=f"{path}{LOOKUP_SEP}", into=makers)  # type: ignore[attr-defined]
    present = plan.index(f"{path}_id")

    def make(raw: Raw) -> Any:
        return None if raw[present] is None else {name: make_one(raw) for name, make_one in makers}

    return make


def _related(name: str, declared: serializers.ListSerializer, model: type[models.Model]) -> Related:
    relation = model._meta.get_field(declared.source)
    target = relation.related_model
    child = type(declared.child)
    plan = Plan()
    if relation.many_to_many:
        through, own, other = (
            relation.remote_field.through,
            relation.m2m_field_name(),
            relation.m2m_reverse_field_name(),
        )
        _add(plan, child().fields, target, prefix=f"{other}{LOOKUP_SEP}", into=plan.makers)
        ordering = [_prefixed(term, f"{other}{LOOKUP_SEP}") for term in target._meta.ordering]
    else:
        through, own = target, relation.field.name
        _add(plan, child().fields, target, prefix="", into=plan.makers)
        ordering = list(target._meta.ordering)
    rows = lambda pks: through._default_manager.filter(**{f"{own}__in": pks}).order_by(*ordering)  # noqa: E731
    return Related(name, rows, plan, f"{own}_id")


def _prefixed(term: str, prefix: str) -> str:
    return f"-{prefix}{term[1:]}" if term.startswith("-") else prefix + term


@functools.cache
def _kept(serializer_class: type[serializers.Serializer]) -> serializers.Serializer:
    return serializer_class()


def shown(serializer_class: type[serializers.Serializer], row: Any) -> Any:
    """One row by a serializer that is put together once a process, for answers where that is what takes the time.

    For serializers that look at nothing but the row: this one has no context.
    """
    return _kept(serializer_class).to_representation(row)
