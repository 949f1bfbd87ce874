/// <reference types="node" />

export interface SimulatorOptions {
  /** Identifiers and delays repeat for the same seed. */
  seed?: number | string;
  /** Port on 127.0.0.1; 0, the default, takes a free one. */
  port?: number;
  /** Every control call then needs this bearer token; the methods send it. */
  token?: string;
}

/** What every call answers. `seq` is the number of the newest event. */
export interface Answer {
  ok: true;
  seq: number;
  [field: string]: any;
}

/** An entry of the simulator's log. */
export interface SimulatorEvent {
  seq: number;
  at_ms: number;
  kind: string;
  [field: string]: any;
}

export interface Linked extends Answer {
  linked: boolean;
  phone?: string;
  device?: number;
}

export interface Posted extends Answer {
  messages: { id: string; key: string; chat: string; t: number; n: number }[];
  queued: boolean;
  applied: boolean | null;
}

/** A message as the server got it. */
export interface OutboxMessage {
  id: string;
  key: string;
  from: string;
  to: string;
  type: string;
  body: string;
  /** How often this id came in. */
  times: number;
  ack: number;
  /** Id of the quoted message. */
  quoted: string | null;
  [field: string]: any;
}

export interface Outbox extends Answer {
  total: number;
  duplicates: number;
  messages: OutboxMessage[];
}

export interface Account {
  number: string;
  registered?: boolean;
  lid?: string;
  pushname?: string;
  name?: string;
  business?: boolean;
}

type Query = Record<string, string | number | boolean | undefined>;
type Body = Record<string, unknown>;

/** The simulator refused a call. */
export class SimulatorError extends Error {
  private constructor();
  readonly name: 'SimulatorError';
  /** A code of its contract, for example `no_target`. */
  readonly code: string;
  /** The HTTP status; 0 when nothing came in time. */
  readonly status: number;
  readonly detail?: unknown;
}

/**
 * A simulator of WhatsApp Web in a process of its own: the page, the server behind it, the phone, and the other people. It ends
 * with the process that started it, and does not keep that alive.
 *
 * The methods are its control calls; each fails with `SimulatorError` when the simulator says no.
 */
export class Simulator {
  private constructor();
  static start(options?: SimulatorOptions): Promise<Simulator>;
  /** Its address, `http://127.0.0.1:PORT`. */
  readonly base: string;
  /** What to give a client as `pageUrl`. */
  readonly pageUrl: string;
  /** The id of its process. */
  readonly pid: number;
  /** Ends it and waits until it has. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;

  /** Any call: `route` begins with `/sim/`; `limit` in milliseconds. */
  call(method: string, route: string, body?: unknown, limit?: number): Promise<Answer>;
  get(route: string, query?: Query): Promise<Answer>;
  post(route: string, body?: Body): Promise<Answer>;
  put(route: string, body?: Body): Promise<Answer>;
  patch(route: string, body?: Body): Promise<Answer>;
  delete(route: string, query?: Query): Promise<Answer>;

  /** The number of the newest event, for `since`. */
  mark(): Promise<number>;
  /** Events after `since`; `waitMs` (30,000 at most) holds back an empty answer until something matches. */
  events(kinds?: string[], since?: number, waitMs?: number): Promise<SimulatorEvent[]>;
  /** The first event after `since` of one of these kinds that `wanted` accepts; `limit` in milliseconds. */
  waitEvent(
    kinds: string[],
    since: number,
    wanted?: (event: SimulatorEvent) => boolean,
    limit?: number,
  ): Promise<SimulatorEvent>;

  health(): Promise<Answer>;
  reset(body?: { seed?: number; pages?: 'close' | 'keep' }): Promise<Answer>;
  state(): Promise<Answer>;
  config(): Promise<Answer>;
  patchConfig(body: Body): Promise<Answer>;

  /** The own phone scans a QR code. */
  scan(qr: string, more?: { phone?: string; outcome?: 'accept' | 'reject' }): Promise<Linked>;
  /** Types a pairing code into the phone. */
  pair(code: string, more?: { phone?: string }): Promise<Linked>;
  /** The owner removes the device on the phone. */
  unlink(body?: { phone?: string; device?: number }): Promise<Answer>;
  /** The owner deletes a message on the phone, for himself. */
  deleteOnPhone(message: string): Promise<Answer>;

  /** Declares people. Numbers that nobody declared are not registered. */
  accounts(accounts: Account[]): Promise<Answer>;
  /** History that the next login finds. */
  chats(chats: Body[]): Promise<Answer>;
  groups(body: { subject: string; participants: string[]; id?: string; announce?: boolean; phone?: string }): Promise<Answer>;

  /** Somebody writes a text to the own account. */
  text(from: string, body: string, more?: Body): Promise<Posted>;
  /** Somebody writes; `count` makes a burst. */
  messages(body: { from: string; body?: string; count?: number; [field: string]: unknown }): Promise<Posted>;
  /** An empty emoji takes the reaction back. */
  reactions(from: string, message: string, emoji: string): Promise<Answer>;
  edits(message: string, body: string): Promise<Answer>;
  revokes(message: string): Promise<Answer>;
  typing(from: string, state: 'composing' | 'recording' | 'paused', more?: { chat?: string }): Promise<Answer>;
  calls(from: string, more?: { video?: boolean; id?: string }): Promise<Answer>;
  endCall(id: string): Promise<Answer>;

  /** What the server got from clients, each id once. */
  outbox(query?: Query): Promise<Outbox>;
  outboxSummary(prefix?: string): Promise<Answer>;
  clearOutbox(): Promise<Answer>;
  /** How far and how fast messages are confirmed; `null` is never. */
  acks(policy: Body): Promise<Answer>;
  /** One explicit confirmation: 1 server, 2 device, 3 read, 4 played. */
  ack(message: string, level: number): Promise<Answer>;
  /** Sets the lives of codes, or answers what is on screen. */
  qr(policy?: { first_ttl_ms?: number; ttl_ms?: number; refs?: number; auto?: boolean }): Promise<Answer>;
  network(body: { state?: 'online' | 'offline' | 'half_open'; latency_ms?: number; http?: string }): Promise<Answer>;
  socket(body: Body): Promise<Answer>;
  fault(body: { kind: string; [field: string]: unknown }): Promise<Answer>;
  clearFaults(): Promise<Answer>;
}
