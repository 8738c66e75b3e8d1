"""The contract: sound backends keep it, and each of its claims catches the backend that breaks it."""

import os
import subprocess
import sys
from dataclasses import replace
from unittest import SkipTest

import pytest
from s2s_extractive.backend import Extractive
from s2s_extractive.card import SPEC
from saboteurs import LONG, SABOTEURS, Sound, long_story, shout

from s2s_tasks.errors import BackendError
from s2s_tasks.exchange import Media, Modality, Request
from s2s_tasks.testing import BackendContract, Recorded, Scripted

CLAIMS = sorted(name for name in dir(BackendContract) if name.startswith("test_"))


class ShoutContract(BackendContract):
    limits_output = True
    cancel_within = 0.15
    patience = 5.0
    plugin_module = "s2s_extractive"  # any light one

    def make_backend(self):
        return Scripted(shout)

    def make_spec(self):
        return Scripted(shout).spec

    def long_request(self):
        return Request("summarize", (LONG,))


class TestScripted(ShoutContract):
    """It passes with no claim skipped but the one about remote backends."""


class TestExtractive(BackendContract):
    plugin_module = "s2s_extractive"

    def make_backend(self):
        return Extractive()

    def make_spec(self):
        return SPEC

    def long_request(self):
        return Request(
            "summarize", (" ".join(f"Word{n % 997} met word{n % 31}." for n in range(60_000)),)
        )


class TestRecorded(ShoutContract):
    """A wrapper keeps the contract of what it wraps."""

    @pytest.fixture(autouse=True)
    def _file(self, tmp_path):
        self.path = tmp_path / "recorded.jsonl"

    def make_backend(self):
        return Recorded(Scripted(shout), self.path, "record")


def broken_claims(kind, contract):
    """Which claims fail on the backend."""
    given = {
        "make_backend": lambda _: kind(),
        "make_spec": lambda _: kind().spec,
        "long_request": lambda _: None,
        "plugin_module": "",
    }
    subject = type(kind.__name__, (ShoutContract,), given | contract)()
    return {claim for claim in CLAIMS if fails(getattr(subject, claim))}


def fails(claim):
    try:
        claim()
    except SkipTest:
        return False
    except Exception:  # noqa: BLE001  # any failure is one
        return True
    return False


@pytest.mark.parametrize("name", SABOTEURS)
def test_a_broken_backend_fails_the_claim_that_it_breaks_and_no_other(name):
    kind, claims, contract = SABOTEURS[name]
    assert broken_claims(kind, contract) == claims


def test_a_backend_that_accepts_what_it_cannot_do_is_found():
    deaf = Request("transcribe", (Media(Modality.AUDIO, "audio/wav", b"RIFF"),))
    contract = {"example_requests": lambda _: [deaf, replace(deaf, instruction="in German")]}

    class Deaf(Sound):
        def _answer(self, request):
            return BackendError("no ears") if request.media else super()._answer(request)

    assert "test_what_it_has_no_misfit_for_is_answered" in broken_claims(Deaf, contract)


def test_every_claim_has_a_saboteur():
    assert set(CLAIMS) == set().union(*(claims for _, claims, _ in SABOTEURS.values()))


def test_a_sound_backend_breaks_no_claim():
    assert broken_claims(Sound, {"long_request": long_story}) == set()


def test_the_contract_runs_under_plain_pytest(tmp_path):
    (tmp_path / "test_mine.py").write_text(
        "from s2s_tasks.testing import BackendContract, Scripted\n"
        "class TestMine(BackendContract):\n"
        "    def make_backend(self):\n"
        "        return Scripted(lambda request: request.text.upper())\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_mine.py"]
    plain = os.environ | {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    done = subprocess.run(
        command, cwd=tmp_path, env=plain, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "skipped" in done.stdout
    assert "failed" not in done.stdout
