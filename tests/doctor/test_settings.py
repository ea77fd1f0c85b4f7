"""The doctor's look at the settings: what cannot work is told before a sync needs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from syncengine.doctor import Finding, Verdict
from syncengine.doctor.settings import check_feeds, check_log, check_notifications, check_secret_files
from syncengine.feeds.registry import FEEDS
from syncengine.settings import LogSettings, NotifySettings, Settings, SourceSettings
from syncengine.settings.feeds import FeedSettings


def with_token_file(path: Path) -> Settings:
    return Settings(source=SourceSettings(url="https://shop.example", token_file=path))


def one(findings: list[Finding]) -> Finding:
    (finding,) = findings
    return finding


def secret_file(place: Path, text: str = "s3cret-token", mode: int = 0o600) -> Path:
    path = place / "token"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_secret_file_that_only_we_can_read_is_well(tmp_path: Path) -> None:
    found = one(list(check_secret_files(with_token_file(secret_file(tmp_path)))))

    assert found.verdict is Verdict.ok


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_secret_file_that_others_can_use_is_a_failure_without_the_secret(tmp_path: Path, mode: int) -> None:
    found = one(list(check_secret_files(with_token_file(secret_file(tmp_path, mode=mode)))))

    assert found.verdict is Verdict.failed
    assert "source.token_file" in found.sentence
    assert "s3cret" not in found.sentence + found.hint


def test_a_secret_as_docker_mounts_it_is_well_and_one_that_others_can_change_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncengine.settings.load._MOUNTED", (tmp_path,))
    path = secret_file(tmp_path, mode=0o444)

    found = one(list(check_secret_files(with_token_file(path))))
    assert (found.verdict, found.sentence) == (
        Verdict.ok, "1 can be read, and by nobody else; 1 as mounted for a container or a service.",
    )  # fmt: skip

    path.chmod(0o666)
    assert one(list(check_secret_files(with_token_file(path)))).verdict is Verdict.failed


def test_a_secret_file_that_is_missing_or_empty_is_a_failure(tmp_path: Path) -> None:
    missing = one(list(check_secret_files(with_token_file(tmp_path / "missing"))))
    empty = one(list(check_secret_files(with_token_file(secret_file(tmp_path, " \n")))))

    assert (missing.verdict, empty.verdict) == (Verdict.failed, Verdict.failed)
    assert "is empty" in empty.sentence


def test_without_secret_files_nothing_is_said() -> None:
    assert list(check_secret_files(Settings())) == []


def test_a_log_that_can_be_written_is_well_and_none_is_not_told(tmp_path: Path) -> None:
    settings = Settings(log=LogSettings(file=tmp_path / "new" / "sync.log"))

    assert one(list(check_log(settings))).verdict is Verdict.ok
    assert list(check_log(Settings())) == []


def test_who_is_told_is_said() -> None:
    told = Settings(notify=NotifySettings(webhook_url=SecretStr("https://hooks.example/x")))

    assert "webhook" in one(list(check_notifications(told))).sentence
    assert "Nobody" in one(list(check_notifications(Settings()))).sentence


def test_feeds_and_fields_that_exist_are_well_and_none_named_is_not_told() -> None:
    named = Settings(feeds=FeedSettings(noise={"products": ("metaTitle",)}, off=("prices",)))

    assert one(list(check_feeds(named))).verdict is Verdict.ok
    assert list(check_feeds(Settings())) == []


@pytest.mark.parametrize(
    ("feeds", "word"),
    [
        (FeedSettings(noise={"produkts": ("name",)}), "produkts"),
        (FeedSettings(noise={"products": ("nmae",)}), "nmae"),
        (FeedSettings(noise={"products": ("sku",)}), "sku"),
        (FeedSettings(off=("price",)), "price"),
        (FeedSettings(off=tuple(FEEDS)), "Every feed"),
    ],
)
def test_a_feed_or_field_that_there_is_not_is_a_failure(feeds: FeedSettings, word: str) -> None:
    found = one(list(check_feeds(Settings(feeds=feeds))))

    assert found.verdict is Verdict.failed
    assert word in found.sentence and found.hint


def test_every_wrong_name_is_told() -> None:
    wrong = FeedSettings(noise={"one": ("a",), "two": ("b",)}, off=("three",))

    assert [finding.verdict for finding in check_feeds(Settings(feeds=wrong))] == [Verdict.failed] * 3
