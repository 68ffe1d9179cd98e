// Requests as they come, with the checks that each came through.

import * as control from "./control.js";
import { h, time } from "./element.js";

const MOST = 200;

/** Exchanges by organization number; null for those that name none. */
const kept = new Map();

/** What stands for an exchange in an address. One that names the organization in its path only is numbered apart. */
const address = (exchange) => `${exchange.named ? "path-" : ""}${exchange.number}`;

/** Takes an exchange that came. One that names a ULID in its path only is of each organization that shows it. */
export function note(exchange, organizations) {
  const named = organizations.filter((one) => one.ulid === exchange.named).map((one) => one.number);
  for (const organization of exchange.named ? named : [exchange.organization]) {
    const own = kept.get(organization) ?? [];
    if (own.some((one) => address(one) === address(exchange))) continue;
    own.unshift({ ...exchange, organization });
    own.length = Math.min(own.length, MOST);
    kept.set(organization, own);
  }
}

/** Reads what was there before this page, and names no organization. */
export async function readStrangers() {
  const said = await control.get("journal/strangers");
  const exchanges = said.exchanges.map((one) => ({ ...one, organization: null }));
  kept.set(null, exchanges.reverse().slice(0, MOST));
}

/** Reads what was there before this page. */
export async function read(organization) {
  const token = await control.anyToken(organization);
  const said = await control.post("journal", { token });
  const exchanges = said.exchanges.map((one) => ({ ...one, organization: organization.number }));
  kept.set(organization.number, exchanges.reverse().slice(0, MOST));
}

function kind(status) {
  if (status === null) return "bad";
  if (status < 300) return "good";
  return status < 500 ? "warn" : "bad";
}

function chain(checks) {
  return h(
    "ol",
    { class: "chain", "aria-label": "Checks" },
    checks.map((check) =>
      h(
        "li",
        { class: check.passed ? "" : "refused", title: check.decision ?? "" },
        check.passed ? check.stage : `${check.stage}: ${check.reason}`,
      ),
    ),
  );
}

function body(name, value) {
  if (value === null) return null;
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return [h("h3", {}, name), h("pre", { tabindex: 0 }, text)];
}

function row(exchange, id, open, isNew) {
  const more = () => h(
    "div",
    { class: "more" },
    h(
      "p",
      { class: "soft" },
      `${time(exchange.at)} · ${exchange.endpoint ?? "no route"} · `,
      exchange.organization && h("a", { href: `#/${exchange.organization}/journal/${address(exchange)}` }, "link"),
    ),
    chain(exchange.checks),
    exchange.would_pass && h("p", {}, h("strong", {}, "It would pass: "), exchange.would_pass),
    exchange.fault && h("p", { class: "bad" }, `Made to go wrong: ${exchange.fault}`),
    body("Request", exchange.body),
    body("Answer", exchange.answer),
  );
  return h(
    "details",
    {
      class: `exchange${isNew ? " new" : ""}`,
      id,
      open,
      ontoggle: ({ target }) => target.open && target.childElementCount === 1 && target.append(more()),
    },
    h(
      "summary",
      {},
      h("span", { class: `status ${kind(exchange.status)}` }, exchange.status === null ? "cut" : `${exchange.status}`),
      h("span", { class: "mono" }, exchange.method),
      h("span", { class: "path mono" }, exchange.path.replace(/^\/api\/v1\/[0-9A-Z]{26}/i, "…")),
    ),
    open && more(),
  );
}

/** The one that the address opened last: it is opened once, and may be closed then. */
let linked = null;

/** The newest ones first. The ones that are open stay open. */
export function journal(organization, number) {
  const wanted = number && `${organization.number} ${number}`;
  const isNewLink = wanted !== linked;
  linked = wanted;
  const before = new Set(
    [...document.querySelectorAll("details.exchange[open]")].map((one) => one.id),
  );
  const seen = new Set([...document.querySelectorAll("details.exchange")].map((one) => one.id));
  const rows = (exchanges) =>
    exchanges.map((exchange) => {
      const id = `exchange-${exchange.organization ?? "none"}-${address(exchange)}`;
      const isLinked = isNewLink && exchange.organization === organization.number && address(exchange) === number;
      return row(exchange, id, before.has(id) || isLinked, seen.size > 0 && !seen.has(id));
    });
  const own = rows(kept.get(organization.number) ?? []);
  const strangers = rows((kept.get(null) ?? []).slice(0, 20));
  return h(
    "section",
    { class: "card" },
    h("div", { class: "row" }, h("h2", {}, "Journal"), h("span", { class: "soft" }, "newest first, without secrets")),
    own.length > 0 ? h("div", {}, own) : h("p", { class: "empty" }, "Nothing was asked of this organization yet."),
    strangers.length > 0 && [
      h("h3", {}, "Named no organization"),
      h("div", {}, strangers),
    ],
  );
}
