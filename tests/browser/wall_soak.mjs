// A wall for days: the server's clock runs fast, and the page's clock follows it. Tells what the page holds, four
// times a day.

import { args, run, tell, watch } from "./driver.mjs";

const DAY_MS = 86_400_000;
// A page whose clock jumps further than this would take its own connection for dead.
const MOST_MS = 30_000;

await run(async (browser) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  const page = await context.newPage();
  const log = watch(page);
  const serverMs = async () => (await (await fetch(`${args.url}/api/v1/sessions/me`)).json()).now_ms;
  const startMs = await serverMs();
  await page.clock.install({ time: startMs });
  await page.addInitScript(() => {
    addEventListener("hindcast:alive", ({ detail }) => { globalThis.wasmBytes = detail; });
  });
  const tools = await context.newCDPSession(page);
  await tools.send("Performance.enable");
  await page.goto(`${args.url}${args.path}`);
  await page.waitForSelector(".kiosk-canvas canvas", { timeout: 60_000 });
  await page.evaluate(() => { globalThis.neverLoadedAgain = true; });
  const holds = async () => {
    // Twice: what the first round sets free may hold on to more.
    for (let round = 0; round < 2; round += 1) await tools.send("HeapProfiler.collectGarbage");
    const { metrics } = await tools.send("Performance.getMetrics");
    const of = (name) => metrics.find((metric) => metric.name === name).value;
    return {
      wasm_bytes: await page.evaluate(() => globalThis.wasmBytes),
      js_bytes: of("JSHeapUsedSize"), nodes: of("Nodes"), listeners: of("JSEventListeners"), documents: of("Documents"),
      link: await page.locator(".kiosk").getAttribute("data-link"),
      turns: Number(await page.locator(".kiosk").getAttribute("data-turns")),
      title: await page.locator(".kiosk-sentence").innerText(),
    };
  };
  let quarter = 0;
  let aheadMs = startMs;
  for (;;) {
    // A page that is slower than the server falls behind, and shows what was: what it holds is measured all the same.
    const { nowMs, isDrawn } = await page.evaluate(() => ({
      nowMs: Date.now(), isDrawn: document.querySelector(".kiosk-canvas canvas, .kiosk-list, .kiosk-note") !== null,
    }));
    // Else a slow machine would turn pages before their charts are there, and meet days later what a chart takes.
    if (!isDrawn) continue;
    if (aheadMs - nowMs < MOST_MS) aheadMs = await serverMs();
    if (aheadMs - nowMs > 1_000) await page.clock.fastForward(Math.min(aheadMs - nowMs, MOST_MS));
    const goneMs = nowMs - startMs;
    if (goneMs < (quarter * DAY_MS) / 4) continue;
    const behindMs = (await serverMs()) - nowMs;
    tell("sample", { day: goneMs / DAY_MS, behind_s: behindMs / 1000, ...(await holds()) });
    quarter += 1;
    if (goneMs >= args.days * DAY_MS) break;
  }
  const same = await page.evaluate(() => globalThis.neverLoadedAgain === true);
  tell("end", { same, complaints: log.complaints.slice(0, 5) });
});
