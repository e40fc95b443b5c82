"""Addresses of the register of volunteers and teams, under /desk/."""

from django.urls import path

from volunteers.views import actions, calendars, checkin, exports, teams, volunteers

app_name = "volunteers"
urlpatterns = [
    path("volunteers/", volunteers.VolunteerList.as_view(), name="volunteer_list"),
    path("volunteers/new/", volunteers.VolunteerCreate.as_view(), name="volunteer_create"),
    path("volunteers/lookup/", volunteers.VolunteerLookup.as_view(), name="volunteer_lookup"),
    path("duplicates/", actions.DuplicatesPage.as_view(), name="duplicates"),
    path("volunteers/export/", exports.ExportPage.as_view(), name="export"),
    path("volunteers/<int:pk>/", volunteers.VolunteerDetail.as_view(), name="volunteer_detail"),
    path("volunteers/<int:pk>/edit/", volunteers.VolunteerEdit.as_view(), name="volunteer_edit"),
    path("volunteers/<int:pk>/contact/", actions.RevealPage.as_view(), name="reveal"),
    path("volunteers/<int:pk>/times/", actions.AvailabilityPage.as_view(), name="availability"),
    path("volunteers/<int:pk>/times/<int:day>/clear/", actions.DayClear.as_view(), name="day_clear"),
    path("volunteers/<int:pk>/skills/new/", actions.SkillAdd.as_view(), name="skill_add"),
    path("volunteers/<int:pk>/skills/<int:skill>/file/", volunteers.EvidenceFile.as_view(), name="evidence"),
    path("volunteers/<int:pk>/skills/<int:skill>/<slug:verb>/", actions.SkillStep.as_view(), name="skill_step"),
    path("volunteers/<int:pk>/<slug:verb>/", actions.ActionPage.as_view(), name="volunteer_action"),
    path("duty/code/<int:pk>/", checkin.CodePage.as_view(), name="check_in_code"),
    path("duty/calendar/<int:pk>/", calendars.StationCalendar.as_view(), name="station_calendar"),
    path("teams/", teams.TeamList.as_view(), name="team_list"),
    path("teams/new/", teams.TeamCreate.as_view(), name="team_create"),
    path("teams/lookup/", teams.TeamLookup.as_view(), name="team_lookup"),
    path("teams/<int:pk>/", teams.TeamDetail.as_view(), name="team_detail"),
    path("teams/<int:pk>/edit/", teams.TeamEdit.as_view(), name="team_edit"),
    path("teams/<int:pk>/calendar/", calendars.TeamCalendar.as_view(), name="team_calendar"),
    path("teams/<int:pk>/members/new/", teams.MemberAdd.as_view(), name="member_add"),
    path("teams/<int:pk>/members/<int:member>/<slug:verb>/", teams.MemberStep.as_view(), name="member_step"),
]
