"""What an operator types: one file per family of commands, each of which teaches itself with `--help`.

Owns words, tables and exit codes of the terminal; leaves the work to `app/` and the flows. Exit codes: 0 done, 1 it
could not be done, 2 the command line or the configuration is wrong.
"""
