from django.urls import path

from portal.api.open311 import views

app_name = "open311"
urlpatterns = [
    path("discovery.<str:form>", views.Discovery.as_view(), name="discovery"),
    path("services.<str:form>", views.Services.as_view(), name="services"),
    path("services/<str:code>.<str:form>", views.Definition.as_view(), name="definition"),
    path("requests.<str:form>", views.Requests.as_view(), name="requests"),
    path("requests/<str:number>.<str:form>", views.OneRequest.as_view(), name="request"),
    path("tokens/<str:token>.<str:form>", views.Token.as_view(), name="token"),
]
