"""The root of the API. Every app brings its viewsets; they are mounted here, sorted by address."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from portal.api import views
from portal.api.code_tables import CodeTablesView, CodeTableView
from portal.core.account_api import AccountViewSet
from portal.core.api import DisclosureViewSet, EstateViewSet, OrganizationViewSet, PostViewSet, RegionViewSet
from portal.core.notifications.api import DeliveryViewSet, NotificationViewSet, WebhookViewSet
from portal.reports.api import urlpatterns as reports
from portal.reports.by_region_api import urlpatterns as reports_by_region
from requests import public_api
from requests.api import CategoryViewSet, ServiceRequestViewSet, UploadView
from requests.deliberation_api import (
    DeliberationViewSet,
    HouseholdViewSet,
    MeetingViewSet,
    PollViewSet,
    TaskViewSet,
)
from requests.hotline_api import HotlineCaseViewSet, HotlineReturnViewSet
from requests.judgement_api import AssistViewSet, DepartmentRatingViewSet, RatingViewSet
from requests.limit_api import LimitViewSet
from requests.listed_api import ListedViewSet
from requests.project_api import ProjectViewSet
from requests.reply_api import AbsenceViewSet, ReplyTemplateViewSet, ReviewRuleViewSet
from requests.resolutions_api import PublicResolutionViewSet
from requests.resource_api import ClaimViewSet, ResourceViewSet
from requests.rider_code_api import RiderCodeViewSet
from requests.routing_api import RoutingRuleViewSet
from requests.street_draft_api import StreetDraftViewSet
from requests.survey_api import (
    AppraisalViewSet,
    CandidateViewSet,
    ElectionViewSet,
    SurveyAnswersView,
    SurveyViewSet,
)
from requests.visit_api import VisitViewSet
from stations.api import AffiliateViewSet, AgreementViewSet, GuarantorViewSet, StationViewSet
from stations.public_api import PublicStationViewSet
from volunteers.api import SkillViewSet, TeamViewSet, VolunteerViewSet
from volunteers.double_api import BrandProjectViewSet, HonourViewSet, MemberReportViewSet, UnitReportViewSet
from volunteers.duty_api import AssignmentViewSet, DutyTemplateViewSet, KeyHolderViewSet, ShiftViewSet
from volunteers.hours_api import HourClaimViewSet, HourEntryViewSet, HourRuleViewSet
from volunteers.points_api import (
    CertificateViewSet,
    PointEntryViewSet,
    PointRuleViewSet,
    RedemptionViewSet,
    RewardViewSet,
)
from volunteers.replacements_api import CallOutAskViewSet, CallOutViewSet, SwapViewSet
from volunteers.roster_api import RosterViewSet
from volunteers.statements_api import StatementDetailView, StatementListView, StatementRowsView

router = SimpleRouter(use_regex_path=False)
router.register("absences", AbsenceViewSet, basename="absence")
router.register("accounts", AccountViewSet, basename="account")
router.register("affiliates", AffiliateViewSet, basename="affiliate")
router.register("agreements", AgreementViewSet, basename="agreement")
router.register("assists", AssistViewSet, basename="assist")
router.register("assignments", AssignmentViewSet, basename="assignment")
router.register("brand-projects", BrandProjectViewSet, basename="brand-project")
router.register("appraisals", AppraisalViewSet, basename="appraisal")
router.register("call-out-asks", CallOutAskViewSet, basename="call-out-ask")
router.register("call-outs", CallOutViewSet, basename="call-out")
router.register("candidates", CandidateViewSet, basename="candidate")
router.register("categories", CategoryViewSet, basename="category")
router.register("certificates", CertificateViewSet, basename="certificate")
router.register("deliberations", DeliberationViewSet, basename="deliberation")
router.register("deliberation-polls", PollViewSet, basename="deliberation-poll")
router.register("deliberation-tasks", TaskViewSet, basename="deliberation-task")
router.register("department-ratings", DepartmentRatingViewSet, basename="department-rating")
router.register("disclosures", DisclosureViewSet, basename="disclosure")
router.register("duty-templates", DutyTemplateViewSet, basename="duty-template")
router.register("elections", ElectionViewSet, basename="election")
router.register("estates", EstateViewSet, basename="estate")
router.register("guarantors", GuarantorViewSet, basename="guarantor")
router.register("honours", HonourViewSet, basename="honour")
router.register("hour-claims", HourClaimViewSet, basename="hour-claim")
router.register("hour-entries", HourEntryViewSet, basename="hour-entry")
router.register("hour-rules", HourRuleViewSet, basename="hour-rule")
router.register("hotline-cases", HotlineCaseViewSet, basename="hotline-case")
router.register("hotline-returns", HotlineReturnViewSet, basename="hotline-return")
router.register("households", HouseholdViewSet, basename="household")
router.register("key-holders", KeyHolderViewSet, basename="key-holder")
router.register("member-reports", MemberReportViewSet, basename="member-report")
router.register("limits", LimitViewSet, basename="limit")
router.register("meetings", MeetingViewSet, basename="meeting")
router.register("notifications", NotificationViewSet, basename="notification")
router.register("organizations", OrganizationViewSet, basename="organization")
router.register("point-entries", PointEntryViewSet, basename="point-entry")
router.register("point-rules", PointRuleViewSet, basename="point-rule")
router.register("posts", PostViewSet, basename="post")
router.register("projects", ProjectViewSet, basename="project")
router.register("ratings", RatingViewSet, basename="rating")
router.register("regions", RegionViewSet, basename="region")
router.register("redemptions", RedemptionViewSet, basename="redemption")
router.register("reply-templates", ReplyTemplateViewSet, basename="reply-template")
router.register("review-rules", ReviewRuleViewSet, basename="review-rule")
router.register("resource-claims", ClaimViewSet, basename="resource-claim")
router.register("resources", ResourceViewSet, basename="resource")
router.register("rewards", RewardViewSet, basename="reward")
router.register("rider-codes", RiderCodeViewSet, basename="rider-code")
router.register("rosters", RosterViewSet, basename="roster")
router.register("service-requests", ServiceRequestViewSet, basename="service-request")
router.register("shifts", ShiftViewSet, basename="shift")
router.register("routing-rules", RoutingRuleViewSet, basename="routing-rule")
router.register("stations", StationViewSet, basename="station")
router.register("skills", SkillViewSet, basename="skill")
router.register("street-drafts", StreetDraftViewSet, basename="street-draft")
router.register("surveys", SurveyViewSet, basename="survey")
router.register("swaps", SwapViewSet, basename="swap")
router.register("teams", TeamViewSet, basename="team")
router.register("unit-reports", UnitReportViewSet, basename="unit-report")
router.register("visits", VisitViewSet, basename="visit")
router.register("volunteers", VolunteerViewSet, basename="volunteer")
router.register("webhook-deliveries", DeliveryViewSet, basename="webhook-delivery")
router.register("webhooks", WebhookViewSet, basename="webhook")

public_router = SimpleRouter(use_regex_path=False)
public_router.register("cases", ListedViewSet, basename="public-case")
public_router.register("resolutions", PublicResolutionViewSet, basename="public-resolution")
public_router.register("stations", PublicStationViewSet, basename="public-station")

public = [
    path("consent/", public_api.ConsentView.as_view(), name="public-consent"),
    path("requests/", public_api.AskView.as_view(), name="public-ask"),
    path("requests/lost-code/", public_api.LostCodeView.as_view(), name="public-lost-code"),
    path("requests/lost-code/check/", public_api.LostCodeCheckView.as_view(), name="public-lost-code-check"),
    path("requests/<str:code>/", public_api.FollowView.as_view(), name="public-follow"),
    path("requests/<str:code>/files/<int:file_id>/", public_api.PhotoView.as_view(), name="public-photo"),
    *(
        path(f"requests/<str:code>/{verb}/", view.as_view(), name=f"public-{verb}")
        for verb, view in public_api.ACTS.items()
    ),
    *public_router.urls,
]

v1 = [
    path("", views.RootView.as_view(), name="root"),
    path("code-tables/", CodeTablesView.as_view(), name="code-tables"),
    path("code-tables/<slug:name>/", CodeTableView.as_view(), name="code-table"),
    path("files/", UploadView.as_view(), name="files"),
    path("me/", views.MeView.as_view(), name="me"),
    path("public/", include(public)),
    path("statements/", StatementListView.as_view(), name="statement-list"),
    path("statements/<int:pk>/", StatementDetailView.as_view(), name="statement-detail"),
    path("statements/<int:pk>/rows/", StatementRowsView.as_view(), name="statement-rows"),
    path("surveys/<int:pk>/answers/", SurveyAnswersView.as_view(), name="survey-answers"),
    *reports,
    *reports_by_region,
    *router.urls,
]

urlpatterns = [
    path("v1/", include((v1, "api"))),
    path("schema/", views.SchemaView.as_view(), name="api-schema"),
    path("docs/", views.DocsView.as_view(), name="api-docs"),
    path("docs/open311/", views.Open311View.as_view(), name="api-open311"),
]
