"""Addresses for looking at base templates and components without the views that other parts bring."""

from django.urls import path
from django.views.generic import TemplateView

urlpatterns = [path("sample/<slug:name>/", TemplateView.as_view(template_name="front/sample.html"), name="sample")]
