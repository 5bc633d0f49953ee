// The Lab: tells how many anomalies would have fired, moves sliders, takes the file.

import { readFile } from "node:fs/promises";
import { args, collectPolicyReports, orders, run, tell, watch } from "./driver.mjs";

await run(async (browser) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, acceptDownloads: true });
  await collectPolicyReports(context);
  const page = await context.newPage();
  const log = watch(page);
  await page.goto(`${args.url}${args.path}`);
  await page.waitForSelector(".plots:not(.busy)", { timeout: 60_000 });
  const count = page.locator(".fired-count[data-count]");
  await count.waitFor({ timeout: 60_000 });
  const shown = async () => Number(await count.getAttribute("data-count"));
  tell("ready", { count: await shown(), requests: log.requests });

  const next = orders();
  for (let order = await next(); order; order = await next()) {
    if (order.slider !== undefined) {
      const before = log.requests.length;
      await page.locator(`#${order.slider}`).fill(String(order.value));
      const deadline = Date.now() + 10_000;
      while ((await shown()) !== order.expected && Date.now() < deadline) {
        await page.waitForTimeout(20);
      }
      // A result that only passes by is none.
      await page.waitForTimeout(150);
      tell("moved", {
        count: await shown(),
        address: page.url(),
        // The browser itself fetches the page's icon when the address changes.
        requests: log.requests.slice(before).filter((request) => !request.endsWith("/favicon.svg")),
      });
    } else {
      const download = page.waitForEvent("download");
      await page.locator("#download").click();
      const file = await (await download).path();
      tell("file", { replay: JSON.parse(await readFile(file, "utf8")) });
    }
    if (order.screenshot) await page.screenshot({ path: order.screenshot });
  }
  const reports = await page.evaluate(() => globalThis.policyReports);
  tell("end", { reports, complaints: log.complaints });
});
