"""Where a server is, and what it is called."""

from __future__ import annotations

from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of a URL. Raises ValueError where it has none."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme)


def graphql_url(api_url: str) -> str:
    """Where a server that has its REST API at `api_url` has GraphQL."""
    bare = api_url.rstrip("/")
    return f"{bare.removesuffix('/v3') if bare.endswith('/api/v3') else bare}/graphql"


def server_name(api_url: str) -> str:
    """What the server is called in sentences: GitHub, or GitHub at a host."""
    parts = urlsplit(api_url)
    port = f":{parts.port}" if parts.port else ""
    return "GitHub" if parts.hostname == "api.github.com" else f"GitHub at {parts.hostname}{port}"
