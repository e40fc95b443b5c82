"""The job that sends messages. `notify` has it run at once for what is urgent; the clock runs it every minute."""

from datetime import timedelta

from django_tasks import task

from portal.core.notifications.delivery import send_due
from portal.core.schedule import periodic


@periodic(every=timedelta(minutes=1))
@task
def send_messages() -> dict[str, int]:
    """Send the e-mails and SMS that are due; returns how many went out and how many did not."""
    return send_due()
