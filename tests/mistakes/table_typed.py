"""Names that nobody knows, flags with values that they do not take, recipes and grids."""

from __future__ import annotations

from mistakes.asked import Mistake
from mistakes.folders import files

RUN = "xbench run -m majority -t demo-sentiment"
TINY = "xbench run -m scratch-tiny -t demo-sentiment"
FROM_ONE = "expected a whole number from 1 on"

NAMES = (
    Mistake(
        "A task's name with a slip",
        "xbench run -m majority -t demo-sentimen",
        ("unknown task 'demo-sentimen'", "did you mean demo-sentiment?"),
    ),
    Mistake(
        "A task's name like none",
        "xbench run -m majority -t imdb",
        ("unknown task 'imdb'", "`xbench list tasks` names them all"),
    ),
    Mistake(
        "A file's name without its ending",
        "xbench run -m majority -t reviews",
        ("unknown name 'reviews'", "did you mean reviews.csv?"),
        files(reviews_csv="text,label\nfine,good\n"),
    ),
    Mistake(
        "A model's name with a slip",
        "xbench run -m majorty -t demo-sentiment --offline",
        ("unknown model 'majorty'", "no folder or hub id", "did you mean majority?"),
        alone=True,  # the libraries read where their caches are when they are imported
    ),
    Mistake(
        "A hub id that is not on this machine, offline",
        "xbench run -m bert-base-chinese -t demo-sentiment --offline",
        ("'bert-base-chinese'", "in the cache", "xbench fetch -m bert-base-chinese"),
        alone=True,
    ),
    Mistake(
        "A model under another backend's name",
        "xbench run -m scratch:majority -t demo-sentiment",
        ("backend scratch has no model 'majority'", "say baseline:majority"),
    ),
    Mistake(
        "Two models after one flag",
        "xbench run -m majority,tfidf -t demo-sentiment",
        ("'majority,tfidf' is more than one", "-m majority -m tfidf"),
    ),
    Mistake(
        "An empty name, as a shell variable that is not set leaves it",
        "xbench run -m '' -t demo-sentiment",
        ("-m: the name of a model is empty", "xbench list models"),
    ),
    Mistake("An empty task", "xbench run -m majority -t ''", ("the name of a task is empty", "xbench list tasks")),
    Mistake("A method with a slip", f"{RUN} --method ful", ("unknown method 'ful'", "did you mean full?")),
    Mistake(
        "A method with a slip, after the model's plus",
        "xbench run -m majority+lorra -t demo-sentiment",
        ("unknown method 'lorra'", "did you mean lora?"),
    ),
    Mistake(
        "A revision of a model that has none",
        "xbench run -m majority@main -t demo-sentiment",
        ("'majority' has no revisions", "write majority without @main"),
    ),
    Mistake("A recipe with a slip", f"{RUN} --recipe quik", ("unknown recipe 'quik'", "did you mean quick?")),
    Mistake(
        "A technique with a slip", f"{TINY} --set techniques=fgmm", ("unknown technique 'fgmm'", "did you mean fgm?")
    ),
    Mistake(
        "A plugin that is not installed",
        f"{RUN} -p xbench_nowhere",
        ("unknown plugin 'xbench_nowhere'", "-p takes an importable module or an installed plugin"),
    ),
    Mistake(
        "A plugin with a slip, to be switched off",
        f"{RUN} -p no:dmeo",
        ("unknown plugin 'dmeo'", "did you mean demo?", "xbench list plugins"),
    ),
    Mistake(
        "A module that is no plugin (the run goes on and says so)",
        f"{RUN} -p json --dry-run",
        ("plugin json: declares no hook", "1 cell to run"),
        code=0,
    ),
    Mistake("A kind of thing that there is not", "xbench list taks", ("unknown kind 'taks'", "did you mean tasks?")),
    Mistake("A name that stands for nothing", "xbench show bleau", ("unknown name 'bleau'", "did you mean bleu?")),
    Mistake(
        "A command with a slip", "xbench leaderbord", ("unknown command 'leaderbord'", "did you mean leaderboard?")
    ),
    Mistake(
        "Something to check that there is not",
        "xbench check nothere",
        ("unknown plugin, task or card 'nothere'", "one of banking77"),
    ),
    Mistake("Nothing to fetch", "xbench fetch", ("nothing to fetch", "name a model (-m) or a task (-t)")),
)

FLAGS = (
    Mistake("A flag with a slip", f"{RUN} --sedes 3", ("unknown option '--sedes'", "did you mean --seeds?")),
    Mistake(
        "A flag that there is not",
        f"{RUN} --metric accuracy",
        ("unknown option '--metric'", "xbench run --help"),
    ),
    Mistake("A flag without its value", f"{RUN} --seeds", ("--seeds: its value is missing", "write --seeds VALUE")),
    Mistake(
        "A value for a flag that takes none",
        f"{RUN} --offline=true",
        ("--offline: it takes no value", "write --offline alone"),
    ),
    Mistake("Help as a command", "xbench help", ("unknown command 'help'", "write xbench --help")),
    Mistake("No model", "xbench run -t demo-sentiment", ("no model given", "-m")),
    Mistake("No task", "xbench run -m majority", ("no task given", "-t")),
    Mistake(
        "A model without its flag",
        "xbench run majority -t demo-sentiment",
        ("majority: a grid is a TOML file", "-m"),
    ),
    Mistake("Too few arguments", "xbench compare majority", ("B is missing", "xbench compare A B")),
    Mistake(
        "Too many arguments",
        "xbench compare tfidf majority copy",
        ("copy: more than it takes", "write xbench compare A B"),
    ),
    Mistake("Nothing to show", "xbench show", ("NAME is missing", "write xbench show NAME")),
    Mistake("Seeds that are no number", f"{RUN} --seeds x", ("--seeds x", FROM_ONE)),
    Mistake("No seeds", f"{RUN} --seeds 0", ("--seeds 0", FROM_ONE)),
    Mistake("No example to train on", f"{RUN} --limit-train 0", ("--limit-train 0", FROM_ONE)),
    Mistake("Half an example to test on", f"{RUN} --limit-eval 0.5", ("--limit-eval 0.5", FROM_ONE)),
    Mistake("No job", f"{RUN} --jobs 0", ("--jobs 0", FROM_ONE)),
    Mistake("A budget that is no time", f"{RUN} --budget abc", ("--budget abc: no duration", "2h, 30m, 1h30m or 90s")),
    Mistake("A budget of nothing", f"{RUN} --budget 0", ("--budget 0: no cell could start", "leave the flag out")),
    Mistake(
        "A budget too small for a single cell",
        f"{RUN} --budget 0.000001s",
        ("1 left; the same command goes on from there",),
        code=1,
        leaves=("results",),
        varies=r"in [\d.]+ s$",
    ),
    Mistake("An option with a slip", f"{TINY} --set epoch=3", ("unknown --set key 'epoch'", "did you mean epochs?")),
    Mistake("An option without a value", f"{TINY} --set lr", ("--set lr: no value", "--set key=value")),
    Mistake("A value of the wrong type", f"{TINY} --set lr=abc", ("--set lr=abc", "expected a finite number")),
    Mistake("A value out of its range", f"{TINY} --set epochs=-1", ("epochs=-1", "it is at least 1")),
    Mistake(
        "A choice with a slip",
        f"{TINY} --set schedule=cosin",
        ("--set schedule=cosin", "linear, cosine, constant", "did you mean cosine?"),
    ),
    Mistake(
        "A size that no model can have",
        f"{TINY} --set model.width=65",
        ("model.width=65", "take a multiple of 8"),
    ),
    Mistake(
        "An option of a method that is not part of the run",
        f"{RUN} --set lora.r=4",
        ("'lora.r': only method lora reads it", "add --method lora"),
    ),
    Mistake("A route that there is not", f"{RUN} --route txt", ("unknown --route 'txt'", "did you mean text?")),
    Mistake("An executor that there is not", f"{RUN} --executor slurm", ("unknown executor 'slurm'", "local")),
    Mistake(
        "A kind of device that there is not",
        f"{RUN} --device gpu",
        ("--device gpu: no such kind of device", "auto, cpu, cuda"),
    ),
)

SETTINGS = (
    Mistake(
        "A recipe's key with a slip",
        f"{TINY} --recipe mine.toml",
        ("mine.toml: unknown key 'epoch'", "did you mean epochs?"),
        files(mine_toml="epoch = 2\n"),
    ),
    Mistake(
        "A recipe's value of the wrong type",
        f"{TINY} --recipe mine.toml",
        ("mine.toml: lr=fast", "expected a finite number"),
        files(mine_toml='lr = "fast"\n'),
    ),
    Mistake(
        "A recipe in YAML",
        f"{TINY} --recipe mine.toml",
        ("mine.toml: no TOML", "line 1", 'write key = "text"'),
        files(mine_toml="lr: 3e-5\n"),
    ),
    Mistake(
        "A recipe's file that is not there",
        f"{TINY} --recipe mien.toml",
        ("mien.toml: no such file", "did you mean mine.toml?"),
        files(mine_toml="epochs = 2\n"),
    ),
    Mistake(
        "A grid's key with a slip",
        "xbench run grid.toml",
        ("grid.toml: unknown key 'model'", "did you mean models?"),
        files(grid_toml='model = ["majority"]\ntasks = ["demo-sentiment"]\n'),
    ),
    Mistake(
        "A grid with a text where a list is needed",
        "xbench run grid.toml",
        ("grid.toml: models: expected a list of names", 'models = ["...", "..."]'),
        files(grid_toml='models = "majority"\ntasks = ["demo-sentiment"]\n'),
    ),
    Mistake(
        "A grid with a list of seeds",
        "xbench run grid.toml",
        ("grid.toml: seeds: expected a whole number from 1 on", "write seeds = 3"),
        files(grid_toml='models = ["majority"]\ntasks = ["demo-sentiment"]\nseeds = [0, 1]\n'),
    ),
    Mistake(
        "A grid with a truth value for a number",
        "xbench run grid.toml",
        ("grid.toml: seeds: expected a whole number from 1 on", "write seeds = 3"),
        files(grid_toml='models = ["majority"]\ntasks = ["demo-sentiment"]\nseeds = true\n'),
    ),
    Mistake(
        "A grid with a number where a table is needed",
        "xbench run grid.toml",
        ("grid.toml: set: expected a table", "write [set] and a line for each option"),
        files(grid_toml='models = ["majority"]\ntasks = ["demo-sentiment"]\nset = 3\n'),
    ),
    Mistake(
        "A grid with a number where a text is needed",
        "xbench run grid.toml",
        ("grid.toml: recipe: expected a text", 'write recipe = "..."'),
        files(grid_toml='models = ["majority"]\ntasks = ["demo-sentiment"]\nrecipe = 3\n'),
    ),
    Mistake(
        "A grid that is not there",
        "xbench run gird.toml",
        ("gird.toml: no such file", "did you mean grid.toml?"),
        files(grid_toml=""),
    ),
    Mistake(
        "A folder for a grid",
        "xbench run grid.toml",
        ("grid.toml: a folder, where a TOML file is needed", "name the file in it"),
        lambda folder: (folder / "grid.toml").mkdir(),
    ),
)
