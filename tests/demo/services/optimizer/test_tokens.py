from __future__ import annotations

from syncengine.demo.services.optimizer.tokens import OptimizerConfig, Tokens

FORM = {
    "grant_type": "client_credentials",
    "client_id": "demo-client",
    "client_secret": "demo-secret",
    "scope": "openid,commerce.aco.ingestion",
}


def test_a_token_is_good_until_its_time_is_over() -> None:
    now = 100.0
    tokens = Tokens(OptimizerConfig(token_seconds=60), clock=lambda: now)
    status, answer = tokens.grant(FORM)
    token = str(answer["access_token"])
    assert (status, answer["expires_in"], answer["token_type"]) == (200, 60, "bearer")
    assert tokens.is_good(token)
    now = 160.0
    assert not tokens.is_good(token)


def test_all_can_be_ended_at_once_and_new_ones_given() -> None:
    tokens = Tokens(OptimizerConfig())
    first = str(tokens.grant(FORM)[1]["access_token"])
    tokens.end_all()
    second = str(tokens.grant(FORM)[1]["access_token"])
    assert [tokens.is_good(token) for token in (first, second, "other")] == [False, True, False]
    assert tokens.given == 2
