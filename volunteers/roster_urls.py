"""Addresses of rosters and hours, under /desk/duty/."""

from django.urls import path

from volunteers.views import area_drafts, hour_rules, hours, rosters

urlpatterns = [
    path("claims/", hours.ClaimList.as_view(), name="claim_list"),
    path("claims/<int:pk>/", hours.ClaimDetail.as_view(), name="claim_detail"),
    path("hour-rules/", hour_rules.HourRulesPage.as_view(), name="hour_rules"),
    path("rosters/", rosters.RosterList.as_view(), name="roster_list"),
    path("rosters/new/", rosters.RosterCreate.as_view(), name="roster_create"),
    path("rosters/area/", area_drafts.AreaDraftsPage.as_view(), name="area_draft_list"),
    path("rosters/area/<int:pk>/", area_drafts.AreaDraftPage.as_view(), name="area_draft_detail"),
    path("rosters/<int:pk>/", rosters.RosterDetail.as_view(), name="roster_detail"),
    path("rosters/<int:pk>/lines/<int:line>/move/", rosters.LineMove.as_view(), name="line_move"),
    path("rosters/<int:pk>/<slug:verb>/", rosters.RosterStep.as_view(), name="roster_step"),
]
