"""What a list of cases looks like as a file: the columns of CSV and XLSX, with words for codes and no personal data
but the masked forms."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import CharField, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat, LPad
from django.utils.translation import gettext_lazy as _

from portal.core.copy_export import Column, Guarded, LocalTime, label, stream_csv
from requests.models import Requester, ServiceRequest
from requests.types import Channel, CloseGround, Kind, RatingCode, State, TimeLimit

# Rows that are held in memory at a time.
CHUNK = 2_000


def number_of(pk: str) -> Concat:
    """The public number of a case in SQL, as `format_number` writes it."""
    return Concat(Value("XZ"), LPad(Cast(pk, CharField()), 9, Value("0")), output_field=CharField())


def case_columns() -> list[Column]:
    """The columns in their order. A function: the words are those of the reader's language."""
    requester = Requester.objects.filter(request=OuterRef("pk")).order_by("pk")
    return [
        Column(_("Number"), number_of("pk")),
        Column(_("title"), Guarded(F("title"))),
        Column(_("kind"), label("kind", Kind.choices)),
        Column(_("channel"), label("channel", Channel.choices)),
        Column(_("category"), Coalesce(F("category__path"), Value(""))),
        Column(_("time limit"), label("time_limit", TimeLimit.choices)),
        Column(_("District"), F("district__short_name")),
        Column(_("Street"), F("street__short_name")),
        Column(_("Community"), F("community__short_name")),
        Column(_("station"), Guarded(F("station__name"))),
        Column(_("address of the matter"), Guarded(F("address_text"))),
        Column(_("name"), Guarded(Subquery(requester.values("name_masked")[:1]))),
        Column(_("phone"), Subquery(requester.values("phone_masked")[:1])),
        Column(_("state"), label("state", State.choices)),
        Column(_("unit"), Guarded(F("current_dispatch__organization__name"))),
        Column(_("submitted"), LocalTime("submitted_at")),
        Column(_("accepted"), LocalTime("accepted_at")),
        Column(_("first dispatched"), LocalTime("dispatched_at")),
        Column(_("first contacted"), LocalTime("contacted_at")),
        Column(_("first resolved"), LocalTime("finished_at")),
        Column(_("ended"), LocalTime("ended_at")),
        Column(_("due"), LocalTime("due_at")),
        Column(_("rating"), label("last_rating", RatingCode.choices)),
        Column(_("solved"), label("last_solved", [(True, _("yes")), (False, _("no"))])),
        Column(_("ground"), label("close_ground", CloseGround.choices)),
        Column(_("redone"), F("redo_count")),
    ]


def stream_cases_csv(queryset: QuerySet[ServiceRequest]) -> Iterator[bytes]:
    """The cases of a scoped and filtered list as CSV, in its order."""
    return stream_csv(queryset, case_columns())


def plain_header() -> list[str]:
    return [str(column.name) for column in case_columns()]


def plain_rows(queryset: QuerySet[ServiceRequest]) -> Iterator[Sequence[Any]]:
    """The same cells one row at a time, for a sheet."""
    named = {f"column_{number}": column.expression for number, column in enumerate(case_columns())}
    return queryset.annotate(**named).values_list(*named).iterator(chunk_size=CHUNK)


def full_header() -> list[str]:
    """The columns with contact data in the clear at the end. Whoever asks for them has given a logged reason."""
    return [*plain_header(), str(_("name in full")), str(_("phone in full")), str(_("home address in full"))]


def full_rows(queryset: QuerySet[ServiceRequest]) -> Iterator[Sequence[Any]]:
    requester = Requester.objects.filter(request=OuterRef("pk")).order_by("pk")
    named = {f"column_{number}": column.expression for number, column in enumerate(case_columns())}
    sealed = {f"sealed_{name}": Subquery(requester.values(name)[:1]) for name in ("name", "phone", "address")}
    for row in queryset.annotate(**named, **sealed).values_list(*named, *sealed).iterator(chunk_size=CHUNK):
        yield (*row[: -len(sealed)], *(value.reveal() if value else "" for value in row[-len(sealed) :]))
