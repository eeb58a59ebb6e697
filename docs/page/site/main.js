// The page: what is asked goes to the worker, what is answered into the document.
import { attachReport } from "./behaviour.js";
import { Editor } from "./editor.js";
import { Engine, LIMIT } from "./engine.js";
import { showCompared } from "./compare.js";
import { fitDone, showAnswer, showFit } from "./answer.js";
import { fromFragment, toFragment } from "./link.js";
import { showSliders } from "./sliders.js";
import { language, languages, speak, translate, translateTerms, word } from "./words.js";

const WAIT = 120; // ms of silence behind a key before the text is worked out
const SETUP = ["batch", "precision", "mode", "optimizer", "gpu", "cudnn", "cuda_module_loading",
  "cudnn_benchmark"];
const by = (id) => document.getElementById(id);
const first = JSON.parse(by("first").textContent);
const start = { optimizer: "momentum", gpu: "rtx-3060-12gb", name: "vgg16" };
const report = by("report");

let shown = first; // the answer that stands in the page
let name = start.name; // of the shipped network whose text is in the editor unchanged
let otherName = "";
let turn = 0; // counts what is asked, so that late answers are known as such
let timer = 0;
let linkBroken = false; // whether the page was opened by a link that cannot be read
let opened = ""; // the layer whose explanation is open
const markup = {}; // what stands in each part of the page, as it was made

const engine = new Engine({
  ready: () => {
    report.dataset.live = "true";
    if (!report.dataset.stopped) ask(); // what has run away once would do so again
  },
  broken: (message) => status(word("not_loaded", { message }), "bad"),
  stopped: () => {
    report.removeAttribute("data-busy");
    status(word("stopped", { seconds: LIMIT / 1000 }), "bad");
    report.dataset.stopped = "true";
  },
});

const editor = new Editor(by("source"), by("problems"), () => {
  name = "";
  by("example").value = "";
  later();
});
const otherEditor = new Editor(by("other"), by("other-problems"), () => {
  otherName = "";
  by("other-example").value = "";
  later();
});

function status(text, kind) {
  by("status").textContent = text;
  by("status").className = kind;
}

function setup() {
  const precision = by("precision").value;
  return {
    batch: Number(by("batch").value),
    dtype: precision === "amp" ? "float32" : precision,
    amp: precision === "amp",
    mode: by("mode").value,
    optimizer: by("optimizer").value,
    gpu: by("gpu").value,
    cudnn: Number(by("cudnn").value),
    cuda_module_loading: by("cuda_module_loading").value,
    cudnn_benchmark: by("cudnn_benchmark").checked,
  };
}

// Whether the batch is one that a network can run with; says so where it is not.
function batchIsGood() {
  const good = by("batch").value !== "" && by("batch").checkValidity();
  by("batch").setAttribute("aria-invalid", String(!good));
  if (good) return true;
  report.dataset.stale = "true";
  by("fit-answer").replaceChildren();
  showAnswer({ ...shown, badBatch: true }, setup());
  status(word("bad_batch"), "bad");
  return false;
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(ask, WAIT);
}

let asking = false;
let again = false;

// Work out what the page asks for; while that goes on, only the newest is remembered.
async function ask() {
  clearTimeout(timer);
  turn += 1;
  if (report.dataset.live !== "true") return;
  if (!batchIsGood()) return;
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  do {
    again = false;
    await once(turn);
  } while (again);
  asking = false;
}

async function once(mine) {
  report.dataset.busy = "true";
  delete report.dataset.stopped;
  const options = setup();
  const { text } = editor;
  const began = performance.now();
  try {
    const { answer, ms } = await engine.ask("analyze", "a", text, options, name);
    const fresh = mine === turn;
    if (fresh) show(answer, ms, text);
    if (fresh && answer.ok) await parts(answer, mine);
    report.dataset.took = Math.round(performance.now() - began);
    const other = otherEditor.text.trim();
    if (other) await compareWith(options, fresh);
    else by("compared").replaceChildren();
    remember();
    if (mine === turn && answer.ok) fit(mine);
  } catch (error) {
    if (error.message !== "stopped") fail(error.message, text);
  }
  if (mine === turn) report.removeAttribute("data-busy");
}

// An error of ours: nothing that stands in the page is an answer to this text.
function fail(message, text) {
  unread([], text);
  status(word("failed", { message: message.trim().split("\n").at(-1) }), "bad");
}

async function compareWith(options, fresh) {
  const { text } = otherEditor;
  const { answer } = await engine.ask("analyze", "b", text, options, otherName);
  if (fresh) otherEditor.show(answer.ok ? wrong(answer.findings) : answer.errors, text);
  const { answer: rows } = await engine.ask("compare", ["a", "b"]);
  showCompared(by("compared"), rows);
}

const wrong = (findings) => findings.filter((each) => each.severity !== "note");

function unread(problems, text) {
  editor.show(problems, text);
  report.dataset.stale = "true";
  showAnswer({ ...shown, unread: true }, setup());
  by("fit-answer").replaceChildren();
}

function show(answer, ms, text) {
  by("exported").textContent = "";
  if (!answer.ok) {
    unread(answer.errors, text);
    return status(word("unread"), "bad");
  }
  delete report.dataset.stale;
  if (answer.name !== shown.name) by("fit-answer").replaceChildren();
  shown = answer;
  editor.show(wrong(answer.findings), text);
  showAnswer(answer, setup());
  showFit({ working: true }, setup());
  if (linkBroken) status(word("link_broken"), "bad");
  else status(word("ready", { ms: Math.round(ms) }), "");
  linkBroken = false;
  if (opened) actions.explain(report, opened, null);
  return undefined;
}

// Let the browser draw and listen between two heavy parts.
const breath = () => new Promise((resolve) => setTimeout(resolve));

// The large parts, one by one; a newer text ends them. The drawing waits until one comes near.
async function parts(answer, mine) {
  for (const key of ["step", "table"]) {
    const made = await engine.ask("part", "a", key);
    if (mine !== turn) return;
    if (key === "step") answer.bins = made.answer.bins;
    place(key, made.answer.markup);
    await breath();
  }
  const drawing = by("drawing");
  drawing.dataset.late = "true";
  near.unobserve(drawing);
  near.observe(drawing);
}

const near = new IntersectionObserver(async (entries) => {
  if (!entries.at(-1).isIntersecting || !by("drawing").dataset.late) return;
  delete by("drawing").dataset.late;
  const mine = turn;
  const made = await engine.ask("part", "a", "drawing").catch(() => null);
  if (made && mine === turn) place("drawing", made.answer.markup);
}, { rootMargin: "600px" });

function place(key, html) {
  const holder = by(key);
  if (markup[key] === html) return;
  markup[key] = html;
  holder.hidden = key !== "drawing" && !html;
  const state = key === "table" ? tableState(holder) : null;
  holder.innerHTML = html;
  translateTerms(holder);
  if (state) restore(holder, state);
}

// How a table is sorted and folded, to be kept when its figures change.
function tableState(holder) {
  const sorted = holder.querySelector('th[aria-sort$="ending"]');
  const folded = [...holder.querySelectorAll("tbody.folded")].map((body) => body.dataset.scope);
  return { key: sorted?.dataset.key, order: sorted?.getAttribute("aria-sort"), folded };
}

function restore(holder, { key, order, folded }) {
  for (const scope of folded) {
    const body = [...holder.querySelectorAll("tbody")].find((each) => each.dataset.scope === scope);
    const button = body?.querySelector("button.fold");
    if (button) actions.fold(button);
  }
  const header = key && holder.querySelector(`th[data-key="${key}"]`);
  if (header) actions.sort(header);
  if (header && order === "ascending") actions.sort(header);
}

async function fit(mine) {
  const options = setup();
  if (!options.gpu || shown.broken) return showFit(null, options, shown.broken);
  const { cut } = await engine.watch("fit", ["a"], (step) => {
    if (mine === turn) showFit(step, options);
  }).catch(() => ({ cut: true }));
  if (!cut && mine === turn) fitDone();
  return undefined;
}

const actions = attachReport({
  explainLayer: async (article, layer) => {
    if (report.dataset.live !== "true") return null;
    const { answer } = await engine.ask("explain", "a", layer);
    latest = answer;
    return answer && [answer.type, answer.summary, answer.intro, answer.sections];
  },
  binsOf: () => shown.bins,
  shown: (panel, article, layer) => {
    opened = layer;
    panel.querySelector("h2").id = "panel-name";
    translateTerms(panel);
    showSliders(by("sliders"), latest, editor, () => close());
  },
});
let latest = null; // the explanation that was asked for last

function close() {
  actions.close();
}

new MutationObserver(() => {
  if (by("panel").hidden) opened = "";
}).observe(by("panel"), { attributes: true, attributeFilter: ["hidden"] });

// The state that a link carries.
function state() {
  const found = { l: language() };
  for (const id of SETUP) found[id] = id === "cudnn_benchmark" ? by(id).checked : by(id).value;
  found.n = name;
  if (!name) found.t = editor.text;
  if (otherEditor.text.trim()) {
    found.on = otherName;
    if (!otherName) found.ot = otherEditor.text;
  }
  return found;
}

let written = "";

async function remember() {
  const fragment = await toFragment(state());
  if (fragment === written) return;
  written = fragment;
  history.replaceState(null, "", fragment);
}

const shippedText = async (wanted) => {
  const { answer } = await engine.ask("shipped", wanted);
  return answer.ok ? answer.text : "";
};

async function restoreState(found) {
  if (languages.includes(found.l)) say(found.l);
  for (const id of SETUP) {
    if (found[id] === undefined) continue;
    if (id === "cudnn_benchmark") by(id).checked = found[id] === true;
    else by(id).value = String(found[id]);
    if (by(id).tagName === "SELECT" && by(id).selectedIndex < 0) by(id).selectedIndex = 0;
  }
  await fill(editor, found.n, found.t, (value) => { name = value; });
  await fill(otherEditor, found.on, found.ot, (value) => { otherName = value; });
  by("example").value = name;
  by("other-example").value = otherName;
}

async function fill(into, shipped, text, keep) {
  const known = typeof shipped === "string" && shipped;
  if (known) into.text = await shippedText(shipped);
  else if (typeof text === "string") into.text = text;
  else if (into !== editor) into.text = "";
  keep(known || "");
}

function options(select, groups, none) {
  select.replaceChildren(...(none ? [new Option(word(none), "")] : []));
  if (none) select.options[0].dataset.word = none;
  for (const [label, entries] of groups) {
    const group = document.createElement("optgroup");
    group.label = label;
    group.append(...entries.map(([value, text]) => new Option(text, value)));
    select.append(group);
  }
}

function fillLists() {
  const { cards, optimizers, loadings, cudnn, networks } = first.offered;
  for (const id of ["example", "other-example"]) {
    options(by(id), [...Object.entries(networks), [word("notes"),
      first.notes.map(([title, pattern]) => [`=${pattern}`, title])]], "choose");
  }
  by("optimizer").replaceChildren(...optimizers.map((each) => new Option(each)));
  by("optimizer").value = start.optimizer;
  by("gpu").replaceChildren(...cards.map(([card, size]) => new Option(`${card} (${size})`, card)));
  by("gpu").prepend(new Option(word("no_card"), ""));
  by("gpu").options[0].dataset.word = "no_card";
  by("gpu").value = start.gpu;
  by("cudnn").replaceChildren(...cudnn.map((each) => new Option(each)));
  by("cuda_module_loading").replaceChildren(...loadings.map((each) => new Option(each)));
  by("example").value = name;
}

async function choose(select, into, keep) {
  const { value } = select;
  if (!value) return;
  keep(value.startsWith("=") ? "" : value);
  into.text = value.startsWith("=") ? value.slice(1) : await shippedText(value);
  ask();
}

function say(tongue) {
  speak(tongue);
  translate();
  for (const part of ["step", "table", "drawing", "panel"]) translateTerms(by(part));
  const other = languages.find((each) => each !== tongue);
  by("language").textContent = other === "zh" ? "中文" : "English";
  by("language").lang = other;
  by("panel").querySelector(".close").setAttribute("aria-label", word("close"));
  localStorage.setItem("language", tongue);
}

function paint(scheme) {
  if (scheme) document.documentElement.dataset.scheme = scheme;
  else delete document.documentElement.dataset.scheme;
  by("scheme").value = scheme;
}

async function exportAs(kind) {
  const { answer } = await engine.ask("export", "a", kind);
  if (!answer.ok) {
    by("exported").textContent = [answer.message, answer.hint].filter(Boolean).join("; ");
    return;
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([answer.text], { type: "application/octet-stream" }));
  link.download = answer.file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  by("exported").textContent = word("exported", { file: answer.file });
}

function listen() {
  for (const id of SETUP) by(id).addEventListener("input", later);
  by("example").addEventListener("change", () =>
    choose(by("example"), editor, (value) => { name = value; }));
  by("other-example").addEventListener("change", () =>
    choose(by("other-example"), otherEditor, (value) => { otherName = value; }));
  by("other-same").addEventListener("click", () => {
    otherEditor.text = editor.text;
    otherName = name;
    ask();
  });
  by("language").addEventListener("click", () => {
    say(language() === "en" ? "zh" : "en");
    ask();
  });
  by("scheme").addEventListener("change", () => {
    paint(by("scheme").value);
    localStorage.setItem("scheme", by("scheme").value);
  });
  by("share").addEventListener("click", async () => {
    await remember();
    const done = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
    status(word(done ? "shared" : "share_here"), "");
  });
  by("verdict-bar").addEventListener("click", () => by("answer").scrollIntoView());
  by("exports").addEventListener("click", (event) => {
    const kind = event.target.closest("button")?.dataset.export;
    if (kind) exportAs(kind);
  });
  by("fit-answer").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    for (const [id, value] of Object.entries(JSON.parse(button.dataset.set))) by(id).value = value;
    ask();
  });
  addEventListener("hashchange", async () => {
    if (location.hash === written) return;
    const found = await fromFragment(location.hash);
    linkBroken = found === null;
    if (found) await restoreState(found);
    ask();
  });
}

async function open() {
  fillLists();
  paint(localStorage.getItem("scheme") ?? "");
  const found = await fromFragment(location.hash);
  const wished = localStorage.getItem("language")
    ?? (navigator.language.startsWith("zh") ? "zh" : "en");
  say(languages.includes(wished) ? wished : "en");
  listen();
  linkBroken = found === null;
  if (found) {
    if (found.n !== start.name) editor.text = typeof found.t === "string" ? found.t : "";
    report.dataset.stale = "true";
  }
  showAnswer({ ...first, waiting: Boolean(found) }, setup());
  showFit(found ? { working: true } : first.fit, setup());
  if (!found) fitDone();
  if (report.dataset.live !== "true") status(word(found ? "loading_link" : "loading_python"), "");
  report.dataset.open = "true";
  if (found) {
    await restoreState(found);
    ask();
  }
  navigator.serviceWorker?.register("service-worker.js").catch(() => {});
}

open();
