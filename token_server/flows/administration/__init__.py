"""What happens at the admin's desk: who comes in and how, and what they change.

A flow that shows or changes something takes the `Operator`, asks for the permission itself (`operator.require(…)`) and
writes who it was to the audit trail (`operator.actor`). The console, the API and the terminal are three faces over
these same flows. What two admins may change at once carries a revision: a change names the revision that was read,
and ChangedMeanwhile says that it is not the newest.
"""
