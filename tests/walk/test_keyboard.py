"""A day at the desk without a mouse: from the sign-in to a phone that is refused, by Tab, Enter, Space and letters."""

from __future__ import annotations

import pytest

from sdk_stub.errors import SdkError
from tests.support.chromium import Page
from tests.support.desk import PASSWORD, code_at
from tests.walk.bank import Bank
from tests.walk.keyboard import Keyboard
from token_server.crypto import totp

pytestmark = [pytest.mark.needs_browser, pytest.mark.slow]

PLACES = """[...document.querySelectorAll(
        'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
    .filter((each) => each.checkVisibility() && each.tabIndex >= 0 && !each.disabled).length"""


async def sign_in(bank: Bank, keys: Keyboard) -> None:
    """Sign an owner in with password and authenticator; the first field has the focus by itself."""
    desk = bank.desk
    anna = await desk.at_home("anna")
    desk.world.clock.move(totp.STEP_S)
    await keys.page.open(f"{desk.world.server.desk}/sign-in")
    await keys.write("anna")
    assert await keys.tab() == "Password"
    await keys.write(PASSWORD)
    await keys.enter()
    await keys.write(code_at(anna.secret, desk.world.clock.now_ms()))
    await keys.enter()
    await keys.read("Good to see you, anna")


async def look_around(keys: Keyboard) -> None:
    """See the whole first page, come out at its end, and take the short cut to its content."""
    places = await keys.page.run(PLACES)
    passed = await keys.round()
    assert passed[:3] == ["Skip to the content", "Token server", "Dashboard"]
    # What is to be looked at may have changed meanwhile, for the page renews itself.
    assert len(passed) in (places, await keys.page.run(PLACES)), f"passed {passed}"
    await keys.to("Skip to the content")
    await keys.page.press("Enter")
    await keys.page.until("document.activeElement.id === 'main'")
    assert await keys.tab() == "1 hour"


async def make_a_type(keys: Keyboard) -> None:
    """Make an authentication type, with a box ticked by Space."""
    await keys.follow("Authentication types")
    await keys.follow("New type")
    await keys.to("Name")
    await keys.write("confirm-order")
    await keys.to("Number matching")
    await keys.page.press(" ")
    assert await keys.page.run("document.activeElement.checked")
    await keys.page.press(" ")
    await keys.follow("Create")
    await keys.read("confirm-order is there")


async def find_the_login(keys: Keyboard, user: str) -> None:
    """Narrow the list of transactions to that user, and read the story of the last."""
    await keys.follow("Transactions")
    await keys.to("User")
    await keys.write(user)
    await keys.enter()
    await keys.follow("Accepted: the story of this transaction")
    await keys.read("Accepted by the user")
    await keys.read("Buy 12 tulips?")


async def revoke_the_phone(keys: Keyboard) -> None:
    """From the story to the phone, and away with it, after a question."""
    await keys.follow("Alice's Pixel")
    await keys.follow("Delete this device")
    await keys.follow("Delete device")
    await keys.read("Deleted")


async def test_a_type_is_made_used_and_its_phone_revoked_and_refused_by_keyboard_alone(bank: Bank, page: Page) -> None:
    world, keys, phone = bank.world, Keyboard(page), await bank.phone("alice")
    await sign_in(bank, keys)
    await look_around(keys)
    await make_a_type(keys)
    started = await world.start("confirm-order", message="Buy 12 tulips?")
    await phone.scan(await world.code(started["transaction_id"]))
    await phone.accept()
    assert (await world.result(started["transaction_id"]))["user_id"] == "alice"
    await find_the_login(keys, "alice")
    await revoke_the_phone(keys)
    again = await world.start("confirm-order")
    with pytest.raises(SdkError):
        await phone.scan(await world.code(again["transaction_id"]))
    assert page.complaints == []
    await keys.follow("Sign out")
    await keys.read("You have signed out.")
