// Takes a picture of every page in every form and language, and lays those of one form and language on a sheet.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { args, run, tell } from "./driver.mjs";

const DESK = { width: 1280, height: 900 };
const FORMS = [
  { name: "light", colorScheme: "light", viewport: DESK },
  { name: "dark", colorScheme: "dark", viewport: DESK },
  { name: "phone", colorScheme: "light", viewport: { width: 390, height: 844 }, fullPage: true },
  { name: "wall", colorScheme: "dark", viewport: { width: 1920, height: 1080 } },
  // Looked at on purpose: few readers ask for them, and who does has no other way to read.
  { name: "contrast", colorScheme: "light", contrast: "more", viewport: DESK, onWish: true },
  { name: "forced", colorScheme: "dark", forcedColors: "active", viewport: DESK, onWish: true },
];

let count = 0;

async function shoot(browser, language, form) {
  const { name, fullPage, onWish, ...wishes } = form;
  const context = await browser.newContext({ ...wishes, locale: language });
  const taken = [];
  for (const target of args.pages) {
    const page = await context.newPage();
    if (target.viewport) await page.setViewportSize(target.viewport);
    await page.goto(`${args.url}${target.path}`);
    await page.waitForSelector(target.ready, { timeout: 60_000 });
    // Charts are drawn after the words.
    await page.waitForTimeout(target.settle_ms ?? 900);
    const file = path.join(args.shots, `${target.name}-${name}-${language}.png`);
    await page.screenshot({ path: file, fullPage });
    taken.push({ name: target.name, file });
    count += 1;
    await page.close();
  }
  await context.close();
  await sheet(browser, `sheet-${name}-${language}.png`, taken, form.viewport);
}

/** All pictures of one form beside each other, small. */
async function sheet(browser, file, taken, { width, height }) {
  const cell = width < height ? 300 : 600;
  const page = await browser.newPage({ viewport: { width: 1840, height: 600 } });
  const images = await Promise.all(taken.map(async (picture) => {
    const data = (await readFile(picture.file)).toString("base64");
    const crop = `max-height:${Math.round((cell * height) / width) * 2}px;object-fit:cover;object-position:top`;
    return `<figure style="margin:0;width:${cell}px"><figcaption>${picture.name}</figcaption>`
      + `<img style="width:100%;${crop}" src="data:image/png;base64,${data}"></figure>`;
  }));
  await page.setContent(`<body style="font:14px sans-serif;margin:8px;display:flex;flex-wrap:wrap;gap:10px">${images.join("")}`);
  await page.screenshot({ path: path.join(args.shots, file), fullPage: true });
  await page.close();
}

await run(async (browser) => {
  const forms = FORMS.filter((form) => (args.forms.length ? args.forms.includes(form.name) : !form.onWish));
  for (const language of args.languages) {
    for (const form of forms) await shoot(browser, language, form);
  }
  tell("end", { count });
});
