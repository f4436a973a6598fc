"""A plugin that misbehaves is named, and the rest goes on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from made_plugins import METRIC, READER, a_task, backend, install

from xbench.catalog import Catalog
from xbench.errors import UserError
from xbench.plugins import PluginInfo

TASKS = f"""
@hookimpl
def xbench_tasks():
    return [{a_task("fine")}]
"""
Installer = Callable[[Mapping[str, str]], None]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installer]:
    """Installs modules, each as a plugin of its own name, beside one plugin `sound` that must survive them."""
    before = set(sys.modules)

    def make(modules: Mapping[str, str]) -> None:
        modules = {"made_sound": TASKS, **modules}
        install(tmp_path, modules, {module.removeprefix("made_"): module for module in modules})
        monkeypatch.syspath_prepend(tmp_path)

    yield make
    for module in set(sys.modules) - before:
        if module.startswith("made_"):
            del sys.modules[module]


def info(catalog: Catalog, name: str) -> PluginInfo:
    return next(plugin for plugin in catalog.plugins if plugin.name == name)


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        (
            "import no_such_module_at_all",
            "cannot be imported: ModuleNotFoundError: No module named 'no_such_module_at_all'",
        ),
        ("raise SystemExit(3)", "cannot be imported: SystemExit: 3"),
        ("def broken(:", "cannot be imported: SyntaxError: invalid syntax (made_bad.py, line 6)"),
        ("@hookimpl\ndef xbench_task(): return []", "unknown hook xbench_task (did you mean xbench_tasks?)"),
        ("def xbench_taks(): return []", "unknown hook xbench_taks (did you mean xbench_tasks?)"),
        ("@hookimpl\ndef xbnech_tasks(): return []", "unknown hook xbnech_tasks (did you mean xbench_tasks?)"),
        ("def xbench_tasks(): return []", "xbench_tasks lacks @hookimpl"),
        ("@hookimpl\ndef xbench_tasks(catalog): return []", "xbench_tasks has no argument catalog (it takes none)"),
        (
            "@hookimpl\ndef xbench_cell_progress(cell, steps): ...",
            "xbench_cell_progress has no argument steps (it takes cell, step, values)",
        ),
        ("@hookimpl(wrapper=True)\ndef xbench_tasks(): yield", "xbench_tasks is a wrapper: hooks are asked one by one"),
        ("@hookimpl\ndef xbench_tasks(): return None", "xbench_tasks returned NoneType, expected an iterable"),
        ("@hookimpl\ndef xbench_tasks(): return 'tnews'", "xbench_tasks returned str, expected an iterable"),
        ("@hookimpl\ndef xbench_tasks(): return ['tnews']", "xbench_tasks gave str, expected TaskSpec"),
        ("@hookimpl\ndef xbench_tasks(): raise RuntimeError('boom\\nmore')", "xbench_tasks failed: RuntimeError: boom"),
        ("@hookimpl\ndef xbench_tasks(): raise SystemExit", "xbench_tasks failed: SystemExit"),
        ("@hookimpl\ndef xbench_tasks():\n    yield 1\n", "xbench_tasks gave int, expected TaskSpec"),
        (
            "class M:\n    name = 'm'\n@hookimpl\ndef xbench_methods(): return [M()]",
            "xbench_methods gave M, which lacks defaults, options, refuse, result_version",
        ),
        ("x = 1", "declares no hook"),
        (
            "from pathlib import Path\n@hookimpl\ndef xbench_recipes(): return [Path('gone.toml')]",
            "gone.toml: no such file (check the path)",
        ),
    ],
)
def test_a_bad_plugin_is_named_and_the_rest_goes_on(installed: Installer, code: str, problem: str) -> None:
    installed({"made_bad": code})
    catalog = Catalog.load()
    assert info(catalog, "bad").problem == problem
    assert info(catalog, "sound").problem is None
    assert catalog.declared("task", "fine").name == "fine"


def test_the_good_hooks_of_a_plugin_with_a_bad_one_are_asked(installed: Installer) -> None:
    installed({"made_half": "@hookimpl\ndef xbench_task(): return []" + TASKS.replace('"fine"', '"half"')})
    catalog = Catalog.load()
    assert "half" in catalog.names("task")
    assert info(catalog, "half").hooks == ("xbench_tasks",)
    assert info(catalog, "half").problem == "unknown hook xbench_task (did you mean xbench_tasks?)"


def test_a_plugin_knows_its_distribution(installed: Installer) -> None:
    installed({})
    assert info(Catalog.load(), "sound") == PluginInfo("sound", "made_sound", "made", "1.2", ("xbench_tasks",))


def test_what_a_plugin_prints_stays_out_of_stdout(installed: Installer, capsys: pytest.CaptureFixture[str]) -> None:
    hook = "@hookimpl\ndef xbench_tasks():\n    print('hello from a hook')\n    return []"
    installed({"made_loud": f"print('hello from import')\n{hook}"})
    assert info(Catalog.load(), "loud").problem is None
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "hello from import" in printed.err
    assert "hello from a hook" in printed.err


def test_lazy_attributes_of_a_module_stay_untouched(installed: Installer) -> None:
    lazy = "def __getattr__(name):\n    raise RuntimeError(name)\ndef __dir__():\n    return ['Heavy']"
    installed({"made_lazy": lazy + TASKS.replace('"fine"', '"lazy"')})
    assert info(Catalog.load(), "lazy").problem is None


def test_two_owners_of_a_name_are_an_error_only_where_it_is_used(installed: Installer) -> None:
    installed({"made_twin": TASKS + METRIC + READER})
    catalog = Catalog.load()
    assert info(catalog, "twin").problem == "task fine is sound's too: say sound:fine or twin:fine"
    with pytest.raises(UserError, match=r"^task 'fine' is declared by more than one \(say sound:fine or twin:fine\)$"):
        catalog.tasks_named("fine")
    assert catalog.tasks_named("twin:fine")[0].name == "fine"
    assert catalog.owner("task", "twin:fine") == "twin"
    with pytest.raises(UserError, match=r"unknown task 'twn:fine' \(did you mean twin:fine\?\)"):
        catalog.tasks_named("twn:fine")


def test_a_model_of_two_backends_needs_its_backend(installed: Installer) -> None:
    installed({"made_one": backend("one", "m n"), "made_two": backend("two", "m")})
    catalog = Catalog.load()
    assert info(catalog, "two").problem == "model m is one's too: say one:m or two:m"
    with pytest.raises(UserError, match="model 'm' is declared by more than one"):
        catalog.model("m")
    assert catalog.model("two:m")[1].backend == "two"
    assert catalog.model("n")[0].name == "one"


def test_one_name_of_two_distributions_keeps_the_first(installed: Installer, tmp_path: Path) -> None:
    installed({})
    install(tmp_path, {"made_usurper": TASKS}, {"sound": "made_usurper"}, "usurper")
    catalog = Catalog.load()
    problems = [plugin.problem for plugin in catalog.plugins if plugin.name == "sound"]
    assert problems == [None, "not loaded: the name sound is taken by made_sound"]
    assert catalog.declared("task", "fine").name == "fine"


def test_one_module_under_two_names_is_loaded_once(installed: Installer, tmp_path: Path) -> None:
    installed({})
    install(tmp_path, {}, {"twice": "made_sound"}, "again")
    assert info(Catalog.load(), "twice").problem == "not loaded: made_sound is loaded as sound"


def test_a_name_that_one_plugin_declares_twice_keeps_the_first(installed: Installer) -> None:
    installed(
        {"made_double": METRIC.replace("return [MadeMetric()]", "return [MadeMetric(), MadeMetric({'scale': 9})]")}
    )
    catalog = Catalog.load()
    assert info(catalog, "double").problem == "metric made-metric is declared twice; the first stands"
    assert catalog.metric("made-metric").bounds == (0.0, 1.0)


def test_plugins_are_switched_on_and_off(installed: Installer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    installed({})
    (tmp_path / "made_extra.py").write_text("", encoding="utf-8")
    install(tmp_path, {"made_extra": TASKS.replace('"fine"', '"extra"')}, {}, "extra")
    assert "extra" not in Catalog.load().names("task")
    assert "extra" in Catalog.load(["made_extra"]).names("task")
    assert "fine" not in Catalog.load(["no:sound"]).names("task")
    assert "fine" not in Catalog.load(["no:made_sound"]).names("task")
    monkeypatch.setenv("XBENCH_PLUGINS", "made_extra, no:sound")
    assert "extra" in Catalog.load().names("task")
    assert "fine" not in Catalog.load().names("task")
    assert "fine" in Catalog.load(["sound"]).names("task")
    assert "extra" not in Catalog.load(["no:made_extra"]).names("task")


@pytest.mark.parametrize("switch", ["no:sonud", "sonud"])
def test_an_unknown_switch_is_refused_with_the_nearest_plugin(installed: Installer, switch: str) -> None:
    installed({})
    with pytest.raises(UserError, match=r"unknown plugin 'sonud' \(did you mean sound\?"):
        Catalog.load([switch])


def test_an_unknown_name_tells_of_plugins_that_could_not_be_imported(installed: Installer) -> None:
    installed({"made_bad": "raise ImportError('no such library')"})
    with pytest.raises(UserError, match=r"one of .*; could not be imported: bad; see `xbench list plugins`"):
        Catalog.load().method("a-method-of-bad")


def test_observers_bear_their_plugins_names(installed: Installer) -> None:
    installed({"made_watch": "seen = []\n@hookimpl\ndef xbench_cell_finished(record): seen.append(record)"})
    relay = Catalog.load().observers()
    assert [impl.plugin_name for impl in relay.xbench_cell_finished.get_hookimpls()] == ["watch"]
    relay.xbench_cell_finished(record="a record")
    assert sys.modules["made_watch"].seen == ["a record"]


def test_the_built_in_plugins_have_no_problem() -> None:
    broken = {plugin.name: plugin.problem for plugin in Catalog.load().plugins if plugin.problem}
    assert broken == {}
