"""A self-hosted mobile authentication token server.

A portal starts a transaction and shows a QR code, an enrolled phone scans it and answers, the portal learns who
it was. Read `README.md` for the walk through the house; every package below opens with what it owns.
"""
