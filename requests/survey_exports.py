"""The answers of a survey as a table: one line a flat, nobody's name."""

from collections.abc import Iterator
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from requests import surveys
from requests.deliberation_types import VisitOutcome
from requests.models import Survey, Vote

HEADER: list[str | Promise] = [_("building"), _("flat"), _("floor area (m²)"), _("outcome")]


def table(survey: Survey) -> tuple[list[str | Promise], Iterator[list[Any]]]:
    questions = list(survey.questions.values_list("pk", "question"))
    return [*HEADER, *(question for _pk, question in questions)], _lines(survey, [pk for pk, _text in questions])


def _lines(survey: Survey, questions: list[int]) -> Iterator[list[Any]]:
    """In three statements: of the answers of an estate there are some thousands."""
    abstained = str(pgettext_lazy("of a poll", "Abstained"))
    said: dict[tuple[int, int], str] = {}
    for household, poll, option, words in Vote.objects.filter(poll__survey=survey).values_list(
        "household", "poll", "option__text", "words"
    ):
        said[household, poll] = option or words or abstained
    for home in surveys.homes(survey).order_by("pk").iterator(chunk_size=2000):
        went = str(VisitOutcome(home.went).label) if home.went else ""
        yield [home.building, home.label, home.area_m2, went, *(said.get((home.pk, poll), "") for poll in questions)]
