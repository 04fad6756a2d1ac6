"""Enrolments against our server: a sustained rate, and a burst after a pause."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from bench.http_client import Connection, connect
from bench.load import Story, Timings
from bench.our_server import OurServer
from bench.phones import Phone, PhoneKey, enroll, enrollment_body, register_phone


@dataclass
class EnrollingPhone:
    """A registered phone with keys and bodies made beforehand."""

    line: Connection
    phone: Phone
    ready: list[tuple[PhoneKey, bytes]] = field(default_factory=list)

    def prepare(self, count: int) -> None:
        """Make as many keys and request bodies as will be needed."""
        for _ in range(count):
            key = PhoneKey()
            self.ready.append((key, enrollment_body(self.phone, key)))

    async def enroll_next(self) -> None:
        """Enrol with the next key, which replaces the one before."""
        if not self.ready:
            self.prepare(1)
        key, body = self.ready.pop()
        await enroll(self.line, self.phone, key, body)


async def open_phones(server: OurServer, count: int, prefix: str) -> list[EnrollingPhone]:
    """Return registered phones, each with its own connection."""
    phones = []
    for number in range(count):
        line = await connect(server.port)
        phone = await register_phone(line, server.credentials, f"{prefix}-{number}", PhoneKey())
        phones.append(EnrollingPhone(line, phone))
    return phones


def enrollment_story(phone: EnrollingPhone) -> Story:
    """Return a lane's story: the phone enrols again and again, each time with a new key."""

    async def story(timings: Timings) -> None:
        began = time.perf_counter()
        await phone.enroll_next()
        timings.add("whole", began)

    return story


async def burst(phones: list[EnrollingPhone]) -> float:
    """Let all phones enrol at the same moment; return enrolments per second until the last one is answered."""
    began = time.perf_counter()
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for phone in phones:
            group.create_task(phone.enroll_next())
    return len(phones) / (time.perf_counter() - began)
