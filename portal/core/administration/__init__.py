"""The administrator's reference data under /admin/: who enters, and what every page of it shares."""
