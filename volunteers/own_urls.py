"""Addresses of a volunteer's own pages, under /volunteer/me/."""

from django.urls import path

from volunteers.views import own

app_name = "own"
urlpatterns = [
    path("", own.MePage.as_view(), name="me"),
    path("times/", own.TimesPage.as_view(), name="times"),
    path("about/", own.AboutPage.as_view(), name="about"),
    path("teams/", own.TeamsPage.as_view(), name="teams"),
    path("teams/<int:pk>/join/", own.JoinStep.as_view(), name="join"),
    path("teams/<int:pk>/leave/", own.LeaveTeamStep.as_view(), name="leave_team"),
    path("members/<int:pk>/<slug:verb>/", own.MemberStep.as_view(), name="member_step"),
    path("<slug:verb>/", own.StepPage.as_view(), name="step"),
]
