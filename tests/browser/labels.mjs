// Labels in the Lab: draws, changes, takes back, and tells what the figures beside the list say.

import path from "node:path";
import { args, axeSource, collectPolicyReports, orders, run, tell, watch } from "./driver.mjs";

await run(async (browser) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 1000 }, timezoneId: "UTC" });
  await collectPolicyReports(context);
  await context.addInitScript({ path: axeSource() });
  const page = await context.newPage();
  const log = watch(page);
  const shot = async (name) => {
    if (args.shots) await page.screenshot({ path: path.join(args.shots, `labels-${name}.png`), fullPage: true });
  };
  const axe = () => page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
    return serious.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(" | ")}`);
  });
  const seen = () => page.evaluate(() => ({
    fired: Number(document.querySelector(".fired-count")?.dataset.count),
    grade: [...document.querySelectorAll(".grade dd")].map((fact) => fact.innerText.replace(/\s+/g, " ").trim()),
    labels: [...document.querySelectorAll(".label-rows li")].map((row) => row.innerText.replace(/\s+/g, " ").trim()),
    said: document.querySelector(".label-bar [role=status]")?.innerText ?? "",
    writes: document.querySelector("#label") !== null,
    undo: document.querySelector("#undo")?.title ?? "",
  }));
  const signIn = (key) => context.request.post(`${args.url}/api/v1/sessions`, { data: { key } });
  const open = async () => {
    await page.goto(`${args.url}${args.path}`);
    await page.waitForSelector(".fired-count[data-count]", { timeout: 90_000 });
    await page.waitForSelector("#label-count:not(:empty), .labels .muted:not([role])", { timeout: 30_000 });
  };
  // The browser's clock is set to UTC; a field may leave out seconds that are none.
  const written = (ms) => new Date(ms).toISOString().slice(0, 16);
  const range = async () => {
    const ms = async (name) => Date.parse(`${await field(name).inputValue()}Z`);
    return [await ms("from"), await ms("to")];
  };
  const field = (name) => page.locator(`#label-${name}`);
  const own = () => page.locator(".label-rows li").filter({ hasText: "by operator" }).first();
  // A saved step says so, and another one may follow.
  const saved = async (word) => {
    await page.waitForFunction(
      (word) => document.querySelector(".label-bar [role=status]").innerText.includes(word), word, { timeout: 20_000 });
    return seen();
  };

  const does = {
    /** Over the chart with the mouse, as far as two shares of its width. */
    async draw({ kind, from, to }) {
      await page.locator("main").focus();
      await page.keyboard.press("l");
      await field("from").waitFor();
      const box = await page.locator(".plot-main .chart-frame").boundingBox();
      const y = box.y + box.height / 2;
      await page.mouse.move(box.x + box.width * from, y);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * to, y, { steps: 4 });
      await page.mouse.up();
      const chosen = await range();
      await shot("form");
      await page.locator(`#label-${kind}`).click();
      return { range: chosen, ...await saved("saved.") };
    },
    /** By fields, without a pointer. */
    async type({ kind, from, to }) {
      await page.locator("#label").press("Enter");
      await field("from").fill(written(from));
      await field("to").fill(written(to));
      await page.locator(`#label-${kind}`).press("Enter");
      return saved("saved.");
    },
    /** On the chart, with keys. */
    async keys({ kind }) {
      await page.locator("#label").press("Enter");
      const chart = page.locator(".plot-main .chart-frame");
      await chart.press("Home");
      await chart.press("PageDown");
      await chart.press("Enter");
      await chart.press("PageDown");
      await chart.press("Enter");
      const chosen = await range();
      await page.locator(`#label-${kind}`).press("Enter");
      return { range: chosen, ...await saved("saved.") };
    },
    /** Another kind for the newest label of one's own. */
    async change({ kind }) {
      await own().locator("[data-do=edit]").click();
      await page.locator(`#label-${kind}`).click();
      return saved("saved.");
    },
    async remove() {
      await own().locator("[data-do=delete]").click();
      return saved("deleted.");
    },
    async undo() {
      await page.locator("main").focus();
      await page.keyboard.press("Control+z");
      await page.waitForFunction(
        () => document.querySelector(".label-bar [role=status]").innerText.startsWith("Taken back"), null, { timeout: 20_000 });
      return seen();
    },
    async slide({ slider, value }) {
      await page.locator(`#${slider}`).fill(String(value));
      return seen();
    },
    /** Until the page shows it, or for half a minute. */
    async expect({ fired, grade, labels }) {
      const fits = (now) =>
        now.fired === fired && now.labels.length === labels && grade.every((fact, at) => now.grade[at]?.includes(fact));
      const deadline = Date.now() + 30_000;
      let now = await seen();
      while (!fits(now) && Date.now() < deadline) {
        await page.waitForTimeout(50);
        now = await seen();
      }
      return { fits: fits(now), ...now };
    },
    async load({ key, theme, width }) {
      if (key) await signIn(key);
      if (theme) await page.emulateMedia({ colorScheme: theme });
      if (width) await page.setViewportSize({ width, height: 900 });
      await open();
      return seen();
    },
    /** What is typed while the server is away must wait. */
    async offline({ from, to }) {
      const before = log.complaints.length;
      await page.locator("#label").press("Enter");
      await field("from").fill(written(from));
      await field("to").fill(written(to));
      await context.setOffline(true);
      await page.locator("#label-incident").click();
      await page.waitForSelector(".label-bar [role=alert]");
      const alert = await page.locator(".label-bar [role=alert]").innerText();
      const chosen = await range();
      await context.setOffline(false);
      await page.locator("#label-incident").click();
      const now = await saved("saved.");
      // The browser says itself that it was offline.
      log.complaints.length = before;
      return { alert, range: chosen, ...now };
    },
    async look({ name }) {
      await page.waitForTimeout(400);
      await shot(name);
      return {
        violations: await axe(),
        wide: await page.evaluate(() => document.documentElement.scrollWidth - globalThis.innerWidth),
      };
    },
  };

  const next = orders();
  for (let order = await next(); order; order = await next()) {
    tell(order.do, await does[order.do](order));
  }
  const reports = await page.evaluate(() => globalThis.policyReports);
  tell("end", { reports, complaints: log.complaints });
});
