"""Rows of the registry from spreadsheets and back, on top of django-import-export.

`widgets` say what a cell means, `regions` what a place is called, `resources` how a row finds its row in the database.
"""
