// Takes a picture of every page in every form and language.

import path from "node:path";
import { args, run, tell } from "./driver.mjs";

const FORMS = [
  { name: "light", colorScheme: "light", viewport: { width: 1280, height: 900 } },
  { name: "dark", colorScheme: "dark", viewport: { width: 1280, height: 900 } },
  { name: "phone", colorScheme: "light", viewport: { width: 390, height: 844 }, fullPage: true },
  { name: "wall", colorScheme: "dark", viewport: { width: 1920, height: 1080 } },
];

let count = 0;

async function shoot(browser, language, form) {
  const { name, fullPage, ...wishes } = form;
  const context = await browser.newContext({ ...wishes, locale: language });
  for (const target of args.pages) {
    const page = await context.newPage();
    if (target.viewport) await page.setViewportSize(target.viewport);
    await page.goto(`${args.url}${target.path}`);
    await page.waitForSelector(target.ready, { timeout: 60_000 });
    // Charts are drawn after the words.
    await page.waitForTimeout(target.settle_ms ?? 900);
    const file = `${target.name}-${form.name}-${language}.png`;
    await page.screenshot({ path: path.join(args.shots, file), fullPage });
    count += 1;
    await page.close();
  }
  await context.close();
}

await run(async (browser) => {
  for (const language of args.languages) {
    for (const form of FORMS) await shoot(browser, language, form);
  }
  tell("end", { count });
});
