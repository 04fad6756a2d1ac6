"""Enrolments: which keys speak for a profile."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Enrollment:
    """The keys of one profile on one device."""

    enrollment_id: str
    profile_id: str
    device_id: str
    user_id: str
    device_key: bytes
    device_key_fingerprint: str
    server_key_id: str
    created_at: int
