"""`make bench`: how fast the server is on one core of this machine, beside a peer in the same run.

Owns the load driver, the peer (`peer/`, node oidc-provider) and the report. It meets the server only on the wire and on
its command line, and imports nothing of it. Imports go down:
`__main__ > (report | waiters | two_nodes) > scenarios > (logins | enrollments | pictures | peer_server) >
(our_server | phones | load)`.
"""

from __future__ import annotations
