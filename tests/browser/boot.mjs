// Loads pages again and again in a slowed browser: when the first words are painted, and when the page can be used.

import { args, run, tell } from "./driver.mjs";

async function load(context, target) {
  const page = await context.newPage();
  if (target.viewport) await page.setViewportSize(target.viewport);
  const session = await context.newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: args.slower });
  // Asked at each frame of the page itself, so that the answer does not wait for this script.
  await page.addInitScript((ready) => {
    const look = () => {
      if (document.querySelector(ready)) globalThis.usableMs = performance.now();
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, target.ready);
  await page.goto(`${args.url}${target.path}`);
  await page.waitForFunction(() => globalThis.usableMs !== undefined, null, { timeout: 60_000 });
  const times = await page.evaluate(() => ({
    paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? globalThis.usableMs,
    usable: globalThis.usableMs,
  }));
  await page.close();
  return times;
}

await run(async (browser) => {
  for (const target of args.pages) {
    const context = await browser.newContext();
    const times = [];
    for (let turn = 0; turn < args.loads; turn += 1) times.push(await load(context, target));
    tell("loads", { paint: times.map(({ paint }) => paint), usable: times.map(({ usable }) => usable) });
    await context.close();
  }
});
