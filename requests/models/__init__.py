"""Service requests and what happens to them, one file a subject."""

from requests.models.absences import Absence
from requests.models.appraisals import Appraisal
from requests.models.assists import Assist
from requests.models.attributes import ServiceAttribute
from requests.models.categories import Category
from requests.models.danger import DangerWord
from requests.models.deliberations import (
    Deliberation,
    DeliberationEvent,
    DeliberationFile,
    FollowUpTask,
    Objection,
    Participant,
)
from requests.models.department_ratings import DepartmentRating
from requests.models.dispatches import Dispatch
from requests.models.elections import Candidate, CandidateCheck, Election
from requests.models.events import Approval, RequestAttachment, RequestEvent
from requests.models.hotline import HotlineCase, HotlineReturn
from requests.models.households import Household
from requests.models.limits import LimitRule
from requests.models.meetings import AgendaItem, Meeting, Tabling
from requests.models.polls import Poll, PollOption, Vote
from requests.models.probes import HazardKind, HazardReport, RiderCode
from requests.models.project_parts import (
    BudgetLine,
    Contribution,
    GateCheck,
    Milestone,
    ProjectMember,
    ProjectPhoto,
    ProjectTarget,
)
from requests.models.projects import ProjectEvent, ProjectNeed, ServiceProject
from requests.models.ratings import Rating
from requests.models.replies import ReplyTemplate, ReviewRule
from requests.models.requesters import Requester
from requests.models.resources import Claim, Resource
from requests.models.routing import RoutingRule
from requests.models.service_requests import ServiceRequest
from requests.models.street_drafts import StreetDraft, StreetDraftLine
from requests.models.surveys import Survey, SurveyVisit
from requests.models.visits import Visit, VisitNeed

__all__ = [
    "Absence",
    "AgendaItem",
    "Appraisal",
    "Approval",
    "Assist",
    "BudgetLine",
    "Candidate",
    "CandidateCheck",
    "Category",
    "Claim",
    "Contribution",
    "DangerWord",
    "DepartmentRating",
    "Dispatch",
    "GateCheck",
    "HazardKind",
    "HazardReport",
    "HotlineCase",
    "HotlineReturn",
    "LimitRule",
    "Milestone",
    "ProjectEvent",
    "ProjectMember",
    "ProjectNeed",
    "ProjectPhoto",
    "ProjectTarget",
    "Deliberation",
    "DeliberationEvent",
    "DeliberationFile",
    "Dispatch",
    "Election",
    "FollowUpTask",
    "Household",
    "LimitRule",
    "Meeting",
    "Objection",
    "Participant",
    "Poll",
    "PollOption",
    "Rating",
    "ReplyTemplate",
    "RequestAttachment",
    "RequestEvent",
    "Requester",
    "Resource",
    "RiderCode",
    "ReviewRule",
    "RoutingRule",
    "ServiceAttribute",
    "ServiceProject",
    "ServiceRequest",
    "StreetDraft",
    "StreetDraftLine",
    "Survey",
    "SurveyVisit",
    "Tabling",
    "Visit",
    "VisitNeed",
    "Vote",
]
