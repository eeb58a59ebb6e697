// The page's words in English and Chinese, all of words.json.

const table = await fetch("words.json").then((answer) => answer.json());
let column = 0;

export const languages = ["en", "zh"];
export const language = () => languages[column];

export function speak(tongue) {
  column = Math.max(0, languages.indexOf(tongue));
  document.documentElement.lang = ["en", "zh-Hans"][column];
}

// A word or sentence, `{name}` in it filled in.
export function word(key, values = {}) {
  const entry = table.page[key];
  if (!entry) throw new Error(`words.json has no ${key}`);
  return entry[column].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

// A term of convcalc's own output; itself where there is no other.
export const term = (text) => (column && table.terms[text]) || text;

// Put the words of the current language into everything that has one.
export function translate(root = document) {
  for (const element of root.querySelectorAll("[data-word]")) {
    element.textContent = word(element.dataset.word);
  }
}

const TERMS = "th[data-key] button, caption, .kinds li, #panel dt, h2:not([data-word]), tfoot th, "
  + "summary:not([data-word])";

// Put convcalc's own headings into the current language.
export function translateTerms(root) {
  for (const element of root.querySelectorAll(TERMS)) {
    const node = [...element.childNodes].filter((each) => each.nodeType === Node.TEXT_NODE).at(-1);
    if (!node) continue;
    element.dataset.term ??= node.data.trim();
    const space = node.data.startsWith(" ") ? " " : "";
    node.data = space + term(element.dataset.term);
  }
}
