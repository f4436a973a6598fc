"use strict";
// The page's words in the reader's language. Texts are only ever set as text.
const board = JSON.parse(document.getElementById("data").textContent);
const words = (() => {
  let language = "en";

  function say(key, values = {}) {
    const known = board.words[language];
    const text = (String(values.count) === "1" ? known[`${key}-one`] : undefined) ?? known[key] ?? key;
    return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
  }

  function translate(root) {
    for (const element of root.querySelectorAll("[data-w]"))
      element.textContent = say(element.dataset.w, element.dataset.p ? JSON.parse(element.dataset.p) : {});
    for (const element of root.querySelectorAll("[data-w-label]"))
      element.setAttribute("aria-label", say(element.dataset.wLabel));
    for (const element of root.querySelectorAll("[data-w-placeholder]"))
      element.setAttribute("placeholder", say(element.dataset.wPlaceholder));
  }

  function use(chosen) {
    language = Object.hasOwn(board.words, chosen) ? chosen : "en";
    document.documentElement.lang = language === "zh" ? "zh-CN" : language;
    document.title = say("page.title");
    translate(document);
    for (const name of ["gain", "time", "trainable", "memory", "seeds"]) // labels of a phone's cards
      document.documentElement.style.setProperty(`--w-${name}`, JSON.stringify(say(`column.${name}`)));
  }

  return { say, use, get language() { return language; } };
})();

// An element with a class and children; a string becomes a text node.
function make(tag, kind, ...children) {
  const element = document.createElement(tag);
  if (kind) element.className = kind;
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}
