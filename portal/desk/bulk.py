"""The same step on many cases: which of them can take it, which cannot and why, and what came of each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from portal.core.errors import DomainError
from portal.core.models import User
from portal.desk.actions import LOOKS, Look
from requests.forms import STEP_FORMS, StepForm
from requests.models import ServiceRequest
from requests.types import State, Verb, verb_label
from requests.workflow import Staff, allowed_verbs
from requests.workflow.table import BY_STATE

MOST_CASES = 200


@dataclass(frozen=True)
class BulkVerb:
    """A step that makes sense for many cases: its words are the same for all of them."""

    label: Promise
    look: Look


BULK_VERBS: dict[str, BulkVerb] = {
    verb: BulkVerb(Verb(verb).label, LOOKS[verb])
    for verb in (Verb.ACCEPT, Verb.DISPATCH, Verb.TAKE, Verb.RECALL, Verb.ADOPT, Verb.NOTE)
}


@dataclass(frozen=True)
class Candidate:
    """One of the selected cases. `refusal` says why it cannot take the step; empty: it can."""

    case: ServiceRequest
    refusal: str = ""


@dataclass(frozen=True)
class Selection:
    """The selected cases, sorted into those that will change and those that will not."""

    can: Sequence[Candidate]
    cannot: Sequence[Candidate]


def read_selection(values: Iterable[str]) -> dict[int, int | None]:
    """`12` from a list, `12:3` from the preview: the case, and the version that the preview showed."""
    chosen: dict[int, int | None] = {}
    for value in values:
        pk, _colon, version = value.partition(":")
        if pk.isdecimal() and len(pk) <= 18:
            chosen[int(pk)] = int(version) if version.isdecimal() and len(version) <= 9 else None
    if not chosen:
        raise DomainError("nothing_selected", _("Select one case at least."))
    if len(chosen) > MOST_CASES:
        raise DomainError("too_many", _("Please select at most %(count)d cases at a time.") % {"count": MOST_CASES})
    return chosen


def selected(user: User, pks: Iterable[int], verb: str) -> Selection:
    """The selected cases that the person may see, asked in a fixed number of queries."""
    cases = (
        ServiceRequest.objects.for_user(user)
        .filter(pk__in=list(pks))
        .select_related(
            "handling_region",
            "street",
            "region",
            "current_dispatch__organization",
            "current_dispatch__person",
            "current_dispatch__team",
        )
        .prefetch_related("approvals__region")
        .defer("search", "description")
        .order_by("due_at", "pk")
    )
    candidates = [Candidate(case, _refusal(case, user, verb)) for case in cases]
    return Selection(
        can=[each for each in candidates if not each.refusal], cannot=[each for each in candidates if each.refusal]
    )


def _refusal(case: ServiceRequest, user: User, verb: str) -> str:
    """The sentence that the verb itself would answer."""
    if verb in allowed_verbs(case, by=Staff(user)):
        return ""
    if verb not in BY_STATE[case.state]:
        words = {"verb": verb_label(verb, case.state), "state": State(case.state).label}
        return _("“%(verb)s” is not possible while the case is “%(state)s”.") % words
    return _("“%(verb)s” is not for you to do on this case.") % {"verb": verb_label(verb, case.state)}


def bulk_form(verb: str, case: ServiceRequest, user: User, data: QueryDict | None = None) -> StepForm:
    """The form of the step, without a version of its own: each case brings the one that was shown."""
    form = STEP_FORMS[verb](data, case=case, user=user)
    for name in ("version", "files"):
        form.fields.pop(name, None)
    if category := form.fields.get("category"):
        # The first case's category is proposed for none of the others.
        category.initial, category.empty_label = None, _("As each case has it")
    return form


def run_all(form: StepForm, cases: Iterable[ServiceRequest], versions: Mapping[int, int | None]) -> Selection:
    """Take the step on each case by itself: one that is refused leaves the others as they are."""
    done, refused = [], []
    for case in cases:
        try:
            form.run_on(case, version=versions.get(case.pk) or case.version)
            done.append(Candidate(case))
        except DomainError as error:
            refused.append(Candidate(case, str(error)))
    return Selection(can=done, cannot=refused)
