"""After an end no secret is in its records, and every record is read as before."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from issue_intake.core.attempt import End
from issue_intake.core.work import Ended
from issue_intake.workers.local import LocalWorker
from issue_intake.workers.scrub import scrub
from issue_intake.workers.supervisor.records import read_json
from tests.workers.bench import Bench, read_end, until

SECRET = 'he said "hunter2"\\ü'


def test_a_known_secret_is_overwritten_wherever_it_stands_and_nothing_moves(tmp_path: Path) -> None:
    out = tmp_path / "out" / "deep"
    out.mkdir(parents=True)
    for name, text in {"a.log": f"x {SECRET}\nmore\n", "b.json": json.dumps({"k": [SECRET], "n": 1})}.items():
        (tmp_path / name).write_text(text)
        (out / name).write_text(text)
    (out / "c.json").write_text(json.dumps({"k": SECRET}, ensure_ascii=False))
    (out / "locked").write_text(SECRET)
    (out / "locked").chmod(0o400)
    sizes = {path: path.stat().st_size for path in tmp_path.rglob("*")}
    scrub(tmp_path, [SECRET, "records", "short"])
    assert {path: path.stat().st_size for path in tmp_path.rglob("*")} == sizes
    assert not [p for p in tmp_path.rglob("*") if p.is_file() and "hunter2" in p.read_text()]
    assert json.loads((tmp_path / "b.json").read_text())["k"][0].startswith("[redacted")
    assert json.loads((out / "c.json").read_text())["k"].startswith("[redacted")
    assert (tmp_path / "a.log").read_text().startswith("x [redacted--")
    assert (tmp_path / "a.log").read_text().endswith("]\nmore\n")


def test_what_looks_like_one_is_overwritten_too(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    file.write_text(
        json.dumps({"a": "\nghp_abcdefg1234\n", "b": "https://x:password@h", "c": "Authorization: Basic ab"})
    )
    scrub(tmp_path, [])
    assert json.loads(file.read_text()) == {
        "a": "\n[redacted-----]\n",
        "b": "https://[redacted]@h",
        "c": "Authorization: Basic **",
    }


def test_a_secret_over_the_edge_of_what_is_read_at_once(tmp_path: Path) -> None:
    file = tmp_path / "big"
    with file.open("wb") as opened:
        opened.truncate(8 * 1024 * 1024 - 4)
        opened.seek(0, os.SEEK_END)
        opened.write(b"hunter2hunter2")
    scrub(tmp_path, ["hunter2hunter2"])
    assert file.read_bytes().endswith(b"\0[redacted----]")


@pytest.mark.parametrize("kind", ["symbolic", "hard"])
def test_no_file_elsewhere_is_touched(tmp_path: Path, kind: str) -> None:
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "attempt"
    elsewhere.write_text(SECRET)
    folder.mkdir()
    link = folder / "link"
    link.symlink_to(elsewhere) if kind == "symbolic" else link.hardlink_to(elsewhere)
    os.mkfifo(folder / "pipe")
    (folder / "loop").symlink_to(folder)
    scrub(folder, [SECRET])
    assert elsewhere.read_text() == SECRET


@pytest.mark.parametrize("word", ["exited", "schema_version", "worker", "2026-11-21", "agent_log", "steps", ""])
def test_a_secret_that_is_a_plain_word_breaks_no_record(tmp_path: Path, word: str) -> None:
    record = '{"schema_version": 1, "end": "exited", "agent_log": null, "started_at": "2026-11-21", "steps": "worker"}'
    (tmp_path / "exit.json").write_text(record)
    scrub(tmp_path, [word])
    assert (tmp_path / "exit.json").read_text() == record


def test_a_run_reads_an_end_only_after_its_records_are_clean(bench: Bench) -> None:
    secret = "correct horse battery"
    bench.worker = LocalWorker(_logged, scrub=lambda folder: scrub(folder, [secret]), grace=0.3)
    ref = bench.run(bench.shell(f"echo '{secret}'"))
    seen = bench.worker.look(ref)
    assert isinstance(seen, Ended)
    assert seen.end.last_line == "[redacted-----------]\n"
    assert read_json(str(ref.folder / "exit.json"))["end"] == "exited"


def test_a_lost_workers_records_are_cleaned_too(bench: Bench) -> None:
    secret = "correct horse battery"
    ref = bench.start(bench.shell(f"echo '{secret}'; sleep 600"))
    log = ref.folder / "worker.log"
    until(lambda: (log.exists() and log.stat().st_size) or None)
    bench.supervisor(ref).kill()
    bench.settle_lost(ref)
    LocalWorker(read_end, scrub=lambda folder: scrub(folder, [secret])).look(ref)
    assert secret not in log.read_text()


def _logged(folder: Path, record: Mapping[str, object]) -> End:
    return replace(read_end(folder, record), last_line=(folder / "worker.log").read_text())
