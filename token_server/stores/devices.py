"""Devices: installed apps with credentials of their own, and the list that portals see of them."""

from __future__ import annotations

from dataclasses import dataclass

from token_server.database.engine import Reader, Row, UnitOfWork
from token_server.domain.devices import Device, UserDevice

_INSERT = """
    INSERT INTO devices (device_id, application_identifier, application_version, platform, name, model, os_version,
                         secret_hash, created_at)
    VALUES (:device_id, :application_identifier, :application_version, :platform, :name, :model, :os_version,
            :secret_hash, :created_at)"""
_FIND = """
    SELECT device_id, application_identifier, secret_hash, deleted_at FROM devices WHERE device_id = :device_id"""
_DELETE = "UPDATE devices SET deleted_at = :now WHERE device_id = :device_id AND deleted_at IS NULL"
_USERS = "SELECT user_id FROM profiles WHERE device_id = :device_id AND removed_at IS NULL ORDER BY user_id"
_SHOW = """
    SELECT d.device_id, d.application_identifier, a.name AS application_name, d.application_version, d.platform,
           d.name, d.model, d.os_version, d.created_at, d.deleted_at
      FROM devices d JOIN applications a ON a.identifier = d.application_identifier WHERE d.device_id = :device_id"""
_OF_USER = """
    SELECT d.device_id, d.name, d.model, d.platform, d.os_version, d.created_at, a.name AS application,
           p.last_login_at, e.enrollment_id, g.grant_id
      FROM profiles p
      JOIN devices d ON d.device_id = p.device_id AND d.deleted_at IS NULL
      JOIN applications a ON a.identifier = d.application_identifier
      LEFT JOIN enrollments e ON e.profile_id = p.profile_id AND e.revoked_at IS NULL
      LEFT JOIN grants g ON g.profile_id = p.profile_id AND g.revoked_at IS NULL
     WHERE p.user_id = :user_id AND p.removed_at IS NULL
     ORDER BY d.created_at, d.device_id"""


@dataclass(frozen=True)
class NewDevice:
    """An installed app that has just registered."""

    device_id: str
    application_identifier: str
    application_version: str
    platform: str
    name: str
    model: str | None
    os_version: str | None
    secret_hash: str
    created_at: int


@dataclass(frozen=True)
class DeviceCredentials:
    """What is needed to recognise a device."""

    device_id: str
    application_identifier: str
    secret_hash: str
    is_deleted: bool


def add(unit: UnitOfWork, device: NewDevice) -> None:
    """Remember a new device."""
    unit.later(_INSERT, **vars(device))


async def find_credentials(reader: Reader, device_id: str) -> DeviceCredentials | None:
    """Return what recognises the device of that id, deleted ones included."""
    row = await reader.first(_FIND, device_id=device_id)
    if row is None:
        return None
    deleted = row["deleted_at"] is not None
    return DeviceCredentials(row["device_id"], row["application_identifier"], row["secret_hash"], deleted)


async def find(reader: Reader, device_id: str) -> Device | None:
    """Return what is known of the device of that id, deleted or not."""
    row = await reader.first(_SHOW, device_id=device_id)
    return None if row is None else Device(**row)


async def delete(unit: UnitOfWork, device_id: str, *, now: int) -> bool:
    """Forget the device's credentials; False when there is nothing to do."""
    return await unit.run(_DELETE, device_id=device_id, now=now) == 1


async def list_users(reader: Reader, device_id: str) -> list[str]:
    """Return the users who have a profile on the device."""
    return [row["user_id"] for row in await reader.all(_USERS, device_id=device_id)]


async def list_of_user(reader: Reader, user_id: str) -> list[UserDevice]:
    """Return the devices on which the user has a profile, oldest first."""
    return [_user_device(row) for row in await reader.all(_OF_USER, user_id=user_id)]


def _user_device(row: Row) -> UserDevice:
    return UserDevice(
        row["device_id"],
        row["name"],
        row["model"],
        row["platform"],
        row["os_version"],
        row["application"],
        row["created_at"],
        row["last_login_at"],
        row["grant_id"] is not None,
        row["enrollment_id"] is not None,
    )
