// What a page shows when it is answered badly, and whether it finds back by itself.

import path from "node:path";
import { args, axeSource, run, tell } from "./driver.mjs";

await run(async (browser) => {
  for (const visit of args.visits) {
    const context = await browser.newContext({ viewport: visit.size ?? { width: 1280, height: 900 }, colorScheme: visit.scheme ?? "light" });
    await context.addInitScript({ path: axeSource() });
    const page = await context.newPage();
    let asked = 0;
    const { bad } = visit;
    if (bad) {
      await page.route(new RegExp(bad.where), async (route) => {
        asked += 1;
        if (asked > (bad.times ?? Infinity)) return route.continue();
        if (bad.status === 0) return route.abort("connectionrefused");
        return route.fulfill({ status: bad.status, headers: bad.headers ?? {}, contentType: bad.type ?? "application/json", body: bad.body });
      });
    }
    const answer = await page.goto(`${args.url}${visit.path}`);
    await page.waitForSelector(visit.ready, { timeout: 60_000 });
    const text = (await page.locator("body").innerText()).replace(/\s+/g, " ");
    const links = await page.locator("main a.button, main .failure a").evaluateAll((all) => all.map((link) => link.getAttribute("href")));
    const countdown = await page.locator(".countdown").allInnerTexts();
    if (args.shots) await page.screenshot({ path: path.join(args.shots, `${visit.name}.png`) });
    const axe = await page.evaluate(async () => {
      const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
      const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
      return serious.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`);
    });
    let back = null;
    if (visit.back) back = await page.waitForSelector(visit.back, { timeout: 60_000 }).then(() => true, () => false);
    tell("seen", { name: visit.name, status: answer.status(), text, links, countdown, axe, back, asked });
    await context.close();
  }
});
