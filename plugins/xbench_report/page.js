"use strict";
(() => {
  const table = document.getElementById("board");
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const original = [...body.rows];
  const controls = document.getElementById("controls");
  const selects = [...controls.querySelectorAll("select")];
  const text = document.getElementById("text");
  const more = document.getElementById("more");
  const status = document.getElementById("status");
  const held = heads.map((_, i) => original.length > 0 && original[0].cells[i].querySelector(".held") !== null);
  const ranks = new Map([...body.querySelectorAll(".held")].map((span) => [span, span.textContent]));
  const column = (key) => heads.findIndex((head) => head.textContent.toLowerCase() === key);
  let sorted = null;

  const value = (row, i) => (held[i] && row.dataset.held ? "" : row.cells[i].dataset.v);

  function compare(i, numeric, sign) {
    return (a, b) => {
      const x = value(a, i), y = value(b, i);
      if (x === "" || y === "") return (x === "") - (y === ""); // what is missing stands last either way
      return sign * (numeric ? Number(x) - Number(y) : x.localeCompare(y));
    };
  }

  function order() {
    const rows = [...original];
    if (sorted) rows.sort(compare(sorted.column, heads[sorted.column].classList.contains("number"), sorted.sign));
    body.append(...rows);
    let before = null;
    for (const row of rows) {
      if (row.hidden) continue;
      row.classList.toggle("first", !sorted && before !== null && before !== row.dataset.contest);
      before = row.dataset.contest;
    }
  }

  // A rank says how many rows are better. Once a filter takes rows away, it no longer fits what is seen.
  function update() {
    const wanted = selects.map((select) => [column(select.dataset.filter), select.value]).filter(([, v]) => v !== "");
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const broken = new Set();
    let shown = 0;
    for (const row of original) {
      const all = [...row.cells].map((cell) => cell.dataset.v).join(" ").toLowerCase();
      row.hidden = !(wanted.every(([i, v]) => row.cells[i].dataset.v === v) && words.every((word) => all.includes(word)));
      shown += !row.hidden;
      if (row.hidden && row.dataset.ranked) broken.add(row.dataset.contest);
    }
    let hidden = false;
    for (const row of original) {
      const hold = broken.has(row.dataset.contest);
      if (hold) row.dataset.held = "1"; else delete row.dataset.held;
      for (const span of row.querySelectorAll(".held")) span.textContent = hold ? "" : ranks.get(span);
      hidden ||= hold && !row.hidden;
    }
    const count = shown === original.length ? `${shown} rows.` : `${shown} of ${original.length} rows.`;
    const note = " Ranks and tie letters are hidden: they hold only among all rows of a task, and a filter took some away.";
    status.textContent = count + (hidden ? note : "");
    order();
  }

  heads.forEach((head, i) => head.querySelector("button").addEventListener("click", () => {
    const natural = head.classList.contains("number") && !held[i] ? -1 : 1; // the largest first, but for ranks
    const sign = sorted && sorted.column === i ? -sorted.sign : natural;
    sorted = { column: i, sign };
    heads.forEach((other) => other.setAttribute("aria-sort", "none"));
    head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
    order();
  }));
  controls.addEventListener("input", update);
  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.addEventListener("reset", () => {
    sorted = null;
    heads.forEach((head) => head.setAttribute("aria-sort", "none"));
    setTimeout(() => { table.classList.remove("wide"); update(); });
  });
  more.addEventListener("change", () => table.classList.toggle("wide", more.checked));
  controls.hidden = false;
  update();
})();
