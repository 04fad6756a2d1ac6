"""Keys in, bytes out: OpenPGP, sealing at rest, bearer secrets, tokens.

Nothing here knows a user, a transaction or a table: callers hand over bytes and get bytes, or a refusal that names
a rule. `openpgp/` speaks to phones, `key_file` and `sealing` protect what the database holds, `bearer_secrets`,
`refresh_tokens` and `access_tokens` make and check what callers present. Imports go down to `domain` only.
"""
