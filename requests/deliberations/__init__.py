"""What is done with deliberations: topics, publicity, follow-up tasks, votes, monthly meetings. One module a subject.

Desk, API and clock call the same verbs; each is one transaction: lock, guard by the table of `deliberation_types`,
change, event, notice.
"""
