"""The server's own clock: what happens without anybody asking.

`callback_sender` has `callback_courier` post what is in the outbox, `sweeper` ends what nobody answered, `key_maker`
makes server keys ahead in idle moments, `location_reader` reads a new location database; `supervisor` keeps them
running. Each asks a flow to do the work; none of them decides.
"""
