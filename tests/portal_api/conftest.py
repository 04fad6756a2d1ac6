"""Phones for the portal API."""

from __future__ import annotations

from tests.journeys.phones import phone_of, wire_phone_of

__all__ = ["phone_of", "wire_phone_of"]
