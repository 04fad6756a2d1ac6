"""The operator at the door, with three faces over the same flows (`flows/administration/` and those beside it).

`terminal/` tells lines to a person, or JSON to a script; `console/` makes pages for a browser; `api/` speaks JSON to
programs. The browser and the API have a listener of their own (`[admin]`), apart from phones and portals. Owns words
and shapes; leaves decisions to the flows, who may do what to `domain/operators.py`, and the command line's grammar to
`commands/`.
"""
