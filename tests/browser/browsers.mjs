// A browser asks to be told, is told, and is let go: the page, the service worker, and what a push service would get.

import { args, orders, run, tell, watch } from "./driver.mjs";

await run(async (browser) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, timezoneId: "UTC" });
  const page = await context.newPage();
  const log = watch(page);
  const next = orders();
  const wait = { timeout: 30_000 };
  // No push service can be reached from here: the browser's own part is real but for the address that it would get.
  await page.addInitScript((endpoint) => {
    const url64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    globalThis.asked = [];
    const ask = Notification.requestPermission.bind(Notification);
    Notification.requestPermission = async () => { globalThis.asked.push("permission"); return ask(); };
    PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
      globalThis.asked.push({ userVisibleOnly, applicationServerKey });
      const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
      const auth = crypto.getRandomValues(new Uint8Array(16));
      globalThis.mine = { pair, auth, point: new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)) };
      return { toJSON: () => ({ endpoint, keys: { p256dh: url64(globalThis.mine.point), auth: url64(auth) } }) };
    };
  }, args.endpoint);

  await page.goto(`${args.url}/notifications`);
  await page.waitForSelector("[data-browser=denied], [data-browser=off]", wait);
  const before = await page.evaluate(() => globalThis.asked.length);
  await context.grantPermissions(["notifications"], { origin: args.url });
  await page.reload();
  await page.waitForSelector("[data-browser=off] input", wait);
  await page.locator("[data-browser=off] input").fill("desk of the test");
  await page.locator("[data-do=push-on]").click();
  await page.waitForSelector("[data-device]", wait);
  tell("subscribed", {
    before,
    asked: await page.evaluate(() => globalThis.asked),
    name: await page.locator("[data-device] .rule-name").innerText(),
    worker: await page.evaluate(async () => (await navigator.serviceWorker.ready).active.scriptURL),
  });

  // What arrived at the address, read with the browser's own key (RFC 8291), handed to the service worker as it came.
  const { body } = await next();
  const text = await page.evaluate(async (body) => {
    const bytes = Uint8Array.from(body);
    const { pair, auth, point } = globalThis.mine;
    const [salt, theirs, record] = [bytes.slice(0, 16), bytes.slice(21, 86), bytes.slice(86)];
    const key = await crypto.subtle.importKey("raw", theirs, { name: "ECDH", namedCurve: "P-256" }, false, []);
    const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: key }, pair.privateKey, 256);
    const derive = async (ikm, salt, info, length) => {
      const base = await crypto.subtle.importKey("raw", ikm, "HKDF", false, ["deriveBits"]);
      return crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info }, base, length * 8);
    };
    const words = (text) => new TextEncoder().encode(text);
    const secret = await derive(shared, auth, new Uint8Array([...words("WebPush: info\0"), ...point, ...theirs]), 32);
    const content = await crypto.subtle.importKey("raw", await derive(secret, salt, words("Content-Encoding: aes128gcm\0"), 16), "AES-GCM", false, ["decrypt"]);
    const iv = await derive(secret, salt, words("Content-Encoding: nonce\0"), 12);
    const clear = new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, content, record));
    return new TextDecoder().decode(clear.slice(0, -1));
  }, body);
  const session = await context.newCDPSession(page);
  const registrations = [];
  session.on("ServiceWorker.workerRegistrationUpdated", (event) => registrations.push(...event.registrations));
  await session.send("ServiceWorker.enable");
  await page.waitForTimeout(500);
  const { registrationId } = registrations.find((one) => !one.isDeleted);
  await session.send("ServiceWorker.deliverPushMessage", { origin: args.url, registrationId, data: text });
  let shown = [];
  for (let n = 0; n < 50 && shown.length === 0; n += 1) {
    await page.waitForTimeout(100);
    shown = await page.evaluate(async () => (await (await navigator.serviceWorker.ready).getNotifications()).map(({ title, body, tag }) => ({ title, body, tag })));
  }
  tell("shown", { text: JSON.parse(text), shown });
  await page.locator("[data-do=push-delete]").click();
  await page.waitForFunction(() => document.querySelectorAll("[data-device]").length === 0, null, wait);

  // Somebody forbids it in the browser's settings: the page says where it can be allowed, and asks no more.
  const { targetInfo } = await session.send("Target.getTargetInfo");
  const settings = await browser.newBrowserCDPSession();
  await settings.send("Browser.setPermission", {
    permission: { name: "notifications" }, setting: "denied", origin: args.url, browserContextId: targetInfo.browserContextId,
  });
  await page.reload();
  await page.waitForSelector("[data-browser=denied]", wait);
  const denied = {
    words: await page.locator("[data-browser=denied]").innerText(),
    buttons: await page.locator("[data-do=push-on]").count(),
    asked: await page.evaluate(() => globalThis.asked.length),
  };
  tell("end", { denied, complaints: log.complaints });
});
