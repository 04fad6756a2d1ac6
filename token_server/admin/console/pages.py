"""Templates become pages. Every value is escaped; a name that nobody gave is an error, not an empty place."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from token_server.admin.console.cookies import THEMES
from token_server.admin.console.navigation import navigation_for
from token_server.admin.console.static_files import StaticFiles
from token_server.admin.console.visits import Visit
from token_server.domain.operators import LONGEST_PASSWORD, SHORTEST_PASSWORD, Permission, Role, Stage

UNPROCESSABLE = 422
NEVER_STORE = {"Cache-Control": "no-store"}


class Pages:
    """Makes answers from templates."""

    def __init__(self, static: StaticFiles) -> None:
        """Take style and script from `static`."""
        self._static = static
        self._environment = templates()

    def show(self, visit: Visit, template: str, *, status: int = 200, **values: Any) -> web.Response:
        """Return a template as a page of this visit; what the last page wanted to have said is said."""
        is_inside = visit.session is not None and visit.session.stage is Stage.OPEN
        flash = visit.cookies.flash(visit.request)
        text = self._environment.get_template(template).render(
            operator=visit.operator if is_inside else None,
            navigation=list(navigation_for(visit.operator)) if is_inside else [],
            path=visit.request.path,
            here=visit.request.path_qs if visit.request.method == "GET" else "/",
            theme=visit.cookies.theme(visit.request),
            form_token=visit.form_token,
            static=self._static.address,
            sent=values.pop("form", visit.form),
            flash=flash,
            **values,
        )
        response = web.Response(text=text, status=status, content_type="text/html", headers=NEVER_STORE)
        if flash is not None:
            visit.cookies.drop_flash(response)
        return response

    def refuse(self, visit: Visit, template: str, **values: Any) -> web.Response:
        """Return a form again, with its problems beside its fields."""
        return self.show(visit, template, status=UNPROCESSABLE, **values)

    def confirm(
        self, visit: Visit, *, title: str, text: str, action: str, button: str, back: str, **hidden: str | int
    ) -> web.Response:
        """Return the page that asks before something dangerous is done; works without a script."""
        return self.show(
            visit, "confirm.html", title=title, text=text, action=action, button=button, back=back, hidden=hidden
        )


@cache
def templates() -> Environment:
    """Return the templates; each is compiled when it is first shown: all at once take longer than a server's start."""
    environment = Environment(
        loader=PackageLoader("token_server.admin.console"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        cache_size=-1,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(when=when, second=second, pairs=pairs, in_fours=in_fours)
    environment.globals.update(
        permissions=Permission,
        roles=list(Role),
        themes=THEMES,
        shortest_password=SHORTEST_PASSWORD,
        longest_password=LONGEST_PASSWORD,
    )
    return environment


def when(milliseconds: int) -> Markup:
    """Return a time as people read it, and as programs do."""
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return Markup('<time datetime="{}">{} {:%H:%M}&nbsp;UTC</time>').format(moment.isoformat(), _day(moment), moment)


def second(milliseconds: int) -> Markup:
    """Return a time to the second, as lists of what happens need it."""
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return Markup('<time datetime="{}">{} {:%H:%M:%S}</time>').format(moment.isoformat(), _day(moment), moment)


def _day(moment: datetime) -> Markup:
    """Return a day that stays in one line; the time may go into the next."""
    return Markup("{}&nbsp;{:%b}&nbsp;{:%Y},").format(moment.day, moment, moment)


def in_fours(text: str) -> str:
    """Return a fingerprint in groups of four, as people compare it."""
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def pairs(values: Iterable[str]) -> list[tuple[str, str]]:
    """Return each value as the option of a select that is called like it."""
    return [(value, value) for value in values]
