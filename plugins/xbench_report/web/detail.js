// What stands behind a row: its seeds, curves, provenance, command and sample predictions.
const details = (() => {
  const say = words.say;
  const shared = (number) => board.shared[number] ?? {};
  const unique = (values) => [...new Set(values.filter((value) => value !== "" && value !== null && value !== undefined))];
  const fixed = (value, decimals) => (typeof value === "number" ? value.toFixed(decimals).replace("-", "\u2212") : "");
  const short = (text) => make("code", "", String(text ?? "").slice(0, 12));
  const statusOf = (name) => (Object.hasOwn(board.words.en, `status.${name}`) ? say(`status.${name}`) : String(name ?? ""));

  function duration(value) {
    if (typeof value !== "number") return "";
    if (value < 10) return `${value.toFixed(1)} s`;
    if (value < 120) return `${value.toFixed(0)} s`;
    return value < 7200 ? `${(value / 60).toFixed(1)} min` : `${(value / 3600).toFixed(1)} h`;
  }

  function grid(heads, rows) {
    const head = make("tr", "", ...heads.map(([title, kind]) => {
      const cell = make("th", kind, title);
      cell.scope = "col";
      return cell;
    }));
    const body = rows.map((cells) => make("tr", "", ...cells.map((cell, i) => make("td", heads[i][1], cell))));
    return make("div", "scroll", make("table", "inner", make("thead", "", head), make("tbody", "", ...body)));
  }

  const part = (key, kind, ...children) => make("section", kind, make("h3", "", say(key)), ...children);

  function seeds(row, runs) {
    const heads = [["row.seed", "number"], [null, "number"], ["row.train", "number"], ["row.validation", "number"], ["column.time", "number"],
      ["row.status", ""], ["row.run", ""]].map(([key, kind]) => [key ? say(key) : row.metric, kind]);
    const own = (run) => // of train and validation, only the main metric is measured
      [run.train, run.validation].map((score) => fixed((run.main_metric ?? row.metric) === row.metric ? score : null, row.decimals));
    const rows = runs.map((run) => [
      String(run.seed ?? ""), fixed(run.scores?.[row.metric], row.decimals), ...own(run),
      duration(run.cost?.train_seconds), make("span", run.status === "ok" ? "" : "failed", statusOf(run.status)), short(run.id),
    ]);
    return part("row.seeds", "seeds", grid(heads, rows));
  }

  function errors(runs) {
    const told = unique(runs.filter((run) => run.error).map((run) =>
      [`${run.error.type ?? ""}: ${run.error.message ?? ""}`, run.error.hint].filter(Boolean).join(" — ")));
    return told.length ? part("row.error", "error", ...told.map((text) => make("p", "", text))) : null;
  }

  function curves(runs) {
    const names = unique(runs.flatMap((run) => Object.keys(run.curve ?? {})));
    const first = ["loss", "validation"].filter((name) => names.includes(name));
    const titles = { loss: say("row.loss"), validation: say("row.validation-series") };
    const charts = [...first, ...names.filter((name) => !first.includes(name)).sort()].slice(0, 4).map((name) => {
      const lines = runs.filter((run) => run.curve?.[name]?.[0].length)
        .map((run) => ({ name: `${say("row.seed")} ${run.seed ?? ""}`, points: run.curve[name][0].map((step, i) => [step, run.curve[name][1][i]]) }));
      return chart(Object.hasOwn(titles, name) ? titles[name] : name, lines);
    });
    return part("row.curve", "curves", ...(charts.length ? charts : [make("p", "quiet", say("row.nocurve"))]));
  }

  function provenance(row, runs) {
    const environments = [...new Set(runs.map((run) => run.environment))].map(shared);
    const listed = (values) => unique(values).join("; ");
    const versions = (environment) => Object.entries({ python: environment.python, ...environment.packages })
      .filter(([, version]) => version).map(([name, version]) => `${name} ${version}`).join(", ");
    const machine = (environment) => [environment.platform, environment.cores && say("row.cores", { count: environment.cores }),
      typeof environment.gpu === "string" ? environment.gpu : environment.gpu && JSON.stringify(environment.gpu)].filter(Boolean).join(", ");
    const commits = [...new Set(runs.map((run) => run.git))].map(shared).filter((git) => git.commit)
      .map((git) => git.commit.slice(0, 12) + (git.dirty ? ` (${say("row.dirty")})` : ""));
    const values = [...new Set(runs.map((run) => run.values))].map(shared).filter((set) => Object.keys(set).length)
      .map((set) => Object.entries(set).map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`).join(", "));
    const minute = (text) => String(text ?? "").slice(0, 16).replace("T", " ");
    const started = unique(runs.map((run) => minute(run.started))).sort(), ended = unique(runs.map((run) => minute(run.finished))).sort();
    const entries = [
      ["row.backend", row.backend], ["row.revision", row.revision], ["row.recipe", row.recipe], ["row.route", row.route],
      ["row.values", listed(values)], ["column.device", listed(runs.map((run) => run.cost?.device))],
      ["row.platform", listed(environments.map(machine))], ["row.versions", listed(environments.map(versions))],
      ["row.code", listed(commits)], ["row.date", started.length ? `${started[0]} – ${ended.at(-1) ?? ""} UTC` : ""],
      ["row.key", listed(runs.map((run) => run.key?.slice(0, 16)))],
    ].filter(([, text]) => text);
    return part("row.provenance", "provenance",
      make("dl", "", ...entries.map(([key, text]) => make("div", "", make("dt", "", say(key)), make("dd", "", String(text))))));
  }

  function command(text) {
    const code = make("code", "", text);
    const button = make("button", "copy", say("row.copy"));
    button.type = "button";
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = say("row.copied");
      } catch { // not allowed here: mark it, the keyboard does the rest
        getSelection().selectAllChildren(code);
        button.textContent = say("row.copyfail");
      }
    });
    return make("div", "command", make("pre", "", code), button);
  }

  function samples(row, runs) {
    if (row.open === false) return part("row.samples", "samples", make("p", "quiet", say("row.licence-forbids")));
    const run = runs.find((one) => one.samples?.length);
    if (!run) return part("row.samples", "samples", make("p", "quiet", say("row.nosamples")));
    const many = Object.keys(run.samples[0].input ?? {}).length > 1;
    const rows = run.samples.map((sample) => [
      make("span", sample.right ? "right" : "wrong", say(sample.right ? "row.right" : "row.wrong")),
      make("div", "", ...Object.entries(sample.input ?? {}).map(([name, text]) => make("p", "", many ? `${name}: ${text}` : text))),
      String(sample.target ?? ""), String(sample.prediction ?? ""),
    ]);
    const heads = [["", ""], [say("row.input"), "free"], [say("row.target"), "free"], [say("row.prediction"), "free"]];
    return part("row.samples", "samples", make("p", "quiet", say("row.samples-run", { seed: run.seed ?? "" })), grid(heads, rows));
  }

  function sheet(tr) {
    const row = board.rows[tr.dataset.row];
    const runs = row.runs.map((number) => board.runs[number]);
    const commands = unique(runs.map((run) => shared(run.command)).filter((text) => typeof text === "string"));
    const again = commands.length ? part("row.command", "commands", ...commands.map(command)) : null;
    return make("div", "sheet", errors(runs), make("div", "left", seeds(row, runs), again), curves(runs), samples(row, runs), provenance(row, runs));
  }

  function open(tr) {
    const cell = make("td", "", sheet(tr));
    cell.colSpan = tr.cells.length;
    const row = make("tr", "detail", cell);
    row.id = `d${tr.dataset.row}`;
    tr.after(row);
    tr.classList.add("opened");
    const button = tr.querySelector(".open");
    button.setAttribute("aria-expanded", "true");
    button.setAttribute("aria-controls", row.id);
  }

  function close(tr) {
    document.getElementById(`d${tr.dataset.row}`)?.remove();
    tr.classList.remove("opened");
    const button = tr.querySelector(".open");
    button.setAttribute("aria-expanded", "false");
    button.removeAttribute("aria-controls");
  }

  const toggle = (tr) => (tr.classList.contains("opened") ? close(tr) : open(tr));

  document.getElementById("results").addEventListener("click", (event) => {
    const tr = event.target.closest("tr[data-row]");
    const button = event.target.closest("button");
    if (!tr || (button && !button.classList.contains("open")) || (!button && String(getSelection()))) return;
    toggle(tr);
  });
  return { refresh() { for (const tr of document.querySelectorAll("tr.opened")) { close(tr); open(tr); } } };
})();
