// The page: where it is, what it knows, and when it is drawn again.

import * as control from "./control.js";
import { h, say } from "./element.js";
import * as journal from "./journal.js";
import * as projects from "./project.js";
import * as switches from "./switches.js";

const THEMES = { "": "dark", dark: "light", light: "" };

let state = null;
let known = null;
let isLive = false;
let isDue = false;

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** `#/1/project/my-app` as parts. */
function place() {
  const [number, view, name] = location.hash.replace(/^#\//, "").split("/").map(decoded);
  const organizations = state.organizations;
  const organization = organizations.find((one) => String(one.number) === number) ?? organizations[0];
  return { organization, view: view || "projects", name };
}

/** Does something, tells what went wrong with it, and draws what has become of it. */
function act(work, done) {
  return async () => {
    try {
      await work();
      if (done) say(done);
    } catch (error) {
      say(error.message);
    }
    refresh();
  };
}

function theme() {
  const now = localStorage.getItem("theme") ?? "";
  document.documentElement.dataset.theme = now;
  return h(
    "button",
    {
      class: "small",
      "aria-label": "Colours",
      onclick: () => {
        localStorage.setItem("theme", THEMES[now]);
        draw();
      },
    },
    { "": "Auto", dark: "Dark", light: "Light" }[now] ?? "Auto",
  );
}

function bar({ organization, view }) {
  const link = (name, text) =>
    h("a", { href: `#/${organization.number}/${name}`, "aria-current": view === name || (view === "project" && name === "projects") ? "page" : null }, text);
  return [
    h("h1", {}, "keyproof mock"),
    h("span", { class: "live", "data-on": isLive, role: "status" }, isLive ? "live" : "lost"),
    state.kept && h("span", { class: "badge good" }, "kept in a file"),
    h(
      "select",
      { "aria-label": "Organization", onchange: (event) => (location.hash = `#/${event.target.value}`) },
      state.organizations.map((one) =>
        h("option", { value: one.number, selected: one === organization }, `${one.name}${one.isolated ? " (isolated)" : ""}${one.active ? "" : " (suspended)"}`),
      ),
    ),
    h("span", { class: "grow" }),
    h("nav", { "aria-label": "Views" }, link("projects", "Projects"), link("journal", "Journal"), link("switches", "Switches")),
    theme(),
  ];
}

function content({ organization, view, name }) {
  const now = state.clock.now;
  switch (view) {
    case "journal":
      return { main: [journal.journal(organization, name)] };
    case "switches":
      return {
        main: [
          h(
            "div",
            { class: "grid" },
            switches.limits(organization, now, act),
            switches.clock(state, act),
            switches.faults(known, organization, act),
            switches.gates(known, organization, act),
            switches.misbehaviour(organization, act),
            switches.jobs(organization, act),
            switches.reset(organization, act),
          ),
          h(
            "div",
            { class: "grid" },
            switches.named("defects", "Defects", "Ways to break the contract.", known, organization, act),
            switches.named("variants", "Variants", "Other ways to keep it.", known, organization, act),
          ),
        ],
        aside: journal.journal(organization),
      };
    case "project":
      return { main: projects.whole(organization, name, now, act), aside: journal.journal(organization) };
    default:
      return {
        main: [
          projects.cards(organization, now),
          h("div", { class: "grid" }, switches.limits(organization, now, act), switches.tokens(organization, act), switches.jobs(organization, act)),
        ],
        aside: journal.journal(organization),
      };
  }
}

/** What would be taken from under somebody's hands by a redraw. */
function focused() {
  const active = document.activeElement;
  if (!active || active === document.body) return null;
  const label = active.getAttribute("aria-label") ?? active.name ?? "";
  return { id: active.id, tag: active.tagName, label, text: active.textContent, from: active.selectionStart };
}

function refocus(was) {
  if (!was) return;
  const all = [...document.querySelectorAll(was.id ? `#${CSS.escape(was.id)}` : was.tag.toLowerCase())];
  const same = all.find((one) => (one.getAttribute("aria-label") ?? one.name ?? "") === was.label && one.textContent === was.text);
  same?.focus({ preventScroll: true });
  if (same && typeof was.from === "number" && same.type === "search") same.setSelectionRange(was.from, was.from);
}

/** Puts something in the place of what the page shows below its bar. */
function fill(layout, ...elements) {
  const content = document.getElementById("content");
  content.className = layout;
  content.replaceChildren(...elements);
}

function draw() {
  if (!state) return;
  // A raw key that somebody looks at stays until they hide it; a list that somebody opened stays open.
  if (document.querySelector(".raw") || document.activeElement?.tagName === "SELECT") return void (isDue = true);
  isDue = false;
  const was = focused();
  const scrolled = [...document.querySelectorAll(".switches")].map((one) => one.scrollTop);
  const here = place();
  const { main, aside } = content(here);
  document.getElementById("bar").replaceChildren(...bar(here).filter(Boolean));
  fill(aside ? "two" : "", h("div", { class: "stack" }, main), ...(aside ? [h("aside", { "aria-label": "Journal" }, aside)] : []));
  document.querySelectorAll(".switches").forEach((one, number) => (one.scrollTop = scrolled[number] ?? 0));
  document.title = here.name ? `${here.name} · keyproof mock` : "keyproof mock";
  refocus(was);
}

/** Draws what was held back, once nobody looks at it any more. */
document.addEventListener("click", () => isDue && setTimeout(draw));
document.addEventListener("focusout", () => isDue && setTimeout(draw));

let asked = null;
let isAskedAgain = false;

/** Asks for everything again. Calls that come meanwhile are one more. */
function refresh() {
  isAskedAgain = true;
  asked ??= (async () => {
    while (isAskedAgain) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      isAskedAgain = false;
      try {
        state = await control.get("overview");
        draw();
      } catch (error) {
        if (error.status === 403) askToken("That is not the control token of this mock.");
      }
    }
    asked = null;
  })();
  return asked;
}

function askToken(why) {
  state = null;
  listening?.abort();
  control.forgetToken();
  const input = h("input", { type: "password", name: "token", autocomplete: "off", required: true });
  const form = h(
    "form",
    {
      class: "card",
      onsubmit: (event) => {
        event.preventDefault();
        control.keepToken(input.value.trim());
        start();
      },
    },
    h("h2", {}, "The control token, please"),
    h("p", {}, why),
    h("p", { class: "soft" }, "keyproof mock prints it at its start, and the whole address of this page with it."),
    h("label", { class: "field" }, "Control token", input),
    h("div", { class: "row" }, h("button", { class: "primary" }, "Open")),
  );
  document.getElementById("bar").replaceChildren(h("h1", {}, "keyproof mock"));
  fill("", form);
  input.focus();
}

/** Listens until the mock is gone, and then again when it is back. */
async function listen(signal) {
  for (let wait = 250; !signal.aborted; wait = Math.min(wait * 2, 5000)) {
    try {
      for await (const event of control.events(signal)) {
        if (event.name === "open") {
          isLive = true;
          wait = 250;
          await readAll();
        }
        if (event.name === "exchange") journal.note(event.data, state.organizations);
        if (event.name === "lagged") await readAll();
        refresh();
      }
    } catch (error) {
      if (error.status === 403) return askToken("The mock was started again since: it has another one.");
    }
    if (signal.aborted) return;
    isLive = false;
    draw();
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

async function readAll() {
  control.forgetBearers();
  known = await control.get("known");
  state = await control.get("overview");
  for (const organization of state.organizations.slice(0, 20)) {
    if (organization.tokens.length > 0) await journal.read(organization);
  }
  await journal.readStrangers();
  draw();
}

let listening = null;

async function start() {
  listening?.abort();
  listening = new AbortController();
  if (!control.takeToken()) {
    askToken("This page was opened without it.");
    return;
  }
  try {
    await readAll();
  } catch (error) {
    if (error.status === 403) return askToken("That is not the control token of this mock.");
    fill("", h("p", { class: "card" }, `The mock does not answer: ${error.message}`));
  }
  listen(listening.signal);
}

addEventListener("hashchange", () => {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) start();
  else draw();
  document.getElementById("content").focus({ preventScroll: true });
});
// A clock that runs is told by the mock; between two events it is not asked.
setInterval(() => isLive && state && !state.clock.stands && refresh(), 10000);
start();
