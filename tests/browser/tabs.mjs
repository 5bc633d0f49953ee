// Several tabs of one browser, each with the overview: tells what each shows, and hides or closes them.

import { args, orders, run, tell, watch } from "./driver.mjs";

await run(async (browser) => {
  const context = await browser.newContext();
  if (args.without_shared) {
    await context.addInitScript(() => { delete globalThis.SharedWorker; });
  }
  const pages = [];
  const logs = [];
  for (let tab = 0; tab < args.tabs; tab += 1) {
    const page = await context.newPage();
    logs.push(watch(page));
    await page.goto(`${args.url}/`);
    pages.push(page);
  }
  for (const page of pages) await page.waitForSelector('.link-state[data-state="live"]', { timeout: 60_000 });
  tell("ready");
  const next = orders();
  for (let order = await next(); order; order = await next()) {
    if (order.wait) {
      for (const page of pages) {
        await page.locator(order.wait).first().waitFor({ state: "attached", timeout: order.limit_ms });
      }
    }
    if (order.hide !== undefined) {
      await pages[order.hide].evaluate((hidden) => {
        Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
      }, order.hidden);
    }
    if (order.close !== undefined) await pages[order.close].close({ runBeforeUnload: true });
    tell("done");
  }
  tell("end", { complaints: logs.flatMap((log) => log.complaints) });
});
