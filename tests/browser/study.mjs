// What the Lab works out: the frontier, the setting for a budget, and what kind of series it is.

import path from "node:path";
import { args, axeSource, collectPolicyReports, orders, run, tell, watch } from "./driver.mjs";

await run(async (browser) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 1000 }, timezoneId: "UTC" });
  await collectPolicyReports(context);
  await context.addInitScript({ path: axeSource() });
  const page = await context.newPage();
  const log = watch(page);
  const shot = async (name) => {
    if (args.shots) await page.locator(".study").screenshot({ path: path.join(args.shots, `study-${name}.png`) });
  };
  const axe = () => page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(".study", { resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(" | ")}`);
  });
  const seen = () => page.evaluate(() => {
    const text = (element) => element?.innerText.replace(/\s+/g, " ").trim() ?? "";
    const chart = document.querySelector(".frontier");
    return {
      fired: Number(document.querySelector(".fired-count")?.dataset.count),
      pages: text([...document.querySelectorAll(".survives output")].at(-1)),
      rows: [...document.querySelectorAll(".study-answer > .scroll tbody tr, .study-answer > table tbody tr")]
        .map((row) => [...row.children].map(text)),
      all: text(document.querySelector(".study-out summary")),
      dots: chart?.querySelectorAll("circle.any, circle.best").length ?? 0,
      at: [chart?.getAttribute("aria-valuenow"), chart?.getAttribute("aria-valuemax")].map(Number),
      said: chart?.getAttribute("aria-valuetext") ?? "",
      fits: document.querySelector("[data-fits]")?.dataset.fits ?? "",
      head: text(document.querySelector(".study-out p")),
      sentences: [...document.querySelectorAll(".study-said li")].map(text),
      tries: [...document.querySelectorAll("[data-try]")].map((button) => button.dataset.kind),
      status: text(document.querySelector(".study [role=status]")),
      trouble: text(document.querySelector(".study [role=alert]")),
      busy: document.querySelector(".study").hasAttribute("data-busy"),
      patch: new URL(location.href).searchParams.get("patch") ?? "{}",
    };
  });
  const settled = async () => {
    // The address follows when the hand has rested.
    await page.waitForTimeout(400);
    await page.waitForSelector(".plots:not(.busy)", { timeout: 60_000 });
    return seen();
  };
  const does = {
    async load({ key, theme, width }) {
      if (key) await context.request.post(`${args.url}/api/v1/sessions`, { data: { key } });
      if (theme) await page.emulateMedia({ colorScheme: theme });
      if (width) await page.setViewportSize({ width, height: 900 });
      await page.goto(`${args.url}${args.path}`);
      await page.waitForSelector(".fired-count[data-count]", { timeout: 90_000 });
      await page.waitForSelector("#label-count:not(:empty)", { timeout: 30_000 });
      return seen();
    },
    async work({ what, pages }) {
      if (pages !== undefined) await page.locator("#study-pages").fill(String(pages));
      const began = Date.now();
      await page.locator(`#study-${what}`).click();
      await page.waitForSelector(".study:not([data-busy]) .study-out > *, .study [role=alert]:not(:empty)", { timeout: 60_000 });
      return { took_ms: Date.now() - began, ...await seen() };
    },
    /** Begins something long and stops it. */
    async stop({ what }) {
      await page.locator(`#study-${what}`).click();
      await page.locator("#study-cancel").click();
      await page.waitForSelector(".study:not([data-busy])");
      return seen();
    },
    /** Lets go of an incident. */
    async untick({ at }) {
      await page.locator(`#study-incident-${at}`).uncheck();
      return seen();
    },
    async keys({ keys }) {
      await page.locator(".frontier").focus();
      for (const key of keys) await page.keyboard.press(key);
      return settled();
    },
    async click({ selector }) {
      await page.locator(selector).first().click();
      return settled();
    },
    /** Until so many anomalies are shown, or for half a minute. */
    async expect({ fired }) {
      const deadline = Date.now() + 30_000;
      while ((await seen()).fired !== fired && Date.now() < deadline) await page.waitForTimeout(50);
      return settled();
    },
    async look({ name }) {
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
