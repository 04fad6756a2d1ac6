"""Where the house is put together: everything is built once, in order, and each channel is handed its flows.

`foundation` opens what is under the flows (database, keys, secrets), `flows` builds the flows, `channels` gives each
door exactly the flows it may use, `server` listens and stops gracefully. Only `commands/` stands above.
"""
