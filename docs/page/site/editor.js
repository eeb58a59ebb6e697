// A textarea with marks behind its text, where something is wrong, and buttons that mend it.
import { word } from "./words.js";

export class Editor {
  constructor(area, list, changed) {
    this.area = area;
    this.list = list;
    this.marks = area.parentElement.querySelector(".marks");
    this.problems = [];
    this.of = ""; // the text that they are of
    this.changed = changed;
    area.addEventListener("input", () => {
      this.mark([]);
      changed();
    });
    area.addEventListener("scroll", () => this.#scroll());
    new ResizeObserver(() => this.#fitWidth()).observe(area);
    this.#fitWidth();
    list.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button || this.text !== this.of) return;
      const problem = this.problems[button.dataset.problem];
      if (button.dataset.edit === undefined) this.select(problem.span);
      else this.apply(problem.edits[button.dataset.edit]);
    });
  }

  get text() {
    return this.area.value;
  }

  set text(value) {
    if (value === this.area.value) return;
    this.area.value = value;
    this.mark([]);
  }

  // Make a change that is known to mend something; undo takes it back.
  apply({ start, end, replacement }) {
    this.area.focus({ preventScroll: true });
    this.area.setSelectionRange(start, end);
    const done = replacement
      ? document.execCommand("insertText", false, replacement)
      : document.execCommand("delete");
    if (!done) this.area.setRangeText(replacement, start, end, "end");
    if (!done) this.area.dispatchEvent(new Event("input"));
  }

  // Change the text without taking the focus, as a slider does.
  replace({ start, end }, replacement) {
    this.area.setRangeText(replacement, start, end, "preserve");
    this.mark([]);
    this.changed();
  }

  select(span) {
    if (!span) return;
    this.area.focus();
    this.area.setSelectionRange(span.start, span.end);
    const line = this.text.slice(0, span.start).split("\n").length - 1;
    const height = parseFloat(getComputedStyle(this.area).lineHeight);
    this.area.scrollTop = Math.max(0, (line - 3) * height);
  }

  // Show what is wrong with a text, in it and under it; it may have changed since.
  show(problems, of = this.text) {
    this.problems = problems;
    this.of = of;
    this.list.replaceChildren(...problems.map((each, index) => this.#item(each, index)));
    this.mark(problems.filter((each) => each.span && this.text === of));
  }

  mark(problems) {
    const text = this.text;
    // What mends one text would spoil another.
    for (const button of this.list.querySelectorAll("button")) button.disabled = text !== this.of;
    const pieces = [];
    let place = 0;
    for (const { span, severity } of [...problems].sort((a, b) => a.span.start - b.span.start)) {
      if (span.start < place) continue;
      const mark = document.createElement("mark");
      mark.className = severity;
      mark.textContent = text.slice(span.start, span.end) || " ";
      pieces.push(text.slice(place, span.start), mark);
      place = span.end;
    }
    this.marks.replaceChildren(...(pieces.length ? [...pieces, text.slice(place), "\n"] : []));
    this.area.setAttribute("aria-invalid", String(problems.some((p) => p.severity === "error")));
    this.#scroll();
  }

  #item(problem, index) {
    const item = document.createElement("li");
    item.className = problem.severity;
    const words = document.createElement("p");
    if (problem.span) {
      const place = document.createElement("button");
      place.type = "button";
      place.className = "place";
      place.dataset.problem = index;
      place.textContent = word("line", { line: problem.span.line });
      words.append(place, " ");
    }
    if (problem.layer) words.append(`${problem.layer}: `);
    words.append(problem.message);
    item.append(words);
    if (problem.hint) {
      const hint = document.createElement("p");
      hint.className = "hint";
      hint.textContent = problem.hint;
      item.append(hint);
    }
    if (problem.edits?.length) {
      const row = document.createElement("p");
      row.className = "fixes";
      row.append(`${word("fix")} `);
      problem.edits.forEach((edit, number) => {
        const button = document.createElement("button");
        button.type = "button";
        button.dataset.problem = index;
        button.dataset.edit = number;
        button.textContent = edit.text;
        row.append(button, " ");
      });
      item.append(row);
    }
    return item;
  }

  #scroll() {
    this.marks.scrollTop = this.area.scrollTop;
    this.marks.scrollLeft = this.area.scrollLeft;
  }

  #fitWidth() {
    this.marks.style.width = `${this.area.clientWidth}px`;
    this.marks.style.height = `${this.area.clientHeight}px`;
  }
}
