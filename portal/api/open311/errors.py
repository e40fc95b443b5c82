"""GeoReport's way to refuse: a list of errors, each with the code of the status."""

from django.http import HttpRequest, HttpResponse

from portal.api.open311.rendering import JSON, XML, render
from portal.core.errors import DomainError


class Refused(Exception):
    """One or several sentences, answered with `status`."""

    def __init__(self, *descriptions: str, status: int = 400) -> None:
        super().__init__(*descriptions)
        self.descriptions, self.status = descriptions, status


def of_domain(error: DomainError) -> Refused:
    """What a verb refused; what it says of single fields stands by itself."""
    lines = [str(line) for messages in (error.fields or {}).values() for line in messages]
    return Refused(*(dict.fromkeys(lines) or [str(error)]), status=error.status)


def answer(request: HttpRequest, refused: Refused, *, form: str | None) -> HttpResponse:
    errors = [{"code": refused.status, "description": each} for each in refused.descriptions]
    return render("errors", errors, form=form if form in (JSON, XML) else XML, status=refused.status)
