// A small line chart as SVG: one line a run, over training steps.
const chart = (() => {
  const W = 360, H = 190, LEFT = 46, RIGHT = 10, TOP = 10, BOTTOM = 34;

  function draw(tag, attributes, text) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (text !== undefined) element.textContent = text;
    return element;
  }

  function ticks(low, high, wanted, least = 0) {
    const raw = Math.max((high - low) / wanted, least), power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= raw * 0.999);
    const found = [];
    for (let n = Math.ceil(low / step); n * step <= high + step * 1e-6; n += 1) found.push(n * step);
    return { found, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
  }

  // lines: [{ name, points: [[step, value], ...] }]
  return (title, lines) => {
    const points = lines.flatMap((line) => line.points);
    const xs = points.map((point) => point[0]), ys = points.map((point) => point[1]);
    const x0 = Math.min(0, ...xs), x1 = Math.max(...xs, x0 + 1);
    let y0 = Math.min(...ys), y1 = Math.max(...ys);
    const pad = (y1 - y0 || Math.abs(y1) || 1) * 0.06;
    y0 -= pad;
    y1 += pad;
    const x = (value) => LEFT + ((W - LEFT - RIGHT) * (value - x0)) / (x1 - x0);
    const y = (value) => H - BOTTOM - ((H - TOP - BOTTOM) * (value - y0)) / (y1 - y0);
    const svg = draw("svg", { viewBox: `0 0 ${W} ${H}`, class: "chart", role: "img", "aria-label": title });
    const rows = ticks(y0, y1, 6), columns = ticks(x0, x1, 6, 1);
    for (const at of rows.found) {
      svg.append(draw("line", { class: "grid", x1: LEFT, x2: W - RIGHT, y1: y(at), y2: y(at) }));
      svg.append(draw("text", { x: LEFT - 6, y: y(at) + 4, "text-anchor": "end" }, at.toFixed(rows.digits)));
    }
    for (const at of columns.found)
      svg.append(draw("text", { x: x(at), y: H - BOTTOM + 15, "text-anchor": "middle" }, at.toLocaleString("en", { maximumFractionDigits: columns.digits })));
    svg.append(draw("text", { x: W - RIGHT, y: H - 4, "text-anchor": "end", class: "unit" }, words.say("row.step")));
    lines.forEach((line, i) => {
      const path = line.points.map((point) => `${x(point[0]).toFixed(1)},${y(point[1]).toFixed(1)}`).join(" ");
      svg.append(draw("polyline", { points: path, class: `line s${i % 6}` }));
      if (line.points.length < 13)
        for (const point of line.points) svg.append(draw("circle", { cx: x(point[0]), cy: y(point[1]), r: 2.5, class: `dot s${i % 6}` }));
    });
    const names = make("p", "key", ...lines.map((line, i) => make("span", `s${i % 6}`, line.name)));
    return make("figure", "", make("figcaption", "", title), svg, lines.length > 1 ? names : null);
  };
})();
