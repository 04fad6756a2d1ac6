"""The operator in a terminal: lines for people, `--json` for scripts.

A desk is handed the flows it asks and a function that says a line. It acts as `operator:terminal`: whoever has the
machine has the database, so nobody is asked for a password here.
"""
