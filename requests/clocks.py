"""The clocks of a case, explained: what runs, since when and how long, by which rule, what stood still, what was added.

For the page of the case and for the API; the steps themselves go by `requests.limits`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from portal.core import humanize
from requests import limits
from requests.limits import Decided
from requests.models import RequestEvent, ServiceRequest
from requests.reckoning import Account, accounts_of
from requests.types import OPEN_STATES, PAUSED_STATES, DispatchOutcome, LimitStep, State, TimeLimit


@dataclass(frozen=True)
class Clock:
    """One limit of the case. `explanation` says by which rule it runs, `account` how the due time came about."""

    label: Promise
    due_at: datetime | None
    done_at: datetime | None = None
    paused: bool = False
    explanation: str = ""
    step: str = ""
    account: Account | None = None
    lines: list[str] = field(default_factory=list)


def clocks_of(case: ServiceRequest, events: Sequence[RequestEvent]) -> list[Clock]:
    """The limits of a case in the order in which it meets them, those that were kept or missed, too, to its end.
    `events`: its timeline from the start."""
    is_open, stands_still = case.state in OPEN_STATES, case.state in PAUSED_STATES
    accounts = accounts_of(case, events)
    found = _placing(case, accounts, stands_still=stands_still)
    if taking := _taking(case, accounts):
        found.append(taking)
    if case.contact_due_at:
        words, done_at = _("from the first time it was taken"), case.contacted_at
        paused = stands_still and done_at is None
        plain = Clock(gettext_lazy("Contact the resident"), case.contact_due_at, done_at, paused, words)
        found.append(_explained(plain, LimitStep.CONTACT, case, accounts.get(LimitStep.CONTACT)))
    if case.state == State.RESOLVED and case.call_back_due_at:
        words = _("the resident said that it is not solved")
        found.append(Clock(gettext_lazy("Call back"), case.call_back_due_at, explanation=words))
    found += _resolving(case, accounts, is_open=is_open, stands_still=stands_still)
    if case.state == State.DELIBERATING:
        words = _("on the agenda since %(when)s; all other clocks stand still until it is concluded")
        words %= {"when": humanize.relative_time(case.waiting_since)}
        found.append(Clock(gettext_lazy("Deliberate"), case.waiting_due_at, explanation=words))
    if case.state == State.WAITING:
        words = _("asked %(when)s; all other clocks stand still since")
        words %= {"when": humanize.relative_time(case.waiting_since)}
        found.append(Clock(gettext_lazy("The resident may answer"), case.waiting_due_at, explanation=words))
    if case.state == State.RESOLVED:
        ends = limits.due(case.resolved_at, limits.RATING_WINDOW)
        words = _("without a rating the case is closed by itself")
        found.append(Clock(gettext_lazy("The resident may rate"), ends, explanation=words))
    return found


PLACING = (
    (LimitStep.ACKNOWLEDGE, pgettext_lazy("limit", "Accept the request")),
    (LimitStep.DISPATCH, gettext_lazy("Dispatch")),
)


def _placing(case: ServiceRequest, accounts: dict[str, Account], *, stands_still: bool) -> list[Clock]:
    """To accept it, and to dispatch it: of what runs the case itself knows by when, of what is over its timeline."""
    found = []
    for step, label in PLACING:
        account = accounts.get(step)
        if account is None:
            continue
        if account.done_at is not None:
            plain = Clock(label, account.due_at, account.done_at)
        elif case.is_open and case.dispatch_due_at:
            words = _("came in %(when)s") % {"when": humanize.relative_time(case.submitted_at)}
            plain = Clock(label, case.dispatch_due_at, paused=stands_still, explanation=words)
        else:
            continue
        found.append(_explained(plain, step, case, account))
    return found


def _taking(case: ServiceRequest, accounts: dict[str, Account]) -> Clock | None:
    """The last offer: that it was sent back, or ran out, is how its clock ended."""
    account = accounts.get(LimitStep.ACCEPT)
    offer = case.dispatches.order_by("-id").first() if account else None
    if account is None or offer is None:
        return None
    if offer.outcome == DispatchOutcome.OFFERED:
        words = _("offered %(when)s; goes back to be dispatched when it is over")
        words %= {"when": humanize.relative_time(offer.offered_at)}
        done_at = None
    elif offer.taken_at is None and account.done_at is None:
        # Withdrawn or merged while it was on offer.
        return None
    else:
        words = "" if offer.taken_at else offer.get_outcome_display()
        done_at = offer.taken_at or account.done_at
    plain = Clock(gettext_lazy("Take"), offer.accept_due_at, done_at=done_at, explanation=words)
    clock = _explained(plain, LimitStep.ACCEPT, case, account)
    by_rule = limits.due(account.started_at, account.decided.limit)
    if not account.pauses and by_rule != offer.accept_due_at:
        # Whoever dispatched set another time than the rule's.
        clock.lines[0] = _("Set when it was dispatched: to be taken by %(at)s") % {
            "at": humanize.deadline(offer.accept_due_at)
        }
    return clock


def _resolving(case: ServiceRequest, accounts: dict[str, Account], *, is_open: bool, stands_still: bool) -> list[Clock]:
    """Every round of the work; on-time figures judge the first one."""
    last = accounts.get(LimitStep.RESOLVE)
    found = []
    for number, account in enumerate(last.all_rounds if last else ()):
        label = pgettext_lazy("limit", "Resolve again") if number else gettext_lazy("Resolve")
        length = {"rule": limits.in_words(account.decided.limit)}
        if account.done_at is not None and number == 0:
            words = _("%(rule)s; judged by the first time it was resolved") % length
            plain = Clock(label, case.finish_due_at, done_at=case.finished_at, explanation=words)
        elif account.done_at is not None:
            plain = Clock(label, account.due_at, done_at=account.done_at)
        elif is_open and case.due_at:
            since = _("%(rule)s, from when it was to be redone") if number else _("%(rule)s, from when it was accepted")
            paused = stands_still and case.waiting_since <= case.due_at
            plain = Clock(label, case.due_at, paused=paused, explanation=since % length)
        else:
            continue
        found.append(_explained(plain, LimitStep.RESOLVE, case, account))
    return found


def _explained(plain: Clock, step: str, case: ServiceRequest, account: Account | None) -> Clock:
    if account is None:
        return plain
    return replace(plain, step=step, account=account, lines=_lines(account, case, plain))


def _lines(account: Account, case: ServiceRequest, clock: Clock) -> list[str]:
    """What one has to know to reckon the due time oneself."""
    lines = [
        rule_in_words(account.decided, case.time_limit),
        _("Started %(at)s") % {"at": humanize.absolute_time(account.started_at)},
    ]
    if account.wanted_by is not None:
        lines.append(_("The hotline wants the result by %(at)s") % {"at": humanize.deadline(account.wanted_by)})
    if account.is_short:
        lines.append(_("Urgent: to be dispatched by when it had to be accepted"))
    for pause in account.pauses:
        values = {"since": humanize.absolute_time(pause.since)}
        if pause.until is None:
            lines.append(_("Stands still since %(since)s") % values)
            continue
        values["until"] = humanize.absolute_time(pause.until)
        if pause.state == State.IN_PROJECT:
            lines.append(_("Stood still from %(since)s to %(until)s: the case was in a project") % values)
        elif pause.was_asked:
            lines.append(_("Stood still from %(since)s to %(until)s: the resident was asked") % values)
        elif pause.state == State.DELIBERATING:
            lines.append(_("Stood still from %(since)s to %(until)s: neighbours talked it over") % values)
        else:
            lines.append(_("Stood still from %(since)s to %(until)s: the case was withdrawn or joined") % values)
    for extension in account.extensions:
        values = {
            "before": humanize.deadline(extension.due_before), "until": humanize.deadline(extension.until)
        }  # fmt: skip
        lines.append(_("Extended from %(before)s to %(until)s") % values)
    if clock.done_at is not None:
        ended = _("Done at %(at)s, on time; counted: %(length)s")
        if clock.due_at is not None and clock.done_at > clock.due_at:
            ended = _("Done at %(at)s, too late; counted: %(length)s")
        counted = humanize.elapsed(account.counted(clock.done_at))
        lines.append(ended % {"at": humanize.absolute_time(clock.done_at), "length": counted})
    elif case.is_open:
        counted = humanize.elapsed(account.counted(timezone.now()))
        lines.append(_("Counted so far: %(length)s") % {"length": counted})
    return lines


def rule_in_words(decided: Decided, time_limit: str) -> str:
    """By which rule a limit holds, for a case of the class `time_limit`."""
    values = {"length": limits.in_words(decided.limit), "name": TimeLimit(time_limit).label}
    if decided.rule is None:
        return _("%(length)s: the portal's own limit (%(name)s)") % values
    if decided.rule.district_id is None:
        return _("%(length)s: a limit set for every district") % values
    return _("%(length)s: a limit that the district has set") % values
