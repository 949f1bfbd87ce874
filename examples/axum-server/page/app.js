// The page: what the service tells is shown, what is asked for is done. Nothing from elsewhere ever becomes HTML.

import { Failure, call, follow, now, request, token } from "./service.js";
import { ackWords, duration, eventWords, failureWords, moment, phaseWords, reasonWords, statusWord } from "./words.js";

const LOG_LENGTH = 200;
const TEXT_LENGTH = 500;
// A code this close to its end is as good as over: scanning takes longer.
const HAIR = 1000;
const LINKING = ["waiting_for_qr", "waiting_for_scan", "waiting_for_code", "linking"];
const OVER = ["stopped", "failed"];

const $ = (id) => document.getElementById(id);

let stream = null;
let snapshot = null;
let pairing = null;
let sent = null;
let draft = null;
const acks = new Map();
const qr = { drawn: null, turn: 0, end: 0 };

// Signing in and out.

async function signIn(value) {
  token.set(value);
  try {
    const { data } = await call("GET", "connection-status");
    show($("sign-in"), false);
    $("token").value = "";
    show($("panel"), true);
    show($("sign-out"), true);
    render(data);
    $("connection-title").focus();
  } catch (failure) {
    signOut(words(failure));
    return;
  }
  stream = new AbortController();
  follow({ onEvent, onLive, onDenied: (failure) => signOut(words(failure)) }, stream.signal);
}

function signOut(why = "") {
  stream?.abort();
  token.forget();
  [snapshot, pairing, sent, draft] = [null, null, null, null];
  hideQr();
  $("events").replaceChildren();
  for (const form of document.forms) form.reset();
  for (const id of ["send-done", "send-error", "action-done", "action-error", "code-error", "code", "live"]) tell(id, "");
  $("confirm").close();
  show($("panel"), false);
  show($("sign-out"), false);
  show($("sign-in"), true);
  document.title = "WhatsApp service";
  tell("sign-in-error", why);
  $("token").setAttribute("aria-invalid", String(why !== ""));
  $("token").focus();
}

/** What went wrong, in words; a token that is no longer good ends everything. */
function words(failure) {
  if (!(failure instanceof Failure)) throw failure;
  return failureWords(failure);
}

function refused(failure, where) {
  if (failure.denied) signOut(words(failure));
  else tell(where, words(failure));
}

// What the service tells.

function onLive(live) {
  tell("live", live ? "Live" : "Connection to the service lost, trying again");
  $("live").dataset.live = live;
  if (live) refresh();
}

function onEvent(envelope) {
  const { event, data } = envelope;
  log(envelope);
  if (event === "qr") qr.drawn = null;
  if (event === "code") pairing = data;
  if (event === "message_ack") onAck(data);
  if (!event.startsWith("message") && event !== "call") refresh();
}

let refreshing = false;
let stale = false;

/** Reads the status anew; while it is being read, once more is enough. */
async function refresh() {
  stale = true;
  if (refreshing) return;
  refreshing = true;
  while (stale) {
    stale = false;
    const asked = stream;
    try {
      const { data } = await call("GET", "connection-status");
      if (asked === stream && token.get()) render(data);
    } catch (failure) {
      // When the service does not answer, the stream breaks as well, and comes back with it.
      if (failure.denied && token.get()) signOut(words(failure));
    }
  }
  refreshing = false;
}

function render(data) {
  snapshot = data;
  const { status, phase, reason, message, me, webVersion, lastUpdated } = data;
  const over = OVER.includes(phase.name);
  const linked = ["AUTHENTICATED", "READY"].includes(status);
  Object.assign($("status").dataset, { status, phase: phase.name });
  tell("status", statusWord(status));
  tell("phase", phaseWords(data));
  tell("reason", reasonWords(phase.reason ?? reason, message));
  tell("account", [me?.pushname, me?.phone].filter(Boolean).join(", "));
  tell("version", webVersion ?? "");
  tell("changed", moment(lastUpdated));
  $("changed").dateTime = lastUpdated;
  document.title = `${statusWord(status)} · WhatsApp service`;
  show($("account-row"), Boolean(me));
  show($("version-row"), Boolean(webVersion));
  show($("connect"), over);
  show($("reconnect"), !over);
  show($("disconnect"), !over);
  show($("log-out"), linked);
  show($("link"), LINKING.includes(phase.name));
  show($("by-qr"), phase.name !== "waiting_for_code");
  show($("by-code"), phase.name === "waiting_for_code");
  show($("code-form"), phase.name !== "waiting_for_code");
  const qrEnd = phase.name === "waiting_for_scan" && data.hasQRCode ? data.qrCodeExpiry : null;
  if (!qrEnd) hideQr();
  else if (qrEnd !== qr.drawn) drawQr(qrEnd);
  tick();
}

// Codes and countdowns.

/** The expiry is read before the picture, so that a picture is never shown for longer than it is good. */
async function drawQr(end) {
  qr.drawn = end;
  const turn = ++qr.turn;
  try {
    const picture = await (await request("GET", "qr.svg")).blob();
    if (turn !== qr.turn) return;
    URL.revokeObjectURL($("qr").src);
    $("qr").src = URL.createObjectURL(picture);
    qr.end = Date.parse(end);
    tick();
  } catch (failure) {
    if (turn !== qr.turn) return;
    hideQr();
    if (failure.denied) signOut(words(failure));
  }
}

function hideQr() {
  qr.turn += 1;
  qr.end = 0;
  qr.drawn = null;
  URL.revokeObjectURL($("qr").src);
  $("qr").removeAttribute("src");
  show($("qr"), false);
  show($("qr-left"), false);
  show($("no-qr"), true);
}

function tick() {
  const left = qr.end - now();
  if (qr.end && left <= HAIR) {
    const end = qr.drawn;
    hideQr();
    // Not again for the same expiry: the next code comes as an event, or was made by another process.
    qr.drawn = end;
    refresh();
  }
  const drawn = qr.end > 0;
  show($("qr"), drawn);
  show($("qr-left"), drawn);
  show($("no-qr"), !drawn);
  tell("qr-left", drawn ? `Valid for ${duration(left)}` : "");
  const codeLeft = pairing ? Date.parse(pairing.expiresAt) - now() : 0;
  if (codeLeft <= 0) pairing = null;
  tell("code", pairing?.code ?? "");
  tell("code-left", pairing ? `Valid for ${duration(codeLeft)}` : "The code has ended.");
  const next = snapshot?.phase.nextAt;
  show($("next"), Boolean(next));
  tell("next", next ? `Attempt ${snapshot.phase.attempt} in ${duration(Date.parse(next) - now())}` : "");
}

// What is asked for.

async function requestCode() {
  tell("code-error", "");
  const phone = $("own-number").value.trim();
  if (!phone) return invalid("own-number", "code-error", "Which number?");
  try {
    pairing = (await call("POST", "pairing-code", { body: { phone } })).data;
    $("own-number").value = "";
    await refresh();
    $("cancel-code").focus();
  } catch (failure) {
    refused(failure, "code-error");
  }
}

async function cancelCode() {
  tell("code-error", "");
  try {
    await call("DELETE", "pairing-code");
    pairing = null;
    refresh();
  } catch (failure) {
    refused(failure, "code-error");
  }
}

async function newQr() {
  tell("code-error", "");
  try {
    await call("POST", "admin/qr-code");
  } catch (failure) {
    refused(failure, "code-error");
  }
}

async function send() {
  tell("send-done", "");
  tell("send-error", "");
  const [phone, message] = [$("number").value.trim(), $("text").value];
  if (!phone) return invalid("number", "send-error", "To which number?");
  if (!message.trim()) return invalid("text", "send-error", "There is no text yet.");
  // The same key for the same message: sent once more after a failure, it is still one message.
  if (draft?.phone !== phone || draft.message !== message) draft = { phone, message, key: randomKey() };
  const headers = { "Idempotency-Key": draft.key };
  tell("send-done", "Sending …");
  try {
    sent = (await call("POST", "send", { body: { phone, message }, headers })).data;
    draft = null;
    tellSent();
    $("text").value = "";
    $("text").focus();
  } catch (failure) {
    tell("send-done", "");
    if (["invalid_phone", "not_registered"].includes(failure.code)) $("number").setAttribute("aria-invalid", "true");
    refused(failure, "send-error");
  }
}

/** It may come before the answer to the send. */
function onAck({ id, ack }) {
  acks.set(id, Math.max(ack, acks.get(id) ?? ack));
  if (acks.size > LOG_LENGTH) acks.delete(acks.keys().next().value);
  if (id === sent?.id) tellSent();
}

function tellSent() {
  tell("send-done", `Sent: ${ackWords(Math.max(sent.ack, acks.get(sent.id) ?? sent.ack))}. Id ${sent.id}`);
}

function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const ACTIONS = {
  connect: { path: "reconnect" },
  reconnect: {
    path: "reconnect",
    title: "Reconnect?",
    text: "The browser is closed and started anew. The account stays linked; messages wait meanwhile.",
  },
  disconnect: {
    path: "disconnect",
    title: "Disconnect?",
    text: "The browser is closed. Nothing is sent or received until you connect again. The account stays linked.",
  },
  "log-out": {
    path: "logout",
    title: "Log out?",
    text: "This device is unlinked from the account and its session data is deleted. To go on, a phone must link it again.",
  },
};

async function act(id) {
  const { path, title, text } = ACTIONS[id];
  tell("action-done", "");
  tell("action-error", "");
  if (title && !(await confirmed(title, text, $(id).textContent, id === "log-out"))) return;
  tell("action-done", `${$(id).textContent} …`);
  try {
    const { message } = await call("POST", path);
    // The status tells the rest.
    tell("action-done", path === "reconnect" ? "" : `${message}.`);
    refresh();
  } catch (failure) {
    tell("action-done", "");
    refused(failure, "action-error");
  }
}

function confirmed(title, text, yes, danger) {
  const dialog = $("confirm");
  tell("confirm-title", title);
  tell("confirm-text", text);
  tell("confirm-yes", yes);
  $("confirm-yes").classList.toggle("danger", danger);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

// Showing.

function tell(id, text) {
  if ($(id).textContent !== text) $(id).textContent = text;
}

/** What disappears under the keyboard's focus hands it on to the heading above. */
function show(element, visible) {
  if (element.hidden === !visible) return;
  const focused = !visible && element.contains(document.activeElement);
  element.hidden = !visible;
  if (focused) $("connection-title").focus();
}

function invalid(field, where, text) {
  $(field).setAttribute("aria-invalid", "true");
  $(field).focus();
  tell(where, text);
}

function log({ event, at, data }) {
  // A message from others is told as `message` already.
  if (event === "message_create" && !data.fromMe) return;
  const entry = document.createElement("li");
  const time = entry.appendChild(document.createElement("time"));
  const name = entry.appendChild(document.createElement("b"));
  const text = entry.appendChild(document.createElement("span"));
  time.dateTime = at;
  time.textContent = moment(at);
  name.textContent = event.replaceAll("_", " ");
  text.textContent = eventWords({ event, data }).slice(0, TEXT_LENGTH);
  text.dir = "auto";
  $("events").prepend(entry);
  while ($("events").childElementCount > LOG_LENGTH) $("events").lastElementChild.remove();
  show($("events"), true);
  show($("no-events"), false);
}

/** Does `task` for a form or a button, never twice at the same time. */
function on(id, type, task) {
  const element = $(id);
  element.addEventListener(type, async (event) => {
    event.preventDefault();
    if (element.ariaBusy === "true") return;
    element.ariaBusy = "true";
    await task();
    element.ariaBusy = "false";
  });
}

on("sign-in-form", "submit", () => {
  const value = $("token").value.trim().replace(/^bearer\s+/i, "");
  if (/^[\x21-\x7e]+$/.test(value)) return signIn(value);
  return signOut(value ? "That is no token." : "Paste a token first.");
});
on("sign-out", "click", () => signOut());
on("code-form", "submit", requestCode);
on("cancel-code", "click", cancelCode);
on("new-qr", "click", newQr);
on("send-form", "submit", send);
for (const id of Object.keys(ACTIONS)) on(id, "click", () => act(id));
$("confirm-yes").addEventListener("click", () => $("confirm").close("yes"));
$("confirm-no").addEventListener("click", () => $("confirm").close());
document.addEventListener("input", ({ target }) => target.removeAttribute("aria-invalid"));
document.addEventListener("visibilitychange", tick);
setInterval(tick, 200);

if (token.get()) signIn(token.get());
else show($("sign-in"), true);
