"""Devices, as portals see them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class UserDevice:
    """One device as the portal sees it for one user (reference: Device API v4)."""

    device_id: str
    name: str
    model: str | None
    platform: str
    os_version: str | None
    application: str
    created_at: int
    last_login_at: int
    has_grant: bool
    is_enrolled: bool
