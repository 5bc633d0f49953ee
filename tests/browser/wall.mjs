// A wall of 1080 lines: its turns, a new critical anomaly, its age when the server falls silent.
// The page's clock is the test's; the server's is not touched.

import path from "node:path";
import { args, axeSource, collectPolicyReports, orders, run, tell, watch } from "./driver.mjs";

/** The smallest size of type that is on the page, in pixels, and where. */
function smallest() {
  let least = { px: Infinity, text: "" };
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (node.textContent.trim() === "" || !element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.closest(".visually-hidden")) continue;
    const px = parseFloat(getComputedStyle(element).fontSize);
    if (px < least.px) least = { px, text: node.textContent.trim().slice(0, 60) };
  }
  return least;
}

await run(async (browser) => {
  const context = await browser.newContext({ viewport: { width: 1920, height: 1080 } });
  await collectPolicyReports(context);
  await context.addInitScript({ path: axeSource() });
  const page = await context.newPage();
  const log = watch(page);
  await page.clock.install({ time: Date.now() });
  await page.goto(`${args.url}${args.path}`);
  const seen = async () => ({
    sentence: await page.locator(".kiosk-sentence").innerText(),
    condition: await page.locator(".kiosk").getAttribute("data-condition"),
    link: await page.locator(".kiosk").getAttribute("data-link"),
    brightness: await page.locator(".kiosk").evaluate((element) => getComputedStyle(element).filter),
    swap: await page.locator(".kiosk").getAttribute("data-swap"),
    signs: await page.locator(".kiosk-signs").innerText(),
    small: await page.locator(".kiosk-small").innerText(),
    titles: await page.locator(".kiosk-chart h2").allInnerTexts(),
    note: await page.locator(".kiosk-note").allInnerTexts(),
    alarm: await page.locator(".kiosk-alarm").count(),
    smallest: await page.evaluate(smallest),
    sentencePx: await page.locator(".kiosk-sentence").evaluate((element) => parseFloat(getComputedStyle(element).fontSize)),
    cursor: await page.locator(".kiosk").evaluate((element) => getComputedStyle(element).cursor),
    progress: await page.locator(".kiosk-progress").evaluateAll((bars) => bars.map((bar) => bar.value)),
    address: page.url(),
    stored: await page.evaluate(() => Object.keys(localStorage)),
  });
  const next = orders();
  for (let order = await next(); order; order = await next()) {
    if (order.goto) await page.goto(`${args.url}${order.goto}`);
    if (order.ready) await page.waitForSelector(order.ready, { timeout: order.limit_ms ?? 60_000 });
    // Second by second, with time for what is asked for meanwhile.
    for (let second = 0; second < (order.run_s ?? 0); second += 1) await page.clock.runFor(1_000);
    if (order.until) await page.waitForSelector(order.until, { timeout: order.limit_ms ?? 30_000 });
    if (order.offline !== undefined) await context.setOffline(order.offline);
    if (order.shot && args.shots) await page.screenshot({ path: path.join(args.shots, `${order.shot}.png`) });
    const axe = order.axe
      ? await page.evaluate(async () => {
          const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
          const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
          return serious.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`);
        })
      : [];
    tell("seen", { ...(await seen().catch(() => ({}))), axe, code: await page.locator(".kiosk-code").allInnerTexts() });
  }
  const reports = await page.evaluate(() => globalThis.policyReports);
  tell("end", { reports, complaints: log.complaints });
});
