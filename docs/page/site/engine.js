// The page's side of the worker: asks, listens, and ends a worker that takes too long.

export const LIMIT = globalThis.CONVCALC_LIMIT ?? 10_000; // ms that an answer may take

export class Engine {
  constructor({ ready, broken, stopped }) {
    this.told = { ready, broken, stopped };
    this.numbers = 0;
    this.start();
  }

  start() {
    this.asked = new Map();
    this.up = false;
    this.worker = new Worker("worker.js", { type: "module" });
    this.worker.addEventListener("message", (event) => this.#hear(event.data));
    this.worker.addEventListener("error", (event) => {
      if (!this.up) this.told.broken(event.message ?? "the worker does not start");
    });
  }

  // The answer to a call; rejected where it takes too long.
  ask(call, ...given) {
    return new Promise((resolve, reject) => {
      this.#send(call, given, { resolve, reject, heard: () => {} });
    });
  }

  // Every step of an answer, as it comes.
  watch(call, given, heard) {
    return new Promise((resolve, reject) => this.#send(call, given, { resolve, reject, heard }));
  }

  #send(call, given, entry) {
    const id = ++this.numbers;
    this.asked.set(id, entry);
    this.worker.postMessage({ id, call, arguments: given });
    if (this.up) this.#time(id);
  }

  #time(id) {
    const entry = this.asked.get(id);
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => this.#stop(), LIMIT);
  }

  #stop() {
    this.worker.terminate();
    const asked = [...this.asked.values()];
    this.start();
    for (const entry of asked) {
      clearTimeout(entry.timer);
      entry.reject(new Error("stopped"));
    }
    this.told.stopped();
  }

  #hear(message) {
    if (message.ready) {
      this.up = true;
      for (const id of this.asked.keys()) this.#time(id);
      return this.told.ready(message.ms);
    }
    if (message.broken) return this.told.broken(message.broken);
    const entry = this.asked.get(message.id);
    if (!entry) return undefined;
    // One answer at a time: the clock of those behind it starts again.
    for (const id of this.asked.keys()) this.#time(id);
    const answer = message.answer === undefined || message.answer === null
      ? null : JSON.parse(message.answer);
    if (answer) entry.heard(answer);
    if (!message.done) return undefined;
    clearTimeout(entry.timer);
    this.asked.delete(message.id);
    if (message.failed) entry.reject(new Error(message.failed));
    else entry.resolve({ answer, ms: message.ms, cut: message.cut });
    return undefined;
  }
}
