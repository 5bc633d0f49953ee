// The Lab's tools: changes taken back and done again, drafts with names, links, files, a server that is away.

import { readFile } from "node:fs/promises";
import { args, collectPolicyReports, orders, run, tell, watch } from "./driver.mjs";

await run(async (browser) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 1000 }, acceptDownloads: true });
  await collectPolicyReports(context);
  const page = await context.newPage();
  const log = watch(page);
  const ready = async (on) => {
    await on.waitForSelector(".plots:not(.busy)", { timeout: 90_000 });
    await on.locator(".fired-count[data-count]").waitFor({ timeout: 90_000 });
  };
  const count = async (on = page) => Number(await on.locator(".fired-count").getAttribute("data-count"));
  const until = async (wanted) => {
    const deadline = Date.now() + 15_000;
    while ((await count()) !== wanted && Date.now() < deadline) await page.waitForTimeout(20);
    await page.waitForTimeout(150);
    return count();
  };
  // A drag: many positions, and one moment in which the hand lets go.
  const drag = (values) => page.locator("#threshold").evaluate((slider, values) => {
    for (const value of values) {
      slider.value = value;
      slider.dispatchEvent(new Event("input", { bubbles: true }));
    }
    slider.dispatchEvent(new Event("change", { bubbles: true }));
  }, values);
  const threshold = () => page.locator("#threshold-number").inputValue();
  const file = async (button) => {
    const download = page.waitForEvent("download", { timeout: 60_000 });
    await page.locator(button).click();
    return readFile(await (await download).path(), "utf8");
  };
  await page.goto(`${args.url}${args.path}`);
  await ready(page);

  const { low, high, at } = args;
  await drag([4.2, 5, high]);
  const dragged = await until(at.high);
  await drag([5, 3.2, low]);
  const again = await until(at.low);
  await page.locator("#threshold").focus();
  await page.keyboard.press("Control+z");
  const undone = [await until(at.high), await threshold()];
  await page.locator("#undo").click();
  const atFirst = [await until(at.first), await threshold()];
  const noMore = await page.locator("#undo").isDisabled();
  await page.locator("#redo").click();
  await page.keyboard.press("Control+Shift+z");
  const redone = [await until(at.low), await threshold()];
  tell("history", { dragged, again, undone, atFirst, noMore, redone });

  // The tools are a program of their own: without a network the first click says so, and the next try brings it.
  await context.setOffline(true);
  await page.locator("#drafts summary").click();
  await page.waitForSelector("#drafts [role=alert]", { timeout: 20_000 });
  await page.locator("#study-profile").click();
  const missing = await page.locator(".study-frame > [role=alert]:not(:empty)").innerText();
  await context.setOffline(false);
  await page.locator("#drafts [role=alert] button").click();
  await page.waitForSelector("#draft-name", { timeout: 30_000 });
  tell("tools", { missing, alerts: await page.locator("#drafts [role=alert]").count() });

  await page.locator("#draft-name").fill("low");
  await page.locator("#draft-keep").click();
  await page.locator("#undo").click();
  await until(at.high);
  await page.locator(".draft-rows button[data-do=open]").click();
  const opened = await until(at.low);
  await page.locator(".draft-rows input").fill("lower");
  await page.locator(".draft-rows input").press("Enter");
  await page.locator(".draft-rows button[data-do=delete]").click();
  const gone = await page.locator(".draft-rows li").count();
  await page.locator("#draft-back").click();
  await page.reload();
  await ready(page);
  await page.locator("#drafts summary").click();
  const back = await page.locator(".draft-rows input").inputValue();
  tell("drafts", { opened, gone, back });

  const stage = page.locator('[data-stage="decide"] .survives-count');
  await stage.click();
  await page.locator('.shows input[data-part="band"]').click();
  await page.locator('.fired tbody button[aria-pressed]').first().click();
  await page.waitForSelector(".lab-why .why-lead", { timeout: 90_000 });
  const told = await page.locator(".lab-why .section-head p").innerText();
  await page.waitForTimeout(400);
  const other = await context.newPage();
  await other.goto(page.url());
  await ready(other);
  await other.waitForSelector(".lab-why .why-lead", { timeout: 90_000 });
  tell("link", {
    count: await count(other),
    pressed: await other.locator('[data-stage="decide"] .survives-count').getAttribute("aria-pressed"),
    over: await other.locator('[data-stage="decide"] output').innerText(),
    hidden: await other.locator('.shows input[data-part="band"]').isChecked(),
    same: (await other.locator(".lab-why .section-head p").innerText()) === told,
    before: await other.locator("#pages-before-after").innerText(),
    changes: await other.locator(".diff").innerText(),
  });
  await other.close();
  await page.locator("#why-close").click();

  await page.locator("#exchange summary").click();
  const yaml = await file("#save-yaml");
  const alert = await file("#save-prometheus");
  const anomalies = await file("#anomalies-csv");
  const scores = await file("#scores-csv");
  const columns = JSON.parse(await file("#scores-json"));
  await page.locator("#import-text").fill(yaml.replace(/threshold: .*/, `threshold: ${high}`));
  await page.locator("#import").click();
  const imported = await until(at.high);
  await page.locator("#import-text").fill("name: [");
  await page.locator("#import").click();
  const refused = await page.locator("#exchange [role=alert]").innerText();
  tell("files", { yaml, alert, anomalies, scores, lists: columns, columns: Object.keys(columns), times: columns.time.length, imported, refused });

  // What a stage lets go is listed behind its count, by key as by pointer.
  const letGo = async (stage, said, press) => {
    const button = page.locator(`[data-stage=${stage}] .survives-count`);
    await press(button);
    await page.waitForFunction((said) => [...document.querySelectorAll(".dropped-rows td:last-child")].some((cell) => cell.innerText.includes(said)), said, { timeout: 60_000 });
    return Number(await page.locator("#dropped-said").getAttribute("data-samples"));
  };
  await page.goto(`${args.url}${args.path}`);
  await ready(page);
  await page.locator("#for-number").fill("8");
  await page.locator("#for-number").press("Enter");
  await until(0);
  const confirm = await letGo("confirm", "of the 8 samples", async (button) => { await button.focus(); await page.keyboard.press("Enter"); });
  await page.locator("#range-above").fill("1000000");
  await page.locator("#range-above").press("Enter");
  const decide = await letGo("decide", "never matters", (button) => button.click());
  await page.locator("[data-stage=decide] .survives-count").click();
  tell("stages", { confirm, decide, hidden: await page.locator(".dropped").isHidden() });

  // Queries are remembered, kept and forgotten.
  const query = page.locator("input[list=suggestions]");
  const first = await query.inputValue();
  for (const text of ["nothing_of_the_kind", first]) {
    await query.fill(text);
    await query.press("Enter");
  }
  await page.locator("#queries summary").click();
  const queries = page.locator(".query-rows li");
  await queries.first().waitFor({ timeout: 30_000 });
  const remembered = await queries.locator("code").allInnerTexts();
  await queries.last().locator("[data-do=keep]").click();
  const kept = await queries.first().locator("code").innerText();
  await queries.first().locator("[data-do=delete]").click();
  const left = await queries.locator("code").allInnerTexts();
  const offered = await page.locator("#suggestions option").evaluateAll((all) => all.map((one) => one.value));
  tell("queries", { first, remembered, kept, left, offered: offered.includes("nothing_of_the_kind") });

  // Help and commands come from there, too; a command moves the page that stands behind it.
  await page.locator(".top").click({ position: { x: 2, y: 2 } });
  await page.keyboard.press("?");
  await page.waitForSelector("dialog.help[open]", { timeout: 20_000 });
  const keys = await page.locator("dialog.help dt").count();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await page.waitForSelector("dialog.palette[open]", { timeout: 20_000 });
  await page.locator("dialog.palette input").fill("zoom out");
  const before = page.url();
  await page.keyboard.press("Enter");
  await page.waitForFunction((before) => location.href !== before, before, { timeout: 20_000 });
  const zoomed = new URL(page.url()).searchParams;
  await page.goto(`${args.url}${args.path}`);
  await ready(page);
  tell("front", { keys, hours: (zoomed.get("to") - zoomed.get("from")) / 3_600_000 });

  const next = orders();
  await context.setOffline(true);
  await drag([low]);
  const away = await until(at.low);
  await page.locator("#save").click();
  await page.waitForSelector("#away button:not([hidden])", { timeout: 20_000 });
  const said = await page.locator("#away").innerText();
  tell("away", { away, said });
  await next();
  await context.setOffline(false);
  await page.waitForSelector("#overtaken", { timeout: 60_000 });
  await page.locator("#save-over").click();
  await page.waitForSelector("#saved", { timeout: 20_000 });
  tell("saved", { said: await page.locator("#saved").innerText() });
  await next();
  const reports = await page.evaluate(() => globalThis.policyReports);
  // A browser without a network says so in its own words; so does one whose request was refused, as it was here.
  const own = /ERR_INTERNET_DISCONNECTED|status of 4(00|12)|ERR_NETWORK/;
  tell("end", { reports, complaints: log.complaints.filter((complaint) => !own.test(complaint)) });
});
