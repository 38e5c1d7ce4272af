from pathlib import Path

import pytest

from flows.errors import ConfigurationError
from flows.settings import Settings, load_settings


def load(tmp_path: Path, dotenv: str = "", **environ: str) -> Settings:
    file = tmp_path / ".env"
    file.write_text(dotenv, encoding="utf-8")
    return load_settings(environ, file)


def test_nothing_set_means_local_files_and_the_console(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert settings.home == Path("data")
    assert settings.slack_token is None
    assert settings.allow_private is False
    assert settings.warehouse == Path("data/warehouse.duckdb")


def test_the_environment_wins_over_the_dotenv_file(tmp_path: Path) -> None:
    settings = load(tmp_path, "COURTWATCH_HOME=/a\nCOURTWATCH_CONTACT=x@y.example\n", COURTWATCH_HOME="/b")
    assert (settings.home, settings.contact) == (Path("/b"), "x@y.example")


@pytest.mark.parametrize("place", ["environment", "dotenv"])
def test_an_unknown_variable_is_an_error_that_suggests_the_right_one(tmp_path: Path, place: str) -> None:
    dotenv, environ = (
        ("", {"COURTWATCH_SLACK_TOKN": "x"}) if place == "environment" else ("COURTWATCH_SLACK_TOKN=x\n", {})
    )
    with pytest.raises(ConfigurationError, match="did you mean COURTWATCH_SLACK_TOKEN"):
        load(tmp_path, dotenv, **environ)


def test_other_programs_variables_are_none_of_our_business(tmp_path: Path) -> None:
    assert load(tmp_path, "PREFECT_API_URL=http://127.0.0.1:4200/api\n", PATH="/bin").home == Path("data")


def test_an_empty_value_means_not_set(tmp_path: Path) -> None:
    settings = load(tmp_path, COURTWATCH_SLACK_TOKEN="", COURTWATCH_HOME="  ")
    assert (settings.slack_token, settings.home) == (None, Path("data"))


def test_a_value_that_does_not_fit_names_its_variable(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^COURTWATCH_ALLOW_PRIVATE: "):
        load(tmp_path, COURTWATCH_ALLOW_PRIVATE="perhaps")


def test_a_token_without_a_channel_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="COURTWATCH_SLACK_CHANNEL"):
        load(tmp_path, COURTWATCH_SLACK_TOKEN="xoxb-1")


def test_buttons_without_a_bot_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="COURTWATCH_SLACK_TOKEN is not"):
        load(tmp_path, COURTWATCH_SLACK_APP_TOKEN="xapp-1")


def test_who_may_act_is_a_list_of_ids(tmp_path: Path) -> None:
    assert load(tmp_path, COURTWATCH_SLACK_USERS="U1, U2 U3").may_act == {"U1", "U2", "U3"}
    assert load(tmp_path).may_act == set()


def test_secrets_do_not_show(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        COURTWATCH_SLACK_TOKEN="xoxb-secret",
        COURTWATCH_SLACK_APP_TOKEN="xapp-secret",
        COURTWATCH_SLACK_CHANNEL="C1",
        COURTWATCH_SMTP_URL="smtp://user:hidden@mail.example",
    )
    assert "secret" not in repr(settings)
    assert "hidden" not in repr(settings)


def test_every_setting_stands_in_the_example_file() -> None:
    example = Path(".env.example").read_text(encoding="utf-8")
    documented = {line.split("=")[0] for line in example.splitlines() if line.startswith("COURTWATCH_")}
    assert documented == {f"COURTWATCH_{name.upper()}" for name in Settings.model_fields}
