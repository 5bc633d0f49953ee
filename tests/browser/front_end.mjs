// Measures, inside the page, how long drawing takes: charts, cursor, heat map, and the way of many samples.
// Frames come as fast as they can be made: what is measured is work, and not waiting for a screen.

import { args, run, tell } from "./driver.mjs";

/** Does something again and again; each time until the frame with its result is painted. */
async function repeat(page, what, times, selector) {
  return page.evaluate(async ([what, times, selector]) => {
    const painted = () => new Promise((done) => requestAnimationFrame(() => {
      // A message comes after the paint that the frame leads to.
      const channel = new MessageChannel();
      channel.port1.onmessage = () => done(performance.now());
      channel.port2.postMessage(null);
    }));
    const element = document.querySelector(selector);
    const box = element.getBoundingClientRect();
    const at = (step) => ({
      bubbles: true, cancelable: true, pointerId: 1, pointerType: "mouse",
      clientX: box.left + box.width * (0.3 + 0.4 * ((step * 7) % times) / times),
      clientY: box.top + box.height * (0.3 + 0.4 * ((step * 3) % times) / times),
    });
    const steps = {
      // Another theme: every layer of every chart is drawn anew.
      theme: (step) => { document.querySelector(".top button.quiet:not(.icon)").click(); },
      move: (step) => element.dispatchEvent(new PointerEvent("pointermove", at(step))),
      wheel: (step) => element.dispatchEvent(new WheelEvent("wheel", { ...at(step), deltaY: step % 20 < 10 ? -120 : 120 })),
    };
    const took = [];
    await painted();
    for (let step = 0; step < times; step += 1) {
      const began = performance.now();
      steps[what](step);
      const end = what === "move" ? performance.now() : await painted();
      took.push(end - began);
      if (what === "move") await painted();
      await new Promise((done) => setTimeout(done, 20));
    }
    return took;
  }, [what, times, selector]);
}

await run(async (browser) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  const done = () => page.waitForSelector('.many-state[data-state="done"]', { state: "attached", timeout: 120_000 });

  await page.goto(`${args.url}${args.table}`);
  await page.waitForSelector(".many-row[data-place] .spark", { timeout: 120_000 });
  await done();
  // From the press that fetches a million samples to the first frame with their drawings.
  const fetched = [];
  for (let turn = 0; turn < args.turns; turn += 1) {
    await page.waitForTimeout(500);
    fetched.push(await page.evaluate(() => new Promise((told) => {
      const state = document.querySelector(".many-state");
      const began = performance.now();
      const observer = new MutationObserver(() => {
        if (state.dataset.state === "fetching") return;
        observer.disconnect();
        // The first stretch has come; its drawings are asked for next, and painted in the frame after they are there.
        const canvas = document.querySelector(".many-row[data-place] canvas.spark");
        const before = canvas.dataset.drawn;
        const look = () => {
          if (canvas.dataset.drawn === before) return requestAnimationFrame(look);
          const channel = new MessageChannel();
          channel.port1.onmessage = () => told(performance.now() - began);
          channel.port2.postMessage(null);
        };
        look();
      });
      observer.observe(state, { attributes: true });
      document.querySelector("#refresh").click();
    })));
    await done();
  }
  const table = await repeat(page, "theme", args.times, "main");
  await page.locator('[data-view="tiles"]').click();
  await page.waitForSelector(".many-tile .spark");
  await done();
  await page.waitForTimeout(1_000);
  const sparks = await page.locator(".spark").count();
  const tiles = await repeat(page, "theme", args.times, "main");
  await page.locator('[data-view="heat"]').click();
  await done();
  await page.waitForTimeout(1_000);
  const heat = await repeat(page, "wheel", args.times, ".heat-frame");

  await page.goto(`${args.url}${args.lab}`);
  await page.waitForSelector(".fired-count[data-count]", { timeout: 240_000 });
  await page.waitForTimeout(1_000);
  const charts = await repeat(page, "theme", args.times, "main");
  const moves = await repeat(page, "move", args.times, ".chart-frame");
  tell("figures", { fetched, table, tiles, sparks, heat, charts, moves });
}, ["--disable-frame-rate-limit", "--disable-gpu-vsync"]);
