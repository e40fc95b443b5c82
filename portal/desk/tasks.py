"""Periodic work of the desk."""

from datetime import timedelta

from django_tasks import task

from portal.core.schedule import periodic
from portal.desk import imports


@periodic(every=timedelta(hours=1))
@task
def forget_old_imports() -> int:
    """Delete spreadsheets that were sent more than a day ago."""
    return imports.forget_old()
