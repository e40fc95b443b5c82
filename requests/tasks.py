"""The clock of the cases."""

from datetime import timedelta
from importlib import import_module

from django.utils import timezone
from django_tasks import task

from portal.core.schedule import periodic
from requests import deliberation_notices, hotline_delivery, photos, survey_notices
from requests.workflow.clockwork import run_due

# A form that was opened that long ago is not sent any more (`portal.public.photos` refuses its photos sooner).
FORM_FORGOTTEN = timedelta(days=1)


@periodic(every=timedelta(minutes=5))
@task
def take_due_steps() -> dict[str, int]:
    """Expire offers and questions, and close what nobody rated in time; returns how many of each."""
    return run_due()


@periodic(every=timedelta(hours=1))
@task
def remind_of_follow_up_tasks() -> int:
    """Tell the owners of overdue tasks of deliberations, once each; returns how many tasks."""
    return deliberation_notices.remind_of_tasks()


@periodic(every=timedelta(hours=1))
@task
def remind_of_surveys_that_end() -> int:
    """Tell those who go from door to door that a survey ends soon, once each; returns how many surveys."""
    return survey_notices.remind_of_surveys()


@periodic(every=timedelta(minutes=1))
@task
def send_hotline_results() -> dict[str, int]:
    """Tell the hotline what has a result by now; returns how many were taken and how many not."""
    return hotline_delivery.send_due()


@periodic(every=timedelta(days=1), offset=timedelta(hours=4))
@task
def discard_unused_photos() -> int:
    """Delete photos of forms that nobody sent; returns how many."""
    return photos.discard(photos.unused(timezone.now() - FORM_FORGOTTEN))


@task
def draft_street(draft_id: int) -> int:
    """Draft what goes to whom in a street; returns how many lines it has."""
    # Web workers enqueue this: the solver is loaded where it runs.
    street = import_module("requests.matching.street")
    try:
        return street.run(draft_id)
    except Exception:
        street.fail(draft_id)
        raise
