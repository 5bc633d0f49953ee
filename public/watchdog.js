// Watches over a wall display: when the app shows no sign of life for a minute, the page is loaded again,
// unless the network is away, when a reload would leave nothing on the wall.
// Plain script, because it must live on when the Wasm does not.
const SILENCE_MS = 60_000;
const MOST_BYTES = 512 * 1024 * 1024;
let alive = Date.now();
addEventListener('hindcast:alive', (event) => {
  if ((event.detail ?? 0) < MOST_BYTES) alive = Date.now();
});
setInterval(() => {
  const silent = Date.now() - alive;
  if (silent > SILENCE_MS + Math.random() * 10_000 && navigator.onLine) location.reload();
}, 5_000);
