"""Addresses of the register of volunteers and teams, under /desk/."""

from django.urls import path

from volunteers.views import actions, duty, exports, paper, shifts, teams, templates, volunteers

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
    path("duty/", duty.MonthPage.as_view(), name="shift_list"),
    path("duty/shifts/new/", shifts.ShiftCreate.as_view(), name="shift_create"),
    path("duty/shifts/<int:pk>/", shifts.ShiftDetail.as_view(), name="shift_detail"),
    path("duty/shifts/<int:pk>/edit/", shifts.ShiftEdit.as_view(), name="shift_edit"),
    path("duty/shifts/<int:pk>/assign/", shifts.AssignPage.as_view(), name="shift_assign"),
    path("duty/shifts/<int:pk>/call-off/", shifts.ShiftCallOff.as_view(), name="shift_call_off"),
    path("duty/shifts/<int:pk>/sheet/", paper.ShiftSheet.as_view(), name="shift_sheet"),
    path("duty/places/<int:pk>/<slug:verb>/", shifts.PlaceStep.as_view(), name="place_step"),
    path("duty/templates/", templates.TemplateList.as_view(), name="template_list"),
    path("duty/templates/new/", templates.TemplateCreate.as_view(), name="template_create"),
    path("duty/templates/<int:pk>/", templates.TemplateDetail.as_view(), name="template_detail"),
    path("duty/templates/<int:pk>/edit/", templates.TemplateEdit.as_view(), name="template_edit"),
    path("duty/call-off/", duty.CallOffDay.as_view(), name="call_off_day"),
    path("duty/sheet/", paper.DaySheet.as_view(), name="day_sheet"),
    path("duty/roster/", paper.MonthRoster.as_view(), name="month_roster"),
    path("duty/wall/<int:station>/", paper.Wall.as_view(), name="wall"),
    path("duty/keys/<int:station>/", duty.KeysPage.as_view(), name="keys"),
    path("duty/keys/back/<int:pk>/", duty.KeyBack.as_view(), name="key_back"),
    path("teams/", teams.TeamList.as_view(), name="team_list"),
    path("teams/new/", teams.TeamCreate.as_view(), name="team_create"),
    path("teams/lookup/", teams.TeamLookup.as_view(), name="team_lookup"),
    path("teams/<int:pk>/", teams.TeamDetail.as_view(), name="team_detail"),
    path("teams/<int:pk>/edit/", teams.TeamEdit.as_view(), name="team_edit"),
    path("teams/<int:pk>/members/new/", teams.MemberAdd.as_view(), name="member_add"),
    path("teams/<int:pk>/members/<int:member>/<slug:verb>/", teams.MemberStep.as_view(), name="member_step"),
]
