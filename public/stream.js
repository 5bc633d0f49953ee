// The one event stream of a browser. As a SharedWorker it serves every tab and frame of this origin; as a Worker,
// where there are no shared ones, a single page. It holds the connection, unites what the pages want to hear, hands
// out what each has asked for, and connects anew for ever. Plain script: it must not weigh what a page weighs.
//
// A page sends '' as a sign of life, 'null' when it wants nothing any more, or what it wants as JSON:
// { since: number | null, rules: [id], only: [id], series: string | null, token: string | null, training?: boolean };
// without `since` it goes on from where it is, and with `only` and `series` it hears of nothing else, as a token may
// demand. Of trainings only those hear who say so.
// It gets 'name id data', and besides the events of the server 'open' and 'broken' (data: the HTTP status, or 0).
const KEPT = 500;
const SILENCE_MS = 45_000;
const LONGEST_WAIT_MS = 60_000;
const DEAD_MS = 180_000;
// Pages that open together are united before the stream is opened again.
const GATHER_MS = 50;
const feeds = new Map();

class Feed {
  constructor(key, { token, only, series }) {
    Object.assign(this, {
      key, token, only, series, clients: new Set(), rules: new Set(), training: false, kept: [], floor: 0, last: 0, build: null,
      tries: 0, isOpen: false, abort: null, timer: null, heardMs: 0,
    });
  }

  join(client, { since, rules, training = false }) {
    client.rules = new Set(rules);
    client.training = training;
    const isNew = !this.clients.has(client);
    this.clients.add(client);
    if (this.clients.size === 1 && isNew) {
      this.last = this.floor = since ?? this.last;
      this.kept = [];
      client.since = this.last;
      return this.soon();
    }
    if (since !== null) {
      client.since = since;
      if (since < this.floor) send(client, 'reset', '', '{}');
      else for (const { name, id, data } of this.kept) if (id > since) send(client, name, id, data);
    }
    if (isNew && this.isOpen) {
      send(client, 'open', '', '');
      if (this.build) send(client, 'build', '', this.build);
    }
    const isMore = this.only.length === 0 && rules.some((rule) => !this.rules.has(rule));
    if (isMore || (training && !this.training)) this.soon();
  }

  leave(client) {
    this.clients.delete(client);
    if (this.clients.size > 0) return;
    this.stop();
    feeds.delete(this.key);
  }

  stop() {
    clearTimeout(this.timer);
    this.abort?.abort();
    this.abort = this.timer = null;
    this.isOpen = false;
  }

  soon(waitMs = GATHER_MS) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), waitMs);
  }

  async connect() {
    this.stop();
    const abort = this.abort = new AbortController();
    this.rules = new Set([...this.clients].flatMap((client) => [...client.rules]));
    this.training = [...this.clients].some((client) => client.training);
    const topics = this.training ? 'anomaly,sample,training' : 'anomaly,sample';
    const query = new URLSearchParams({ topics, since: this.last });
    if (this.series) query.append('series', this.series);
    for (const rule of this.only) query.append('rule', rule);
    if (this.only.length === 0) for (const rule of this.rules) query.append('samples', rule);
    const headers = { accept: 'text/event-stream' };
    if (this.token) headers.authorization = `Bearer ${this.token}`;
    let status = 0;
    let waitS = 0;
    try {
      const answer = await fetch(`api/v1/stream?${query}`, { headers, cache: 'no-store', signal: abort.signal });
      status = answer.status;
      waitS = Number(answer.headers.get('retry-after')) || 0;
      if (answer.ok) {
        this.isOpen = true;
        this.tries = 0;
        this.tell('open', '', '');
        await this.read(answer.body.getReader(), abort);
      }
    } catch { /* Broken in any way, it is tried again. */ }
    if (this.abort !== abort) return;
    this.stop();
    this.tries = Math.min(this.tries + 1, 16);
    this.tell('broken', '', String(status));
    const waitMs = Math.min(500 * 2 ** this.tries, LONGEST_WAIT_MS) * (0.5 + Math.random() / 2);
    this.soon(Math.max(waitMs, waitS * 1000));
  }

  async read(reader, abort) {
    const decoder = new TextDecoder();
    let text = '';
    this.heardMs = Date.now();
    for (;;) {
      const { value, done } = await reader.read();
      if (done || this.abort !== abort) return;
      this.heardMs = Date.now();
      text += decoder.decode(value, { stream: true });
      const frames = text.split('\n\n');
      text = frames.pop();
      for (const frame of frames) this.take(frame);
    }
  }

  take(frame) {
    const fields = { id: '', event: '', data: '' };
    for (const line of frame.split('\n')) {
      const at = line.indexOf(': ');
      if (at > 0) fields[line.slice(0, at)] = line.slice(at + 2);
    }
    const { id, event, data } = fields;
    if (event === '') return;
    if (event === 'build') this.build = data;
    if (event === 'reset') {
      this.kept = [];
      this.last = this.floor = Number(JSON.parse(data).head);
    }
    if (id !== '') {
      this.last = Number(id);
      this.kept.push({ name: event, id: this.last, data });
      if (this.kept.length > KEPT) this.floor = this.kept.shift().id;
    }
    this.tell(event, id, data);
  }

  tell(name, id, data) {
    const rule = name === 'sample' ? data.match(/"rule_id":"([^"]*)"/)?.[1] : null;
    for (const client of this.clients) {
      if (rule !== null && !client.rules.has(rule)) continue;
      if (name === 'training' && !client.training) continue;
      if (id !== '' && Number(id) <= client.since) continue;
      send(client, name, id, data);
    }
  }
}

function send(client, name, id, data) {
  client.port.postMessage(`${name} ${id} ${data}`);
}

function serve(port) {
  const client = { port, feed: null, rules: new Set(), training: false, since: 0, aliveMs: Date.now() };
  port.onmessage = ({ data }) => {
    client.aliveMs = Date.now();
    clients.add(client);
    if (data === '') return;
    const want = JSON.parse(data);
    const key = want === null ? null : JSON.stringify([want.token, want.only, want.series]);
    if (client.feed && client.feed.key !== key) {
      client.feed.leave(client);
      client.feed = null;
    }
    if (want === null) return;
    if (!feeds.has(key)) feeds.set(key, new Feed(key, want));
    client.feed = feeds.get(key);
    client.feed.join(client, want);
  };
}

const clients = new Set();
// A tab that crashed says no good-bye, and a connection that is dead may never say so.
setInterval(() => {
  const now = Date.now();
  for (const client of clients) {
    if (now - client.aliveMs < DEAD_MS) continue;
    client.feed?.leave(client);
    clients.delete(client);
  }
  for (const feed of feeds.values()) if (feed.isOpen && now - feed.heardMs > SILENCE_MS) feed.soon(0);
}, 5_000);

if ('onconnect' in globalThis) globalThis.onconnect = ({ ports: [port] }) => serve(port);
else serve(globalThis);
