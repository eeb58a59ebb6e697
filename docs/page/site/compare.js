// Two networks side by side.
import { element } from "./answer.js";
import { word } from "./words.js";

const ROWS = { layers: "layers", parameters: "parameters", macs: "macs",
  activations: "activations", peak: "peak_row", figure: "figure" };

export function showCompared(holder, { names, rows, fits }) {
  if (!rows.length) return holder.replaceChildren();
  const table = element("table", "", "compared");
  const head = table.createTHead().insertRow();
  for (const title of ["", ...names, word("change")]) {
    const cell = element("th", title);
    cell.scope = "col";
    head.append(cell);
  }
  const body = table.createTBody();
  for (const { key, values, change } of rows) {
    const row = body.insertRow();
    const title = element("th", word(ROWS[key]));
    title.scope = "row";
    row.append(title, ...values.map((each) => element("td", each)),
      element("td", change === null ? "" : `${change > 0 ? "+" : ""}${change.toFixed(1)} %`));
  }
  if (fits.some((each) => each !== null)) {
    const row = body.insertRow();
    const title = element("th", word("card"));
    title.scope = "row";
    row.append(title, ...fits.map((each) => element("td",
      each === null ? "" : word(each ? "fits" : "over"), each ? "fits" : "over")), element("td"));
  }
  const box = element("div", "", "scroll");
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", word("compare"));
  box.append(table);
  return holder.replaceChildren(box);
}
