"""Hypothesis's ideas of what strangers send: forms, JSON, media types, credentials, paths, preferences."""

from __future__ import annotations

import json
import string
from urllib.parse import quote, quote_from_bytes, urlencode

from aiohttp import encode_basic_auth
from hypothesis import strategies as st

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
NAMES = ["type", "callback_uri", "message", "secure_message", "user_id", "language_code", "ip_address", "user_agent"]
NAMES += ["client_id", "client_secret", "grant_type", "refresh_token", "token", "transaction_id"]
VALUES = ["login", "quick", "push", "refresh_token", "http://127.0.0.1:9/callback", "shop", "\0", ""]
MEMBERS = ["application_identifier", "application_version", "application_platform", "device_name", "device_model"]
MEMBERS += ["os_version", "data", "scope", "public_key", "proof", "delete"]
ODD_JSON = [b'{"data":"a","data":"b"}', b"[" * 30_000, b'{"data":NaN}', b'{"data":"\\ud800"}', b"\xef\xbb\xbf{}", b"{}"]

fields = st.tuples(st.sampled_from(NAMES) | st.text(max_size=20), st.sampled_from(VALUES) | st.text(max_size=200))
encodings = st.sampled_from(["utf-8", "utf-8", "utf-16", "latin-1", "cp1252"])
pairs = st.builds(
    lambda fields, encoding: urlencode(fields, encoding=encoding, errors="replace").encode(),
    st.lists(fields, max_size=8),
    encodings,
)
raw_pairs = st.lists(st.binary(max_size=30).map(quote_from_bytes), max_size=8).map(lambda raw: "=&".join(raw).encode())
forms = pairs | raw_pairs | st.binary(max_size=300)
charsets = st.sampled_from(
    ["", "", "; charset=utf-8", "; charset=UTF-8", "; charset=latin-1", "; charset=x", ";charset"]
)
form_types = charsets.map(lambda charset: FORM + charset) | st.sampled_from([JSON, "text/plain", "x", "*/*"])

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=60)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
)
objects = st.dictionaries(st.sampled_from(MEMBERS) | st.text(max_size=10), anything | st.just("android"), max_size=8)
json_bodies = (
    (objects | anything).map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=200)
    | st.sampled_from(ODD_JSON)
)
json_types = st.sampled_from([JSON, JSON, JSON, f"{JSON}; charset=utf-8", f"{JSON}; charset=utf-16", FORM, "text/json"])

visible = st.text(string.ascii_letters + string.digits + string.punctuation, max_size=60)
schemes = st.sampled_from(["Basic", "basic", "Bearer", "bearer", "Digest", ""])
pairs_of_secrets = st.builds(
    lambda name, secret: encode_basic_auth(name.replace(":", ""), secret), st.text(max_size=20), st.text(max_size=20)
)
credentials = st.builds("{} {}".format, schemes, visible).map(str.strip) | pairs_of_secrets
path_parts = st.text(min_size=1, max_size=40).map(lambda text: quote(text, safe="")) | st.binary(
    min_size=1, max_size=20
).map(lambda raw: quote(raw, safe=""))
preferences = st.lists(
    st.builds("wait={}".format, st.integers(-5, 10**12))
    | st.sampled_from(["wait", "wait=", 'wait="7"', "WAIT = 3"])
    | visible,
    max_size=3,
).map(", ".join)
