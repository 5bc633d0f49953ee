// What the server refuses, as it is read in other languages: on pages, and each sentence by itself.

import { args, run, tell } from "./driver.mjs";

await run(async (browser) => {
  for (const locale of args.locales) {
    const context = await browser.newContext({ locale, viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    for (const visit of args.visits) {
      if (visit.body) {
        await page.route(new RegExp(visit.where), (route) => route.fulfill({ status: visit.status, contentType: "application/json", body: visit.body }));
      }
      await page.goto(`${args.url}${visit.path}`);
      await page.waitForSelector(visit.ready, { timeout: 60_000 });
      const text = (await page.locator(visit.ready).first().innerText()).replace(/\s+/g, " ");
      tell("page", { locale, name: visit.name, text });
      await page.unrouteAll();
    }
    await page.evaluate(() => globalThis.hindcastSaying);
    const read = await page.evaluate((messages) => messages.map((message) => globalThis.hindcastSaid(message)), args.messages);
    tell("said", { locale, read });
    await context.close();
  }
});
