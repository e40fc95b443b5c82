from volunteers.models.assignments import Assignment
from volunteers.models.brands import BrandProject, BrandStep, Honour
from volunteers.models.calendars import CalendarFeed, WallLink
from volunteers.models.certificates import Certificate, CertificateLine
from volunteers.models.checkins import LateCode
from volunteers.models.duty import DutyShift, DutyTemplate, DutyTurn, KeyHolder
from volunteers.models.hours import HourClaim, HourEntry, HourRule
from volunteers.models.points import PointEntry, PointRule, Redemption, Reward
from volunteers.models.replacements import CallOut, CallOutAsk, Swap
from volunteers.models.reports import MemberReport, UnitPledge, UnitReport
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
    "Assignment", "BrandProject", "BrandStep", "CalendarFeed", "CallOut", "CallOutAsk", "Certificate",
    "CertificateLine", "DayAvailability", "DistrictDraft", "DutyShift", "DutyTemplate", "DutyTurn", "Honour",
    "HourClaim", "HourEntry", "HourRule", "KeyHolder", "LateCode", "MemberReport", "PointEntry", "PointRule",
    "Redemption", "Reward", "Roster", "RosterLine", "Skill", "Swap", "TeamMember", "UnitPledge", "UnitReport",
    "Volunteer", "VolunteerQuerySet", "VolunteerSkill", "VolunteerTeam", "WallLink", "WeeklyAvailability",
]  # fmt: skip
