"""Any configuration that an admin may have: for what must hold of all of them."""

from __future__ import annotations

import json
import string
from operator import itemgetter

from hypothesis import strategies as st

from token_server.domain.api_clients import ApiClient, AuthenticationMethod, Right
from token_server.domain.applications import Application, ApplicationVersion, Platform, VersionStatus
from token_server.domain.authentication_types import AuthenticationType, Method
from token_server.domain.client_keys import canonical_jwks
from token_server.domain.messages import BIDIRECTIONAL_CONTROLS
from token_server.domain.mobile_config import PushEnrollmentMode
from token_server.domain.seeds import ClientSeed, EndpointSeed, Seeds

PASSWORD, SECRET = 'pass "word" €', "a-secret-of-the-file-0123456789"
LONGEST_MESSAGE = 90

_shown = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="".join(BIDIRECTIONAL_CONTROLS)),
    min_size=1,
    max_size=40,
)
_lines = st.lists(_shown, min_size=1, max_size=2).map("\r\n\t".join)
shown = _shown.filter(str.strip)
names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,9}", fullmatch=True)
languages = st.sampled_from(["en", "nl", "pt-BR", "pt_BR", "zh-Hant-TW", "EN"])
hosts = st.from_regex(r"[a-z]{1,8}\.example", fullmatch=True)
origins = hosts.map(lambda host: f"https://{host}") | st.just("http://localhost:8443")

kinds = st.builds(
    AuthenticationType,
    name=names,
    method=st.sampled_from(Method),
    expires_in_s=st.integers(10, 600),
    default_messages=st.dictionaries(languages, _lines, max_size=3),
    rotation_s=st.integers(0, 30),
    accept_window_s=st.integers(1, 30),
    number_matching=st.booleans(),
)
# RFC 8037 appendix A.2 and RFC 7517 appendix A.1
_public_keys = [
    {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    {
        "kty": "EC",
        "crv": "P-256",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    },
]
_key_ids = st.text(string.printable[:95], min_size=1, max_size=20)
key_sets = st.lists(
    st.tuples(_key_ids, st.sampled_from(_public_keys)), min_size=1, max_size=3, unique_by=itemgetter(0)
).map(lambda pairs: canonical_jwks(json.dumps({"keys": [{**key, "kid": key_id} for key_id, key in pairs]})))
clients = st.builds(
    ApiClient,
    authentication_method=st.sampled_from(AuthenticationMethod),
    jwks=key_sets,
    callback_uris=st.frozensets(hosts.map(lambda host: f"https://{host}/callback?a=%22"), max_size=3),
    client_id=names,
    display_name=shown,
    origin=origins,
    valid_for=st.frozensets(st.sampled_from(Right), min_size=1),
    origins=st.frozensets(origins, max_size=3),
) | st.builds(
    ApiClient,
    client_id=names,
    display_name=shown,
    origin=origins,
    valid_for=st.frozensets(st.sampled_from(Right), min_size=1),
)
versions = st.builds(
    ApplicationVersion, platform=st.sampled_from(Platform), version=shown, status=st.sampled_from(VersionStatus)
)
applications = st.builds(
    Application,
    identifier=names,
    name=shown,
    versions=st.lists(versions, max_size=3, unique_by=lambda each: (each.platform, each.version)).map(tuple),
    deep_link=st.none() | st.just("exampleapp://login?otp=") | st.just('x+y:"\\'),
).map(Application.in_order)
endpoints = st.builds(
    EndpointSeed,
    callback_uri=st.builds("https://{}/{}".format, hosts, st.from_regex(r"[a-zA-Z0-9?=&%'\"\\]{0,8}", fullmatch=True)),
    username=st.none() | shown,
).map(lambda each: EndpointSeed(each.callback_uri, each.username, PASSWORD if each.username else None))
mobile_configs = st.fixed_dictionaries(
    {
        "mobile_authentication": st.booleans(),
        "geolocation": st.booleans(),
        "enrollment_enabled": st.booleans(),
        "unique_pgp_keys_per_enrollment": st.booleans(),
        "push_enrollment_mode": st.sampled_from(PushEnrollmentMode),
        "re_enrollment_allowed": st.booleans(),
        "only_allow_preconfigured_callback_urls": st.booleans(),
        "max_message_length": st.integers(LONGEST_MESSAGE, 4096),
        "result_retention_s": st.integers(30, 86_400),
    }
)
templates = st.dictionaries(languages, _lines.map(lambda text: text.replace("[", "(") + " [message]"), max_size=3)


@st.composite
def configurations(draw: st.DrawFn) -> Seeds:
    """Everything that an admin may configure, in the order of its names; half of it disabled."""
    types = draw(st.lists(kinds, max_size=3, unique_by=lambda each: each.name))
    portals = draw(st.lists(clients, max_size=3, unique_by=lambda each: each.client_id))
    apps = draw(st.lists(applications, max_size=3, unique_by=lambda each: each.identifier))
    places = [
        *(("authentication_types", each.name) for each in types),
        *(("api_clients", each.client_id) for each in portals),
        *(("applications", each.identifier) for each in apps),
    ]
    off = draw(st.frozensets(st.sampled_from(places))) if places else frozenset()
    return Seeds(
        draw(mobile_configs),
        sorted(types, key=lambda each: each.name),
        [ClientSeed(each) for each in sorted(portals, key=lambda each: each.client_id)],
        sorted(apps, key=lambda each: each.identifier),
        sorted(
            draw(st.lists(endpoints, max_size=3, unique_by=lambda each: each.callback_uri)),
            key=lambda each: each.callback_uri,
        ),
        dict(sorted(draw(templates).items())),
        dict.fromkeys(sorted(off), True),
    )
