"""The customer's servers at the door: the vendor's v4 API, word for word, and what we add beside it.

Owns the wire shapes of `openapi/portal.yaml`; leaves every decision to `flows/`. One file per family:
`transactions`, `callbacks`, `availability`, `devices`, `registration_codes`; `errors` is the table from our errors to
theirs.
"""
