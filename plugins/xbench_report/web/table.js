// Sorting within a contest, and filtering over all of them.
const tables = (() => {
  const sections = [...document.querySelectorAll("section.contest")].map((element) => {
    const table = element.querySelector("table");
    const body = table.tBodies[0];
    return { element, table, body, heads: [...table.tHead.rows[0].cells], rows: [...body.rows], sorted: null };
  });
  const controls = document.getElementById("controls");
  const selects = [...controls.querySelectorAll("select")];
  const search = document.getElementById("text");
  const more = document.getElementById("more");
  const status = document.getElementById("status");
  const cards = new Map([...document.querySelectorAll("[data-contest]")].map((card) => [card.dataset.contest, card]));
  const overview = document.querySelector(".overview");
  const detail = (row) => (row.nextElementSibling?.classList.contains("detail") ? row.nextElementSibling : null);
  const texts = new Map(); // what a search looks at: a row's own cells, task and metric

  const value = (row, i) => row.cells[i].dataset.v ?? "";

  function compare(i, numeric, sign) {
    return (a, b) => {
      const x = value(a, i), y = value(b, i);
      if (x === "" || y === "") return (x === "") - (y === ""); // what is missing stands last either way
      return sign * (numeric ? Number(x) - Number(y) : x.localeCompare(y, words.language));
    };
  }

  function order(section) {
    const rows = [...section.rows];
    const { sorted } = section;
    if (sorted) rows.sort(compare(sorted.column, section.heads[sorted.column].classList.contains("number"), sorted.sign));
    const moved = document.createDocumentFragment();
    for (const row of rows) {
      const opened = detail(row);
      moved.append(row);
      if (opened) moved.append(opened);
    }
    section.body.append(moved);
    section.table.classList.toggle("sorted", sorted !== null && !section.heads[sorted.column].classList.contains("c-rank"));
  }

  function sort(section, i) {
    const head = section.heads[i];
    const natural = head.classList.contains("number") && !head.classList.contains("c-rank") ? -1 : 1; // the largest first
    const sign = section.sorted?.column === i ? -section.sorted.sign : natural;
    section.sorted = { column: i, sign };
    for (const other of section.heads) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
    order(section);
  }

  function textOf(section, row) {
    if (!texts.has(row)) {
      const told = board.rows[row.dataset.row];
      const own = [...row.cells].map((cell) => cell.textContent).join(" ");
      texts.set(row, [own, told.task, told.metric, told.recipe, told.route, told.backend].join(" ").toLowerCase());
    }
    return texts.get(row);
  }

  // A rank says how many rows are better: once a filter takes a ranked row away, ranks no longer fit what is seen.
  function filter() {
    const wanted = selects.filter((select) => select.value !== "").map((select) => [select.dataset.filter, select.value]);
    const asked = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0, all = 0, held = false;
    for (const section of sections) {
      let seen = 0, broken = false;
      for (const row of section.rows) {
        const fits = wanted.every(([key, chosen]) => (key in row.dataset ? row : section.element).dataset[key] === chosen);
        row.hidden = !(fits && asked.every((word) => textOf(section, row).includes(word)));
        const opened = detail(row);
        if (opened) opened.hidden = row.hidden;
        if (row.hidden) broken ||= !row.classList.contains("unranked");
        else seen += 1;
      }
      section.element.hidden = seen === 0;
      section.element.classList.toggle("broken", broken);
      const card = cards.get(section.element.id);
      if (card) {
        const left = card.querySelector(".left");
        card.parentElement.hidden = seen === 0;
        card.classList.toggle("broken", broken);
        left.hidden = !broken;
        left.textContent = broken ? words.say("filter.some", { count: seen, all: section.rows.length }) : "";
      }
      held ||= broken && seen > 0;
      shown += seen;
      all += section.rows.length;
    }
    if (overview) overview.hidden = shown === 0;
    status.classList.toggle("none", shown === 0);
    status.textContent = words.say(shown === all ? "filter.shown" : shown === 0 ? "filter.none" : "filter.some", { count: shown, all })
      + (held ? ` · ${words.say("filter.held")}` : "");
  }

  function reset(event) {
    event.preventDefault();
    for (const field of [...selects, search]) field.value = "";
    more.checked = false;
    for (const section of sections) {
      section.sorted = null;
      for (const head of section.heads) head.setAttribute("aria-sort", "none");
      order(section);
    }
    document.body.classList.remove("wide");
    filter();
  }

  // A shadow on the side where a table goes on. Observed: what is not yet drawn is not measured.
  function edges(scroll) {
    const rest = scroll.scrollWidth - scroll.clientWidth - scroll.scrollLeft;
    scroll.parentElement.classList.toggle("back", scroll.scrollLeft > 1);
    scroll.parentElement.classList.toggle("onward", rest > 1);
  }
  const observer = new ResizeObserver((seen) => seen.forEach(({ target }) => edges(target.closest(".frame > .scroll"))));
  for (const { table } of sections) {
    const scroll = table.parentElement;
    observer.observe(scroll);
    observer.observe(table);
    scroll.addEventListener("scroll", () => edges(scroll), { passive: true });
  }

  for (const section of sections)
    section.heads.forEach((head, i) => head.querySelector("button").addEventListener("click", () => sort(section, i)));
  controls.addEventListener("input", (event) => { if (event.target !== more) filter(); });
  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.addEventListener("reset", reset);
  more.addEventListener("change", () => document.body.classList.toggle("wide", more.checked));
  controls.hidden = false;
  return { filter, forget: () => texts.clear() };
})();
