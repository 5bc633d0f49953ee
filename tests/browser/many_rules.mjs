// Three hundred rules: how many rows there are, how soon, and what becomes of a row when the list is fetched again.

import { args, run, tell, watch } from "./driver.mjs";

await run(async (browser) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  const log = watch(page);
  const rows = page.locator(".rules tbody tr");
  // A list that was asked for is there when as many rows are as the page says.
  const settled = () => page.waitForFunction(() => {
    const line = document.querySelector(".count-line")?.innerText ?? "";
    return Number(line.match(/\d+/)?.[0] ?? -1) === document.querySelectorAll(".rules tbody tr").length;
  });
  const find = async (text) => {
    await page.locator(".filters input[type=search]").fill(text);
    await settled();
    return rows.count();
  };
  const first = () => page.locator(".rules tbody .rule-name").first().innerText();

  await page.goto(`${args.url}/rules`);
  await page.waitForSelector(".rules tbody tr");
  await settled();
  const seen = { rows: await rows.count() };
  // From one state of the list to the next painted frame.
  const painted = (act) => page.evaluate(async (act) => {
    const input = document.querySelector(".filters input[type=search]");
    const from = performance.now();
    input.value = act;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return performance.now() - from;
  }, act);
  seen.filter_ms = await painted("mail");
  seen.list_ms = await painted("");
  await page.locator("[data-sort=name]").click();
  seen.up = await first();
  await page.locator("[data-sort=name]").click();
  seen.down = await first();
  seen.mail = await find("mail");
  seen.twelve = await find("012");
  await find("");
  seen.off_said = await page.locator(".state-filter[data-state=off] .count").innerText();
  await page.locator(".state-filter[data-state=off]").click();
  await settled();
  seen.off = await rows.count();
  seen.line = await page.locator(".count-line").innerText();
  await page.locator(".state-filter[data-state=off]").click();
  await settled();

  const row = rows.nth(3);
  await row.locator(".rule-name").focus();
  await row.evaluate((element) => { element.marked = true; });
  const answers = [];
  page.on("response", (answer) => { if (/\/api\/v1\/rules(\?|$)/.test(answer.url())) answers.push(answer); });
  await page.waitForResponse((answer) => /\/api\/v1\/rules(\?|$)/.test(answer.url()), { timeout: 40_000 });
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  seen.again = answers.length;
  seen.kept = await page.evaluate(() => [...document.querySelectorAll(".rules tbody tr")].some((element) => element.marked));
  seen.focus = await page.evaluate(() => document.activeElement?.closest("tr")?.marked === true);
  tell("seen", { ...seen, complaints: log.complaints });
});
