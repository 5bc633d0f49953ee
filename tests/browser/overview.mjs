// The overview: reads the list, filters it, scrolls, picks and acts, walks the timeline by keys.

import { args, collectPolicyReports, orders, run, tell, watch } from "./driver.mjs";

/** What the page shows, with its size. */
function read() {
  const plain = (selector) => document.querySelector(selector)?.textContent.replaceAll("\u202f", "").trim() ?? "";
  const rows = [...document.querySelectorAll(".open .anomaly")].map((row) => ({
    id: row.dataset.id,
    severity: row.dataset.severity,
    series: row.querySelector(".anomaly-series").textContent,
  }));
  return {
    rows,
    sentence: plain(".sentence-text"),
    changed: plain(".changed"),
    count: Number(plain("#open-title .count")),
    selected: plain(".bulk .check"),
    told: plain(".bulk-told"),
    timeline: plain(".timeline-readout"),
    panels: [...document.querySelectorAll(".rule-panel")].map((panel) => panel.dataset.rule),
    elements: document.querySelectorAll("*").length,
    address: location.href,
  };
}

await run(async (browser) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  await collectPolicyReports(context);
  const page = await context.newPage();
  const log = watch(page);
  await page.goto(`${args.url}${args.path}`);
  await page.waitForSelector('.link-state[data-state="live"]', { timeout: 30_000 });
  await page.waitForSelector(".open .anomaly", { timeout: 30_000 });
  await page.waitForFunction((count) => {
    const shown = document.querySelector("#open-title .count").textContent.replaceAll("\u202f", "");
    return count === undefined || Number(shown) === count;
  }, args.count, { timeout: 60_000 });
  await page.waitForTimeout(500);
  tell("read", await page.evaluate(read));

  const next = orders();
  for (let order = await next(); order; order = await next()) {
    if (order.words !== undefined) await page.locator("#overview-words").fill(order.words);
    if (order.severity) await page.locator(`.toggle[data-severity="${order.severity}"]`).click();
    if (order.status) await page.locator('[data-filter="status"]').selectOption(order.status);
    if (order.scroll !== undefined) {
      await page.locator(".open .virtual").evaluate((element, top) => { element.scrollTop = top; }, order.scroll);
    }
    if (order.frames) {
      // Scrolls through the list and measures what each step takes until it is painted.
      const frames = await page.locator(".open .virtual").evaluate(async (element, steps) => {
        const took = [];
        for (let step = 0; step < steps; step += 1) {
          const began = performance.now();
          element.scrollTop += 300;
          await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          took.push(performance.now() - began);
        }
        return took;
      }, order.frames);
      tell("frames", { frames });
      continue;
    }
    if (order.all) await page.locator("#pick-all").check();
    if (order.comment) await page.locator(".bulk-length input").fill(order.comment);
    if (order.act) {
      await page.locator(`[data-action="${order.act}"]`).click();
      await page.waitForFunction(() => document.querySelector(".bulk-told")?.textContent, null, { timeout: 60_000 });
    }
    if (order.keys) {
      await page.locator(".timeline-frame").focus();
      for (const key of order.keys) await page.keyboard.press(key);
    }
    if (order.open) {
      await page.waitForURL("**/anomalies/**", { timeout: 20_000 });
    }
    await page.waitForTimeout(700);
    tell("read", await page.evaluate(read));
    if (order.screenshot) await page.screenshot({ path: order.screenshot });
  }
  const reports = await page.evaluate(() => globalThis.policyReports);
  tell("end", { reports, complaints: log.complaints });
});
