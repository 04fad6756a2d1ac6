"""Devices, as portals and operators see them."""

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


@dataclass(frozen=True)
class Device:
    """An installed app as operators see it. Units: times in milliseconds since 1970 UTC; None means "not (yet)"."""

    device_id: str
    application_identifier: str
    application_name: str
    application_version: str
    platform: str
    name: str
    model: str | None
    os_version: str | None
    created_at: int
    deleted_at: int | None
