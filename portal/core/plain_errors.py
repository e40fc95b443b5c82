"""Error answers that need no table, no session and no manifest, since one of these may be what has failed."""

from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string


def plain_error(request: HttpRequest, *, status: HTTPStatus, code: str, title: str, message: str) -> HttpResponse:
    """The API's one error shape below /api/, a page in plain words elsewhere."""
    response: HttpResponse
    if request.path.startswith("/api/"):
        body = {"error": {"code": code, "message": message, "fields": {}}}
        response = JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})
    else:
        # Rendered without the request: context processors would ask the session, and so the database.
        # The style sheet by its plain name: the manifest may lack an entry.
        context = {"title": title, "message": message, "style": f"{settings.STATIC_URL}core/plain_error.css"}
        response = HttpResponse(render_to_string("plain_error.html", context), status=status)
    response["Cache-Control"] = "no-store"
    return response
