"""The product's main job: start, claim, answer, fetch the result, expire. One act a file.

`start` is the portal's, `claim` and `answer` are the phone's, `result` is the portal's again, `expire` is the
server's own. Whether a move may happen is asked of `domain/transactions.py`; that it happens once is the guard in
`stores/transactions.py`.
"""
