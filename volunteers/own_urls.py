"""Addresses of a volunteer's own pages, under /volunteer/me/."""

from django.urls import path

from volunteers.views import calendars, member_reports, own, own_duty, own_hours, own_replacements

app_name = "own"
urlpatterns = [
    path("", own.MePage.as_view(), name="me"),
    path("times/", own.TimesPage.as_view(), name="times"),
    path("about/", own.AboutPage.as_view(), name="about"),
    path("teams/", own.TeamsPage.as_view(), name="teams"),
    path("teams/<int:pk>/join/", own.JoinStep.as_view(), name="join"),
    path("teams/<int:pk>/leave/", own.LeaveTeamStep.as_view(), name="leave_team"),
    path("members/<int:pk>/<slug:verb>/", own.MemberStep.as_view(), name="member_step"),
    path("teams/<int:pk>/calendar/", calendars.MyTeamsCalendar.as_view(), name="team_calendar"),
    path("shifts/", own_duty.ShiftsPage.as_view(), name="shifts"),
    path("shifts/past/", own_duty.PastPage.as_view(), name="past"),
    path("shifts/<int:pk>/", own_duty.ShiftPage.as_view(), name="shift"),
    path("shifts/<int:pk>/shift.ics", own_duty.ShiftFile.as_view(), name="shift_file"),
    path("shifts/<int:pk>/accept/", own_duty.AcceptStep.as_view(), name="accept"),
    path("shifts/<int:pk>/swap/", own_replacements.SwapPage.as_view(), name="swap"),
    path("swaps/<int:pk>/<slug:verb>/", own_replacements.SwapStep.as_view(), name="swap_step"),
    path("call-outs/<int:pk>/", own_replacements.CallOutPage.as_view(), name="call_out"),
    path("shifts/<int:pk>/<slug:verb>/", own_duty.GiveBackPage.as_view(), name="give_back"),
    path("open/", own_duty.OpenPage.as_view(), name="open"),
    path("open/<int:pk>/", own_duty.OfferPage.as_view(), name="offer"),
    path("hours/", own_hours.HoursPage.as_view(), name="hours"),
    path("hours/<int:year>/<int:month>/", own_hours.MonthPage.as_view(), name="hours_month"),
    path("hours/supplement/", own_hours.SupplementPage.as_view(), name="supplement"),
    path("hours/entries/<int:pk>/correct/", own_hours.CorrectionPage.as_view(), name="correct"),
    path("calendar/", calendars.MyCalendar.as_view(), name="calendar"),
    path("report/", member_reports.OwnReportPage.as_view(), name="report"),
    path("report/branches/", member_reports.OwnBranchLookupPage.as_view(), name="branch_lookup"),
    path("<slug:verb>/", own.StepPage.as_view(), name="step"),
]
