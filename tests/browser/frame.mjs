// A page of another origin that frames a panel: tells what is in the frame.

import { args, collectPolicyReports, run, tell, watch } from "./driver.mjs";

await run(async (browser) => {
  const context = await browser.newContext({ viewport: { width: 400, height: 300 } });
  await collectPolicyReports(context);
  const page = await context.newPage();
  const log = watch(page);
  await page.goto(args.page);
  const handle = await page.waitForSelector("iframe");
  const frame = await handle.contentFrame();
  let shown = true;
  try {
    await frame.waitForSelector(args.selector, { timeout: args.limit_ms });
  } catch {
    shown = false;
  }
  const seen = shown
    ? await frame.evaluate(() => ({
        text: document.body.innerText,
        width: document.documentElement.scrollWidth,
        height: document.documentElement.scrollHeight,
        inner_width: globalThis.innerWidth,
        inner_height: globalThis.innerHeight,
        reports: globalThis.policyReports,
      }))
    : {};
  if (args.screenshot) await page.screenshot({ path: args.screenshot });
  tell("end", { shown, ...seen, complaints: log.complaints });
});
