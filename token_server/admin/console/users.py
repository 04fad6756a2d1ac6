"""Users and devices: where somebody is signed in, and taking phones away.

GET  /users?user_id=                                  one user's page
GET, POST /users/{disconnect|revoke|erase}            asks first; the user and the device are fields
GET  /devices/{device_id}                             one device, and who is on it
GET, POST /devices/{device_id}/delete                 lists whom it concerns first
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

from aiohttp import web

from token_server.admin.console.doors import Page
from token_server.admin.console.pages import Pages
from token_server.admin.console.story_words import EVENTS, STATES, VERDICTS, who
from token_server.admin.console.visits import Visit
from token_server.domain.errors import InvalidParameter, NotFound
from token_server.domain.operators import Permission
from token_server.domain.transaction_stories import TransactionQuery, moment_of
from token_server.flows.administration.transactions import SeeTransactions
from token_server.flows.administration.users import ManageUsers
from token_server.flows.user_erasure import EraseUser
from token_server.web.queries import asked_text

DEVICE = "/devices/{device_id:[0-9A-Fa-f]+}"
LOGINS_SHOWN = 10


class UserPages:
    """A user's page and a device's page."""

    def __init__(self, pages: Pages, users: ManageUsers, transactions: SeeTransactions, erase: EraseUser) -> None:
        """Show `pages`, ask the flows."""
        self._pages = pages
        self._users = users
        self._transactions = transactions
        self._erase = erase

    def pages(self) -> list[Page]:
        """Return the pages."""
        see, revoke, erase = Permission.SEE_USERS, Permission.REVOKE_DEVICES, Permission.ERASE_USERS
        return [
            Page("GET", "/users", self.see, see),
            Page("GET", "/users/erase", self.ask_erase, erase),
            Page("POST", "/users/erase", self.erase, erase),
            Page("GET", "/users/{taking:disconnect|revoke}", self.ask, revoke),
            Page("POST", "/users/{taking:disconnect|revoke}", self.act, revoke),
            Page("GET", DEVICE, self.device, see),
            Page("GET", f"{DEVICE}/delete", self.ask_delete, revoke),
            Page("POST", f"{DEVICE}/delete", self.delete, revoke),
        ]

    async def see(self, visit: Visit) -> web.Response:
        """Show one user, or where to type who it is."""
        user_id, found, logins = asked_text(visit.request, "user_id"), None, []
        if user_id is not None:
            found = await self._users.show(visit.operator, user_id)
            query = TransactionQuery(user_id=user_id)
            logins = await self._transactions.page(visit.operator, query, most=LOGINS_SHOWN)
        events = [] if found is None else [moment_of(each.entry) for each in found.events]
        return self._pages.show(
            visit,
            "users.html",
            user_id=user_id or "",
            found=found,
            logins=logins,
            states=STATES,
            who=who,
            events=[(each, _words(each.event, str(each.detail.get("verdict", "")))) for each in events],
        )

    async def ask(self, visit: Visit) -> web.Response:
        """Ask before a phone is taken from a user.

        Errors: InvalidParameter, NotFound.
        """
        user_id, device_id = _required(visit, "user_id"), _required(visit, "device_id")
        name = (await self._users.show_device(visit.operator, device_id)).device.name
        if visit.named("taking") == "disconnect":
            title, button = f"Disconnect {user_id} from {name}?", "Disconnect"
            text = f"The log-in and the mobile authentication of {user_id} on this device end at once. Others stay."
        else:
            title, button = f"Revoke mobile authentication of {user_id} on {name}?", "Revoke"
            text = f"{user_id} stays logged in on this device and may enrol again. Open requests cannot be answered."
        return self._pages.confirm(
            visit,
            title=title,
            text=text,
            action=f"/users/{visit.named('taking')}",
            button=button,
            back=_page_of(user_id),
            user_id=user_id,
            device_id=device_id,
        )

    async def act(self, visit: Visit) -> web.Response:
        """Do what was confirmed."""
        user_id, device_id = visit.form.text("user_id"), visit.form.text("device_id")
        disconnects = visit.named("taking") == "disconnect"
        take = self._users.disconnect if disconnects else self._users.revoke
        try:
            await take(visit.operator, user_id, device_id)
        except NotFound as error:
            return visit.go(_page_of(user_id), failed=f"{error}.")
        done = "disconnected from the device" if disconnects else "without mobile authentication on the device"
        return visit.go(_page_of(user_id), f"{user_id} is {done}.")

    async def ask_erase(self, visit: Visit) -> web.Response:
        """Ask before a user is erased, and say what there is of them.

        Errors: InvalidParameter.
        """
        user_id = _required(visit, "user_id")
        survey = await self._erase.survey(visit.operator, user_id)
        return self._pages.show(visit, "erase_user.html", user_id=user_id, survey=survey, back=_page_of(user_id))

    async def erase(self, visit: Visit) -> web.Response:
        """Erase a user; their name was typed once more."""
        user_id = visit.form.text("user_id")
        if visit.form.text("again") != user_id:
            survey = await self._erase.survey(visit.operator, user_id)
            visit.form.problems["again"] = "This is not the user id."
            return self._pages.refuse(visit, "erase_user.html", user_id=user_id, survey=survey, back=_page_of(user_id))
        try:
            survey = await self._erase.erase(visit.operator, user_id)
        except NotFound as error:
            return visit.go("/users", failed=f"{error}.")
        return visit.go("/users", f"Erased. {survey.entries} entries of the audit trail name nobody now.")

    async def device(self, visit: Visit) -> web.Response:
        """Show one device and who is on it.

        Errors: NotFound.
        """
        found = await self._users.show_device(visit.operator, visit.named("device_id"))
        return self._pages.show(visit, "device.html", device=found.device, users=found.users)

    async def ask_delete(self, visit: Visit) -> web.Response:
        """List whom it concerns, and ask.

        Errors: NotFound.
        """
        found = await self._users.show_device(visit.operator, visit.named("device_id"))
        return self._pages.show(visit, "delete_device.html", device=found.device, users=found.users)

    async def delete(self, visit: Visit) -> web.Response:
        """Delete a device with everybody on it."""
        device_id = visit.named("device_id")
        try:
            users = await self._users.delete_device(visit.operator, device_id)
        except NotFound as error:
            return visit.go(f"/devices/{device_id}", failed=f"{error}.")
        people = f"{len(users)} {'user was' if len(users) == 1 else 'users were'} on it."
        return visit.go(f"/devices/{device_id}", f"The device is deleted. {people}")


def _required(visit: Visit, name: str) -> str:
    text = asked_text(visit.request, name)
    if text is None:
        raise InvalidParameter(name, "must be named")
    return text


def _page_of(user_id: str) -> str:
    return f"/users?{urlencode({'user_id': user_id}, quote_via=quote)}"


def _words(event: str, verdict: str) -> tuple[str, str]:
    return VERDICTS.get(verdict) or EVENTS.get(event) or (event.replace("_", " ").capitalize(), "plain")
