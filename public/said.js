// What the server says, in the reader's language. Each line of the catalogue is a pattern: what stands in its {names}
// is kept, and is read in the same way. What no line fits stays in English.

const fixed = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** A line as it is looked for; `{ after: 5m }` is no name. */
function line([english, own]) {
  const parts = english.split(/\{(\w+)\}/);
  const names = parts.filter((_, at) => at % 2);
  const pattern = parts.map((part, at) => (at % 2 ? "(.+?)" : fixed(part))).join("");
  return { names, own, pattern: new RegExp(`^${pattern}$`, "s"), weight: english.length - names.join("{}").length };
}

/** Fetches the catalogue; answers a function from what was said to how it is read. */
export async function load(address) {
  const answer = await fetch(address);
  // What says most by itself fits best.
  const lines = Object.entries(await answer.json()).map(line).sort((a, b) => b.weight - a.weight);
  const said = (text) => {
    for (const { names, own, pattern } of lines) {
      const found = pattern.exec(text);
      if (found) return own.replace(/\{(\w+)\}/g, (all, name) => (names.includes(name) ? said(found[1 + names.indexOf(name)].replace(/\.$/, "")) : all));
    }
    return text;
  };
  return said;
}
