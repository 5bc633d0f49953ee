// Many series at once: reads the table, moves sliders, filters, walks the heat map by keys, opens a series in the Lab.

import { args, collectPolicyReports, orders, run, tell, watch } from "./driver.mjs";

/** What the table shows, with the size of the page. */
function read() {
  const rows = [...document.querySelectorAll(".many-row[data-place]")].map((row) => ({
    series: row.querySelector(".many-name a").title,
    anomalies: Number(row.querySelector('[data-cell="anomalies"]').textContent.replace(/[^0-9]/g, "")),
    score: row.querySelector('[data-cell="score"]').textContent,
    pages: Number(row.querySelector('[data-cell="pages"]').textContent),
    address: row.querySelector(".many-name a").href,
  }));
  return {
    rows,
    sentence: document.querySelector(".many-count").textContent.replaceAll("\u202f", ""),
    shown: document.querySelector(".many-shown").textContent.replaceAll("\u202f", ""),
    elements: document.querySelectorAll("*").length,
    canvases: document.querySelectorAll("canvas").length,
  };
}

const settled = (page) => page.waitForSelector('.many-state[data-state="done"]', { timeout: 60_000, state: "attached" });

await run(async (browser) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  await collectPolicyReports(context);
  const page = await context.newPage();
  const log = watch(page);
  await page.goto(`${args.url}${args.path}`);
  await page.waitForSelector(".many-row[data-place], .heat", { timeout: 60_000 });
  await settled(page);
  await page.waitForTimeout(300);
  tell("ready", await page.evaluate(read).catch(() => ({})));

  const next = orders();
  for (let order = await next(); order; order = await next()) {
    if (order.slider) {
      const before = await page.locator(".many-count").textContent();
      await page.locator(`#${order.slider}`).fill(String(order.value));
      await page.waitForFunction((text) => document.querySelector(".many-count").textContent !== text, before);
      await settled(page);
      await page.waitForTimeout(300);
      tell("read", await page.evaluate(read));
    } else if (order.filter !== undefined) {
      await page.locator("#many-filter").fill(order.filter);
      await page.waitForTimeout(500);
      tell("read", { ...(await page.evaluate(read)), address: page.url() });
    } else if (order.sort) {
      await page.locator(`[data-by="${order.sort}"] button`).click();
      await page.waitForTimeout(200);
      tell("read", await page.evaluate(read));
    } else if (order.scroll !== undefined) {
      await page.locator(".virtual").evaluate((element, top) => { element.scrollTop = top; }, order.scroll);
      await page.waitForTimeout(500);
      tell("read", await page.evaluate(read));
    } else if (order.view) {
      await page.locator(`[data-view="${order.view}"]`).click();
      await settled(page);
      await page.waitForTimeout(300);
      tell("viewed", { address: page.url() });
    } else if (order.keys) {
      // A heat map: keys move its cursor, and what stands under it is said.
      await page.locator(".heat-frame").focus();
      for (const key of order.keys) await page.keyboard.press(key);
      await page.waitForTimeout(150);
      tell("said", { text: await page.locator(".heat-readout").textContent() });
    } else if (order.open) {
      await page.keyboard.press("Enter");
      await page.waitForSelector(".fired-count[data-count]", { timeout: 60_000 });
      tell("opened", {
        address: page.url(),
        count: Number(await page.locator(".fired-count").getAttribute("data-count")),
      });
    }
    if (order.screenshot) await page.screenshot({ path: order.screenshot });
  }
  const reports = await page.evaluate(() => globalThis.policyReports);
  tell("end", { reports, complaints: log.complaints });
});
