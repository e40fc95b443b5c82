"""Jobs of the desk."""

from datetime import timedelta

from django_tasks import task

from portal.core.schedule import periodic
from portal.desk import import_jobs


# A long file must not go before the clock of the cases.
@task(priority=-10)
def work_on_import(pk: int) -> None:
    """Check or load a spreadsheet."""
    import_jobs.work(pk)


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
