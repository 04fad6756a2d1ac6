"""What the HTTP channels share: bodies, credentials, answers, errors, and the edge around every request.

Owns how strangers' bytes become plain values and how errors become answers; leaves what is asked and answered to the
channels. Knows flows, no SQL and no keys.
"""
