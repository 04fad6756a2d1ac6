"""Users and devices at the desk: everything about somebody, and phones that are taken away and refused at once."""

from __future__ import annotations

import pytest

from sdk_stub.errors import SdkError
from tests.admin.test_api import ask
from tests.admin.test_transactions import NASTY, a_login
from tests.support.desk import Browser, Desk
from token_server.admin.console.pages import in_fours
from token_server.domain.operators import Role


async def device_of(desk: Desk, user_id: str) -> str:
    """The device that the user is on."""
    sql = "SELECT device_id FROM profiles WHERE user_id = :user_id AND removed_at IS NULL"
    row = await desk.world.base.database.read.first(sql, user_id=user_id)
    return "" if row is None else str(row["device_id"])


async def confirm(browser: Browser, action: str, user_id: str, device_id: str) -> None:
    """Ask for something, and confirm what is asked."""
    await browser.get(f"/users/{action}", params={"user_id": user_id, "device_id": device_id})
    assert user_id in browser.page
    assert (await browser.post(f"/users/{action}", user_id=user_id, device_id=device_id)).status == 303


async def test_a_users_page_shows_devices_keys_and_what_happened(desk: Desk) -> None:
    await a_login(desk)
    hanna = await desk.at_home("hanna", Role.HELPDESK)
    await hanna.get("/users?user_id=alice")
    row = await desk.world.base.database.read.first("SELECT device_key_fingerprint AS key FROM enrollments")
    assert row is not None
    for told in (
        "phone-of-alice",
        "Demo app",
        in_fours(row["key"]),
        "Enrolled",
        "Accepted by the user",
        "Registration code",
    ):
        assert told in hanna.page, told
    await hanna.get("/users?user_id=Alice")
    assert "Nobody of that name" in hanna.page
    assert "Erase this user" not in hanna.page


async def test_a_phone_whose_mobile_authentication_is_revoked_is_refused(desk: Desk) -> None:
    phone = await desk.world.phone("alice")
    hanna, device_id = await desk.at_home("hanna", Role.HELPDESK), await device_of(desk, "alice")
    await confirm(hanna, "revoke", "alice", device_id)
    started = await desk.world.start()
    with pytest.raises(SdkError):
        await phone.handle_mobile_auth_with_otp(started["otp"])
    await phone.enroll_mobile_authentication()
    await phone.close()
    await hanna.get("/users?user_id=alice")
    assert "by operator" in hanna.page
    assert "operator:hanna" in hanna.page


async def test_disconnecting_one_user_leaves_the_others_on_the_device(desk: Desk) -> None:
    phone = await desk.world.phone("alice")
    device_id = await device_of(desk, "alice")
    anna = await desk.at_home("anna")
    await confirm(anna, "disconnect", "alice", device_id)
    assert await device_of(desk, "alice") == ""
    await phone.close()
    answer = await anna.post("/users/disconnect", user_id="alice", device_id=device_id)
    await anna.follow(answer)
    assert "This user is not on this device." in anna.page
    assert (await anna.get(f"/devices/{device_id}")).status == 200
    assert "Registered" in anna.page


async def test_whom_the_end_of_a_device_concerns_is_listed_before_it_is_deleted(desk: Desk) -> None:
    phone = await desk.world.phone("alice")
    device_id = await device_of(desk, "alice")
    anna = await desk.at_home("anna")
    await anna.get(f"/devices/{device_id}/delete")
    assert "<li>alice</li>" in anna.page
    await anna.follow(await anna.post(f"/devices/{device_id}/delete"))
    assert "1 user was on it" in anna.page
    started = await desk.world.start()
    with pytest.raises(SdkError):
        await phone.handle_mobile_auth_with_otp(started["otp"])
    await phone.close()
    await anna.follow(await anna.post(f"/devices/{device_id}/delete"))
    assert "deleted before" in anna.page


async def test_a_user_is_erased_by_owners_who_type_the_name_once_more(desk: Desk) -> None:
    transaction_id = await a_login(desk)
    anna = await desk.at_home("anna")
    assert (await anna.get("/users/erase?user_id=alice")).status == 200
    assert (await anna.post("/users/erase", user_id="alice", again="Alice")).status == 422
    await anna.follow(await anna.post("/users/erase", user_id="alice", again="alice"))
    assert "Erased." in anna.page
    await anna.get("/users?user_id=alice")
    assert "Nobody of that name" in anna.page
    await anna.get(f"/transactions/{transaction_id}")
    assert "alice" not in anna.page.replace("phone-of-alice", "")


async def test_what_a_phone_calls_itself_is_text(desk: Desk) -> None:
    await (await desk.world.phone("alice")).close()
    await desk.world.base.database.write(lambda unit: unit.run("UPDATE devices SET name = :name", name=NASTY))
    anna, device_id = await desk.at_home("anna"), await device_of(desk, "alice")
    query = f"user_id=alice&device_id={device_id}"
    for path in (
        "/users?user_id=alice",
        f"/devices/{device_id}",
        f"/devices/{device_id}/delete",
        f"/users/revoke?{query}",
        f"/users?user_id={NASTY.replace('<', '%3C').replace('>', '%3E')}",
    ):
        await anna.get(path)
        assert "<script>alert" not in anna.page, path
        assert "<img src=x" not in anna.page, path
        assert "&lt;script&gt;" in anna.page, path


async def test_programs_take_phones_away_too(desk: Desk) -> None:
    await a_login(desk)
    device_id = await device_of(desk, "alice")
    await desk.invite("hanna", Role.HELPDESK)
    token = await desk.token("hanna", Role.HELPDESK)
    status, body, _ = await ask(desk, token, "GET", "/users/alice")
    assert (status, len(body["profiles"]), len(body["enrollments"])) == (200, 1, 1)
    assert (await ask(desk, token, "DELETE", f"/users/alice/devices/{device_id}/enrollment"))[0] == 204
    assert (await ask(desk, token, "DELETE", f"/users/alice/devices/{device_id}/enrollment"))[0] == 404
    assert (await ask(desk, token, "DELETE", f"/users/alice/devices/{device_id}"))[0] == 204
    status, body, _ = await ask(desk, token, "DELETE", f"/devices/{device_id}")
    assert (status, body) == (200, {"users": []})
    assert (await ask(desk, token, "DELETE", f"/devices/{device_id}"))[0] == 404
    assert (await ask(desk, token, "GET", "/users/nobody"))[0] == 404
    assert (await ask(desk, token, "GET", "/users/a%00"))[0] == 400
    assert (await ask(desk, token, "DELETE", "/users/alice"))[0] == 403
