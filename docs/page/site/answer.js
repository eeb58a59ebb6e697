// The verdict with its gauge, the figures that stand out, and what would fit.
import { term, word } from "./words.js";

const by = (id) => document.getElementById(id);

export function element(tag, text = "", className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

const short = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

export function showAnswer(answer, options) {
  const { figures } = answer;
  by("answer-title").textContent = answer.waiting ? "" : answer.name;
  const [kind, head, words] = verdict(answer, options);
  const line = by("verdict");
  line.className = kind;
  line.replaceChildren(element("strong", head), " ", element("span", words));
  by("verdict-bar").className = kind;
  const figure = kind === "unread" ? "" : figures.figureText;
  by("verdict-bar").textContent = figure ? `${head}: ${figure}` : head;
  gauge(figures);
  tiles(figures);
  parts(figures);
  const list = by("assumed").querySelector("ul");
  by("assumed").hidden = !answer.assumed.length;
  list.replaceChildren(...answer.assumed.map((each) => element("li", each)));
}

function verdict(answer, options) {
  const { figures } = answer;
  const values = { figure: figures.figureText, expected: figures.expectedText,
    card: options.gpu, limit: figures.limitText, apart: figures.apartText };
  if (answer.waiting) return ["unread", word("waiting"), ""];
  if (answer.badBatch) return ["unread", word("bad_batch"), word("unread_words")];
  if (answer.unread) return ["unread", word("unread"), word("unread_words")];
  if (answer.broken) return ["over", word("broken"), word("broken_words")];
  if (figures.limit === undefined) return ["none", word("takes"), word("takes_words", values)];
  if (figures.fits) return ["fits", word("fits"), word("fits_words", values)];
  const words = word("over_words", values);
  return ["over", word("over"), figures.reclaims ? `${words}; ${word("reclaims")}` : words];
}

function gauge({ figure, expected, limit }) {
  const svg = by("gauge");
  svg.toggleAttribute("hidden", !figure);
  if (!figure) return;
  const whole = Math.max(limit ?? 0, figure);
  const at = (bytes) => 1000 * bytes / whole;
  const rect = (className, from, to) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    for (const [key, value] of Object.entries({ class: className, x: from, y: 4,
      width: Math.max(0, to - from), height: 22 })) made.setAttribute(key, value);
    return made;
  };
  const shapes = [rect("whole", 0, 1000), rect("expected", 0, at(expected)),
    rect("safe", at(expected), at(figure))];
  if (limit && limit < figure) shapes.push(rect("limit", at(limit) - 2, at(limit) + 2));
  svg.setAttribute("class", limit && limit < figure ? "over" : "fits");
  svg.replaceChildren(...shapes);
}

function tiles(figures) {
  const phase = figures.peakPhase;
  const where = [phase, figures.peakLayer].filter(Boolean).join(" ");
  const found = [[short.format(figures.parameters), word("parameters")],
    [short.format(figures.macs), word("macs")]];
  if (figures.peakText) found.push([figures.peakText, word("peak", { where })]);
  if (figures.textbookText) found.push([figures.textbookText, word("textbook")]);
  by("tiles").replaceChildren(...found.map(([figure, words]) => {
    const item = element("li");
    item.append(element("strong", figure), " ", element("span", words));
    return item;
  }));
}

function parts(figures) {
  const holder = by("parts");
  if (!figures.parts) return holder.replaceChildren();
  const words = figures.parts.map(([name, , size]) => `${term(name)} ${size}`).join(", ");
  holder.replaceChildren(element("p", `${word("parts")}: ${words}`), element("p",
    word("torch", { allocated: figures.torchAllocated, reserved: figures.torchReserved })));
  return undefined;
}

const number = (size) => (size ? size.toLocaleString("en-US") : word("fit_nothing"));

// What would fit, as far as it is known.
export function showFit(step, options, broken = false) {
  const holder = by("fit-answer");
  delete holder.dataset.done;
  holder.toggleAttribute("data-stale", Boolean(step?.working));
  if (!step) {
    holder.replaceChildren(element("p", broken ? "" : word("fit_none")));
    return;
  }
  if (step.working) { // what stands there is of before: no more to be taken
    for (const button of holder.querySelectorAll("button")) button.disabled = true;
    if (!holder.childElementCount) holder.replaceChildren(element("p", word("fit_working")));
    return;
  }
  const line = element("p");
  line.append(element("strong", word("fit_largest", { own: number(step.own) })), " ");
  if (step.own && step.own !== options.batch) line.append(use({ batch: step.own }));
  const found = [line];
  const { float32, amp, infer } = step.largest;
  if (infer !== undefined) {
    found.push(element("p", word("fit_others", { float32: number(float32), amp: number(amp),
      infer: number(infer) })));
  }
  if (step.advice.length) {
    const list = element("ul");
    for (const advice of step.advice) {
      const item = element("li", `${advice.text}: ${word("fit_at", { batch: number(advice.batch),
        figure: advice.figureText })} `);
      if (advice.code === "amp") item.append(use({ precision: "amp", batch: advice.batch }));
      if (advice.code === "optimizer") {
        item.append(use({ optimizer: advice.fields.optimizer, batch: advice.batch }));
      }
      list.append(item);
    }
    found.push(element("p", word("fit_more")), list);
  }
  holder.replaceChildren(...found, element("p", word("fit_working"), "working"));
}

// Say that there is no more to come.
export function fitDone() {
  const holder = by("fit-answer");
  holder.querySelector(".working")?.remove();
  holder.dataset.done = "true";
}

function use(set) {
  const button = element("button", word("use"));
  button.type = "button";
  button.dataset.set = JSON.stringify(set);
  button.setAttribute("aria-label", `${word("use")}: ${Object.values(set).join(", ")}`);
  return button;
}
