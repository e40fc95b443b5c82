from django.urls import path

from portal.desk.views import routing

urlpatterns = [
    path("", routing.RoutingRuleList.as_view(), name="routing_rule_list"),
    path("new/", routing.RoutingRuleCreate.as_view(), name="routing_rule_create"),
    path("<int:pk>/", routing.RoutingRuleDetail.as_view(), name="routing_rule_detail"),
    path("<int:pk>/edit/", routing.RoutingRuleEdit.as_view(), name="routing_rule_edit"),
    path("<int:pk>/delete/", routing.RoutingRuleDelete.as_view(), name="routing_rule_delete"),
    path("<int:pk>/trial/", routing.TrialPage.as_view(), name="routing_rule_trial"),
    path("<int:pk>/off/", routing.SwitchOffPage.as_view(), name="routing_rule_off"),
]
