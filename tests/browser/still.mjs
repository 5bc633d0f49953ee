// A panel without a script in frames and pictures of another origin: whether each looks like the panel itself.

import { args, run, tell, watch } from "./driver.mjs";

const flags = args.block_cookies ? ["--test-third-party-cookie-phaseout"] : [];

await run(async (browser) => {
  const context = await browser.newContext({ viewport: { width: 700, height: 400 }, colorScheme: "light" });
  const page = await context.newPage();
  const log = watch(page);
  const asked = [];
  page.on("request", (request) => asked.push(request));
  await page.goto(args.outside);
  for (const shown of args.shown) {
    asked.length = 0;
    log.complaints.length = 0;
    // A fresh element each time: nothing may come out of the one before.
    const loaded = await page.evaluate(({ tag, url, attributes, limit_ms }) => {
      document.body.replaceChildren();
      const element = document.createElement(tag);
      element.id = "shown";
      element.style.cssText = "width:600px;height:240px;border:0;display:block";
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      return new Promise((resolve) => {
        element.addEventListener("load", () => resolve("load"));
        element.addEventListener("error", () => resolve("error"));
        setTimeout(() => resolve("nothing"), limit_ms);
        element.src = url;
        document.body.append(element);
      });
    }, { tag: shown.tag, url: shown.url, attributes: shown.attributes ?? {}, limit_ms: 10_000 });
    // Two frames of drawing, so that what has come is on the screen.
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    const picture = await page.locator("#shown").screenshot();
    const heads = await Promise.all(asked.filter((request) => request.url() === shown.url).map((request) => request.allHeaders()));
    tell("shown", {
      name: shown.name,
      loaded,
      picture: picture.toString("base64"),
      cookies: heads.some((head) => "cookie" in head),
      further: asked.map((request) => request.url()).filter((url) => url !== shown.url),
      complaints: [...log.complaints],
    });
  }
}, flags);
