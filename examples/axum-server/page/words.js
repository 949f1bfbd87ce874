// What is said to people. Sets are open: for a new word of the service its own sentence is shown.

const STATUS = {
  DISCONNECTED: "Disconnected",
  CONNECTING: "Connecting",
  QR_READY: "Ready to link",
  AUTHENTICATED: "Linked, syncing",
  READY: "Ready",
  AUTH_FAILURE: "Linking refused",
};

const PHASES = {
  stopped: "No session runs. Connect starts it.",
  starting_browser: "The browser is starting.",
  loading_page: "WhatsApp Web is loading.",
  probing: "WhatsApp Web is being checked.",
  waiting_for_qr: "The first QR code is on its way.",
  waiting_for_scan: "Waiting for a phone to scan the QR code.",
  waiting_for_code: "Waiting for the code to be typed on the phone.",
  linking: "The phone has accepted; keys are being exchanged.",
  syncing: "Chats are arriving from the phone.",
  ready: "Messages can be sent and received.",
  reconnecting: "The connection was lost. It returns by itself.",
  failed: "The session has ended and does not return by itself.",
};

const REASONS = {
  manual: "It was disconnected here.",
  logged_out: "The account was logged out.",
  unlinked_by_phone: "The device was removed on the phone. Connect and link it again.",
  replaced: "Another browser took over the session.",
  banned: "WhatsApp has banned the account.",
  auth_failure: "Linking was refused, or the stored session is no longer accepted. Link again.",
  client_outdated: "WhatsApp wants a newer version of its page.",
  browser_crashed: "The browser ended.",
  page_crashed: "The page ended.",
  page_unresponsive: "The page no longer answers.",
  network: "The connection to WhatsApp was lost.",
  navigation: "The page went elsewhere.",
  profile_locked: "Another process uses the session.",
  incompatible_page: "WhatsApp Web of today lacks what the service needs:",
  qr_retries_exhausted: "Nobody scanned the codes.",
  reconnect_exhausted: "The quick attempts to reconnect are used up.",
};

const FAILURES = {
  unreachable: "The service does not answer. Is it running?",
  invalid_phone: "That is no phone number. Write it with its country code, for example 5511999999999.",
  not_registered: "This number has no WhatsApp account.",
  rate_limited: "Too many for now.",
  already_authenticated: "An account is linked already.",
  not_authenticated: "No account is linked.",
  forbidden: "This token is good, but its role is not ADMIN.",
};

const ACKS = { 0: "waiting for the server", 1: "the server has it", 2: "delivered", 3: "read", 4: "played" };

export const statusWord = (status) => STATUS[status] ?? status;

export function phaseWords({ phase, message }) {
  if (phase.name === "syncing" && phase.percent > 0) return `Chats are arriving from the phone: ${phase.percent} %.`;
  return PHASES[phase.name] ?? message;
}

/** Why it is not connected, with what the service's own sentence says beyond the code. */
export function reasonWords(reason, message = "") {
  if (!reason) return "";
  const detail = reason.missing ? "" : (message.split(`(${reason.code}): `)[1] ?? "");
  const words = REASONS[reason.code] ?? (detail ? "" : `Reason: ${reason.code}.`);
  const until = reason.until ? `Until ${moment(reason.until)}.` : "";
  return [words, (reason.missing ?? []).join(", "), until, detail && sentence(detail)].filter(Boolean).join(" ");
}

/** Why it did not work, with the code for whoever asks for help. */
export function failureWords({ code, message, retryAfterMs, maybeSent }) {
  let words = FAILURES[code] ?? sentence(message || "That did not work");
  if (code === "unauthorized") words = `${sentence(message)} Enter another one.`;
  if (retryAfterMs) words += ` Try again in ${duration(retryAfterMs)}.`;
  if (maybeSent === true) words += " It may have been sent nevertheless; sending again makes no second message.";
  if (maybeSent === false) words += " It was not sent.";
  return `${words} (${code})`;
}

export const ackWords = (ack) => ACKS[ack] ?? `level ${ack}`;

/** A time of the day, with the day when it is another one. */
export function moment(text) {
  const date = new Date(text);
  const time = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return date.toDateString() === new Date().toDateString() ? time : `${date.toLocaleDateString()} ${time}`;
}

export function duration(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function sentence(text) {
  return `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}

/** An event in a few words; messages and names are given as they are, for `textContent` alone. */
export function eventWords({ event, data }) {
  switch (event) {
    case "qr": return `Code ${data.attempt} of ${data.of}, valid until ${moment(data.expiresAt)}`;
    case "code": return `Pairing code, valid until ${moment(data.expiresAt)}`;
    case "loading_screen": return `${data.percent} %`;
    case "authenticated": return data.restored ? "Stored session taken up" : "Account linked";
    case "auth_failure": return reasonWords(data.reason);
    case "ready": return data.me ? `As ${data.me.pushname ?? ""} ${data.me.phone}` : "";
    case "disconnected": return `${reasonWords(data.reason)}${data.willRetry ? " It returns by itself." : ""}`;
    case "change_state": return `${statusWord(data.status)}: ${data.phase.name.replaceAll("_", " ")}`;
    case "reconnecting": return `Attempt ${data.attempt} at ${moment(data.nextAt)}. ${reasonWords(data.reason)}`;
    case "message":
    case "message_create":
    case "message_ciphertext": return messageWords(data);
    case "message_edit": return messageWords(data.message);
    case "message_revoke_everyone": return `Deleted by the ${data.by === "admin" ? "administrator" : "sender"}`;
    case "message_sent":
    case "message_ack": return `${data.id}: ${ackWords(data.ack)}`;
    case "message_reaction": return `${data.emoji || "taken back"} by ${data.fromMe ? "us" : data.sender}`;
    case "call": return `${data.video ? "Video call" : "Call"} from ${data.phone ?? data.peer}`;
    case "incompatible": return data.fatal ? "WhatsApp Web lacks what is needed" : "WhatsApp Web lacks something; the rest works";
    case "account_restricted": return `${data.kind}${data.until ? ` until ${moment(data.until)}` : ""}`;
    case "cache_degraded": return "Redis fails; the session goes on";
    case "lagged": return `${data.missed} events were lost on the way`;
    default: return "";
  }
}

function messageWords({ fromMe, notifyName, phone, from, chatPhone, to, body, type }) {
  const other = fromMe ? `to ${chatPhone ?? to}` : `from ${[notifyName, phone ?? from].filter(Boolean).join(", ")}`;
  return `${other}: ${body ?? `[${type}]`}`;
}
