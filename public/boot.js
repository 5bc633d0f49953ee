// Starts the app without an inline script, and gives the page its theme before the first paint.
const tag = document.querySelector('script[data-js]');
const asked = new URLSearchParams(location.search).get('theme');
let kept = null;
try { kept = localStorage.getItem('hindcast-theme'); } catch { /* storage may be blocked in a frame */ }
const theme = asked ?? kept;
if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
// The app is three programs: whoever watches does not download the Lab, and the Lab is not the list of rules.
const place = location.pathname.match(/\/(lab|rules)\/?$/)?.[1];
const program = { lab: 'workbench.js', rules: 'rules.js' }[place];
const app = await import(program ? new URL(program, document.baseURI).href : tag.dataset.js);
await app.default(program ? undefined : { module_or_path: tag.dataset.wasm });
