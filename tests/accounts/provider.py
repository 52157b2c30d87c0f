"""An identity provider on this machine (OpenID Connect): says who it is told to say, and lies as it is told to."""

import hmac
import json
import secrets
import threading
import time
from base64 import b64decode, urlsafe_b64encode
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlencode, urlparse

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "gezhi", "of the tests"


class Provider:
    """`person`: what it says of whoever comes (sub and other claims); `more`: claims of the token that a test puts
    wrong (None leaves one out); `signs_with`: its key, unless a test takes another one."""

    def __init__(self) -> None:
        self.key = self.signs_with = RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"})
        self.person: dict[str, Any] = {"sub": "s-1", "preferred_username": "wang"}
        self.more: dict[str, Any] = {}
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "1"}
        self.in_userinfo: dict[str, Any] = {}
        self.described: dict[str, Any] = {}
        self.asked: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def authorize(self, url: str) -> str:
        """What a browser does there, the person agreeing: the address that it is led back to."""
        asked = dict(parse_qsl(urlparse(url).query))
        assert asked["response_type"] == "code" and asked["client_id"] == CLIENT
        assert "openid" in asked["scope"].split() and asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(12)
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    # --- its addresses ---------------------------------------------------------------------------------------
    def description(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        } | self.described

    def token(self, headers: Any, body: dict[str, str]) -> dict[str, Any] | None:
        """For a code, once, for the client that it was given to and whoever holds the verifier."""
        name, _colon, word = b64decode(headers["Authorization"].split()[1]).decode().partition(":")
        asked = self._codes.pop(body.get("code", ""), None)
        challenge = (
            urlsafe_b64encode(sha256(body.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
        )
        if (name, unquote(word).replace("+", " ")) != (CLIENT, SECRET) or asked is None:
            return None
        if challenge != asked["code_challenge"] or body["redirect_uri"] != asked["redirect_uri"]:
            return None
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": int(time.time()),
            "exp": int(time.time()) + 300,
            "nonce": asked["nonce"],
            **self.person,
            **self.more,
        }
        claims = {key: value for key, value in claims.items() if value is not None}
        return {"access_token": "open", "token_type": "Bearer", "id_token": self.sign(claims)}

    def sign(self, claims: dict[str, Any]) -> str:
        if self.header["alg"] in {"none", "HS256"}:  # which the library signs with no public key
            parts = [json.dumps(part).encode() for part in (self.header, claims)]
            signed = b".".join(urlsafe_b64encode(part).rstrip(b"=") for part in parts)
            known = hmac.digest(self.key.as_pem(private=False), signed, "sha256")
            last = b"" if self.header["alg"] == "none" else urlsafe_b64encode(known).rstrip(b"=")
            return (signed + b"." + last).decode()
        return jwt.encode(self.header, claims, self.signs_with)

    def answer(self, path: str, headers: Any, body: dict[str, str]) -> dict[str, Any] | None:
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            return self.description()
        if path == "/keys":
            return {"keys": [self.key.as_dict(private=False)]}
        if path == "/token":
            return self.token(headers, body)
        assert path == "/userinfo" and headers["Authorization"] == "Bearer open"
        return self.in_userinfo

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path.startswith("/authorize?"):
                    self.send_response(302)
                    self.send_header("Location", provider.authorize(self.path))
                    self.end_headers()
                    return
                length = int(self.headers.get("Content-Length", 0))
                body = {key: words[0] for key, words in parse_qs(self.rfile.read(length).decode()).items()}
                said = provider.answer(urlparse(self.path).path, self.headers, body)
                answer = json.dumps(said if said is not None else {"error": "invalid_grant"}).encode()
                self.send_response(200 if said is not None else 400)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_POST = do_GET

            def log_message(self, *words: Any) -> None:
                pass

        return Handler
