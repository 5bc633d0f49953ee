// Rules, mutes and the journal as somebody uses them: types, saves, compares, goes back, and tells what the page says.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { args, axeSource, collectPolicyReports, orders, run, tell, watch } from "./driver.mjs";

await run(async (browser) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 1000 }, timezoneId: "UTC", acceptDownloads: true });
  await collectPolicyReports(context);
  await context.addInitScript({ path: axeSource() });
  const page = await context.newPage();
  const log = watch(page);
  // Going away with unsaved changes is asked about; the tests want to go.
  page.on("dialog", (dialog) => dialog.accept());
  const wait = { timeout: 60_000 };
  const number = (text) => Number(text.replace(/[^\d.-]/g, ""));
  const settled = () => page.waitForFunction(
    () => {
      const said = document.querySelector(".save-state")?.innerText;
      return said && !/Checking/.test(said);
    }, null, wait);
  const errors = () => page.evaluate(() => [...document.querySelectorAll(".save-bar .messages li")].map((line) => line.innerText));

  const does = {
    async open({ path: place, ready }) {
      await page.goto(`${args.url}${place}`);
      await page.waitForSelector(ready, wait);
      return { place: new URL(page.url()).pathname };
    },
    async rows() {
      await page.waitForFunction(() => !document.querySelector("[data-cell=anomalies]")?.innerText.includes("–"), null, wait);
      const rows = await page.locator(".rules tbody tr").evaluateAll((rows) => rows.map((row) => ({
        rule: row.dataset.rule,
        state: row.dataset.state,
        open: row.querySelector("[data-cell=open]").innerText,
        anomalies: row.querySelector("[data-cell=anomalies]").innerText,
        pages: row.querySelector("[data-cell=pages]").innerText,
      })));
      return {
        query: new URL(page.url()).search,
        rows: rows.map(({ open, anomalies, pages, ...row }) => ({ ...row, open: number(open), anomalies: number(anomalies), pages: number(pages) })),
      };
    },
    async fill({ selector, value }) {
      await page.locator(selector).fill(value);
      return {};
    },
    async choose({ selector, value }) {
      await page.locator(selector).selectOption(value);
      return {};
    },
    /** Until an element says so. */
    async wait({ selector, text }) {
      await page.locator(selector, { hasText: text }).first().waitFor(wait);
      return {};
    },
    async click({ selector, until }) {
      await page.locator(selector).first().click();
      if (until) await page.waitForSelector(until, wait);
      return {};
    },
    async press({ keys }) {
      await page.locator("main").focus();
      for (const key of keys) await page.keyboard.press(key);
      return { focus: await page.evaluate(() => document.activeElement?.closest("[data-rule]")?.dataset.rule ?? null) };
    },
    /** What the server said to what stands there now. */
    async checked() {
      await page.waitForTimeout(300);
      await settled();
      return {
        errors: await errors(),
        field: await page.evaluate(() => document.querySelector(".form-field[data-wrong=true]")?.dataset.path ?? null),
        line: await page.evaluate(() => document.querySelector(".yaml-lines [data-wrong=true]")?.innerText ?? null),
        enabled: await page.locator("#save").isEnabled(),
        yaml: await page.evaluate(() => document.querySelector("#rule-yaml")?.value ?? null),
      };
    },
    async save() {
      await page.waitForSelector("#save:enabled", wait);
      await page.locator("#save").click();
      await page.waitForFunction(
        () => /Saved/.test(document.querySelector(".save-state")?.innerText) || document.querySelector(".conflict"), null, wait);
      return { place: new URL(page.url()).pathname, conflict: await page.locator(".conflict").count() > 0 };
    },
    async reload({ ready }) {
      await page.reload();
      await page.waitForSelector(ready, wait);
      return { notice: await page.locator(".notice").count(), yaml: await page.evaluate(() => document.querySelector("#rule-yaml")?.value ?? null) };
    },
    async lab() {
      return { href: await page.locator("#try").getAttribute("href") };
    },
    async week() {
      const funnel = page.locator("[data-week=saved] .funnel");
      await funnel.waitFor(wait);
      return await funnel.evaluate((list) => ({ ...list.dataset }));
    },
    async difference() {
      await page.waitForSelector(".versions tbody tr", wait);
      const lines = await page.locator(".diff-line").evaluateAll((lines) =>
        lines.filter((line) => ["came", "went"].includes(line.dataset.fate)).map((line) => line.innerText.trim()));
      return {
        lines,
        versions: await page.locator(".versions tbody tr").evaluateAll((rows) => rows.map((row) => Number(row.dataset.version))),
        what: await page.locator(".versions .what").first().innerText(),
      };
    },
    async count({ selector, wanted }) {
      await page.waitForFunction(
        ([selector, wanted]) => document.querySelectorAll(selector).length === wanted, [selector, wanted], wait);
      return {};
    },
    async text({ selector }) {
      await page.waitForSelector(selector, wait);
      return { text: await page.locator(selector).first().innerText() };
    },
    /** The cells of a table, row by row; it is opened first where it folds. */
    async cells({ selector }) {
      const table = page.locator(selector).first();
      await table.waitFor({ state: "attached", ...wait });
      const fold = table.locator("xpath=ancestor-or-self::details[1]");
      if (await fold.count() && !(await fold.evaluate((details) => details.open))) await fold.locator("summary").first().click();
      const rows = table.locator("tbody tr");
      await rows.first().waitFor(wait);
      return { rows: await rows.evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.innerText.trim()))) };
    },
    async data({ selector }) {
      await page.waitForSelector(selector, wait);
      return { data: await page.locator(selector).first().evaluate((element) => ({ ...element.dataset })) };
    },
    async file({ selector, file, until }) {
      await page.locator(selector).setInputFiles(file);
      await page.waitForSelector(until, wait);
      return {};
    },
    /** From now on notes how many points each drawing of a kind has had. */
    async follow({ selector }) {
      await page.evaluate((selector) => {
        const seen = globalThis.seenPoints = new Set();
        const note = () => document.querySelectorAll(selector).forEach((curve) => seen.add(Number(curve.dataset.points)));
        new MutationObserver(note).observe(document.body, { subtree: true, childList: true, attributeFilter: ["data-points"] });
        note();
      }, selector);
      return { requests: log.requests.length };
    },
    /** What was noted, and how often an address was asked since. */
    async followed({ since, address }) {
      const asked = log.requests.slice(since).filter((request) => request.endsWith(address)).length;
      return { asked, seen: await page.evaluate(() => [...globalThis.seenPoints].sort((a, b) => a - b)) };
    },
    async journal() {
      await page.waitForSelector(".journal tbody tr", wait);
      return {
        query: new URL(page.url()).search,
        seqs: await page.locator(".journal tbody tr").evaluateAll((rows) => rows.map((row) => Number(row.dataset.seq))),
        kinds: await page.locator(".journal tbody tr").evaluateAll((rows) => rows.map((row) => row.dataset.kind)),
      };
    },
    async older({ more }) {
      await page.locator("#older").click();
      await page.waitForFunction(
        (more) => document.querySelectorAll(".journal tbody tr").length > more, more, wait);
      return does.journal();
    },
    async export() {
      const [download] = await Promise.all([page.waitForEvent("download", wait), page.locator("#export").click()]);
      const text = await readFile(await download.path(), "utf8");
      return { name: download.suggestedFilename(), seqs: text.trim().split("\n").map((line) => JSON.parse(line).seq) };
    },
    async chain() {
      await page.locator("#check-chain").click();
      await page.waitForSelector("#chain", wait);
      return await page.locator("#chain").evaluate((told) => ({ ...told.dataset }));
    },
    async look({ name, theme, width }) {
      await page.emulateMedia({ colorScheme: theme });
      await page.setViewportSize({ width, height: 1000 });
      await page.waitForTimeout(300);
      if (args.shots) await page.screenshot({ path: path.join(args.shots, `${name}-${theme}-${width}.png`), fullPage: true });
      const violations = await page.evaluate(async () => {
        const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
        const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
        return serious.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(" | ")}`);
      });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - globalThis.innerWidth);
      await page.setViewportSize({ width: 1280, height: 1000 });
      return { violations, wide };
    },
  };

  const next = orders();
  for (let order = await next(); order; order = await next()) {
    tell(order.do, await does[order.do](order));
  }
  const reports = await page.evaluate(() => globalThis.policyReports);
  // A browser says itself that a version was refused.
  tell("end", { reports, complaints: log.complaints.filter((text) => !/412/.test(text)) });
});
