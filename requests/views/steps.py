"""How a page takes the step of a form, whoever's page it is."""

from django.http import HttpRequest

from portal.core.idempotency import run_once
from portal.core.pages import sent
from requests.forms import StepForm


def take_once(request: HttpRequest, form: StepForm) -> int:
    """Take the step of a valid form, once for its key, and say which version the case has then."""
    _status, done = run_once(
        sender=f"user:{request.user.pk}", address=request.path, key=form.cleaned_data["idempotency_key"],
        body=sent(request), do=lambda: (200, {"version": form.run().version}),
    )  # fmt: skip
    return done["version"]
