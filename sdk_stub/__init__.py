"""The phone's side: the OneWelcome React Native SDK contract, executable, in async Python.

It owns what a phone owns: its device credentials, the keys and tokens of its users, and the order in which an app may
call things. It never imports the server; the two meet on the wire alone. Read it from the top:

    sdk.py                     every method of the contract, with its invariants
    registration.py · authentication.py · enrollment.py · mobile_authentication.py    one file per thing an app does
    sessions.py · grants.py    who is signed in, and how the login is kept fresh
    transport.py · problems.py HTTP, and what each refusal means to an app
    conversations.py · challenges.py · otp_strings.py    what the two sides say to each other
    openpgp.py · packets.py    keys and messages
    store.py · records.py      what survives a restart
    events.py · errors.py      the names and numbers of the contract
    settings.py · installations.py    what an app is built with, and one app switched on
    commands.py · terminal.py · keyboard.py · qr.py    a phone for people without one

`python -m sdk_stub --help` is a phone in a terminal.
"""

from __future__ import annotations
