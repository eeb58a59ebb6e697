// Breaks the page on purpose, in one way after another, and wants page.mjs to fail at the check that
// the way is for. Usage: node broken.mjs SITE EXPECTED.json. Takes some minutes; not part of .ci/run.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [site, expected] = process.argv.slice(2);

// What is replaced in which file, and the check that must notice it.
const WAYS = [
  ["a fix writes beside the place", "editor.js", "this.area.setSelectionRange(start, end);\n    const",
    "this.area.setSelectionRange(end, end);\n    const", "mends it"],
  ["the service worker forgets a file", "service-worker.js", '"python/library.zip",', "",
    "without a network"],
  ["a figure is off by one", "worker.js", "postMessage({ id, answer, done",
    "postMessage({ id, answer: answer.replaceAll('138357544', '138357545'), done",
    "equal the command line's"],
  ["a counter on another host", "main.js", "\nopen();\n",
    "\nopen();\nnew Image().src = 'http://127.0.0.2:9/counter';\n", "nothing that it should not"],
];

let faults = 0;
for (const [name, file, from, to, noticed] of WAYS) {
  const copy = mkdtempSync(join(tmpdir(), "broken-"));
  cpSync(site, copy, { recursive: true });
  const place = join(copy, file);
  const text = readFileSync(place, "utf8");
  if (!text.includes(from)) throw new Error(`${file} has changed: ${from}`);
  writeFileSync(place, text.replace(from, () => to));
  const { stdout, status } = spawnSync("node", [join(import.meta.dirname, "page.mjs"), copy, expected],
    { encoding: "utf8", env: { ...process.env, PATIENCE: "30000" }, maxBuffer: 2 ** 26 });
  const failed = stdout.split("\n").filter((line) => line.startsWith("FAILED"))
    .map((line) => line.slice(7, 90));
  const good = status === 1 && failed.some((line) => line.includes(noticed));
  console.log(`${good ? "ok" : "NOT NOTICED"} ${name}: ${failed.join(" | ")}`);
  faults += good ? 0 : 1;
  rmSync(copy, { recursive: true });
}
process.exit(faults ? 1 : 0);
