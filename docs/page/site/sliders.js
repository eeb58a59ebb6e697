// A layer's numbers as sliders, with the fit rule as they are dragged.
import { element } from "./answer.js";
import { word } from "./words.js";

const NAMES = { kernel: "kernel_size", stride: "stride", padding: "padding" };

export function showSliders(holder, found, editor, close) {
  if (holder.contains(document.activeElement) && holder.dataset.dragging) return;
  if (!found?.sliders.length) {
    holder.replaceChildren(...source(found, editor, close));
    return;
  }
  const values = Object.fromEntries(found.sliders.map(({ option, value }) => [option, value]));
  const rules = found.sides.length ? [element("h3", word("rule"))] : [];
  const lines = found.sides.map(() => element("p", "", "rule"));
  const draw = () => found.sides.forEach((side, index) => rule(lines[index], side, values));
  const rows = found.sliders.map((slider) => row(slider, values, draw, editor, holder));
  draw();
  const copies = found.copies > 1
    ? [element("p", word("copies", { copies: found.copies }), "copies")] : [];
  holder.replaceChildren(element("h3", word("drag")), ...copies, ...rows, ...rules, ...lines,
    ...source(found, editor, close));
}

function source(found, editor, close) {
  if (!found?.span) return [];
  const button = element("button", word("show_source"));
  button.type = "button";
  button.addEventListener("click", () => {
    close();
    editor.select(found.span);
  });
  return [button];
}

function row(slider, values, draw, editor, holder) {
  const { option, value, edit, least, most } = slider;
  const label = element("label", "", "slider");
  const output = element("output", String(value));
  const input = document.createElement("input");
  Object.assign(input, { type: "range", min: least, max: most, step: 1, value });
  input.name = option;
  let { start, end } = edit;
  let before = edit.replacement.indexOf("@");
  let head = edit.replacement.slice(0, before);
  let tail = edit.replacement.slice(before + 1);
  const sibling = (place, by) => holder.dispatchEvent(new CustomEvent("moved",
    { detail: { place, by, from: input } }));
  holder.addEventListener("moved", ({ detail }) => {
    if (detail.from === input || start < detail.place) return;
    start += detail.by;
    end += detail.by;
  });
  input.addEventListener("input", () => {
    values[option] = Number(input.value);
    output.textContent = input.value;
    draw();
    const text = `${head}${input.value}${tail}`;
    const grown = text.length - (end - start);
    holder.dataset.dragging = "true";
    editor.replace({ start, end }, text);
    if (grown) sibling(end, grown);
    end = start + text.length;
  });
  input.addEventListener("change", () => delete holder.dataset.dragging);
  label.append(element("span", word(option)), input, output);
  return label;
}

// (W - F + 2P)/S + 1 with the numbers as they stand, and whether that is an integer.
function rule(line, side, values) {
  const kernel = values[NAMES.kernel] ?? side.kernel;
  const stride = values[NAMES.stride] ?? side.stride;
  const padding = values[NAMES.padding] === undefined ? side.padding : 2 * values[NAMES.padding];
  const extent = side.dilation * (kernel - 1) + 1;
  const places = (side.size - extent + padding) / stride + 1;
  const fits = Number.isInteger(places) && places >= 1;
  line.className = fits ? "rule fits" : "rule over";
  const shown = Number.isInteger(places) ? places : places.toFixed(2);
  line.textContent = `${side.axis}: (${side.size} - ${extent} + ${padding})/${stride} + 1 = `
    + `${shown}, ${word(fits ? "rule_fits" : "rule_not")}`;
}
