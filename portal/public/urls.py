from django.urls import path

from portal.public.views import ask, cases, listed, lost_code, pages, sign_in, stations, tracking, volunteer

app_name = "public"
urlpatterns = [
    path("", pages.home, name="home"),
    path("elder/", pages.elder, name="elder"),
    path("stations/", stations.find, name="stations"),
    path("stations/place/", stations.place, name="stations_place"),
    path("stations/points.json", stations.points, name="station_points"),
    path("stations/<int:pk>/", stations.show, name="station"),
    path("stations/<int:pk>/poster/", stations.poster, name="station_poster"),
    path("ask/", ask.ask, name="request_new"),
    path("ask/place/", ask.place, name="request_place"),
    path("ask/danger/", ask.danger, name="request_danger"),
    path("ask/nearest/", ask.nearest_communities, name="request_nearest"),
    path("ask/photos/<str:token>/", ask.photo, name="request_photo"),
    path("cases/", listed.listed, name="listed"),
    path("cases/place/", listed.place, name="listed_place"),
    path("cases/points.json", listed.points, name="case_points"),
    path("volunteer/", volunteer.about, name="volunteer"),
    path("volunteer/join/", volunteer.sign_up, name="volunteer_join"),
    path("volunteer/join/place/", volunteer.place, name="volunteer_place"),
    path("volunteer/sign-in/", sign_in.phone, name="volunteer_sign_in"),
    path("volunteer/sign-in/code/", sign_in.code, name="volunteer_code"),
    path("volunteer/sign-in/who/", sign_in.who, name="volunteer_who"),
    path("volunteer/done/", volunteer.done, name="volunteer_done"),
    path("track/", tracking.track, name="track"),
    path("track/lost/", lost_code.phone, name="lost_code"),
    path("track/lost/code/", lost_code.check, name="lost_code_check"),
    path("track/leave/", tracking.leave, name="leave"),
    path("case/<str:number>/", cases.show, name="case"),
    path("case/<str:number>/receipt/", cases.receipt, name="receipt"),
    path("case/<str:number>/files/<int:pk>/", cases.attachment, name="attachment"),
    path("case/<str:number>/<slug:step>/", cases.act, name="case_act"),
]
