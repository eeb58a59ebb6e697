// Runs convcalc in Python. Requests `{id, call, arguments}` are answered by `{id, answer}`, JSON as
// a text; "fit" answers step by step; what is small is answered between its steps, a new text ends it.
import { loadPyodide } from "./python/pyodide.mjs";

const started = performance.now();
let page = null;
let busy = false;
const waiting = [];

async function start() {
  const indexURL = new URL("python/", import.meta.url).href;
  const lock = { info: { abi_version: "2026_0", arch: "wasm32", platform: "emscripten_5_0_3",
    python: "3.14.2" }, packages: {} };
  const packages = fetch(`${indexURL}packages.zip`).then((answer) => {
    if (!answer.ok) throw new Error(`packages.zip: ${answer.status}`);
    return answer.arrayBuffer();
  });
  const python = await loadPyodide({ indexURL, stdLibURL: `${indexURL}library.zip`,
    lockFileContents: JSON.stringify(lock), checkAPIVersion: false });
  python.unpackArchive(await packages, "zip");
  page = python.pyimport("convcalc_page");
  postMessage({ ready: true, ms: Math.round(performance.now() - started) });
}

const LARGE = new Set(["analyze", "fit"]); // what ends a search that goes on
const pause = () => new Promise((resolve) => setTimeout(resolve));

async function fit(id, slot) {
  const steps = page.fit_texts(slot);
  for (;;) {
    const { done, value } = steps.next();
    if (done || value) postMessage({ id, answer: done ? null : value, done });
    if (done) break;
    await pause();
    while (waiting.length && !LARGE.has(waiting[0].call)) serve(waiting.shift());
    if (waiting.length) {
      postMessage({ id, answer: null, done: true, cut: true });
      break;
    }
  }
  steps.destroy();
}

function serve({ id, call, arguments: given }) {
  const before = performance.now();
  try {
    const answer = page.answer(JSON.stringify({ call, arguments: given }));
    postMessage({ id, answer, done: true, ms: performance.now() - before });
  } catch (error) {
    postMessage({ id, failed: String(error.message ?? error), done: true });
  }
}

async function work() {
  if (busy || !page) return;
  busy = true;
  while (waiting.length) {
    const asked = waiting.shift();
    if (asked.call !== "fit") {
      serve(asked);
      continue;
    }
    try {
      await fit(asked.id, ...asked.arguments);
    } catch (error) {
      postMessage({ id: asked.id, failed: String(error.message ?? error), done: true });
    }
  }
  busy = false;
}

addEventListener("message", (event) => {
  waiting.push(event.data);
  work();
});

start().then(work, (error) => postMessage({ broken: String(error.message ?? error) }));
