// A panel in frames of another origin: in a plain frame, without credentials, with cookies blocked; told to show
// another range and theme by the page around it, and by somebody who may not.

import { args, orders, run, tell, watch } from "./driver.mjs";

await run(async (browser) => {
  const context = await browser.newContext({ viewport: { width: 800, height: 600 } });
  const page = await context.newPage();
  const log = watch(page);
  const heads = [];
  page.on("request", (request) => {
    const headers = request.headers();
    heads.push({ url: request.url(), bearer: (headers.authorization ?? "").startsWith("Bearer "), cookie: "cookie" in headers });
  });
  // What the frame says to the page around it.
  await page.addInitScript(() => {
    globalThis.words = [];
    addEventListener("message", ({ data, origin }) => globalThis.words.push({ data, origin }));
  });
  const next = orders();
  for (let order = await next(); order; order = await next()) {
    if (order.open) {
      await page.goto(order.open);
      await page.evaluate(({ panel, attributes }) => {
        const frame = document.querySelector("iframe");
        for (const [name, value] of Object.entries(attributes)) frame.setAttribute(name, value);
        frame.src = panel;
      }, { panel: order.panel, attributes: order.attributes ?? {} });
    }
    const frame = await (await page.waitForSelector("iframe")).contentFrame();
    if (order.ready) await frame.waitForSelector(order.ready, { timeout: 30_000 });
    if (order.say) {
      await page.evaluate((word) => document.querySelector("iframe").contentWindow.postMessage(word, "*"), order.say);
    }
    if (order.intrude) {
      // Another frame of the same page, of an origin that is nobody's parent.
      await page.evaluate(({ url, word }) => new Promise((resolve) => {
        const other = document.createElement("iframe");
        other.srcdoc = `<script>parent.frames[0].postMessage(${JSON.stringify(word)}, "*"); parent.postMessage("said", "*");</script>`;
        other.sandbox = "allow-scripts";
        addEventListener("message", ({ data }) => { if (data === "said") resolve(); });
        document.body.append(other);
      }), { word: order.intrude });
    }
    if (order.until) await frame.waitForSelector(order.until, { timeout: 30_000 });
    const seen = await frame.evaluate(() => ({
      text: document.body.innerText,
      theme: document.documentElement.dataset.theme ?? null,
      address: location.href,
      hash: location.hash,
      kept: (() => { try { return Object.keys(localStorage); } catch { return "blocked"; } })(),
      cookies: document.cookie,
      chart: document.querySelector(".chart-frame")?.getAttribute("aria-label") ?? null,
      scrolls: document.documentElement.scrollWidth > innerWidth || document.documentElement.scrollHeight > innerHeight,
    })).catch((error) => ({ error: String(error) }));
    const words = await page.evaluate(() => globalThis.words.map(({ data }) => data).filter((word) => word?.type));
    const api = heads.filter(({ url }) => url.includes("/api/v1/"));
    tell("seen", { ...seen, words, api, series: api.filter(({ url }) => url.includes("/series")).map(({ url }) => url) });
    heads.length = 0;
  }
  tell("end", { complaints: log.complaints });
});
