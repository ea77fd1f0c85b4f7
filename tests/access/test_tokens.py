"""The API's tokens: each gives the name and role it was set with."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from support.secrets import secret_file

from syncengine.access.tokens import user_of_token
from syncengine.errors import SettingsError
from syncengine.settings import ApiSettings, ApiToken

API = ApiSettings(
    tokens={
        "reports": ApiToken(token=SecretStr("reports-token-0001")),
        "deploy": ApiToken(token=SecretStr("deploy-token-00002"), role="operator"),
    }
)


def test_a_token_gives_its_name_and_role() -> None:
    user = user_of_token("deploy-token-00002", API)
    assert user is not None and (user.name, user.role) == ("deploy (API)", "operator")


@pytest.mark.parametrize("given", ["", "reports-token-0002", "reports-token-0001 ", "tökën", "********"])
def test_another_token_is_nobodys(given: str) -> None:
    assert user_of_token(given, API) is None


def test_a_token_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    secret_file(file, "file-token-0000003\n")
    api = ApiSettings(tokens={"ci": ApiToken(token_file=file)})
    assert user_of_token("file-token-0000003", api) is not None
    assert user_of_token("", api) is None


def test_an_empty_file_lets_nobody_in(tmp_path: Path) -> None:
    secret_file(tmp_path / "token", "")
    assert user_of_token("", ApiSettings(tokens={"ci": ApiToken(token_file=tmp_path / "token")})) is None


def test_a_file_that_is_not_there_is_told_by_its_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"api\.tokens\.ci\.token_file"):
        user_of_token("x", ApiSettings(tokens={"ci": ApiToken(token_file=tmp_path / "none")}))


def test_a_short_token_and_a_missing_one_are_refused() -> None:
    with pytest.raises(ValidationError, match="16 characters"):
        ApiToken(token=SecretStr("short"))
    with pytest.raises(ValidationError, match="one of"):
        ApiToken()
