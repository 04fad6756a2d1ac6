"""Facts about whoever sits at a portal: what their browser is called, and where their address is.

Two files, each the only place that knows its library. Everything here is a courtesy to the user who is asked: what is
not known is None, what cannot be shown safely is not known, and nothing here may fail a login. No user, transaction
or table is known here. Imports go down to `domain` only.
"""
