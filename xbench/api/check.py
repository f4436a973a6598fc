"""Is a card, a task or a plugin what xbench expects?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xbench import checkup
from xbench.api.places import Folder, cache_folder, data_folder
from xbench.checkup import Finding, Target


def check(
    text: str,
    data_dir: Folder | None = None,
    models: Sequence[str] = (),
    plugins: Sequence[str] = (),
    tell: Callable[[Target, Finding | None], None] | None = None,
) -> list[Finding]:
    """Try a card, a task or a plugin; nothing is wrong where no finding's state is "wrong". Asks no network.

    Args:
        text: a card's path; a task's name, alias or suite, or a file of data; a plugin's name, module or folder.
        data_dir: where data sets' official files are; default: XBENCH_DATA_DIR.
        models: models to train besides those that the plugin's backends name.
        plugins: modules to switch on, "no:name" to switch one off.
        tell: called as the check goes on: with each target alone, then with each of its findings.

    Raises:
        UserError: `text` names nothing.
    """
    root, cache = data_folder(data_dir), cache_folder()
    found: list[Finding] = []
    with checkup.find(text, plugins) as (catalog, targets):
        for target in targets:
            if tell is not None:
                tell(target, None)
            if target.path is not None:
                findings = checkup.check_card(target.path, catalog, root, cache)
            elif target.task is not None:
                findings = checkup.check_spec(target.task, catalog, root, cache)
            else:
                findings = checkup.check_plugin(target.name, target.module, catalog, root, cache, models)
            for finding in findings:
                found.append(finding)
                if tell is not None:
                    tell(target, finding)
    return found
