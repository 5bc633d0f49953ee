// A table that somebody drops onto the Lab: read in the browser, sent nowhere until that is asked for.

import { args, collectPolicyReports, run, tell, watch } from "./driver.mjs";

await run(async (browser) => {
  const context = await browser.newContext({ timezoneId: "Asia/Seoul", viewport: { width: 1280, height: 1000 } });
  await collectPolicyReports(context);
  const page = await context.newPage();
  const log = watch(page);
  const sent = [];
  page.on("request", (request) => {
    if (request.method() !== "GET") sent.push(`${request.method()} ${new URL(request.url()).pathname}`);
  });
  const drop = async (name, text) => {
    const data = await page.evaluateHandle(({ name, text }) => {
      const data = new DataTransfer();
      data.items.add(new File([text], name, { type: "text/csv" }));
      return data;
    }, { name, text });
    await page.dispatchEvent(".lab", "drop", { dataTransfer: data });
  };
  const settled = async () => {
    await page.waitForSelector(".plots:not(.busy)", { timeout: 90_000 });
    await page.locator(".fired-count[data-count]").waitFor({ timeout: 90_000 });
    await page.waitForTimeout(400);
    return Number(await page.locator(".fired-count").getAttribute("data-count"));
  };
  await page.goto(`${args.url}/lab`);
  await page.waitForSelector("#table-file", { timeout: 60_000 });

  await drop("broken.csv", "time,shop\n60,1\nnoon,2\n");
  await page.waitForSelector("#table-wrong", { timeout: 60_000 });
  tell("wrong", { said: await page.locator("#table-wrong").innerText() });

  await drop("shop.csv", args.csv);
  await page.waitForSelector("#table-read", { timeout: 60_000 });
  const said = await page.locator("#table-read").innerText();
  await page.locator("#threshold-number").fill(String(args.threshold));
  await page.locator("#threshold-number").press("Enter");
  const count = await settled();
  await page.locator(".fired tbody button[aria-pressed]").first().click();
  await page.waitForSelector(".lab-why .why-lead", { timeout: 90_000 });
  await page.locator("#study-profile").click();
  await page.waitForSelector(".study-said li", { timeout: 90_000 });
  const kind = await page.locator(".study-said").innerText();
  const fields = await page.locator(".range .instant").evaluateAll((fields) => fields.map((field) => field.value));
  tell("read", { kind, fields, said, count, sent: [...sent], why: await page.locator(".lab-why .why-lead").innerText() });

  await page.locator("#upload").click();
  await page.waitForSelector("#table-read", { state: "detached", timeout: 60_000 });
  const after = await settled();
  const range = new URL(page.url()).searchParams;
  const reports = await page.evaluate(() => globalThis.policyReports);
  tell("end", { after, sent, from: range.get("from"), to: range.get("to"), reports, complaints: log.complaints });
});
