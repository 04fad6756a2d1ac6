"""The rules, in plain Python: words, state machines, verdicts and errors.

Nothing here awaits, reads a clock, draws a random number or imports a library, so every rule can be read and
tested on its own. Everybody may import `domain`; `domain` imports nobody.
"""
