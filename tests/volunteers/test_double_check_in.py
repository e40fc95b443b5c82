"""双报到: who reports and confirms, what counts for a member's branch, what a unit pledged."""

from datetime import date, timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.core.clock import ZONE
from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.merging import refuse_conflicts
from portal.core.models import Level, Organization, Role
from portal.core.region_merging import merge_regions
from stations.models import PartnershipAgreement, Pledge
from tests.conftest import make_region, make_user
from volunteers import brands, honours, member_reports, merging, register, statements, unit_reports
from volunteers.models import BrandStep, HourEntry, MemberReport, UnitReport, VolunteerTeam
from volunteers.quarters import Quarter
from volunteers.types import BrandStage, HourAccount, ReportStatus

Q3 = Quarter(2026, 3)
