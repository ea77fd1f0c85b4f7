"""Settings: which source wins, what is refused and how it is said, and what is never shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from support.secrets import secret_file

from syncengine.errors import SettingsError
from syncengine.settings import (
    DEMO_DESTINATION,
    ControlSettings,
    DestinationSettings,
    Settings,
    config_path,
    load_settings,
    secret_value,
)

CANARY = "canary-secret-9f3e"


@pytest.fixture(autouse=True)
def _no_file_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def config(tmp_path: Path, text: str, name: str = "catalog-sync.toml") -> Path:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def refused(config_file: Path | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(config_file)
    assert caught.value.exit_code == 2
    assert caught.value.hint
    return caught.value.message


def test_with_nothing_set_the_embedded_demo_is_used() -> None:
    settings = load_settings()

    assert (settings.is_demo, settings.is_demo_source, settings.is_demo_destination) == (True, True, True)
    assert settings.all_destinations() == {"demo": DEMO_DESTINATION}
    assert settings.data_dir == Path("data")
    assert (settings.schedule.every_minutes, settings.schedule.at_minute) == (60, 0)


def test_the_file_stands_above_the_defaults(tmp_path: Path) -> None:
    path = config(tmp_path, '[source]\nurl = "https://shop.example/rest"\n[engine]\nthreads = 4\n')

    settings = load_settings(path)

    assert (settings.source.url, settings.engine.threads, settings.engine.memory_limit_mb) == (
        "https://shop.example/rest", 4, 1024,
    )  # fmt: skip
    assert (settings.is_demo_source, settings.is_demo_destination) == (False, True)


def test_the_environment_stands_above_the_file_key_by_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = config(tmp_path, '[source]\nurl = "https://shop.example/rest"\npage_size = 50\n')
    monkeypatch.setenv("CATALOG_SYNC_SOURCE__PAGE_SIZE", "77")

    settings = load_settings(path)

    assert (settings.source.url, settings.source.page_size) == ("https://shop.example/rest", 77)


def test_flags_stand_above_everything_unless_they_are_not_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CATALOG_SYNC_DATA_DIR", "/from/the/environment")

    assert load_settings(data_dir=tmp_path).data_dir == tmp_path
    assert load_settings(data_dir=None).data_dir == Path("/from/the/environment")


def test_the_file_is_the_named_one_then_the_directorys_then_the_users(tmp_path: Path) -> None:
    assert config_path() is None
    users = config(tmp_path, "", "config/catalog-sync/catalog-sync.toml")
    assert config_path() == users
    here = config(tmp_path, "")
    found = config_path()
    assert found is not None
    assert found.resolve() == here
    named = config(tmp_path, "", "other.toml")
    assert config_path(named) == named


def test_a_named_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "nowhere.toml" in refused(tmp_path / "nowhere.toml")


@pytest.mark.parametrize("text", ["[source", "a = ", 'a = "\xff'])
def test_a_file_that_is_no_toml_is_told_with_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(text.encode("latin-1"))

    assert "broken.toml` cannot be read" in refused(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[source]\ntokn = 'x'", "`source.tokn`: is not a setting, did you mean `source.token`?"),
        ("datadir = 'x'", "`datadir`: is not a setting, did you mean `data_dir`?"),
        ("[entirely]\nelse = 1", "`entirely`: is not a setting"),
    ],
)
def test_an_unknown_key_is_refused_with_what_was_probably_meant(tmp_path: Path, text: str, message: str) -> None:
    assert message in refused(config(tmp_path, text))


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("CATALOG_SYNC_SOURCE__TOKN", "CATALOG_SYNC_SOURCE__TOKEN"),
        ("CATALOG_SYNC_DATADIR", "CATALOG_SYNC_DATA_DIR"),
        ("CATALOG_SYNC_DESTINATION__APIKEY", "CATALOG_SYNC_DESTINATION__API_KEY"),
    ],
)
def test_an_unknown_variable_is_refused_with_what_was_probably_meant(
    monkeypatch: pytest.MonkeyPatch, name: str, meant: str
) -> None:
    monkeypatch.setenv(name, CANARY)

    message = refused()

    assert message == f"`{name}` is not a setting, did you mean `{meant}`?"


def test_all_problems_are_told_in_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = config(
        tmp_path,
        '[source]\nurl = "shop.example"\npage_size = -1\nkind = "ftp"\ntokn = "x"\n[engine]\nthreads = "many"\n'
        '[destinations."a b"]\nurl = "https://x.example"\n',
    )
    monkeypatch.setenv("CATALOG_SYNC_SCHEDULE__EVERY_MINUTE", "5")
    monkeypatch.setenv("CATALOG_SYNC_UI__PORT", "70000")

    message = refused(path)

    for named in (
        "source.url", "source.page_size", "source.kind", "source.tokn", "engine.threads", "`a b`",
        "CATALOG_SYNC_SCHEDULE__EVERY_MINUTE", "ui.port",
    ):  # fmt: skip
        assert named in message
    assert message.count("every_minute`") <= 1


@pytest.mark.parametrize(
    "url",
    [
        "shop.example/rest", "ftp://shop.example", "https://", "https://user@shop.example", "https://u:p@shop.example",
        "https://shop.example/rest?token=x", "https://shop.example/rest#x", "http://shop.example/rest",
        "file:///etc/passwd", "http://[::1", "http://127.0.0.1.evil.example", "https://127.0.0.1:80#@example.com",
    ],
)  # fmt: skip
@pytest.mark.parametrize("section", ["source", "destination"])
def test_a_base_address_that_could_leak_or_mislead_is_refused(tmp_path: Path, section: str, url: str) -> None:
    assert f"`{section}.url`" in refused(config(tmp_path, f'[{section}]\nurl = "{url}"'))


@pytest.mark.parametrize(
    "url", ["http://localhost:8601/rest", "http://127.0.0.1:8601", "http://[::1]:8601", "https://x.example"]
)
def test_plain_http_is_for_this_machine_alone(tmp_path: Path, url: str) -> None:
    assert load_settings(config(tmp_path, f'[source]\nurl = "{url}"')).source.url == url


def test_plain_http_elsewhere_needs_a_word_of_its_own(tmp_path: Path) -> None:
    path = config(tmp_path, '[source]\nurl = "http://shop.example/rest"\nallow_http = true')

    assert load_settings(path).source.url == "http://shop.example/rest"


def with_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("CATALOG_SYNC_SOURCE__TOKEN", CANARY)
    path = config(tmp_path, f'[destination]\nurl = "https://x.example"\napi_key = "{CANARY}"\n')
    return load_settings(path)


def test_secrets_are_read_and_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = with_secrets(tmp_path, monkeypatch)

    assert settings.source.token is not None
    assert secret_value(settings.source.token, None, "source.token") == CANARY
    shown = [repr(settings), str(settings), settings.model_dump_json(), json.dumps(settings.model_dump(), default=str)]
    assert all(CANARY not in text for text in shown)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CATALOG_SYNC_SOURCE", f'{{"token": "{CANARY}"'),
        ("CATALOG_SYNC_SOURCE", f'{{"token": ["{CANARY}"]}}'),
        ("CATALOG_SYNC_SOURCE__URL", f"https://user:{CANARY}@shop.example"),
        ("CATALOG_SYNC_SOURCE__URL", f"https://shop.example/?token={CANARY}"),
        ("CATALOG_SYNC_SOURCE__PAGE_SIZE", CANARY),
        ("CATALOG_SYNC_SOURCE__KIND", CANARY),
        ("CATALOG_SYNC_DESTINATIONS__MAIN__API_KY", CANARY),
    ],
)
def test_no_value_is_repeated_in_an_error(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError) as caught:
        load_settings()

    error: BaseException | None = caught.value
    while error is not None:
        assert CANARY not in f"{error} {error!r}" or error.__suppress_context__
        error = error.__cause__


def test_a_secret_comes_from_its_setting_or_its_file(tmp_path: Path) -> None:
    secret_file(tmp_path / "token", f"{CANARY}\n")

    assert secret_value(None, tmp_path / "token", "source.token_file") == CANARY
    assert secret_value(None, None, "source.token_file") is None


@pytest.mark.parametrize("content", [None, f"{CANARY}\xff".encode("latin-1")])
def test_a_secret_file_that_cannot_be_read_names_its_setting_and_never_its_content(
    tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "token").touch(mode=0o600)
        (tmp_path / "token").write_bytes(content)

    with pytest.raises(SettingsError, match=r"source\.token_file") as caught:
        secret_value(None, tmp_path / "token", "source.token_file")

    assert CANARY not in caught.value.message
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o602])
def test_a_secret_file_open_to_others_is_refused_without_its_content(tmp_path: Path, mode: int) -> None:
    file = secret_file(tmp_path / "a token", CANARY)
    file.chmod(mode)

    with pytest.raises(SettingsError, match=r"`source\.token_file` can be read by other users") as caught:
        secret_value(None, file, "source.token_file")

    assert f"chmod 600 '{file}'" in caught.value.hint
    assert CANARY not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(("mode", "is_fine"), [(0o444, True), (0o440, True), (0o666, False), (0o460, False)])
def test_a_mounted_secret_may_be_read_but_not_changed_by_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, is_fine: bool
) -> None:
    monkeypatch.setattr("syncengine.settings.load._MOUNTED", (tmp_path,))
    file = secret_file(tmp_path / "token", CANARY)
    file.chmod(mode)

    if is_fine:
        assert secret_value(None, file, "source.token_file") == CANARY
    else:
        with pytest.raises(SettingsError, match="can be changed by other users"):
            secret_value(None, file, "source.token_file")


BASE = {"url": "https://x.example/v1", "environment_id": "e", "data_space_id": "d"}


def test_a_destinations_id_is_made_of_address_environment_and_data_space() -> None:
    base = DestinationSettings(**BASE).destination_id
    others = [{"url": "https://y.example/v1"}, {"environment_id": "f"}, {"data_space_id": "f"}, {"kind": "folder"}]

    ids = {DestinationSettings(**{**BASE, **other}).destination_id for other in others}

    assert base.startswith("services-")
    assert len(ids | {base}) == 5


def test_a_destinations_id_never_changes() -> None:
    assert DestinationSettings(**BASE).destination_id == "services-37208aaf7b"
    assert DEMO_DESTINATION.destination_id == "services-8ae3832d3a"


@pytest.mark.parametrize(
    "other",
    [{"api_key": "another"}, {"connections": 7}, {"timeout_seconds": 5}, {"url": "https://x.example/v1/"}],
    ids=["credentials", "connections", "patience", "a trailing slash"],
)
def test_credentials_manners_and_a_trailing_slash_make_no_other_destination(other: dict[str, object]) -> None:
    assert DestinationSettings(**{**BASE, **other}).destination_id == DestinationSettings(**BASE).destination_id


def test_parts_of_an_id_do_not_run_together() -> None:
    one = DestinationSettings(url="https://x.example", environment_id="ab", data_space_id="c")
    other = DestinationSettings(url="https://x.example", environment_id="a", data_space_id="bc")

    assert one.destination_id != other.destination_id


def test_the_one_destination_is_called_default_and_stands_with_named_ones(tmp_path: Path) -> None:
    path = config(
        tmp_path, '[destination]\nurl = "https://x.example"\n[destinations.second]\nkind = "folder"\npath = "out"\n'
    )

    named = load_settings(path).all_destinations()

    assert list(named) == ["default", "second"]
    assert named["second"].path == Path("out")


def test_settings_cannot_be_changed() -> None:
    settings = load_settings()

    with pytest.raises(ValueError, match="frozen"):
        settings.data_dir = Path("/elsewhere")
    with pytest.raises(ValueError, match="frozen"):
        settings.source.page_size = 1


def test_the_control_stores_address_comes_from_its_setting_or_its_file(tmp_path: Path) -> None:
    url = f"postgresql+psycopg://sync:{CANARY}@db/sync"
    file = secret_file(tmp_path / "url", url + "\n")

    assert Settings().control_url is None
    assert Settings(control=ControlSettings(url_file=file)).control_url == url
    settings = Settings(control=ControlSettings(url=SecretStr(url)))
    assert settings.control_url == url
    assert CANARY not in repr(settings)


@pytest.mark.parametrize("url", ["mysql://x", "postgresql://x/y", "sqlite:///x"])
def test_another_kind_of_database_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(ValidationError, match=r"postgresql\+psycopg://"):
        ControlSettings(url=SecretStr(url))
    with pytest.raises(SettingsError, match=r"control\.url_file"):
        _ = Settings(control=ControlSettings(url_file=secret_file(tmp_path / "url", url))).control_url
