"""Phones and browsers for the browser's door."""

from __future__ import annotations

from tests.journeys.phones import phone_of, wire_phone_of
from tests.support.browser import http

__all__ = ["http", "phone_of", "wire_phone_of"]
