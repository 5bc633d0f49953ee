// Starts the app without an inline script, and gives the page its theme and its language before the first paint.
const tag = document.querySelector('script[data-js]');
const query = new URLSearchParams(location.search);
const remembered = (key) => {
  try { return localStorage.getItem(key); } catch { return null; /* storage may be blocked in a frame */ }
};
const theme = query.get('theme') ?? remembered('hindcast-theme');
if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
// The first language that is asked for and that there is; what stands in the program is English.
const asked = [query.get('lang'), remembered('hindcast-language'), ...navigator.languages];
const language = asked.map((name) => name?.slice(0, 2).toLowerCase()).find((name) => ['en', 'ko', 'ru'].includes(name)) ?? 'en';
document.documentElement.lang = language;
// Without its catalogue a page is in English rather than not at all.
const words = language === 'en' ? null
  : fetch(new URL(`${language}.json`, document.baseURI)).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);
// What the server says comes in English; the page need not wait for its catalogue.
if (language !== 'en') {
  globalThis.hindcastSaying = import(new URL('said.js', document.baseURI).href)
    .then((said) => said.load(new URL(`said.${language}.json`, document.baseURI)))
    .then((said) => { globalThis.hindcastSaid = said; })
    .catch(() => null);
}
// The app is several programs: whoever watches does not download the Lab, and a wall needs neither.
const place = location.pathname.match(/\/(?:(lab\/series|lab|rules|models|mutes|calendars|notifications|journal|tuning|kiosk|embed\/panel)|(rules|anomalies)\/[^/]+)\/?$/)?.slice(1).find(Boolean);
const program = {
  lab: 'workbench.js', 'lab/series': 'series.js', rules: 'rules.js', models: 'models.js', mutes: 'paging.js', calendars: 'paging.js', notifications: 'paging.js', journal: 'paging.js', tuning: 'paging.js',
  anomalies: 'anomaly.js', kiosk: 'wall.js', 'embed/panel': 'wall.js',
}[place];
const [script, wasm] = program
  ? [program, program.replace('.js', '_bg.wasm')].map((name) => new URL(name, document.baseURI).href)
  : [tag.dataset.js, tag.dataset.wasm];
// It is compiled while the script around it is on its way. A proxy may call it something else than Wasm: then the
// script fetches it in its own way.
const compiled = WebAssembly.compileStreaming(fetch(wasm)).catch(() => wasm);
// The Lab asks for these two, one after the other, before it shows anything.
for (const path of place === 'lab' ? ['sources', 'rules'] : []) {
  const ahead = document.createElement('link');
  Object.assign(ahead, { rel: 'preload', as: 'fetch', crossOrigin: 'anonymous', href: `api/v1/${path}` });
  document.head.append(ahead);
}
// The Lab's tools behind a click are one more program. A browser may keep that an address did not answer: the next
// try has another one.
let desk = null;
let tries = 0;
globalThis.hindcastDesk = () => (desk ??= import(new URL(tries ? `desk.js?${tries}` : 'desk.js', document.baseURI).href)
  .then((program) => program.default())
  .catch((error) => { desk = null; tries += 1; throw error; }));
const arriving = import(script);
// A browser's tables of zones and calendars take it a while, once: they come while nothing else can be done.
new Intl.DateTimeFormat();
const app = await arriving;
globalThis.hindcastWords = await words;
await app.default({ module_or_path: await compiled });
