"""业委会候选人把关: candidates are entered, checked criterion by criterion, decided on by somebody else, published."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core import crypto, disclosures
from portal.core.clock import ZONE, Limit
from portal.core.errors import Conflict, NotAllowed, NotFound, telling
from portal.core.fields import SealedText
from portal.core.history import acting_as
from portal.core.masking import mask_name, mask_phone, normalize_phone, scrub
from portal.core.models import Estate, User
from portal.core.text import clean_text
from requests import limits
from requests.deliberation_types import CONDITIONS, Criterion, ElectionVerb, Verdict
from requests.models import Candidate, CandidateCheck, Election
from requests.models.deliberations import MAX_PUBLICITY_DAYS, PUBLICITY_DAYS
from requests.survey_steps import done
from volunteers.guards import refuse, refuse_outside, save

READ, WRITE, EXPORT = "elections:read", "elections:write", "elections:export"
DECIDE, REVEAL = "elections:decide", "elections:reveal"
ERASE = "requests:erase"
MAX_NAME, MAX_REASON, MAX_TEXT, MAX_FOUND = 30, 200, 1_000, 200


def call(*, by: User, estate: Estate, title: str, held_on: date, at: datetime | None = None) -> Election:
    """Begin the list of candidates for an estate's committee."""
    refuse_outside(estate.region, by=by, field="estate", capability=WRITE)
    _refuse_past(held_on)
    row = Election(
        estate=estate, title=clean_text(title, max_length=60), held_on=held_on, created_by=by,
        created_at=at or timezone.now(),
    )  # fmt: skip
    with transaction.atomic(), acting_as(by.pk):
        save(row)
    return row


def amend(election: Election, *, by: User, title: str, held_on: date) -> Election:
    """Say which committee, and on what day, as long as nothing is published."""
    with _unpublished(election, by=by, capability=WRITE) as locked:
        if held_on != locked.held_on:
            _refuse_past(held_on)
        locked.title, locked.held_on = clean_text(title, max_length=60), held_on
        save(locked, fields=["title", "held_on"])
    election.refresh_from_db()
    return election


def enter(
    election: Election, *, by: User, name: str, phone: str, is_namesake: bool = False, at: datetime | None = None
) -> Candidate:
    """Put somebody on the list, by name and phone, which are sealed. Somebody of the same name is another person only
    where that is said."""
    with _unpublished(election, by=by, capability=WRITE) as locked:
        candidate = Candidate(election=locked, entered_by=by, entered_at=at or timezone.now())
        _say_who(candidate, name=name, phone=phone, is_namesake=is_namesake)
        save(candidate)
    return candidate


def correct(candidate: Candidate, *, by: User, name: str = "", phone: str = "", is_namesake: bool = False) -> Candidate:
    """Another name, another phone, until it is decided; what is empty stays as it is."""
    with _undecided(candidate, by=by, capability=WRITE) as locked:
        if locked.erased_at is not None:
            raise Conflict(_("The personal data has been erased."), code="erased")
        name, phone = name or locked.name.reveal(), phone or locked.phone.reveal()
        _say_who(locked, name=name, phone=phone, is_namesake=is_namesake)
        save(locked, fields=["name", "name_masked", "phone", "phone_masked", "phone_hash"])
    candidate.refresh_from_db()
    return candidate


def strike(candidate: Candidate, *, by: User) -> Election:
    """Take somebody off the list who was entered by mistake, until it is decided about them."""
    with _undecided(candidate, by=by, capability=WRITE) as locked:
        locked.delete()
        # Perhaps it was the last one who was not decided on.
        done(ElectionVerb.STRIKE, locked.election, by=by)
    return candidate.election


def _say_who(candidate: Candidate, *, name: str, phone: str, is_namesake: bool) -> None:
    name, number = clean_text(name, max_length=MAX_NAME), normalize_phone(phone)
    if not name:
        refuse("name", _("Please write the name down."))
    masked = mask_name(name)
    others = candidate.election.candidates.exclude(pk=candidate.pk).filter(name_masked=masked)
    if not is_namesake and any(other.name.reveal() == name for other in others):
        refuse("name", _("Somebody of this name is on the list already. If it is another person, say so below."))
    who = {
        "name": SealedText.of(name), "name_masked": masked, "phone": SealedText.of(number),
        "phone_masked": mask_phone(number), "phone_hash": crypto.keyed_hash(number, purpose="phone"),
    }  # fmt: skip
    for column, value in who.items():
        setattr(candidate, column, value)


def _refuse_past(held_on: date) -> None:
    """Candidates are checked before they are elected."""
    if held_on < timezone.localdate(timezone=ZONE):
        refuse("held_on", _("This day has passed already."))


def check(
    candidate: Candidate, *, by: User, criterion: str, passed: bool, text: str = "", at: datetime | None = None
) -> CandidateCheck:
    """What was found about one criterion; said anew, it takes the place of what was found before."""
    if criterion not in Criterion.values:
        refuse("criterion", _("Please choose one of the criteria."))
    with _undecided(candidate, by=by, capability=WRITE) as locked:
        found = locked.checks.filter(criterion=criterion).first()
        found = found or CandidateCheck(candidate=locked, criterion=criterion)
        found.passed, found.text = passed, clean_text(text, max_length=MAX_FOUND)
        if not passed and not found.text:
            refuse("text", _("Say why it is not passed."))
        found.checked_by, found.checked_at = by, at or timezone.now()
        save(found)
        done(ElectionVerb.CHECK, locked, by=by)
    return found


def decide(candidate: Candidate, *, by: User, verdict: str, reasons: str, at: datetime | None = None) -> Candidate:
    """合适 or not, with reasons, by somebody who did not enter the candidate. Nobody is suitable who fails a
    condition."""
    if verdict not in Verdict.values:
        refuse("verdict", _("Please say whether the candidate is suitable."))
    with _undecided(candidate, by=by, capability=DECIDE) as locked:
        if locked.entered_by_id == by.pk:
            raise NotAllowed(_("Who enters a candidate does not decide about them."), code="not_yours_to_do")
        passed = dict(locked.checks.values_list("criterion", "passed"))
        if missing := [str(each.label) for each in unchecked(passed)]:
            raise Conflict(_("Not checked yet: %(what)s.") % {"what": "、".join(missing)}, code="not_checked")
        failed = [str(each.label) for each in CONDITIONS if not passed[each]]
        if verdict == Verdict.SUITABLE and failed:
            refuse(
                "verdict", _("Not passed: %(what)s. Such a candidate is not suitable.") % {"what": "、".join(failed)}
            )
        locked.reasons = clean_text(reasons, max_length=MAX_TEXT, multiline=True)
        if not locked.reasons:
            refuse("reasons", _("Please write a few words."))
        locked.verdict, locked.decided_by, locked.decided_at = verdict, by, at or timezone.now()
        save(locked, fields=["verdict", "reasons", "decided_by", "decided_at"])
        done(ElectionVerb.DECIDE, locked, by=by)
    candidate.refresh_from_db()
    return candidate


def publish(election: Election, *, by: User, days: int = PUBLICITY_DAYS, at: datetime | None = None) -> Election:
    """公示: everybody reads the names of those who are suitable, and no other word."""
    with _unpublished(election, by=by, capability=DECIDE) as locked:
        if not 1 <= days <= MAX_PUBLICITY_DAYS:
            refuse("days", _("Between 1 and %(most)d working days.") % {"most": MAX_PUBLICITY_DAYS})
        if locked.candidates.filter(verdict="").exists():
            raise Conflict(_("Some candidates are not decided on yet."), code="undecided")
        if not locked.candidates.suitable().exists():
            raise Conflict(_("No candidate is suitable: there is nothing to publish."), code="none_suitable")
        locked.published_at = at or timezone.now()
        locked.publicity_ends_at = limits.due(locked.published_at, Limit(days, "working_days"))
        save(locked, fields=["published_at", "publicity_ends_at"])
    election.refresh_from_db()
    return election


@dataclass(frozen=True)
class Personal:
    """What `reveal` shows, in the clear. Lives for one answer and is stored nowhere."""

    name: str
    phone: str


def reveal(candidate: Candidate, *, by: User, reason: str) -> Personal:
    """Show who it is, to somebody who checks or decides; who looked and why is logged."""
    reason = clean_text(reason, max_length=MAX_REASON)
    if not reason:
        refuse("reason", _("Say why: the reason is logged."))
    if not keeps(candidate.election, by=by, capability=REVEAL):
        raise NotAllowed(_("Only those who check or decide may see who it is."), code="not_yours_to_see")
    if candidate.erased_at is not None:
        raise Conflict(_("The personal data has been erased."), code="erased")
    disclosures.record(
        by=by, subject=f"{Candidate._meta.db_table}/{candidate.pk}", about=str(candidate.election),
        region=candidate.election.estate.region, reason=reason,
    )  # fmt: skip
    return Personal(candidate.name.reveal(), candidate.phone.reveal())


def erase(candidate: Candidate, *, by: User) -> Candidate:
    """Take name and phone out, once the list has hung long enough: nobody needs them any more."""
    with telling(lambda: allowed_for(candidate, by=by)), transaction.atomic(), acting_as(by.pk):
        locked = _locked(candidate, by=by, capability=ERASE)
        ends_at = locked.election.publicity_ends_at
        if locked.erased_at is not None:
            raise Conflict(_("The personal data has been erased."), code="erased")
        if ends_at is None or ends_at > timezone.now():
            raise Conflict(_("The list hangs still, or does not hang yet: wait until that is over."), code="too_early")
        known = [locked.name.reveal(), locked.phone.reveal()]
        for found in locked.checks.exclude(text=""):
            found.text = scrub(found.text, known=known)
            found.save(update_fields=["text"])
        locked.reasons = scrub(locked.reasons, known=known)
        locked.name = locked.phone = ""
        locked.name_masked = locked.phone_masked = locked.phone_hash = ""
        locked.erased_at = timezone.now()
        locked.save()
    candidate.refresh_from_db()
    return candidate


def keeps(election: Election, *, by: User, capability: str) -> bool:
    return Election.objects.editable_by(by, capability).filter(pk=election.pk).exists()


def unchecked(checked: Collection[str]) -> list[Criterion]:
    """What is to be checked still before somebody decides."""
    return [each for each in Criterion if each not in checked]


def allowed(election: Election, *, by: User) -> list[str]:
    """The steps that `by` may take with the list as it stands, in the words of the API's actions."""
    if Election.objects.filter(pk=election.pk, published_at__isnull=False).exists():
        return []
    return [verb for verb, needs in (("enter", WRITE), ("publish", DECIDE)) if keeps(election, by=by, capability=needs)]


def allowed_for(candidate: Candidate, *, by: User) -> list[str]:
    """The same about one candidate."""
    row = Candidate.objects.select_related("election").filter(pk=candidate.pk).first()
    if row is None:
        return []
    steps = [] if row.verdict else [("correct", WRITE), ("strike", WRITE), ("check", WRITE), ("decide", DECIDE)]
    if row.erased_at is None:
        steps.append(("reveal", REVEAL))
    return [
        verb
        for verb, needs in steps
        if keeps(row.election, by=by, capability=needs) and not (verb == "decide" and row.entered_by_id == by.pk)
    ]


@contextmanager
def _unpublished(election: Election, *, by: User, capability: str) -> Iterator[Election]:
    with telling(lambda: allowed(election, by=by)), transaction.atomic(), acting_as(by.pk):
        yield _locked_election(election, by=by, capability=capability)


@contextmanager
def _undecided(candidate: Candidate, *, by: User, capability: str) -> Iterator[Candidate]:
    """The candidate, locked, as long as nobody has decided."""
    with telling(lambda: allowed_for(candidate, by=by)), transaction.atomic(), acting_as(by.pk):
        locked = _locked(candidate, by=by, capability=capability)
        if locked.verdict:
            raise Conflict(_("It has been decided about this candidate already."), code="not_possible_now")
        yield locked


def _locked_election(election: Election, *, by: User, capability: str) -> Election:
    rows = Election.objects.select_for_update(of=("self",)).select_related("estate__region")
    locked = rows.for_user(by).filter(pk=election.pk).first()
    if locked is None:
        raise NotFound()
    if not keeps(locked, by=by, capability=capability):
        raise NotAllowed(code="not_yours_to_do")
    if locked.published_at is not None:
        raise Conflict(_("The list has been published: it stays as it is."), code="not_possible_now")
    return locked


def _locked(candidate: Candidate, *, by: User, capability: str) -> Candidate:
    rows = Candidate.objects.select_for_update(of=("self",)).select_related("election__estate__region")
    locked = rows.for_user(by).filter(pk=candidate.pk).first()
    if locked is None:
        raise NotFound()
    if not keeps(locked.election, by=by, capability=capability):
        raise NotAllowed(code="not_yours_to_do")
    return locked
