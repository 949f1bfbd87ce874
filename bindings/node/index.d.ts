/// <reference types="node" />
import { EventEmitter } from 'node:events';

// ---- Settings

/** Durations are milliseconds. What is left out keeps its default; names that do not exist are refused. */
export interface Settings {
  /** The name of the session: 1 to 64 letters, digits, `-`, `_`. Default `default`. */
  session?: string;
  /** Where session data is kept, in `session-<name>` below it. Default `.wwebjs_auth`. Whoever can read it can use the account. */
  sessionPath?: string;
  /** The page. Default `https://web.whatsapp.com/`; a simulator's address for trials. */
  pageUrl?: string;
  /** Chromium. Default: `CHROME_PATH`, `PUPPETEER_EXECUTABLE_PATH`, then the usual places. */
  executable?: string | null;
  /** The user agent. Default: the browser's own without `Headless`. */
  userAgent?: string | null;
  /** Switches Chromium's sandbox off. Default: only when running as root. */
  noSandbox?: boolean | null;
  /** More arguments for Chromium. */
  browserArgs?: string[];
  /** How long each step may take before it fails with `WA_TIMEOUT`. */
  deadlines?: Deadlines;
  /** How fast messages are sent; `null` sends as fast as possible. Default 20 a minute and 1,000 a day. */
  pacing?: Pacing | null;
  /** How a lost session is taken up again. */
  reconnect?: ReconnectPolicy;
  /** How long the page may repair its own connection before it is loaded anew. Default 3 minutes. */
  pageRecoveryGrace?: number;
  /**
   * How long a browser may run before it is replaced by a fresh one, as soon as the session is ready and nothing was sent or
   * received for a while. No event is lost, calls wait. Default: never.
   */
  recycleAfter?: number | null;
  /** Whether to take the session back when another browser takes it over. Default: no. */
  takeoverOnConflict?: boolean;
  /** After how many unused batches of QR codes to give up. Default: never. */
  qrMaxRetries?: number | null;
  /** How long the cache may take. Default 250 ms. */
  cacheTimeout?: number;
  /** How often readiness and liveness are checked beside events. Default 5 s. */
  checkInterval?: number;
  /** How long the answer of a number check is kept. Default 1 hour. */
  existsTtl?: number;
  /** How many events a subscriber may be behind before it gets `lagged`. Default 4,096. */
  eventQueue?: number;
  /** How many past events can be replayed by `eventsAfter`. Default 0. */
  eventReplay?: number;
  /** A Redis server for status and QR code, where other processes can read them: `redis://user:password@host:port/db`, or `rediss://…`. */
  redisUrl?: string | null;
  /** Other places of page modules: capability to candidates `Module.export`, tried before the built-in ones. */
  bridgeOverrides?: Record<string, string[]>;
}

/** Milliseconds each. */
export interface Deadlines {
  startBrowser?: number;
  loadPage?: number;
  probe?: number;
  firstQr?: number;
  linking?: number;
  syncing?: number;
  restore?: number;
  send?: number;
  exists?: number;
  pairingCode?: number;
  generateQr?: number;
  logout?: number;
  pageCall?: number;
  ping?: number;
  catchUp?: number;
  ciphertext?: number;
  close?: number;
}

export interface Pacing {
  perMinute?: number;
  perDay?: number;
}

export interface ReconnectPolicy {
  /** Quick attempts before the slow ones; `null` for any number. Default 5. */
  attempts?: number | null;
  base?: number;
  factor?: number;
  cap?: number;
  resetAfter?: number;
  /** The wait between slow attempts; `null` ends there. Default 5 min. */
  slowInterval?: number | null;
}

// ---- Data

/** RFC 3339 in UTC: `2026-08-01T12:00:00.000Z`. */
export type Timestamp = string;
/** `<digits>@c.us`, `<id>@g.us`, `<digits>@lid`, `<id>@newsletter`. */
export type ChatId = string;
/** Unique within a chat, for example `3EB0…`. */
export type MessageId = string;
/** Unique in an account: `true_<chat>_<id>` or `false_<chat>_<id>_<participant>`. */
export type MessageKey = string;
/** -1 failed, 0 pending, 1 server, 2 delivered, 3 read, 4 played. */
export type Ack = -1 | 0 | 1 | 2 | 3 | 4;

export type ConnectionStatus = 'DISCONNECTED' | 'CONNECTING' | 'QR_READY' | 'AUTHENTICATED' | 'READY' | 'AUTH_FAILURE';

/** What the session is doing. More names may come. */
export type Phase =
  | { name: 'syncing'; percent: number }
  | { name: 'reconnecting'; attempt: number; nextAt: Timestamp; reason: DisconnectReason }
  | { name: 'failed'; reason: DisconnectReason }
  | {
      name:
        | 'stopped'
        | 'starting_browser'
        | 'loading_page'
        | 'probing'
        | 'waiting_for_qr'
        | 'waiting_for_scan'
        | 'waiting_for_code'
        | 'linking'
        | 'ready';
    };

/** The stable codes of `DisconnectReason`. More may come. */
export type DisconnectCode =
  | 'manual'
  | 'logged_out'
  | 'unlinked_by_phone'
  | 'replaced'
  | 'banned'
  | 'auth_failure'
  | 'client_outdated'
  | 'browser_crashed'
  | 'page_crashed'
  | 'page_unresponsive'
  | 'network'
  | 'navigation'
  | 'profile_locked'
  | 'incompatible_page'
  | 'qr_retries_exhausted'
  | 'reconnect_exhausted'
  | 'other';

/** Why a session ended or was interrupted. */
export interface DisconnectReason {
  code: DisconnectCode;
  /** `logged_out`: what the page gave as its reason. */
  pageReason?: string;
  /** `banned`: when the ban ends, if it does. */
  until?: Timestamp;
  /** `incompatible_page`: what is missing. */
  missing?: string[];
}

/** A code to be scanned with the phone; `qr` draws it. */
export interface QrCode {
  /** The text inside the code. Whoever scans it links the account: treat it as a secret. */
  payload: string;
  generatedAt: Timestamp;
  /** From then on it links nothing. */
  expiresAt: Timestamp;
  /** Its number within the batch, from 1. */
  attempt: number;
  /** How many codes the batch has. */
  of: number;
}

/** A code to be typed into the phone. */
export interface PairingCode {
  /** `XXXX-XXXX`. Treat it as a secret. */
  code: string;
  expiresAt: Timestamp;
}

/** The linked account. */
export interface Me {
  phone: string;
  lid?: ChatId;
  pushname?: string;
  platform?: string;
}

/** Everything about the session at one moment. */
export interface ConnectionSnapshot {
  status: ConnectionStatus;
  ready: boolean;
  initializing: boolean;
  hasQRCode: boolean;
  qrCodeExpiry?: Timestamp;
  reconnectAttempts: number;
  lastUpdated: Timestamp;
  /** A sentence for people. */
  message: string;
  phase: Phase;
  reason?: DisconnectReason;
  me?: Me;
  webVersion?: string;
  session: string;
}

export interface Capability {
  capability: string;
  core: boolean;
  status: 'ok' | 'fallback' | 'missing';
  module?: string;
  export?: string;
  tried?: string[];
  /** What is wrong with what was found there. */
  problem?: string;
}

/** What the check of the page found. */
export interface CapabilityReport {
  version?: string;
  /** Whether everything has been looked at. */
  complete: boolean;
  report: Capability[];
}

/** A message, as it was when the event happened. */
export interface MessageData {
  key: MessageKey;
  id: MessageId;
  chat: ChatId;
  /** Who sent it; in a group, the group (see `author`). */
  from: ChatId;
  to: ChatId;
  /** Who wrote it, in a group. */
  author?: ChatId;
  fromMe: boolean;
  /** The sender's phone number, when known. */
  phone?: string;
  /** The sender's opaque account id, when known. */
  lid?: ChatId;
  /** The other side's phone number in a one-to-one chat, when known. */
  chatPhone?: string;
  chatLid?: ChatId;
  /** The page's type: `chat` is text. */
  type: string;
  subtype?: string;
  /** The text, or the caption of a picture. */
  body?: string;
  timestamp: Timestamp;
  ack?: Ack;
  notifyName?: string;
  /** The message it answers. */
  quoted?: MessageKey;
  mentions?: ChatId[];
  hasMedia: boolean;
  /** Whether it arrived while it was not watched, and was found afterwards. */
  caughtUp: boolean;
}

/** A message of an event. */
export interface Message extends MessageData {
  /** `client.sendMessage(message.chat, text, { quoted: message.key, ...options })` */
  reply(text: string, options?: SendOptions): Promise<SentMessage>;
}

/** What became of a send. */
export interface SentMessage {
  id: MessageId;
  key: MessageKey;
  chat: ChatId;
  timestamp: Timestamp;
  /** How far it had come when the send answered. */
  ack: Ack;
  /** How long pacing held it back, in milliseconds. */
  queuedMs: number;
  /** Whether a message with this id existed before, so that nothing new was sent. */
  duplicate: boolean;
}

export interface MessageAck {
  key: MessageKey;
  id: MessageId;
  ack: Ack;
  name: 'failed' | 'pending' | 'server' | 'delivered' | 'read' | 'played';
}

export interface MessageEdit {
  message: Message;
  previous?: string;
}

export interface MessageRevoke {
  key: MessageKey;
  by: 'sender' | 'admin';
  /** What is left in its place, when the page holds it. It has a key of its own. */
  message?: Message;
}

export interface Reaction {
  /** The message reacted to. */
  parent: MessageKey;
  sender: ChatId;
  phone?: string;
  lid?: ChatId;
  /** Empty when the reaction was taken back. */
  emoji: string;
  timestamp: Timestamp;
  fromMe: boolean;
}

export interface Call {
  id: string;
  peer: ChatId;
  phone?: string;
  lid?: ChatId;
  video: boolean;
  group: boolean;
  offline: boolean;
  timestamp: Timestamp;
}

// ---- Events

/** The data of each event, as envelopes carry it. */
export interface EventData {
  qr: QrCode;
  code: PairingCode;
  loading_screen: { percent: number };
  authenticated: { restored: boolean };
  auth_failure: { reason: DisconnectReason };
  ready: { me?: Me; webVersion?: string };
  disconnected: { reason: DisconnectReason; willRetry: boolean };
  change_state: { status: ConnectionStatus; previous: ConnectionStatus; phase: Phase };
  reconnecting: { attempt: number; nextAt: Timestamp; reason: DisconnectReason };
  message: Message;
  message_create: Message;
  message_sent: SentMessage;
  message_ack: MessageAck;
  message_ciphertext: Message;
  message_edit: MessageEdit;
  message_revoke_everyone: MessageRevoke;
  message_revoke_me: { key: MessageKey };
  message_reaction: Reaction;
  call: Call;
  manual_disconnect: Record<string, never>;
  manual_reconnect: Record<string, never>;
  incompatible: { fatal: boolean; report: CapabilityReport };
  account_restricted: { kind: string; until?: Timestamp };
  cache_degraded: Record<string, never>;
  lagged: { missed: number };
}

export type EventName = keyof EventData;

/** An event with its place in the session. `seq` counts from 1 without gaps. */
export type EventEnvelope = {
  [Name in EventName]: { event: Name; session: string; seq: number; at: Timestamp; data: EventData[Name] };
}[EventName];

/** What listeners get. The first arguments are those of whatsapp-web.js. */
export interface ClientEvents {
  /** The text of the code, to be drawn; the whole code. */
  qr: [payload: string, code: QrCode];
  code: [code: string, pairing: PairingCode];
  loading_screen: [percent: number, data: EventData['loading_screen']];
  authenticated: [data: EventData['authenticated']];
  auth_failure: [reason: DisconnectCode, data: EventData['auth_failure']];
  ready: [data: EventData['ready']];
  disconnected: [reason: DisconnectCode, data: EventData['disconnected']];
  change_state: [status: ConnectionStatus, data: EventData['change_state']];
  reconnecting: [data: EventData['reconnecting']];
  /** Somebody wrote. */
  message: [message: Message];
  /** A message exists that did not before, from others or from us. */
  message_create: [message: Message];
  message_sent: [sent: SentMessage];
  message_ack: [message: MessageAck, ack: Ack];
  message_ciphertext: [message: Message];
  message_edit: [message: Message, newBody: string | null, previousBody: string | null];
  /** What is left in its place, with a key of its own, or the deleted key alone; nothing from before; `data.key` was deleted. */
  message_revoke_everyone: [after: Message | { key: MessageKey }, before: null, data: MessageRevoke];
  message_revoke_me: [message: { key: MessageKey }];
  message_reaction: [reaction: Reaction];
  call: [call: Call];
  manual_disconnect: [data: EventData['manual_disconnect']];
  manual_reconnect: [data: EventData['manual_reconnect']];
  incompatible: [data: EventData['incompatible']];
  account_restricted: [data: EventData['account_restricted']];
  cache_degraded: [data: EventData['cache_degraded']];
  /** This client's listeners were too slow and have lost events. */
  lagged: [data: EventData['lagged']];
  /** Every event, before the listeners of its name. */
  '*': [envelope: EventEnvelope];
  /** A listener threw, or the promise of one was rejected. Without a listener here it is an uncaught exception. */
  error: [error: unknown];
}

// ---- Errors

/** The codes of all errors. More may come. */
export type WaErrorCode =
  | 'WA_INVALID_PHONE'
  | 'WA_INVALID_ARGUMENT'
  | 'WA_NOT_READY'
  | 'WA_ALREADY_AUTHENTICATED'
  | 'WA_NOT_AUTHENTICATED'
  | 'WA_NOT_REGISTERED'
  | 'WA_RATE_LIMITED'
  | 'WA_TIMEOUT'
  | 'WA_CANCELLED'
  | 'WA_DISCONNECTED'
  | 'WA_SEND_FAILED'
  | 'WA_CAPABILITY_UNAVAILABLE'
  | 'WA_INCOMPATIBLE_PAGE'
  | 'WA_BROWSER_NOT_FOUND'
  | 'WA_BROWSER_LAUNCH'
  | 'WA_BROWSER_CRASHED'
  | 'WA_PAGE'
  | 'WA_PROFILE_LOCKED'
  | 'WA_SESSION_CORRUPT'
  | 'WA_CACHE'
  | 'WA_CONFIG'
  | 'WA_STOPPED'
  | 'WA_INTERNAL';

/** Why a call failed. Its text holds no number, name or message text. */
export class WaError extends Error {
  private constructor();
  readonly name: 'WaError';
  readonly code: WaErrorCode;
  /** The code as the other languages write it: `rate_limited`. */
  readonly kind: string;
  /** The operation that failed, for example `send_message`. */
  readonly operation: string;
  /** Whether the same call can succeed when made again. */
  readonly retry: 'never' | 'now' | 'after';
  /** How long to wait before the next try, when `retry` is `after`. */
  readonly retryAfterMs?: number;
  /** For a send: `true` when the message may have reached the server, `false` when it surely has not. */
  readonly maybeSent?: boolean;
  /** For a send: the id of the message. Sending again with it never makes a second message. */
  readonly messageId?: MessageId;
  /** The phase of the session in which it happened. */
  readonly phase?: Phase;
  /** What is missing: page modules and exports, or the conditions a phase waited for. */
  readonly missing?: string[];
  /** What caused it; `signal.reason` when the caller gave up. */
  readonly cause?: unknown;
}

/** The codes of all errors that this version knows. */
export const ERROR_CODES: readonly WaErrorCode[];
/** The names of all events that this version knows. */
export const EVENT_NAMES: readonly EventName[];

// ---- Calls

export interface CallOptions {
  /** Gives the call up: it fails with `WA_CANCELLED`, and the client goes on working. */
  signal?: AbortSignal;
}

export interface SendOptions extends CallOptions {
  /** Answers this message: its key, or the message itself. */
  quoted?: MessageKey | { key: MessageKey };
  /** Chooses the id of the message. Sending twice with the same id makes one message. */
  id?: MessageId;
  /** What to wait for. Default `server`. */
  until?: 'queued' | 'server' | 'delivered' | 'read';
  /** How long it may take, in milliseconds. Default `deadlines.send`. */
  deadlineMs?: number;
}

/** The events of one subscription, one after the other. It ends when the client is closed. */
export interface Events extends AsyncIterableIterator<EventEnvelope> {
  next(): Promise<IteratorResult<EventEnvelope, undefined>>;
  return(value?: unknown): Promise<IteratorResult<EventEnvelope, undefined>>;
  [Symbol.asyncIterator](): Events;
}

type Listener<Name extends keyof ClientEvents> = (...args: ClientEvents[Name]) => void | Promise<void>;

/**
 * A session: one WhatsApp account in one browser.
 *
 * Events are kept from the construction on, up to `eventQueue`, and handed to listeners from the first call of `initialize`,
 * `reconnect` or `doctor`. From that call on the process lives until `close`.
 *
 * Every promise fails with `WaError`. Calls made before `initialize` fail with `WA_NOT_READY`, calls after `close` with
 * `WA_STOPPED`.
 */
export class Client extends EventEmitter {
  /** Throws `WA_CONFIG`, naming the setting. */
  constructor(settings?: Settings);

  /** The name of the session. */
  readonly session: string;
  /** The settings in use, without `redisUrl`. */
  readonly config: Required<Omit<Settings, 'redisUrl'>>;

  /**
   * Starts the session. Done as soon as a code can be scanned or a stored session was recognised; `waitReady` and the event
   * `ready` tell when messages can be sent.
   */
  initialize(options?: CallOptions): Promise<void>;
  /** Waits until messages can be sent. Has no deadline of its own: `{ signal: AbortSignal.timeout(60_000) }`. */
  waitReady(options?: CallOptions): Promise<void>;
  /** The QR code that can be scanned now; also that of another process that shares the Redis server. */
  getQRCode(options?: CallOptions): Promise<QrCode | null>;
  /** Makes the page start a new batch of QR codes; the first of it. */
  generateQRCode(options?: CallOptions): Promise<QrCode>;
  /** Makes a code to be typed on the phone of that account. */
  requestPairingCode(phone: string, options?: CallOptions): Promise<PairingCode>;
  /** Goes back from a pairing code to QR codes. */
  cancelPairingCode(options?: CallOptions): Promise<void>;
  /** Whether an account is linked, as far as is known now. */
  isAuthenticated(): boolean;
  /** Everything about the session at this moment. */
  getConnectionStatus(): ConnectionSnapshot;
  /** What the cache holds about this session, written by the process that runs it. */
  getCachedStatus(options?: CallOptions): Promise<ConnectionSnapshot | null>;
  /** What the check of the present page found; `null` before a page was loaded. */
  getCapabilityReport(): CapabilityReport | null;
  /** Starts the session if none runs; what the check of the page found, also when the page cannot be used. */
  doctor(options?: CallOptions): Promise<CapabilityReport>;
  /**
   * Sends a text to a phone number or a chat. Done when the server has it, see `until`. Given up by a signal it fails with
   * `WA_CANCELLED`, and `maybeSent` tells whether it may have left; `messageId` makes trying again safe.
   */
  sendMessage(to: string, text: string, options?: SendOptions): Promise<SentMessage>;
  /** Whether a number has a WhatsApp account. */
  isRegisteredUser(number: string, options?: CallOptions): Promise<boolean>;
  /** How far a message of ours has come, by its key or by its id alone; `null` when the page does not know it. */
  getMessageStatus(message: MessageKey | string | { key: MessageKey }, options?: CallOptions): Promise<Ack | null>;
  /** Closes the browser. The account stays linked. */
  disconnect(options?: CallOptions): Promise<void>;
  /** Closes the browser and starts again; works in every state. */
  reconnect(options?: CallOptions): Promise<void>;
  /** Unlinks this device from the account, closes the browser and deletes the session data. */
  logout(options?: CallOptions): Promise<void>;
  /** Ends the session for good and keeps its data. Done when all events are handed out and no browser is left. */
  shutdown(options?: CallOptions): Promise<void>;
  /** The same as `shutdown`. */
  close(options?: CallOptions): Promise<void>;
  /** The same as `shutdown`, under the name it has in whatsapp-web.js. */
  destroy(options?: CallOptions): Promise<void>;

  /** `await using client = new Client()`; where the runtime has it. */
  [Symbol.asyncDispose](): Promise<void>;

  /** A subscription of its own to all events from now on. `break` ends it; a signal ends it with `WA_CANCELLED`. */
  events(options?: CallOptions): Events;
  /** A subscription that starts behind event number `seq`, as far as `eventReplay` reaches back. */
  eventsAfter(seq: number, options?: CallOptions): Events;

  on<Name extends keyof ClientEvents>(name: Name, listener: Listener<Name>): this;
  once<Name extends keyof ClientEvents>(name: Name, listener: Listener<Name>): this;
  off<Name extends keyof ClientEvents>(name: Name, listener: Listener<Name>): this;
  addListener<Name extends keyof ClientEvents>(name: Name, listener: Listener<Name>): this;
  removeListener<Name extends keyof ClientEvents>(name: Name, listener: Listener<Name>): this;
  prependListener<Name extends keyof ClientEvents>(name: Name, listener: Listener<Name>): this;
  prependOnceListener<Name extends keyof ClientEvents>(name: Name, listener: Listener<Name>): this;
}

// ---- Functions

/** Draws QR codes from the payload of a `qr` event. A payload is a secret while it is valid. */
export const qr: {
  /** Half blocks, for a terminal with a dark background. */
  readonly terminal: (payload: string) => string;
  /** Black on white, scales to any size. */
  readonly svg: (payload: string) => string;
  /** Black on white, `scale` pixels a module, 1 to 64. */
  readonly png: (payload: string, scale: number) => Buffer;
  /** A PNG picture for an `<img>`. */
  readonly dataURL: (payload: string) => string;
};

/** The digits of a phone number in international form. Throws `WA_INVALID_PHONE`. */
export function parsePhone(text: string): string;
/** Hides all but the first and the last two characters, for logs. */
export function mask(text: string): string;
/** The version of the library. */
export const version: string;
