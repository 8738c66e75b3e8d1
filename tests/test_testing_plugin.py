"""The fixtures and the option for pytest, each in a pytest run of its own."""

import pytest

from s2s_tasks.testing import BackendContract, Scripted, Stage

pytest_plugins = ["pytester"]

CLAIMS = [name for name in dir(BackendContract) if name.startswith("test_")]

REACH = """
    import socket
    def reach():
        try:
            socket.create_connection(("192.0.2.1", 9), timeout=0.01)
        except Exception:
            pass  # as a client that tries again later
"""


@pytest.fixture
def run(pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def _run(source, *options):
        pytester.makepyfile(source)
        plugin = "-ps2s_tasks.testing.pytest_plugin"
        return pytester.runpytest_subprocess(plugin, "--strict-markers", *options)

    return _run


def test_a_stage_is_a_client_and_its_script():
    tasks, backend = Stage.of(["Hallo", "Welt"])
    assert str(tasks.translate("Hello", to="de")) == "Hallo"
    assert str(tasks.translate("World", to="de")) == "Welt"
    assert [request.parts for request in backend.requests] == [("Hello",), ("World",)]


def test_a_stage_takes_a_backend_with_settings_of_its_own():
    backend = Scripted("x", name="mine")
    stage = Stage.of(backend)
    assert stage.backend is backend
    assert stage.tasks.summarize("Hello").backend == "mine"


def test_the_scripted_fixture_puts_a_client_before_a_script(run):
    done = run("""
        def test_it(s2s_scripted):
            tasks, backend = s2s_scripted("Hallo")
            assert str(tasks.translate("Hello", to="de")) == "Hallo"
            assert backend.requests[0].params["to"] == "de"
            assert s2s_scripted("Welt").backend.requests == []
    """)
    done.assert_outcomes(passed=1)


def test_the_network_fixture_fails_a_test_that_reaches_out_and_hides_it(run):
    done = run(
        REACH
        + """
    def test_it(s2s_no_network):
        reach()
    def test_another():
        assert True
    """
    )
    done.assert_outcomes(passed=2, errors=1)  # the wall comes down after the test
    done.stdout.fnmatch_lines(["*NetworkRefused: *192.0.2.1*"])


def test_the_option_is_a_wall_around_every_test_but_the_marked(run):
    source = (
        REACH
        + """
    import pytest
    def test_refused():
        reach()
    @pytest.mark.s2s_network
    def test_let_through():
        reach()
    @pytest.fixture
    def reaching():
        reach()
    def test_with_fixture(reaching):
        pass
    def test_loopback():
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname()).close()
    """
    )
    run(source).assert_outcomes(passed=4)
    run(source, "--s2s-no-network").assert_outcomes(passed=2, failed=1, errors=1)


def test_the_ini_file_can_ask_for_the_wall(run, pytester):
    pytester.makeini("[pytest]\ns2s_no_network = true\n")
    run(
        REACH
        + """
    def test_it():
        reach()
    """
    ).assert_outcomes(failed=1)


def test_the_reason_a_claim_fails_is_told(run):
    done = run(
        """
        from s2s_tasks.testing import BackendContract, Scripted
        class Counts(Scripted):
            def count_tokens(self, text):
                return 0
        class TestMine(BackendContract):
            def make_backend(self):
                return Counts("x")
    """,
        "-k",
        "never_counts",
    )
    done.assert_outcomes(failed=1, deselected=len(CLAIMS) - 1)
    done.stdout.fnmatch_lines(["*'a' counts as nothing*"])


def test_help_names_the_option(run):
    run("", "--help").stdout.fnmatch_lines(["*--s2s-no-network*"])
