// Every page in a language, on a phone: nothing is wider than the phone, and what is said is said in the language.

import path from "node:path";
import { args, run, tell } from "./driver.mjs";

await run(async (browser) => {
  for (const [locale, letters] of [["ru-RU", "[а-яё]"], ["ko-KR", "[가-힣]"]]) {
    const context = await browser.newContext({ locale, viewport: { width: 390, height: 844 } });
    for (const target of args.pages) {
      const page = await context.newPage();
      await page.goto(`${args.url}${target.path}`);
      await page.waitForSelector(target.ready, { timeout: 60_000 });
      const seen = await page.evaluate((letters) => {
        const ours = new RegExp(letters, "gi");
        return {
          wide: document.documentElement.scrollWidth,
          title: document.title,
          titled: new RegExp(letters, "i").test(document.title),
          said: (document.body.innerText.match(ours) ?? []).length,
        };
      }, letters);
      if (args.shots) {
        await page.screenshot({ path: path.join(args.shots, `${target.name}-${locale}.png`), fullPage: true });
      }
      tell("page", { name: target.name, locale, ...seen });
      await page.close();
    }
    await context.close();
  }
  tell("end");
});
