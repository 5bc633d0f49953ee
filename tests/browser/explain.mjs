// Why an anomaly is one, on its page and in the Lab; and `auto` over a whole range, stopped and finished.

import path from "node:path";
import { args, axeSource, collectPolicyReports, run, tell, watch } from "./driver.mjs";

await run(async (browser) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 1000 } });
  await collectPolicyReports(context);
  await context.addInitScript({ path: axeSource() });
  const page = await context.newPage();
  const log = watch(page);
  const text = (selector) => page.locator(selector).first().innerText();
  const shot = async (name) => {
    if (args.shots) await page.screenshot({ path: path.join(args.shots, `${name}.png`), fullPage: true });
  };
  const axe = () => page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
    return serious.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(" | ")}`);
  });
  const told = async () => ({
    lead: await text(".why-lead"),
    words: await text(".why-words"),
    steps: await page.locator(".why-steps tr").count(),
  });

  await page.goto(`${args.url}${args.anomaly}`);
  await page.waitForSelector(".why-lead", { timeout: 60_000 });
  await shot("anomaly");
  tell("anomaly", await told());

  await page.goto(`${args.url}${args.lab}`);
  const rows = page.locator(".fired tbody button[aria-pressed]");
  await rows.first().waitFor({ timeout: 90_000 });
  const opened = await page.locator(".lab-why").count();
  const asked = (from) => log.requests.slice(from).filter((request) => !request.endsWith("/favicon.svg"));
  const atFirst = asked(0);
  let before = log.requests.length;
  await rows.first().click();
  await page.waitForSelector(".lab-why .why-lead", { timeout: 60_000 });
  const focused = await page.evaluate(() => document.activeElement?.className);
  const clicked = asked(before);
  await shot("lab");
  const serious = await axe();
  const first = await text(".lab-why .section-head p");
  before = log.requests.length;
  // By key, as somebody without a mouse would.
  await rows.nth((await rows.count()) - 1).focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(
    (first) => document.querySelector(".lab-why .section-head p").innerText !== first && document.querySelector(".lab-why .why-lead"),
    first, { timeout: 30_000 });
  const pressed = await page.locator(".fired tbody button[aria-pressed=true]").count();
  const lab = await told();
  // The other worker still has what it replays.
  const was = await page.locator(".lab-why").innerHTML();
  await page.locator("#threshold").evaluate((slider) => {
    slider.value = slider.max;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await page.waitForFunction(
    (was) => document.querySelector(".lab-why").innerHTML !== was, was, { timeout: 30_000 });
  const again = asked(before);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.reload();
  await rows.first().click({ timeout: 90_000 });
  await page.waitForSelector(".lab-why .why-lead", { timeout: 60_000 });
  await shot("lab-phone-dark");
  await page.locator("#why-close").click();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  const closed = await page.locator(".lab-why").count();
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1280, height: 1000 });
  tell("lab", { ...lab, opened, focused, atFirst, clicked, again, pressed, closed, wide, violations: serious });

  // It opens ten seconds into a minute, when the minute's own sample is not final yet.
  await context.addInitScript(() => {
    const now = Date.now;
    const late = (now() - 10_000) % 60_000;
    Date.now = () => now() - late;
  });
  await page.goto(`${args.url}${args.auto}`);
  await page.waitForSelector("#whole", { timeout: 90_000 });
  const titles = () => page.locator(".chart-title").allInnerTexts();
  const live = await titles();
  await page.locator("#whole").click();
  await page.locator("#whole-cancel").click();
  await page.waitForSelector("#whole", { timeout: 5_000 });
  const stopped = await titles();
  await page.locator("#whole").click();
  await page.waitForFunction(() => {
    const bar = document.querySelector(".whole progress");
    if (bar && !bar.hidden && bar.value > 0) globalThis.progressSeen = true;
    return document.querySelector("#whole-back") !== null;
  }, null, { timeout: 90_000, polling: 10 });
  const tookS = Number((await text(".whole p")).match(/scored in ([0-9.]+) s/)[1]);
  await shot("whole");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 390, height: 844 });
  await shot("whole-phone-dark");
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1280, height: 1000 });
  const full = await titles();
  const said = await text(".whole");
  const violations = await axe();
  const progress = await page.evaluate(() => globalThis.progressSeen === true);
  // The sample before is final by now, but sliders do not move time.
  await page.evaluate(() => {
    const now = Date.now;
    Date.now = () => now() + 60_000;
  });
  await page.locator("#threshold").fill("0.8");
  await page.waitForFunction(
    // Scores are kept: another threshold costs nothing.
    () => document.querySelector(".whole p").innerText.includes("scored in 0.0 s"), null, { timeout: 30_000 },
  ).catch(async (error) => { throw new Error(`${error.message} ${await text(".whole")}`); });
  const spoke = await page.locator(".whole li").allInnerTexts();
  await shot("whole-parts");
  await page.locator("#whole-back").click();
  await page.waitForSelector("#whole", { timeout: 5_000 });
  tell("whole", { live, stopped, full, back: await titles(), tookS, said, spoke, progress, violations });
  const reports = await page.evaluate(() => globalThis.policyReports);
  tell("end", { reports, complaints: log.complaints });
});
