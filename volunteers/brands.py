"""Brand projects of teams: written down by the staff who look after the team, brought on by them or its leaders."""

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.clock import ZONE
from portal.core.errors import Conflict
from portal.core.models import Organization, User
from portal.core.text import clean_text
from volunteers.guards import held_team, refuse, save
from volunteers.models import BrandProject, BrandStep, VolunteerTeam
from volunteers.types import NEXT_STAGES, BrandStage

MAX_NOTE = 200


def start(
    team: VolunteerTeam,
    *,
    name: str,
    on: date,
    by: User,
    summary: str = "",
    hub: Organization | None = None,
) -> BrandProject:
    """A team has an idea."""
    _refuse_ahead(on)
    with held_team(team, by=by, leaders=False) as locked:
        project = BrandProject(team=locked, name=name, summary=summary, hub=hub, stage_since=on)
        save(project)
        BrandStep.objects.create(project=project, stage=project.stage, on=on, made_by=by)
    return project


def edit(
    project: BrandProject, *, by: User, name: str, summary: str = "", hub: Organization | None = None
) -> BrandProject:
    """Correct what is written of a project. Its stage changes by `move` alone."""
    with held_team(project.team, by=by, leaders=False):
        locked = BrandProject.objects.select_for_update().get(pk=project.pk)
        locked.name, locked.summary, locked.hub = name, summary, hub
        save(locked)
    project.refresh_from_db()
    return project


def move(project: BrandProject, *, stage: str, on: date, by: User, note: str = "") -> BrandProject:
    """Bring a project to its next stage on a day that is not before the last one's. An end says why."""
    _refuse_ahead(on)
    note = clean_text(note, max_length=MAX_NOTE)
    with held_team(project.team, by=by):
        locked = BrandProject.objects.select_for_update().get(pk=project.pk)
        if stage not in NEXT_STAGES[locked.stage]:
            message = _("A project that is “%(now)s” cannot become “%(then)s”.")
            then = dict(BrandStage.choices).get(stage, stage)
            raise Conflict(message % {"now": locked.get_stage_display(), "then": then}, code="not_possible_now")
        if on < locked.stage_since:
            refuse("on", _("The stage before began later than this day."))
        if stage == BrandStage.ENDED and not note:
            refuse("note", _("Please say why."))
        locked.stage, locked.stage_since = stage, on
        locked.save(update_fields=["stage", "stage_since"])
        BrandStep.objects.create(project=locked, stage=stage, on=on, note=note, made_by=by)
    project.refresh_from_db()
    return project


def _refuse_ahead(on: date) -> None:
    if on > timezone.localdate(timezone=ZONE):
        refuse("on", _("This day has not come yet."))
