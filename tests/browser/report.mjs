// The HTML report in a real Chromium. Usage: node report.mjs FILE.html EXPECTED.json [FOLDER]
// FILE is the report of a network with blocks; EXPECTED what `convcalc analyze --format json
// --timeline` says of it. With FOLDER, pictures are written there. Exits with 1 at a fault.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { check, checkAccess, checkLooks, finish } from "./chromium.mjs";

const [file, expectedFile, folder] = process.argv.slice(2);
const expected = JSON.parse(readFileSync(expectedFile, "utf8")).networks[0];

const indexes = (page) => page.$$eval("table.layers tr[data-index]",
  (rows) => rows.filter((row) => row.offsetParent).map((row) => Number(row.dataset.index)));

await checkLooks(file, folder, async (page) => {
  assert.equal(await page.locator("h1").innerText(), expected.name);
  assert.equal((await indexes(page)).length, expected.layers.length);
});

await checkAccess(file);

const desk = { width: 1400, height: 900 };

await check("sorts by weights, both ways and back", file, desk, "light", async (page) => {
  const before = await indexes(page);
  const header = page.locator('th[data-key="weights"] button');
  const weights = expected.layers.map((layer) => layer.weights);
  const sorted = async (sign) => {
    const shown = (await indexes(page)).map((index) => weights[index]);
    assert.deepEqual(shown, [...weights].sort((a, b) => sign * (a - b)));
  };
  await header.click();
  await sorted(-1);
  await header.click();
  await sorted(1);
  await header.click();
  assert.deepEqual(await indexes(page), before);
});

for (const width of [1000, 1400]) {
  await check(`shows every column at ${width}`, file, { width, height: 900 }, "light", async (page) => {
    const box = page.locator(".scroll:has(.layers)");
    assert.ok(await box.evaluate((each) => each.scrollWidth <= each.clientWidth));
  });
}

await check("answers at the top, without scrolling", file, { width: 1000, height: 600 }, "light", async (page) => {
  const answer = page.locator("article").first();
  const { parameters, macs } = expected.totals;
  const words = (count) => count.toLocaleString("en-US");
  const said = `${words(parameters)} parameters, ${words(macs)} MACs an image`;
  for (const line of [answer.getByText(said), answer.locator(".figure strong")]) {
    const box = await line.boundingBox();
    assert.ok(box.y + box.height <= 300);
  }
});

for (const width of [400, 1000]) {
  await check(`breaks names behind dots at ${width}`, file, { width, height: 900 }, "light", async (page) => {
    const broken = await page.$$eval("button.layer, button.fold", (buttons) => buttons
      .flatMap((button) => [...button.childNodes])
      .filter((node) => {
        const range = document.createRange();
        range.selectNodeContents(node);
        return node.nodeType === Node.TEXT_NODE && range.getClientRects().length > 1;
      })
      .map((node) => node.data));
    assert.deepEqual(broken, []);
  });
}

await check("keeps names in sight at 400", file, { width: 400, height: 900 }, "dark", async (page) => {
  const box = page.locator(".scroll:has(.layers)");
  await box.evaluate((each) => each.scrollTo(each.scrollWidth, 0));
  const name = await page.locator("button.layer").first().boundingBox();
  assert.ok(name.x >= 0 && name.x + name.width <= 400);
  const caption = await page.locator(".layers caption span").boundingBox();
  assert.ok(caption.x >= 0 && caption.x + caption.width <= 400);
});

await check("folds a block and unfolds it", file, desk, "light", async (page) => {
  const before = (await indexes(page)).length;
  const button = page.locator("button.fold").first();
  const inside = Number(await button.locator("small").innerText());
  await button.click();
  assert.equal(await button.getAttribute("aria-expanded"), "false");
  assert.equal((await indexes(page)).length, before - inside);
  await button.press("Enter");
  assert.equal((await indexes(page)).length, before);
});

await check("explains a layer of the table and of the drawing", file, desk, "dark", async (page) => {
  const layer = expected.layers.find((each) => each.macs > 0);
  await page.locator(`button.layer[data-layer="${layer.name}"]`).click();
  const panel = page.locator("#panel");
  assert.ok((await panel.innerText()).includes(layer.macs.toLocaleString("en-US")));
  await page.keyboard.press("Escape");
  assert.ok(await panel.isHidden());
  await page.locator(".drawing .box[data-layer]").first().press("Enter");
  assert.equal(await panel.locator("h2").innerText(), "input");
});

await check("opens the drawing of a block", file, desk, "light", async (page) => {
  const box = page.locator(".drawing .box[data-block]").first();
  const name = await box.getAttribute("data-block");
  await box.click();
  const inside = page.locator(`details[data-block="${name}"]`);
  assert.notEqual(await inside.getAttribute("open"), null);
  assert.ok((await inside.locator(".box").count()) > 1);
});

await check("shows the figure under the pointer", file, desk, "light", async (page) => {
  const steady = expected.memory.pytorch.timeline.filter((row) => /^(zero|fwd|bwd|opt)1/.test(row.phase));
  const peak = Math.max(...steady.map((row) => row.live));
  const words = new Set();
  const chart = page.locator(".step");
  await chart.scrollIntoViewIfNeeded();
  const box = await chart.boundingBox();
  for (let x = 0; x <= 400; x += 1) {
    await page.mouse.move(box.x + (box.width * x) / 400, box.y + 60);
    words.add(await page.locator(".readout strong").innerText().catch(() => ""));
  }
  const unit = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, B: 1 };
  const bytes = [...words].filter(Boolean).map((text) => {
    const [number, name] = text.split(" ");
    return Number(number) * unit[name];
  });
  const most = Math.max(...bytes);
  assert.ok(Math.abs(most - peak) < peak * 0.005, `${most} of ${peak}`);
  for (const text of [...words].filter(Boolean)) {
    const [, phase, layer] = text.match(/ in (\w+)(?: of (.*))?$/);
    assert.ok(["forward", "backward", "optimizer", "zero_grad"].includes(phase), text);
    assert.ok(!layer || layer === "loss" || expected.layers.some((each) => each.name === layer), text);
  }
});

await check("moves the pointer by keyboard", file, desk, "light", async (page) => {
  await page.locator(".over-step .scroll").focus();
  await page.keyboard.press("ArrowRight");
  const first = await page.locator(".readout strong").innerText();
  await page.keyboard.press("PageDown");
  assert.notEqual(await page.locator(".readout strong").innerText(), first);
});

await check("reads without scripts", file, desk, "light", async (page) => {
  assert.equal(await page.locator("h1").innerText(), expected.name);
  assert.equal(await page.locator("table.layers tr[data-index]").count(), expected.layers.length);
  assert.ok(await page.locator(".figure strong").isVisible());
}, false);

await finish();
