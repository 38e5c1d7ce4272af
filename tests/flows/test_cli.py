import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows.cli import COMMANDS
from replay.slack import LocalSlack
from warehouse.connection import open_warehouse

# Every setting of ours is passed on purpose; what the machine's environment says of proxies and the like stays.
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("COURTWATCH_", "PREFECT_"))}

FEED = """
name = "Nowhere"
publisher = "Nowhere Press"
kind = "rss"
url = "http://127.0.0.1:9/feed"
every = "1h"
"""


def courtwatch(tmp_path: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = CLEAN | {"COURTWATCH_HOME": str(tmp_path / "data")} | settings
    command = [sys.executable, "-m", "flows.cli", *arguments]
    return subprocess.run(
        command, cwd=tmp_path, env=environment | {"PYTHONPATH": str(Path.cwd())}, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip


def catalogue(tmp_path: Path, text: str = FEED) -> str:
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "nowhere.toml").write_text(text, encoding="utf-8")
    return str(folder)


def one_line(answer: subprocess.CompletedProcess[str]) -> str:
    (line,) = answer.stderr.strip().splitlines()
    return line


def test_an_unreachable_network_ends_with_a_table_that_says_why(tmp_path: Path) -> None:
    answer = courtwatch(tmp_path, "run", COURTWATCH_SOURCES=catalogue(tmp_path), COURTWATCH_ALLOW_PRIVATE="true")
    assert answer.returncode == 1
    assert "nowhere" in answer.stdout
    assert "failed" in answer.stdout
    assert "1 in trouble" in answer.stdout
    after = courtwatch(tmp_path, "sql", "SELECT source, state FROM source_health", "--format", "json")
    assert json.loads(after.stdout)[0]["source"] == "nowhere"
    doctor = courtwatch(tmp_path, "doctor", COURTWATCH_SOURCES=str(tmp_path / "sources"))
    assert doctor.returncode == 1
    assert "nowhere" in doctor.stdout, "a source that was asked and never answered is not in order"
    wide = courtwatch(tmp_path, "sql", "FROM source_health").stdout.splitlines()
    assert "source nowhere" in [" ".join(line.split()) for line in wide], "one block a row: a table were unreadable"
    listed = courtwatch(tmp_path, "sources", "list", "--json", COURTWATCH_SOURCES=str(tmp_path / "sources"))
    [row] = json.loads(listed.stdout)
    assert (row["state"], row["last_success_at"], row["last_item_at"]) == ("failed", None, None)
    assert (row["every_seconds"], row["pause_seconds"]) == (3_600, 600), "a first trouble is looked at again soon"


def test_verdicts_never_overwrite_the_items_they_are_about(tmp_path: Path) -> None:
    items = tmp_path / "items.jsonl"
    items.write_text('{"id": "1", "title": "Court convicts", "text": ""}\n', encoding="utf-8")
    before = items.read_bytes()
    answer = courtwatch(tmp_path, "classify", str(items), "-o", str(items))
    assert answer.returncode == 2
    assert "is the input" in answer.stderr
    assert items.read_bytes() == before


def test_a_private_address_is_refused_unless_the_operator_allows_it(tmp_path: Path) -> None:
    answer = courtwatch(tmp_path, "run", "--json", COURTWATCH_SOURCES=catalogue(tmp_path))
    assert answer.returncode == 1
    assert "COURTWATCH_ALLOW_PRIVATE" in answer.stderr
    assert json.loads(answer.stdout)["sources_failed"] == 1


@pytest.mark.parametrize(
    ("arguments", "settings", "code", "says"),
    [
        (("run",), {"COURTWATCH_SLACK_CHANEL": "C1"}, 2, "did you mean COURTWATCH_SLACK_CHANNEL?"),
        (("run",), {"COURTWATCH_ALLOW_PRIVATE": "perhaps"}, 2, "COURTWATCH_ALLOW_PRIVATE"),
        (("run", "--source", "no_such"), {}, 2, "no such source: no_such"),
        (("sources", "check", "no_such"), {}, 2, "no such source: no_such"),
        (("sql", "SELECT 1"), {}, 1, "courtwatch run"),
        (("search", "judge"), {}, 1, "courtwatch run"),
        (("search", "?!"), {}, 2, "give one or more words"),
        (("digest", "--week", "last week"), {}, 2, "2025-W35"),
        (("classify", "missing.jsonl", "-o", "out.jsonl"), {}, 1, "missing.jsonl"),
    ],
)
def test_wrong_use_is_one_line_that_says_what_to_do(
    tmp_path: Path, arguments: tuple[str, ...], settings: dict[str, str], code: int, says: str
) -> None:
    answer = courtwatch(tmp_path, *arguments, **settings)
    assert answer.returncode == code, answer.stderr
    assert says in one_line(answer)


def test_a_wrong_key_in_a_source_names_the_file_and_the_key(tmp_path: Path) -> None:
    answer = courtwatch(tmp_path, "sources", "list", COURTWATCH_SOURCES=catalogue(tmp_path, FEED + 'langage = "en"\n'))
    assert answer.returncode == 2
    assert "nowhere.toml" in one_line(answer)
    assert "langage" in one_line(answer)
    assert "language" in one_line(answer)


def test_the_guide_lists_every_command_with_what_it_does() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "operating.md").read_text(encoding="utf-8")
    listed = [line for line in guide.partition("## Commands\n")[2].splitlines() if line.startswith("| `courtwatch ")]
    assert [f"| `courtwatch {name}` | {said} |" for name, (_, said) in COMMANDS.items()] == listed[: len(COMMANDS)]


def test_what_verify_finds_can_be_read_by_a_program(tmp_path: Path) -> None:
    settings = {"COURTWATCH_SOURCES": catalogue(tmp_path), "COURTWATCH_ALLOW_PRIVATE": "true"}
    courtwatch(tmp_path, "run", **settings)
    sound = courtwatch(tmp_path, "verify", "--json", "--compact", **settings)
    said = json.loads(sound.stdout)
    assert (sound.returncode, said["sound"], said["faults"], said["bytes_after"] > 0) == (0, True, [], True)
    with open_warehouse(tmp_path / "data" / "warehouse.duckdb") as db:
        db.execute("INSERT INTO base.event_items VALUES ('e', 1, 'nothing', now(), NULL, 'x')")
    broken = courtwatch(tmp_path, "verify", "--json", **settings)
    assert (broken.returncode, json.loads(broken.stdout)["sound"]) == (1, False)


def test_scoring_nothing_is_an_error_and_not_a_perfect_score(tmp_path: Path) -> None:
    (tmp_path / "labels.jsonl").write_text("\n", encoding="utf-8")
    answer = courtwatch(tmp_path, "evaluate", "labels.jsonl")
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "labels.jsonl: no items" in one_line(answer)


def test_a_digest_of_a_week_that_nobody_watched_says_so(tmp_path: Path) -> None:
    settings = {"COURTWATCH_SOURCES": catalogue(tmp_path), "COURTWATCH_ALLOW_PRIVATE": "true"}
    courtwatch(tmp_path, "run", **settings)
    for week, says in (("2020-W01", "nothing was watched in 2020-W01"), ("2199-W01", "2199-W01 has not begun")):
        answer = courtwatch(tmp_path, "digest", "--week", week, **settings)
        assert (answer.returncode, says in one_line(answer)) == (2, True)
    assert not (tmp_path / "data" / "digests").exists()
    none = courtwatch(tmp_path, "evaluate", "--corrections", **settings)
    assert (none.returncode, "courtwatch correct EVENT" in one_line(none)) == (1, True)


def test_a_broken_source_file_is_named_and_stops_no_other(tmp_path: Path) -> None:
    folder = Path(catalogue(tmp_path, FEED))
    (folder / "half.toml").write_text('name = "Half"\npublisher = ""\nkind = "rss"\n', encoding="utf-8")
    (folder / "torn.toml").write_text('name = "Torn', encoding="utf-8")
    settings = {"COURTWATCH_SOURCES": str(folder), "COURTWATCH_ALLOW_PRIVATE": "true"}
    ran = courtwatch(tmp_path, "run", **settings)
    assert ran.returncode == 1
    assert "nowhere" in ran.stdout, "the other one ran"
    assert "half.toml: publisher" in ran.stderr
    assert "torn.toml: not valid TOML" in ran.stderr
    named = courtwatch(tmp_path, "run", "--source", "half", **settings)
    assert (named.returncode, "half.toml: publisher" in one_line(named)) == (2, True)
    doctor = courtwatch(tmp_path, "doctor", **settings)
    assert doctor.returncode == 1
    assert "half.toml:publisher" in "".join(doctor.stdout.split())
    listed = courtwatch(tmp_path, "sources", "list", **settings)
    assert listed.returncode == 0
    assert "half.toml: publisher" in listed.stdout
    rows = {row["id"]: row for row in json.loads(courtwatch(tmp_path, "sources", "list", "--json", **settings).stdout)}
    assert {name: row["state"] for name, row in rows.items()} == {
        "half": "broken", "nowhere": "failed", "torn": "broken",
    }  # fmt: skip
    assert rows["half"].keys() == rows["nowhere"].keys()


@pytest.mark.parametrize("columns", [80, 200])
def test_the_list_of_sources_fits_the_terminal_a_line_each(tmp_path: Path, columns: int) -> None:
    name = "a_source_with_a_rather_long_name"[:28]
    folder = Path(catalogue(tmp_path, FEED))
    (folder / f"{name}.toml").write_text(FEED, encoding="utf-8")
    courtwatch(tmp_path, "run", COURTWATCH_SOURCES=str(folder), COURTWATCH_ALLOW_PRIVATE="true")
    listed = courtwatch(tmp_path, "sources", "list", COURTWATCH_SOURCES=str(folder), COLUMNS=str(columns))
    lines = listed.stdout.splitlines()
    assert max(map(len, lines)) <= columns
    (line,) = (line for line in lines if line.startswith(name))
    assert "failed" in line
    assert ("last success" in lines[0]) == (columns == 200)


@pytest.mark.parametrize(
    "arguments", [("doctor",), ("digest",), ("sql", "FROM events"), ("sources", "list"), ("verify",), ("maintain",),
                  ("routes", "preview", "--since", "2025-06-01"),
                  ("correct", "2025-06-05-ruling-000001", "--category", "threat")]
)  # fmt: skip
def test_a_mistyped_data_folder_is_not_made(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    answer = courtwatch(tmp_path, *arguments, COURTWATCH_SOURCES=catalogue(tmp_path))
    assert not (tmp_path / "data").exists()
    if arguments != ("sources", "list"):
        assert answer.returncode in (1, 2)
        assert "data" in answer.stdout + answer.stderr


def test_a_damaged_warehouse_is_said_to_be_damaged_and_left_alone(tmp_path: Path) -> None:
    home = tmp_path / "data"
    home.mkdir()
    (home / "warehouse.duckdb").write_bytes(b"this is no database" * 1000)
    answer = courtwatch(tmp_path, "run", COURTWATCH_SOURCES=catalogue(tmp_path))
    assert answer.returncode == 1
    assert "warehouse.duckdb" in one_line(answer)
    assert (home / "warehouse.duckdb").read_bytes().startswith(b"this is no database")


def test_an_unwritable_data_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    answer = courtwatch(tmp_path, "run", COURTWATCH_HOME=str(tmp_path / "file" / "data"))
    assert answer.returncode == 2
    assert "COURTWATCH_HOME" in one_line(answer)


def test_doctor_says_what_is_in_order_on_a_fresh_machine(tmp_path: Path) -> None:
    answer = courtwatch(tmp_path, "doctor", COURTWATCH_SOURCES=catalogue(tmp_path), COURTWATCH_HOME="")
    assert answer.returncode == 0, answer.stdout
    assert "1 sources" in answer.stdout
    assert "no COURTWATCH_SLACK_TOKEN" in answer.stdout
    assert "FAIL" not in answer.stdout


def test_doctor_fails_when_slack_cannot_be_reached(tmp_path: Path) -> None:
    answer = courtwatch(
        tmp_path, "doctor",
        COURTWATCH_SOURCES=catalogue(tmp_path), COURTWATCH_SLACK_TOKEN="xoxb-secret-token",
        COURTWATCH_SLACK_CHANNEL="C0ALERTS01", COURTWATCH_SLACK_BASE_URL="http://127.0.0.1:9/api/",
    )  # fmt: skip
    assert answer.returncode == 1
    assert "FAIL  slack" in answer.stdout
    assert "secret-token" not in answer.stdout + answer.stderr


def test_doctor_asks_slack_whether_anybody_would_hear_the_buttons(tmp_path: Path) -> None:
    with LocalSlack() as slack:
        said = [
            courtwatch(
                tmp_path, "doctor",
                COURTWATCH_SLACK_TOKEN=slack.token, COURTWATCH_SLACK_CHANNEL="C0ALERTS01",
                COURTWATCH_SLACK_BASE_URL=slack.url, COURTWATCH_SLACK_APP_TOKEN=token,
            ).stdout
            for token in (slack.app_token, "xapp-expired", slack.token)
        ]  # fmt: skip
    assert "what is pressed is heard" in said[0]
    assert "invalid_auth" in said[1]
    assert "connections:write" in said[1]
    assert "is no app-level token" in said[2]


def test_every_command_shows_an_example_in_its_help(tmp_path: Path) -> None:
    commands = ["demo", "run", "serve", "classify", "evaluate", "search", "sql", "explain", "doctor", "digest",
                "sources list", "sources check"]  # fmt: skip
    from typer.testing import CliRunner

    from flows.cli import app

    for command in commands:
        answer = CliRunner().invoke(app, [*command.split(), "--help"])
        assert answer.exit_code == 0, command
        assert "Example: courtwatch" in answer.stdout, command


def test_a_backfill_of_no_days_is_wrong_use(tmp_path: Path) -> None:
    settings = {"COURTWATCH_SOURCES": catalogue(tmp_path)}
    answer = courtwatch(tmp_path, "backfill", "nowhere", "--since", "2025-06-01", "--until", "2025-02-01", **settings)
    assert answer.returncode == 2
    assert "--since 2025-06-01 is not before --until 2025-02-01" in one_line(answer)


def test_the_list_of_commands_says_of_each_what_its_own_help_says_first() -> None:
    from flows.cli import COMMANDS, load_command

    for name, (_, line) in COMMANDS.items():
        first, _, _ = load_command(name).help.partition("\n\n")
        assert line == " ".join(first.split()), name


HEAVY = ("scrapy", "twisted", "prefect", "duckdb", "sklearn", "slack_sdk", "trafilatura", "pydantic")


@pytest.mark.parametrize("module", ["flows.cli", "flows.commands.judge"])
def test_listing_commands_and_judging_a_file_import_none_of_the_pipeline(module: str) -> None:
    code = f"import sys, {module}; print([name for name in {HEAVY} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=CLEAN, check=True)
    assert answer.stdout.strip() == "[]"


def test_a_misspelt_command_is_told_its_neighbour(tmp_path: Path) -> None:
    answer = courtwatch(tmp_path, "clasify")
    assert answer.returncode == 2
    assert "Did you mean 'classify'?" in answer.stderr
