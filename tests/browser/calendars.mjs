// Calendars as somebody uses them: written, read from a file, taken from a country, told, deleted; and in the Lab.

import path from "node:path";
import { args, axeSource, collectPolicyReports, orders, run, tell, watch } from "./driver.mjs";

await run(async (browser) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 1000 }, timezoneId: "UTC" });
  await collectPolicyReports(context);
  await context.addInitScript({ path: axeSource() });
  const page = await context.newPage();
  const log = watch(page);
  const wait = { timeout: 60_000 };
  const number = (text) => Number(text.replace(/[^\d].*$/, ""));
  const stage = (name) => page.locator(`[data-stage=${name}] output`).innerText();
  const shown = async () => ({
    rows: await page.locator(".calendar").evaluateAll((rows) => rows.map((row) => row.dataset.id)),
    total: await page.locator(".calendar-preview .occurrences").evaluateAll((lists) => lists.map((list) => Number(list.dataset.total))),
    change: await page.locator("#calendar-change").evaluateAll((lines) => lines.map(({ dataset }) => [Number(dataset.without), Number(dataset.with)])),
    said: await page.locator("main").innerText(),
  });

  const does = {
    async open({ path: place, ready }) {
      await page.goto(`${args.url}${place}`);
      await page.waitForSelector(ready, wait);
      return shown();
    },
    /** Clicks, fills and chooses what is named, then waits for what must be there. */
    async form({ click, fields = {}, choose = {}, file, then, until }) {
      if (click) await page.locator(click).first().click();
      for (const [selector, value] of Object.entries(choose)) await page.locator(selector).selectOption(value);
      for (const [selector, value] of Object.entries(fields)) await page.locator(selector).first().fill(value);
      if (file) await page.locator("#calendar-file").setInputFiles({ name: "works.ics", mimeType: "text/calendar", buffer: Buffer.from(file) });
      if (then) await page.locator(then).first().click();
      if (until) await page.waitForSelector(until, wait);
      return shown();
    },
    async lab({ calendar, on }) {
      await page.waitForSelector(".plots:not(.busy)", wait);
      const before = await stage("suppress");
      const drawer = page.locator("#calendars");
      if ((await drawer.getAttribute("open")) === null) await drawer.locator("summary").click();
      const box = page.locator(`[data-calendar=${calendar}]`);
      if ((await box.isChecked()) !== on) {
        await box.click();
        await page.waitForFunction((before) => document.querySelector("[data-stage=suppress] output").innerText !== before, before, wait);
        await page.waitForSelector(".plots:not(.busy)", wait);
        await page.waitForTimeout(300);
      }
      return {
        pages: number(await stage("page")),
        held: number(await stage("suppress")),
        anomalies: Number(await page.locator(".fired-count").getAttribute("data-count")),
        reasons: await page.locator(".fired tbody tr td:nth-child(7)").allInnerTexts(),
        diff: await page.locator(".diff").allInnerTexts(),
      };
    },
    async look({ name, theme, width }) {
      await page.emulateMedia({ colorScheme: theme });
      await page.setViewportSize({ width, height: 1000 });
      await page.waitForTimeout(200);
      const violations = await page.evaluate(async () => {
        const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
        const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
        return serious.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`);
      });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (args.shots) await page.screenshot({ path: path.join(args.shots, `${name}-${theme}-${width}.png`), fullPage: true });
      return { violations, wide };
    },
  };
  const next = orders();
  for (let order = await next(); order; order = await next()) tell(order.do, await does[order.do](order));
  const reports = await page.evaluate(() => globalThis.policyReports);
  tell("end", { reports, complaints: log.complaints });
});
