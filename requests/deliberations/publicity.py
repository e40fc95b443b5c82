"""公示: a resolution hangs for some working days; what neighbours object to is answered before it comes in force."""

from collections.abc import Callable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core import crypto
from portal.core.clock import Limit
from portal.core.errors import Conflict, NotAllowed, NotFound
from portal.core.fields import SealedText
from portal.core.history import acting_as
from portal.core.masking import mask_name, mask_phone, normalize_phone, scrub
from portal.core.models import User
from portal.core.notifications.outbox import forget
from portal.core.text import clean_text
from requests import limits
from requests.deliberation_types import DeliberationState, DeliberationVerb
from requests.deliberations.step import step, written
from requests.models import Deliberation, Objection
from requests.models.deliberations import MAX_PUBLICITY_DAYS, PUBLICITY_DAYS
from volunteers.guards import refuse

S, V = DeliberationState, DeliberationVerb
MAX_NAME = 30
ERASE = "requests:erase"

Hook = Callable[[Objection], None]
_on_objection: list[Hook] = []


def on_objection(hook: Hook) -> Hook:
    """Have `hook(objection)` run in the transaction in which it is made: it tells whoever has to answer it."""
    _on_objection.append(hook)
    return hook


def publish(
    deliberation: Deliberation, *, by: User, days: int = PUBLICITY_DAYS, at: datetime | None = None
) -> Deliberation:
    """公示 for so many working days, on the residents' pages. What is confidential is not published."""
    with step(deliberation, V.PUBLISH, by=by, at=at) as now:
        if not 1 <= days <= MAX_PUBLICITY_DAYS:
            refuse("days", _("Between 1 and %(most)d working days.") % {"most": MAX_PUBLICITY_DAYS})
        ends_at = limits.due(now.at, Limit(days, "working_days"))
        now.set(state=S.PUBLIC, published_at=now.at, publicity_ends_at=ends_at)
    return deliberation


def object_to(
    deliberation: Deliberation, *, name: str, phone: str, text: str, at: datetime | None = None
) -> Objection:  # fmt: skip
    """异议 of a neighbour, by name and phone, while the resolution hangs. One open objection a phone."""
    at, number = at or timezone.now(), normalize_phone(phone)
    text, name = written(text, name="text"), clean_text(name, max_length=MAX_NAME)
    if not name:
        refuse("name", _("Please give your name: an objection is answered to somebody."))
    with transaction.atomic():
        locked = Deliberation.objects.select_for_update(of=("self",)).published().filter(pk=deliberation.pk).first()
        if locked is None:
            raise NotFound()
        if locked.publicity_ends_at < at:
            raise Conflict(_("The time for objections is over."), code="too_late")
        try:
            with transaction.atomic():
                made = Objection.objects.create(
                    deliberation=locked, name=SealedText.of(name), name_masked=mask_name(name), text=text, made_at=at,
                    phone=SealedText.of(number), phone_masked=mask_phone(number),
                    phone_hash=crypto.keyed_hash(number, purpose="phone"),
                )  # fmt: skip
        except IntegrityError as error:
            message = _("An objection from this phone waits to be answered already.")
            raise Conflict(message, code="already_objected") from error
        for hook in _on_objection:
            hook(made)
    return made


def answer(objection: Objection, *, by: User, text: str, at: datetime | None = None) -> Objection:
    """答复异议, once; whoever objected is told that they find it on the page."""
    with step(objection.deliberation, V.ANSWER, by=by, at=at) as now:
        found = Objection.objects.select_for_update(of=("self",)).filter(deliberation=now.deliberation, pk=objection.pk)
        locked = found.first()
        if locked is None:
            raise NotFound()
        if locked.answered_at is not None:
            raise Conflict(_("This objection has been answered already."), code="not_possible_now")
        locked.answer, locked.answered_at, locked.answered_by = written(text, name="text"), now.at, by
        locked.save(update_fields=["answer", "answered_at", "answered_by"])
        now.objection = locked
    objection.refresh_from_db()
    return objection


def may_erase(deliberation: Deliberation, *, by: User) -> bool:
    return Deliberation.objects.editable_by(by, ERASE).filter(pk=deliberation.pk).exists()


def erase(objection: Objection, *, by: User) -> Objection:
    """Take out who objected, once the answer was sent or the publicity is over. What was objected and answered stays,
    without what would tell who it was."""
    with transaction.atomic(), acting_as(by.pk):
        deliberation = Deliberation.objects.select_for_update(of=("self",)).get(pk=objection.deliberation_id)
        found = Objection.objects.select_for_update(of=("self",)).for_user(by).filter(pk=objection.pk)
        locked = found.first()
        if locked is None:
            raise NotFound()
        if not may_erase(deliberation, by=by):
            raise NotAllowed()
        if locked.erased_at is not None:
            raise Conflict(_("The personal data has been erased."), code="erased")
        if locked.answered_at is None and deliberation.state == S.PUBLIC:
            raise Conflict(_("The objection waits to be answered still. Answer it first."), code="unanswered")
        known, phone_hash = [locked.name.reveal(), locked.phone.reveal()], locked.phone_hash
        locked.text, locked.answer = scrub(locked.text, known=known), scrub(locked.answer, known=known)
        locked.name = locked.phone = locked.name_masked = locked.phone_masked = locked.phone_hash = ""
        locked.erased_at = timezone.now()
        locked.save()
        forget(phone_hash=phone_hash)
    objection.refresh_from_db()
    return objection


def enact(deliberation: Deliberation, *, by: User, at: datetime | None = None) -> Deliberation:
    """生效, once the publicity is over and every objection is answered; what is confidential at once."""
    with step(deliberation, V.ENACT, by=by, at=at) as now:
        if not now.deliberation.is_confidential:
            if now.deliberation.publicity_ends_at > now.at:
                raise Conflict(_("It hangs for objections still. Wait until that time is over."), code="too_early")
            if now.deliberation.objections.filter(answered_at=None).exists():
                raise Conflict(_("Objections wait for an answer. Answer them first."), code="unanswered")
        now.set(state=S.IN_FORCE, in_force_at=now.at)
    return deliberation
