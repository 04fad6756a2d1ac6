"""One file per thing somebody does; each flow owns its unit of work and keeps the order of its story.

A flow is handed plain values, the database, a clock and the crypto it needs; it knows no HTTP and no SQL. What must
be remembered is returned as a verdict and committed; an error raised in a story rolls it back. Letters to the world
outside go through the outbox, so a story may always be repeated.
"""
