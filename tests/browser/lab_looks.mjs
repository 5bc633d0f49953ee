// The Lab's charts: streaks, bounds, readings, height, zone; and queries that the server lays out.

import { readFile } from "node:fs/promises";
import { args, collectPolicyReports, orders, run, tell, watch } from "./driver.mjs";

await run(async (browser) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 1000 }, timezoneId: "Europe/Berlin", acceptDownloads: true });
  await collectPolicyReports(context);
  const page = await context.newPage();
  const log = watch(page);
  const ready = async () => {
    await page.waitForSelector(".plots:not(.busy)", { timeout: 90_000 });
    await page.locator(".fired-count[data-count]").waitFor({ timeout: 90_000 });
    await page.waitForTimeout(200);
  };
  const count = async () => Number(await page.locator(".fired-count").getAttribute("data-count"));
  const until = async (wanted) => {
    const deadline = Date.now() + 15_000;
    while ((await count()) !== wanted && Date.now() < deadline) await page.waitForTimeout(20);
    await page.waitForTimeout(150);
    return count();
  };
  const enter = async (field, value) => {
    await page.locator(field).fill(String(value));
    await page.locator(field).press("Enter");
  };
  const drawn = () => page.$$eval(".plot-main canvas", (all) => all.map((canvas) => canvas.toDataURL()));
  const frame = page.locator(".plot-main .chart-frame");

  // Nothing in the address: the configuration says what the Lab begins with.
  await page.goto(`${args.url}/lab`);
  await page.waitForSelector(".plots", { timeout: 60_000 });
  const query = page.locator("input[list=suggestions]");
  tell("begins", {
    query: await query.inputValue(),
    source: await page.locator(".lab-inputs select").nth(1).inputValue(),
    detector: await page.locator("#detector").inputValue(),
    from: await page.locator(".range input").first().inputValue(),
    rule: await page.locator(".lab-inputs select").first().inputValue(),
  });

  await page.goto(`${args.url}${args.path}`);
  await ready();
  // A threshold that changes nothing else: its line lies over the scores, which are not drawn again.
  const layers = () => page.$$eval(".plot-scores canvas", ([base, over]) => ({ drawn: base.dataset.drawn, over: over.toDataURL() }));
  const below = await layers();
  await enter("#threshold-number", args.nudged);
  await page.waitForTimeout(300);
  const above = await layers();
  await page.locator("#undo").click();
  await until(args.at.first);
  tell("limit", { stayed: below.drawn === above.drawn, moved: below.over !== above.over });

  const streaks = page.locator("#streaks");
  const numbers = await streaks.getAttribute("data-counted");
  const plain = await drawn();
  await page.locator('.shows input[data-part="streaks"]').click();
  await page.waitForTimeout(300);
  const without = await drawn();
  await page.locator('.shows input[data-part="streaks"]').click();
  // The longest streak, found where its middle stands.
  const box = await frame.boundingBox();
  const left = 40;
  await frame.click({ position: { x: left + args.share * (box.width - left - 8), y: 60 } });
  const clicked = await until(args.at.longest);
  const length = await page.locator("#for-number").inputValue();
  await page.locator("#exchange summary").click();
  await page.waitForSelector("#save-prometheus", { timeout: 60_000 });
  const download = page.waitForEvent("download");
  await page.locator("#save-prometheus").click();
  const alert = await readFile(await (await download).path(), "utf8");
  await page.locator("#undo").click();
  const undone = await until(args.at.first);
  // The same by keys, from the cursor that stands there.
  await frame.focus();
  await frame.hover({ position: { x: left + args.share * (box.width - left - 8), y: 60 } });
  const reading = await page.locator(".plot-main .chart-readout").innerText();
  await page.keyboard.press("Enter");
  const byKey = await until(args.at.longest);
  await page.locator("#undo").click();
  await until(args.at.first);
  tell("streaks", { numbers, text: await streaks.innerText(), moved: plain[0] !== without[0], clicked, length, alert, undone, byKey, reading });

  await enter("#min-abs-number", args.least);
  const bounded = await until(args.at.least);
  await page.mouse.move(2, 2);
  const shown = await drawn();
  await page.locator('.shows input[data-part="bounds"]').click();
  await page.waitForTimeout(300);
  const hidden = await drawn();
  await page.locator('.shows input[data-part="bounds"]').click();
  await page.locator("#undo").click();
  await until(args.at.first);
  tell("bounds", { bounded, drawn: shown[0] !== hidden[0] });

  await enter("#length-fit_every", "6h");
  const fitted = await until(args.at.fitted);
  await enter("#length-fit_every", "soon");
  const refused = await page.locator(".lab-status [role=alert]").innerText();
  const samples = await page.locator("[data-stage=detect] output").innerText();
  await page.locator("#undo").click();
  await until(args.at.first);
  await enter("#length-schedule", "5m");
  const inferred = await until(args.at.inferred);
  tell("fits", { fitted, refused, inferred, samples });

  await page.goto(`${args.url}${args.path}`);
  await ready();
  const edge = page.locator(".plot-edge");
  const high = async () => (await frame.boundingBox()).height;
  const before = await high();
  await edge.focus();
  for (let press = 0; press < 3; press++) await page.keyboard.press("ArrowDown");
  await page.waitForTimeout(200);
  const byKeys = (await high()) - before;
  const grip = await edge.boundingBox();
  await page.mouse.move(grip.x + grip.width / 2, grip.y + grip.height / 2);
  await page.mouse.down();
  await page.mouse.move(grip.x + grip.width / 2, grip.y + grip.height / 2 + 50, { steps: 5 });
  await page.mouse.up();
  await page.waitForTimeout(200);
  const dragged = (await high()) - before;
  const began = async () => page.locator(".fired tbody tr").last().locator("td").nth(2).innerText();
  const inBerlin = await began();
  // The palette leads to the zones, whose names are listed from then on.
  await page.keyboard.press("Control+k");
  await page.waitForSelector(".palette input", { timeout: 30_000 });
  await page.locator(".palette input").fill("time zone");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.id === "zone" && document.activeElement.options.length > 2, null, { timeout: 10_000 });
  const zones = await page.locator("#zone option").count();
  await Promise.all([page.waitForEvent("load"), page.locator("#zone").selectOption("Asia/Seoul")]);
  await ready();
  const zone = await page.locator("#zone").inputValue();
  tell("kept", { byKeys, dragged, after: (await high()) - before, inBerlin, inSeoul: await began(), zone, zones });

  await page.locator("#queries summary").click();
  await page.waitForSelector("#query-format", { timeout: 30_000 });
  await page.locator("#query-written").fill(args.query);
  await page.locator("#query-format").click();
  await page.waitForFunction((query) => document.querySelector("#query-written").value !== query, args.query, { timeout: 20_000 });
  const laid = await page.locator("#query-written").inputValue();
  await page.locator("#query-written").fill("sum(\n  rate(x[5m]");
  await page.locator("#query-format").click();
  await page.waitForSelector("#query-wrong:not(:empty)", { timeout: 20_000 });
  const wrong = await page.locator("#query-wrong").innerText();
  await page.locator("[data-from=server] [data-do=use]").first().click();
  await page.waitForFunction((query) => document.querySelector("input[list=suggestions]").value === query, args.given, { timeout: 20_000 });
  tell("queries", { laid, wrong, given: await page.locator("[data-from=server] strong").innerText() });
  const next = orders();
  await next();
  const reports = await page.evaluate(() => globalThis.policyReports);
  tell("end", { reports, complaints: log.complaints });
});
