from volunteers.models.assignments import Assignment
from volunteers.models.calendars import CalendarFeed
from volunteers.models.certificates import Certificate, CertificateLine
from volunteers.models.checkins import LateCode
from volunteers.models.duty import DutyShift, DutyTemplate, KeyHolder
from volunteers.models.hours import HourClaim, HourEntry, HourRule
from volunteers.models.points import PointEntry, PointRule, Redemption, Reward
from volunteers.models.replacements import CallOut, CallOutAsk, Swap
from volunteers.models.rosters import DistrictDraft, Roster, RosterLine
from volunteers.models.teams import TeamMember, VolunteerTeam
from volunteers.models.volunteers import (
    DayAvailability,
    Skill,
    Volunteer,
    VolunteerQuerySet,
    VolunteerSkill,
    WeeklyAvailability,
)

__all__ = [
    "Assignment", "CalendarFeed", "CallOut", "CallOutAsk", "Certificate", "CertificateLine", "DayAvailability",
    "DistrictDraft", "DutyShift", "DutyTemplate", "HourClaim", "HourEntry", "HourRule", "KeyHolder", "LateCode",
    "PointEntry", "PointRule", "Redemption", "Reward", "Roster", "RosterLine", "Skill", "Swap", "TeamMember",
    "Volunteer", "VolunteerQuerySet", "VolunteerSkill", "VolunteerTeam", "WeeklyAvailability",
]  # fmt: skip
