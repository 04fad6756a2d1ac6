"""Browsers at the door: each watches one login, with a view token in the path and no other credential.

Owns the wire shapes of `openapi/browser.yaml`; leaves every decision to `flows/`, and what a browser may know to
`domain/views.py`. `events` streams, `polls` answers once, `pictures` draws; `cross_origin` says which pages may read.
`widget` hands out the script that a page loads to do all of this.
"""
