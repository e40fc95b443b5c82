"""Jobs of the desk."""

from datetime import timedelta

from django_tasks import task

from portal.core.schedule import periodic
from portal.desk import import_jobs


@periodic(every=timedelta(minutes=5))
@task
def resume_abandoned_imports() -> int:
    """Work again on spreadsheets whose worker has died."""
    return import_jobs.resume_abandoned()


@periodic(every=timedelta(hours=1))
@task
def forget_old_imports() -> int:
    """Delete spreadsheets that were sent more than a day ago."""
    return import_jobs.forget_old()
