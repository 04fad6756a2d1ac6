"""Sixteen come to the desk at once with one code, one recovery code, one link, one revision: one gets through."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from dataclasses import replace

import pytest

from tests.races.nodes import Node
from tests.races.starting_line import SIXTEEN, at_once, refusals, winners
from tests.support.clock import MovableClock
from tests.support.desk import HERE, PASSWORD, code_at
from tests.support.server import CHEAP
from token_server.app.administration import Administration, build_administration
from token_server.crypto.passwords import Passwords
from token_server.domain.operators import TERMINAL, Operator, Role, Stage
from token_server.flows.administration.sessions import NewSession, Session
from token_server.stores.operators import StoredOperator

OPEN_SESSIONS = "SELECT COUNT(*) AS n FROM operator_sessions WHERE stage = 'open' AND ended_at IS NULL"


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords(CHEAP.password_cost)
    yield made
    made.close()


@pytest.fixture
def desks(nodes: list[Node], passwords: Passwords) -> list[Administration]:
    """The desks of two nodes, which let everybody try as often as they like: here only the guards may decide."""
    limits = replace(nodes[0].base.settings.limits, operator_sign_ins=0, operator_codes=0)
    settings = replace(nodes[0].base.settings, limits=limits)
    return [
        build_administration(replace(node.base, settings=settings), passwords, node.flows.callbacks.trial)
        for node in nodes
    ]


async def session_of(desk: Administration, begun: NewSession | None) -> Session:
    assert begun is not None
    found = await desk.sessions.recognise(begun.token)
    assert found is not None
    return found


async def set_up(desk: Administration, clock: MovableClock) -> tuple[str, list[str]]:
    """Return the typed secret and the recovery codes of a new operator."""
    invitation = await desk.operators.create(TERMINAL, "anna", Role.OWNER)
    session = await session_of(desk, await desk.sign_in.set_up(invitation.link, PASSWORD, HERE))
    offer = await desk.second_factor.offer(session)
    enrolled = await desk.second_factor.enroll(session, code_at(offer.typed, clock.now_ms()), HERE)
    assert enrolled is not None
    clock.move(30)
    return offer.typed, enrolled.recovery_codes


async def half_way(desks: list[Administration]) -> list[Session]:
    """Sixteen sign-ins of one operator that wait for the second factor."""
    begun = [await desks[each % 2].sign_in.begin("anna", PASSWORD, HERE) for each in SIXTEEN]
    return [await session_of(desks[0], each) for each in begun]


def clock_of(nodes: list[Node]) -> MovableClock:
    clock = nodes[0].base.clock
    assert isinstance(clock, MovableClock)
    return clock


async def test_sixteen_sign_ins_with_one_code_open_one_session(nodes: list[Node], desks: list[Administration]) -> None:
    secret, _ = await set_up(desks[0], clock_of(nodes))
    sessions = await half_way(desks)
    code = code_at(secret, clock_of(nodes).now_ms())
    outcomes = await at_once(desks[each % 2].second_factor.check_code(sessions[each], code, HERE) for each in SIXTEEN)
    assert refusals(outcomes) == {}
    opened = [each for each in winners(outcomes) if each is not None]
    assert [each.stage for each in opened] == [Stage.OPEN]
    assert await nodes[1].count(OPEN_SESSIONS) == 2  # the one from the set-up, and this one


async def test_sixteen_sign_ins_with_one_recovery_code_open_one_session(
    nodes: list[Node], desks: list[Administration]
) -> None:
    _, codes = await set_up(desks[0], clock_of(nodes))
    sessions = await half_way(desks)
    outcomes = await at_once(
        desks[each % 2].second_factor.use_recovery_code(sessions[each], codes[0], HERE) for each in SIXTEEN
    )
    assert refusals(outcomes) == {}
    assert len([each for each in winners(outcomes) if each is not None]) == 1
    assert await desks[1].second_factor.count_recovery_codes(sessions[0].operator.operator_id) == 9


async def test_one_set_up_link_sets_one_password(desks: list[Administration], nodes: list[Node]) -> None:
    invitation = await desks[0].operators.create(TERMINAL, "anna", Role.OWNER)
    outcomes = await at_once(
        desks[each % 2].sign_in.set_up(invitation.link, f"{PASSWORD} {each}", HERE) for each in SIXTEEN
    )
    assert len(winners(outcomes)) == 1
    assert refusals(outcomes) == {"NotFound": 15}


async def test_of_sixteen_changes_to_one_revision_one_takes_place(desks: list[Administration]) -> None:
    made = (await desks[0].operators.create(TERMINAL, "bob", Role.ADMIN)).operator
    outcomes = await at_once(
        desks[each % 2].operators.change_role(
            TERMINAL, made.operator_id, Role.AUDITOR if each % 2 else Role.HELPDESK, revision=made.revision
        )
        for each in SIXTEEN
    )
    assert len(winners(outcomes)) == 1
    assert refusals(outcomes) == {"ChangedMeanwhile": 15}


async def test_sixteen_who_take_one_name_make_one_operator(desks: list[Administration]) -> None:
    outcomes = await at_once(desks[each % 2].operators.create(TERMINAL, "bob", Role.ADMIN) for each in SIXTEEN)
    assert len(winners(outcomes)) == 1
    assert refusals(outcomes) == {"AlreadyExists": 15}


async def owners_of(desk: Administration) -> list[StoredOperator]:
    """Sixteen owners."""
    return [(await desk.operators.create(TERMINAL, f"owner{each}", Role.OWNER)).operator for each in SIXTEEN]


async def left(desk: Administration) -> list[str]:
    """The names of the owners who may come in."""
    found = await desk.operators.list_page(TERMINAL, most=50)
    return [each.name for each in found if each.role is Role.OWNER and each.disabled_at is None]


@pytest.mark.parametrize("how", ["disabled", "made auditors", "both"])
async def test_sixteen_owners_who_send_each_other_away_leave_one(desks: list[Administration], how: str) -> None:
    owners = await owners_of(desks[0])

    def send_away(each: int) -> Awaitable[StoredOperator]:
        sender, victim = owners[each - 1], owners[each]
        by, flow = Operator(sender.operator_id, sender.name, sender.role, "console"), desks[each % 2].operators
        if how == "disabled" or (how == "both" and each % 2):
            return flow.disable(by, victim.operator_id, revision=victim.revision)
        return flow.change_role(by, victim.operator_id, Role.AUDITOR, revision=victim.revision)

    outcomes = await at_once(send_away(each) for each in SIXTEEN)
    assert len(winners(outcomes)) == 15
    assert refusals(outcomes) == {"WrongState": 1}
    assert len(await left(desks[1])) == 1
