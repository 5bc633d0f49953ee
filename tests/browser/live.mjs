// The overview, opened once and never loaded again: tells which anomalies it shows.

import { args, collectPolicyReports, orders, run, tell, watch } from "./driver.mjs";

await run(async (browser) => {
  const context = await browser.newContext();
  await collectPolicyReports(context);
  const page = await context.newPage();
  const log = watch(page);
  await page.goto(`${args.url}/`);
  await page.waitForSelector('.link-state[data-state="live"]', { timeout: 30_000 });
  await page.evaluate(() => { globalThis.neverLoadedAgain = true; });
  tell("ready");

  const next = orders();
  for (let order = await next(); order; order = await next()) {
    const item = page.locator(`.anomaly[data-id="${order.id}"]`).first();
    if (order.wait === "seen") {
      await item.waitFor({ state: "visible", timeout: order.limit_ms });
      tell("seen", { text: (await item.innerText()).replace(/\s+/g, " ") });
    } else {
      await item.waitFor({ state: "detached", timeout: order.limit_ms });
      tell("gone");
    }
  }
  const same = await page.evaluate(() => globalThis.neverLoadedAgain === true);
  const reports = await page.evaluate(() => globalThis.policyReports);
  tell("end", { same, reports, complaints: log.complaints });
});
