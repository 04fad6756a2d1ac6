"""Settings: read once at the start, from every source, with every problem reported together.

Sources, weakest first: the defaults in `sections.py`, the file `token_server.toml`, environment variables
`TOKEN_SERVER_<SECTION>_<NAME>`, and `…_FILE` naming a file for what is secret. Owns the shape of the file and its
documentation (`python -m token_server.config.table` prints the README's table). Stops at `app.py`: flows get plain
values. Imports the domain's words and rules, nothing else.
"""
