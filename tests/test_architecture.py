"""The rules of the house, as tests."""

import ast
import inspect
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import s2s_tasks
from s2s_tasks import hooks

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "s2s_tasks"
PLUGINS = ROOT / "plugins"

# A room may import from rooms on lines above its own, never from its own line or below.
LAYERS = [
    {"errors", "pattern"},
    {"worker", "gate"},
    {"media", "schema", "form", "decoding", "policy", "words"},
    {"text", "language", "loops"},
    {"exchange"},
    {"capabilities"},
    {"task", "backend"},
    {"fallback", "catalog", "decide", "checkpoint", "remote"},
    {"speech"},
    {"evidence"},
    {"hooks"},
    {"plugin", "offers"},
    {"registry"},
    {"engine"},
    {"describe"},
    {"verb"},
    {"client"},
    {"testing"},
    {"cli"},
    {"__main__"},
]
FOR_ANNOTATIONS = {("hooks", "decide"), ("errors", "exchange"), ("verb", "client")}
"""Upward imports under TYPE_CHECKING: an error carries the Result it ended, by annotation."""

HEAVY = [
    "torch",
    "transformers",
    "ctranslate2",
    "anthropic",
    "numpy",
    "PIL",
    "av",
    "pydantic",
    "jsonschema",
    "jsonschema_rs",
    "llguidance",
    "httpx",
    "httpx2",
    "regex",
    "sentencex",
    "eld",
    "langcodes",
]


def modules(root):
    return sorted(path for path in root.rglob("*.py") if "__pycache__" not in path.parts)


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path):
    """(the room imported, whether it is only for annotations) of one module of the package."""
    depth = len(path.relative_to(PACKAGE).parts)
    tree = ast.parse(path.read_text())
    guarded = {
        node
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test)
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == depth:
            names = [node.module] if node.module else [alias.name for alias in node.names]
            names = [name for name in names if name != "__version__"]
            yield from ((name.split(".")[0], node in guarded) for name in names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            assert node.module.split(".")[0] != "s2s_tasks", f"{path.name}: import relatively"


def depth(room):
    return next(n for n, layer in enumerate(LAYERS) if room in layer)


@pytest.mark.parametrize(
    "path",
    [path for path in modules(PACKAGE) if path != PACKAGE / "__init__.py"],
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_rooms_import_downwards_only(path):
    room = room_of(path)
    for imported, annotation_only in imports(path):
        if imported != room and not (annotation_only and (room, imported) in FOR_ANNOTATIONS):
            assert depth(imported) < depth(room), f"{room} imports {imported}"


def test_every_room_has_its_place():
    rooms = {room_of(path) for path in modules(PACKAGE)} - {"__init__"}
    assert rooms == set().union(*LAYERS)


@pytest.mark.parametrize("path", modules(PLUGINS), ids=lambda path: str(path.relative_to(PLUGINS)))
def test_a_plugin_imports_the_core_and_no_other_plugin(path):
    own = path.relative_to(PLUGINS).parts[0].removesuffix(".py")
    others = {p.name.removesuffix(".py") for p in PLUGINS.iterdir()} - {own}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            named = {name.split(".")[0] for name in [*names, getattr(node, "module", None) or ""]}
            assert not named & others


def test_the_core_names_no_plugin():
    names = [entry.value for entry in entry_points(group="s2s_tasks")]
    assert names
    for path in modules(PACKAGE):
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                assert not any(name in ast.unparse(node) for name in names)


LIGHT = {
    "import": "import s2s_tasks",
    "help": """
import contextlib, sys
from s2s_tasks.cli import main
sys.argv = ["s2s", "--help"]
with contextlib.suppress(SystemExit):
    main()
""",
    "backends": "from s2s_tasks import Registry; assert Registry.installed().backends",
    "pytest plugin": "import s2s_tasks.testing.pytest_plugin",
}


@pytest.mark.parametrize("code", LIGHT.values(), ids=LIGHT)
def test_nothing_heavy_is_loaded_before_it_is_used(code):
    report = f"import sys; print('LOADED', *sorted(set({HEAVY}) & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1].split() == ["LOADED"]


def test_exported_names_are_sorted_complete_and_documented():
    public = {
        name
        for name, value in vars(s2s_tasks).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert set(s2s_tasks.__all__) == public
    assert [*s2s_tasks.__all__] == sorted(s2s_tasks.__all__)
    for name in public - {"Flow", "Outcome", "tasks"}:
        assert (getattr(s2s_tasks, name).__doc__ or "").strip(), name


def test_every_hook_says_what_it_is_for_and_stands_in_the_readme():
    readme = (ROOT / "README.md").read_text()
    named = [name for name in vars(hooks) if name.startswith("s2s_")]
    assert len(named) == 5
    for name in named:
        assert getattr(hooks, name).__doc__, name
        assert name in readme


def test_every_module_says_its_idea():
    for path in [*modules(PACKAGE), *modules(PLUGINS)]:
        assert ast.get_docstring(ast.parse(path.read_text())), path


def test_the_version_stands_in_the_changelog():
    assert f"## {s2s_tasks.__version__}" in (ROOT / "CHANGELOG.md").read_text()
