"""The app on the phone at the door: registration, tokens, enrolment, and the two calls that answer a transaction.

Owns the wire shapes of `openapi/mobile.yaml`; leaves every decision to `flows/`. One file per family: `devices`,
`profiles`, `grants`, `enrollments`, `transactions`, `keys`; `errors` is the table from our errors to theirs.
"""
