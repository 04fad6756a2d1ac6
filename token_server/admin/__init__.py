"""The operator at the door: what is asked of the flows, and how it is told to a person in a terminal.

Owns words, tables and what is shown once; leaves decisions to `flows/` and the command line's grammar to `commands/`.
The browser console and the admin API will stand beside these desks, over the same flows.
"""
