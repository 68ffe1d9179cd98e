// The control API, as this page uses it. The token comes in the fragment of the address, and goes into the
// session of this tab: it is in no history and no request but those to the mock itself.

const PLACE = "keyproof control token";

/** Takes the token out of the address. */
export function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    sessionStorage.setItem(PLACE, given);
    history.replaceState(null, "", location.pathname + "#/");
  }
  return sessionStorage.getItem(PLACE);
}

export function keepToken(token) {
  sessionStorage.setItem(PLACE, token);
}

export function forgetToken() {
  sessionStorage.removeItem(PLACE);
}

/** What the control API refuses, in its own words. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function send(method, path, body) {
  const answer = await fetch(`/_mock/${path}`, {
    method,
    headers: { authorization: `Bearer ${sessionStorage.getItem(PLACE)}` },
    body: body === undefined ? undefined : JSON.stringify(body),
    cache: "no-store",
  });
  const text = await answer.text();
  const said = text ? JSON.parse(text) : {};
  if (!answer.ok) throw new Refused(answer.status, said.message ?? `The mock answered ${answer.status}.`);
  return said;
}

export const get = (path) => send("GET", path);
export const post = (path, body) => send("POST", path, body);
export const remove = (path, body) => send("DELETE", path, body);

const bearers = new Map();

/** The bearer of a token, by its number. It is asked for once and never shown by itself. */
export async function bearer(organization, token) {
  const name = `${organization} ${token.id} ${token.name}`;
  if (!bearers.has(name)) {
    const said = await post("reveal", { organization, token: token.id });
    bearers.set(name, said.text);
  }
  return bearers.get(name);
}

/** A token by which the control API knows an organization. */
export async function anyToken(organization) {
  const token = organization.tokens.find((one) => !one.has_expired) ?? organization.tokens[0];
  if (!token) throw new Refused(0, "This organization has no token left.");
  return bearer(organization.number, token);
}

/** Forgets bearers: after a reset they may be others. */
export function forgetBearers() {
  bearers.clear();
}

/** Reads server-sent events for as long as the mock runs. `EventSource` could not send the token. */
export async function* events(signal) {
  const answer = await fetch("/_mock/events", {
    headers: { authorization: `Bearer ${sessionStorage.getItem(PLACE)}` },
    cache: "no-store",
    signal,
  });
  if (!answer.ok) throw new Refused(answer.status, "The mock does not tell what happens.");
  yield { name: "open" };
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of answer.body) {
    rest += decoder.decode(bytes, { stream: true });
    let end;
    while ((end = rest.indexOf("\n\n")) >= 0) {
      const lines = rest.slice(0, end).split("\n");
      rest = rest.slice(end + 2);
      const field = (name) =>
        lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2)).join("\n");
      if (field("event")) yield { name: field("event"), data: JSON.parse(field("data")) };
    }
  }
}
