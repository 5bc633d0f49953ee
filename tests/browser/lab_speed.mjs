// Moves the Lab's threshold and measures, inside the page, until the frame with the result is painted.
// Frames come as fast as they can be made: what is measured is work, and not waiting for a screen.

import { args, run, tell } from "./driver.mjs";

await run(async (browser) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await page.goto(`${args.url}${args.path}`);
  await page.waitForSelector(".fired-count[data-count]", { timeout: 240_000 });
  await page.waitForSelector(".plots:not(.busy)", { timeout: 240_000 });
  await page.waitForTimeout(1_000);
  const figures = await page.evaluate(async (moves) => {
    const slider = document.querySelector("#threshold");
    const plots = document.querySelector(".plots");
    const frame = () => new Promise((done) => requestAnimationFrame(() => {
      // A message comes after the paint that the frame leads to.
      const channel = new MessageChannel();
      channel.port1.onmessage = () => done(performance.now());
      channel.port2.postMessage(null);
    }));
    // Watching costs nothing in between, as asking again and again would.
    const answered = () => new Promise((done, failed) => {
      let asked = false;
      const observer = new MutationObserver(look);
      const late = setTimeout(() => failed(new Error("the result never came")), 20_000);
      function look() {
        const busy = plots.classList.contains("busy");
        asked ||= busy;
        if (busy || !asked) return;
        clearTimeout(late);
        observer.disconnect();
        done();
      }
      observer.observe(plots, { attributes: true, attributeFilter: ["class"] });
    });
    const tasks = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) tasks.push(entry.duration);
    }).observe({ type: "longtask" });
    const frames = [];
    for (let move = 0; move < moves; move += 1) {
      // Never the value before, so that each move leads to another result.
      const value = 3 + (move % 2 === 0 ? 0.5 : 0) + (move % 10) * 0.05;
      slider.value = String(value);
      const began = performance.now();
      const answer = answered();
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      await answer;
      const painted = await frame();
      frames.push(painted - began);
      await new Promise((done) => setTimeout(done, 100));
    }
    return { frames_ms: frames, tasks_ms: tasks };
  }, args.moves);
  tell("figures", figures);
}, ["--disable-frame-rate-limit", "--disable-gpu-vsync"]);
