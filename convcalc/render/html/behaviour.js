"use strict";
// What one can do in a report: explain, sort, fold, point at a moment, open a block.
// `explainLayer(article, name)` gives [type, summary, intro, sections] of a layer, or a promise of
// it; `binsOf(article)` the moments of the step; `shown` is told when an explanation stands there.
function attachReport({ explainLayer, binsOf, shown = () => {} }) {
  const panel = document.getElementById("panel");
  let opener = null;

  const element = (name, words) => {
    const made = document.createElement(name);
    made.textContent = words;
    return made;
  };

  const explain = async (article, name, from) => {
    const found = await explainLayer(article, name);
    if (!found) return;
    const [type, summary, intro, sections] = found;
    const list = document.createElement("dl");
    for (const [title, lines] of sections) {
      list.append(element("dt", title), ...lines.map((line) => element("dd", line)));
    }
    const place = panel.querySelector(".explanation");
    place.replaceChildren(element("h2", name), element("p", `${type} ${summary}`),
      element("p", intro), list);
    panel.hidden = false;
    opener = from;
    shown(panel, article, name);
    panel.querySelector(".close").focus({ preventScroll: true });
  };

  const close = () => {
    panel.hidden = true;
    if (opener) opener.focus({ preventScroll: true });
  };

  const activate = (box) => {
    const article = box.closest("article");
    if (box.dataset.layer !== undefined) return explain(article, box.dataset.layer, box);
    for (const level of article.querySelectorAll("details[data-block]")) {
      if (level.dataset.block === box.dataset.block) {
        level.open = true;
        level.scrollIntoView({ block: "nearest" });
        level.querySelector("summary").focus({ preventScroll: true });
      }
    }
  };

  const fold = (button) => {
    const folded = button.closest("tbody").classList.toggle("folded");
    button.setAttribute("aria-expanded", String(!folded));
  };

  const sort = (header) => {
    const table = header.closest("table");
    const order = { none: "descending", descending: "ascending", ascending: "none" };
    const next = order[header.getAttribute("aria-sort")];
    for (const other of header.parentNode.children) other.setAttribute("aria-sort", "none");
    header.setAttribute("aria-sort", next);
    const column = [...header.parentNode.children].indexOf(header);
    const rows = [...table.querySelectorAll("tbody tr[data-index]")];
    table.original ||= new Map(rows.map((row) => [row, row.parentNode]));
    table.querySelector("tbody.sorted")?.remove();
    for (const body of table.tBodies) body.hidden = next !== "none";
    if (next === "none") {
      rows.sort((a, b) => a.dataset.index - b.dataset.index);
      for (const row of rows) table.original.get(row).append(row);
      return;
    }
    const key = (row) => {
      const cell = row.children[column];
      return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
    };
    const sign = next === "ascending" ? 1 : -1;
    const compare = (a, b) => {
      const [x, y] = [key(a), key(b)];
      const by = typeof x === "number" && typeof y === "number" ? x - y
        : String(x).localeCompare(String(y), undefined, { numeric: true });
      return sign * by || a.dataset.index - b.dataset.index;
    };
    const body = document.createElement("tbody");
    body.className = "sorted";
    body.append(...rows.sort(compare));
    table.insertBefore(body, table.tFoot);
  };

  const point = (chart, position) => {
    const article = chart.closest("article");
    const bins = binsOf(article);
    const index = Math.max(0, Math.min(bins.length - 1, position));
    const [phase, layer, live, kinds, largest] = bins[index];
    const left = Number(chart.dataset.left), right = Number(chart.dataset.right);
    const x = left + (right - left) * (index + 0.5) / bins.length;
    const line = chart.querySelector(".pointer");
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
    line.style.visibility = "visible";
    chart.dataset.at = index;
    const parts = Object.entries(kinds).map(([kind, size]) => `${kind} ${size}`).join(", ");
    article.querySelector(".readout").replaceChildren(
      element("strong", `${live} in ${phase}${layer ? ` of ${layer}` : ""}`), element("br", ""),
      parts, element("br", ""), `largest: ${largest.join(", ")}`);
  };

  document.addEventListener("click", (event) => {
    const box = event.target.closest(".box, button.layer");
    if (box) return activate(box);
    const folding = event.target.closest("button.fold");
    if (folding) return fold(folding);
    const header = event.target.closest("th[data-key] button");
    if (header) return sort(header.parentNode);
    if (event.target.closest("#panel .close")) close();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) return close();
    const box = event.target.closest(".box");
    if (box && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      return activate(box);
    }
    const chart = event.target.closest(".over-step .scroll")?.querySelector(".step");
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20 }[event.key];
    if (chart && step) {
      event.preventDefault();
      point(chart, Number(chart.dataset.at ?? -1) + step);
    }
  });

  document.addEventListener("pointermove", (event) => {
    const chart = event.target.closest?.(".step");
    if (!chart) return;
    const box = chart.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width * chart.viewBox.baseVal.width;
    const left = Number(chart.dataset.left), right = Number(chart.dataset.right);
    const { length } = binsOf(chart.closest("article"));
    point(chart, Math.floor((x - left) / (right - left) * length));
  });

  return { explain, close, sort, fold };
}
