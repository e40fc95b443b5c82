"""Volunteers and teams in the API: what it shows and takes, by subject."""
