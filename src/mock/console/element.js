// Elements without innerHTML: what comes from the mock is text, whatever is in it.

/** An element. Names that begin with `on` are listeners. */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (attribute.startsWith("on")) element.addEventListener(attribute.slice(2), value);
    else if (attribute === "value") element.value = value;
    else if (attribute === "checked") element.checked = value;
    else element.setAttribute(attribute, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A horizontal bar of which a part is full. */
export function bar(part, kind, label) {
  const filling = h("span", { class: `fill ${kind}` });
  filling.style.width = `${Math.max(0, Math.min(1, part)) * 100}%`;
  return h("span", { class: "track", role: "img", "aria-label": label }, filling);
}

/** Tells the user something, for a while. */
export function say(text) {
  const said = document.getElementById("said");
  said.textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => (said.textContent = ""), 4000);
}

/** Puts a text into the clipboard. */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    say(`${what} is in the clipboard.`);
  } catch (error) {
    say(`The browser lets this page copy nothing: ${error.message}`);
  }
}

/** `2026-06-11T00:00:00Z` as `2026-06-11 00:00:00`. */
export function time(text) {
  return text ? text.replace("T", " ").replace("Z", "") : "";
}

/** `2026-06-11 00:00:00`, which may be broken between the two only. */
export function moment(text) {
  return time(text)
    .split(" ")
    .flatMap((part) => [h("span", { class: "whole" }, part), " "]);
}

/** A number and what it counts. */
export function count(number, one, many = `${one}s`) {
  return `${number} ${number === 1 ? one : many}`;
}

/** How long something still takes. Seconds. */
export function duration(seconds) {
  return seconds > 120 ? `${Math.round(seconds / 60)} min` : `${seconds} s`;
}

/** A text in which what is between backticks is code. */
export function prose(text) {
  return text.split("`").map((part, place) => (place % 2 ? h("code", {}, part) : part));
}
