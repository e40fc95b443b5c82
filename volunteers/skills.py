"""What somebody can do: said by the volunteer, with evidence where the skill needs it, verified by staff."""

from datetime import date
from typing import BinaryIO

from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core import files
from portal.core.clock import ZONE
from portal.core.errors import Conflict
from portal.core.models import User
from volunteers.guards import OWN, held, refuse, save
from volunteers.models import Skill, Volunteer, VolunteerSkill


def add_skill(
    volunteer: Volunteer, *, skill: Skill, by: User, evidence: BinaryIO | None = None, valid_until: date | None = None
) -> VolunteerSkill:
    """List a skill, or renew one that is listed. New evidence has to be looked at anew."""
    if valid_until is not None and valid_until < timezone.localdate(timezone=ZONE):
        refuse("valid_until", _("This evidence has expired already."))
    with held(volunteer, by=by, capability=OWN) as locked:
        held_already = VolunteerSkill.objects.select_for_update().filter(volunteer=locked, skill=skill).first()
        listed = held_already or VolunteerSkill(volunteer=locked, skill=skill)
        if held_already is None and not skill.is_active:
            refuse("skill", _("This skill is no longer in use."))
        before = listed.evidence
        if evidence is not None:
            listed.evidence = files.store_document(evidence, by=by)
        listed.valid_until, listed.verified_by, listed.verified_at = valid_until, None, None
        save(listed)
        if evidence is not None and before is not None:
            files.delete(before)
    return listed


def verify_skill(listed: VolunteerSkill, *, by: User) -> VolunteerSkill:
    """Staff have seen the evidence. Nobody verifies a skill of their own."""
    with held(listed.volunteer, by=by) as locked:
        fresh = VolunteerSkill.objects.select_for_update(of=("self",)).select_related("skill").get(pk=listed.pk)
        if locked.person_id == by.person_id:
            raise Conflict(_("Somebody else has to look at evidence of your own."), code="own_skill")
        if fresh.skill.needs_evidence and fresh.evidence_id is None:
            raise Conflict(_("This skill needs evidence. Add a file first."), code="evidence_missing")
        if fresh.verified_at is None:
            fresh.verified_by, fresh.verified_at = by, timezone.now()
            fresh.save(update_fields=["verified_by", "verified_at"])
    listed.refresh_from_db()
    return listed


def remove_skill(listed: VolunteerSkill, *, by: User) -> None:
    with held(listed.volunteer, by=by, capability=OWN):
        evidence = listed.evidence
        listed.delete()
        if evidence is not None:
            files.delete(evidence)
