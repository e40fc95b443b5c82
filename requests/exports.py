"""What a list of cases looks like as a file: the columns of CSV and XLSX, with words for codes and no personal data
but the masked forms."""

from collections.abc import Iterator, Sequence
from typing import IO, Any

from django.db.models import CharField, F, FilteredRelation, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, Concat, LPad
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.copy_export import Column, LocalTime, in_batches, label, read_cells, stream_csv
from portal.core.sheets import write_xlsx
from requests.models import ServiceRequest
from requests.types import Channel, CloseGround, Kind, RatingCode, State, Supervision, TimeLimit

# What `full_rows` adds.
SEALED = {"name": _("name in full"), "phone": _("phone in full"), "address": _("home address in full")}


def number_of(pk: str) -> Concat:
    """The public number of a case in SQL, as `format_number` writes it."""
    return Concat(Value("XZ"), LPad(Cast(pk, CharField()), 9, Value("0")), output_field=CharField())


def _with_requester(queryset: QuerySet[ServiceRequest]) -> QuerySet[ServiceRequest]:
    """The rows joined to whose request each is: a subquery a column would run for every row."""
    return queryset.annotate(main_requester=FilteredRelation("requesters", condition=Q(requesters__is_main=True)))


def case_columns() -> list[Column]:
    """The columns in their order, for rows with their requester. A function: the words are the reader's language."""
    return [
        Column(_("Number"), number_of("pk")),
        Column(_("title"), F("title"), is_typed=True),
        Column(pgettext_lazy("of a case", "kind"), label("kind", Kind.choices)),
        Column(_("channel"), label("channel", Channel.choices)),
        Column(_("category"), Coalesce(F("category__path"), Value(""))),
        Column(_("time limit"), label("time_limit", TimeLimit.choices)),
        Column(_("District"), F("district__short_name")),
        Column(_("Street"), F("street__short_name")),
        Column(_("Community"), F("community__short_name")),
        Column(_("station"), F("station__name"), is_typed=True),
        Column(_("address of the matter"), F("address_text"), is_typed=True),
        Column(_("name"), F("main_requester__name_masked"), is_typed=True),
        Column(_("phone"), F("main_requester__phone_masked")),
        Column(_("state"), label("state", State.choices)),
        Column(
            _("unit"), Coalesce("current_dispatch__organization__name", "current_dispatch__team__name"), is_typed=True
        ),
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
        Column(_("supervision"), label("supervision_level", Supervision.choices[1:])),
    ]


def stream_cases_csv(queryset: QuerySet[ServiceRequest]) -> Iterator[bytes]:
    """The cases of a scoped and filtered list as CSV, in its order."""
    return stream_csv(_with_requester(queryset), case_columns())


def cases_xlsx(queryset: QuerySet[ServiceRequest]) -> IO[bytes]:
    """The same list as a workbook."""
    columns = case_columns()
    return write_xlsx([column.name for column in columns], read_cells(_with_requester(queryset), columns))


def full_header() -> list[str | Promise]:
    """The columns with contact data in the clear at the end. Whoever asks for them has given a logged reason."""
    return [*(column.name for column in case_columns()), *SEALED.values()]


def full_rows(queryset: QuerySet[ServiceRequest]) -> Iterator[Sequence[Any]]:
    """The rows for that header, decrypted one by one while they are written."""
    named = {f"column_{number}": column.expression for number, column in enumerate(case_columns())}
    sealed = {f"sealed_{name}": F(f"main_requester__{name}") for name in SEALED}
    for row in in_batches(_with_requester(queryset).annotate(**named, **sealed).values_list(*named, *sealed)):
        yield (*row[: -len(sealed)], *(value.reveal() if value else "" for value in row[-len(sealed) :]))
