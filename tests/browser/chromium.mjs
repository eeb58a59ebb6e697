// Pages in a real Chromium: what every test of one needs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
});
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let passed = 0;

// Runs a test on a file; a fault is also what the console says, and any request that leaves it.
export async function check(name, file, viewport, colorScheme, test, javaScriptEnabled = true) {
  const context = await browser.newContext({ viewport, colorScheme, javaScriptEnabled });
  const page = await context.newPage();
  const faults = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("dialog", (dialog) => faults.push(`dialog ${dialog.message()}`));
  page.on("request", (request) => {
    if (!request.url().startsWith("file:")) faults.push(`request of ${request.url()}`);
  });
  await page.goto(pathToFileURL(file).href);
  await test(page);
  assert.deepEqual(faults, [], name);
  await context.close();
  passed += 1;
  console.log(`ok ${name}`);
}

// Opens a file at four widths in both colour schemes; `look` sees each of them.
export async function checkLooks(file, folder, look = () => {}) {
  const stem = file.replace(/^.*\/|\.html$/g, "");
  for (const width of [400, 800, 1000, 1400]) {
    for (const scheme of ["light", "dark"]) {
      const name = `${stem} opens at ${width} in ${scheme}`;
      await check(name, file, { width, height: 900 }, scheme, async (page) => {
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= width, `the page is ${wide} wide on ${width}`);
        const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const sum = paper.match(/\d+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0);
        assert.equal(sum > 384, scheme === "light");
        await look(page);
        if (folder) await page.screenshot({ path: `${folder}/${stem}-${width}-${scheme}.png` });
      });
    }
  }
}

// What keyboard and screen reader need, as far as axe-core knows it, in both colour schemes.
export async function checkAccess(file) {
  const stem = file.replace(/^.*\/|\.html$/g, "");
  for (const scheme of ["light", "dark"]) {
    await check(`${stem} is accessible in ${scheme}`, file, { width: 1400, height: 900 }, scheme,
      async (page) => {
        await page.evaluate(axe);
        const { violations } = await page.evaluate("axe.run()");
        assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`), []);
      });
  }
}

export async function finish() {
  await browser.close();
  console.log(`${passed} passed, 0 failed`);
}
