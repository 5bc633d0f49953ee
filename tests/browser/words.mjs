// An explanation in Russian: on an anomaly's page, where the page writes it, and in the Lab, where a worker does.

import path from "node:path";
import { args, collectPolicyReports, run, tell, watch } from "./driver.mjs";

await run(async (browser) => {
  const context = await browser.newContext({ locale: "ru-RU", viewport: { width: 1280, height: 1000 } });
  await collectPolicyReports(context);
  const page = await context.newPage();
  const log = watch(page);
  const shot = (name) => page.screenshot({ path: path.join(args.shots, `${name}-ru.png`), fullPage: true });
  const told = async (within) => ({
    lead: await page.locator(`${within} .why-lead`).innerText(),
    words: await page.locator(`${within} .why-words`).innerText(),
    steps: await page.locator(`${within} .why-steps`).allInnerTexts(),
  });

  await page.goto(`${args.url}${args.anomaly}`);
  await page.waitForSelector(".why-lead", { timeout: 60_000 });
  await shot("anomaly");
  tell("anomaly", { ...await told("main"), language: await page.evaluate(() => document.documentElement.lang) });

  await page.goto(`${args.url}${args.lab}`);
  const rows = page.locator(".fired tbody button[aria-pressed]");
  await rows.first().click({ timeout: 90_000 });
  await page.waitForSelector(".lab-why .why-lead", { timeout: 60_000 });
  await shot("lab");
  const detectors = await page.locator("#detector option:checked, #detector optgroup").evaluateAll(
    (all) => all.map((each) => each.label));
  tell("lab", { ...await told(".lab-why"), detectors, title: await page.title() });
  const reports = await page.evaluate(() => globalThis.policyReports);
  tell("end", { reports, complaints: log.complaints });
});
