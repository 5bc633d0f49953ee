// The service worker of push messages: shows what the server says, also while no page is open. It keeps nothing and
// takes no request of a page in hand. A newer word on the same anomaly takes the place of the older one.

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data?.json() ?? {};
  } catch {
    // Something must be shown for each message; that it cannot be read is something.
  }
  const shown = self.registration.showNotification(told.title ?? "Hindcast", {
    body: told.text ?? "",
    lang: told.lang ?? "",
    tag: told.tag ?? "hindcast",
    renotify: told.open === true,
    requireInteraction: told.open === true,
    data: { url: told.url ?? null },
  });
  event.waitUntil(shown);
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const scope = self.registration.scope;
  // Only this server's own pages are opened, whatever a message says.
  const asked = event.notification.data?.url;
  const path = asked && /\/anomalies\/([0-9A-Z]{26})$/.exec(new URL(asked, scope).pathname)?.[0].slice(1);
  const url = new URL(path ?? "", scope).href;
  event.waitUntil((async () => {
    const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const same = open.find((client) => client.url === url);
    await (same ? same.focus() : self.clients.openWindow(url));
  })());
});

// A push service may give a new address at any time; the server hears of it if somebody is signed in.
self.addEventListener("pushsubscriptionchange", (event) => {
  event.waitUntil((async () => {
    const { scope, pushManager } = self.registration;
    const list = await (await fetch(new URL("api/v1/push-devices", scope))).json();
    const options = { userVisibleOnly: true, applicationServerKey: list.key };
    const { endpoint, keys } = (event.newSubscription ?? await pushManager.subscribe(options)).toJSON();
    const body = JSON.stringify({ endpoint, p256dh: keys.p256dh, auth: keys.auth, name: "renewed" });
    await fetch(new URL("api/v1/push-devices", scope), { method: "POST", headers: { "content-type": "application/json" }, body });
  })());
});
