// Times of the page on this machine, with the machine's speed. Usage: node measure.mjs SITE
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { serve } from "./serve.mjs";

// The same loop everywhere: how fast the machine is, and how busy.
function loop() {
  const began = performance.now();
  let sum = 0;
  for (let k = 0; k < 20_000_000; k += 1) sum = (sum + k * 7) % 1_000_003;
  return [performance.now() - began, sum][0];
}

const server = await serve(process.argv[2]);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
});
const context = await browser.newContext({ viewport: { width: 1400, height: 900 },
  serviceWorkers: "block" });
context.setDefaultTimeout(120_000);
const page = await context.newPage();
const began = performance.now();
const seconds = () => `${((performance.now() - began) / 1000).toFixed(2)} s`;
await page.goto(server.address, { waitUntil: "commit" });
await page.waitForSelector("#table tr[data-index]");
console.log(`prerendered answer: ${seconds()}`);
await page.waitForSelector('#report[data-live="true"]', { state: "attached" });
console.log(`Python is there: ${seconds()}`);
await page.waitForFunction(() => /worked out/.test(document.getElementById("status").innerText));
console.log(`first live answer: ${seconds()}`);
await page.waitForSelector('#fit-answer[data-done="true"]', { state: "attached" });
console.log(`what would fit: ${seconds()}`);
for (const name of ["vgg16", "resnet152"]) {
  if (name !== "vgg16") await page.selectOption("#example", name);
  const times = [];
  for (let batch = 1; batch <= 7; batch += 1) {
    await page.fill("#batch", String(batch + 8));
    await page.waitForTimeout(300);
    await page.waitForSelector("#report:not([data-busy])", { state: "attached" });
    times.push(Number(await page.getAttribute("#report", "data-took")));
  }
  times.sort((a, b) => a - b);
  console.log(`a change of ${name}: ${times[0]} to ${times.at(-1)} ms, median ${times[3]}`);
}
const session = await browser.newBrowserCDPSession();
const { processInfo } = await session.send("SystemInfo.getProcessInfo");
const sizes = processInfo.filter(({ type }) => type === "renderer").map(({ id }) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"))[1]) / 1024);
console.log(`memory of the page's process: ${Math.max(...sizes).toFixed(0)} MiB`);
await browser.close();
await server.close();
console.log(`the machine: the loop of this file takes ${loop().toFixed(0)} ms in Node ${process.version}`);
