// Looks at pages in both themes and every language: accessibility, policy reports, console, keyboard, size.

import path from "node:path";
import { args, axeSource, collectPolicyReports, run, tell, watch } from "./driver.mjs";

const INTERACTIVE = "a[href], button, input, select, textarea, summary, [tabindex]";

/** What a keyboard should reach, marked; answers how many there are. */
function markReachable(selector) {
  let count = 0;
  for (const element of document.querySelectorAll(selector)) {
    const visible = element.checkVisibility({ visibilityProperty: true });
    const size = element.getBoundingClientRect();
    if (!visible || element.matches(":disabled") || element.tabIndex < 0 || size.width === 0) continue;
    element.dataset.wanted = `${element.tagName} ${element.id} ${element.className} ${element.textContent}`
      .replace(/\s+/g, " ").slice(0, 80);
    count += 1;
  }
  return count;
}

/** Tabs through the page; answers what was never reached, and what showed no focus. */
async function walk(page) {
  const wanted = await page.evaluate(markReachable, INTERACTIVE);
  const unseen = [];
  await page.evaluate(() => document.activeElement?.blur());
  for (let press = 0; press < wanted * 2 + 20; press += 1) {
    await page.keyboard.press("Tab");
    const dim = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      delete element.dataset.wanted;
      const style = getComputedStyle(element);
      const shown = style.outlineStyle !== "none" || style.boxShadow !== "none";
      return shown ? null : `${element.tagName} ${element.id} ${element.className}`;
    });
    if (dim) unseen.push(dim);
    const left = await page.evaluate(() => document.querySelectorAll("[data-wanted]").length);
    if (left === 0) break;
  }
  // What was there for a moment only, such as a way to stop, was nobody's to reach.
  const unreached = await page.evaluate(() =>
    [...document.querySelectorAll("[data-wanted]:not(:disabled)")]
      .filter((element) => element.checkVisibility({ visibilityProperty: true }))
      .map((element) => element.dataset.wanted));
  return { unreached, unseen: [...new Set(unseen)] };
}

/** Roles whose names are the page's own words and not its data. */
const OWN = /^- (banner|navigation|main|region|heading|link|button|textbox|searchbox|combobox|checkbox|slider|spinbutton|table|columnheader|group|img|tab|switch)\b/;

/** What assistive technology is told of the page, without what changes with the data. */
async function outline(page, target) {
  await page.evaluate((selectors) => {
    for (const element of document.querySelectorAll(selectors)) element.setAttribute("aria-hidden", "true");
  }, [".headline", "[data-varies]", "button.stop", ...(target.varies ?? [])].join(","));
  const lines = [];
  let skipped = null;
  for (const line of (await page.locator("body").ariaSnapshot()).split("\n")) {
    const depth = line.search(/\S/);
    if (skipped !== null && depth > skipped) continue;
    const text = line.trim();
    // Items of lists and rows of tables are data.
    skipped = /^- (listitem|row|option)\b/.test(text) && !text.includes("columnheader") ? depth : null;
    if (!OWN.test(text) || skipped !== null) continue;
    const own = text.replace(/:$/, "").replace(/: .*$/, "").replace(/\d+/g, "#");
    if (!lines.includes(own)) lines.push(own);
  }
  return lines;
}

async function look(browser, theme, language, target) {
  const viewport = target.viewport ?? { width: 1280, height: 900 };
  const context = await browser.newContext({ colorScheme: theme, viewport, locale: language });
  await collectPolicyReports(context);
  await context.addInitScript({ path: axeSource() });
  const page = await context.newPage();
  const log = watch(page);
  await page.goto(`${args.url}${target.path}`);
  await page.waitForSelector(target.ready, { timeout: 60_000 });
  // Charts are drawn after the words.
  await page.waitForTimeout(target.settle_ms ?? 700);
  if (args.shots) {
    await page.screenshot({ path: path.join(args.shots, `${target.name}-${theme}-${language}.png`) });
  }
  const seen = await page.evaluate(() => ({
    background: getComputedStyle(document.body).backgroundColor,
    scrolls: {
      x: document.documentElement.scrollWidth > globalThis.innerWidth,
      y: document.documentElement.scrollHeight > globalThis.innerHeight,
    },
    title: document.title,
    language: document.documentElement.lang,
    text: document.body.innerText.slice(0, 400),
  }));
  const axe = target.axe === false
    ? []
    : await page.evaluate(async () => {
        const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
        return violations.map(({ id, impact, help, nodes }) => ({
          id, impact, help,
          nodes: nodes.slice(0, 3).map(({ html, any }) => `${html.slice(0, 200)} ${any[0]?.message ?? ""}`),
        }));
      });
  const first = theme === "light" && language === "en";
  const keyboard = first && target.keyboard !== false ? await walk(page) : null;
  const aria = theme === "light" && target.aria !== false ? await outline(page, target) : null;
  const reports = await page.evaluate(() => globalThis.policyReports);
  const others = log.requests.filter((request) =>
    !request.includes(new URL(args.url).host) && !/ (data|blob):/.test(request));
  tell("page", { name: target.name, theme, asked: language, ...seen, axe, aria, keyboard, reports, others, complaints: log.complaints });
  await context.close();
}

await run(async (browser) => {
  const waiting = [];
  for (const target of args.pages) {
    for (const language of args.languages) {
      for (const theme of ["light", "dark"]) waiting.push([theme, language, target]);
    }
  }
  // Two at a time: a page mostly waits for its charts.
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await look(browser, ...next);
  };
  await Promise.all([work(), work()]);
});
