// One anomaly: what its page shows, and what is done to it there. A second page does the same at the same time.

import path from "node:path";
import { args, axeSource, collectPolicyReports, orders, run, tell, watch } from "./driver.mjs";

await run(async (browser) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 1000 } });
  await collectPolicyReports(context);
  await context.addInitScript({ path: axeSource() });
  const page = await context.newPage();
  const log = watch(page);
  const text = (selector) => page.locator(selector).allInnerTexts();
  const seen = async () => ({
    title: await text("h1"),
    facts: await text(".facts"),
    said: await text(".said, .outcome .failure"),
    history: await page.locator(".history li[data-kind]").evaluateAll((items) => items.map((item) => item.dataset.kind)),
    actors: await text(".history li[data-kind] .muted"),
    quotes: await text(".history q"),
    actions: await page.locator("[data-action]").evaluateAll((buttons) => buttons.map((button) => button.dataset.action)),
    assignee: await page.locator("#assignee").evaluateAll((fields) => fields.map((field) => field.value)),
    past: await page.locator(".past-count").evaluateAll((lines) => lines.map((line) => line.dataset.count)),
    lab: await page.locator(".anomaly-links a").evaluateAll((links) => links.map((link) => link.getAttribute("href"))),
    silence: await text(".silence"),
    accepted: await page.locator("[data-accepted]").evaluateAll((tags) => tags.map((tag) => [Number(tag.dataset.accepted), tag.innerText])),
    feedback: await page.locator("[data-feedback]").evaluateAll((said) => said.map((one) => one.dataset.feedback)),
    pressed: await page.locator(".feedback [aria-pressed=true]").evaluateAll((buttons) => buttons.map((button) => button.dataset.action)),
    suggestion: await page.locator("[data-suggestion]").evaluateAll((said) => said.map((one) => one.dataset.suggestion)),
    figures: Object.fromEntries(await page.locator("tr[data-figure]").evaluateAll((rows) => rows.map((row) => [row.dataset.figure, [...row.querySelectorAll("td")].map((cell) => cell.innerText)]))),
    machine: await text("[data-machine]"),
    digest: await page.locator(".tuning-page tr[data-rule]").evaluateAll((rows) => rows.map((row) => [row.dataset.rule, row.dataset.pages ?? null, row.querySelector(".rule-buttons a")?.getAttribute("href")])),
    unattended: await page.locator("tr[data-anomaly]").evaluateAll((rows) => rows.map((row) => row.dataset.anomaly)),
    brokenOff,
    path: new URL(page.url()).pathname,
    charts: await page.locator(".chart").count(),
  });
  // What the page itself broke off.
  const brokenOff = [];
  page.on("requestfailed", (request) => brokenOff.push(new URL(request.url()).pathname));
  const next = orders();
  for (let order = await next(); order; order = await next()) {
    if (order.goto) await page.goto(`${args.url}${order.goto}`);
    if (order.scheme) await page.emulateMedia({ colorScheme: order.scheme });
    if (order.size) await page.setViewportSize(order.size);
    if (order.ready) await page.waitForSelector(order.ready, { timeout: 60_000 });
    // Nobody answers this one.
    if (order.hold) await page.route(order.hold, () => {}, { times: 1 });
    if (order.answer412) {
      await page.route("**/acknowledge", async (route) => {
        // Somebody else is faster, just before this very request.
        await fetch(`${args.url}${order.answer412}`, { method: "POST" });
        await route.continue();
      }, { times: 1 });
    }
    if (order.click) await page.locator(order.click).first().click();
    if (order.fill) await page.locator(order.fill).fill(order.value);
    if (order.select) await page.locator(order.select).selectOption(order.value);
    if (order.key) await page.keyboard.press(order.key);
    if (order.until) await page.waitForSelector(order.until, { timeout: 30_000 });
    if (order.gone) await page.waitForSelector(order.gone, { state: "detached", timeout: 30_000 });
    if (order.shot && args.shots) await page.screenshot({ path: path.join(args.shots, `${order.shot}.png`), fullPage: true });
    const axe = order.axe
      ? await page.evaluate(async () => {
          const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
          const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
          return serious.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`);
        })
      : [];
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    tell("seen", { ...(await seen()), axe, wide });
  }
  const reports = await page.evaluate(() => globalThis.policyReports);
  tell("end", { reports, complaints: log.complaints });
});
