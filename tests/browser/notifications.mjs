// The page of notifications as somebody uses it: what was given up is sent again, a route is tried.

import path from "node:path";
import { args, axeSource, run, tell, watch } from "./driver.mjs";

await run(async (browser) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, timezoneId: "UTC" });
  await context.addInitScript({ path: axeSource() });
  const page = await context.newPage();
  const log = watch(page);
  const wait = { timeout: 30_000 };
  const shown = async () => ({
    dead: Number(await page.locator("[data-dead]").first().innerText()),
    messages: await page.locator("[data-message]").evaluateAll((rows) => rows.map((row) => row.dataset.state)),
  });
  await page.goto(`${args.url}/notifications`);
  await page.waitForSelector("[data-message]", wait);
  tell("seen", await shown());
  await page.locator("[data-do=again]").first().click();
  await page.waitForSelector("[data-message][data-state=sent]", wait);
  await page.locator("[data-do=test]").first().click();
  await page.waitForFunction(() => document.querySelector("main p[role=status]").innerText.includes("✓"), null, wait);
  tell("sent", await shown());
  const looks = [];
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [1280, 390]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await page.waitForTimeout(200);
      const violations = await page.evaluate(async () => {
        const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
        const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
        return serious.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`);
      });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (args.shots) await page.screenshot({ path: path.join(args.shots, `notifications-${colorScheme}-${width}.png`), fullPage: true });
      looks.push({ violations, wide });
    }
  }
  tell("end", { looks, complaints: log.complaints });
});
