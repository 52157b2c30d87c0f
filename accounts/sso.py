"""Single sign-on: what is asked of the house's own identity provider (OpenID Connect), and what its answer proves.

The library is an extra, imported only where an issuer is set. State, nonce and PKCE are its work; it is told here whom
to believe: this issuer, for this client, under a signature of its published keys.
"""

import logging
from typing import Any, NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from trail.retries import blame

log = logging.getLogger(__name__)
# A provider that is slow must not keep the few processes of the web busy.
SECONDS = 5
METADATA_IS_KEPT = 300
METADATA = (
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "id_token_signing_alg_values_supported",
)
# A provider may also list "none", or the shared secret's HS256; neither shows who has signed.
SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LEEWAY = 60


class Unproven(Exception):
    """The provider was not reached, or what came from it does not prove who this is."""


class Identity(NamedTuple):
    """Whom the provider names: `subject` for ever, `name` as the account here is called ("" if it does not say)."""

    issuer: str
    subject: str
    name: str


def is_on() -> bool:
    """Whether an identity provider is set."""
    return bool(settings.OIDC_ISSUER)


def ask(request: HttpRequest) -> HttpResponse:
    """Lead the browser to the provider; what its answer must match stands in the session. Raises Unproven."""
    back = f"{settings.BASE_URL}{reverse('accounts:sso_back')}"
    try:
        return _client().authorize_redirect(request, back)
    except Exception as error:  # whatever an address that is no provider makes the library throw
        raise _unproven(error) from error


def prove(request: HttpRequest) -> Identity:
    """Whom the provider names in this answer, which counts once. Raises Unproven."""
    try:
        return _prove(request)
    except Exception as error:  # whatever nonsense makes the library throw: nobody gets in by it
        raise _unproven(error) from error


def _prove(request: HttpRequest) -> Identity:
    client = _client()
    wanted = {
        "iss": {"essential": True, "value": settings.OIDC_ISSUER},
        "aud": {"essential": True, "value": settings.OIDC_CLIENT_ID},
    }
    token = client.authorize_access_token(request, claims_options=wanted, leeway=LEEWAY)
    claims = token.get("userinfo")
    if not claims or not isinstance(claims["sub"], str) or not claims["sub"]:
        raise Unproven("no id_token")
    name = claims.get(settings.OIDC_CLAIM)
    if name is None and client.server_metadata.get("userinfo_endpoint"):
        told = client.userinfo(token=token)
        name = told.get(settings.OIDC_CLAIM) if told.get("sub") == claims["sub"] else None
    return Identity(settings.OIDC_ISSUER, claims["sub"], name if isinstance(name, str) else "")


def _client() -> Any:
    """The library's, with the provider's own description; its keys are read anew each time."""
    from authlib.integrations.django_client import OAuth

    client = OAuth().register(
        "sso",
        client_id=settings.OIDC_CLIENT_ID,
        client_secret=settings.OIDC_CLIENT_SECRET,
        server_metadata_url=f"{settings.OIDC_ISSUER.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": settings.OIDC_SCOPE,
            "code_challenge_method": "S256",
            "default_timeout": SECONDS,
        },
    )
    key = f"oidc:{settings.OIDC_ISSUER}"
    known = cache.get(key)
    if known is None:
        known = {word: value for word, value in client.load_server_metadata().items() if word in METADATA}
        if known.get("issuer") != settings.OIDC_ISSUER:
            raise Unproven("the provider calls itself otherwise than OIDC_ISSUER")
        cache.set(key, known, METADATA_IS_KEPT)
    offered = known.get("id_token_signing_alg_values_supported") or SIGNATURES[:1]
    signatures = [word for word in offered if word in SIGNATURES]
    if not signatures:  # the library would fall back on a list of its own
        raise Unproven("the provider offers no signature that shows who has signed")
    client.server_metadata = known | {"id_token_signing_alg_values_supported": signatures, "_loaded_at": True}
    return client


def _unproven(error: Exception) -> Unproven:
    log.warning("single sign-on failed: %s", blame(error))
    return error if isinstance(error, Unproven) else Unproven()
