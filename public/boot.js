// Starts the app without an inline script, and gives the page its theme before the first paint.
const tag = document.querySelector('script[data-js]');
const asked = new URLSearchParams(location.search).get('theme');
let kept = null;
try { kept = localStorage.getItem('hindcast-theme'); } catch { /* storage may be blocked in a frame */ }
const theme = asked ?? kept;
if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
// The app is two programs: whoever watches does not download the Lab.
const works = /\/(lab|rules)\/?$/.test(location.pathname);
const app = await import(works ? new URL('workbench.js', document.baseURI).href : tag.dataset.js);
await app.default(works ? undefined : { module_or_path: tag.dataset.wasm });
