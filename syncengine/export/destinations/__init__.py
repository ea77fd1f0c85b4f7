"""Where feeds can be sent: `open_destination` makes the one that the settings name."""

from __future__ import annotations

from syncengine.errors import SettingsError
from syncengine.export.budget import MeteredTransport, RateBudget, rate_limits
from syncengine.export.destinations.base import Destination
from syncengine.export.destinations.folder import FolderDestination
from syncengine.export.destinations.optimizer import ImsToken, OptimizerDestination, Scopes
from syncengine.export.destinations.services import ApiKeyAuth, ServicesDestination
from syncengine.settings import DestinationSettings, secret_value
from syncengine.traffic import SIGN_IN
from syncengine.transport import Transport

_SOURCES = {
    "url": "the base address of the services, up to but without `/feeds`",
    "api_key": "whoever runs the services gives it out (in Commerce: Services Connector, API keys)",
    "environment_id": "as the API key (in Commerce: Services Connector, SaaS identifier)",
    "data_space_id": "as the API key (in Commerce: Services Connector, SaaS identifier)",
    "path": "a directory that the engine may write to",
    "tenant_id": "the instance's id (Commerce Cloud Manager, instance details); or set `url`, the base address with it",
    "region": "the instance's region, such as na1 (Commerce Cloud Manager, instance details)",
    "client_id": "Adobe Developer Console, a project with the Commerce Optimizer Ingestion API, OAuth Server-to-Server",
    "client_secret": "as the client id",
    "currencies": 'the base currency of each website, such as { base = "USD" } or { "*" = "USD" } for all',
}
_HEADER_SETTINGS = ("api_key", "environment_id", "data_space_id")


def open_destination(name: str, settings: DestinationSettings, budget: RateBudget | None = None) -> Destination:
    """The destination called `name`, ready to send; nothing is sent by opening it.

    Each of its requests is within `budget`; without one, within what the settings permit this process.
    Raises: SettingsError saying which settings are missing or unusable, and where they come from.
    """
    section = "destination" if name == "default" else f"destinations.{name}"
    budget = budget or RateBudget(rate_limits(settings))
    if settings.kind == "folder":
        if settings.path is None:
            raise _not_configured(name, section, ["path"])
        return FolderDestination(name, settings.destination_id, path=settings.path)
    if settings.kind == "optimizer":
        return _open_optimizer(name, section, settings, budget)
    api_key = secret_value(settings.api_key, settings.api_key_file, f"{section}.api_key_file")
    given = {
        "url": settings.url,
        "api_key": api_key,
        "environment_id": settings.environment_id,
        "data_space_id": settings.data_space_id,
    }
    missing = [setting for setting, value in given.items() if not value]
    if missing:
        raise _not_configured(name, section, missing)
    texts = {setting: value or "" for setting, value in given.items()}
    for setting in _HEADER_SETTINGS:
        if not all("!" <= character <= "~" for character in texts[setting]):
            message = f"`{section}.{setting}` holds characters that cannot stand in an HTTP header."
            raise SettingsError(message, hint="Set it again, without spaces and line ends.")
    auth = ApiKeyAuth(texts["api_key"])
    transport = Transport(
        texts["url"],
        auth=auth,
        headers={"x-environment-id": texts["environment_id"], "x-data-space-id": texts["data_space_id"]},
        timeout_seconds=settings.timeout_seconds,
        connections=settings.connections,
        target=settings.kind,
    )
    metered = MeteredTransport(transport, budget)
    return ServicesDestination(name, settings.destination_id, transport=metered, auth=auth)


def _open_optimizer(name: str, section: str, settings: DestinationSettings, budget: RateBudget) -> OptimizerDestination:
    secret = secret_value(settings.client_secret, settings.client_secret_file, f"{section}.client_secret_file")
    base_url = settings.optimizer_url
    given = {
        "tenant_id": base_url or settings.tenant_id,
        "region": base_url or settings.region,
        "client_id": settings.client_id,
        "client_secret": secret,
        "currencies": settings.currencies,
    }
    missing = [setting for setting, value in given.items() if not value]
    if missing or base_url is None:
        raise _not_configured(name, section, missing)
    token_transport = Transport(
        settings.token_url, auth=None, timeout_seconds=settings.timeout_seconds, connections=1, target=SIGN_IN
    )
    token = ImsToken(token_transport, client_id=settings.client_id or "", client_secret=secret or "")
    transport = Transport(
        base_url,
        auth=None,
        timeout_seconds=settings.timeout_seconds,
        connections=settings.connections,
        target=settings.kind,
    )
    scopes = Scopes(locales=settings.locales, currencies=settings.currencies)
    # the token comes from another service: what it costs is not of this budget
    metered = MeteredTransport(transport, budget)
    return OptimizerDestination(name, settings.destination_id, transport=metered, token=token, scopes=scopes)


def _not_configured(name: str, section: str, missing: list[str]) -> SettingsError:
    names = ", ".join(f"`{section}.{setting}`" for setting in missing)
    first = "__".join(["CATALOG_SYNC", *section.split("."), missing[0]]).upper()
    first = first.replace("CATALOG_SYNC__", "CATALOG_SYNC_")
    sources = "; ".join(f"{setting}: {_SOURCES[setting]}" for setting in missing)
    return SettingsError(
        f"The destination `{name}` is not configured: {names} not set. Nothing was sent.",
        hint=f"Set it in the config file or as {first}. Where to get it: {sources}.",
    )
