"""Addresses of the staff desk."""

from django.urls import include, path

from portal.desk.views import (
    bulk,
    cases,
    disclosures,
    entry,
    exports,
    files,
    handlers,
    lists,
    privacy,
    reports,
    saved,
    search,
    topics,
)

app_name = "desk"
urlpatterns = [
    path("", lists.QueuePage.as_view(), name="home"),
    path("queue/", lists.AreaPage.as_view(), name="queue"),
    path("search/", search.SearchPage.as_view(), name="search"),
    path("places/lookup/", cases.PlaceLookupPage.as_view(), name="place_lookup"),
    path("bulk/", bulk.BulkPage.as_view(), name="bulk"),
    path("views/", saved.ViewsPage.as_view(), name="views"),
    path("views/<int:pk>/delete/", saved.ViewDeletePage.as_view(), name="view_delete"),
    path("requests/", lists.RequestsPage.as_view(), name="requests"),
    path("requests/export/", exports.ExportPage.as_view(), name="export"),
    path("requests/new/", entry.EntryPage.as_view(), name="request_new"),
    path("requests/new/earlier/", entry.EarlierPage.as_view(), name="earlier"),
    path("requests/new/hints/", entry.HintsPage.as_view(), name="hints"),
    path("requests/<int:pk>/", cases.CasePage.as_view(), name="case"),
    path("requests/<int:pk>/receipt/", entry.ReceiptPage.as_view(), name="receipt"),
    path("requests/<int:pk>/erase/", privacy.ErasePage.as_view(), name="erase"),
    path("requests/<int:pk>/handlers/", handlers.HandlersPage.as_view(), name="handlers"),
    path("requests/<int:pk>/files/<int:attachment>/", files.AttachmentPage.as_view(), name="attachment"),
    path("requests/<int:pk>/who/<int:requester>/", privacy.RevealPage.as_view(), name="reveal"),
    path("requests/<int:pk>/undo/<int:version>/", cases.UndoPage.as_view(), name="undo"),
    path("requests/<int:pk>/do/<slug:verb>/", cases.StepPage.as_view(), name="step"),
    path("hot-topics/", topics.HotTopicsPage.as_view(), name="hot_topics"),
    path("routing-rules/", include("portal.desk.routing_urls")),
    path("imports/", include("portal.desk.import_urls")),
    path("reports/", reports.SummaryPage.as_view(), name="reports"),
    path("reports/rows/", reports.RowsPage.as_view(), name="report_rows"),
    path("reports/network/", reports.NetworkPage.as_view(), name="report_network"),
    path("reports/network/rows/", reports.NetworkRowsPage.as_view(), name="network_rows"),
    path("disclosures/", disclosures.DisclosuresPage.as_view(), name="disclosure_list"),
    path("tokens/", include("portal.core.token_urls")),
    path("notifications/", include("portal.core.notifications.urls")),
    path("webhooks/", include("portal.core.notifications.webhook_urls")),
]
