// What the page of notifications asks of the browser: whether it can be told, and to be told or not. Nothing is asked
// of the person before they click. Plain script: no page carries it that does not need it.
// Answers JSON: { state: "on" | "off" | "denied" | "insecure" | "unsupported" | "failed", draft?, why? }.

globalThis.hindcastPush = async (what, key, name) => {
  try {
    if (!globalThis.isSecureContext) return JSON.stringify({ state: "insecure" });
    if (!("serviceWorker" in navigator && "PushManager" in globalThis && "Notification" in globalThis)) {
      return JSON.stringify({ state: "unsupported" });
    }
    const known = await navigator.serviceWorker.getRegistration();
    const current = await known?.pushManager.getSubscription();
    if (what === "off") {
      await current?.unsubscribe();
      await known?.unregister();
      return JSON.stringify({ state: "off" });
    }
    if (what === "on") {
      const permission = await Notification.requestPermission();
      if (permission !== "granted") return JSON.stringify({ state: permission === "denied" ? "denied" : "off" });
      await navigator.serviceWorker.register("push.js");
      const { pushManager } = await navigator.serviceWorker.ready;
      // A subscription for another server's key can never be used.
      await (await pushManager.getSubscription())?.unsubscribe();
      const { endpoint, keys } = (await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })).toJSON();
      return JSON.stringify({ state: "on", draft: { endpoint, p256dh: keys.p256dh, auth: keys.auth, name } });
    }
    if (Notification.permission === "denied") return JSON.stringify({ state: "denied" });
    return JSON.stringify({ state: current ? "on" : "off" });
  } catch (error) {
    return JSON.stringify({ state: "failed", why: String(error.message ?? error) });
  }
};
