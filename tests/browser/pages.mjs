// The pages of compare, fit, diff and of hostile names in a real Chromium.
// Usage: node pages.mjs FOLDER [PICTURES]. FOLDER has compare, fit and diff as .html and as .json,
// and cards.html, folders.html and hostile-*.html, as write_pages.sh makes them; with PICTURES, pictures are written there.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { check, checkAccess, checkLooks, finish } from "./chromium.mjs";

const [folder, pictures] = process.argv.slice(2);
const page_of = (name) => `${folder}/${name}.html`;
const told = (name) => JSON.parse(readFileSync(`${folder}/${name}.json`, "utf8"));
const desk = { width: 1400, height: 900 };
const count = (number) => number.toLocaleString("en-US");

const column = (page, key) => page.$$eval(`th[data-key="${key}"]`, ([head]) => {
  const place = [...head.parentNode.children].indexOf(head);
  const rows = [...head.closest("table").querySelectorAll("tbody tr[data-index]")];
  return rows.filter((row) => row.offsetParent).map((row) => row.children[place].innerText.trim());
});

// A click sorts from the largest down, the next one from the smallest up, a third as it was.
async function sorts(page, key) {
  const header = page.locator(`th[data-key="${key}"] button`);
  const before = await column(page, key);
  const values = await page.$$eval(`th[data-key="${key}"]`, ([head]) => {
    const place = [...head.parentNode.children].indexOf(head);
    return [...head.closest("table").querySelectorAll("tbody tr[data-index]")]
      .map((row) => [Number(row.children[place].dataset.value), row.children[place].innerText.trim()]);
  });
  assert.ok(values.length > 1 && values.every(([value]) => !Number.isNaN(value)));
  const shown = (sign) => [...values].sort(([a], [b]) => sign * (a - b)).map(([, text]) => text);
  await header.focus();
  await page.keyboard.press("Enter");
  assert.deepEqual(await column(page, key), shown(-1));
  await header.click();
  assert.deepEqual(await column(page, key), shown(1));
  await header.click();
  assert.deepEqual(await column(page, key), before);
}

for (const name of ["compare", "fit", "cards", "diff", "folders"]) {
  await checkLooks(page_of(name), pictures);
  await checkAccess(page_of(name));
  await check(`${name} reads without scripts`, page_of(name), desk, "light", async (page) => {
    assert.ok(await page.locator("h1").first().isVisible());
    assert.ok((await page.locator("table.sheet tbody tr").count()) > 0);
  }, false);
  await check(`${name} has names for what takes the keyboard`, page_of(name), desk, "light",
    async (page) => {
      const names = await page.$$eval("[tabindex], button, summary", (found) =>
        found.map((each) => each.getAttribute("aria-label") ?? each.textContent));
      assert.ok(names.length > 0 && names.every((each) => each.trim()));
      const unnamed = await page.$$eval('svg[role="img"], table', (found) => found.filter(
        (each) => !each.querySelector("title, caption, th")).length);
      assert.equal(unnamed, 0);
    });
}

await check("compare shows and sorts what JSON has", page_of("compare"), desk, "dark", async (page) => {
  const { networks } = told("compare");
  assert.deepEqual(await column(page, "parameters"), networks.map((each) => count(each.parameters)));
  assert.deepEqual(await column(page, "max_batch"), networks.map((each) => count(each.max_batch)));
  await sorts(page, "macs");
  const lengths = await page.$$eval(".bars", ([first]) =>
    [...first.querySelectorAll("rect")].map((bar) => bar.getBoundingClientRect().width));
  const trained = networks.map((each) => each.train);
  lengths.forEach((length, k) => assert.ok(
    Math.abs(length / Math.max(...lengths) - trained[k] / Math.max(...trained)) < 0.01));
});

await check("fit draws memory against batch under the card's line", page_of("fit"), desk, "light",
  async (page) => {
    const [{ max_batch, batches, limit }] = told("fit").networks;
    assert.equal(await page.locator(".figure strong").innerText(), count(max_batch.float32));
    const ways = Object.keys(max_batch);
    const charts = page.locator("svg.batch");
    assert.equal(await charts.count(), ways.length);
    for (const [k, way] of ways.entries()) {
      const dots = await charts.nth(k).locator("circle").evaluateAll((found) => found.map((dot) =>
        [dot.getAttribute("class"), Number(dot.getAttribute("cy")), dot.textContent]));
      const rows = batches.filter((row) => row[way] !== null);
      assert.deepEqual(dots.map(([, , title]) => title.split(":")[0]),
        rows.map((row) => `batch ${count(row.batch)}`));
      const line = Number(await charts.nth(k).locator("line.limit").getAttribute("y1"));
      for (const [n, [kind, y]] of dots.entries()) {
        assert.equal(kind, "fits");
        assert.ok(y >= line, `${way}: batch ${rows[n].batch} stands above the line of ${limit}`);
      }
      assert.ok(dots.at(-1)[1] - line < 30, "the largest batch is near the line");
    }
    await sorts(page, "batch");
  });

await check("diff marks what is new in table and drawing", page_of("diff"), desk, "dark", async (page) => {
  const { layers } = told("diff");
  assert.deepEqual(await column(page, "layer"), layers.map((each) => (each.new ?? each.old).name));
  assert.deepEqual(await column(page, "status"), layers.map((each) => each.status));
  const added = layers.filter((each) => each.status === "added").length;
  assert.ok(added > 0);
  assert.equal(await page.locator(".drawing .box.added:not(.block)").count(), added);
  const box = page.locator(".drawing .box.block.changed").first();
  await box.press("Enter");
  const name = await box.getAttribute("data-block");
  assert.notEqual(await page.locator(`details[data-block="${name}"]`).getAttribute("open"), null);
});

for (const kind of ["analyze", "compare", "fit", "diff"]) {
  await check(`hostile names stay text in ${kind}`, page_of(`hostile-${kind}`), desk, "light",
    async (page) => {
      assert.equal(await page.locator("img").count(), 0);
      assert.ok((await page.locator("h1").innerText()).includes("<img src=x"));
    });
}

await finish();
