"""The FilterSets of volunteers and teams: for pages, the API and exports."""

from datetime import date

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.core import crypto
from portal.core.chinese import search
from portal.core.clock import ZONE
from portal.core.errors import DomainError
from portal.core.filtering import (
    BooleanFilter,
    ChoicesFilter,
    CodeFilter,
    DatesFilter,
    FilterSet,
    IdFilter,
    SubtreeFilter,
)
from portal.core.masking import normalize_phone
from stations.models.hours import Weekday
from volunteers.models import (
    DutyTemplate,
    Skill,
    TeamMember,
    Volunteer,
    VolunteerSkill,
    VolunteerTeam,
    WeeklyAvailability,
)
from volunteers.models.volunteers import AGE_OF_MAJORITY
from volunteers.names import NAMES, sees_all_names
from volunteers.types import DutyKind, MemberStatus, TeamKind, VolunteerKind, VolunteerSource, VolunteerStatus

WORDS = ("profession", "interests", "languages", "number")


class VolunteerFilter(FilterSet):
    """Names and phones find those alone whom the reader works with: to be found would tell others what is masked."""

    q = django_filters.CharFilter(label=_("Name, number, phone or interest"), method="by_words", max_length=60)
    region = SubtreeFilter(label=_("home community"), field_name="home_region")
    status = ChoicesFilter(label=_("status"), choices=VolunteerStatus.choices)
    kind = ChoicesFilter(label=_("kind"), choices=VolunteerKind.choices)
    skill = CodeFilter(label=_("skill"), queryset=Skill.objects.all(), to_field_name="code", method="by_skill")
    team = IdFilter(label=_("team (id)"), method="by_team")
    available = ChoicesFilter(label=_("has time on"), choices=Weekday.choices, method="by_weekday")
    minor = BooleanFilter(label=_("under 18"), method="by_minor")
    source = ChoicesFilter(label=_("came by"), choices=VolunteerSource.choices)
    recruited_by = IdFilter(label=_("recruited by (id)"), field_name="recruited_by_id")
    joined = DatesFilter(label=_("volunteer since"), field_name="joined_on")

    class Meta:
        model = Volunteer
        fields: list[str] = []

    def by_words(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        value, scope = value.strip(), self.request.user.scope
        found = Q(pk__in=search(Volunteer.objects.all(), value, "search", WORDS).values("pk"))
        if scope.can(NAMES):
            person = Q(person__name__icontains=value)
            if phone_hash := _hash_of(value):
                person |= Q(person__phone_hash=phone_hash)
            mine = Q() if sees_all_names(scope) else Q(pk__in=Volunteer.objects.open_to(scope).values("pk"))
            found |= person & mine
        return rows.filter(found)

    def by_skill(self, rows: QuerySet, name: str, value: Skill | None) -> QuerySet:
        if value is None:
            return rows
        today = timezone.localdate(timezone=ZONE)
        holders = VolunteerSkill.objects.valid_on(today).filter(skill=value)
        return rows.filter(pk__in=holders.values("volunteer"))

    def by_team(self, rows: QuerySet, name: str, value: int) -> QuerySet:
        teams = VolunteerTeam.objects.for_user(self.request.user).filter(pk=value)
        members = TeamMember.objects.filter(team__in=teams, status=MemberStatus.ACTIVE)
        return rows.filter(pk__in=members.values("volunteer"))

    def by_weekday(self, rows: QuerySet, name: str, value: list[str]) -> QuerySet:
        if not value:
            return rows
        times = WeeklyAvailability.objects.filter(weekday__in=value)
        return rows.filter(pk__in=times.values("volunteer"))

    def by_minor(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        today = timezone.localdate(timezone=ZONE)
        try:
            youngest = today.replace(year=today.year - AGE_OF_MAJORITY)
        except ValueError:  # 29 February
            youngest = date(today.year - AGE_OF_MAJORITY, 2, 28)
        minors = Q(born_on__gt=youngest)
        return rows.filter(minors) if value else rows.exclude(minors)


def _hash_of(text: str) -> str:
    try:
        return crypto.keyed_hash(normalize_phone(text), purpose="phone")
    except DomainError:
        return ""


class TeamFilter(FilterSet):
    q = django_filters.CharFilter(label=_("Name or slogan"), method="by_words", max_length=60)
    region = SubtreeFilter(label=_("region"), field_name="region")
    kind = ChoicesFilter(label=_("kind"), choices=TeamKind.choices)
    takes_requests = BooleanFilter(label=_("takes requests"))
    is_active = BooleanFilter(label=_("active"))
    organization = IdFilter(label=_("belongs to (id)"), field_name="organization_id")
    volunteer = IdFilter(label=_("volunteer (id)"), method="by_volunteer")

    class Meta:
        model = VolunteerTeam
        fields: list[str] = []

    def by_words(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return search(rows, value, "search", ("name", "slogan"))

    def by_volunteer(self, rows: QuerySet, name: str, value: int) -> QuerySet:
        mine = Volunteer.objects.for_user(self.request.user).filter(pk=value)
        members = TeamMember.objects
        return rows.filter(pk__in=members.filter(volunteer__in=mine, status=MemberStatus.ACTIVE).values("team"))


class TemplateFilter(FilterSet):
    q = django_filters.CharFilter(field_name="title", lookup_expr="icontains", label=_("Words"), max_length=60)
    station = IdFilter(label=_("station (id)"), field_name="station_id")
    region = SubtreeFilter(label=_("region"), field_name="station__region")
    kind = ChoicesFilter(label=_("kind"), choices=DutyKind.choices)
    active = BooleanFilter(label=_("active"), field_name="is_active")

    class Meta:
        model = DutyTemplate
        fields: list[str] = []
