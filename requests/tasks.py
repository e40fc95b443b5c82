"""The clock of the cases."""

from datetime import timedelta

from django_tasks import task

from portal.core.schedule import periodic
from requests.workflow.clockwork import run_due


@periodic(every=timedelta(minutes=5))
@task
def take_due_steps() -> dict[str, int]:
    """Expire offers and questions, and close what nobody rated in time; returns how many of each."""
    return run_due()
