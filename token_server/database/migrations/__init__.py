"""The schema's history: numbered SQL files, one text for both engines, only ever added to; `schema.py` applies them."""
