"""Telling people, and other systems, what has happened; docs/notifications.md goes through it.

kinds → wording, quiet, recipients → outbox (writes) → delivery, jobs (sends); webhooks beside them. The models stand
with the ground floor's others; this file imports nothing, since they need the kinds' words.
"""
